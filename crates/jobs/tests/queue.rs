//! What the queue promises, on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use futures_util::FutureExt;
use jobs::{Taken, Workers, cancel, counts, enqueue};
use kernel::{Actor, Moment, Refusal, Region};
use store::testing::{START, TestDb};
use store::{Migration, Tx, Write, binds, both};

const DONE: Migration =
    Migration { name: "test/1-done", sql: "CREATE TABLE done (key TEXT NOT NULL) {rows}" };

fn me() -> Actor {
    Actor::system("test")
}
fn region() -> Region {
    Region::new(990101).unwrap()
}

struct Ask {
    key: String,
    at: Moment,
    fail: bool,
}
impl Write for Ask {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        enqueue(tx, region(), "mark", &self.key, &serde_json::json!({}), self.at).await?;
        if self.fail { Err(kernel::NOT_FOUND.refuse()) } else { Ok(()) }
    }
}

struct Mark(String, bool);
impl Write for Mark {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        tx.put("INSERT INTO done (key) VALUES ($1)", binds![&self.0]).await?;
        if self.1 { Err(kernel::NOT_FOUND.refuse()) } else { Ok(()) }
    }
}

fn workers(fail: bool) -> Workers {
    Workers::new().with("mark", move |taken: Taken| {
        async move {
            let key = taken.job.key.clone();
            taken.finish("mark", Mark(key, fail)).await
        }
        .boxed()
    })
}

async fn setup(on: store::testing::On) -> TestDb {
    TestDb::new(on, &[jobs::MIGRATIONS, &[DONE]].concat()).await
}

async fn done(t: &TestDb) -> Vec<String> {
    let rows = t.db.ask::<(String,)>(&me(), "SELECT key FROM done ORDER BY key", binds![]).await.unwrap();
    rows.into_iter().map(|r| r.0).collect()
}

both! {
    /// A job belongs to its caller's transaction: refused together, kept together.
    async fn a_job_shares_its_callers_fate(on) {
        let t = setup(on).await;
        t.db.write(&me(), Ask { key: "no".into(), at: START, fail: true }).await.unwrap_err();
        t.db.write(&me(), Ask { key: "yes".into(), at: START, fail: false }).await.unwrap();
        while workers(false).once(&t.db).await.unwrap() > 0 {}
        assert_eq!(done(&t).await, ["yes"]);
        assert_eq!(counts(&t.db).await.unwrap(), (0, 0, 0));
    }

    /// Many workers at once do each job exactly once.
    async fn rivals_do_each_job_once(on) {
        let t = setup(on).await;
        for i in 0..120 {
            t.db.write(&me(), Ask { key: format!("{i:03}"), at: START, fail: false }).await.unwrap();
        }
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let db = t.db.clone();
            tasks.push(tokio::spawn(async move { while workers(false).once(&db).await.unwrap() > 0 {} }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(done(&t).await, (0..120).map(|i| format!("{i:03}")).collect::<Vec<_>>());
    }

    /// A job whose worker died is taken over when its lease runs out; the dead worker, should it come
    /// back, changes nothing.
    async fn a_dead_workers_job_is_taken_over(on) {
        let t = setup(on).await;
        t.db.write(&me(), Ask { key: "a".into(), at: START, fail: false }).await.unwrap();
        let (give, take) = std::sync::mpsc::channel();
        let sleepy = Workers::new().with("mark", move |taken: Taken| { give.send(taken).unwrap(); async { Ok(()) }.boxed() });
        assert_eq!(sleepy.once(&t.db).await.unwrap(), 1);
        assert_eq!(workers(false).once(&t.db).await.unwrap(), 0);
        t.clock.advance(6 * 60 * 1000);
        assert_eq!(workers(false).once(&t.db).await.unwrap(), 1);
        let late = take.recv().unwrap().finish("mark", Mark("late".into(), false)).await.unwrap_err();
        assert_eq!(late.code(), "jobs.lease_lost");
        assert_eq!(done(&t).await, ["a"]);
    }

    /// Failures are tried again, later each time, and set aside in the end.
    async fn failures_wait_and_are_set_aside(on) {
        let t = setup(on).await;
        t.db.write(&me(), Ask { key: "a".into(), at: START, fail: false }).await.unwrap();
        let mut tries = 0;
        for _ in 0..40 {
            tries += workers(true).once(&t.db).await.unwrap();
            assert_eq!(workers(true).once(&t.db).await.unwrap(), 0, "not before its time");
            t.clock.advance(3_600_000);
        }
        assert_eq!(tries, 10);
        assert!(done(&t).await.is_empty());
        assert_eq!(counts(&t.db).await.unwrap(), (1, 0, 1));
    }

    /// Jobs wait for their time; the same key moves the job instead of doubling it; cancelled is gone.
    async fn keys_and_times(on) {
        let t = setup(on).await;
        for _ in 0..3 {
            t.db.write(&me(), Ask { key: "a".into(), at: START.plus(1000), fail: false }).await.unwrap();
        }
        t.db.write(&me(), Ask { key: "b".into(), at: START.plus(1000), fail: false }).await.unwrap();
        assert_eq!(workers(false).once(&t.db).await.unwrap(), 0);
        struct Cancel;
        impl Write for Cancel {
            type Out = ();
            async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> { Ok(cancel(tx, region(), "mark", "b").await?) }
        }
        t.db.write(&me(), Cancel).await.unwrap();
        t.clock.advance(1000);
        assert_eq!(workers(false).once(&t.db).await.unwrap(), 1);
        assert_eq!(done(&t).await, ["a"]);
    }
}
