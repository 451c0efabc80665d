use crate::{TOO_MANY_PICTURES, UNKNOWN};
use kernel::{AccountId, AttachmentId, CaseId, Refusal, Region};
use store::{Tx, binds, from_row};

/// Pictures of one step at the most.
const MOST: usize = 6;

/// A picture of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The attachment.
    pub id: AttachmentId,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// The step it came with.
    pub n: i64,
}
from_row!(Attachment { id, width, height, n });

/// Makes uploaded pictures part of a case's step, in the caller's transaction. Each has to be the actor's
/// own (an anonymous upload is nobody's) and in no case yet; there may be six at the most.
pub async fn link(
    tx: &mut Tx,
    region: Region,
    ids: &[AttachmentId],
    case: CaseId,
    n: i64,
    purpose: &'static str,
) -> Result<(), Refusal> {
    if ids.len() > MOST {
        return Err(TOO_MANY_PICTURES.field("attachments"));
    }
    let me: Option<AccountId> = tx.actor().account();
    for (i, id) in ids.iter().enumerate() {
        let mine = match me {
            Some(_) => {
                "UPDATE attachments SET linked_case = $1, linked_n = $2, purpose = $3
                        WHERE region = $4 AND id = $5 AND linked_case IS NULL AND uploader = $6"
            }
            None => {
                "UPDATE attachments SET linked_case = $1, linked_n = $2, purpose = $3
                     WHERE region = $4 AND id = $5 AND linked_case IS NULL AND uploader IS NULL"
            }
        };
        let mut values = binds![case, n, purpose, region, *id];
        values.extend(me.map(Into::into));
        if tx.run(mine, values).await? != 1 {
            return Err(UNKNOWN.field(format!("attachments[{i}]")));
        }
    }
    Ok(())
}

/// The pictures of a case, in the order they came.
pub async fn of_case(tx: &mut Tx, region: Region, case: CaseId) -> Result<Vec<Attachment>, Refusal> {
    let sql = "SELECT id, width, height, linked_n FROM attachments WHERE region = $1 AND linked_case = $2 ORDER BY linked_n, at, id";
    Ok(tx.all(sql, binds![region, case]).await?)
}
