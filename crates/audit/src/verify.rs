use crate::{Head, record::Signed};
use kernel::{Actor, Moment, Refusal, Region, Uuid};
use serde::Serialize;
use store::{Db, Read, Tx, binds, from_row};
use utoipa::ToSchema;
use vault::Vault;

/// Each sealed line binds its own signed content, its position and everything before it.
pub(crate) fn seal(vault: &Vault, before: &[u8; 32], position: i64, mac: &[u8]) -> [u8; 32] {
    vault.sign_log(&[b"seal", before, &position.to_be_bytes(), mac])
}

/// What the first line is chained to.
pub(crate) fn first(vault: &Vault) -> [u8; 32] {
    vault.sign_log(&[b"first"])
}

/// The first line that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bad {
    /// Its position in the log.
    pub position: i64,
    /// Its row, where there is one.
    pub id: Option<i64>,
    /// What is wrong: `missing`, `content`, `seal`, `unsealed_content`, `cut_off`, `head`.
    pub what: &'static str,
}

/// The outcome of a verification.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verified {
    /// Sealed lines looked at.
    pub sealed: i64,
    /// Lines written but not yet sealed.
    pub unsealed: i64,
    /// How long the oldest of them has waited, ms.
    pub oldest_unsealed_ms: Option<i64>,
    /// The position the head outside the database vouches for, if there is one.
    pub head: Option<i64>,
    /// The first bad line; absent when everything holds.
    pub bad: Option<Bad>,
}

struct Full {
    region: Region,
    id: i64,
    at: Moment,
    actor_kind: String,
    actor: String,
    action: String,
    object: String,
    detail: String,
    request: Uuid,
    address: Option<String>,
    mac: Vec<u8>,
    position: Option<i64>,
    seal: Option<Vec<u8>>,
}
from_row!(Full {
    region,
    id,
    at,
    actor_kind,
    actor,
    action,
    object,
    detail,
    request,
    address,
    mac,
    position,
    seal
});

impl Full {
    fn holds(&self, vault: &Vault) -> bool {
        let signed = Signed {
            region: self.region,
            at: self.at,
            actor_kind: &self.actor_kind,
            actor: &self.actor,
            action: &self.action,
            object: &self.object,
            detail: &self.detail,
            request: self.request,
            address: self.address.as_deref(),
        };
        signed.mac(vault)[..] == self.mac[..]
    }
}

const CHUNK: i64 = 5_000;

struct Sealed {
    after: i64,
}
impl Read for Sealed {
    type Out = Vec<Full>;
    const SINGLE: bool = true;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Full>, Refusal> {
        Ok(tx
            .all(
                "SELECT region, id, at, actor_kind, actor, action, object, detail, request, address, mac, position, seal
                 FROM audit_lines WHERE position > $1 ORDER BY position, id LIMIT $2",
                binds![self.after, CHUNK],
            )
            .await?)
    }
}

struct Ends;
impl Read for Ends {
    type Out = (i64, Vec<u8>, Vec<Full>);
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let (position, seal): (i64, Vec<u8>) =
            tx.one("SELECT audit_position, seal FROM sequencer WHERE id = 1", binds![]).await?;
        let waiting = tx
            .all(
                "SELECT region, id, at, actor_kind, actor, action, object, detail, request, address, mac, position, seal
                 FROM audit_lines WHERE position IS NULL ORDER BY region, id",
                binds![],
            )
            .await?;
        Ok((position, seal, waiting))
    }
}

/// Walks the whole log and compares it with itself, with the sequencer's place and with the head kept
/// outside the database. Finds any change, deletion, insertion or swap among sealed lines and names the
/// first; `progress` is told lines done and lines in all.
pub async fn verify(db: &Db, head: &Head, progress: &(dyn Fn(i64, i64) + Sync)) -> Result<Verified, Refusal> {
    let system = Actor::system("audit verify");
    let vault = db.vault().clone();
    let (end_position, end_seal, waiting) = db.read(&system, Ends).await?;
    let kept = head.read(&vault);
    let head_position = kept.as_ref().ok().and_then(|h| h.map(|(p, _)| p));
    let mut bad: Option<Bad> = None;
    let mut before = first(&vault);
    let mut position = 0;
    let mut vouched = head_position.is_none_or(|p| p == 0);
    'log: loop {
        let lines = db.read(&system, Sealed { after: position }).await?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            let here = line.position.unwrap_or_default();
            let fault = |what| Some(Bad { position: here, id: Some(line.id), what });
            if here > position + 1 {
                bad = Some(Bad { position: position + 1, id: None, what: "missing" });
                break 'log;
            }
            if here != position + 1 {
                bad = fault("seal");
                break 'log;
            }
            if !line.holds(&vault) {
                bad = fault("content");
                break 'log;
            }
            before = seal(&vault, &before, here, &line.mac);
            if line.seal.as_deref() != Some(&before[..]) {
                bad = fault("seal");
                break 'log;
            }
            if let Ok(Some((p, s))) = &kept
                && *p == here
            {
                if *s != before {
                    bad = fault("head");
                    break 'log;
                }
                vouched = true;
            }
            position = here;
        }
        progress(position, end_position.max(position));
    }
    if bad.is_none() {
        if kept.is_err() {
            bad = Some(Bad { position, id: None, what: "head" });
        } else if position < end_position || !vouched {
            bad = Some(Bad { position: position + 1, id: None, what: "cut_off" });
        } else if position == end_position && end_position > 0 && end_seal != before {
            bad = Some(Bad { position, id: None, what: "seal" });
        } else if let Some(line) = waiting.iter().find(|l| !l.holds(&vault)) {
            bad = Some(Bad { position: 0, id: Some(line.id), what: "unsealed_content" });
        }
    }
    let now = db.world().now();
    Ok(Verified {
        sealed: position,
        unsealed: waiting.len() as i64,
        oldest_unsealed_ms: waiting.iter().map(|l| now.since(l.at)).max(),
        head: head_position,
        bad,
    })
}
