//! SQLite: one writer that commits its callers together, readers that never wait for it.

use crate::{StoreError, Tx};
use kernel::World;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

/// Work for a thread that owns a connection. `run` is given the transaction and gives it back with
/// whether the work wants to be kept; `answer` tells the caller, after the commit is durable.
pub(crate) trait Task: Send {
    fn run(&mut self, tx: Tx) -> (Tx, bool);
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
    fn tx(&self, conn: Connection, world: &World) -> Tx;
}

pub(crate) struct Sqlite {
    writer: Option<SyncSender<Box<dyn Task>>>,
    readers: Option<SyncSender<Box<dyn Task>>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    pub(crate) path: PathBuf,
}

/// Closes the database for good: with the last handle gone its files stand still, the write-ahead log
/// copied back, and may be moved.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writer.take();
        self.readers.take();
        let me = std::thread::current().id();
        for thread in self.threads.drain(..) {
            // The last handle may go with a task on one of these very threads.
            if thread.thread().id() != me {
                let _ = thread.join();
            }
        }
    }
}

/// Callers that share one commit at the most: bounds how long the first of them waits.
const TOGETHER: usize = 256;
/// Callers that may wait in line; the next one is told to come back.
const QUEUE: usize = 4096;
/// The write-ahead log is copied into the database beside the writer from this size on …
const WAL_PASSIVE: u64 = 4 << 20;
/// … and, should the writer never pause, by the writer itself from this size on.
const WAL_RESTART: u64 = 256 << 20;

pub(crate) fn connect(path: &Path, cache_kib: i64) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(15))?;
    let mode: String = conn.query_row("PRAGMA journal_mode=WAL", [], |r| r.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Unavailable(format!(
            "{} cannot use a write-ahead log ({mode})",
            path.display()
        )));
    }
    conn.execute_batch(&format!(
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA wal_autocheckpoint=0;
         PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{cache_kib};"
    ))?;
    // One plan for a statement, whatever is bound to it. Otherwise SQLite compares bound values with the
    // conditions of partial indexes (and with statistics), and prepares the statement anew at every use.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(conn)
}

impl Sqlite {
    pub(crate) fn open(path: &Path, readers: usize, world: World) -> Result<Sqlite, StoreError> {
        let writer = connect(path, 16 * 1024)?;
        let (to_writer, from_callers) = sync_channel(QUEUE);
        let w = world.clone();
        let mut threads = vec![thread("writer", move || write_loop(writer, &from_callers, &w))?];

        let (to_readers, from_askers) = sync_channel(QUEUE);
        let from_askers = Arc::new(Mutex::new(from_askers));
        for _ in 0..readers.max(1) {
            let conn = connect(path, 6 * 1024)?;
            conn.execute_batch("PRAGMA query_only=ON")?;
            let (from, world) = (from_askers.clone(), world.clone());
            threads.push(thread("reader", move || read_loop(conn, &from, &world))?);
        }

        let keeper = connect(path, 512)?;
        let wal = wal_path(path);
        let alive = Arc::downgrade(&from_askers);
        drop(from_askers);
        threads.push(thread("checkpoint", move || {
            // Ends with the readers: when the last handle on the database is dropped.
            while alive.strong_count() > 0 {
                std::thread::sleep(Duration::from_millis(200));
                let size = std::fs::metadata(&wal).map_or(0, |m| m.len());
                if size > WAL_PASSIVE
                    && let Err(e) = keeper.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
                {
                    tracing::warn!(error = %e, "checkpoint");
                }
            }
        })?);
        Ok(Sqlite { writer: Some(to_writer), readers: Some(to_readers), threads, path: path.to_owned() })
    }

    pub(crate) fn write(&self, task: Box<dyn Task>) {
        submit(self.writer.as_ref(), task);
    }

    pub(crate) fn read(&self, task: Box<dyn Task>) {
        submit(self.readers.as_ref(), task);
    }
}

pub(crate) fn wal_path(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

fn submit(to: Option<&SyncSender<Box<dyn Task>>>, task: Box<dyn Task>) {
    let Some(to) = to else { return task.answer(Err(closed())) };
    match to.try_send(task) {
        Ok(()) => {}
        Err(TrySendError::Full(task)) => {
            task.answer(Err(StoreError::Unavailable("too many callers in line".into())));
        }
        Err(TrySendError::Disconnected(task)) => task.answer(Err(closed())),
    }
}

fn thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, StoreError> {
    let built = std::thread::Builder::new().name(format!("sqlite-{name}")).spawn(work);
    built.map_err(|e| StoreError::Internal(e.to_string()))
}

/// One of the few statements around each transaction, prepared once.
fn step(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}

fn read_loop(mut conn: Connection, from: &Mutex<Receiver<Box<dyn Task>>>, world: &World) {
    loop {
        let next = {
            let Ok(from) = from.lock() else { return };
            from.recv()
        };
        let Ok(mut task) = next else { return };
        if let Err(e) = step(&conn, "BEGIN DEFERRED") {
            task.answer(Err(e.into()));
            continue;
        }
        let tx = task.tx(conn, world);
        let (tx, _) = task.run(tx);
        conn = connection(tx);
        let ended = step(&conn, "COMMIT").map_err(StoreError::from);
        task.answer(ended);
    }
}

fn connection(tx: Tx) -> Connection {
    match tx.back {
        crate::tx::Back::Sqlite(conn) => conn,
        crate::tx::Back::Postgres(_) => unreachable!("a SQLite thread only makes SQLite transactions"),
    }
}

fn write_loop(mut conn: Connection, from: &Receiver<Box<dyn Task>>, world: &World) {
    let wal = conn.path().map(|p| wal_path(Path::new(p))).unwrap_or_default();
    let mut commits = 0u64;
    while let Ok(first) = from.recv() {
        if let Err(e) = step(&conn, "BEGIN IMMEDIATE") {
            first.answer(Err(e.into()));
            continue;
        }
        let mut kept: Vec<Box<dyn Task>> = Vec::new();
        let mut next = Some(first);
        let mut lost: Option<StoreError> = None;
        while let Some(mut task) = next.take() {
            if let Err(e) = step(&conn, "SAVEPOINT caller") {
                lost = Some(e.into());
                task.answer(Err(lost.clone().unwrap_or_else(closed)));
                break;
            }
            let tx = task.tx(conn, world);
            let (tx, keep) = task.run(tx);
            conn = connection(tx);
            // A full disk or a failed write makes SQLite roll the whole transaction back by itself.
            if conn.is_autocommit() {
                lost = Some(StoreError::Full("SQLite rolled the transaction back".into()));
                task.answer(Ok(()));
                break;
            }
            let back = if keep { Ok(()) } else { step(&conn, "ROLLBACK TO caller") };
            match back.and_then(|()| step(&conn, "RELEASE caller")) {
                Ok(()) if keep => kept.push(task),
                // Refused work changed nothing, so its answer need not wait for the commit.
                Ok(()) => task.answer(Ok(())),
                Err(e) => {
                    lost = Some(e.into());
                    task.answer(Err(lost.clone().unwrap_or_else(closed)));
                    break;
                }
            }
            if kept.len() < TOGETHER {
                next = from.try_recv().ok();
            }
        }
        let committed = match lost {
            None => step(&conn, "COMMIT").map_err(StoreError::from),
            Some(e) => Err(e),
        };
        if committed.is_err() && !conn.is_autocommit() {
            let _ = conn.execute_batch("ROLLBACK");
        }
        for task in kept {
            task.answer(committed.clone());
        }
        commits += 1;
        if commits.is_multiple_of(1024) && std::fs::metadata(&wal).map_or(0, |m| m.len()) > WAL_RESTART {
            let _ = conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the database is closed".into())
}
