//! Mail and robots: what is sent when, how often, and what never is.

use crate::{
    house::*,
    stubs::{answer, ok},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flow::Move;
use ring::hmac;
use serde_json::json;
use std::time::Duration;
use store::{Value, binds, both};

fn signed(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

fn states(all: &[(String, i64, Option<String>)]) -> Vec<(&str, i64)> {
    all.iter().map(|(s, n, _)| (s.as_str(), *n)).collect()
}

both! {
    /// A mail says what, which case, where it stands and by when, with a link; and it is sent once.
    async fn a_mail_is_sent_once(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        let case = c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        c.send().await;
        let mails = c.post.mails();
        assert_eq!(mails.len(), 1);
        let (to, mail) = &mails[0];
        assert_eq!(to, "a4@county.example");
        for part in ["DECODED [经纬] 案件 99010126000000：派遣 / dispatch", "Message-ID: <", "@county.example>", "Auto-Submitted: auto-generated",
            "Date: Mon, 02 Mar 2026 01:00:10 +0000", "案件 99010126000000（路灯），现为待接收，时限 2026-03-03 09:00",
            "case 99010126000000 (路灯), now dispatched"] {
            assert!(mail.contains(part), "{part}: {mail}");
        }
        assert!(mail.contains(&format!("{PUBLIC}/desk/cases/{}", id(case))), "{mail}");
        assert_eq!(c.deliveries().await, [("sent".into(), 1, None)]);
        assert_eq!(jobs::counts(&c.t.db).await.unwrap(), (0, 0, 0));
    }

    /// Nothing of what the reporter wrote, nor who that is, goes out by any channel or stands in any table of
    /// this room.
    async fn no_word_of_a_report_leaves(on) {
        let c = County::new(on).await;
        for who in [INTAKE, DISPATCHER, OFFICER, HANDLER, WORKER, SUPERVISOR, RESIDENT] {
            c.prefer(who, json!({})).await;
        }
        c.robot(901, json!({"kind": "dingtalk"})).await;
        c.robot(902, json!({"kind": "feishu"})).await;
        c.robot(903, json!({"kind": "wecom"})).await;
        let case = c.dispatched_after_a_check(true).await;
        c.handled_and_urged(case, 6).await;
        c.step(case, 11, Move::Escalate, 0, json!({"move": "escalate", "to": "verifying"})).await;
        c.tell().await;
        c.send().await;
        let (mails, requests) = (c.post.mails(), c.web.requests());
        assert_eq!(requests.len(), 3);
        let to: Vec<&str> = mails.iter().map(|(to, _)| to.as_str()).collect();
        for who in [INTAKE, DISPATCHER, OFFICER, HANDLER, WORKER, SUPERVISOR] {
            assert!(to.contains(&format!("a{who}@county.example").as_str()), "{to:?}");
        }
        // Whoever reported is told in the application, whatever they prefer.
        assert!(!to.contains(&format!("a{RESIDENT}@county.example").as_str()), "{to:?}");
        let mut sent: Vec<String> = mails.into_iter().map(|m| m.1).collect();
        sent.extend(requests.iter().map(|r| format!("{} {} {}", r.head, r.raw, r.body)));
        for sql in [
            "SELECT number || kind FROM notices",
            "SELECT COALESCE(number, '') || kind || channel || COALESCE(error, '') FROM deliveries",
            "SELECT payload || key || kind FROM jobs",
            "SELECT detail || object FROM audit_lines",
        ] {
            sent.extend(c.t.db.ask::<(String,)>(&me(), sql, vec![]).await.unwrap().into_iter().map(|r| r.0));
        }
        let resident = account(RESIDENT).to_string();
        for text in &sent {
            for word in WORDS {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
        // Nor is the reporter named to anyone: only the audit line of their own preferences knows them.
        for text in sent.iter().filter(|t| !t.contains("account/")) {
            assert!(!text.contains(&resident), "{text}");
        }
        let to_reporter = c.number("SELECT count(*) FROM deliveries WHERE account = $1", binds![account(RESIDENT)]).await;
        assert_eq!(to_reporter, 0);
    }

    /// In quiet hours mail waits for their end and then comes as one; urgent cases break through.
    async fn quiet_hours_gather(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({"quiet": {"from": "22:00", "to": "07:30"}})).await;
        // The test begins at 09:00 in Shanghai; 14 hours later it is night.
        c.advance(14 * 60);
        c.dispatched(false).await;
        c.tell().await;
        c.advance(30);
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        assert!(c.post.mails().is_empty());
        c.dispatched(true).await;
        c.tell().await;
        c.send().await;
        assert_eq!(c.post.mails().len(), 1);
        assert!(c.post.mails()[0].1.contains("紧急 案件 99010126000002"));
        c.advance(7 * 60 + 59);
        c.send().await;
        assert_eq!(c.post.mails().len(), 1);
        c.advance(1);
        c.send().await;
        let mails = c.post.mails();
        assert_eq!(mails.len(), 2);
        assert!(mails[1].1.contains("2 notices"), "{}", mails[1].1);
        assert!(mails[1].1.contains("99010126000000") && mails[1].1.contains("99010126000001"));
        assert_eq!(states(&c.deliveries().await), [("sent", 1); 3]);
    }

    /// A digest is one mail a day; what comes after it waits for the next day's.
    async fn a_digest_comes_once_a_day(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({"digest": "17:00"})).await;
        for _ in 0..3 {
            c.dispatched(false).await;
            c.tell().await;
            c.advance(60);
        }
        c.send().await;
        assert!(c.post.mails().is_empty());
        c.advance(5 * 60);
        c.send().await;
        assert_eq!(c.post.mails().len(), 1);
        assert!(c.post.mails()[0].1.contains("3 notices"));
        c.dispatched(false).await;
        c.tell().await;
        c.advance(60);
        c.send().await;
        assert_eq!(c.post.mails().len(), 1);
        c.advance(23 * 60);
        c.send().await;
        assert_eq!(c.post.mails().len(), 2);
    }

    /// A muted move makes no mail and counts as read; the log says why.
    async fn muted_moves_make_no_mail(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({"muted": ["dispatch"]})).await;
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        assert!(c.post.mails().is_empty());
        assert_eq!(c.deliveries().await, [("suppressed".into(), 0, Some("muted".into()))]);
        let (_, count) = c.get(OFFICER, "/api/regions/990101/notices/count").await;
        assert_eq!(count, json!({"unread": 0, "more": false}));
        let (_, list) = c.get(OFFICER, "/api/regions/990101/notices").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    /// Whoever was disabled, or switched mail off, after the notice was made gets no mail any more; a robot
    /// that was switched off or deleted says nothing.
    async fn what_is_not_wanted_any_more_is_suppressed(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        c.prefer(INTAKE, json!({})).await;
        c.robot(901, json!({"kinds": ["report"]})).await;
        c.robot(902, json!({"kinds": ["report"]})).await;
        c.dispatched_after_a_check(false).await;
        c.tell().await;
        c.disable(OFFICER).await;
        c.prefer(INTAKE, json!({"mail_on": false})).await;
        c.robot(901, json!({"kinds": ["report"], "enabled": false})).await;
        c.ask(c.person(ADMIN), axum::http::Method::DELETE, &robot_path(902), None).await;
        c.send().await;
        assert!(c.post.mails().is_empty() && c.web.requests().is_empty());
        let mut why: Vec<String> = c.deliveries().await.into_iter().map(|(s, _, e)| format!("{s} {}", e.unwrap())).collect();
        why.sort();
        assert_eq!(why, ["suppressed account_disabled", "suppressed mail_off", "suppressed robot_deleted", "suppressed robot_off"]);
    }

    /// A mail server that is busy is asked again later; one that refuses for good is not, and the address it
    /// names stays out of the log.
    async fn mail_is_tried_again(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        c.post.refuse(["451 try later", "535 <ADDRESS> try later"]);
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        let d = c.deliveries().await;
        assert_eq!(states(&d), [("pending", 1)]);
        assert!(d[0].2.as_deref().unwrap().contains("try later"), "{d:?}");
        c.advance(1);
        c.send().await;
        let d = c.deliveries().await;
        assert_eq!(states(&d), [("pending", 2)]);
        assert!(!d[0].2.as_deref().unwrap().contains("a4@"), "{d:?}");
        c.advance(1);
        c.send().await;
        assert_eq!(c.deliveries().await, [("sent".into(), 3, None)]);
        assert_eq!(c.post.mails().len(), 1);
        c.post.refuse(["550 <ADDRESS> no such user"]);
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        assert_eq!(states(&c.deliveries().await), [("sent", 3), ("failed", 1)]);
        assert_eq!(jobs::counts(&c.t.db).await.unwrap(), (0, 0, 0));
    }

    /// Each robot is posted what its documents ask for, signed where it has a secret.
    async fn robots_speak_their_formats(on) {
        let c = County::new(on).await;
        let only = json!(["dispatch"]);
        let ding = c.web.url("/robot/send?access_token=0123456789abcdef");
        let hook = c.web.url("/open-apis/bot/v2/hook/0123456789abcdef");
        c.robot(901, json!({"kind": "dingtalk", "url": ding, "secret": "SECding", "kinds": only})).await;
        c.robot(902, json!({"kind": "feishu", "url": hook, "secret": "fei", "kinds": only})).await;
        c.robot(903, json!({"kind": "wecom", "kinds": only})).await;
        c.robot(904, json!({"kind": "feishu", "url": c.web.url("/plain/hook"), "kinds": only})).await;
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        let all = c.web.requests();
        assert_eq!(all.len(), 4);
        let of = |path: &str| all.iter().find(|r| r.target.starts_with(path)).unwrap_or_else(|| panic!("{path}")).clone();
        let (ding, fei, wecom, plain) = (of("/robot/send"), of("/open-apis"), of("/cgi-bin"), of("/plain"));
        let at = c.now().0;

        assert_eq!(ding.body["msgtype"], "text");
        let text = ding.body["text"]["content"].as_str().unwrap().to_owned();
        assert!(text.contains("【派遣】案件 99010126000000（路灯），现为待接收"), "{text}");
        let sign = signed("SECding", &format!("{at}\nSECding")).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        assert_eq!(ding.target, format!("/robot/send?access_token=0123456789abcdef&timestamp={at}&sign={sign}"));

        assert_eq!(fei.body["msg_type"], "text");
        assert_eq!(fei.body["content"]["text"], json!(text));
        let seconds = (at / 1000).to_string();
        assert_eq!(fei.body["timestamp"], json!(seconds));
        assert_eq!(fei.body["sign"], json!(signed(&format!("{seconds}\nfei"), "")));

        assert_eq!(wecom.body, json!({"msgtype": "text", "text": {"content": text}}));
        assert_eq!(wecom.target, "/cgi-bin/webhook/send?key=0123456789abcdef");
        assert_eq!(plain.body, json!({"msg_type": "text", "content": {"text": text}}));
        assert!(ding.header("content-type").starts_with("application/json"));
        assert_eq!(states(&c.deliveries().await), [("sent", 1); 4]);
    }

    /// A robot hears what its filters let through: unit, area, moves, quiet hours, the switch.
    async fn robots_hear_what_they_are_for(on) {
        let c = County::new(on).await;
        let only = json!(["dispatch"]);
        c.robot(901, json!({"kinds": only, "unit": unit(U2)})).await;
        c.robot(902, json!({"kinds": only, "area": "990101009"})).await;
        c.robot(903, json!({"kinds": ["close"]})).await;
        c.robot(904, json!({"kinds": only, "enabled": false})).await;
        c.robot(905, json!({"kinds": only, "quiet": {"from": "08:00", "to": "10:00"}})).await;
        c.robot(906, json!({"kinds": only, "unit": unit(U1), "area": "990101001"})).await;
        c.dispatched(false).await;
        c.tell().await;
        c.send().await;
        assert_eq!(c.web.requests().len(), 1);
        c.advance(60);
        c.send().await;
        assert_eq!(c.web.requests().len(), 2);
        // Urgent cases wait for nothing.
        c.t.clock.advance(22 * kernel::Moment::HOUR);
        c.dispatched(true).await;
        c.tell().await;
        assert_eq!(c.number("SELECT count(*) FROM deliveries WHERE urgent AND run_at = at", vec![]).await, 2);
    }

    /// Many cases at once go to a robot in few messages, none longer than it takes.
    async fn robots_are_not_flooded(on) {
        let c = County::new(on).await;
        c.robot(901, json!({"kinds": ["dispatch"]})).await;
        for _ in 0..40 {
            c.dispatched(false).await;
        }
        c.tell().await;
        c.send().await;
        let requests = c.web.requests();
        assert_eq!(requests.len(), 1);
        let text = requests[0].body["text"]["content"].as_str().unwrap();
        assert!(text.len() < 2048 && text.contains("more; please sign in"), "{text}");
        assert_eq!(states(&c.deliveries().await), [("sent", 1); 40]);
    }

    /// A robot that answers 500, or no by its own code, or sends elsewhere, is tried again, and given up in
    /// the end; the log says why and holds no credential.
    async fn robots_are_tried_again_and_given_up(on) {
        let c = County::new(on).await;
        c.robot(901, json!({"kind": "dingtalk", "secret": "SECding", "kinds": ["dispatch"],
            "url": c.web.url("/robot/send?access_token=0123456789abcdef")})).await;
        let elsewhere = format!("location: {}\r\n", c.web.url("/elsewhere"));
        c.web.answers([
            answer("500 Internal Server Error", "", "0123456789abcdef"),
            answer("200 OK", "", r#"{"errcode":310000,"errmsg":"sign of 0123456789abcdef SECding not match"}"#),
            answer("302 Found", &elsewhere, ""),
            answer("200 OK", "", "<html>"),
            answer("200 OK", "", &"x".repeat(80 * 1024)),
            ok(),
        ]);
        c.dispatched(false).await;
        c.tell().await;
        let mut errors = Vec::new();
        for _ in 0..6 {
            c.send().await;
            let d = c.deliveries().await;
            errors.push(d[0].2.clone().unwrap_or_default());
            c.advance(40);
        }
        assert_eq!(errors, ["status: 500", "refused: 310000 sign of *** *** not match", "status: 302",
            "answer_not_json", "answer_too_long", ""]);
        assert_eq!(c.deliveries().await, [("sent".into(), 6, None)]);
        let requests = c.web.requests();
        assert_eq!(requests.len(), 6, "nobody went elsewhere");
        let id = requests[0].header("idempotency-key");
        assert!(id.len() == 32 && requests.iter().all(|r| r.header("idempotency-key") == id));

        c.web.answers((0..20).map(|_| answer("503 Busy", "", "")));
        c.dispatched(false).await;
        c.tell().await;
        for _ in 0..20 {
            c.send().await;
            c.advance(70);
        }
        assert_eq!(states(&c.deliveries().await)[1], ("failed", 8));
        assert_eq!(jobs::counts(&c.t.db).await.unwrap(), (0, 0, 0));
    }

    /// A worker that dies between sending and finishing: the message is sent again under the same id, and the
    /// delivery is settled once.
    async fn a_dead_worker_leaves_no_double_effect(on) {
        let c = County::new(on).await;
        c.robot(901, json!({"kinds": ["dispatch"]})).await;
        c.web.hold_first();
        c.dispatched(false).await;
        c.tell().await;
        c.advance(1);
        let workers = c.workers();
        assert_eq!(workers.once(&c.t.db).await.unwrap(), 1);
        while c.web.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Its lease runs out while the robot has the message already.
        assert_eq!(workers.once(&c.t.db).await.unwrap(), 0);
        c.advance(6);
        c.send().await;
        assert_eq!(c.deliveries().await, [("sent".into(), 1, None)]);
        let done = c.number("SELECT done_at FROM deliveries", vec![]).await;
        // The first comes back and finds its job done by another.
        c.advance(1);
        c.web.release();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let requests = c.web.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].header("idempotency-key"), requests[1].header("idempotency-key"));
        assert_eq!(c.deliveries().await, [("sent".into(), 1, None)]);
        assert_eq!(c.number("SELECT done_at FROM deliveries", vec![]).await, done);
        assert_eq!(c.number("SELECT count(*) FROM notices WHERE account = $1", vec![Value::from(account(OFFICER))]).await, 1);
    }

    /// Without a mail server there is no mail, and nothing piles up; notices in the application come all the same.
    async fn without_a_mail_server_nothing_piles_up(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        c.dispatched(false).await;
        audit::sequence(&c.t.db, None).await.unwrap();
        let bare = edge::House::new(c.t.db.clone(), edge::Settings::default());
        assert_eq!(notices::tell(&bare).await.unwrap(), 3);
        assert!(c.deliveries().await.is_empty());
    }
}
