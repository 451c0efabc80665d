use kernel::{Actor, Moment, Region};
use serde_json::Value as Json;
use store::{StoreError, Tx, binds};
use vault::Vault;

/// One audit line: who did what to what. No free text and no personal data in `detail`: it can never
/// be corrected or deleted.
#[derive(Debug, Clone)]
pub struct Note {
    /// The region it happened in, or [`Region::NONE`] for the platform itself.
    pub region: Region,
    /// `room.verb`, for example `case.dispatch`.
    pub action: &'static str,
    /// What it was done to: `kind/id`.
    pub object: String,
    /// Codes and ids that tell it exactly.
    pub detail: Json,
}

/// One step of a history: the `n`-th of its stream. Writing the same step twice fails, which is what
/// decides between two who act at once.
#[derive(Debug, Clone)]
pub struct Event {
    /// Whose history: for a case, its id.
    pub stream: kernel::Uuid,
    /// Which step, from 1.
    pub n: i64,
    /// What happened: for a case, the move's code.
    pub kind: &'static str,
    /// The role it was done in.
    pub role: Option<&'static str>,
    /// Everything needed to compute the state again, as JSON. No free text, no personal data.
    pub data: String,
}

/// The signed content of a line.
pub(crate) struct Signed<'a> {
    pub region: Region,
    pub at: Moment,
    pub actor_kind: &'a str,
    pub actor: &'a str,
    pub action: &'a str,
    pub object: &'a str,
    pub detail: &'a str,
    pub request: kernel::Uuid,
    pub address: Option<&'a str>,
}

impl Signed<'_> {
    pub(crate) fn mac(&self, vault: &Vault) -> [u8; 32] {
        let address: &[&[u8]] =
            &[self.address.unwrap_or_default().as_bytes(), &[u8::from(self.address.is_some())]];
        vault.sign_log(&[
            &self.region.get().to_be_bytes(),
            &self.at.0.to_be_bytes(),
            self.actor_kind.as_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.object.as_bytes(),
            self.detail.as_bytes(),
            self.request.as_bytes(),
            address[0],
            address[1],
        ])
    }
}

/// Writes the audit line and the event in the caller's transaction (Rule 1).
pub async fn record(tx: &mut Tx, note: Note, event: Option<Event>) -> Result<(), StoreError> {
    let at = tx.at();
    if let Some(e) = event {
        let account = tx.actor().account();
        tx.put(
            "INSERT INTO events (region, stream, n, at, kind, account, role, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            binds![note.region, e.stream, e.n, at, e.kind, account, e.role, e.data],
        )
        .await?;
    }
    let Actor { request, address, .. } = *tx.actor();
    let (actor_kind, actor) = tx.actor().audit_name();
    // Addresses are personal data: only what concerns access itself keeps them.
    let address = address.filter(|_| note.action.starts_with("access.")).map(|a| a.to_string());
    let detail = note.detail.to_string();
    let signed = Signed {
        region: note.region,
        at,
        actor_kind,
        actor: &actor,
        action: note.action,
        object: &note.object,
        detail: &detail,
        request,
        address: address.as_deref(),
    };
    let mac = signed.mac(tx.vault());
    tx.put(
        "INSERT INTO audit_lines (region, at, actor_kind, actor, action, object, detail, request, address, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        binds![note.region, at, actor_kind, &actor, note.action, note.object, detail, request, address, mac],
    )
    .await
}
