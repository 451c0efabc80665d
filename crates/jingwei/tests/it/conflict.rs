//! Two at once, and the same twice.

use crate::world::*;
use futures_util::future::join_all;
use serde_json::{Value, json};
use store::both;

both! {
    /// Of two dispatchers at once one wins; the other is told that the case has changed and how it stands.
    async fn two_dispatchers_at_once(on) {
        let w = World::new(on).await;
        w.cookie("dispatcher").await;
        w.cookie("dispatcher.two").await;
        for _ in 0..5 {
            let c = w.at("filed").await;
            let (a, b) = tokio::join!(
                w.attempt("dispatcher", &c, "dispatch", json!({"unit": unit(U1)})),
                w.attempt("dispatcher.two", &c, "dispatch", json!({"unit": unit(U2)})),
            );
            let (won, lost) = if a.status == 200 { (a, b) } else { (b, a) };
            assert_eq!((won.status, won.json["version"].as_i64()), (200, Some(3)), "{}", won.text);
            lost.refused(409, "case.version_stale");
            assert_eq!(lost.json["current_version"], 3);
            assert_eq!(w.show("supervisor", &c).await.ok()["events"].as_array().unwrap().len(), 3);
        }
    }

    /// Whoever looks at an old version is refused before anything else about the move is judged.
    async fn an_old_version_is_refused(on) {
        let w = World::new(on).await;
        let c = w.at("filed").await;
        for version in [1, 3, i64::MAX] {
            let answer = w.attempt("dispatcher", &c, "dispatch", json!({"unit": unit(U1), "version": version})).await;
            answer.refused(409, "case.version_stale");
            assert_eq!(answer.json["current_version"], 2);
        }
    }

    /// A retry gets the first answer, even when the case has gone on since.
    async fn a_retry_gets_the_first_answer(on) {
        let w = World::new(on).await;
        let path = format!("/api/regions/{R1}/cases");
        for actor in ["resident", "anonymous"] {
            let body = w.report_body(json!({}));
            let first = w.call(actor, "POST", &path, body.clone(), &[]).await;
            let again = w.call(actor, "POST", &path, body.clone(), &[]).await;
            assert_eq!((first.status, &first.json), (201, &again.json));
            let mut other = body.clone();
            other["text"] = "另一件事".into();
            w.call(actor, "POST", &path, other, &[]).await.refused(409, "idempotency.key_reused");
        }
        let body = w.report_body(json!({}));
        assert_eq!(w.call("resident", "POST", &path, body.clone(), &[]).await.status, 201);
        // The id of somebody else's report.
        w.call("neighbour", "POST", &path, body, &[]).await.refused(409, "case.id_taken");

        let mut c = w.at("filed").await;
        let (key, move_path) = (w.uuid().to_string(), format!("{}/dispatch", World::path(&c)));
        let body = json!({"version": 2, "unit": unit(U1)});
        let headers = [("idempotency-key", key.as_str())];
        let first = w.call("dispatcher", "POST", &move_path, body.clone(), &headers).await.ok();
        c.version = 3;
        w.go("officer", &mut c, "accept", json!({})).await;
        assert_eq!(w.call("dispatcher", "POST", &move_path, body, &headers).await.ok(), first);
        let other = json!({"version": 2, "unit": unit(U2)});
        w.call("dispatcher", "POST", &move_path, other, &headers).await.refused(409, "idempotency.key_reused");
        // Another's key of the same name is another key.
        let theirs = w.call("officer", "POST", &format!("{}/hand", World::path(&c)),
            json!({"version": 4, "handler": w.accounts["handler"]}), &headers).await;
        assert_eq!(theirs.status, 200, "{}", theirs.text);
    }

    /// A refused write leaves its key free: the same key with what is right goes through.
    async fn a_refusal_is_not_remembered(on) {
        let w = World::new(on).await;
        let c = w.at("filed").await;
        let (key, path) = (w.uuid().to_string(), format!("{}/dispatch", World::path(&c)));
        let headers = [("idempotency-key", key.as_str())];
        w.call("dispatcher", "POST", &path, json!({"version": 2, "unit": unit(0xdead)}), &headers).await.refused(422, "case.unknown_unit");
        assert_eq!(w.call("dispatcher", "POST", &path, json!({"version": 2, "unit": unit(U1)}), &headers).await.status, 200);
    }

    /// The same request many times at once happens once, and everyone gets the one answer.
    async fn twins_happen_once(on) {
        let w = World::new(on).await;
        for actor in ["resident", "dispatcher"] {
            w.cookie(actor).await;
        }
        let path = format!("/api/regions/{R1}/cases");
        let body = w.report_body(json!({"telephone": TELEPHONE}));
        let before = w.number("SELECT count(*) FROM events").await;
        let all = join_all((0..8).map(|_| w.call("resident", "POST", &path, body.clone(), &[]))).await;
        let receipts: Vec<(u16, &Value)> = all.iter().map(|a| (a.status, &a.json)).collect();
        assert!(receipts.iter().all(|r| *r == (201, &all[0].json)), "{receipts:?}");
        assert_eq!(w.number("SELECT count(*) FROM events").await, before + 1);

        let c = w.at("filed").await;
        let (key, path) = (w.uuid().to_string(), format!("{}/dispatch", World::path(&c)));
        let headers = [("idempotency-key", key.as_str())];
        let body = json!({"version": 2, "unit": unit(U1)});
        let before = w.number("SELECT count(*) FROM events").await;
        let all = join_all((0..8).map(|_| w.call("dispatcher", "POST", &path, body.clone(), &headers))).await;
        let answers: Vec<(u16, &Value)> = all.iter().map(|a| (a.status, &a.json)).collect();
        assert!(answers.iter().all(|r| *r == (200, &all[0].json)), "{answers:?}");
        assert_eq!(w.number("SELECT count(*) FROM events").await, before + 1);
    }

    /// Case numbers are given once, however many report at once.
    async fn numbers_are_given_once(on) {
        let w = World::new(on).await;
        let path = format!("/api/regions/{R1}/cases");
        let bodies: Vec<Value> = (0..30).map(|_| w.report_body(json!({}))).collect();
        let all = join_all(bodies.into_iter().map(|b| w.call("anonymous", "POST", &path, b, &[]))).await;
        let mut numbers: Vec<String> = all.into_iter().map(|a| a.ok()["number"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 30);
    }
}
