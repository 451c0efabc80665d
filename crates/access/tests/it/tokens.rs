//! Tokens.

use crate::house::*;
use access::{MakeToken, NewToken, RevokeToken, SetDisabled, list_tokens};
use kernel::{Actor, Moment, Person, Role, SessionId, TokenId, TokenScope, Uuid, Who};
use serde_json::{Value, json};
use std::sync::Arc;
use store::both;

fn token(n: u128) -> TokenId {
    TokenId(Uuid::from_u128(n))
}

fn new(n: u128, secret: &str) -> NewToken {
    let scopes = vec![TokenScope::ReadCases];
    NewToken { id: token(n), account: account(1), name: "x".into(), scopes, days: 5, secret: secret.into() }
}

fn person(n: u128, session: Option<u128>, by: Option<u128>) -> Actor {
    let session = session.map(|s| SessionId(Uuid::from_u128(s)));
    let token = by.map(|t| (token(t), TokenScope::ALL.to_vec()));
    Actor::of(Who::Person(Arc::new(Person { account: account(n), session, token, posts: vec![] })))
}

both! {
    async fn a_token_lives_until_it_expires_or_is_revoked(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        let c = h.enter("chen").await;
        let body = json!({ "id": token(5), "name": "phone", "scopes": ["cases:read"], "days": 2 });
        let made = h.send(&c, "POST", "/api/tokens", body.clone()).await;
        assert_eq!(made.status, 201, "{made:?}");
        // A retry shows the same secret; the id with another request is refused.
        assert_eq!(h.send(&c, "POST", "/api/tokens", body).await.body, made.body);
        let other = json!({ "id": token(5), "name": "tablet", "scopes": ["cases:read"], "days": 2 });
        assert_eq!(h.send(&c, "POST", "/api/tokens", other).await.status, 409);
        let secret = made.body["token"].as_str().unwrap();
        let seen = h.bearer(secret, "GET", "/api/session", Value::Null).await;
        assert_eq!((seen.status, &seen.body["account"]["username"]), (200, &json!("chen")));
        assert_eq!(h.send(&c, "DELETE", &format!("/api/tokens/{}", token(5)), Value::Null).await.status, 204);
        assert_eq!(h.bearer(secret, "GET", "/api/session", Value::Null).await.status, 401, "revoked");
        assert_eq!(h.send(&c, "DELETE", &format!("/api/tokens/{}", token(6)), Value::Null).await.status, 404);
        let body = json!({ "id": token(6), "name": "phone", "scopes": ["cases:read"], "days": 2 });
        let made = h.send(&c, "POST", "/api/tokens", body).await;
        let secret = made.body["token"].as_str().unwrap();
        h.t.clock.advance(2 * Moment::DAY - 1);
        assert_eq!(h.bearer(secret, "GET", "/api/session", Value::Null).await.status, 200);
        h.t.clock.advance(1001);
        assert_eq!(h.bearer(secret, "GET", "/api/session", Value::Null).await.status, 401, "expired");
        for (days, scopes) in [(0, json!(["cases:read"])), (367, json!(["cases:read"])), (5, json!([])), (5, json!(["all"]))] {
            let c = h.enter("chen").await;
            let body = json!({ "id": token(9), "name": "x", "scopes": scopes, "days": days });
            assert_eq!(h.send(&c, "POST", "/api/tokens", body).await.status, 422);
        }
    }

    async fn a_program_has_no_business_with_sessions(on) {
        let h = start(on).await;
        h.person(1, "chen", &[(Role::SecurityAdministrator, A)]).await;
        let c = h.enter("chen").await;
        let id = h.get(&c, "/api/sessions").await.body["items"][0]["id"].as_str().unwrap().to_owned();
        h.t.db.write(&system(), MakeToken(NewToken { scopes: TokenScope::ALL.to_vec(), ..new(5, "jw_five") })).await.unwrap();
        let routes = [
            ("DELETE", "/api/session".to_owned(), Value::Null),
            ("GET", "/api/sessions".into(), Value::Null),
            ("DELETE", format!("/api/sessions/{id}"), Value::Null),
            ("POST", "/api/session/password".into(), json!({ "old": RIGHT, "new": "another password" })),
            ("GET", "/api/tokens".into(), Value::Null),
            ("POST", "/api/tokens".into(), json!({ "id": token(6), "name": "x", "scopes": ["cases:read"], "days": 2 })),
            ("DELETE", format!("/api/tokens/{}", token(5)), Value::Null),
            ("GET", "/api/accounts".into(), Value::Null),
        ];
        for (method, path, body) in routes {
            assert_eq!(h.bearer("jw_five", method, &path, body).await.status, 404, "{method} {path}");
        }
        assert_eq!(h.bearer("jw_five", "GET", "/api/session", Value::Null).await.status, 200);
        assert_eq!(h.get(&c, "/api/session").await.status, 200, "nothing ended");
        h.t.db.write(&system(), SetDisabled { account: account(1), name: None, disabled: Some(true) }).await.unwrap();
        h.t.clock.advance(1001);
        assert_eq!(h.bearer("jw_five", "GET", "/api/session", Value::Null).await.status, 401, "disabled");
    }

    async fn the_handlers_of_a_unit_are_for_those_who_hand_over(on) {
        let h = start(on).await;
        h.person(1, "desk", &[(Role::Dispatcher, A)]).await;
        h.person(2, "analyst", &[(Role::Analyst, A)]).await;
        let path = format!("/api/regions/{A}/handlers?unit={}", Uuid::from_u128(3));
        assert_eq!(h.get(&h.enter("desk").await, &path).await.status, 200);
        assert_eq!(h.get(&h.enter("analyst").await, &path).await.status, 404);
        assert_eq!(h.ask("GET", &path, &[], Value::Null).await.status, 401);
        for (n, scope, status) in [
            (5, TokenScope::MoveCases, 200),
            (6, TokenScope::ReadBase, 200),
            (7, TokenScope::ReadMetrics, 403),
        ] {
            let secret = format!("jw_{n}");
            h.t.db.write(&system(), MakeToken(NewToken { scopes: vec![scope], ..new(n, &secret) })).await.unwrap();
            assert_eq!(h.bearer(&secret, "GET", &path, Value::Null).await.status, status, "{scope:?}");
        }
    }

    async fn only_ones_own_tokens(on) {
        let h = start(on).await;
        h.person(1, "chen", &[]).await;
        let db = &h.t.db;
        let refused = [
            (Actor::of(Who::Anonymous), 401),
            (Actor::of(Who::SignIn), 401),
            (person(2, Some(1), None), 404),
            (person(1, None, Some(5)), 404),
            (person(1, None, None), 404),
        ];
        db.write(&system(), MakeToken(new(5, "jw_five"))).await.unwrap();
        let revoke = || RevokeToken { account: account(1), token: token(5) };
        for (actor, status) in refused {
            assert_eq!(db.write(&actor, MakeToken(new(6, "jw_six"))).await.unwrap_err().kind().status(), status);
            assert_eq!(db.write(&actor, revoke()).await.unwrap_err().kind().status(), status);
            assert_eq!(list_tokens(db, &actor, account(1)).await.unwrap_err().kind().status(), status);
        }
        let own = person(1, Some(1), None);
        db.write(&own, MakeToken(new(6, "jw_six"))).await.unwrap();
        db.write(&own, revoke()).await.unwrap();
        let list = list_tokens(db, &own, account(1)).await.unwrap();
        assert_eq!(list.iter().map(|t| t.revoked).filter(|r| *r).count(), 1);
        assert_eq!(list.len(), 2);
    }
}
