//! The rules of the house, asked of the whole program.

use crate::world::*;
use kernel::{Actor, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{Sharding, both, testing::On};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
struct Lot(u64);
impl Lot {
    fn pick(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}

/// Makes moves at random, each by somebody to whom it is open.
async fn wander(w: &World, steps: usize) -> Vec<Case> {
    let mut lot = Lot(7);
    let mut cases = Vec::new();
    for _ in 0..4 {
        cases.push(w.report("resident", json!({"telephone": TELEPHONE})).await);
    }
    let actors =
        ["intake", "dispatcher", "officer", "officer", "handler", "worker", "supervisor", "resident"];
    let mut made = 0;
    for _ in 0..steps * 40 {
        w.t.clock.advance(60_000);
        if lot.pick(40) == 0 {
            cases.push(w.report("resident", json!({"telephone": TELEPHONE})).await);
        }
        let c = lot.pick(cases.len());
        let actor = actors[lot.pick(actors.len())];
        let shown = w.show(actor, &cases[c]).await;
        if shown.status != 200 {
            continue;
        }
        let offers = shown.json["moves"].as_array().unwrap();
        if offers.is_empty() {
            continue;
        }
        let offer = &offers[lot.pick(offers.len())];
        let m = offer["move"].as_str().unwrap();
        // Ends and stepping aside are rare, so that the walks are long; merging takes another case.
        if ["withdraw", "decline", "recuse"].contains(&m) && lot.pick(40) > 0 || m == "merge" || m == "link" {
            continue;
        }
        let body = w.form(&offer["fields"], &cases[c]);
        let answer = w.attempt(actor, &cases[c], &m.replace('_', "-"), body).await;
        // The rating and the summons name a unit that may be the wrong one; nothing else is refused.
        if answer.status == 422 && ["rate", "release", "summon"].contains(&m) {
            continue;
        }
        cases[c].version = answer.ok()["version"].as_i64().unwrap();
        made += 1;
        if made == steps {
            break;
        }
    }
    assert_eq!(made, steps);
    cases
}

both! {
    /// Every table of the program is declared, and every declared one is there (Rule 6).
    async fn tables_are_declared(on) {
        let w = World::new(on).await;
        let sql = match on {
            On::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            On::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        };
        let there: Vec<(String,)> = w.t.db.ask(&Actor::system("test"), sql, vec![]).await.unwrap();
        let there: BTreeSet<String> = there.into_iter().map(|r| r.0).collect();
        let tables = jingwei::tables();
        let declared: BTreeSet<String> = tables.iter().map(|t| t.name.to_owned()).collect();
        assert_eq!(declared.len(), tables.len(), "declared twice");
        assert_eq!(there, declared);
    }

    /// Each move leaves its event and its audit line (Rule 1), the rows are what the events say (Rule 3),
    /// and the log verifies (Rule 8).
    async fn every_move_leaves_its_event_and_line(on) {
        let w = World::new(on).await;
        let cases = wander(&w, 60).await;
        let me = Actor::system("test");
        w.settle().await;
        let events: Vec<(String, i64)> = w.t.db.ask(&me, "SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind", vec![]).await.unwrap();
        for (kind, n) in events {
            let sql = "SELECT count(*) FROM audit_lines WHERE action = $1";
            let lines: Vec<(i64,)> = w.t.db.ask(&me, sql, store::binds![format!("case.{kind}")]).await.unwrap();
            assert_eq!(lines[0].0, n, "{kind}");
        }
        for case in &cases {
            let lines = w.get("auditor", &format!("/api/audit?action=case.&object=case/{}", case.id)).await.ok();
            let ns: Vec<i64> = lines["items"].as_array().unwrap().iter().filter_map(|l| l["detail"]["n"].as_i64()).collect();
            assert_eq!(ns, (1..=case.version).collect::<Vec<_>>());
        }
        let (seen, differing) = cases::recompute(&w.t.db, r1()).await.unwrap();
        assert_eq!((seen, differing), (cases.len() as i64, Vec::new()));
        // The auditor's own sign-in is a line as well.
        w.settle().await;
        assert_eq!(w.number("SELECT count(*) FROM events WHERE position IS NULL").await, 0);
        assert_eq!(w.number("SELECT count(*) FROM audit_lines WHERE seal IS NULL").await, 0);
    }

    /// No free text and no personal data in events and audit lines (Rule 3).
    async fn history_holds_no_texts(on) {
        let w = World::new(on).await;
        wander(&w, 30).await;
        let me = Actor::system("test");
        for sql in ["SELECT data FROM events", "SELECT detail FROM audit_lines"] {
            for (text,) in w.t.db.ask::<(String,)>(&me, sql, vec![]).await.unwrap() {
                assert!(text.is_ascii(), "{text}");
                assert!(!text.contains(TELEPHONE), "{text}");
            }
        }
    }
}

/// On a sharded database every unique key of a distributed table starts with the region (Rule 6).
#[tokio::test]
async fn unique_keys_start_with_the_region() {
    let w = World::new(On::Postgres).await;
    let keys: Vec<(String, String, String, bool)> =
        w.t.db
            .ask(
                &Actor::system("test"),
                "SELECT c.relname::text, i.relname::text, a.attname::text, x.indisprimary FROM pg_index x
             JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
             JOIN pg_namespace s ON s.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
             WHERE s.nspname = 'public' AND x.indisunique",
                vec![],
            )
            .await
            .unwrap();
    for table in jingwei::tables().iter().filter(|t| t.sharding == Sharding::Distributed) {
        assert!(
            keys.iter().any(|(t, _, _, primary)| t == table.name && *primary),
            "{} has no primary key",
            table.name
        );
        for (_, index, first, _) in keys.iter().filter(|k| k.0 == table.name) {
            assert_eq!(first, "region", "{index}");
        }
    }
}

/// The contract that clients are made from is the one that is served.
#[test]
fn the_contract_at_the_root_is_the_one_served() {
    let path = format!("{ROOT}openapi.json");
    let now = jingwei::http::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).expect("openapi.json; UPDATE_OPENAPI=1 writes it");
    let (kept, now): (Value, Value) =
        (serde_json::from_str(&kept).unwrap(), serde_json::from_str(&now).unwrap());
    assert!(kept == now, "openapi.json is not what the program serves; UPDATE_OPENAPI=1 writes it anew");
}

/// Every role stands in the page about roles.
#[test]
fn roles_are_documented() {
    let Ok(page) = std::fs::read_to_string(format!("{ROOT}docs/roles.md")) else { return };
    for role in Role::ALL {
        assert!(page.contains(role.code()), "docs/roles.md lacks {}", role.code());
    }
}
