//! Signing in and out, locks, and how long sessions last.

use crate::house::*;
use access::{SetDisabled, SetPassword, refresh};
use edge::Settings;
use kernel::{Actor, Person, SessionId, Who};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{binds, both};

const LOCK: i64 = 15 * MINUTE;

both! {
    async fn one_signs_in_and_out(on) {
        let h = start_with(on, Settings { secure_cookies: true, ..Settings::default() }).await;
        h.person(1, "chen", &[]).await;
        let a = h.sign_in(" Chen ", RIGHT).await;
        assert_eq!(a.status, 200, "{a:?}");
        let set = a.set.clone().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200", "Secure"] {
            assert!(set.contains(part), "{set}");
        }
        let c = a.cookie();
        assert_eq!(h.get(&c, "/api/session").await.body["account"]["username"], "chen");
        assert_eq!(h.get(&c, "/api/sessions").await.body["items"].as_array().unwrap().len(), 1);
        // The database knows nothing that opens the session.
        let secret = c.split('=').nth(1).unwrap();
        let kept: Vec<(Vec<u8>,)> = h.t.db.ask(&system(), "SELECT secret FROM sessions", binds![]).await.unwrap();
        assert_eq!(kept[0].0, vault::sha256(secret.as_bytes()));
        let out = h.send(&c, "DELETE", "/api/session", Value::Null).await;
        assert_eq!(out.status, 204);
        assert!(out.set.unwrap().contains("Max-Age=0"));
        assert_eq!(h.get(&c, "/api/session").await.status, 401);
        assert_eq!(h.get("jingwei_session=made-up", "/api/session").await.status, 401);
    }

    async fn one_ends_ones_own_sessions_only(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        h.person(2, "li", &[]).await;
        let (c, other, li) = (h.enter("chen").await, h.enter("chen").await, h.enter("li").await);
        let list = h.get(&c, "/api/sessions").await.body;
        let ids: Vec<String> = list["items"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().into()).collect();
        assert_eq!(ids.len(), 2);
        for id in &ids {
            assert_eq!(h.send(&li, "DELETE", &format!("/api/sessions/{id}"), Value::Null).await.status, 404);
        }
        assert_eq!(h.get(&other, "/api/session").await.status, 200);
        for id in &ids {
            h.send(&c, "DELETE", &format!("/api/sessions/{id}"), Value::Null).await;
        }
        // Whichever was the caller's own came down with the others at once.
        assert!(h.get(&c, "/api/session").await.status == 401 || h.get(&other, "/api/session").await.status == 401);
    }

    async fn a_wrong_password_does_not_tell_who_exists(on) {
        let h = start(on).await;
        h.person(1, "known", &[]).await;
        h.person(2, "gone", &[]).await;
        h.t.db.write(&system(), SetDisabled { account: account(2), name: None, disabled: Some(true) }).await.unwrap();
        // The disabled one is tried with its right password.
        let tries = [("known", WRONG), ("unknown", WRONG), ("gone", RIGHT), ("a\0b", WRONG), ("名字", WRONG), ("", WRONG)];
        for (name, password) in tries {
            for n in 0..6 {
                let a = h.sign_in(name, password).await;
                assert_eq!((a.status, a.code()), (401, "access.bad_credentials"), "{name:?}, try {n}");
            }
        }
        // The same trace as well: six lines for each, none of which names what was typed.
        let lines = "SELECT count(*) FROM audit_lines WHERE action = 'access.sign_in_failed'";
        assert_eq!(h.count(lines).await, 36);
        let unknown = "SELECT count(*) FROM audit_lines WHERE object = 'account/unknown'";
        assert_eq!(h.count(unknown).await, 24);
        // A password no account can have is a wrong one.
        assert_eq!(h.sign_in("known", "with\0nul and more").await.status, 401);
        assert_eq!(h.sign_in(&"n".repeat(100), WRONG).await.status, 401);
    }

    async fn five_failures_lock_for_a_quarter_of_an_hour(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        for _ in 0..2 {
            for _ in 0..4 {
                assert_eq!(h.sign_in("chen", WRONG).await.status, 401);
            }
            // The right one in between forgets the four.
            h.enter("chen").await;
        }
        for _ in 0..5 {
            assert_eq!(h.sign_in("chen", WRONG).await.status, 401);
        }
        let a = h.sign_in("chen", RIGHT).await;
        assert_eq!((a.status, a.code()), (423, "access.locked"));
        assert!(a.body["detail"].as_str().unwrap().contains("15 minutes"), "{a:?}");
        // Failures during the lock do not prolong it.
        h.t.clock.advance(LOCK - 1);
        for _ in 0..6 {
            assert_eq!(h.sign_in("chen", WRONG).await.status, 401);
        }
        assert_eq!(h.sign_in("chen", RIGHT).await.status, 423);
        h.t.clock.advance(1);
        assert_eq!(h.sign_in("chen", RIGHT).await.status, 200);
    }

    async fn guessing_ones_old_password_locks_too(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        let (c, other) = (h.enter("chen").await, h.enter("chen").await);
        let change = |old: &str| json!({ "old": old, "new": "another password" });
        for _ in 0..5 {
            let a = h.send(&c, "POST", "/api/session/password", change(WRONG)).await;
            assert_eq!((a.status, a.code()), (422, "access.wrong_old_password"));
        }
        assert_eq!(h.send(&c, "POST", "/api/session/password", change(RIGHT)).await.status, 423);
        assert_eq!(h.sign_in("chen", RIGHT).await.status, 423);
        h.t.clock.advance(LOCK);
        for bad in ["short", "chen"] {
            let a = h.send(&c, "POST", "/api/session/password", json!({ "old": RIGHT, "new": bad })).await;
            assert_eq!((a.status, &a.body["errors"][0]["field"]), (422, &json!("new")));
        }
        assert_eq!(h.send(&c, "POST", "/api/session/password", change(RIGHT)).await.status, 204);
        // This session stays, the others end, and the old password opens nothing.
        assert_eq!(h.get(&c, "/api/session").await.status, 200);
        assert_eq!(h.get(&other, "/api/session").await.status, 401);
        assert_eq!(h.sign_in("chen", RIGHT).await.status, 401);
        assert_eq!(h.sign_in("chen", "another password").await.status, 200);
    }

    async fn a_sign_in_never_outlives_a_new_password_or_a_disabled_account(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        let (old, new) = (access::hash_password(h.t.db.world(), RIGHT).await.unwrap(), "no hash at all".to_owned());
        let set = |hash: &String| SetPassword { account: account(1), hash: hash.clone() };
        let disable = |yes| SetDisabled { account: account(1), name: None, disabled: Some(yes) };
        let (me, alive) = (system(), "SELECT count(*) FROM sessions");
        for _ in 0..4 {
            let (_, changed) = tokio::join!(h.sign_in("chen", RIGHT), h.t.db.write(&me, set(&new)));
            changed.unwrap();
            assert_eq!(h.count(alive).await, 0, "a session of the password that was replaced");
            h.t.db.write(&system(), set(&old)).await.unwrap();
            let (_, changed) = tokio::join!(h.sign_in("chen", RIGHT), h.t.db.write(&me, disable(true)));
            changed.unwrap();
            assert_eq!(h.count(alive).await, 0, "a session of a disabled account");
            h.t.db.write(&system(), disable(false)).await.unwrap();
        }
    }

    async fn sessions_end_when_idle(on) {
        let h = start_with(on, Settings { session_idle_minutes: 10, sign_ins_per_minute: 1000, ..Settings::default() }).await;
        h.person(1, "chen", &[]).await;
        let c = h.enter("chen").await;
        for _ in 0..6 {
            h.t.clock.advance(9 * MINUTE);
            assert_eq!(h.get(&c, "/api/session").await.status, 200, "in use");
        }
        h.t.clock.advance(10 * MINUTE);
        assert_eq!(h.get(&c, "/api/session").await.status, 401, "idle");
        let other = h.enter("chen").await;
        assert_eq!(h.get(&other, "/api/sessions").await.body["items"].as_array().unwrap().len(), 1, "an idle one is over");
    }

    async fn a_short_idle_limit_bears_with_use(on) {
        let h = start_with(on, Settings { session_idle_minutes: 1, sign_ins_per_minute: 1000, ..Settings::default() }).await;
        h.person(1, "chen", &[]).await;
        let c = h.enter("chen").await;
        for step in [20_000, 20_000, 20_000, 14_000, 14_000, 44_000, 20_000] {
            h.t.clock.advance(step);
            assert_eq!(h.get(&c, "/api/session").await.status, 200);
        }
        h.t.clock.advance(MINUTE);
        assert_eq!(h.get(&c, "/api/session").await.status, 401);
    }

    async fn sessions_end_for_good(on) {
        let h = start_with(on, Settings { session_hours: 1, ..Settings::default() }).await;
        h.person(1, "chen", &[]).await;
        let c = h.enter("chen").await;
        assert_eq!(h.get(&c, "/api/session").await.body["expires_at"], json!(after(60 * MINUTE)));
        for _ in 0..5 {
            h.t.clock.advance(11 * MINUTE);
            assert_eq!(h.get(&c, "/api/session").await.status, 200);
        }
        h.t.clock.advance(5 * MINUTE);
        assert_eq!(h.get(&c, "/api/session").await.status, 401);
    }

    async fn a_lasting_connection_is_no_use(on) {
        let h = start_with(on, Settings { session_idle_minutes: 10, ..Settings::default() }).await;
        h.person(1, "chen", &[(kernel::Role::Analyst, A)]).await;
        h.enter("chen").await;
        let ids: Vec<(SessionId,)> = h.t.db.ask(&system(), "SELECT id FROM sessions", binds![]).await.unwrap();
        let person = Person { account: account(1), session: Some(ids[0].0), token: None, posts: vec![] };
        let actor = Actor::of(Who::Person(Arc::new(person)));
        h.t.clock.advance(9 * MINUTE);
        assert_eq!(refresh(&h.house, &actor).await.unwrap().person().unwrap().posts.len(), 1);
        h.t.clock.advance(MINUTE);
        assert!(refresh(&h.house, &actor).await.is_none());
        assert!(refresh(&h.house, &Actor::of(Who::Anonymous)).await.is_none());
    }

    async fn one_address_tries_so_often_in_a_minute(on) {
        let h = start_with(on, Settings { sign_ins_per_minute: 3, ..Settings::default() }).await;
        let body = || json!({ "username": "nobody", "password": WRONG });
        for expected in [401, 401, 401, 429, 429] {
            let a = h.ask_from(Some("::ffff:10.0.0.1"), "POST", "/api/session", &[], body()).await;
            assert_eq!(a.status, expected);
        }
        // The same address unmapped, and another one.
        assert_eq!(h.ask_from(Some("10.0.0.1"), "POST", "/api/session", &[], body()).await.status, 429);
        assert_eq!(h.ask_from(Some("::ffff:10.0.0.2"), "POST", "/api/session", &[], body()).await.status, 401);
        h.t.clock.advance(MINUTE);
        assert_eq!(h.ask_from(Some("10.0.0.1"), "POST", "/api/session", &[], body()).await.status, 401);
    }
}
