//! The side ways of the loop, as people walk them (FIELD.md §3).

use crate::world::*;
use serde_json::{Value, json};
use store::both;

const HOUR: i64 = 3_600_000;

fn clock<'a>(seen: &'a Value, kind: &str) -> &'a Value {
    seen["clocks"].as_array().unwrap().iter().find(|c| c["clock"] == kind).unwrap_or(&Value::Null)
}

both! {
    /// Before filing the nearest grid worker looks, and only then is it filed.
    async fn checked_on_the_spot(on) {
        let w = World::new(on).await;
        let mut c = w.at("reported").await;
        w.go("intake", &mut c, "ask-check", json!({"question": "灯杆编号是多少"})).await;
        let seen = w.show("worker", &c).await.ok();
        assert_eq!((seen["asks"].as_str(), work(&seen)), (Some("check"), vec!["answer_check"]));
        let mine = w.get("worker", &format!("/api/regions/{R1}/cases?view=mine")).await.ok();
        assert_eq!(mine["items"].as_array().unwrap().len(), 1);
        assert_eq!(w.get("worker.other", &format!("/api/regions/{R1}/cases?view=mine")).await.ok()["items"], json!([]));
        // Asked while it is being looked at: once is enough.
        w.attempt("intake", &c, "ask-check", json!({"question": "再看"})).await.refused(409, "case.condition");
        w.go("worker", &mut c, "answer-check", json!({"found": true, "note": "编号 017"})).await;
        let seen = w.show("intake", &c).await.ok();
        assert_eq!((seen["side"]["found"].as_bool(), &seen["asks"]), (Some(true), &Value::Null));
        // Somebody who is no grid worker cannot be asked.
        let ask = json!({"question": "看看", "checker": w.accounts["handler"]});
        w.attempt("intake", &c, "ask-check", ask).await.refused(422, "case.no_worker");
        w.go("intake", &mut c, "file", json!({"item": LAMP})).await;
    }

    /// The second refusal goes to arbitration: the dispatcher cannot push on, the supervisor rules, the
    /// unit keeps it, and the ruling is proposed for the map of duties.
    async fn refused_twice_is_ruled_on(on) {
        let w = World::new(on).await;
        let mut c = w.reach("disputed").await;
        let seen = w.show("supervisor", &c).await.ok();
        assert_eq!((seen["asks"].as_str(), seen["side"]["refusals"].as_i64()), (Some("arbitration"), Some(2)));
        assert_eq!(seen["side"]["level"], 2);
        // One working day, and it is the clock that counts.
        let desk = clock(&seen, "desk");
        assert_eq!(desk["counts"], true);
        assert!(desk["explanation"]["lines"].as_array().unwrap().len() > 1, "{desk}");
        w.attempt("dispatcher", &c, "dispatch", json!({"unit": unit(U1)})).await.refused(409, "case.condition");
        let decide = w.get("supervisor", &format!("/api/regions/{R1}/cases?view=decide")).await.ok();
        assert_eq!(decide["items"][0]["asks"], "arbitration");
        w.go("supervisor", &mut c, "arbitrate", json!({"unit": unit(U2), "reason": "在其管养范围", "clause": "三定方案"})).await;
        w.attempt("officer.u2", &c, "send-back", json!({"reason": "仍不是", "clause": "三定方案"})).await.refused(409, "case.condition");
        w.go("officer.u2", &mut c, "accept", json!({})).await;
        let proposals = w.get("dispatcher", &format!("/api/regions/{R1}/duty-proposals")).await.ok();
        assert_eq!(proposals["items"][0]["unit"], json!(unit(U2)));
        assert_eq!(proposals["items"][0]["item"], LAMP);
    }

    /// Back to the same unit its clock goes on; another has its whole time; the resident's never stops.
    async fn clocks_through_send_backs(on) {
        let w = World::new(on).await;
        let mut c = w.at("dispatched").await;
        let first = w.show("dispatcher", &c).await.ok();
        w.t.clock.advance(10 * HOUR);
        w.go("officer", &mut c, "send-back", json!({"reason": "先请示", "clause": "三定方案"})).await;
        w.t.clock.advance(5 * HOUR);
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U1)})).await;
        let again = w.show("dispatcher", &c).await.ok();
        assert_eq!(again["unit_due_at"].as_i64().unwrap(), first["unit_due_at"].as_i64().unwrap() + 5 * HOUR);
        assert_eq!(again["case_due_at"], first["case_due_at"]);
    }

    /// Longer by request: both clocks move by the working days granted; twice at the most, and not when late.
    async fn extended(on) {
        let w = World::new(on).await;
        let mut c = w.at("handed").await;
        let ask = json!({"by": "2工作日", "reason": "等配件"});
        for n in 0..2 {
            let before = w.show("officer", &c).await.ok();
            w.go("officer", &mut c, "request-extension", ask.clone()).await;
            let pending = w.show("dispatcher", &c).await.ok();
            assert_eq!((pending["asks"].as_str(), &pending["unit_due_at"]), (Some("extension"), &before["unit_due_at"]));
            assert_eq!(pending["side"]["request"], json!({"extension": "2wd"}));
            w.attempt("officer", &c, "request-suspension", json!({"until": w.now() + 2 * DAY, "reason": "停"})).await.refused(409, "case.pending");
            w.attempt("officer", &c, "grant", json!({})).await.refused(409, "case.move_not_open");
            w.go("dispatcher", &mut c, "grant", json!({"note": "同意"})).await;
            let after = w.show("officer", &c).await.ok();
            assert_eq!(after["side"]["extensions"], n + 1);
            for due in ["unit_due_at", "case_due_at"] {
                assert!(after[due].as_i64() > before[due].as_i64(), "{due}");
            }
        }
        w.attempt("officer", &c, "request-extension", ask.clone()).await.refused(409, "case.no_extension_left");
        let mut c = w.at("handed").await;
        w.t.clock.advance(3 * DAY);
        w.attempt("officer", &c, "request-extension", ask).await.refused(409, "case.overdue");
        // A refused request does not count.
        w.t.clock.advance(-3 * DAY + HOUR);
        w.go("officer", &mut c, "request-extension", json!({"by": "4工作时", "reason": "等配件"})).await;
        w.go("dispatcher", &mut c, "refuse", json!({"reason": "可先临时处置"})).await;
        assert_eq!(w.show("officer", &c).await.ok()["side"]["extensions"], 0);
        for bad in ["0工作日", "9999工作日", "很久", ""] {
            w.attempt("officer", &c, "request-extension", json!({"by": bad, "reason": "等配件"})).await.refused(422, "request.field");
        }
    }

    /// Suspended to a date it stands still and goes on by itself; once, and within a year.
    async fn suspended(on) {
        let w = World::new(on).await;
        let mut c = w.at("handed").await;
        for until in [w.now() - 1, w.now() + 367 * DAY] {
            w.attempt("officer", &c, "request-suspension", json!({"until": until, "reason": "等汛期过"})).await.refused(422, "case.bad_date");
        }
        let until = w.now() + 100 * DAY;
        w.go("officer", &mut c, "request-suspension", json!({"until": until, "reason": "等汛期过"})).await;
        let left = w.show("officer", &c).await.ok()["unit_due_at"].as_i64().unwrap() - w.now();
        w.go("dispatcher", &mut c, "grant", json!({})).await;
        let seen = w.show("officer", &c).await.ok();
        assert_eq!((seen["side"]["suspended_until"].as_i64(), seen["unit_due_at"].as_i64()), (Some(until), Some(until + left)));
        w.attempt("handler", &c, "submit", json!({"result": "好了"})).await.refused(409, "case.condition");
        // The machine was off when the day came: it goes on from that day all the same.
        w.t.clock.advance(100 * DAY + 7 * HOUR);
        while cases::ring(&w.house).await.unwrap().all() > 0 {}
        let seen = w.show("officer", &c).await.ok();
        assert_eq!((&seen["side"]["suspended_until"], seen["unit_due_at"].as_i64()), (&Value::Null, Some(until + left)));
        c.version = seen["version"].as_i64().unwrap();
        w.attempt("officer", &c, "request-suspension", json!({"until": w.now() + DAY, "reason": "再等"})).await.refused(409, "case.suspended_before");
        w.go("handler", &mut c, "submit", json!({"result": "好了"})).await;
    }

    /// One lead and several assisting units, each with its own clock; then they rate each other.
    async fn joint(on) {
        let w = World::new(on).await;
        let mut c = w.at("handling").await;
        let summons = |u: u128| json!({"unit": unit(u), "limit": "4工作时", "reason": "需断水配合"});
        w.attempt("officer", &c, "summon", summons(U1)).await.refused(422, "case.assists_already");
        w.attempt("officer", &c, "summon", summons(0xdead)).await.refused(422, "case.unknown_unit");
        assert_eq!(w.show("officer.u2", &c).await.status, 404);
        w.go("officer", &mut c, "summon", summons(U2)).await;
        w.go("dispatcher", &mut c, "summon", summons(U3)).await;
        let seen = w.show("officer.u2", &c).await.ok();
        assert_eq!(moves(&seen), ["respond"]);
        assert_eq!(seen["clocks"].as_array().unwrap().iter().filter(|x| x["clock"] == "party").count(), 2);
        let waiting = w.get("officer.u2", &format!("/api/regions/{R1}/cases?view=unit")).await.ok();
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        // Help is beside the work: the lead's screen is not made stale by it.
        let before = c.version;
        w.go("officer.u2", &mut c, "respond", json!({})).await;
        w.go("officer.u2", &mut c, "contribute", json!({"result": "已断水"})).await;
        c.version = before;
        w.go("officer", &mut c, "release", json!({"unit": unit(U3), "reason": "不再需要"})).await;
        w.go("officer", &mut c, "submit", json!({"result": "已修好"})).await;
        // Who helped does not verify; who leads neither.
        for officer in ["officer", "officer.u2"] {
            w.attempt(officer, &c, "verify", json!({})).await.refused(409, "case.move_not_open");
        }
        w.go("dispatcher", &mut c, "verify", json!({})).await;
        w.go("dispatcher", &mut c, "close", json!({})).await;
        w.go("officer", &mut c, "rate", json!({"unit": unit(U2), "stars": 5})).await;
        w.attempt("officer", &c, "rate", json!({"unit": unit(U2), "stars": 1})).await.refused(409, "case.condition");
        w.attempt("officer.u2", &c, "rate", json!({"unit": unit(U2), "stars": 1})).await.refused(422, "case.unknown_party");
        w.go("officer.u2", &mut c, "rate", json!({"unit": unit(U1), "stars": 4, "note": "配合顺畅"})).await;
        let party = w.show("dispatcher", &c).await.ok()["side"]["parties"][0].clone();
        assert_eq!((party["rated"].as_i64(), party["rates"].as_i64()), (Some(5), Some(4)));
        w.attempt("officer.u3", &c, "rate", json!({"unit": unit(U1), "stars": 4})).await.refused(409, "case.condition");
    }

    /// Merged, a case ends in another and can come back; its clock has never stopped.
    async fn merged_and_unmerged(on) {
        let w = World::new(on).await;
        let (mut c, into) = (w.at("filed").await, w.at("handed").await);
        let number = w.show("dispatcher", &into).await.ok()["number"].as_str().unwrap().to_owned();
        for bad in [c.id.to_string(), w.uuid().to_string(), "990101-9999999".into()] {
            w.attempt("dispatcher", &c, "merge", json!({"into": bad, "reason": "同一件事"})).await.refused(422, "case.bad_other");
        }
        let due = w.show("dispatcher", &c).await.ok()["case_due_at"].clone();
        w.go("dispatcher", &mut c, "merge", json!({"into": number, "reason": "同一件事"})).await;
        let track = w.get("anonymous", &format!("/api/track/{}", c.code)).await.ok();
        assert_eq!(track["merged_into"], json!({"number": number, "stage": "handling"}));
        let links = w.show("dispatcher", &into).await.ok()["side"]["links"].clone();
        assert_eq!((links[0]["kind"].as_str(), links[0]["outward"].as_bool()), (Some("merged"), Some(false)));
        // No rings: the one that took it in goes nowhere itself.
        let third = w.at("filed").await;
        w.attempt("dispatcher", &third, "merge", json!({"into": c.id, "reason": "同一件事"})).await.refused(422, "case.bad_other");
        w.t.clock.advance(HOUR);
        w.go("dispatcher", &mut c, "unmerge", json!({"reason": "不是同一盏"})).await;
        let seen = w.show("dispatcher", &c).await.ok();
        assert_eq!((seen["stage"].as_str(), &seen["case_due_at"]), (Some("filed"), &due));
        assert_eq!(seen["side"]["links"], json!([]));
        // A duplicate is a mark: both go on.
        w.go("intake", &mut c, "link", json!({"into": into.id, "reason": "疑似重复"})).await;
        assert_eq!(w.show("intake", &c).await.ok()["stage"], "filed");
        w.go("intake", &mut c, "unlink", json!({"reason": "并非重复"})).await;
    }

    /// Drawn cases are called back by somebody outside the unit, or answer themselves, before they close.
    async fn called_back(on) {
        let w = World::new(on).await;
        let mut c = w.reach("drawn").await;
        assert_eq!(w.show("dispatcher", &c).await.ok()["asks"], "call_back");
        w.attempt("dispatcher", &c, "close", json!({})).await.refused(409, "case.condition");
        w.attempt("officer", &c, "call-back", json!({"reached": false})).await.refused(409, "case.move_not_open");
        w.attempt("intake", &c, "call-back", json!({"reached": true})).await.refused(422, "request.invalid");
        w.attempt("intake", &c, "call-back", json!({"reached": false, "satisfied": true})).await.refused(422, "request.invalid");
        let path = format!("/api/track/{}/call-back", c.code);
        let body = json!({"version": c.version, "reached": true, "resolved": true, "satisfied": false});
        let key = w.uuid().to_string();
        w.call("anonymous", "POST", &path, body, &[("idempotency-key", &key)]).await.ok();
        c.version += 1;
        let seen = w.show("dispatcher", &c).await.ok();
        assert_eq!(seen["side"]["answers"], json!({"reached": true, "resolved": true, "satisfied": false}));
        w.go("dispatcher", &mut c, "close", json!({})).await;
    }

    /// What is not on the list is not pushed onto a community without its consent.
    async fn communities_consent(on) {
        let w = World::new(on).await;
        let mut c = w.reach("asked").await;
        let seen = w.show("officer.u3", &c).await.ok();
        assert_eq!((work(&seen), &seen["unit_due_at"]), (vec!["consent", "refuse_consent"], &Value::Null));
        w.attempt("officer.u3", &c, "accept", json!({})).await.refused(409, "case.condition");
        w.go("officer.u3", &mut c, "refuse-consent", json!({"reason": "不在清单内"})).await;
        let seen = w.show("dispatcher", &c).await.ok();
        assert_eq!((seen["stage"].as_str(), seen["side"]["refusals"].as_i64()), (Some("filed"), Some(0)));
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U3)})).await;
        w.go("officer.u3", &mut c, "consent", json!({})).await;
        assert_eq!(w.show("officer.u3", &c).await.ok()["unit_due_at"].as_i64(), Some(w.now() + 24 * HOUR));
        w.go("officer.u3", &mut c, "accept", json!({})).await;
        // On the published list nobody is asked twice.
        w.relist("24h", true).await;
        let mut c = w.at("filed").await;
        w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U3)})).await;
        w.go("officer.u3", &mut c, "accept", json!({})).await;
    }

    /// Late is a fact; an appeal upheld by two reviewers lifts the mark, once.
    async fn appealed(on) {
        let w = World::new(on).await;
        let on_time = w.at("closed").await;
        w.attempt("officer", &on_time, "appeal", json!({"reason": "停电"})).await.refused(409, "case.condition");
        let mut c = w.reach("late").await;
        assert_eq!(w.show("officer", &c).await.ok()["side"]["marked_late"], true);
        w.go("officer", &mut c, "appeal", json!({"reason": "全县停电三日"})).await;
        w.attempt("supervisor", &c, "decide-appeal", json!({"upheld": true, "reason": "属实"})).await.refused(409, "case.condition");
        w.go("dispatcher", &mut c, "review-appeal", json!({"upheld": true, "reason": "有停电公告"})).await;
        let decide = w.get("supervisor", &format!("/api/regions/{R1}/cases?view=decide")).await.ok();
        assert_eq!(decide["items"][0]["asks"], "decision");
        w.go("supervisor", &mut c, "decide-appeal", json!({"upheld": true, "reason": "属实"})).await;
        let side = w.show("officer", &c).await.ok()["side"].clone();
        assert_eq!((side["unit_late"].as_bool(), side["marked_late"].as_bool()), (Some(true), Some(false)));
        w.attempt("officer", &c, "appeal", json!({"reason": "再申"})).await.refused(409, "case.condition");
    }

    /// Whoever stands aside takes no further part and is not told who complained.
    async fn recused(on) {
        let w = World::new(on).await;
        let mut c = w.at("filed").await;
        assert_eq!(w.show("intake", &c).await.ok()["contact"]["on_file"], true);
        w.go("intake", &mut c, "recuse", json!({"reason": "当事人是亲属"})).await;
        let seen = w.show("intake", &c).await.ok();
        assert_eq!((&seen["contact"], moves(&seen), seen["side"]["recused"].as_bool()), (&Value::Null, vec![], Some(true)));
        let reveal = format!("{}/contact/reveal", World::path(&c));
        assert!([404, 409].contains(&w.call("intake", "POST", &reveal, json!({"purpose": "clarify"}), &[]).await.status));
        // Declared once with a unit, it holds for every case the unit has.
        let declared = format!("/api/regions/{R1}/conflicts/{}", unit(U1));
        assert_eq!(w.call("supervisor", "PUT", &declared, Value::Null, &[]).await.status, 204);
        let mut c = w.at("verifying").await;
        w.attempt("supervisor", &c, "verify", json!({})).await.refused(409, "case.recused");
        assert_eq!(w.get("supervisor", &format!("/api/regions/{R1}/conflicts")).await.ok()["items"][0]["name"], "住建局");
        assert_eq!(w.call("supervisor", "DELETE", &declared, Value::Null, &[]).await.status, 204);
        w.go("supervisor", &mut c, "verify", json!({})).await;
        w.call("supervisor", "PUT", &format!("/api/regions/{R1}/conflicts/{}", w.uuid()), Value::Null, &[]).await.refused(422, "case.unknown_unit");
    }

    /// By the clock: a reminder ahead of the deadline, then it climbs by itself; neither makes a screen stale.
    async fn it_climbs_by_itself(on) {
        let w = World::new(on).await;
        let mut c = w.at("handed").await;
        let ring = || async { while cases::ring(&w.house).await.unwrap().all() > 0 {} };
        ring().await;
        assert_eq!(w.show("officer", &c).await.ok()["version"], c.version);
        w.t.clock.advance(13 * HOUR);
        ring().await;
        let seen = w.show("officer", &c).await.ok();
        assert_eq!(seen["events"].as_array().unwrap().last().unwrap()["move"], "remind");
        assert_eq!((seen["version"].as_i64(), seen["side"]["level"].as_i64()), (Some(c.version + 1), Some(0)));
        // Again, at the same moment: nothing more.
        ring().await;
        assert_eq!(w.show("officer", &c).await.ok()["version"], c.version + 1);
        w.t.clock.advance(12 * HOUR);
        ring().await;
        assert_eq!(w.show("officer", &c).await.ok()["side"]["level"], 1);
        assert_eq!(w.get("supervisor", &format!("/api/regions/{R1}/cases?view=overdue")).await.ok()["items"].as_array().unwrap().len(), 1);
        w.t.clock.advance(30 * DAY);
        ring().await;
        w.t.clock.advance(30 * DAY);
        ring().await;
        let seen = w.show("officer", &c).await.ok();
        assert_eq!(seen["side"]["level"], 3);
        // The screen from before all this still serves: nothing firm has happened since.
        w.go("handler", &mut c, "submit", json!({"result": "已修好"})).await;
        // One from before something firm does not.
        c.version -= 2;
        w.attempt("dispatcher", &c, "verify", json!({})).await.refused(409, "case.version_stale");
    }

    /// Urged by a supervisor with a date, seen in a list of its own until done.
    async fn urged(on) {
        let w = World::new(on).await;
        let mut c = w.reach("urged").await;
        let list = format!("/api/regions/{R1}/cases?view=urged");
        assert_eq!(w.get("supervisor", &list).await.ok()["items"].as_array().unwrap().len(), 1);
        assert_eq!(w.get("officer", &list).await.ok()["items"].as_array().unwrap().len(), 1);
        w.attempt("dispatcher", &c, "urge", json!({"until": w.now() + DAY, "reason": "急"})).await.refused(409, "case.move_not_open");
        w.go("supervisor", &mut c, "lift-urge", json!({"reason": "已办"})).await;
        assert_eq!(w.get("supervisor", &list).await.ok()["items"], json!([]));
    }

    /// A case keeps the rules it was filed under; the next one has the new ones.
    async fn rules_are_kept(on) {
        let w = World::new(on).await;
        let old = w.at("handed").await;
        w.rules(flow::Rules { submit_pictures: 1, extensions: 0, ..flow::Rules::default() }).await;
        let new = w.at("handed").await;
        assert_eq!(w.show("officer", &old).await.ok()["rules"].as_i64().unwrap() + 1, w.show("officer", &new).await.ok()["rules"].as_i64().unwrap());
        w.attempt("officer", &new, "request-extension", json!({"by": "1wd", "reason": "等"})).await.refused(409, "case.no_extension_left");
        w.attempt("handler", &new, "submit", json!({"result": "好了"})).await.refused(422, "case.pictures_needed");
        w.attempt("handler", &old, "submit", json!({"result": "好了"})).await.ok();
    }

    /// The holiday list of the next year moves what was provisional, audibly; nothing else.
    async fn deadlines_are_computed_again(on) {
        let w = World::new(on).await;
        w.relist("400工作日", false).await;
        let c = w.at("dispatched").await;
        let before = w.show("dispatcher", &c).await.ok();
        assert_eq!(clock(&before, "case")["provisional"], true);
        let days: Vec<Value> = (1..=9).map(|d| json!({"date": format!("2027-03-0{d}"), "off": true, "name": "试验假期"})).collect();
        let year = w.call("steward", "PUT", &format!("/api/regions/{R1}/calendar/2027"), json!({"days": days}), &[]).await;
        year.ok();
        cases::recalendar(&w.t.db, r1()).await.unwrap();
        let after = w.show("dispatcher", &c).await.ok();
        assert!(after["case_due_at"].as_i64() > before["case_due_at"].as_i64(), "{} {}", after["case_due_at"], before["case_due_at"]);
        let last = after["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((last["move"].as_str(), last["actor"]["role"].as_str()), (Some("recalendar"), Some("system")));
        let n = after["version"].clone();
        cases::recalendar(&w.t.db, r1()).await.unwrap();
        assert_eq!(w.show("dispatcher", &c).await.ok()["version"], n, "no news twice");
    }

    /// What is offered is what is accepted, and nothing else is: every move, tried by everybody.
    async fn offered_is_accepted(on) {
        let w = World::new(on).await;
        let actors = ["intake", "dispatcher", "officer", "officer.u2", "officer.u3", "handler", "worker", "supervisor", "analyst", "resident", "steward"];
        let stages = ["reported", "checking", "filed", "disputed", "dispatched", "asked", "handed", "requested", "suspended", "summoned",
            "responded", "verifying", "verified", "drawn", "closed", "joint", "late", "appealed", "reviewed", "merged", "linked", "urged"];
        let other = w.at("filed").await;
        for stage in stages {
            let mut c = w.reach(stage).await;
            for actor in actors {
                let shown = w.show(actor, &c).await;
                let offers = if shown.status == 200 { shown.json["moves"].as_array().unwrap().clone() } else { vec![] };
                // Recusing would take the actor out of the rest of this test.
                for m in flow::Move::ALL.iter().filter(|m| !m.by_itself() && !matches!(m, flow::Move::Report | flow::Move::Recuse)) {
                    let offered = offers.iter().find(|o| o["move"] == m.code());
                    let fields = match offered {
                        Some(o) => o["fields"].clone(),
                        None => json!(m.fields(flow::Stage::Dispatched, flow::Stage::Filed)),
                    };
                    let mut body = w.form(&fields, &c);
                    if body.get("into").is_some() {
                        body["into"] = json!(other.id);
                    }
                    if *m == flow::Move::Summon {
                        body["unit"] = json!(unit(0xdead));
                    }
                    if *m == flow::Move::Rate {
                        body["unit"] = json!(unit(if actor == "officer.u2" { U1 } else { U2 }));
                    }
                    let answer = w.attempt(actor, &c, &m.code().replace('_', "-"), body).await;
                    let accepted = answer.status == 200 || answer.status == 422;
                    assert_eq!(accepted, offered.is_some(), "{stage} {actor} {m:?}: {}", answer.text);
                    if answer.status == 200 {
                        c = w.reach(stage).await;
                        break;
                    }
                }
            }
        }
    }
}
