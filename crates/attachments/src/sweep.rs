//! Pictures that never became part of a case are forgotten after a day.

use crate::files;
use futures_util::future::BoxFuture;
use jobs::Taken;
use kernel::{Actor, Moment, Refusal, Region};
use std::path::PathBuf;
use store::{Tx, Write, binds};

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
        let left: Option<(i64,)> = tx
            .maybe(
                "SELECT 1 FROM attachments WHERE region = $1 AND linked_case IS NULL LIMIT 1",
                binds![self.region],
            )
            .await?;
        if left.is_some() {
            later(tx, self.region).await?;
        }
        Ok(gone.into_iter().map(|g| g.0).collect())
    }
}

/// Puts the job into the queue; one waits for each region.
pub(crate) async fn later(tx: &mut Tx, region: Region) -> Result<(), Refusal> {
    let at = tx.at().plus(LOOSE + 60_000);
    Ok(jobs::enqueue(tx, region, SWEEP, "loose", &serde_json::json!({}), at).await?)
}

pub(crate) fn sweep_job(root: PathBuf, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let db = taken.db.clone();
        let gone = taken.finish("sweep", Sweep { region: taken.job.region }).await?;
        for hash in gone {
            // The same picture may have been uploaded twice, or in another region.
            let sql = "SELECT 1 FROM attachments WHERE hash = $1 LIMIT 1";
            let used: Vec<(i64,)> = db.ask(&Actor::system("sweep"), sql, binds![hash.clone()]).await?;
            if used.is_empty() {
                let _ = std::fs::remove_file(files::path(&root, &hash));
                let _ = std::fs::remove_file(files::thumbnail_path(&root, &hash));
            }
        }
        Ok(())
    })
}
