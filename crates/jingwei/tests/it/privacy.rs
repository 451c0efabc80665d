//! Who reported stays apart from what was reported.

use crate::world::*;
use serde_json::json;
use store::both;

/// Everything that can be read about a case.
async fn readings(w: &World, actor: &str, case: &Case) -> Vec<(String, Answer)> {
    let case_path = World::path(case);
    let mut all = Vec::new();
    for path in [
        case_path.clone(),
        format!("{case_path}/events"),
        format!("/api/regions/{R1}/cases?limit=200"),
        format!("/api/regions/{R1}/feed?after=0"),
        format!("/api/track/{}", case.code),
        "/api/audit?limit=1000".into(),
    ] {
        let answer = w.get(actor, &path).await;
        all.push((path, answer));
    }
    all
}

both! {
    /// The telephone number is in no answer to anyone, but the one to an intake operator who names a purpose.
    async fn the_number_is_shown_for_a_purpose_only(on) {
        let w = World::new(on).await;
        let c = w.at("handed").await;
        w.settle().await;
        let actors: Vec<&str> = CAST.iter().map(|c| c.0).chain(["anonymous", "token", "token.read"]).collect();
        let reveal = format!("{}/contact/reveal", World::path(&c));
        for actor in &actors {
            for (path, answer) in readings(&w, actor, &c).await {
                assert!(!answer.text.contains(TELEPHONE), "{actor} {path}");
                assert!(!answer.text.contains("138******") || *actor == "intake", "{actor} {path}");
            }
            if *actor != "intake" {
                let answer = w.call(actor, "POST", &reveal, json!({"purpose": "clarify"}), &[]).await;
                assert!([401, 404].contains(&answer.status), "{actor} {}", answer.text);
            }
        }
        assert_eq!(w.show("intake", &c).await.ok()["contact"], json!({"on_file": true, "masked": "138******00"}));
        assert_eq!(w.show("dispatcher", &c).await.ok()["contact"], json!(null));
        for bad in [json!({}), json!({"purpose": "curiosity"}), json!({"purpose": "clarify", "note": "x"})] {
            w.call("intake", "POST", &reveal, bad, &[]).await.refused(422, "request.field");
        }
        w.t.clock.advance(1000);
        let answer = w.call("intake", "POST", &reveal, json!({"purpose": "call_back"}), &[]).await.ok();
        assert_eq!(answer["telephone"], TELEPHONE);
        // The reporter sees that, and the auditor.
        let track = w.get("anonymous", &format!("/api/track/{}", c.code)).await.ok();
        assert_eq!(track["contact_reads"], json!([{"at": w.now(), "purpose": "call_back"}]));
        w.settle().await;
        let lines = w.get("auditor", "/api/audit?action=case.contact_revealed").await.ok();
        assert_eq!(lines["items"].as_array().unwrap().len(), 1);
        assert_eq!(lines["items"][0]["detail"]["purpose"], "call_back");
        assert_eq!(lines["items"][0]["actor"], w.accounts["intake"].to_string());
        assert!(!lines.to_string().contains(TELEPHONE));
        // Every look leaves its line.
        w.call("intake", "POST", &reveal, json!({"purpose": "clarify"}), &[]).await.ok();
        let track = w.get("anonymous", &format!("/api/track/{}", c.code)).await.ok();
        assert_eq!(track["contact_reads"].as_array().unwrap().len(), 2);
    }

    /// Neither the unit complained about nor anyone else who works at a case learns who reported it.
    async fn nobody_learns_who_reported(on) {
        let w = World::new(on).await;
        let c = w.at("handed").await;
        let (name, account) = ("名 resident", w.accounts["resident"].to_string());
        for actor in ["officer", "handler", "dispatcher", "intake", "supervisor", "worker", "analyst", "anonymous"] {
            for (path, answer) in readings(&w, actor, &c).await {
                assert!(!answer.text.contains(name) && !answer.text.contains(&account), "{actor} {path}: {}", answer.text);
            }
        }
        // Withdrawn by its reporter, it still names nobody.
        let mut c = c;
        w.go("resident", &mut c, "withdraw", json!({"reason": "已解决"})).await;
        let seen = w.show("officer", &c).await;
        assert!(!seen.text.contains(name) && !seen.text.contains(&account), "{}", seen.text);
        // The tracking page names no people at all.
        let track = w.get("anonymous", &format!("/api/track/{}", c.code)).await;
        assert!(!track.text.contains("名 "), "{}", track.text);
        assert!(!track.text.contains("已解决") && !track.text.contains("路灯不亮"), "{}", track.text);
    }

    /// A telephone number stands nowhere in the clear, the kept answers included.
    async fn the_number_is_sealed_in_the_database(on) {
        let w = World::new(on).await;
        let c = w.at("reported").await;
        w.call("intake", "POST", &format!("{}/contact/reveal", World::path(&c)), json!({"purpose": "danger"}), &[]).await.ok();
        let me = kernel::Actor::system("test");
        let mut bytes: Vec<Vec<u8>> = Vec::new();
        for sql in ["SELECT telephone FROM contacts", "SELECT telephone_index FROM contacts", "SELECT answer FROM answers"] {
            bytes.extend(w.t.db.ask::<(Vec<u8>,)>(&me, sql, vec![]).await.unwrap().into_iter().map(|r| r.0));
        }
        for sql in ["SELECT data FROM events", "SELECT detail FROM audit_lines", "SELECT payload FROM jobs", "SELECT text FROM case_texts"] {
            bytes.extend(w.t.db.ask::<(String,)>(&me, sql, vec![]).await.unwrap().into_iter().map(|r| r.0.into_bytes()));
        }
        assert!(bytes.len() > 5);
        assert!(bytes.iter().all(|b| !b.windows(TELEPHONE.len()).any(|s| s == TELEPHONE.as_bytes())));
    }

    /// 180 days after the end the contact is forgotten; not before, and not when the case was reopened.
    async fn contacts_are_forgotten_in_time(on) {
        let w = World::new(on).await;
        let (ended, mut reopened, open) = (w.at("closed").await, w.at("closed").await, w.at("filed").await);
        let workers = jingwei::workers(&w.house);
        let on_file = async |c: &Case| w.show("intake", c).await.ok()["contact"]["on_file"].as_bool().unwrap();
        w.t.clock.advance(10 * DAY);
        w.go("resident", &mut reopened, "reopen", json!({"reason": "又坏了"})).await;
        w.t.clock.advance(170 * DAY - 1);
        workers.once(&w.t.db).await.unwrap();
        assert!(on_file(&ended).await);
        w.t.clock.advance(1);
        workers.once(&w.t.db).await.unwrap();
        assert!(!on_file(&ended).await);
        w.t.clock.advance(100 * DAY);
        workers.once(&w.t.db).await.unwrap();
        assert!(on_file(&reopened).await && on_file(&open).await);
        let reveal = format!("{}/contact/reveal", World::path(&ended));
        w.call("intake", "POST", &reveal, json!({"purpose": "clarify"}), &[]).await.refused(404, "case.no_contact");
        // The case itself and its history stay.
        assert_eq!(w.show("intake", &ended).await.ok()["events"].as_array().unwrap().len(), 8);
    }
}
