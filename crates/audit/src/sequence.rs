use crate::{
    Head,
    verify::{first, seal},
};
use kernel::{Actor, Moment, Refusal, Region, Uuid};
use serde_json::{Value as Json, json};
use std::{sync::Arc, time::Duration};
use store::{Db, Read, Tx, Write, binds};
use tokio::sync::watch;
use vault::hex;

/// Rows of each kind in one pass: short, so that the pen is free again soon.
const PASS: i64 = 500;

/// Positions of many events, in PostgreSQL's words.
const PLACE: &str = "UPDATE events e SET position = v.position
  FROM json_to_recordset(($1::text)::json) AS v(region bigint, stream uuid, n bigint, position bigint)
  WHERE e.region = v.region AND e.stream = v.stream AND e.n = v.n";
/// Positions and seals of many audit lines.
const SEAL: &str = "UPDATE audit_lines l SET position = v.position, seal = decode(v.seal, 'hex')
  FROM json_to_recordset(($1::text)::json) AS v(region bigint, id bigint, position bigint, seal text)
  WHERE l.region = v.region AND l.id = v.id";

struct Pass;

/// Whether anything waits for its position, and where the log ends. On SQLite almost nothing ever waits, and the
/// one writer is not to be bothered for nothing.
struct Look;

impl Read for Look {
    /// `None` if a pass is needed.
    type Out = Option<Done>;
    const SINGLE: bool = true;

    async fn run(&self, tx: &mut Tx) -> Result<Option<Done>, Refusal> {
        let (events, lines, end, waiting): (i64, i64, Vec<u8>, bool) = tx
            .one(
                "SELECT event_position, audit_position, seal, EXISTS (SELECT 1 FROM events WHERE position IS NULL)
                   OR EXISTS (SELECT 1 FROM audit_lines WHERE position IS NULL)
                 FROM sequencer WHERE id = 1",
                binds![],
            )
            .await?;
        let seal = end.try_into().unwrap_or_else(|_| first(tx.vault()));
        Ok((!waiting).then_some(Done { events, lines, seal, ..Done::default() }))
    }
}

/// One pass, where one is needed.
async fn pass(db: &Db, system: &Actor, quietly: bool) -> Result<Done, Refusal> {
    if !db.on_postgres()
        && let Some(done) = db.read(system, Look).await?
    {
        return Ok(done);
    }
    if quietly { db.write_quietly(system, Pass).await } else { db.write(system, Pass).await }
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    full: bool,
    busy: bool,
    events: i64,
    lines: i64,
    seal: [u8; 32],
}

impl Write for Pass {
    type Out = Done;

    async fn run(&self, tx: &mut Tx) -> Result<Done, Refusal> {
        if tx.on_postgres() {
            // One pass at a time over all processes; whoever finds it taken comes back shortly.
            let (mine,): (bool,) = tx.one("SELECT pg_try_advisory_xact_lock(7281002)", binds![]).await?;
            if !mine {
                return Ok(Done { busy: true, ..Done::default() });
            }
        }
        let events: Vec<(Region, Uuid, i64, Moment)> = tx
            .all(
                "SELECT region, stream, n, at FROM events WHERE position IS NULL ORDER BY region, stream, n LIMIT $1",
                binds![PASS],
            )
            .await?;
        let lines: Vec<(Region, i64, Vec<u8>)> = tx
            .all(
                "SELECT region, id, mac FROM audit_lines WHERE position IS NULL ORDER BY region, id LIMIT $1",
                binds![PASS],
            )
            .await?;
        let (mut events_at, mut lines_at, end): (i64, i64, Vec<u8>) = tx
            .one("SELECT event_position, audit_position, seal FROM sequencer WHERE id = 1", binds![])
            .await?;
        let mut end: [u8; 32] = end.try_into().unwrap_or_else(|_| first(tx.vault()));
        let full = events.len() as i64 == PASS || lines.len() as i64 == PASS;
        let rows = events.len() + lines.len();

        // On PostgreSQL one statement for all of them: a pass of hundreds costs the database's time otherwise.
        let (together, mut placed, mut sealed) = (tx.on_postgres(), Vec::new(), Vec::new());
        for (region, stream, n) in in_order(events) {
            events_at += 1;
            if together {
                placed
                    .push(json!({ "region": region.get(), "stream": stream, "n": n, "position": events_at }));
                continue;
            }
            tx.put(
                "UPDATE events SET position = $1 WHERE region = $2 AND stream = $3 AND n = $4",
                binds![events_at, region, stream, n],
            )
            .await?;
        }
        for (region, id, mac) in lines {
            lines_at += 1;
            end = seal(tx.vault(), &end, lines_at, &mac);
            if together {
                sealed.push(
                    json!({ "region": region.get(), "id": id, "position": lines_at, "seal": hex(&end) }),
                );
                continue;
            }
            tx.put(
                "UPDATE audit_lines SET position = $1, seal = $2 WHERE region = $3 AND id = $4",
                binds![lines_at, end, region, id],
            )
            .await?;
        }
        if !placed.is_empty() {
            tx.put(PLACE, binds![Json::from(placed).to_string()]).await?;
        }
        if !sealed.is_empty() {
            tx.put(SEAL, binds![Json::from(sealed).to_string()]).await?;
        }
        if rows > 0 {
            tx.put(
                "UPDATE sequencer SET event_position = $1, audit_position = $2, seal = $3 WHERE id = 1",
                binds![events_at, lines_at, end],
            )
            .await?;
            if tx.on_postgres() {
                let _: Option<(String,)> = tx
                    .maybe("SELECT pg_notify('jingwei_feed', $1)::text", binds![events_at.to_string()])
                    .await?;
            }
        }
        Ok(Done { full, busy: false, events: events_at, lines: lines_at, seal: end })
    }
}

/// By time, but never a later step of a history before an earlier one, whatever the clocks said.
fn in_order(mut events: Vec<(Region, Uuid, i64, Moment)>) -> Vec<(Region, Uuid, i64)> {
    let mut latest: Option<(Uuid, Moment)> = None;
    for (_, stream, _, at) in &mut events {
        match latest {
            Some((s, before)) if s == *stream && *at < before => *at = before,
            _ => {}
        }
        latest = Some((*stream, *at));
    }
    events.sort_by_key(|(_, stream, n, at)| (*at, *stream, *n));
    events.into_iter().map(|(region, stream, n, _)| (region, stream, n)).collect()
}

/// Gives positions to everything committed and not yet in order, and seals the audit lines. Used by
/// tests and the command line; a running server has a [`Sequencer`].
pub async fn sequence(db: &Db, head: Option<&Head>) -> Result<i64, Refusal> {
    loop {
        let done = pass(db, &Actor::system("sequencer"), false).await?;
        if done.busy {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        if let Some(head) = head
            && done.lines > 0
        {
            head.keep(db.vault(), done.lines, &done.seal)
                .map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        }
        if !done.full {
            return Ok(done.events);
        }
    }
}

/// The running sequencer: follows the commits of this process and looks after the others'.
#[derive(Clone)]
pub struct Sequencer {
    position: watch::Receiver<i64>,
}

impl Sequencer {
    /// The latest feed position known; changes when there is something new to read.
    pub fn position(&self) -> watch::Receiver<i64> {
        self.position.clone()
    }

    /// Starts it. It ends with the runtime.
    pub fn start(db: Db, head: Arc<Head>) -> Sequencer {
        let (tell, position) = watch::channel(0);
        let tell = Arc::new(tell);
        let work = tell.clone();
        tokio::spawn(async move {
            let system = Actor::system("sequencer");
            let mut kept = (0, tokio::time::Instant::now());
            loop {
                // Woken by our own commits; looks by itself for those of other processes.
                let woken = tokio::time::timeout(Duration::from_millis(100), db.committed()).await.is_ok();
                if woken {
                    // Let a few commits gather: one pass costs the same for one row as for fifty.
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
                match pass(&db, &system, true).await {
                    Ok(done) => {
                        if done.events > *work.borrow() {
                            work.send_replace(done.events);
                        }
                        if done.lines > kept.0 && (kept.1.elapsed() > Duration::from_secs(1) || !done.full) {
                            if let Err(e) = head.keep(db.vault(), done.lines, &done.seal) {
                                tracing::error!(error = %e, "the head of the audit log could not be kept");
                            }
                            kept = (done.lines, tokio::time::Instant::now());
                        }
                        if done.busy || done.full {
                            tokio::time::sleep(Duration::from_millis(5)).await;
                            db.wake();
                        }
                    }
                    Err(e) => {
                        tracing::warn!(error = ?e, "sequencer");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Sequencer { position }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_stays_in_order_when_the_clock_was_set_back() {
        let r = Region::NONE;
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rows =
            vec![(r, a, 1, Moment(50)), (r, a, 2, Moment(10)), (r, b, 1, Moment(20)), (r, b, 2, Moment(60))];
        let order: Vec<_> = in_order(rows).into_iter().map(|(_, s, n)| (s, n)).collect();
        assert_eq!(order, [(b, 1), (a, 1), (a, 2), (b, 2)]);
    }
}
