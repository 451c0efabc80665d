//! The harness for tests on both databases. PostgreSQL is found by `JINGWEI_TEST_PG`, which `make test`
//! sets; a test that needs it and does not find it fails and says so.

use crate::{Db, DbUrl, Migration, Options};
use kernel::{Clock, Dice, Moment, World};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// A clock that stands still until a test turns it.
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Sets the clock.
    pub fn set(&self, at: Moment) {
        self.0.store(at.0, Ordering::SeqCst);
    }
    /// Moves it on by `ms`.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// Dice that always fall the same way (SplitMix64, Steele et al. 2014).
pub struct TestDice(AtomicU64);

impl Dice for TestDice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The first moment of every test: 2026-03-02T01:00:00Z, a Monday morning in Shanghai.
pub const START: Moment = Moment(1_772_413_200_000);

/// A world under the test's control, and its clock.
pub fn world() -> (World, Arc<TestClock>) {
    let clock = Arc::new(TestClock(AtomicI64::new(START.0)));
    (World::new(clock.clone(), Arc::new(TestDice(AtomicU64::new(42)))), clock)
}

/// The keys of every test.
pub fn vault() -> Arc<vault::Vault> {
    let file = format!("key 1 {}", "5a".repeat(32));
    Arc::new(vault::Vault::from_file(&file).expect("a key file"))
}

/// A fresh, migrated database that goes away with the test.
pub struct TestDb {
    /// The door.
    pub db: Db,
    /// The clock of its world.
    pub clock: Arc<TestClock>,
    /// Where it is.
    pub url: DbUrl,
    _dir: Option<tempfile::TempDir>,
}

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// SQLite, in a temporary folder.
    Sqlite,
    /// PostgreSQL, in a database of its own.
    Postgres,
}

static NAMES: AtomicU64 = AtomicU64::new(0);

/// The address of a fresh, empty database and the folder that holds it, if any.
pub async fn fresh(on: On) -> (DbUrl, Option<tempfile::TempDir>) {
    match on {
        On::Sqlite => {
            let dir = tempfile::tempdir().expect("a temporary folder");
            (DbUrl::Sqlite(dir.path().join("test.db")), Some(dir))
        }
        On::Postgres => {
            let server = std::env::var("JINGWEI_TEST_PG")
                .expect("JINGWEI_TEST_PG names no PostgreSQL server; run `make test` or `scripts/postgres.sh run -- cargo test`");
            let (client, connection) =
                tokio_postgres::connect(&server, tokio_postgres::NoTls).await.expect("the test server");
            let handle = tokio::spawn(connection);
            let n = NAMES.fetch_add(1, Ordering::Relaxed);
            let name = format!("t{}_{n}", std::process::id());
            client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("CREATE DATABASE");
            drop(client);
            let _ = handle.await;
            let at = server.rfind('/').expect("an address with a database name");
            (DbUrl::Postgres(format!("{}/{name}", &server[..at])), None)
        }
    }
}

impl TestDb {
    /// A fresh database with these migrations carried out.
    pub async fn new(on: On, migrations: &[Migration]) -> TestDb {
        let (url, dir) = fresh(on).await;
        let (world, clock) = world();
        let db = Db::open(&url, Options { connections: 4 }, world, vault()).await.expect("open");
        db.migrate(migrations, &|_, _, _| {}).await.expect("migrate");
        TestDb { db, clock, url, _dir: dir }
    }
}

/// Writes each test once and runs it on both databases:
/// `both! { async fn name(on) { … } }` makes `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($on:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;
            async fn run($on: $crate::testing::On) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() { run($crate::testing::On::Sqlite).await }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() { run($crate::testing::On::Postgres).await }
        }
    )+};
}
