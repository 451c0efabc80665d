//! Pictures that never became part of a case are forgotten after a day.

use crate::files;
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{Actor, Moment, Refusal, Region};
use std::path::{Path, PathBuf};
use store::{Db, Tx, Write, binds};

/// The job.
pub(crate) const SWEEP: &str = "attachments.sweep";
/// How long an unused picture is kept, ms.
pub(crate) const LOOSE: i64 = Moment::DAY;

struct Sweep {
    region: Region,
}

impl Write for Sweep {
    type Out = Vec<Vec<u8>>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let before = tx.at().plus(-LOOSE);
        let gone: Vec<(Vec<u8>,)> = tx
            .all(
                "DELETE FROM attachments WHERE region = $1 AND linked_case IS NULL AND at <= $2 RETURNING hash",
                binds![self.region, before],
            )
            .await?;
        if !gone.is_empty() {
            let note = audit::Note {
                region: self.region,
                action: "attachment.swept",
                object: "attachments/loose".into(),
                detail: serde_json::json!({ "pictures": gone.len() }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(gone.into_iter().map(|g| g.0).collect())
    }
}

/// Puts the job into the queue. One waits for each region and day (UTC) of uploads: later uploads of the day
/// move it, those of other days do not, so that it comes within two days however many there are.
pub(crate) async fn later(tx: &mut Tx, region: Region) -> Result<(), Refusal> {
    let (day, at) = (tx.at().0.div_euclid(Moment::DAY), tx.at().plus(LOOSE + 60_000));
    Ok(jobs::enqueue(tx, region, SWEEP, &format!("loose/{day}"), &serde_json::json!({}), at).await?)
}

/// Whether a picture of this digest is kept: the same may have been uploaded twice, or in another region.
async fn used(db: &Db, hash: &[u8]) -> Result<bool, Refusal> {
    let sql = "SELECT 1 FROM attachments WHERE hash = $1 LIMIT 1";
    Ok(!db.ask::<(i64,)>(&Actor::system("sweep"), sql, binds![hash]).await?.is_empty())
}

/// Removes a picture's files unless it is used. An upload of the same bytes may come at any time: the file is
/// first set aside, then looked for again, and put back if the upload's row came before; an upload whose row
/// comes after finds the file missing and keeps it again.
async fn remove(db: &Db, root: &Path, hash: &[u8]) -> Result<(), Refusal> {
    if used(db, hash).await? {
        return Ok(());
    }
    let path = files::path(root, hash);
    let aside = files::set_aside(&path);
    let back = used(db, hash).await.unwrap_or(true);
    if let Some(aside) = aside {
        // Put back, it replaces a file of the same content, if there is one by now.
        let done = if back { std::fs::rename(&aside, &path) } else { std::fs::remove_file(&aside) };
        done.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    }
    if !back {
        let _ = std::fs::remove_file(files::thumbnail_path(root, hash));
    }
    Ok(())
}

pub(crate) fn sweep_job(root: PathBuf, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let db = taken.db.clone();
        let gone = taken.finish("sweep", Sweep { region: taken.job.region }).await?;
        for hash in gone {
            // The rows are gone already; what fails for one file must not keep the others.
            if let Err(e) = remove(&db, &root, &hash).await {
                tracing::warn!(error = ?e, "the file of a forgotten picture could not be removed");
            }
        }
        Ok(())
    })
}
