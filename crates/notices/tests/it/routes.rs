//! What the routes answer to whom.

use crate::{house::*, stubs::answer};
use axum::http::Method;
use kernel::{Actor, Moment, Who};
use serde_json::{Value as Json, json};
use store::{binds, both};

const NOTICES: &str = "/api/regions/990101/notices";
const PREFERENCES: &str = "/api/notices/preferences";

fn nobody() -> Actor {
    Actor::of(Who::Anonymous)
}

both! {
    /// One's own notices, latest first, page by page; read some, read all; nobody else's.
    async fn notices_are_listed_counted_and_read(on) {
        let c = County::new(on).await;
        for _ in 0..5 {
            c.dispatched_after_a_check(false).await;
            c.tell().await;
        }
        let (status, page) = c.get(OFFICER, &format!("{NOTICES}?limit=2")).await;
        assert_eq!(status, 200);
        let first = &page["items"][0];
        assert_eq!(first["number"], "99010126000004");
        assert_eq!((&first["kind"], &first["stage"], &first["item_name"]), (&json!("dispatch"), &json!("dispatched"), &json!("路灯")));
        assert!(first["zh"].as_str().unwrap().starts_with("【派遣】案件 99010126000004"));
        let mut seen = Vec::new();
        let mut path = format!("{NOTICES}?limit=2");
        loop {
            let (_, page) = c.get(OFFICER, &path).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|n| n["number"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{NOTICES}?limit=2&cursor={next}");
        }
        assert_eq!(seen, (0..5).rev().map(|n| format!("9901012600000{n}")).collect::<Vec<_>>());

        let count = format!("{NOTICES}/count");
        assert_eq!(c.get(OFFICER, &count).await.1, json!({"unread": 5, "more": false}));
        let read = format!("{NOTICES}/read");
        let post = |who: u128, body: Json| c.ask(c.person(who), Method::POST, &read, Some(body));
        assert_eq!(post(OFFICER, json!({"ids": [first["id"]]})).await, (200.try_into().unwrap(), json!({"unread": 4, "more": false})));
        // Another's notices are not one's to read.
        let (_, theirs) = c.get(INTAKE, &format!("{NOTICES}?limit=1")).await;
        post(OFFICER, json!({"ids": [theirs["items"][0]["id"]]})).await;
        assert_eq!(c.get(INTAKE, &count).await.1["unread"], 5);
        let (_, unread) = c.get(OFFICER, &format!("{NOTICES}?unread=true")).await;
        let until = unread["items"][1]["at"].as_i64().unwrap();
        assert_eq!(post(OFFICER, json!({"until": until})).await.1["unread"], 1);
        assert_eq!(post(OFFICER, json!({})).await.1["unread"], 1);
        assert_eq!(c.get(OFFICER, &format!("{NOTICES}?unread=true")).await.1["items"].as_array().unwrap().len(), 1);
        assert_eq!(c.get(OFFICER, &format!("{NOTICES}?unread=false")).await.1["items"].as_array().unwrap().len(), 4);
        // Other regions and other people have none.
        assert_eq!(c.get(OFFICER, "/api/regions/990102/notices").await.1["items"], json!([]));
        assert_eq!(c.get(OFFICER2, NOTICES).await.1["items"], json!([]));
    }

    /// The count is exact up to ten thousand.
    async fn the_count_ends_at_ten_thousand(on) {
        let c = County::new(on).await;
        let rows = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 120)";
        let _ = rows;
        let id = if on == store::testing::On::Sqlite {
            "INSERT INTO notices (region, id, account, case_id, n, kind, number, stage, urgent, moved_at, at)
             WITH RECURSIVE s(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM s WHERE k < 10001)
             SELECT $1, randomblob(16), $2, $2, k, 'file', '1', 2, $3, 0, k FROM s"
        } else {
            "INSERT INTO notices (region, id, account, case_id, n, kind, number, stage, urgent, moved_at, at)
             SELECT $1, gen_random_uuid(), $2, $2, k, 'file', '1', 2, $3, 0, k FROM generate_series(1, 10001) k"
        };
        c.sql(id, binds![region(), account(OFFICER), false]).await;
        let count = format!("{NOTICES}/count");
        assert_eq!(c.get(OFFICER, &count).await.1, json!({"unread": 10_000, "more": true}));
        c.ask(c.person(OFFICER), Method::POST, &format!("{NOTICES}/read"), Some(json!({"until": 2}))).await;
        assert_eq!(c.get(OFFICER, &count).await.1, json!({"unread": 9_999, "more": false}));
    }

    /// Nobody in particular signs in first; a program's token finds nothing; without the power there is nothing.
    async fn strangers_find_nothing(on) {
        let c = County::new(on).await;
        c.robot(901, json!({})).await;
        let robots = "/api/regions/990101/robots".to_owned();
        let test = format!("{}/test", robot_path(901));
        let body = json!({"name": "x", "kind": "wecom", "enabled": true});
        let own = [(Method::GET, NOTICES.to_owned(), None), (Method::GET, format!("{NOTICES}/count"), None),
            (Method::POST, format!("{NOTICES}/read"), Some(json!({}))), (Method::GET, PREFERENCES.to_owned(), None),
            (Method::PUT, PREFERENCES.to_owned(), Some(json!({})))];
        let managed = [(Method::GET, robots, None), (Method::GET, robot_path(901), None),
            (Method::PUT, robot_path(901), Some(body)), (Method::DELETE, robot_path(901), None), (Method::POST, test, None),
            (Method::GET, "/api/regions/990101/deliveries".to_owned(), None)];
        for (method, path, body) in own.iter().chain(&managed) {
            assert_eq!(c.ask(nobody(), method.clone(), path, body.clone()).await.0, 401, "{method} {path}");
            assert_eq!(c.ask(c.token(ADMIN), method.clone(), path, body.clone()).await.0, 404, "{method} {path}");
        }
        for (method, path, body) in &managed {
            assert_eq!(c.ask(c.person(SUPERVISOR), method.clone(), path, body.clone()).await.0, 404, "{method} {path}");
            let elsewhere = path.replace("990101", "990102");
            assert_eq!(c.ask(c.person(ADMIN), method.clone(), &elsewhere, body.clone()).await.0, 404, "{method} {elsewhere}");
        }
        assert!(c.web.requests().is_empty());
    }

    /// Preferences are read back as they were put; the address is sealed in the database and out of the log.
    async fn preferences_are_ones_own(on) {
        let c = County::new(on).await;
        let none = json!({"mail": null, "mail_on": false, "quiet": null, "digest": null, "muted": [], "mail_available": true});
        assert_eq!(c.get(OFFICER, PREFERENCES).await, (200.try_into().unwrap(), none.clone()));
        let mine = json!({"mail": "wang.wu@county.example", "mail_on": true, "quiet": {"from": "22:00", "to": "07:30"},
            "digest": "17:00", "muted": ["accept", "submit"]});
        let (status, put) = c.put(OFFICER, PREFERENCES, mine.clone()).await;
        assert_eq!(status, 200);
        let mut shown = mine.clone();
        shown["mail_available"] = json!(true);
        assert_eq!(put, shown);
        assert_eq!(c.get(OFFICER, PREFERENCES).await.1, shown);
        assert_eq!(c.get(INTAKE, PREFERENCES).await.1, none);
        let sealed: Vec<(Vec<u8>,)> = c.t.db.ask(&me(), "SELECT mail FROM notice_preferences", vec![]).await.unwrap();
        assert!(!String::from_utf8_lossy(&sealed[0].0).contains("wang"));
        for (line,) in c.t.db.ask::<(String,)>(&me(), "SELECT object || detail FROM audit_lines", vec![]).await.unwrap() {
            assert!(!line.contains("wang"), "{line}");
        }
        for (field, bad) in [
            ("mail", json!("not an address")), ("mail", json!("a@b.cn\nBcc: c@d.cn")), ("digest", json!("24:00")),
            ("quiet", json!({"from": "1:00", "to": "02:00"})), ("quiet", json!({"from": "01:00"})), ("muted", json!(["nap"])),
            ("telephone", json!("1")),
        ] {
            let (status, said) = c.put(OFFICER, PREFERENCES, json!({field: bad})).await;
            assert_eq!(status, 422, "{field}: {said}");
        }
        assert_eq!(c.get(OFFICER, PREFERENCES).await.1, shown);
    }

    /// Robots are set up and changed by id; their credentials are sealed, shown masked and kept when left out.
    async fn robots_keep_their_credentials(on) {
        let c = County::new(on).await;
        let url = c.web.url("/robot/send?access_token=0123456789abcdef");
        c.robot(901, json!({"kind": "dingtalk", "url": url, "secret": "SECding", "name": "城管群"})).await;
        let (status, shown) = c.get(ADMIN, &robot_path(901)).await;
        assert_eq!(status, 200);
        assert_eq!(shown["url_shown"], json!(format!("http://127.0.0.1:{}/…cdef", c.web.port)));
        assert_eq!((&shown["has_secret"], &shown["kinds"]), (&json!(true), &json!([])));
        assert!(!shown.to_string().contains("0123456789"));
        let rows: Vec<(Vec<u8>, Vec<u8>)> = c.t.db.ask(&me(), "SELECT url, secret FROM robots", vec![]).await.unwrap();
        let all = format!("{}{}", String::from_utf8_lossy(&rows[0].0), String::from_utf8_lossy(&rows[0].1));
        assert!(!all.contains("0123456789") && !all.contains("SECding"));
        for (line,) in c.t.db.ask::<(String,)>(&me(), "SELECT object || detail FROM audit_lines", vec![]).await.unwrap() {
            assert!(line.is_ascii() && !line.contains("0123456789") && !line.contains("SECding"), "{line}");
        }
        // Left out, they stay; an empty secret is taken away.
        let plain = json!({"name": "城管群", "kind": "dingtalk", "enabled": true});
        let (_, kept) = c.put(ADMIN, &robot_path(901), plain.clone()).await;
        assert_eq!((&kept["url_shown"], &kept["has_secret"]), (&shown["url_shown"], &json!(true)));
        let mut bare = plain.clone();
        bare["secret"] = json!("");
        assert_eq!(c.put(ADMIN, &robot_path(901), bare).await.1["has_secret"], json!(false));

        for (field, bad) in [
            ("url", json!("ftp://h/x")), ("url", json!("https://u:p@h/")), ("name", json!(" ")), ("kind", json!("slack")),
            ("area", json!("990102001")), ("unit", json!(unit(999))), ("secret", json!("密钥")), ("kinds", json!(["nap"])),
        ] {
            let mut body = plain.clone();
            body[field] = bad;
            let (status, said) = c.put(ADMIN, &robot_path(901), body).await;
            assert_eq!(status, 422, "{field}: {said}");
        }

        assert_eq!(c.get(ADMIN, "/api/regions/990101/robots").await.1["items"].as_array().unwrap().len(), 1);
        let gone = c.ask(c.person(ADMIN), Method::DELETE, &robot_path(901), None).await;
        assert_eq!(gone.0, 204);
        assert_eq!(c.ask(c.person(ADMIN), Method::DELETE, &robot_path(901), None).await.0, 404);
        assert_eq!(c.get(ADMIN, &robot_path(901)).await.0, 404);
    }

    /// A region has fifty robots at the most.
    async fn robots_are_fifty_at_the_most(on) {
        let c = County::new(on).await;
        for n in 0..50 {
            c.robot(900 + n, json!({"enabled": false})).await;
        }
        let body = json!({"name": "x", "kind": "wecom", "enabled": false});
        assert_eq!(c.put(ADMIN, &robot_path(999), body.clone()).await.0, 409);
        assert_eq!(c.put(ADMIN, &robot_path(949), body).await.0, 200);
    }

    /// A test says how it went, and stands in the log.
    async fn a_robot_can_be_tried_out(on) {
        let c = County::new(on).await;
        c.robot(901, json!({})).await;
        let test = |n: u128| format!("{}/test", robot_path(n));
        let (status, said) = c.ask(c.person(ADMIN), Method::POST, &test(901), None).await;
        assert_eq!((status.as_u16(), said), (200, json!({"sent": true, "error": null})));
        c.web.answers([answer("200 OK", "", r#"{"errcode":93000,"errmsg":"invalid webhook url 0123456789abcdef"}"#)]);
        let (_, said) = c.ask(c.person(ADMIN), Method::POST, &test(901), None).await;
        assert_eq!(said, json!({"sent": false, "error": "refused: 93000 invalid webhook url ***"}));
        c.robot(901, json!({"url": "http://127.0.0.1:9/closed"})).await;
        let (_, said) = c.ask(c.person(ADMIN), Method::POST, &test(901), None).await;
        assert_eq!(said["error"], "unreachable");
        let (_, log) = c.get(ADMIN, "/api/regions/990101/deliveries").await;
        let states: Vec<(&str, &str)> =
            log["items"].as_array().unwrap().iter().map(|d| (d["kind"].as_str().unwrap(), d["state"].as_str().unwrap())).collect();
        assert_eq!(states.len(), 3);
        assert_eq!(states.iter().filter(|s| **s == ("test", "failed")).count(), 2);
        let body = json!({"name": "x", "kind": "wecom", "enabled": true});
        c.put(ADMIN, &robot_path(902), body).await;
        assert_eq!(c.ask(c.person(ADMIN), Method::POST, &test(902), None).await.0, 409);
        assert_eq!(c.ask(c.person(ADMIN), Method::POST, &test(903), None).await.0, 404);
    }

    /// The log is listed by state and page by page, and forgotten after half a year.
    async fn the_log_is_kept_for_half_a_year(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        c.robot(901, json!({"kinds": ["report"], "name": "受理群"})).await;
        for _ in 0..3 {
            c.dispatched(false).await;
            c.tell().await;
            c.advance(1);
        }
        c.send().await;
        c.dispatched(false).await;
        c.tell().await;
        let log = "/api/regions/990101/deliveries";
        assert_eq!(c.get(ADMIN, &format!("{log}?state=pending")).await.1["items"].as_array().unwrap().len(), 2);
        let (mut seen, mut path) = (Vec::new(), format!("{log}?state=sent&limit=4"));
        loop {
            let (_, page) = c.get(ADMIN, &path).await;
            seen.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{log}?state=sent&limit=4&cursor={next}");
        }
        assert_eq!(seen.len(), 6);
        let by = |channel: &str| seen.iter().filter(|d| d["channel"] == channel).cloned().collect::<Vec<_>>();
        assert_eq!(by("mail").len(), 3);
        assert_eq!((&by("mail")[0]["account"], &by("mail")[0]["account_name"]), (&json!(account(OFFICER)), &json!("n")));
        assert_eq!(by("wecom")[0]["robot_name"], "受理群");
        assert!(!Json::from(seen).to_string().contains("county.example"));
        for bad in ["state=lost", "limit=0", "limit=201", "cursor=x", "page=1"] {
            assert_eq!(c.get(ADMIN, &format!("{log}?{bad}")).await.0, 422, "{bad}");
        }

        c.t.clock.advance(181 * Moment::DAY);
        // What waits is not forgotten.
        let notices = c.number("SELECT count(*) FROM notices", vec![]).await;
        assert_eq!(notices::sweep(&c.t.db).await.unwrap() as i64, 6 + notices);
        assert_eq!(c.deliveries().await.len(), 2);
        assert_eq!(notices::sweep(&c.t.db).await.unwrap(), 0);
    }
}
