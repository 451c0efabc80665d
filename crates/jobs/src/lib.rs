//! Jobs: written in their caller's transaction, taken by one worker at a time, once in effect.
//!
//! A job that changes the database does so through [`Taken::finish`], which takes the job out of the
//! queue in the same transaction: a kill before the commit leaves both undone, a kill after it both
//! done. Work outside the database must bear being repeated.
#![forbid(unsafe_code)]

use futures_util::future::BoxFuture;
use kernel::{Actor, JobId, Kind, Moment, Refusal, Region, Rule, Uuid};
use std::{collections::HashMap, sync::Arc, time::Duration};
use store::{Db, Migration, StoreError, Table, Tx, Write, binds, from_row};

/// The tables of this room.
pub const TABLES: &[Table] = &[Table::distributed("jobs")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "jobs/1-queue",
    sql: "
CREATE TABLE jobs (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  payload TEXT NOT NULL,
  run_at {int} NOT NULL,
  attempts {int} NOT NULL,
  lease {uuid},
  lease_until {int},
  dead {bool} NOT NULL,
  error TEXT,
  PRIMARY KEY (region, id)
) {rows};
CREATE INDEX jobs_due ON jobs (region, run_at) WHERE NOT dead;
CREATE UNIQUE INDEX jobs_key ON jobs (region, kind, key);
",
}];

/// How long a worker may keep a job before another may take it.
const LEASE: i64 = 5 * 60 * 1000;
/// After so many failures a job is set aside, and `jingwei doctor` names it.
const ATTEMPTS: i64 = 10;
/// Jobs taken at once.
const BATCH: i64 = 16;

const LEASE_LOST: Rule = Rule {
    kind: Kind::Conflict,
    code: "jobs.lease_lost",
    zh: "此任务已由其他进程接手。",
    en: "Another worker has taken this job over.",
};

/// Puts a job into the queue in the caller's transaction, to run at `run_at` or soon after. A job of the
/// same kind and key that still waits is moved to the new time instead of being doubled.
pub async fn enqueue(
    tx: &mut Tx,
    region: Region,
    kind: &'static str,
    key: &str,
    payload: &serde_json::Value,
    run_at: Moment,
) -> Result<(), StoreError> {
    let id = tx.world().uuid();
    tx.put(
        "INSERT INTO jobs (region, id, kind, key, payload, run_at, attempts, dead) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
         ON CONFLICT (region, kind, key) DO UPDATE SET run_at = excluded.run_at, payload = excluded.payload, attempts = 0,
           dead = excluded.dead, lease = NULL, lease_until = NULL",
        binds![region, id, kind, key, payload.to_string(), run_at, false],
    )
    .await
}

/// Takes a job out of the queue before it ran, if it still waits.
pub async fn cancel(tx: &mut Tx, region: Region, kind: &'static str, key: &str) -> Result<(), StoreError> {
    tx.put("DELETE FROM jobs WHERE region = $1 AND kind = $2 AND key = $3", binds![region, kind, key]).await
}

/// A job as its worker sees it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The region it belongs to.
    pub region: Region,
    /// Its id.
    pub id: JobId,
    /// What kind.
    pub kind: String,
    /// Its key within the kind.
    pub key: String,
    /// What it needs, JSON.
    pub payload: String,
    /// Times tried before.
    pub attempts: i64,
}
from_row!(Job { region, id, kind, key, payload, attempts });

/// A job taken by this worker.
#[derive(Clone)]
pub struct Taken {
    /// The job.
    pub job: Job,
    /// The door, to work outside the finishing transaction.
    pub db: Db,
    lease: Uuid,
}

impl Taken {
    /// The actor of this job.
    pub fn actor(&self, duty: &'static str) -> Actor {
        Actor { who: kernel::Who::System(duty), request: self.job.id.0, address: None }
    }

    /// Takes the job out of the queue: its work is done already, a step at a time, and bears being repeated.
    pub async fn done(&self, duty: &'static str) -> Result<(), Refusal> {
        self.finish(duty, Nothing).await
    }

    /// Carries out `work` and takes the job out of the queue in the same transaction. Refuses, and
    /// changes nothing, when another worker has taken the job over.
    pub async fn finish<W: Write>(&self, duty: &'static str, work: W) -> Result<W::Out, Refusal> {
        let finish = Finish { region: self.job.region, id: self.job.id, lease: self.lease, work };
        self.db.write(&self.actor(duty), finish).await
    }
}

/// Nothing more to write: the job's work was done in transactions of its own.
struct Nothing;

impl Write for Nothing {
    type Out = ();
    async fn run(&self, _: &mut Tx) -> Result<(), Refusal> {
        Ok(())
    }
}

struct Finish<W> {
    region: Region,
    id: JobId,
    lease: Uuid,
    work: W,
}

impl<W: Write> Write for Finish<W> {
    type Out = W::Out;
    async fn run(&self, tx: &mut Tx) -> Result<W::Out, Refusal> {
        let gone = tx
            .run(
                "DELETE FROM jobs WHERE region = $1 AND id = $2 AND lease = $3",
                binds![self.region, self.id, self.lease],
            )
            .await?;
        if gone == 0 {
            return Err(LEASE_LOST.refuse());
        }
        self.work.run(tx).await
    }
}

/// How a kind of job is done. It calls [`Taken::finish`]; returning an error without having done so
/// puts the job back for a later try.
pub trait Handler: Send + Sync + 'static {
    /// Does the job.
    fn run(&self, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>>;
}

impl<F> Handler for F
where
    F: Fn(Taken) -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync + 'static,
{
    fn run(&self, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
        self(taken)
    }
}

struct Take {
    region: Region,
    lease: Uuid,
}

impl Write for Take {
    type Out = Vec<Job>;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Job>, Refusal> {
        let at = tx.at();
        let sql = if tx.on_postgres() {
            "SELECT region, id, kind, key, payload, attempts FROM jobs
             WHERE region = $1 AND run_at <= $2 AND NOT dead AND (lease_until IS NULL OR lease_until < $2)
             ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED"
        } else {
            "SELECT region, id, kind, key, payload, attempts FROM jobs
             WHERE region = $1 AND run_at <= $2 AND NOT dead AND (lease_until IS NULL OR lease_until < $2)
             ORDER BY run_at LIMIT $3"
        };
        let jobs: Vec<Job> = tx.all(sql, binds![self.region, at, BATCH]).await?;
        for job in &jobs {
            tx.put(
                "UPDATE jobs SET lease = $1, lease_until = $2, attempts = attempts + 1 WHERE region = $3 AND id = $4",
                binds![self.lease, at.plus(LEASE), job.region, job.id],
            )
            .await?;
        }
        Ok(jobs)
    }
}

struct PutBack {
    region: Region,
    id: JobId,
    lease: Uuid,
    attempts: i64,
    error: String,
}

impl Write for PutBack {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        // 2, 4, 8 … seconds, an hour at the most.
        let wait = 1000 * 2i64.pow(self.attempts.clamp(1, 12) as u32).min(3600);
        let at = tx.at();
        tx.put(
            "UPDATE jobs SET lease = NULL, lease_until = NULL, run_at = $1, dead = $2, error = $3
             WHERE region = $4 AND id = $5 AND lease = $6",
            binds![at.plus(wait), self.attempts >= ATTEMPTS, &self.error, self.region, self.id, self.lease],
        )
        .await?;
        Ok(())
    }
}

/// The handlers of all rooms, by kind.
#[derive(Clone, Default)]
pub struct Workers(HashMap<&'static str, Arc<dyn Handler>>);

impl Workers {
    /// None yet.
    pub fn new() -> Workers {
        Workers::default()
    }

    /// With a handler for a kind.
    pub fn with(mut self, kind: &'static str, handler: impl Handler) -> Workers {
        self.0.insert(kind, Arc::new(handler));
        self
    }

    /// Does everything that is due now, one batch of each region; says how many jobs it took.
    pub async fn once(&self, db: &Db) -> Result<usize, Refusal> {
        let system = Actor::system("jobs");
        let now = db.world().now();
        let due: Vec<(Region,)> = db
            .ask(
                &system,
                "SELECT DISTINCT region FROM jobs WHERE run_at <= $1 AND NOT dead AND (lease_until IS NULL OR lease_until < $1)",
                binds![now],
            )
            .await?;
        let mut taken = 0;
        for (region,) in due {
            let lease = db.world().uuid();
            for job in db.write(&system, Take { region, lease }).await? {
                taken += 1;
                self.one(Taken { job, db: db.clone(), lease }).await;
            }
        }
        Ok(taken)
    }

    async fn one(&self, taken: Taken) {
        let (db, job, lease) = (taken.db.clone(), taken.job.clone(), taken.lease);
        let done = match self.0.get(job.kind.as_str()) {
            Some(handler) => handler.run(taken).await,
            None => Err(store::rules::INTERNAL
                .refuse()
                .because(format!("no handler for jobs of kind {}", job.kind))),
        };
        let Err(refused) = done else { return };
        if refused.code() == LEASE_LOST.code {
            return;
        }
        tracing::warn!(job = %job.id, kind = %job.kind, attempt = job.attempts + 1, error = ?refused, "job failed");
        let error = format!("{refused:?}");
        let back = PutBack { region: job.region, id: job.id, lease, attempts: job.attempts + 1, error };
        if let Err(e) = db.write(&Actor::system("jobs"), back).await {
            tracing::warn!(job = %job.id, error = ?e, "job could not be put back; its lease will run out");
        }
    }

    /// Works until the runtime ends.
    pub fn start(self, db: Db) {
        tokio::spawn(async move {
            loop {
                match self.once(&db).await {
                    Ok(n) if n > 0 => {}
                    Ok(_) => tokio::time::sleep(Duration::from_millis(250)).await,
                    Err(e) => {
                        tracing::warn!(error = ?e, "jobs");
                        tokio::time::sleep(Duration::from_secs(2)).await;
                    }
                }
            }
        });
    }
}

/// How many jobs wait, are due, and were set aside.
pub async fn counts(db: &Db) -> Result<(i64, i64, i64), Refusal> {
    let now = db.world().now();
    let rows: Vec<(i64, Option<i64>, Option<i64>)> = db
        .ask(
            &Actor::system("jobs"),
            "SELECT count(*), CAST(sum(CASE WHEN run_at <= $1 AND NOT dead THEN 1 ELSE 0 END) AS BIGINT),
                    CAST(sum(CASE WHEN dead THEN 1 ELSE 0 END) AS BIGINT) FROM jobs",
            binds![now],
        )
        .await?;
    Ok(rows.first().map_or((0, 0, 0), |r| (r.0, r.1.unwrap_or(0), r.2.unwrap_or(0))))
}
