use crate::{
    DbUrl, Sql, StoreError, Value,
    postgres::{self, PgTx},
    sqlite::{Sqlite, Task},
    tx::{Back, Tx},
};
use kernel::{Actor, Refusal, World};
use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};
use tokio::sync::{Notify, oneshot};
use vault::Vault;

/// A piece of work that changes something: all of it happens, durably, or nothing.
///
/// It awaits nothing but its transaction. It may be run again from the start when two transactions
/// stood in each other's way, so it changes nothing but the database.
pub trait Write: Send + Sync + 'static {
    /// What it answers.
    type Out: Send + 'static;
    /// Does it.
    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Out, Refusal>> + Send;
}

/// A piece of work that only reads, from one snapshot.
pub trait Read: Send + Sync + 'static {
    /// What it answers.
    type Out: Send + 'static;
    /// True for work of one statement, which is its own snapshot.
    const SINGLE: bool = false;
    /// Does it.
    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Out, Refusal>> + Send;
}

/// How the door is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Connections to PostgreSQL, or reading threads of SQLite; 0 for what suits the database.
    pub connections: usize,
}

/// The door. Clones share it; the database closes with the last one.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    back: Backend,
    world: World,
    vault: Arc<Vault>,
    url: DbUrl,
    committed: Notify,
    writes: AtomicU64,
    reads: AtomicU64,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(deadpool_postgres::Pool),
}

impl Db {
    /// Opens the database. PostgreSQL is asked once, so that a wrong address is known now.
    pub async fn open(
        url: &DbUrl,
        options: Options,
        world: World,
        vault: Arc<Vault>,
    ) -> Result<Db, StoreError> {
        let back = match url {
            DbUrl::Sqlite(path) => {
                let n = if options.connections == 0 { 3 } else { options.connections };
                Backend::Sqlite(Sqlite::open(path, n, world.clone())?)
            }
            DbUrl::Postgres(url) => {
                let n = if options.connections == 0 { 16 } else { options.connections };
                let pool = postgres::pool(url, n)?;
                drop(pool.get().await?);
                Backend::Postgres(pool)
            }
        };
        Ok(Db(Arc::new(Inner {
            back,
            world,
            vault,
            url: url.clone(),
            committed: Notify::new(),
            writes: AtomicU64::new(0),
            reads: AtomicU64::new(0),
        })))
    }

    /// Time and randomness this door was opened with.
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The keys this door was opened with.
    pub fn vault(&self) -> &Arc<Vault> {
        &self.0.vault
    }

    /// Where the database is.
    pub fn url(&self) -> &DbUrl {
        &self.0.url
    }

    /// Whether it is PostgreSQL.
    pub fn on_postgres(&self) -> bool {
        matches!(self.0.back, Backend::Postgres(_))
    }

    /// Writes committed and reads answered since the start.
    pub fn counts(&self) -> (u64, u64) {
        (self.0.writes.load(Ordering::Relaxed), self.0.reads.load(Ordering::Relaxed))
    }

    /// Waits until a write of this process has committed since the last call.
    pub async fn committed(&self) {
        self.0.committed.notified().await;
    }

    /// Carries out a write in the actor's name; answers after the commit is durable.
    pub async fn write<W: Write>(&self, actor: &Actor, work: W) -> Result<W::Out, Refusal> {
        let world = self.0.world.clone();
        self.write_in(actor, world, work).await
    }

    /// The same for the sequencer, whose own commits must not wake it.
    pub async fn write_quietly<W: Write>(&self, actor: &Actor, work: W) -> Result<W::Out, Refusal> {
        self.carry_out(actor, self.0.world.clone(), work).await
    }

    /// Wakes whoever waits for [`Db::committed`], without a commit.
    pub fn wake(&self) {
        self.0.committed.notify_one();
    }

    /// The same at another moment: imports and demos, which tell of the past.
    pub async fn write_in<W: Write>(&self, actor: &Actor, world: World, work: W) -> Result<W::Out, Refusal> {
        let out = self.carry_out(actor, world, work).await;
        if out.is_ok() {
            self.0.writes.fetch_add(1, Ordering::Relaxed);
            self.0.committed.notify_one();
        }
        out
    }

    async fn carry_out<W: Write>(&self, actor: &Actor, world: World, work: W) -> Result<W::Out, Refusal> {
        match &self.0.back {
            Backend::Sqlite(db) => {
                let (to, answer) = oneshot::channel();
                db.write(Box::new(Job {
                    work: Writing(work),
                    actor: actor.clone(),
                    world,
                    vault: self.0.vault.clone(),
                    out: None,
                    to,
                }));
                answer.await.unwrap_or_else(|_| Err(gone()))
            }
            Backend::Postgres(pool) => {
                // Its own task: a caller that hangs up must not leave a transaction in the air.
                let (pool, actor, vault) = (pool.clone(), actor.clone(), self.0.vault.clone());
                let task =
                    tokio::spawn(async move { write_postgres(&pool, &actor, &world, &vault, &work).await });
                task.await.unwrap_or_else(|e| Err(StoreError::Internal(e.to_string()).into()))
            }
        }
    }

    /// Carries out a read in the actor's name.
    pub async fn read<R: Read>(&self, actor: &Actor, work: R) -> Result<R::Out, Refusal> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        match &self.0.back {
            Backend::Sqlite(db) => {
                let (to, answer) = oneshot::channel();
                let world = self.0.world.clone();
                db.read(Box::new(Job {
                    work: Reading(work),
                    actor: actor.clone(),
                    world,
                    vault: self.0.vault.clone(),
                    out: None,
                    to,
                }));
                answer.await.unwrap_or_else(|_| Err(gone()))
            }
            Backend::Postgres(pool) => {
                let client = pool.get().await.map_err(StoreError::from)?;
                let pg = if R::SINGLE { PgTx::single(client) } else { PgTx::new(client, PgTx::READ) };
                let at = self.0.world.now();
                let back = Back::Postgres(pg);
                let mut tx = Tx {
                    back,
                    actor: actor.clone(),
                    world: self.0.world.clone(),
                    at,
                    vault: self.0.vault.clone(),
                };
                let out = work.run(&mut tx).await;
                if let Back::Postgres(pg) = tx.back {
                    pg.release();
                }
                out
            }
        }
    }

    /// Reads with one statement.
    pub async fn ask<T: crate::FromRow + 'static>(
        &self,
        actor: &Actor,
        sql: impl Into<Sql>,
        binds: Vec<Value>,
    ) -> Result<Vec<T>, Refusal> {
        self.read(actor, Ask(sql.into(), binds, std::marker::PhantomData)).await
    }

    /// Changes something with one statement; says how many rows.
    pub async fn tell(&self, actor: &Actor, sql: impl Into<Sql>, binds: Vec<Value>) -> Result<u64, Refusal> {
        self.write(actor, Tell(sql.into(), binds)).await
    }

    pub(crate) fn sqlite_path(&self) -> Option<&std::path::Path> {
        match &self.0.back {
            Backend::Sqlite(db) => Some(&db.path),
            Backend::Postgres(_) => None,
        }
    }

    pub(crate) fn pool(&self) -> Option<&deadpool_postgres::Pool> {
        match &self.0.back {
            Backend::Sqlite(_) => None,
            Backend::Postgres(pool) => Some(pool),
        }
    }
}

fn gone() -> Refusal {
    StoreError::Unavailable("the database is closed".into()).into()
}

struct Ask<T>(Sql, Vec<Value>, std::marker::PhantomData<fn() -> T>);
impl<T: crate::FromRow + 'static> Read for Ask<T> {
    type Out = Vec<T>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<T>, Refusal> {
        Ok(tx.all(self.0.clone(), self.1.clone()).await?)
    }
}

struct Tell(Sql, Vec<Value>);
impl Write for Tell {
    type Out = u64;
    async fn run(&self, tx: &mut Tx) -> Result<u64, Refusal> {
        Ok(tx.run(self.0.clone(), self.1.clone()).await?)
    }
}

/// How often a write is started again after a deadlock or a serialisation failure.
const TRIES: usize = 4;

async fn write_postgres<W: Write>(
    pool: &deadpool_postgres::Pool,
    actor: &Actor,
    world: &World,
    vault: &Arc<Vault>,
    work: &W,
) -> Result<W::Out, Refusal> {
    let mut tried = 0;
    loop {
        tried += 1;
        let client = pool.get().await.map_err(StoreError::from)?;
        let back = Back::Postgres(PgTx::new(client, PgTx::WRITE));
        let mut tx =
            Tx { back, actor: actor.clone(), world: world.clone(), at: world.now(), vault: vault.clone() };
        let out = work.run(&mut tx).await;
        let Back::Postgres(pg) = tx.back else { return Err(gone()) };
        let contended = match out {
            Ok(out) => match pg.commit().await {
                Ok(()) => return Ok(out),
                Err(e) => Refusal::from(e),
            },
            Err(refused) => {
                pg.rollback().await;
                refused
            }
        };
        // A duplicate key may come from a twin of this very request that committed in between: started
        // again, the work sees it and can answer properly.
        let again = match contended.cause() {
            Some(c) if c.starts_with("transactions in each other's way") => tried < TRIES,
            Some(c) if c.starts_with("constraint: 23505") => tried < 2,
            _ => false,
        };
        if !again {
            return Err(contended);
        }
    }
}

/// Reads and writes are carried out alike on a SQLite thread.
trait Work: Send {
    type Out: Send + 'static;
    fn go(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Out, Refusal>> + Send;
}
struct Writing<W>(W);
impl<W: Write> Work for Writing<W> {
    type Out = W::Out;
    fn go(&self, tx: &mut Tx) -> impl Future<Output = Result<W::Out, Refusal>> + Send {
        self.0.run(tx)
    }
}
struct Reading<R>(R);
impl<R: Read> Work for Reading<R> {
    type Out = R::Out;
    fn go(&self, tx: &mut Tx) -> impl Future<Output = Result<R::Out, Refusal>> + Send {
        self.0.run(tx)
    }
}

struct Job<K: Work> {
    work: K,
    actor: Actor,
    world: World,
    vault: Arc<Vault>,
    out: Option<Result<K::Out, Refusal>>,
    to: oneshot::Sender<Result<K::Out, Refusal>>,
}

impl<K: Work> Task for Job<K> {
    fn tx(&self, conn: rusqlite::Connection, _: &World) -> Tx {
        let (actor, world, vault) = (self.actor.clone(), self.world.clone(), self.vault.clone());
        Tx { back: Back::Sqlite(conn), at: world.now(), actor, world, vault }
    }

    fn run(&mut self, mut tx: Tx) -> (Tx, bool) {
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut future = pin!(self.work.go(&mut tx));
            // Every statement is ready at once here. Work that waits for anything else would hold the
            // pen, so it is refused instead of waited for.
            match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(out) => out,
                Poll::Pending => {
                    Err(StoreError::Internal("a transaction awaited something besides the database".into())
                        .into())
                }
            }
        }));
        let out = done.unwrap_or_else(|_| Err(StoreError::Internal("a transaction panicked".into()).into()));
        let keep = out.is_ok();
        self.out = Some(out);
        (tx, keep)
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let out = match (committed, self.out) {
            (Err(StoreError::Contended(_)), Some(Err(refused))) => Err(refused),
            (Err(e), _) => Err(e.into()),
            (Ok(()), Some(out)) => out,
            (Ok(()), None) => Err(gone()),
        };
        let _ = self.to.send(out);
    }
}
