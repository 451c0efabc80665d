//! What the log promises, on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use audit::{Event, FindLines, Head, Note, ReadFeed, record, sequence, verify};
use kernel::{AccountId, Actor, Person, Post, PostId, Refusal, Region, Role, Uuid, Who};
use std::sync::Arc;
use store::testing::TestDb;
use store::{Tx, Write, binds, both};

struct Step(i64, i64);
impl Write for Step {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let region = Region::new(990101).unwrap();
        let event = Event {
            stream: Uuid::from_u128(self.0 as u128),
            n: self.1,
            kind: "report",
            role: None,
            data: serde_json::json!({"to": "reported"}).to_string(),
        };
        let note = Note {
            region,
            action: "case.report",
            object: format!("case/{}", self.0),
            detail: serde_json::json!({"n": self.1}),
        };
        Ok(record(tx, note, Some(event)).await?)
    }
}

fn me() -> Actor {
    Actor::system("test")
}

async fn filled(on: store::testing::On, n: i64) -> (TestDb, Head, tempfile::TempDir) {
    let t = TestDb::new(on, audit::MIGRATIONS).await;
    let dir = tempfile::tempdir().unwrap();
    let head = Head::at(dir.path().join("audit.head"));
    for i in 1..=n {
        t.db.write(&me(), Step(i, 1)).await.unwrap();
    }
    sequence(&t.db, Some(&head)).await.unwrap();
    (t, head, dir)
}

async fn bad(t: &TestDb, head: &Head) -> Option<(i64, &'static str)> {
    verify(&t.db, head, &|_, _| {}).await.unwrap().bad.map(|b| (b.position, b.what))
}

both! {
    /// An untouched log holds, and tells what is not sealed yet.
    async fn an_untouched_log_holds(on) {
        let (t, head, _dir) = filled(on, 1200).await;
        let v = verify(&t.db, &head, &|_, _| {}).await.unwrap();
        assert_eq!((v.sealed, v.unsealed, v.head, v.bad), (1200, 0, Some(1200), None));
        t.db.write(&me(), Step(5000, 1)).await.unwrap();
        t.clock.advance(1500);
        let v = verify(&t.db, &head, &|_, _| {}).await.unwrap();
        // SQLite seals with the write itself.
        let told = if t.db.on_postgres() { (1200, 1, Some(1500), None) } else { (1201, 0, None, None) };
        assert_eq!((v.sealed, v.unsealed, v.oldest_unsealed_ms, v.bad), told);
        sequence(&t.db, Some(&head)).await.unwrap();
        assert_eq!(verify(&t.db, &head, &|_, _| {}).await.unwrap().sealed, 1201);
    }

    /// Any tampering with sealed lines is found, and the first bad line named.
    async fn tampering_is_found(on) {
        let tamper: [(&str, &'static str, i64, &str); 8] = [
            ("flipped", "UPDATE audit_lines SET detail = '{\"n\":2}' WHERE position = 7", 7, "content"),
            ("address added", "UPDATE audit_lines SET address = '' WHERE position = 3", 3, "content"),
            ("signature flipped", "UPDATE audit_lines SET mac = seal WHERE position = 9", 9, "content"),
            ("deleted", "DELETE FROM audit_lines WHERE position = 5", 5, "missing"),
            ("end deleted", "DELETE FROM audit_lines WHERE position > 18", 19, "cut_off"),
            ("swapped", "UPDATE audit_lines SET position = CASE position WHEN 4 THEN 11 ELSE 4 END WHERE position IN (4, 11)", 4, "seal"),
            ("inserted", "INSERT INTO audit_lines (region, at, actor_kind, actor, action, object, detail, request, mac, position, seal)
                SELECT region, at, actor_kind, actor, action, object, detail, request, mac, 12, seal FROM audit_lines WHERE position = 2", 12, "seal"),
            ("closed up", "UPDATE audit_lines SET position = CASE WHEN position = 6 THEN NULL WHEN position > 6 THEN position - 1 ELSE position END", 6, "seal"),
        ];
        for (what, sql, position, code) in tamper {
            let (t, head, _dir) = filled(on, 20).await;
            assert_eq!(bad(&t, &head).await, None);
            t.db.tell(&me(), sql, binds![]).await.unwrap();
            assert_eq!(bad(&t, &head).await, Some((position, code)), "{what}");
        }
    }

    /// Cutting off the end and setting the sequencer back is found by the head outside the database;
    /// so is a forged line waiting to be sealed.
    async fn a_rewound_log_is_found_by_the_head(on) {
        let (t, head, _dir) = filled(on, 20).await;
        t.db.tell(&me(), "DELETE FROM audit_lines WHERE position > 10", binds![]).await.unwrap();
        t.db.tell(&me(), "UPDATE sequencer SET audit_position = 10, seal = (SELECT seal FROM audit_lines WHERE position = 10)", binds![]).await.unwrap();
        assert_eq!(bad(&t, &head).await, Some((11, "cut_off")));
        // Going on from there does not hide it: the head vouches for another line at its place.
        for i in 100..120 {
            t.db.write(&me(), Step(i, 1)).await.unwrap();
        }
        sequence(&t.db, None).await.unwrap();
        assert_eq!(bad(&t, &head).await, Some((20, "head")));

        let (t, head, _dir) = filled(on, 3).await;
        t.db.tell(&me(), "INSERT INTO audit_lines (region, at, actor_kind, actor, action, object, detail, request, mac)
            SELECT region, at, actor_kind, 'forged', action, object, detail, request, mac FROM audit_lines WHERE position = 2", binds![]).await.unwrap();
        assert_eq!(bad(&t, &head).await.map(|b| b.1), Some("unsealed_content"));
        std::fs::write(head.path(), "3 00 00").unwrap();
        assert_eq!(bad(&t, &head).await.map(|b| b.1), Some("head"));
    }

    /// Positions have no gaps and no doubles, whoever sequences, and histories stay in order.
    async fn positions_are_dense_under_rivals(on) {
        let t = TestDb::new(on, audit::MIGRATIONS).await;
        let mut tasks = Vec::new();
        for i in 0..8 {
            let db = t.db.clone();
            tasks.push(tokio::spawn(async move {
                for n in 1..=40 {
                    db.write(&me(), Step(i, n)).await.unwrap();
                    if n % 7 == i % 7 {
                        sequence(&db, None).await.unwrap();
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        sequence(&t.db, None).await.unwrap();
        let feed = t.db.read(&me(), ReadFeed { region: Region::new(990101).unwrap(), after: 0, limit: 1000 }).await.unwrap();
        let positions: Vec<i64> = feed.iter().map(|e| e.position).collect();
        assert_eq!(positions, (1..=320).collect::<Vec<_>>());
        for i in 0..8u128 {
            let steps: Vec<i64> = feed.iter().filter(|e| e.stream.as_u128() == i).map(|e| e.n).collect();
            assert_eq!(steps, (1..=40).collect::<Vec<_>>());
        }
        let v = verify(&t.db, &Head::at("/nonexistent/head"), &|_, _| {}).await.unwrap();
        assert_eq!((v.sealed, v.bad), (320, None));
    }

    /// Auditors page through the log of their regions; others find nothing there.
    async fn only_auditors_read(on) {
        let (t, _head, _dir) = filled(on, 12).await;
        let actor = |role, region: u32| {
            let post = Post { id: PostId(Uuid::nil()), role, region: Region::new(region).unwrap(), unit: None, area: None, from: kernel::Moment(0), until: None };
            Actor::of(Who::Person(Arc::new(Person { account: AccountId(Uuid::nil()), session: None, token: None, posts: vec![post] })))
        };
        let find = |after, limit| FindLines { after, limit, action: Some("case".into()), object: None };
        let page = t.db.read(&actor(Role::Auditor, 990101), find(0, 10)).await.unwrap();
        assert_eq!((page.items.len(), page.next.as_deref()), (10, Some("10")));
        let rest = t.db.read(&actor(Role::Auditor, 990101), find(10, 10)).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (2, None));
        assert!(t.db.read(&actor(Role::Auditor, 990102), find(0, 10)).await.unwrap().items.is_empty());
        for role in Role::ALL.iter().filter(|r| **r != Role::Auditor) {
            assert_eq!(t.db.read(&actor(*role, 990101), find(0, 10)).await.unwrap_err().code(), "not_found");
        }
        assert_eq!(t.db.read(&Actor::of(Who::Anonymous), find(0, 10)).await.unwrap_err().code(), "access.sign_in_first");
    }
}
