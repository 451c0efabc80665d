use crate::verify::{first, seal};
use kernel::{Actor, Moment, Region};
use serde_json::Value as Json;
use store::{StoreError, Tx, binds, from_row};
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

/// Where the log ends, as the one writer of SQLite finds it.
struct End {
    events: i64,
    lines: i64,
    seal: Vec<u8>,
    /// Rows without a position come first: the sequencer's pass gives them theirs.
    waiting: bool,
}
from_row!(End { events, lines, seal, waiting });

/// Writes the audit line and the event in the caller's transaction (Rule 1).
///
/// SQLite has one writer, so that what is written later is committed later: there the rows get their positions,
/// and the line its seal, at once, and need not be written a second time. On PostgreSQL, where a transaction
/// that began earlier may commit later, the sequencer gives them after the commit.
pub async fn record(tx: &mut Tx, note: Note, event: Option<Event>) -> Result<(), StoreError> {
    let at = tx.at();
    let mut end: Option<End> = None;
    if !tx.on_postgres() {
        end = tx
            .maybe(
                "SELECT event_position, audit_position, seal, EXISTS (SELECT 1 FROM events WHERE position IS NULL)
                   OR EXISTS (SELECT 1 FROM audit_lines WHERE position IS NULL)
                 FROM sequencer WHERE id = 1",
                binds![],
            )
            .await?;
        end = end.filter(|e| !e.waiting);
    }
    if let Some(e) = event {
        let account = tx.actor().account();
        let position = end.as_mut().map(|end| {
            end.events += 1;
            end.events
        });
        tx.put(
            "INSERT INTO events (region, stream, n, at, kind, account, role, data, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            binds![note.region, e.stream, e.n, at, e.kind, account, e.role, e.data, position],
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
    let sealed = end.map(|e| {
        let before = e.seal.try_into().unwrap_or_else(|_| first(tx.vault()));
        (e.events, e.lines + 1, seal(tx.vault(), &before, e.lines + 1, &mac))
    });
    tx.put(
        "INSERT INTO audit_lines (region, at, actor_kind, actor, action, object, detail, request, address, mac, position, seal)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        binds![
            note.region, at, actor_kind, &actor, note.action, note.object, detail, request, address, mac,
            sealed.map(|(_, position, _)| position), sealed.map(|(.., seal)| seal)
        ],
    )
    .await?;
    if let Some((events, lines, seal)) = sealed {
        tx.put(
            "UPDATE sequencer SET event_position = $1, audit_position = $2, seal = $3 WHERE id = 1",
            binds![events, lines, seal],
        )
        .await?;
    }
    Ok(())
}
