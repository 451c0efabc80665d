//! The loop as people walk it, from report to close and the ways that lead aside.

use crate::world::*;
use serde_json::{Value, json};
use store::both;

both! {
    /// From a report to its close; each step by whoever it belongs to, and offered to them beforehand.
    async fn a_case_goes_round(on) {
        let w = World::new(on).await;
        let mut c = w.report("resident", json!({"telephone": TELEPHONE, "item": LAMP})).await;
        assert_eq!(moves(&w.show("resident", &c).await.ok()), ["withdraw"]);
        assert_eq!(moves(&w.show("intake", &c).await.ok()), ["file", "decline", "ask_check", "merge", "link", "recuse"]);
        let seen = w.show("worker", &c).await.ok();
        assert_eq!((seen["stage"].as_str(), seen["grid"].as_str()), (Some("reported"), Some("990101001001001")));
        assert_eq!(seen["names"]["community"], "望桥社区");
        assert_eq!(w.go("intake", &mut c, "file", json!({"item": LAMP, "note": "属实"})).await["stage"], "filed");
        assert_eq!(moves(&w.show("dispatcher", &c).await.ok()), ["dispatch", "send_back", "merge", "link", "recuse"]);
        assert_eq!(w.show("officer", &c).await.status, 404);
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U1)})).await;
        assert_eq!(moves(&w.show("officer", &c).await.ok()), ["accept", "send_back", "recuse"]);
        assert_eq!(w.show("officer.u2", &c).await.status, 404);
        w.go("officer", &mut c, "accept", json!({})).await;
        assert_eq!(w.show("handler", &c).await.status, 404);
        w.go("officer", &mut c, "hand", json!({"handler": w.accounts["handler"]})).await;
        assert_eq!(moves(&w.show("handler", &c).await.ok()), ["submit", "send_back", "recuse"]);
        assert_eq!(w.show("handler.two", &c).await.status, 404);
        assert_eq!(w.go("handler", &mut c, "submit", json!({"result": "换了灯泡"})).await["stage"], "verifying");
        w.attempt("dispatcher", &c, "close", json!({})).await.refused(409, "case.not_verified");
        assert_eq!(moves(&w.show("worker", &c).await.ok()), ["verify", "rework", "recuse"]);
        let verified = w.go("worker", &mut c, "verify", json!({"note": "看过"})).await;
        assert_eq!((verified["stage"].as_str(), moves(&verified)), (Some("verifying"), vec!["rework", "recuse"]));
        assert_eq!(w.go("supervisor", &mut c, "close", json!({})).await["stage"], "closed");
        let end = w.show("dispatcher", &c).await.ok();
        assert_eq!((end["open"].as_bool(), end["overdue"].as_bool(), end["version"].as_i64()), (Some(false), Some(false), Some(8)));
        assert_eq!(end["events"].as_array().unwrap().len(), 8);
        assert_eq!(end["events"][0]["actor"]["name"], Value::Null);
        assert_eq!(end["events"][5]["actor"]["role"], "handler");
        let track = w.get("anonymous", &format!("/api/track/{}", c.code)).await.ok();
        assert_eq!((track["stage"].as_str(), moves(&track)), (Some("closed"), vec!["reopen"]));
    }

    /// Declining ends it and tells the reporter why and where to go.
    async fn declined(on) {
        let w = World::new(on).await;
        let mut c = w.report("anonymous", json!({})).await;
        w.attempt("dispatcher", &c, "decline", json!({"reason": "不属于"})).await.refused(409, "case.move_not_open");
        w.go("intake", &mut c, "decline", json!({"reason": "不属于本县职责", "pointer": "市供电公司 95598"})).await;
        let track = w.get("anonymous", &format!("/api/track/{}", c.code.to_lowercase().replace('-', ""))).await.ok();
        assert_eq!(track["stage"], "declined");
        assert_eq!(track["steps"][1]["told"], "不属于本县职责");
        assert_eq!(track["steps"][1]["pointer"], "市供电公司 95598");
        w.attempt("intake", &c, "file", json!({"item": LAMP})).await.refused(409, "case.move_not_open");
    }

    /// A send-back goes one step back: to intake, to the dispatcher (twice), to the unit.
    async fn sent_back_each_way(on) {
        let w = World::new(on).await;
        let mut c = w.at("filed").await;
        w.attempt("dispatcher", &c, "send-back", json!({"reason": " "})).await.refused(422, "request.invalid");
        let due = w.show("dispatcher", &c).await.ok()["case_due_at"].clone();
        w.t.clock.advance(3_600_000);
        assert_eq!(w.go("dispatcher", &mut c, "send-back", json!({"reason": "地点不清"})).await["stage"], "reported");
        w.go("intake", &mut c, "file", json!({"item": LAMP})).await;
        // The resident's clock is not started anew.
        assert_eq!(w.show("dispatcher", &c).await.ok()["case_due_at"], due);
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U1)})).await;
        let back = w.go("officer", &mut c, "send-back", json!({"reason": "非我单位职责", "clause": "三定方案第 4 条"})).await;
        assert_eq!((back["stage"].as_str(), back["moves"].as_array().unwrap().len()), (Some("filed"), 0));
        // The first unit asked stays answerable until another accepts, and sees what becomes of it.
        let first = w.show("officer", &c).await.ok();
        assert_eq!((first["side"]["answerable"].as_str(), moves(&first)), (Some(unit(U1).to_string().as_str()), vec![]));
        let seen = w.show("dispatcher", &c).await.ok();
        assert_eq!(seen["events"].as_array().unwrap().last().unwrap()["clause"], "三定方案第 4 条");
        assert_eq!(seen["unit_due_at"], Value::Null);
        w.t.clock.advance(3_600_000);
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U2)})).await;
        // The new unit has its whole time.
        let seen = w.show("officer.u2", &c).await.ok();
        assert_eq!(seen["unit_due_at"].as_i64(), Some(w.now() + 24 * 3_600_000));
        assert_eq!(seen["case_due_at"], due);
        assert!(moves(&w.show("officer", &c).await.ok()).is_empty());
        w.go("officer.u2", &mut c, "accept", json!({})).await;
        assert_eq!(w.show("officer", &c).await.status, 404);
        w.go("officer.u2", &mut c, "hand", json!({"handler": w.accounts["handler.u2"]})).await;
        assert_eq!(w.go("handler.u2", &mut c, "send-back", json!({"reason": "不在班"})).await["stage"], "handling");
        assert_eq!(w.show("handler.u2", &c).await.status, 404);
        assert_eq!(w.go("officer.u2", &mut c, "send-back", json!({"reason": "需市里协调", "clause": "三定方案第 9 条"})).await["stage"], "filed");
    }

    /// A unit refuses by a clause of the catalogue, or not at all.
    async fn a_refusal_stands_on_a_clause(on) {
        let w = World::new(on).await;
        let c = w.at("dispatched").await;
        for body in [json!({"reason": "非我单位职责"}), json!({"reason": "非我单位职责", "clause": null})] {
            w.attempt("officer", &c, "send-back", body).await.refused(422, "case.clause_needed");
        }
        w.attempt("officer", &c, "send-back", json!({"reason": "非我单位职责", "clause": " "})).await.refused(422, "request.invalid");
        assert_eq!(w.show("officer", &c).await.ok()["stage"], "dispatched");
    }

    /// Not done yet: back to the same handler, as often as it takes.
    async fn returned_for_rework(on) {
        let w = World::new(on).await;
        let mut c = w.at("verified").await;
        assert_eq!(w.go("worker", &mut c, "rework", json!({"reason": "仍不亮"})).await["stage"], "handling");
        w.go("handler", &mut c, "submit", json!({"result": "又换了一次"})).await;
        w.attempt("dispatcher", &c, "close", json!({})).await.refused(409, "case.not_verified");
        w.go("supervisor", &mut c, "verify", json!({})).await;
        w.attempt("supervisor", &c, "verify", json!({})).await.refused(409, "case.condition");
        w.go("dispatcher", &mut c, "close", json!({})).await;
    }

    /// Whoever holds the tracking code may take the report back until there is a result.
    async fn withdrawn_by_tracking_code(on) {
        let w = World::new(on).await;
        for stage in ["reported", "filed", "dispatched", "handed", "verifying"] {
            let mut c = w.report("anonymous", json!({})).await;
            w.lead(&mut c, stage).await;
            let key = w.uuid().to_string();
            let (path, body) = (format!("/api/track/{}/withdraw", c.code), json!({"version": c.version}));
            let answer = w.call("anonymous", "POST", &path, body, &[("idempotency-key", &key)]).await;
            if stage == "verifying" {
                answer.refused(409, "case.move_not_open");
            } else {
                assert_eq!(answer.ok()["stage"], "withdrawn");
            }
        }
        let c = w.at("filed").await;
        w.attempt("neighbour", &c, "withdraw", json!({})).await.refused(404, "not_found");
        w.attempt("dispatcher", &c, "withdraw", json!({})).await.refused(409, "case.move_not_open");
        assert_eq!(w.attempt("resident", &c, "withdraw", json!({"reason": "已自行解决"})).await.ok()["stage"], "withdrawn");
    }

    /// A closed case may be reopened for 15 days: a new round with its own clocks.
    async fn reopened_in_time_and_too_late(on) {
        let w = World::new(on).await;
        let mut c = w.at("closed").await;
        w.t.clock.advance(15 * DAY);
        let key = w.uuid().to_string();
        let (path, body) = (format!("/api/track/{}/reopen", c.code), json!({"version": c.version, "reason": "又坏了"}));
        let back = w.call("anonymous", "POST", &path, body, &[("idempotency-key", &key)]).await.ok();
        assert_eq!((back["stage"].as_str(), back["version"].as_i64()), (Some("filed"), Some(9)));
        c.version = 9;
        let seen = w.show("dispatcher", &c).await.ok();
        assert_eq!((seen["round"].as_i64(), seen["verified"].as_bool()), (Some(2), Some(false)));
        assert_eq!(seen["case_due_at"].as_i64(), Some(w.now() + 24 * 3_600_000));

        let c = w.at("closed").await;
        w.t.clock.advance(15 * DAY + 1);
        for actor in ["resident", "dispatcher", "supervisor"] {
            w.attempt(actor, &c, "reopen", json!({"reason": "又坏了"})).await.refused(409, "case.too_late_to_reopen");
        }
        assert!(moves(&w.show("resident", &c).await.ok()).is_empty());
        w.attempt("officer", &c, "reopen", json!({"reason": "又坏了"})).await.refused(409, "case.move_not_open");
    }

    /// Nobody judges their own work: not the handler, not the unit, whatever else they are.
    async fn own_work_is_judged_by_others(on) {
        let w = World::new(on).await;
        // The handler is also a dispatcher of the region; a colleague of the unit a supervisor.
        for (who, role) in [("handler", "dispatcher"), ("handler.two", "supervisor")] {
            let path = format!("/api/accounts/{}/posts/{}", w.accounts[who], w.uuid());
            assert_eq!(w.call("security", "PUT", &path, json!({"role": role, "region": R1}), &[]).await.status, 204);
        }
        let mut c = w.at("verifying").await;
        for (who, verb) in [("handler", "verify"), ("handler", "rework"), ("handler.two", "verify")] {
            let body = if verb == "rework" { json!({"reason": "不行"}) } else { json!({}) };
            let answer = w.attempt(who, &c, verb, body).await;
            answer.refused(409, "case.own_work");
            assert!(!answer.json["allowed_moves"].as_array().unwrap().iter().any(|m| m == verb || m == "close"));
        }
        w.go("dispatcher", &mut c, "verify", json!({})).await;
        for who in ["handler", "handler.two"] {
            w.attempt(who, &c, "close", json!({})).await.refused(409, "case.own_work");
        }
        w.go("dispatcher", &mut c, "close", json!({})).await;
    }

    /// Only handlers of the unit can be handed a case; only open units of the region asked.
    async fn handed_and_dispatched_to_the_right_ones(on) {
        let w = World::new(on).await;
        let c = w.at("filed").await;
        for id in [U9, 0xdead] {
            w.attempt("dispatcher", &c, "dispatch", json!({"unit": unit(id)})).await.refused(422, "case.unknown_unit");
        }
        let c = w.at("handling").await;
        for who in ["handler.u2", "officer", "resident"] {
            let body = json!({"handler": w.accounts[who]});
            w.attempt("officer", &c, "hand", body).await.refused(422, "case.unknown_handler");
        }
        let c = w.at("reported").await;
        for item in [OLD, "9901020101", "9901019999"] {
            w.attempt("intake", &c, "file", json!({"item": item})).await.refused(422, "case.unknown_item");
        }
    }
}
