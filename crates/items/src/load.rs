use crate::{Catalogue, Item, NewItem, SAME_MOMENT, refusal::OUTSIDE_REGION, stored};
use audit::Note;
use kernel::{Checks, ItemCode, NOT_FOUND, Refusal, Region, Who};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Tx, Write};

/// Loads items in one transaction: all of it or nothing. The system only (demonstration, tests). They come
/// into force at once, as version 1 or, where items differ from what is in force, as a new version in which
/// those not named stay as they were. Loaded twice, the second changes nothing. Answers how many items were
/// made or changed.
#[derive(Debug, Clone)]
pub struct LoadItems {
    /// Into which region.
    pub region: Region,
    /// The items.
    pub items: Vec<(ItemCode, NewItem)>,
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
        for (code, _) in &self.items {
            within(self.region, *code)?;
        }
        let was = stored::in_force(tx, self.region).await?;
        let mut all: BTreeMap<ItemCode, Item> = match &was {
            Some(c) => {
                let items = stored::items(tx, self.region, c.version).await?;
                items.into_iter().map(|i| (i.code, i)).collect()
            }
            None => BTreeMap::new(),
        };
        let version = stored::next_version(tx, self.region).await?;
        let mut n = 0;
        for (code, item) in &self.items {
            let is = item.item(version, *code);
            if all.get(code).is_none_or(|was| *was != Item { version: was.version, ..is.clone() }) {
                all.insert(*code, is);
                n += 1;
            }
        }
        if n > 0 {
            self.begin(tx, was, version, all).await?;
            let object = format!("catalogue/{version}");
            let note =
                Note { region: self.region, action: "item.load", object, detail: json!({ "items": n }) };
            audit::record(tx, note, None).await?;
        }
        Ok(n)
    }
}

impl LoadItems {
    async fn begin(
        &self,
        tx: &mut Tx,
        was: Option<Catalogue>,
        version: i64,
        items: BTreeMap<ItemCode, Item>,
    ) -> Result<(), Refusal> {
        let (region, at) = (self.region, tx.at());
        if was.is_some_and(|was| was.from_at == Some(at)) {
            return Err(SAME_MOMENT.refuse());
        }
        let is = Catalogue {
            version,
            name: "事项清单".into(),
            from_at: Some(at),
            until_at: None,
            source: String::new(),
            note: String::new(),
            made_at: at,
        };
        stored::put_catalogue(tx, region, &is).await?;
        for item in items.into_values() {
            stored::add(tx, region, &Item { version, ..item }).await?;
        }
        stored::chain(tx, region).await?;
        Ok(())
    }
}

pub(crate) fn within(region: Region, code: ItemCode) -> Result<(), Refusal> {
    if code.region() == region {
        return Ok(());
    }
    Err(OUTSIDE_REGION.field("code").with("code", code).with("region", region))
}
