//! How the caller of a request is settled.

use crate::house::*;
use kernel::{Role, Uuid};
use serde_json::{Value, json};
use store::both;

both! {
    async fn another_site_changes_nothing(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        let c = h.enter("chen").await;
        let out = |headers: Vec<(&'static str, &'static str)>| {
            let mut all = vec![("cookie", c.as_str()), ("host", "jingwei.example")];
            all.extend(headers);
            all
        };
        let foreign: [&[(&str, &str)]; 5] = [
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://jingwei.example")],
        ];
        for headers in foreign {
            let a = h.ask("DELETE", "/api/session", &out(headers.to_vec()), Value::Null).await;
            assert_eq!((a.status, a.code()), (403, "access.cross_site"), "{headers:?}");
            // Looking changes nothing.
            assert_eq!(h.ask("GET", "/api/session", &out(headers.to_vec()), Value::Null).await.status, 200);
        }
        // Without a cookie there is nothing to abuse.
        let body = json!({ "username": "chen", "password": RIGHT });
        let a = h.ask("POST", "/api/session", &[("origin", "https://evil.example"), ("host", "jingwei.example")], body).await;
        assert_eq!(a.status, 200);
        let own = out(vec![("origin", "https://jingwei.example"), ("sec-fetch-site", "same-origin")]);
        assert_eq!(h.ask("DELETE", "/api/session", &own, Value::Null).await.status, 204);
    }

    async fn a_bad_token_is_nobody_not_anonymous(on) {
        let h = start(on).await;
        for value in ["Bearer jw_unknown", "Bearer other", "Basic Y2hlbjp4", "jw_unknown", "Bearer "] {
            let a = h.ask("GET", "/api/session", &[("authorization", value)], Value::Null).await;
            assert_eq!((a.status, a.code()), (401, "access.bad_token"), "{value}");
            assert!(Uuid::try_parse(a.request.as_deref().unwrap_or_default()).is_ok());
        }
    }

    async fn addresses_are_canonical(on) {
        let h = start(on).await;
        for (from, seen) in [("::ffff:10.1.2.3", "10.1.2.3"), ("10.1.2.3", "10.1.2.3"), ("2001:db8::1", "2001:db8::1")] {
            let a = h.ask_from(Some(from), "GET", "/test/address", &[], Value::Null).await;
            assert_eq!(a.body, json!(seen));
        }
    }

    async fn posts_begin_and_end_by_their_dates(on) {
        let h = start(on).await;
        let (from, until) = (after(10 * MINUTE), after(20 * MINUTE));
        h.person_dated(1, "chen", &[(Role::SecurityAdministrator, A, from, Some(until))]).await;
        let c = h.enter("chen").await;
        let mut seen = Vec::new();
        for _ in 0..5 {
            let n = h.get(&c, "/api/session").await.body["posts"].as_array().unwrap().len();
            seen.push((n, h.get(&c, "/api/accounts").await.status));
            h.t.clock.advance(5 * MINUTE);
        }
        // The beginning is included, the end is not.
        assert_eq!(seen, [(0, 404), (0, 404), (1, 200), (1, 200), (0, 404)]);
    }

    async fn a_change_counts_at_once(on) {
        let h = start(on).await;
        h.person(1, "admin", &[(Role::SecurityAdministrator, A)]).await;
        h.person(2, "chen", &[]).await;
        let (admin, c) = (h.enter("admin").await, h.enter("chen").await);
        let post = format!("/api/accounts/{}/posts/{}", account(2), Uuid::from_u128(77));
        assert_eq!(h.get(&c, "/api/accounts").await.status, 404);
        let body = json!({ "role": "security_administrator", "region": A.to_string() });
        assert_eq!(h.send(&admin, "PUT", &post, body).await.status, 204);
        assert_eq!(h.get(&c, "/api/accounts").await.status, 200);
        assert_eq!(h.send(&admin, "DELETE", &post, Value::Null).await.status, 204);
        assert_eq!(h.get(&c, "/api/accounts").await.status, 404);
        let path = format!("/api/accounts/{}", account(2));
        assert_eq!(h.send(&admin, "PATCH", &path, json!({ "disabled": true })).await.status, 200);
        assert_eq!(h.get(&c, "/api/session").await.status, 401);
        assert_eq!(h.send(&admin, "PATCH", &path, json!({ "disabled": false })).await.status, 200);
        // Enabled again, the old session stays ended.
        assert_eq!(h.get(&c, "/api/session").await.status, 401);
    }
}
