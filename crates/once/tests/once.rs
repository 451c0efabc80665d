//! What idempotency promises, on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kernel::{Actor, Refusal, Region, Uuid};
use once::{KEEP, Once, forget};
use store::testing::TestDb;
use store::{Migration, Tx, Write, binds, both};

const COUNT: Migration =
    Migration { name: "test/1-made", sql: "CREATE TABLE made (n {int} NOT NULL) {rows}" };

fn me() -> Actor {
    Actor::system("test")
}

struct Make;
impl Write for Make {
    type Out = i64;
    async fn run(&self, tx: &mut Tx) -> Result<i64, Refusal> {
        let (n,): (i64,) = tx.one("SELECT count(*) FROM made", binds![]).await?;
        tx.put("INSERT INTO made (n) VALUES ($1)", binds![n + 1]).await?;
        Ok(n + 1)
    }
}

fn once(key: u128, body: &str) -> Once<Make> {
    Once::new(Region::new(990101).unwrap(), Uuid::from_u128(key), &body, Make)
}

both! {
    async fn a_retry_gets_the_first_answer(on) {
        let t = TestDb::new(on, &[once::MIGRATIONS, &[COUNT]].concat()).await;
        assert_eq!(t.db.write(&me(), once(1, "a")).await.unwrap(), 1);
        assert_eq!(t.db.write(&me(), once(2, "a")).await.unwrap(), 2);
        assert_eq!(t.db.write(&me(), once(1, "a")).await.unwrap(), 1);
        assert_eq!(t.db.write(&me(), once(1, "b")).await.unwrap_err().code(), "idempotency.key_reused");
        assert_eq!(t.db.ask::<(i64,)>(&me(), "SELECT count(*) FROM made", binds![]).await.unwrap()[0].0, 2);
    }

    /// Twins that arrive together: one happens, both get its answer.
    async fn twins_happen_once(on) {
        let t = TestDb::new(on, &[once::MIGRATIONS, &[COUNT]].concat()).await;
        for key in 0..20 {
            let (a, b) = (t.db.clone(), t.db.clone());
            let x = tokio::spawn(async move { a.write(&me(), once(key, "a")).await });
            let y = tokio::spawn(async move { b.write(&me(), once(key, "a")).await });
            assert_eq!(x.await.unwrap().unwrap(), y.await.unwrap().unwrap());
        }
        assert_eq!(t.db.ask::<(i64,)>(&me(), "SELECT count(*) FROM made", binds![]).await.unwrap()[0].0, 20);
    }

    async fn old_answers_are_forgotten(on) {
        let t = TestDb::new(on, &[once::MIGRATIONS, &[COUNT]].concat()).await;
        t.db.write(&me(), once(1, "a")).await.unwrap();
        t.clock.advance(KEEP);
        t.db.write(&me(), once(2, "a")).await.unwrap();
        assert_eq!(forget(&t.db, Region::new(990101).unwrap()).await.unwrap(), 0);
        t.clock.advance(1);
        assert_eq!(forget(&t.db, Region::new(990101).unwrap()).await.unwrap(), 1);
        assert_eq!(t.db.write(&me(), once(2, "a")).await.unwrap(), 2);
    }
}
