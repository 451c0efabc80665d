//! The judged import, written: all of it in one transaction.

use super::{code::level_en, judge::Stamps};
use crate::{
    Area, IMPORT_STALE, alias,
    area::{self, Kept, Original},
    maps::Stamp,
    region,
};
use audit::Note;
use kernel::{AreaCode, Level, Moment, Power, Refusal, Region};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use store::{Read, Tx, Write, binds};

/// When the last row of each area of these regions begins.
pub(super) struct Latest(pub Vec<Region>);

impl Read for Latest {
    type Out = HashMap<AreaCode, Moment>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let mut all = HashMap::new();
        for region in &self.0 {
            all.extend(area::all_latest(tx, *region).await?);
        }
        Ok(all)
    }
}

/// An area to write.
pub(super) struct Change {
    /// Not there before.
    pub new: bool,
    /// Its dated row is different.
    pub row: bool,
    /// Its boundary is.
    pub redrawn: bool,
    /// Its name is, or a region's zone.
    pub renamed: bool,
    /// When its last row begins.
    pub latest: Option<Moment>,
    /// How its boundary came.
    pub original: Option<Original>,
    /// Its other names, where they are different.
    pub aliases: Option<Vec<String>>,
    /// What it is to be.
    pub area: Area,
}

/// Everything that an import changes.
pub(super) struct Plan {
    level: Level,
    zone: String,
    zone_given: bool,
    changes: Vec<Change>,
    stamps: Stamps,
}

impl Plan {
    pub(super) fn new(level: Level, zone: Option<&str>, default: &str) -> Plan {
        Plan {
            level,
            zone: zone.unwrap_or(default).to_owned(),
            zone_given: zone.is_some(),
            changes: Vec::new(),
            stamps: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, change: Change, stamp: Option<Stamp>) {
        self.stamps.insert(change.area.code.region(), stamp);
        self.changes.push(change);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    async fn region_of(&self, tx: &mut Tx, change: &Change) -> Result<(), Refusal> {
        let region = change.area.code.region();
        let there = region::region_row(tx, region).await?;
        let zone = match &there {
            Some(r) if !self.zone_given => &r.zone,
            _ => &self.zone,
        };
        region::put(tx, region, &change.area.name, zone).await.map(drop)
    }
}

impl Write for Plan {
    type Out = ();

    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        for (region, stamp) in &self.stamps {
            tx.actor().may(Power::EditAreas, Some(*region))?;
            if crate::maps::stamp_of(tx, *region).await? != *stamp {
                return Err(IMPORT_STALE.refuse());
            }
        }
        for change in &self.changes {
            let area = &change.area;
            if self.level == Level::Region && change.renamed {
                self.region_of(tx, change).await?;
            }
            if change.row {
                let begun = if change.redrawn { None } else { begun(tx, area.code, area.from).await? };
                let kept = match (&change.original, begun) {
                    (Some(original), _) => Kept::New(original),
                    (None, Some(before)) => Kept::AsOf(before),
                    (None, None) => Kept::None,
                };
                area::write(tx, change.latest, area, kept).await?;
            }
            if let Some(aliases) = &change.aliases {
                alias::put(tx, area.code, aliases).await?;
            }
        }
        for region in self.stamps.keys() {
            region::measure(tx, *region).await?;
            region::bump(tx, *region).await?;
            let ours = || self.changes.iter().filter(|c| c.area.code.region() == *region);
            let note = Note {
                region: *region,
                action: "area.import",
                object: format!("region/{region}"),
                detail: json!({
                    "level": level_en(self.level),
                    "new": ours().filter(|c| c.new).count(),
                    "changed": ours().filter(|c| !c.new).count(),
                    "from_at": ours().map(|c| c.area.from).next(),
                }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(())
    }
}

/// When the row of an area began that holds at a moment.
async fn begun(tx: &mut Tx, code: AreaCode, at: Moment) -> Result<Option<Moment>, Refusal> {
    let found: Option<(Moment,)> = tx
        .maybe(
            "SELECT from_at FROM areas
             WHERE region = $1 AND code = $2 AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)",
            binds![code.region(), code, at],
        )
        .await?;
    Ok(found.map(|(at,)| at))
}
