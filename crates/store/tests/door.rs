//! What the door promises, on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kernel::{Actor, Kind, Refusal};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use store::testing::{self, On, TestDb};
use store::{Cond, Db, DbUrl, Filter, Migration, Options, Read, Tx, Write, binds, both};

const NOTES: Migration = Migration {
    name: "test/1-notes",
    sql:
        "CREATE TABLE notes (region {int} NOT NULL, n {int} NOT NULL, text TEXT NOT NULL, ok {bool} NOT NULL,
            who {uuid}, x {real}, raw {bytes}, {serial}) {rows};
          CREATE UNIQUE INDEX notes_n ON notes (region, n)",
};

fn me() -> Actor {
    Actor::system("test")
}

#[derive(Clone)]
struct Add {
    n: i64,
    fail: bool,
}

impl Write for Add {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let binds = binds![1i64, self.n, "注", true];
        tx.put("INSERT INTO notes (region, n, text, ok) VALUES ($1, $2, $3, $4)", binds).await?;
        if self.fail {
            return Err(kernel::NOT_FOUND.refuse());
        }
        Ok(())
    }
}

fn add(n: i64) -> Add {
    Add { n, fail: false }
}

async fn count(db: &Db) -> i64 {
    db.ask::<(i64,)>(&me(), "SELECT count(*) FROM notes", binds![]).await.unwrap()[0].0
}

both! {
    /// Every kind of value comes back as it went in.
    async fn values_survive(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        let id = t.db.world().uuid();
        let values = binds![7i64, 1i64, "路灯 'x' $1", false, id, 0.1f64 + 0.2, &b"\0\xff"[..]];
        t.db.tell(&me(), "INSERT INTO notes (region, n, text, ok, who, x, raw) VALUES ($2, $1, $3, $4, $5, $6, $7)", values)
            .await
            .unwrap();
        type All = (i64, String, bool, Option<uuid::Uuid>, Option<f64>, Option<Vec<u8>>);
        let sql = "SELECT n, text, ok, who, x, raw FROM notes WHERE n = $1";
        let rows = t.db.ask::<All>(&me(), sql, binds![7i64]).await.unwrap();
        assert_eq!(rows, [(7, "路灯 'x' $1".to_owned(), false, Some(id), Some(0.1 + 0.2), Some(b"\0\xff".to_vec()))]);
    }

    /// A bare number and an absent one read the same on both.
    async fn bare_numbers_read(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        assert_eq!(t.db.ask::<(i64,)>(&me(), "SELECT 1", binds![]).await.unwrap(), [(1,)]);
        assert_eq!(t.db.ask::<(Option<i64>,)>(&me(), "SELECT CAST(NULL AS INTEGER)", binds![]).await.unwrap(), [(None,)]);
        assert!(t.db.ask::<(i64,)>(&me(), "SELECT CAST(NULL AS INTEGER)", binds![]).await.is_err());
    }

    /// A refused write leaves nothing, and its neighbours in the same commit keep theirs.
    async fn refused_work_leaves_nothing(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        let mut tasks = Vec::new();
        for n in 0..200 {
            let db = t.db.clone();
            tasks.push(tokio::spawn(async move { db.write(&me(), Add { n, fail: n % 3 == 0 }).await }));
        }
        let mut kept = 0;
        for task in tasks {
            kept += i64::from(task.await.unwrap().is_ok());
        }
        assert_eq!(kept, 133);
        assert_eq!(count(&t.db).await, kept);
        let bad = t.db.ask::<(i64,)>(&me(), "SELECT count(*) FROM notes WHERE n % 3 = 0", binds![]).await.unwrap();
        assert_eq!(bad[0].0, 0);
    }

    /// A statement put off until the commit still fails the whole write.
    async fn a_late_failure_fails_the_write(on) {
        struct Twice;
        impl Write for Twice {
            type Out = ();
            async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
                add(2).run(tx).await?;
                add(1).run(tx).await
            }
        }
        let t = TestDb::new(on, &[NOTES]).await;
        t.db.write(&me(), add(1)).await.unwrap();
        let refused = t.db.write(&me(), Twice).await.unwrap_err();
        assert_eq!(refused.code(), "store.constraint");
        assert_eq!(count(&t.db).await, 1);
        t.db.write(&me(), add(3)).await.unwrap();
        assert_eq!(count(&t.db).await, 2);
    }

    /// A read sees one moment: what is committed meanwhile stays invisible to it.
    async fn reads_are_snapshots(on) {
        struct Look(Db);
        impl Read for Look {
            type Out = (i64, i64);
            async fn run(&self, tx: &mut Tx) -> Result<(i64, i64), Refusal> {
                let before: (i64,) = tx.one("SELECT count(*) FROM notes", binds![]).await?;
                let db = self.0.clone();
                let other = std::thread::spawn(move || {
                    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    rt.block_on(async move {
                        let options = Options { connections: 1 };
                        let other = Db::open(db.url(), options, db.world().clone(), testing::vault()).await.unwrap();
                        other.write(&me(), add(9)).await.unwrap();
                    });
                });
                other.join().unwrap();
                let after: (i64,) = tx.one("SELECT count(*) FROM notes", binds![]).await?;
                Ok((before.0, after.0))
            }
        }
        let t = TestDb::new(on, &[NOTES]).await;
        assert_eq!(t.db.read(&me(), Look(t.db.clone())).await.unwrap(), (0, 0));
        assert_eq!(count(&t.db).await, 1);
    }

    /// A caller that hangs up in the middle leaves no transaction behind.
    async fn a_caller_that_hangs_up_harms_nobody(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        for n in 0..50 {
            let (db, actor) = (t.db.clone(), me());
            let mut work = Box::pin(async move { db.write(&actor, add(n)).await });
            let _ = futures_util::poll!(&mut work);
        }
        for n in 100..150 {
            t.db.write(&me(), add(n)).await.unwrap();
        }
        let rows = t.db.ask::<(i64,)>(&me(), "SELECT count(*) FROM notes WHERE n >= 100", binds![]).await.unwrap();
        assert_eq!(rows[0].0, 50);
    }

    /// Migrations run once, go on after a stop, and refuse what they don't know.
    async fn migrations_go_forward_only(on) {
        const MORE: Migration = Migration { name: "test/2-more", sql: "CREATE TABLE more (a {int} NOT NULL) {rows}" };
        const BROKEN: Migration = Migration {
            name: "test/3-broken",
            sql: "CREATE TABLE third (a {int} NOT NULL) {rows}; CREATE TABLE nonsense (",
        };
        let t = TestDb::new(on, &[NOTES]).await;
        assert_eq!(t.db.behind(&[NOTES, MORE]).await.unwrap(), 1);
        assert!(t.db.migrate(&[NOTES, MORE, BROKEN], &|_, _, _| {}).await.is_err());
        // The step before the broken one stands; of the broken one nothing does.
        assert_eq!(t.db.migrate(&[NOTES, MORE], &|_, _, _| {}).await.unwrap(), 0);
        assert!(t.db.ask::<(i64,)>(&me(), "SELECT a FROM third", binds![]).await.is_err());
        let newer = t.db.migrate(&[NOTES], &|_, _, _| {}).await.unwrap_err();
        assert_eq!(newer.code(), "store.newer_database");
        assert_eq!(t.db.behind(&[NOTES]).await.unwrap_err().code(), "store.newer_database");
        let edited = Migration { sql: "SELECT 1", ..MORE };
        let changed = t.db.migrate(&[NOTES, edited], &|_, _, _| {}).await.unwrap_err();
        assert_eq!(changed.code(), "store.changed_migration");
    }

    /// Two processes that migrate at once do it once.
    async fn migrating_twice_at_once_does_it_once(on) {
        let (url, _dir) = testing::fresh(on).await;
        let (world, _) = testing::world();
        let a = Db::open(&url, Options { connections: 2 }, world.clone(), testing::vault()).await.unwrap();
        let b = Db::open(&url, Options { connections: 2 }, world, testing::vault()).await.unwrap();
        let all = [NOTES];
        let (x, y) = tokio::join!(a.migrate(&all, &|_, _, _| {}), b.migrate(&all, &|_, _, _| {}));
        x.unwrap();
        y.unwrap();
        assert_eq!(count(&a).await, 0);
    }

    /// Conditions built from pieces select the same rows on both.
    async fn conditions_select(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        for n in 0..10 {
            t.db.write(&me(), add(n)).await.unwrap();
        }
        let c = Cond::Any(vec![Cond::is("n BETWEEN ? AND ?", [2i64, 4]), Cond::In("n", binds![9i64, 77i64])]);
        let filter = Filter::new("SELECT n FROM notes WHERE ").cond(&c).text(" ORDER BY n LIMIT ").bind(3i64);
        let (sql, binds) = filter.done();
        let rows = t.db.ask::<(i64,)>(&me(), sql, binds).await.unwrap();
        assert_eq!(rows, [(2,), (3,), (4,)]);
    }

    /// Everything saved from one database can be loaded into the other.
    async fn a_dump_loads_into_either_database(on) {
        let t = TestDb::new(on, &[NOTES]).await;
        for n in 0..300 {
            t.db.write(&me(), add(n)).await.unwrap();
        }
        let odd = binds![t.db.world().uuid(), &b"\x01"[..], false];
        t.db.tell(&me(), "UPDATE notes SET who = $1, x = 1.5, raw = $2, ok = $3 WHERE n = 7", odd).await.unwrap();
        let (mut names, mut rows) = (Vec::new(), Vec::new());
        let mut dump = t.db.dump().await.unwrap();
        let take = |c: &[String], v| {
            names = c.to_vec();
            rows.push(v);
            Ok(())
        };
        assert_eq!(dump.table("notes", take).await.unwrap(), 300);
        for to in [On::Sqlite, On::Postgres] {
            let u = TestDb::new(to, &[NOTES]).await;
            let mut load = u.db.load().await.unwrap();
            load.table("notes", &names, &mut rows.iter().cloned().map(Ok)).await.unwrap();
            load.done().await.unwrap();
            assert_eq!(count(&u.db).await, 300);
            type Odd = (i64, bool, Option<f64>, Option<Vec<u8>>);
            let odd = u.db.ask::<Odd>(&me(), "SELECT n, ok, x, raw FROM notes WHERE who IS NOT NULL", binds![]).await;
            assert_eq!(odd.unwrap(), [(7, false, Some(1.5), Some(vec![1]))]);
            u.db.write(&me(), add(1000)).await.unwrap();
        }
    }
}

/// One savepoint each, one commit together: a hundred callers in line are one commit (Rule 7).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_callers_share_commits() {
    static IN_LINE: AtomicUsize = AtomicUsize::new(0);
    struct HoldsThePen;
    impl Write for HoldsThePen {
        type Out = ();
        async fn run(&self, _: &mut Tx) -> Result<(), Refusal> {
            while IN_LINE.load(Ordering::SeqCst) < 100 {
                std::thread::yield_now();
            }
            Ok(())
        }
    }
    let t = TestDb::new(On::Sqlite, &[NOTES]).await;
    let DbUrl::Sqlite(path) = &t.url else { unreachable!() };
    let watcher = rusqlite::Connection::open(path).unwrap();
    // data_version moves when another connection's commits are seen since the last look: to count
    // them one by one, somebody has to keep looking.
    let version = || watcher.query_row("PRAGMA data_version", [], |r| r.get::<_, i64>(0)).unwrap();
    let before = version();
    let db = t.db.clone();
    let first = tokio::spawn(async move { db.write(&me(), HoldsThePen).await });
    let answered = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for n in 0..100 {
        let (db, answered) = (t.db.clone(), answered.clone());
        tasks.push(tokio::spawn(async move {
            let actor = me();
            let mut work = Box::pin(db.write(&actor, add(n)));
            let _ = futures_util::poll!(&mut work);
            IN_LINE.fetch_add(1, Ordering::SeqCst);
            work.await.unwrap();
            answered.fetch_add(1, Ordering::SeqCst);
        }));
    }
    let mut seen = 0;
    let mut last = before;
    while answered.load(Ordering::SeqCst) < 100 {
        let now = version();
        seen += i64::from(now != last);
        last = now;
        tokio::task::yield_now().await;
    }
    seen += i64::from(version() != last);
    first.await.unwrap().unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(seen, 1, "commits seen from outside");
    assert_eq!(count(&t.db).await, 100);
}

/// Work that waits for anything but the database is refused rather than waited for (Rule 7), and a
/// panic harms only its own caller.
#[tokio::test]
async fn a_write_that_dawdles_or_panics_is_refused() {
    struct Dawdles;
    impl Write for Dawdles {
        type Out = ();
        async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
            add(1).run(tx).await?;
            tokio::task::yield_now().await;
            Ok(())
        }
    }
    struct Panics;
    impl Write for Panics {
        type Out = ();
        async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
            add(1).run(tx).await?;
            panic!("on purpose")
        }
    }
    let t = TestDb::new(On::Sqlite, &[NOTES]).await;
    assert_eq!(t.db.write(&me(), Dawdles).await.unwrap_err().kind(), Kind::Internal);
    assert_eq!(t.db.write(&me(), Panics).await.unwrap_err().kind(), Kind::Internal);
    assert_eq!(count(&t.db).await, 0);
    t.db.write(&me(), add(1)).await.unwrap();
    assert_eq!(count(&t.db).await, 1);
}

/// A full disk is told as such, and nothing is half-written.
#[tokio::test]
async fn a_full_disk_is_told_and_leaves_nothing() {
    struct Shrink(i64);
    impl Write for Shrink {
        type Out = ();
        async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
            let sql =
                if self.0 == 8 { "PRAGMA max_page_count = 8" } else { "PRAGMA max_page_count = 100000" };
            let _: Option<(i64,)> = tx.maybe(sql, binds![]).await?;
            Ok(())
        }
    }
    struct Big;
    impl Write for Big {
        type Out = ();
        async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
            add(1).run(tx).await?;
            let big = binds![vec![0u8; 1 << 20]];
            tx.put("INSERT INTO notes (region, n, text, ok, raw) VALUES (1, 2, 'x', 1, $1)", big).await?;
            Ok(())
        }
    }
    let t = TestDb::new(On::Sqlite, &[NOTES]).await;
    t.db.write(&me(), Shrink(8)).await.unwrap();
    let refused = t.db.write(&me(), Big).await.unwrap_err();
    assert_eq!((refused.code(), refused.kind().status()), ("store.full", 507));
    assert_eq!(count(&t.db).await, 0);
    t.db.write(&me(), Shrink(100_000)).await.unwrap();
    t.db.write(&me(), Big).await.unwrap();
    assert_eq!(count(&t.db).await, 2);
}

/// A database that cannot be reached is told as such, not as a defect.
#[tokio::test]
async fn an_unreachable_database_is_told() {
    let (world, _) = testing::world();
    for url in ["postgres://nobody@127.0.0.1:1/none", "sqlite:/proc/none/x.db"] {
        let e = Db::open(&url.parse().unwrap(), Options::default(), world.clone(), testing::vault())
            .await
            .err()
            .expect("refused");
        assert_eq!(Refusal::from(e).kind(), Kind::Unavailable, "{url}");
    }
}
