//! A duty as the database keeps it, and as it is shown.

use crate::{DutyBook, words, world::*};
use kernel::{AccountId, AreaCode, DutyId, ItemCode, Moment, PlaceId, Region, UnitId, Uuid};
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError, Tx, binds};
use utoipa::ToSchema;

/// A stored duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyRow {
    /// What the core reasons about.
    pub duty: Duty,
    /// Where it was written down: "desk", a file's name.
    pub source: String,
    /// A remark for colleagues.
    pub note: String,
    /// When it was last changed.
    pub changed_at: Moment,
    /// By whom; the system when absent.
    pub account: Option<AccountId>,
}

impl FromRow for DutyRow {
    fn from_row(row: &mut Row<'_>) -> Result<DutyRow, StoreError> {
        let broken = |what: &str| StoreError::Internal(format!("a stored duty has no readable {what}"));
        let id = DutyId(row.next()?);
        let area = row.next::<Option<AreaCode>>()?.map(Ground::Area);
        let place = row.next::<Option<Uuid>>()?.map(|p| Ground::Place(PlaceId(p)));
        let item = row.next::<Option<ItemCode>>()?.map(Subject::Item);
        let class = row.next::<Option<i64>>()?;
        let class = class.and_then(|n| ItemClass::new(u32::try_from(n).ok()?)).map(Subject::Class);
        let domain = row.next::<Option<String>>()?.map(Subject::Domain);
        let unit = row.next::<Option<UnitId>>()?.map(Answer::Unit);
        let role = row.next::<Option<String>>()?.map(Answer::Role);
        let to = row.next::<Option<Region>>()?.map(Answer::Region);
        let span = Span { from: row.next()?, until: row.next()? };
        let basis = row.next()?;
        let duty = Duty {
            id,
            ground: area.or(place).ok_or_else(|| broken("ground"))?,
            subject: item.or(class).or(domain).ok_or_else(|| broken("subject"))?,
            answer: unit.or(role).or(to).ok_or_else(|| broken("answer"))?,
            span,
            basis,
        };
        Ok(DutyRow {
            duty,
            source: row.next()?,
            note: row.next()?,
            changed_at: row.next()?,
            account: row.next()?,
        })
    }
}

impl DutyRow {
    /// Whether two say the same, whoever wrote them when.
    pub(crate) fn same(&self, other: &DutyRow) -> bool {
        self.duty == other.duty && self.note == other.note
    }
}

/// Every duty of a region, ended ones too.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<DutyRow>, StoreError> {
    tx.all(
        "SELECT id, area, place, item, class, domain, unit, role, to_region, from_at, until_at, basis, source, note,
                changed_at, account
         FROM duties WHERE region = $1 ORDER BY id",
        binds![region],
    )
    .await
}

/// A duty.
pub(crate) async fn one(tx: &mut Tx, region: Region, id: DutyId) -> Result<Option<DutyRow>, StoreError> {
    tx.maybe(
        "SELECT id, area, place, item, class, domain, unit, role, to_region, from_at, until_at, basis, source, note,
                changed_at, account
         FROM duties WHERE region = $1 AND id = $2",
        binds![region, id.0],
    )
    .await
}

/// The parts of a duty as columns: area, place, item, class, domain, unit, role, region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub area: Option<AreaCode>,
    pub place: Option<PlaceId>,
    pub item: Option<ItemCode>,
    pub class: Option<ItemClass>,
    pub domain: Option<String>,
    pub unit: Option<UnitId>,
    pub role: Option<String>,
    pub to_region: Option<Region>,
}

impl Parts {
    pub fn of(duty: &Duty) -> Parts {
        let mut parts = Parts::default();
        match duty.ground {
            Ground::Area(a) => parts.area = Some(a),
            Ground::Place(p) => parts.place = Some(p),
        }
        match &duty.subject {
            Subject::Item(i) => parts.item = Some(*i),
            Subject::Class(c) => parts.class = Some(*c),
            Subject::Domain(d) => parts.domain = Some(d.clone()),
        }
        match &duty.answer {
            Answer::Unit(u) => parts.unit = Some(*u),
            Answer::Role(r) => parts.role = Some(r.clone()),
            Answer::Region(r) => parts.to_region = Some(*r),
        }
        parts
    }
}

/// Writes a duty as it is to be, and keeps what it was.
pub(crate) async fn write(
    tx: &mut Tx,
    region: Region,
    was: Option<&DutyRow>,
    is: &DutyRow,
) -> Result<(), StoreError> {
    if let Some(was) = was {
        let body = serde_json::to_string(&Kept::of(was)).map_err(|e| StoreError::Internal(e.to_string()))?;
        tx.put(
            "INSERT INTO duty_versions (region, id, until_at, at, account, body) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (region, id, until_at) DO NOTHING",
            binds![region, was.duty.id.0, is.changed_at, was.changed_at, was.account, body],
        )
        .await?;
    }
    let p = Parts::of(&is.duty);
    tx.put(
        "INSERT INTO duties (region, id, area, place, item, class, domain, unit, role, to_region, from_at, until_at,
                             basis, source, note, changed_at, account)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (region, id) DO UPDATE SET area = excluded.area, place = excluded.place, item = excluded.item,
           class = excluded.class, domain = excluded.domain, unit = excluded.unit, role = excluded.role,
           to_region = excluded.to_region, from_at = excluded.from_at, until_at = excluded.until_at,
           basis = excluded.basis, source = excluded.source, note = excluded.note,
           changed_at = excluded.changed_at, account = excluded.account",
        binds![
            region,
            is.duty.id.0,
            p.area,
            p.place.map(|p| p.0),
            p.item,
            p.class.map(ItemClass::get),
            p.domain,
            p.unit,
            p.role,
            p.to_region,
            is.duty.span.from,
            is.duty.span.until,
            &is.duty.basis,
            &is.source,
            &is.note,
            is.changed_at,
            is.account,
        ],
    )
    .await
}

/// Tells every cache that a duty has changed.
pub(crate) async fn bump(tx: &mut Tx, region: Region) -> Result<(), StoreError> {
    tx.put(
        "INSERT INTO duty_marks (region, mark) VALUES ($1, 1)
         ON CONFLICT (region) DO UPDATE SET mark = duty_marks.mark + 1",
        binds![region],
    )
    .await
}

/// What a duty was, as its history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub parts: Parts,
    pub from: Moment,
    pub until: Option<Moment>,
    pub basis: String,
    pub source: String,
    pub note: String,
}

impl Kept {
    pub fn of(row: &DutyRow) -> Kept {
        Kept {
            parts: Parts::of(&row.duty),
            from: row.duty.span.from,
            until: row.duty.span.until,
            basis: row.duty.basis.clone(),
            source: row.source.clone(),
            note: row.note.clone(),
        }
    }
}

impl Kept {
    /// The duty as it was.
    pub fn row(self, id: DutyId, at: Moment, account: Option<AccountId>) -> Result<DutyRow, StoreError> {
        let broken = || StoreError::Internal("a version of a duty says nothing".into());
        let p = self.parts;
        let ground = p.area.map(Ground::Area).or(p.place.map(Ground::Place)).ok_or_else(broken)?;
        let subject = p.item.map(Subject::Item).or(p.class.map(Subject::Class));
        let subject = subject.or(p.domain.map(Subject::Domain)).ok_or_else(broken)?;
        let answer = p.unit.map(Answer::Unit).or(p.role.map(Answer::Role));
        let answer = answer.or(p.to_region.map(Answer::Region)).ok_or_else(broken)?;
        let span = Span { from: self.from, until: self.until };
        let duty = Duty { id, ground, subject, answer, span, basis: self.basis };
        Ok(DutyRow { duty, source: self.source, note: self.note, changed_at: at, account })
    }
}

/// A duty with the names of what it speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyView {
    /// Its id.
    pub id: DutyId,
    /// At which level it stands.
    pub tier: Tier,
    /// The area it stands on.
    pub area: Option<AreaCode>,
    /// The place it stands on.
    pub place: Option<PlaceId>,
    /// The name of the area or place.
    pub ground_name: String,
    /// The item it is about.
    pub item: Option<ItemCode>,
    /// The class it is about.
    pub class: Option<ItemClass>,
    /// The duty domain it is about.
    pub domain: Option<String>,
    /// The name of the item, class or domain.
    pub subject_name: String,
    /// The unit that answers.
    pub unit: Option<UnitId>,
    /// The role that answers.
    pub role: Option<String>,
    /// The region that answers.
    pub to_region: Option<Region>,
    /// The name of the unit, role or region, in Chinese.
    pub answer_zh: String,
    /// The same in English, where it has an English name.
    pub answer_en: String,
    /// Since when.
    pub from: Moment,
    /// Until when, not included; open when absent.
    pub until: Option<Moment>,
    /// What it stands on.
    pub basis: String,
    /// Where it was written down: "desk", or a file's name.
    pub source: String,
    /// A remark for colleagues.
    pub note: String,
    /// When it was last changed.
    pub changed_at: Moment,
}

impl DutyView {
    pub(crate) fn of(book: &DutyBook, row: &DutyRow) -> DutyView {
        let d = &row.duty;
        let p = Parts::of(d);
        let ground_name = match d.ground {
            Ground::Area(a) => words::area_name(book, a, d.span.from),
            Ground::Place(p) => book.place(p).map_or_else(|| p.to_string(), |p| p.name.clone()),
        };
        let subject_name = match &d.subject {
            Subject::Item(i) => book.item_name(*i).unwrap_or_default().to_owned(),
            Subject::Class(c) => book.class_name(*c).unwrap_or_default().to_owned(),
            Subject::Domain(d) => d.clone(),
        };
        let (answer_zh, answer_en) = match &d.answer {
            Answer::Unit(u) => (words::unit_name(book, *u), words::unit_name(book, *u)),
            Answer::Role(r) => words::role_name(book, r),
            Answer::Region(r) => {
                let name = book.neighbour(*r).map_or_else(|| r.to_string(), |b| b.world().name.clone());
                (name.clone(), name)
            }
        };
        DutyView {
            id: d.id,
            tier: d.ground.tier(),
            area: p.area,
            place: p.place,
            ground_name,
            item: p.item,
            class: p.class,
            domain: p.domain,
            subject_name,
            unit: p.unit,
            role: p.role,
            to_region: p.to_region,
            answer_zh,
            answer_en,
            from: d.span.from,
            until: d.span.until,
            basis: d.basis.clone(),
            source: row.source.clone(),
            note: row.note.clone(),
            changed_at: row.changed_at,
        }
    }
}
