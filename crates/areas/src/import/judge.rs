//! Every feature against the land as it is at the effective date: pure, so that trying and doing are the same.

use super::{
    ImportAreas,
    code::{self, Written, level_en, level_zh},
    outcome::{Became, FeatureOutcome, ImportOutcome, Message, OverlapFound, TOLD, Weight},
    read::{self, Drawn, above},
    write::{Change, Plan},
};
use crate::{Area, AreaKind, Base, Everywhere, PARENT_MISSING, REGION_MISSING, area};
use kernel::{Actor, AreaCode, Lang, Level, Moment, Power, Refusal, Region};
use space::{Bounds, Shape};
use std::collections::{BTreeMap, HashMap};

/// Square metres that count: less is rounding.
const COUNTS: f64 = 1.0;
/// The zone of regions set up without one.
const ZONE: &str = "Asia/Shanghai";

pub(super) fn judge(
    import: &ImportAreas,
    land: &Everywhere,
    latest: &HashMap<AreaCode, Moment>,
    now: Moment,
    actor: &Actor,
    progress: &(dyn Fn(usize, usize) + Send + Sync),
) -> (ImportOutcome, Plan) {
    let judge = Judge { import, land, latest, now, actor };
    let features = &import.layer.features;
    // Reading and placing cost about the same.
    let (mut done, total) = (0, features.len() * 2);
    let mut step = || {
        done += 1;
        if done % 32 == 0 || done == total {
            progress(done, total);
        }
    };
    let mut drawn: Vec<Drawn> = features
        .iter()
        .map(|f| {
            step();
            read::feature(f, &import.mapping)
        })
        .collect();
    let codes: Vec<Option<AreaCode>> = drawn.iter_mut().map(|d| judge.settle(d)).collect();
    duplicates(&mut drawn, &codes);
    for (d, code) in drawn.iter_mut().zip(&codes) {
        step();
        if let Some(code) = code {
            judge.place(d, *code);
        }
    }
    let overlaps = judge.overlaps(&drawn, &codes);
    judge.told(drawn, codes, overlaps)
}

/// Codes that stand in the file twice: neither feature is taken.
fn duplicates(drawn: &mut [Drawn], codes: &[Option<AreaCode>]) {
    let mut first: HashMap<AreaCode, usize> = HashMap::new();
    for i in 0..drawn.len() {
        let Some(code) = codes[i] else { continue };
        let Some(&other) = first.get(&code) else {
            first.insert(code, i);
            continue;
        };
        let (a, b) = (drawn[other].number, drawn[i].number);
        let twice = |n: usize| {
            Message::fault(
                "area.code_twice",
                format!("代码 {code} 在文件中出现多次，另见第 {n} 个要素。"),
                format!("Code {code} stands in the file more than once, also at feature {n}."),
            )
        };
        drawn[i].messages.push(twice(a));
        if !drawn[other].messages.iter().any(|m| m.code == "area.code_twice") {
            drawn[other].messages.push(twice(b));
        }
    }
}

fn refused(refusal: &Refusal) -> Message {
    Message::fault(refusal.code(), refusal.text(Lang::Zh), refusal.text(Lang::En))
}

struct Judge<'a> {
    import: &'a ImportAreas,
    land: &'a Everywhere,
    latest: &'a HashMap<AreaCode, Moment>,
    now: Moment,
    actor: &'a Actor,
}

impl Judge<'_> {
    fn level(&self) -> Level {
        self.import.mapping.level
    }

    /// From when on it holds in a region.
    fn from(&self, base: Option<&Base>) -> Moment {
        let zone = base.map(Base::zone).or(self.import.zone.as_deref()).unwrap_or(ZONE);
        self.import.effective.map_or(self.now, |w| w.moment(zone))
    }

    /// The feature's whole code; a local one with its parent from the field, or the area of the level above
    /// that holds the feature's inner point.
    fn settle(&self, d: &mut Drawn) -> Option<AreaCode> {
        let (local, parent) = match (d.code, d.parent) {
            (Written::Full(code), Written::Full(parent)) if code.parent() != Some(parent) => {
                d.messages.push(Message::fault(
                    "area.parent_differs",
                    format!("代码 {code} 不属于给出的上级 {parent}。"),
                    format!("Code {code} does not belong to the parent given, {parent}."),
                ));
                return Some(code);
            }
            (Written::Full(code), _) => return Some(code),
            (Written::Local(n), parent) => (n, parent),
            (Written::Empty, _) => return None,
        };
        let above = above(self.level())?;
        if let Written::Full(parent) = parent {
            return code::join(parent, local);
        }
        let (zh, en) = (level_zh(above), level_en(above));
        let Some(shape) = &d.shape else {
            // A boundary that was refused has said so already.
            if !d.refused() {
                d.messages.push(Message::fault(
                    "area.parent_unknown",
                    format!("只有末段代码 {local}，又没有上级代码和边界，无法确定属于哪个{zh}。"),
                    format!("Has only the last part of a code, {local}, and neither a parent's code nor a boundary to find the {en} by."),
                ));
            }
            return None;
        };
        let (lon, lat) = shape.inner_point().degrees();
        let Some(parent) = self.land.of_level(above, lon, lat) else {
            d.messages.push(
                Message::fault(
                    "area.parent_unknown",
                    format!("没有已知边界的{zh}包含它的内部点，请给出上级代码。"),
                    format!("No {en} with a known boundary holds its inner point; give the parent's code."),
                )
                .at(Some([lon, lat])),
            );
            return None;
        };
        let name = self.land.region(parent.region()).and_then(|b| b.name_of(parent)).unwrap_or_default();
        d.messages.push(Message::new(
            Weight::Note,
            "area.parent_found",
            format!("按位置归入 {parent} {name}。"),
            format!("Put into {parent} {name} by its position."),
        ));
        code::join(parent, local)
    }

    /// Whether the parent is there and holds the feature.
    fn place(&self, d: &mut Drawn, code: AreaCode) {
        if self.level() == Level::Region {
            return;
        }
        let region = code.region();
        let Some(base) = self.land.region(region) else {
            d.messages.push(refused(&REGION_MISSING.refuse().with("region", region)));
            return;
        };
        if self.actor.may(Power::EditAreas, Some(region)).is_err() {
            d.messages.push(Message::fault(
                "area.not_yours",
                format!("您不是区域 {region} {} 的数据管理员。", base.region_name()),
                format!("You are no data steward of region {region} {}.", base.region_name()),
            ));
            return;
        }
        if let Some(parent) = code.parent().filter(|p| base.area(*p).is_none()) {
            d.messages.push(refused(&PARENT_MISSING.refuse().with("parent", parent)));
            return;
        }
        let Some(shape) = &d.shape else { return };
        let mut ancestor = code.parent();
        while let Some(holder) = ancestor {
            if let Some(outer) = base.shape(holder) {
                let said = held(shape, outer, holder, base.name_of(holder).unwrap_or_default());
                d.messages.extend(said);
                return;
            }
            ancestor = holder.parent();
        }
    }

    /// Overlaps of the file's areas with each other and with those of their level already there.
    fn overlaps(&self, drawn: &[Drawn], codes: &[Option<AreaCode>]) -> Vec<OverlapFound> {
        let mut ours: BTreeMap<AreaCode, (&str, &Shape)> = BTreeMap::new();
        for (d, code) in drawn.iter().zip(codes) {
            if let (Some(code), Some(shape)) = (code, &d.shape) {
                ours.entry(*code).or_insert((&d.name, shape));
            }
        }
        let Some(extent) = ours.values().map(|(_, s)| s.bounds()).reduce(Bounds::with) else {
            return Vec::new();
        };
        let mut all: Vec<(AreaCode, Shape)> = ours.iter().map(|(c, (_, s))| (*c, (*s).clone())).collect();
        let there = self.land.regions().flat_map(|b| b.shapes(self.level()));
        let near = there.filter(|(c, s)| !ours.contains_key(c) && meet(s.bounds(), extent));
        all.extend(near.cloned());
        let named = |code: AreaCode| match ours.get(&code) {
            Some((name, _)) => (*name).to_owned(),
            None => {
                let base = self.land.region(code.region());
                base.and_then(|b| b.name_of(code)).unwrap_or_default().to_owned()
            }
        };
        let found = space::overlaps(&all);
        let counts = found
            .into_iter()
            .filter(|o| o.square_metres > COUNTS && (ours.contains_key(&o.a) || ours.contains_key(&o.b)));
        let mut told: Vec<OverlapFound> = counts
            .map(|o| {
                let (a, b) = (o.a.min(o.b), o.a.max(o.b));
                OverlapFound {
                    a,
                    a_name: named(a),
                    b,
                    b_name: named(b),
                    square_metres: (o.square_metres * 10.0).round() / 10.0,
                    place: o.at,
                }
            })
            .collect();
        told.sort_by(|x, y| y.square_metres.total_cmp(&x.square_metres));
        told
    }

    /// Compares with what is there and puts the outcome and the plan together.
    fn told(
        &self,
        drawn: Vec<Drawn>,
        codes: Vec<Option<AreaCode>>,
        overlaps: Vec<OverlapFound>,
    ) -> (ImportOutcome, Plan) {
        let mut outcome = ImportOutcome {
            level: self.level(),
            dry_run: self.import.dry_run,
            written: false,
            effective: None,
            features_read: drawn.len(),
            new: 0,
            changed: 0,
            unchanged: 0,
            refused: 0,
            warnings: overlaps.len(),
            left_out: 0,
            notes: self.import.layer.notes.iter().cloned().map(Message::from).collect(),
            overlaps,
            features: Vec::with_capacity(drawn.len()),
        };
        let mut plan = Plan::new(self.level(), self.import.zone.as_deref(), ZONE);
        let mut begins: Option<Option<Moment>> = None;
        let mut faults = 0;
        for (mut d, code) in drawn.into_iter().zip(codes) {
            let compared = match code.filter(|_| !d.refused()) {
                Some(code) => self.compare(&mut d, code),
                None => None,
            };
            let became = match compared {
                _ if d.refused() => Became::Refused,
                None => Became::Unchanged,
                Some(change) => {
                    let base = self.land.region(change.area.code.region());
                    let from = change.area.from;
                    begins = Some(begins.map_or(Some(from), |b| b.filter(|b| *b == from)));
                    let new = change.new;
                    plan.add(change, base.map(Base::stamp));
                    if new { Became::New } else { Became::Changed }
                }
            };
            match became {
                Became::New => outcome.new += 1,
                Became::Changed => outcome.changed += 1,
                Became::Unchanged => outcome.unchanged += 1,
                Became::Refused => outcome.refused += 1,
            }
            outcome.warnings += usize::from(d.messages.iter().any(|m| m.weight == Weight::Warning));
            d.messages.retain(|m| {
                let fault = m.weight == Weight::Fault;
                faults += usize::from(fault);
                !fault || faults <= TOLD
            });
            outcome.features.push(FeatureOutcome {
                number: d.number,
                line: d.line,
                id: d.id,
                code,
                name: d.name,
                outcome: became,
                messages: d.messages,
            });
        }
        outcome.left_out = faults.saturating_sub(TOLD);
        outcome.effective = self.import.effective.and(begins.flatten());
        (outcome, plan)
    }

    /// What differs from what is there; refused when the past would have to be told anew.
    fn compare(&self, d: &mut Drawn, code: AreaCode) -> Option<Change> {
        let base = self.land.region(code.region());
        let (was, drawn_before) = (base.and_then(|b| b.area(code)), base.and_then(|b| b.shape(code)));
        let whole = code.parent().is_none();
        let redrawn = d.shape.is_some() && d.shape.as_ref() != drawn_before;
        let renamed = was.is_none_or(|w| w.name != d.name);
        let aliases = d.aliases.take().filter(|a| was.map_or(!a.is_empty(), |w| w.aliases != *a));
        // A region's name and zone are not dated: its row holds the boundary.
        let zoned = whole && base.is_some_and(|b| self.import.zone.as_deref().is_some_and(|z| z != b.zone()));
        let row = if whole { redrawn } else { renamed || redrawn };
        if !row && !renamed && !zoned && aliases.is_none() {
            return None;
        }
        let from = self.from(base);
        if row {
            let zone = base.map_or(ZONE, Base::zone);
            if let Err(refusal) = area::dated(code, self.latest.get(&code).copied(), from, self.now, zone) {
                d.messages.push(refused(&refusal));
                return None;
            }
        }
        Some(Change {
            new: was.is_none(),
            row,
            redrawn,
            renamed: renamed || zoned,
            latest: self.latest.get(&code).copied(),
            original: d.original.take().filter(|_| redrawn),
            aliases,
            area: Area {
                code,
                name: d.name.clone(),
                kind: was.map_or_else(|| AreaKind::of(code), |w| w.kind),
                shape: d.shape.take().or_else(|| drawn_before.cloned()),
                from,
            },
        })
    }
}

fn meet(a: Bounds, b: Bounds) -> bool {
    a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north
}

/// What there is to say about an area inside another: its inner point has to lie there; what sticks out is told.
fn held(shape: &Shape, outer: &Shape, holder: AreaCode, name: &str) -> Option<Message> {
    let inner = shape.inner_point();
    let (lon, lat) = inner.degrees();
    if !outer.covers(inner) {
        if outer.covers(space::Point::of(lat, lon)) {
            return Some(read::swapped_message());
        }
        return Some(
            Message::fault(
                "area.outside_parent",
                format!("内部点不在上级 {holder} {name} 的边界内。"),
                format!("Its inner point lies outside the boundary of {holder} {name}."),
            )
            .at(Some([lon, lat])),
        );
    }
    let out = shape.square_metres() - space::overlap(shape, outer).unwrap_or_default();
    if out <= COUNTS {
        return None;
    }
    let out = (out * 10.0).round() / 10.0;
    let mut said = Message::new(
        Weight::Warning,
        "area.sticks_out",
        format!("超出上级 {holder} {name} 的边界 {out} 平方米。"),
        format!("Sticks out of {holder} {name} by {out} m²."),
    );
    said.square_metres = Some(out);
    said.place = Some([lon, lat]);
    Some(said)
}

/// The regions of a plan.
pub(super) type Stamps = BTreeMap<Region, Option<crate::maps::Stamp>>;
