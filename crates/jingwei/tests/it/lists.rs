//! Lists: everything in scope once, in order, and nothing else.

use crate::world::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::both;

/// Cases in every stage, in several grids and units, one in the other region, one without a place.
pub async fn populate(w: &World) -> Vec<Case> {
    let mut all = Vec::new();
    for (i, stage) in
        ["reported", "filed", "dispatched", "handling", "handed", "verifying", "verified", "closed"]
            .iter()
            .enumerate()
    {
        w.t.clock.advance(60_000);
        let (lon, lat) = inside(i as i32 % 4);
        let mut c = w.report("resident", json!({"lon": lon, "lat": lat, "telephone": TELEPHONE})).await;
        w.lead(&mut c, stage).await;
        all.push(c);
    }
    let mut c = w.report("worker", json!({"text": "网格员巡查发现"})).await;
    w.go("intake", &mut c, "file", json!({"item": COVER})).await;
    w.go("dispatcher", &mut c, "dispatch", json!({"unit": unit(U2)})).await;
    all.push(c);
    let mut c = w.report("anonymous", json!({"lon": null, "lat": null, "item": WASTE})).await;
    w.go("intake", &mut c, "decline", json!({"reason": "不属于"})).await;
    all.push(c);
    let mut c = w.report("neighbour", json!({"item": LAMP})).await;
    w.go("neighbour", &mut c, "withdraw", json!({})).await;
    all.push(c);
    let other = w.report_body(json!({"lat": 30.055}));
    w.call("resident", "POST", &format!("/api/regions/{R2}/cases"), other, &[]).await.ok();
    all
}

async fn walk(w: &World, actor: &str, query: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = w.get(actor, &format!("/api/regions/{R1}/cases?limit={limit}&{query}{cursor}")).await.ok();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() == limit || page["next"].is_null(), "a short page that is not the last");
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

async fn count(w: &World, actor: &str, query: &str) -> i64 {
    let answer = w.get(actor, &format!("/api/regions/{R1}/cases/count?{query}")).await.ok();
    assert_eq!(answer["exact"], true);
    answer["count"].as_i64().unwrap()
}

both! {
    /// Whoever asks, the pages hold as many as the count says, each case once; exactly those that can be opened.
    async fn everyones_list_is_their_scope(on) {
        let w = World::new(on).await;
        let all = populate(&w).await;
        for (actor, ..) in CAST {
            for query in ["", "view=todo", "sort=due", "sort=newest", "open=true", "open=false"] {
                let rows = walk(&w, actor, query, 3).await;
                assert_eq!(ids(&rows).len(), rows.len(), "{actor} {query}");
                assert_eq!(count(&w, actor, query).await, rows.len() as i64, "{actor} {query}");
            }
            let listed = ids(&walk(&w, actor, "", 200).await);
            for case in &all {
                let seen = w.show(actor, case).await.status == 200;
                assert_eq!(seen, listed.contains(&case.id.to_string()), "{actor} {case:?}");
            }
        }
        for (actor, n) in [("dispatcher", 11), ("supervisor", 11), ("analyst", 11), ("officer", 6), ("officer.u2", 1), ("handler", 4),
            ("handler.two", 0), ("worker", 4), ("worker.other", 2), ("dispatcher.area", 4), ("dispatcher.r2", 0), ("resident", 8),
            ("neighbour", 1), ("steward", 0), ("data", 0), ("system", 0), ("security", 0), ("auditor", 0)] {
            assert_eq!(count(&w, actor, "").await, n, "{actor}");
        }
        w.get("anonymous", &format!("/api/regions/{R1}/cases")).await.refused(401, "access.sign_in_first");
    }

    /// What waits for somebody is what they can do something about.
    async fn todo_is_what_one_can_act_on(on) {
        let w = World::new(on).await;
        let all = populate(&w).await;
        for actor in ["intake", "dispatcher", "officer", "officer.u2", "handler", "worker", "supervisor", "analyst", "resident", "dispatcher.area"] {
            let todo = ids(&walk(&w, actor, "view=todo", 200).await);
            for case in &all {
                let shown = w.show(actor, case).await;
                let can = shown.status == 200
                    && shown.json["open"] == true
                    && !work(&shown.json).is_empty();
                assert_eq!(can, todo.contains(&case.id.to_string()), "{actor} {case:?} {}", shown.json["moves"]);
            }
        }
    }

    /// In order of deadline, or latest first.
    async fn in_the_order_asked_for(on) {
        let w = World::new(on).await;
        populate(&w).await;
        let newest: Vec<i64> = walk(&w, "dispatcher", "sort=newest", 2).await.iter().map(|r| r["reported_at"].as_i64().unwrap()).collect();
        assert!(newest.is_sorted_by(|a, b| a >= b), "{newest:?}");
        let due = walk(&w, "dispatcher", "sort=due", 2).await;
        let key = |r: &Value| r["due_at"].as_i64().or(r["reported_at"].as_i64()).unwrap();
        assert!(due.iter().all(|r| r["open"] == true));
        assert!(due.iter().map(key).is_sorted(), "{due:?}");
        for row in &due {
            let shown = w.get("dispatcher", &format!("/api/regions/{R1}/cases/{}", row["id"].as_str().unwrap())).await.ok();
            assert_eq!((&shown["due_at"], &shown["overdue"], &shown["stage"]), (&row["due_at"], &row["overdue"], &row["stage"]));
        }
    }

    /// Each filter keeps exactly the rows that hold it, on every page and in the count.
    async fn filters_keep_what_holds(on) {
        let w = World::new(on).await;
        populate(&w).await;
        w.t.clock.advance(3 * 3_600_000);
        let all = walk(&w, "dispatcher", "", 200).await;
        let u1 = unit(U1).to_string();
        type Holds<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
        let filters: Vec<(String, Holds)> = vec![
            ("stage=filed".into(), Box::new(|r| r["stage"] == "filed")),
            (format!("item={LAMP}"), Box::new(|r| r["item"] == LAMP)),
            (format!("unit={u1}"), Box::new(|r| r["unit"] == u1.as_str())),
            ("area=990101001001".into(), Box::new(|r| r["grid"].as_str().is_some_and(|g| g.starts_with("990101001001")))),
            ("area=990101001001001".into(), Box::new(|r| r["grid"] == "990101001001001")),
            ("area=990101".into(), Box::new(|r| r["grid"].is_string())),
            ("open=true".into(), Box::new(|r| r["open"] == true)),
            ("open=false".into(), Box::new(|r| r["open"] == false)),
            ("overdue=true".into(), Box::new(|r| r["overdue"] == true)),
            ("overdue=false".into(), Box::new(|r| r["overdue"] == false)),
            (format!("open=true&item={LAMP}&area=990101001002"), Box::new(|r| {
                r["open"] == true && r["item"] == LAMP && r["grid"].as_str().is_some_and(|g| g.starts_with("990101001002"))
            })),
        ];
        for (query, holds) in filters {
            let rows = walk(&w, "dispatcher", &query, 2).await;
            let wanted: Vec<Value> = all.iter().filter(|r| holds(r)).cloned().collect();
            assert!(!wanted.is_empty(), "{query} is no test");
            assert_eq!(ids(&rows), ids(&wanted), "{query}");
            assert_eq!(count(&w, "dispatcher", &query).await, wanted.len() as i64, "{query}");
        }
    }

    /// New cases that come while somebody pages neither repeat rows nor push any out.
    async fn pages_hold_still_while_cases_come(on) {
        let w = World::new(on).await;
        populate(&w).await;
        let before = ids(&walk(&w, "dispatcher", "", 200).await);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = w.get("dispatcher", &format!("/api/regions/{R1}/cases?limit=2{cursor}")).await.ok();
            seen.extend(page["items"].as_array().unwrap().clone());
            w.t.clock.advance(1000);
            w.report("anonymous", json!({})).await;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(ids(&seen).len(), seen.len());
        assert_eq!(ids(&seen), before);
    }
}
