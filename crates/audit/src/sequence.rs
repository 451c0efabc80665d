use crate::{
    Head,
    verify::{first, seal},
};
use kernel::{Actor, Moment, Refusal, Region, Uuid};
use std::{sync::Arc, time::Duration};
use store::{Db, Tx, Write, binds};
use tokio::sync::watch;

/// Rows of each kind in one pass: short, so that the pen is free again soon.
const PASS: i64 = 500;

struct Pass;

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

        for (region, stream, n) in in_order(events) {
            events_at += 1;
            tx.put(
                "UPDATE events SET position = $1 WHERE region = $2 AND stream = $3 AND n = $4",
                binds![events_at, region, stream, n],
            )
            .await?;
        }
        for (region, id, mac) in lines {
            lines_at += 1;
            end = seal(tx.vault(), &end, lines_at, &mac);
            tx.put(
                "UPDATE audit_lines SET position = $1, seal = $2 WHERE region = $3 AND id = $4",
                binds![lines_at, end, region, id],
            )
            .await?;
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
        let done = db.write(&Actor::system("sequencer"), Pass).await?;
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
                match db.write_quietly(&system, Pass).await {
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
