use crate::{Item, PutItemBody, put};
use audit::Note;
use kernel::{Checks, ItemCode, NOT_FOUND, Refusal, Region, Who};
use serde_json::json;
use std::collections::HashMap;
use store::{Tx, Write, binds};

/// Loads a catalogue in one transaction: all of it or nothing. The system only (demonstration, import).
/// Items not named stay; loaded twice, the second changes nothing. Answers how many were made or changed.
#[derive(Debug, Clone)]
pub struct LoadItems {
    /// Into which region.
    pub region: Region,
    /// The items.
    pub items: Vec<(ItemCode, PutItemBody)>,
}

impl Write for LoadItems {
    type Out = usize;

    async fn run(&self, tx: &mut Tx) -> Result<usize, Refusal> {
        if !matches!(tx.actor().who, Who::System(_)) {
            return Err(NOT_FOUND.refuse());
        }
        let mut checks = Checks::new();
        for (code, item) in &self.items {
            item.check(&mut checks, &format!("{code}."));
        }
        checks.done()?;
        let there: Vec<Item> = tx
            .all(
                "SELECT code, name, kind, major, time_limit, seasons, community, urgent, public, retired, from_at FROM items
                 WHERE region = $1",
                binds![self.region],
            )
            .await?;
        let there: HashMap<ItemCode, Item> = there.into_iter().map(|i| (i.code, i)).collect();
        let mut n = 0;
        for (code, item) in &self.items {
            put::within(self.region, *code)?;
            let is = item.item(*code, tx.at());
            if there.get(code).is_none_or(|was| !put::same(was, &is)) {
                put::write(tx, self.region, &is).await?;
                n += 1;
            }
        }
        if n > 0 {
            let object = format!("region/{}", self.region);
            let note =
                Note { region: self.region, action: "item.load", object, detail: json!({ "items": n }) };
            audit::record(tx, note, None).await?;
        }
        Ok(n)
    }
}
