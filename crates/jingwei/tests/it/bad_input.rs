//! Bad input: problem+json with a code, and nothing written (Rule 10).

use crate::world::*;
use serde_json::{Value, json};
use store::both;

/// The bytes, the headers, and the status and code they are refused with.
type BadBody<'a> = (Vec<u8>, &'a [(&'a str, &'a str)], u16, &'a str);

/// Rows in every table that a report or a move writes to.
async fn written(w: &World) -> i64 {
    w.number(
        "SELECT (SELECT count(*) FROM cases) + (SELECT count(*) FROM events) + (SELECT count(*) FROM audit_lines)
           + (SELECT count(*) FROM case_texts) + (SELECT count(*) FROM case_notes) + (SELECT count(*) FROM contacts)
           + (SELECT count(*) FROM tracking_codes) + (SELECT count(*) FROM answers) + (SELECT count(*) FROM jobs)
           + (SELECT count(*) FROM contact_reads) + (SELECT count(*) FROM attachments)",
    )
    .await
}

async fn signed_in(w: &World, actors: &[&str]) {
    for actor in actors {
        w.cookie(actor).await;
    }
}

both! {
    /// Reports that cannot be taken.
    async fn bad_reports(on) {
        let w = World::new(on).await;
        signed_in(&w, &["resident", "intake"]).await;
        let path = format!("/api/regions/{R1}/cases");
        let before = written(&w).await;
        let now = w.now();
        #[rustfmt::skip]
        let bad: Vec<(Value, u16, &str, &str, &str)> = vec![
            (json!({"colour": "red"}), 422, "request.field", "colour", "request.unknown_field"),
            (json!({"text": 5}), 422, "request.field", "text", "request.field"),
            (json!({"text": null}), 422, "request.field", "text", "request.field"),
            (json!({"id": "nonsense"}), 422, "request.field", "id", "request.field"),
            (json!({"text": ""}), 422, "request.invalid", "text", "text.length"),
            (json!({"text": " \n "}), 422, "request.invalid", "text", "text.length"),
            (json!({"text": "灯".repeat(4001)}), 422, "request.invalid", "text", "text.length"),
            (json!({"text": "a\u{7}b"}), 422, "request.invalid", "text", "text.control_characters"),
            (json!({"text": "a\u{0}b"}), 422, "request.invalid", "text", "text.control_characters"),
            (json!({"place": "x".repeat(201)}), 422, "request.invalid", "place", "text.length"),
            (json!({"lat": null}), 422, "request.invalid", "lat", "point.half"),
            (json!({"lon": null}), 422, "request.invalid", "lon", "point.half"),
            (json!({"lon": 181.0}), 422, "request.invalid", "lon", "point.off_globe"),
            (json!({"lat": -90.5}), 422, "request.invalid", "lon", "point.off_globe"),
            (json!({"lon": "120"}), 422, "request.field", "lon", "request.field"),
            (json!({"seen_at": "yesterday"}), 422, "request.field", "seen_at", "request.field"),
            (json!({"seen_at": now - 31 * DAY}), 422, "request.invalid", "seen_at", "moment.range"),
            (json!({"seen_at": now + 3_600_000}), 422, "request.invalid", "seen_at", "moment.range"),
            (json!({"seen_at": i64::MIN}), 422, "request.invalid", "seen_at", "moment.range"),
            (json!({"telephone": "abcde"}), 422, "request.invalid", "telephone", "case.bad_telephone"),
            (json!({"item": "12"}), 422, "request.field", "item", "request.field"),
            (json!({"item": "9901019999"}), 422, "case.unknown_item", "item", "case.unknown_item"),
            (json!({"item": INNER}), 422, "case.unknown_item", "item", "case.unknown_item"),
            (json!({"item": OLD}), 422, "case.unknown_item", "item", "case.unknown_item"),
            (json!({"channel": "telephone"}), 422, "case.channel_not_yours", "channel", "case.channel_not_yours"),
            (json!({"channel": "worker"}), 422, "case.channel_not_yours", "channel", "case.channel_not_yours"),
            (json!({"channel": "pigeon"}), 422, "request.field", "channel", "request.field"),
        ];
        for (with, status, code, field, reason) in bad {
            let answer = w.call("resident", "POST", &path, w.report_body(with.clone()), &[]).await;
            answer.refused(status, code);
            let errors = answer.json["errors"].as_array().unwrap();
            let named = errors.iter().any(|e| e["field"] == field && e["code"] == reason && e["detail"].is_string());
            assert!(named, "{with}: {}", answer.text);
            assert_eq!(written(&w).await, before, "{with}");
        }
        // Every fault at once.
        let answer = w.call("resident", "POST", &path, w.report_body(json!({"text": "", "lat": null, "telephone": "x"})), &[]).await;
        assert_eq!(answer.json["errors"].as_array().unwrap().len(), 3, "{}", answer.text);
        // An attachment that is not there, or not the reporter's.
        let answer = w.call("resident", "POST", &path, w.report_body(json!({"attachments": [w.uuid()]})), &[]).await;
        assert!((400..500).contains(&answer.status) && !answer.code().is_empty(), "{}", answer.text);
        let twelve: Vec<_> = (0..7).map(|_| w.uuid()).collect();
        w.call("resident", "POST", &path, w.report_body(json!({"attachments": twelve})), &[]).await.refused(422, "request.invalid");
        assert_eq!(written(&w).await, before);
    }

    /// Bodies that cannot be read.
    async fn unreadable_bodies(on) {
        let w = World::new(on).await;
        signed_in(&w, &["resident"]).await;
        let path = format!("/api/regions/{R1}/cases");
        let before = written(&w).await;
        let good = w.report_body(json!({})).to_string();
        let json_type = [("content-type", "application/json")];
        let long = format!("{}{}", " ".repeat(300 * 1024), good);
        #[rustfmt::skip]
        let bad: Vec<BadBody> = vec![
            (b"".to_vec(), &json_type, 400, "request.malformed"),
            (b"{\"id\":".to_vec(), &json_type, 400, "request.malformed"),
            (format!("{good}{good}").into_bytes(), &json_type, 400, "request.malformed"),
            (b"\xff\xfe{}".to_vec(), &json_type, 400, "request.malformed"),
            (b"{\"text\":\"\\ud800\"}".to_vec(), &json_type, 400, "request.malformed"),
            (vec![b'['; 100_000], &json_type, 400, "request.malformed"),
            (b"[]".to_vec(), &json_type, 400, "request.malformed"),
            (b"null".to_vec(), &json_type, 422, "request.field"),
            (long.into_bytes(), &json_type, 413, "request.too_large"),
            (good.clone().into_bytes(), &[("content-type", "text/plain")], 415, "request.not_json"),
            (good.clone().into_bytes(), &[], 415, "request.not_json"),
        ];
        for (body, headers, status, code) in bad {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let answer = World::read(w.raw(&w.app, "resident", "POST", &path, body, headers).await).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{shown}: {}", answer.text);
            answer.refused(status, code);
            assert_eq!(written(&w).await, before, "{shown}");
        }
        let parameters = [("content-type", "Application/JSON; charset=utf-8")];
        let answer = World::read(w.raw(&w.app, "resident", "POST", &path, good.into_bytes(), &parameters).await).await;
        assert_eq!(answer.status, 201);
    }

    /// Moves that cannot be made.
    async fn bad_moves(on) {
        let w = World::new(on).await;
        let c = w.at("filed").await;
        let path = format!("{}/dispatch", World::path(&c));
        let key = w.uuid().to_string();
        let keyed = [("idempotency-key", key.as_str())];
        signed_in(&w, &["dispatcher", "intake", "supervisor", "neighbour", "dispatcher.r2"]).await;
        let before = written(&w).await;
        let body = json!({"version": 2, "unit": unit(U1)});
        w.call("dispatcher", "POST", &path, body.clone(), &[]).await.refused(422, "idempotency.key_missing");
        w.call("dispatcher", "POST", &path, body.clone(), &[("idempotency-key", "one")]).await.refused(422, "idempotency.key_missing");
        for bad in [
            json!({"version": 2}),
            json!({"unit": unit(U1)}),
            json!({"version": "2", "unit": unit(U1)}),
            json!({"version": 2.5, "unit": unit(U1)}),
            json!({"version": 1e30, "unit": unit(U1)}),
            json!({"version": 2, "unit": "U1"}),
            json!({"version": 2, "unit": unit(U1), "grid": "990101001001001"}),
        ] {
            w.call("dispatcher", "POST", &path, bad, &keyed).await.refused(422, "request.field");
        }
        w.call("dispatcher", "POST", &path, json!({"version": 2, "unit": unit(U1), "note": "a\u{1b}[31m"}), &keyed).await.refused(422, "request.invalid");
        // What is open instead is told.
        let answer = w.attempt("dispatcher", &c, "accept", json!({})).await;
        answer.refused(409, "case.move_not_open");
        assert_eq!(answer.json["allowed_moves"], json!(["dispatch", "send_back", "merge", "link", "recuse"]));
        assert!(answer.json["detail"].as_str().unwrap().contains("filed"), "{}", answer.text);
        // Cases that are not there, not theirs, or in another region look the same.
        let same = w.call("neighbour", "POST", &path, body.clone(), &keyed).await;
        same.refused(404, "not_found");
        for (actor, p) in [
            ("dispatcher", format!("/api/regions/{R1}/cases/{}/dispatch", w.uuid())),
            ("dispatcher", format!("/api/regions/{R2}/cases/{}/dispatch", c.id)),
            ("dispatcher.r2", path.clone()),
            ("dispatcher.r2", format!("/api/regions/{R2}/cases/{}/dispatch", c.id)),
            ("dispatcher", format!("/api/regions/{R1}/cases/nonsense/dispatch")),
            ("dispatcher", format!("/api/regions/abc/cases/{}/dispatch", c.id)),
        ] {
            let answer = w.call(actor, "POST", &p, body.clone(), &keyed).await;
            answer.refused(404, "not_found");
            assert_eq!(answer.json, same.json, "{actor} {p}");
        }
        w.call("anonymous", "POST", &path, body, &keyed).await.refused(401, "access.sign_in_first");
        assert_eq!(written(&w).await, before);
    }

    /// Addresses, methods and queries that make no sense.
    async fn bad_addresses(on) {
        let w = World::new(on).await;
        let c = w.at("filed").await;
        signed_in(&w, &["dispatcher", "security", "auditor"]).await;
        let before = written(&w).await;
        for path in ["/api/nope", "/api/", "/api/regions/990101/nope", "/api/regions/abc/cases", "/api/regions/1/cases",
            "/api/regions/%00/cases", "/api/regions/0990101/cases", "/api/regions/990101/cases/1", "/api/track/%00", "/api/track/AAAA-BBBB",
            "/health/nope", "/api/regions/990101/attachments/1"] {
            w.get("dispatcher", path).await.refused(404, "not_found");
        }
        let unknown = w.call("anonymous", "POST", "/api/regions/999999/cases", w.report_body(json!({})), &[]).await;
        assert_eq!(unknown.status, 404, "{}", unknown.text);
        let cases = format!("/api/regions/{R1}/cases");
        for query in ["limit=0", "limit=201", "limit=-1", "cursor=zzz", "cursor=%00", "cursor=", "area=990102001"] {
            let answer = w.get("dispatcher", &format!("{cases}?{query}")).await;
            assert_eq!(answer.status, 422, "{query} {}", answer.text);
            assert!(!answer.json["errors"].as_array().unwrap().is_empty(), "{}", answer.text);
        }
        for query in ["limit=x", "limit=99999999999999999999", "stage=lost", "sort=colour", "view=nobodys", "open=maybe", "item=1", "unit=1", "area=1", "nonsense=1", "limit=5&limit=6"] {
            let answer = w.get("dispatcher", &format!("{cases}?{query}")).await;
            assert_eq!((answer.status, answer.code()), (422, "request.field"), "{query} {}", answer.text);
        }
        for path in ["feed?limit=0", "feed?limit=1001", "feed?after=-1", "locate?lon=181&lat=0", "locate?lon=x&lat=0", "locate?lon=1", "locate?lon=NaN&lat=0"] {
            let answer = w.get("dispatcher", &format!("/api/regions/{R1}/{path}")).await;
            assert_eq!(answer.status, 422, "{path} {}", answer.text);
        }
        for (actor, path) in [("security", "/api/accounts?limit=0"), ("security", "/api/accounts?cursor=x"), ("auditor", "/api/audit?limit=1001"), ("auditor", "/api/audit?after=-1")] {
            assert_eq!(w.get(actor, path).await.status, 422, "{path}");
        }
        for (actor, path) in [("security", "/api/accounts?q=%00"), ("auditor", "/api/audit?action=%00"), ("auditor", "/api/audit?object=%00")] {
            let answer = w.get(actor, path).await;
            assert!(answer.status == 200 || answer.status == 422, "{path} {} {}", answer.status, answer.text);
        }
        for (method, path) in [("PATCH", "/api/flow"), ("POST", "/api/flow"), ("PUT", "/api/session"), ("DELETE", &World::path(&c))] {
            w.call("dispatcher", method, path, Value::Null, &[]).await.refused(405, "request.method");
        }
        assert_eq!(written(&w).await, before);
    }

    /// Messages come in the reader's language; codes never change.
    async fn told_in_the_readers_language(on) {
        let w = World::new(on).await;
        let mut texts = Vec::new();
        for language in ["zh-CN,zh;q=0.9", "en-GB", "fr"] {
            let request = axum::http::Request::get("/api/nope").header("accept-language", language);
            let answer = tower::ServiceExt::oneshot(w.app.clone(), request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
            let answer = World::read(answer).await;
            assert_eq!(answer.code(), "not_found");
            texts.push(answer.json["detail"].as_str().unwrap().to_owned());
        }
        assert!(texts[0].contains("没有找到") && texts[1].contains("Not found") && texts[2] == texts[0], "{texts:?}");
    }
}
