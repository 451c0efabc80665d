//! What security administrators may do, and to whom.

use crate::house::*;
use kernel::{PostId, Role, Uuid};
use serde_json::{Value, json};
use store::{binds, both};

fn path(n: u128, rest: &str) -> String {
    format!("/api/accounts/{}{rest}", account(n))
}
fn post(n: u128, id: u128) -> String {
    path(n, &format!("/posts/{}", Uuid::from_u128(id)))
}
fn analyst() -> Value {
    json!({ "role": "analyst", "region": A.to_string() })
}

/// What is done to an account's holder, and what each answers.
async fn deeds(h: &Home, c: &str, n: u128) -> Vec<u16> {
    let mut got = Vec::new();
    for (method, rest, body) in [
        ("POST", "/password", json!({ "password": "taken over now" })),
        ("PATCH", "", json!({ "disabled": true })),
        ("PATCH", "", json!({ "name": "Renamed" })),
        ("PATCH", "", json!({})),
        ("POST", "/unlock", Value::Null),
        ("DELETE", "/sessions", Value::Null),
    ] {
        got.push(h.send(c, method, &path(n, rest), body).await.status);
    }
    got
}

both! {
    async fn an_administrator_stays_in_the_region(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        h.person(2, "elsewhere", &[(Role::Auditor, B)]).await;
        h.person(3, "both", &[(Role::Analyst, A), (Role::Auditor, B)]).await;
        h.person(4, "here", &[(Role::Analyst, A)]).await;
        h.person(5, "new", &[]).await;
        h.person_dated(6, "moved", &[(Role::Analyst, A, after(-9), None), (Role::Auditor, B, after(-9), Some(after(-1)))]).await;
        h.person_dated(7, "moving", &[(Role::Analyst, A, after(-9), None), (Role::Auditor, B, after(9_000_000), None)]).await;
        let c = h.enter("admin").await;
        // Elsewhere: not seen, not touched, and not drawn into reach by a post.
        assert_eq!(h.get(&c, &path(2, "")).await.status, 404);
        assert_eq!(h.send(&c, "PUT", &post(2, 77), analyst()).await.status, 404);
        assert_eq!(h.send(&c, "DELETE", &post(2, 200), Value::Null).await.status, 404);
        assert_eq!(deeds(&h, &c, 2).await, [404; 6]);
        // With a post elsewhere, now or later: seen and given posts here, but not taken over.
        for n in [3, 7] {
            assert_eq!(h.get(&c, &path(n, "")).await.status, 200);
            assert_eq!(h.send(&c, "PUT", &post(n, 7700 + n), analyst()).await.status, 204);
            assert_eq!(deeds(&h, &c, n).await, [404; 6]);
        }
        assert_eq!(h.send(&c, "DELETE", &post(3, 301), Value::Null).await.status, 404, "the other region's post");
        let there = json!({ "role": "analyst", "region": B.to_string() });
        assert_eq!(h.send(&c, "PUT", &post(4, 78), there).await.status, 404);
        for n in [4, 5, 6] {
            assert_eq!(deeds(&h, &c, n).await, [204, 200, 200, 200, 204, 204], "{n}");
        }
        assert_eq!(h.sign_in("elsewhere", RIGHT).await.status, 200);
        assert_eq!(h.sign_in("both", RIGHT).await.status, 200);
        let names = h.get(&c, "/api/accounts").await.body;
        assert_eq!(names["items"].as_array().unwrap().len(), 6);
    }

    async fn nobody_administers_their_own_account(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        let c = h.enter("admin").await;
        assert_eq!(deeds(&h, &c, 1).await, [403; 6]);
        assert_eq!(h.send(&c, "PUT", &post(1, 77), analyst()).await.status, 403);
        assert_eq!(h.send(&c, "DELETE", &post(1, 100), Value::Null).await.status, 403);
        assert_eq!(h.get(&c, &path(1, "")).await.status, 200);
    }

    async fn others_administer_nothing(on) {
        let h = start(on).await;
        h.person(1, "auditor", &[(Role::Auditor, A), (Role::SystemAdministrator, A)]).await;
        h.person(2, "chen", &[(Role::Analyst, A)]).await;
        let c = h.enter("auditor").await;
        for (cookie, status) in [(c.as_str(), 404), ("none=1", 401)] {
            assert_eq!(deeds(&h, cookie, 2).await, [status; 6]);
            assert_eq!(h.send(cookie, "PUT", &post(2, 77), analyst()).await.status, status);
            assert_eq!(h.send(cookie, "DELETE", &post(2, 200), Value::Null).await.status, status);
            assert_eq!(h.get(cookie, "/api/accounts").await.status, status);
            let new = json!({ "id": Uuid::from_u128(9), "username": "newone", "name": "z" });
            assert_eq!(h.send(cookie, "POST", "/api/accounts", new).await.status, status);
        }
    }

    async fn accounts_are_created_once(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        let c = h.enter("admin").await;
        let id = Uuid::from_u128(9);
        let new = |name: &str, password: &str| json!({ "id": id, "username": name, "name": "陈", "password": password });
        for bad in ["a", "Chen", "chen li", "chen@x", "陈", "a\0b", &"n".repeat(41)] {
            let a = h.send(&c, "POST", "/api/accounts", new(bad, "a good password")).await;
            assert_eq!(a.status, 422, "{bad:?}");
        }
        assert_eq!(h.send(&c, "POST", "/api/accounts", new("chen", "short")).await.status, 422);
        assert_eq!(h.send(&c, "POST", "/api/accounts", new("chen.li-long", "Chen.Li-Long")).await.status, 422);
        assert_eq!(h.send(&c, "POST", "/api/accounts", new("admin", "a good password")).await.status, 409);
        for _ in 0..2 {
            let a = h.send(&c, "POST", "/api/accounts", new("chen", "a good password")).await;
            assert_eq!((a.status, &a.body["username"]), (201, &json!("chen")));
        }
        let other = h.send(&c, "POST", "/api/accounts", new("chen", "another password")).await;
        assert_eq!((other.status, other.code()), (409, "idempotency.key_reused"));
        assert_eq!(h.sign_in("chen", "a good password").await.status, 200);
        // What is kept to know the retry is no digest that a guess could be tried on.
        let body = format!(r#"{{"id":"{id}","username":"chen","name":"陈","password":"a good password"}}"#);
        let plain = vault::sha256(format!("access::account::CreateAccount\n{body}").as_bytes());
        let kept: Vec<(Vec<u8>,)> = h.t.db.ask(&system(), "SELECT hash FROM answers", binds![]).await.unwrap();
        assert!(kept.len() == 1 && kept[0].0 != plain);
    }

    async fn names_are_found_as_typed(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        h.person(2, "chen_li", &[]).await;
        h.person(3, "chenxli", &[]).await;
        let c = h.enter("admin").await;
        for (q, n) in [("chen", 2), ("chen_li", 1), ("%25", 0), ("CHEN", 2), ("zzz", 0)] {
            let a = h.get(&c, &format!("/api/accounts?q={q}")).await;
            assert_eq!(a.body["items"].as_array().unwrap().len(), n, "{q}");
        }
        let first = h.get(&c, "/api/accounts?limit=2").await.body;
        let next = first["next"].as_str().unwrap();
        let second = h.get(&c, &format!("/api/accounts?limit=2&cursor={next}")).await.body;
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
        for bad in ["limit=0", "limit=201", "cursor=x", "other=1"] {
            let status = h.get(&c, &format!("/api/accounts?{bad}")).await.status;
            assert!(status == 422 || status == 400, "{bad}: {status}");
        }
    }

    async fn a_post_keeps_its_beginning_and_its_past(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        h.person(2, "chen", &[]).await;
        h.person(3, "li", &[]).await;
        let c = h.enter("admin").await;
        let (id, p) = (PostId(Uuid::from_u128(77)), post(2, 77));
        let row = || async {
            let sql = "SELECT from_at, until_at, role FROM posts WHERE id = $1";
            h.t.db.ask::<(i64, Option<i64>, String)>(&system(), sql, binds![id]).await.unwrap().remove(0)
        };
        assert_eq!(h.send(&c, "PUT", &p, analyst()).await.status, 204);
        let first = row().await;
        h.t.clock.advance(5000);
        // A retry, and a change that does not speak of the beginning.
        assert_eq!(h.send(&c, "PUT", &p, analyst()).await.status, 204);
        assert_eq!(row().await, first);
        let auditor = json!({ "role": "auditor", "region": A.to_string() });
        assert_eq!(h.send(&c, "PUT", &p, auditor.clone()).await.status, 204);
        assert_eq!(row().await, (first.0, None, "auditor".into()));
        assert_eq!(h.send(&c, "PUT", &post(3, 77), auditor.clone()).await.status, 409, "another account's post");
        h.t.clock.advance(5000);
        assert_eq!(h.send(&c, "DELETE", &p, Value::Null).await.status, 204);
        let ended = row().await;
        assert_eq!(ended.1, Some(after(10_000).0));
        h.t.clock.advance(5000);
        // Ended again, it ended when it did; changed, it is refused.
        assert_eq!(h.send(&c, "DELETE", &p, Value::Null).await.status, 204);
        for body in [analyst(), auditor] {
            let a = h.send(&c, "PUT", &p, body).await;
            assert_eq!((a.status, a.code()), (409, "access.post_ended"));
        }
        assert_eq!(row().await, ended);
        let lines = "SELECT count(*) FROM audit_lines WHERE action = 'access.post_ended'";
        assert_eq!(h.count(lines).await, 1);
    }

    async fn a_post_fits_its_role(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        h.person(2, "chen", &[]).await;
        let c = h.enter("admin").await;
        let unit = Uuid::from_u128(3);
        for (body, code) in [
            (json!({ "role": "handler", "region": A.to_string() }), "access.unit_needed"),
            (json!({ "role": "grid_worker", "region": A.to_string() }), "access.area_needed"),
            (json!({ "role": "analyst", "region": A.to_string(), "unit": unit }), "access.not_narrowed"),
            (json!({ "role": "analyst", "region": A.to_string(), "from_at": 9, "until_at": 9 }), "access.dates_reversed"),
        ] {
            let a = h.send(&c, "PUT", &post(2, 77), body).await;
            assert_eq!((a.status, a.code()), (422, code));
        }
        assert_eq!(h.send(&c, "PUT", &post(99, 77), analyst()).await.status, 404, "no such account");
    }
}
