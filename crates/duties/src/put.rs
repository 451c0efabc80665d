use crate::{
    AREA_MISSING, DATES_REVERSED, DutyRow, DutyView, ONE_ANSWER, ONE_GROUND, ONE_SUBJECT, OUTSIDE_REGION,
    PLACE_MISSING, REGION_ITSELF, REGION_MISSING, ROLE_MISSING, UNIT_CLOSED, UNIT_MISSING,
    row::{self, Parts},
    shelf,
    world::*,
};
use areas::When;
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{
    AreaCode, Checks, DutyId, Fault, ItemCode, Moment, PlaceId, Power, Refusal, Region, Rule, UnitId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, Write, binds};
use utoipa::ToSchema;

/// A duty: exactly one of area and place; of item, class and domain; of unit, role and region.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutDutyBody {
    /// The area it stands on: a grid, community, street or the region.
    pub area: Option<AreaCode>,
    /// The named place it stands on.
    pub place: Option<PlaceId>,
    /// The item it is about.
    pub item: Option<ItemCode>,
    /// The class (8 digits) it is about.
    pub class: Option<ItemClass>,
    /// The duty domain it is about, as the catalogue writes it.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub domain: Option<String>,
    /// The unit that answers.
    pub unit: Option<UnitId>,
    /// The role whose holder at the place answers.
    #[schema(min_length = 1, max_length = 60, pattern = r"^[a-z][a-z0-9_]*$")]
    pub role: Option<String>,
    /// The region that these matters fall to (enclave).
    pub to_region: Option<Region>,
    /// Since when: a day of the region, or a moment. A new duty begins now when it is left out; one that is
    /// there keeps its beginning.
    pub from: Option<When>,
    /// Until when, not included; open when left out.
    pub until: Option<When>,
    /// What it stands on: a regulation, minutes, a ruling.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub basis: String,
    /// A remark for colleagues.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub note: String,
}

/// Makes, changes or ends a duty. Stewards of the region's data. Put again unchanged, nothing happens; what it
/// was stays in its history.
pub struct PutDuty {
    /// In which region.
    pub region: Region,
    /// Which duty.
    pub id: DutyId,
    /// What it is to be.
    pub is: PutDutyBody,
}

impl PutDutyBody {
    fn check(&self, region: Region) -> Result<(Ground, Subject, Answer), Refusal> {
        let mut checks = Checks::new();
        let domain = self.domain.as_deref().map(str::trim);
        checks.opt_text("domain", domain, 1..=60);
        checks.opt_text("role", self.role.as_deref(), 1..=60);
        checks.text("basis", &self.basis, 0..=500);
        checks.text("note", &self.note, 0..=500);
        let ground = one([self.area.map(Ground::Area), self.place.map(Ground::Place)]);
        let subject = one([
            self.item.map(Subject::Item),
            self.class.map(Subject::Class),
            domain.map(|d| Subject::Domain(d.to_owned())),
        ]);
        let answer = one([
            self.unit.map(Answer::Unit),
            self.role.clone().map(Answer::Role),
            self.to_region.map(Answer::Region),
        ]);
        need(&mut checks, ground.is_some(), "area", &ONE_GROUND);
        need(&mut checks, subject.is_some(), "item", &ONE_SUBJECT);
        need(&mut checks, answer.is_some(), "unit", &ONE_ANSWER);
        checks.done()?;
        match (ground, subject, answer) {
            (Some(g), Some(s), Some(a)) => within(region, &g, &s, &a).map(|()| (g, s, a)),
            _ => Err(ONE_GROUND.field("area")),
        }
    }
}

/// The only one that is there.
fn one<T, const N: usize>(of: [Option<T>; N]) -> Option<T> {
    let mut there = of.into_iter().flatten();
    let first = there.next();
    if there.next().is_some() { None } else { first }
}

fn need(checks: &mut Checks, ok: bool, field: &str, rule: &Rule) {
    checks.hold(ok, field, rule.code, rule.zh, rule.en);
}

/// Whether all codes are the region's own, and an enclave another's.
pub(crate) fn within(
    region: Region,
    ground: &Ground,
    subject: &Subject,
    answer: &Answer,
) -> Result<(), Refusal> {
    let outside =
        |field: &str, code: String| OUTSIDE_REGION.field(field).with("code", code).with("region", region);
    match ground {
        Ground::Area(a) if a.region() != region => return Err(outside("area", a.to_string())),
        _ => {}
    }
    match subject {
        Subject::Item(i) if i.region() != region => return Err(outside("item", i.to_string())),
        Subject::Class(c) if c.region() != region => return Err(outside("class", c.to_string())),
        _ => {}
    }
    match answer {
        Answer::Region(to) if *to == region => Err(REGION_ITSELF.field("to_region")),
        _ => Ok(()),
    }
}

/// Whether what a duty speaks of is there. A duty that is there already may go on speaking of what has gone,
/// so that it can be ended.
pub(crate) async fn there(tx: &mut Tx, region: Region, was: Option<&Duty>, is: &Duty) -> Result<(), Refusal> {
    match is.ground {
        ground if was.is_some_and(|w| w.ground == ground) => {}
        Ground::Area(a) if a == AreaCode::from(region) => {}
        Ground::Area(a) => {
            let sql = "SELECT 1 FROM areas WHERE region = $1 AND code = $2";
            known(tx, sql, binds![region, a], AREA_MISSING.field("area").with("area", a)).await?;
        }
        Ground::Place(p) => {
            let sql = "SELECT 1 FROM places WHERE region = $1 AND id = $2";
            known(tx, sql, binds![region, p.0], PLACE_MISSING.field("place").with("place", p)).await?;
        }
    }
    if was.is_some_and(|w| w.answer == is.answer) {
        return Ok(());
    }
    match &is.answer {
        Answer::Unit(u) => match areas::unit(tx, region, *u).await? {
            None => Err(UNIT_MISSING.field("unit").with("unit", u)),
            Some(unit) if !unit.open() => Err(UNIT_CLOSED.field("unit").with("unit", unit.name)),
            Some(_) => Ok(()),
        },
        Answer::Role(r) => {
            let roles = areas::RoleBook::load(tx, region).await?;
            roles.role(r).map(drop).ok_or_else(|| ROLE_MISSING.field("role").with("role", r))
        }
        Answer::Region(to) => {
            let sql = "SELECT 1 FROM regions WHERE code = $1";
            known(tx, sql, binds![*to], REGION_MISSING.field("to_region").with("to", to)).await
        }
    }
}

async fn known(tx: &mut Tx, sql: &'static str, binds: Vec<store::Value>, or: Refusal) -> Result<(), Refusal> {
    let found: Vec<(i64,)> = tx.all(sql, binds).await?;
    if found.is_empty() { Err(or) } else { Ok(()) }
}

impl Write for PutDuty {
    type Out = DutyRow;

    async fn run(&self, tx: &mut Tx) -> Result<DutyRow, Refusal> {
        tx.actor().may(Power::EditDuties, Some(self.region))?;
        let (ground, subject, answer) = self.is.check(self.region)?;
        let zone = zone(tx, self.region).await?;
        let was = row::one(tx, self.region, self.id).await?;
        let from = match (self.is.from, &was) {
            (Some(from), _) => from.moment(&zone),
            (None, Some(was)) => was.duty.span.from,
            (None, None) => tx.at(),
        };
        let span = Span { from, until: self.is.until.map(|u| u.moment(&zone)) };
        if span.until.is_some_and(|u| u <= from) {
            return Err(DATES_REVERSED.field("until"));
        }
        let basis = self.is.basis.trim().to_owned();
        let duty = Duty { id: self.id, ground, subject, answer, span, basis };
        let is = DutyRow {
            duty,
            source: was.as_ref().map_or_else(|| "desk".to_owned(), |w| w.source.clone()),
            note: self.is.note.trim().to_owned(),
            changed_at: tx.at(),
            account: tx.actor().account(),
        };
        if let Some(was) = was.as_ref().filter(|w| w.same(&is)) {
            return Ok(was.clone());
        }
        there(tx, self.region, was.as_ref().map(|w| &w.duty), &is.duty).await?;
        row::write(tx, self.region, was.as_ref(), &is).await?;
        row::bump(tx, self.region).await?;
        audit::record(tx, note(self.region, was.as_ref(), &is), None).await?;
        Ok(is)
    }
}

pub(crate) fn note(region: Region, was: Option<&DutyRow>, is: &DutyRow) -> Note {
    let told = |row: &DutyRow| {
        let p = Parts::of(&row.duty);
        json!({
            "area": p.area, "place": p.place, "item": p.item, "class": p.class, "domain": p.domain,
            "unit": p.unit, "role": p.role, "region": p.to_region,
            "from": row.duty.span.from, "until": row.duty.span.until,
        })
    };
    Note {
        region,
        action: "duty.put",
        object: format!("duty/{}", is.duty.id),
        detail: json!({ "is": told(is), "was": was.map(told) }),
    }
}

pub(crate) async fn zone(tx: &mut Tx, region: Region) -> Result<String, Refusal> {
    let found: Option<(String,)> =
        tx.maybe("SELECT zone FROM regions WHERE code = $1", binds![region]).await?;
    let missing = || areas::REGION_MISSING.refuse().with("region", region);
    found.map(|z| z.0).ok_or_else(missing)
}

/// Something worth knowing about a duty that was written all the same.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyNote {
    /// A stable code.
    pub code: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The other duty it is about.
    pub duty: Option<DutyId>,
}

/// A duty as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DutyPut {
    /// The duty.
    pub duty: DutyView,
    /// What somebody should look at: nothing stood in its way.
    pub notes: Vec<DutyNote>,
}

/// What there is to say about a duty: unknown to the catalogue, in conflict, said twice.
pub(crate) fn notes(book: &crate::DutyBook, duty: &Duty, now: Moment) -> Vec<DutyNote> {
    let mut notes = Vec::new();
    let Some(span) = duty.span.and(Span { from: now, until: None }) else { return notes };
    let at = span.from;
    if let Some(version) = book.version_at(at) {
        let known = match &duty.subject {
            Subject::Item(code) => book.item(version, *code).is_some(),
            Subject::Class(class) => version.items.iter().any(|i| ItemClass::of(i.code) == *class),
            Subject::Domain(d) => version.items.iter().any(|i| i.domain.as_ref() == Some(d)),
        };
        if !known {
            let (zh, en) = crate::words::subject(book, &duty.subject);
            notes.push(DutyNote {
                code: "duty.item_gone",
                zh: format!("{zh}不在生效的事项清单「{}」中。", version.name),
                en: format!("The catalogue in force, “{}”, does not have {en}.", version.name),
                duty: None,
            });
        }
    }
    for other in book.about(duty.ground, &duty.subject) {
        let other = &book.duties()[*other as usize];
        if other.id == duty.id || other.span.and(span).is_none() {
            continue;
        }
        let (zh, en) = crate::words::answer(book, &other.answer);
        let (code, zh, en) = if other.answer == duty.answer {
            (
                "duty.repeats",
                format!("已有相同的责任条目（{zh}），本条重复。"),
                format!("Another duty says the same already ({en})."),
            )
        } else {
            (
                "duty.conflict",
                format!("与同级责任条目冲突：另一条指向{zh}。请结束其中一条。"),
                format!("In conflict with a duty of the same rank, which names {en}. End one of them."),
            )
        };
        notes.push(DutyNote { code, zh, en, duty: Some(other.id) });
    }
    notes
}

/// Make, change or end a duty. Data stewards of the region. A duty of the same rank with another answer is
/// taken and told: it makes a conflict until one of them ends.
#[utoipa::path(put, path = "/api/regions/{region}/duties/{id}", operation_id = "put_duty", tag = "duties",
    params(("region" = Region, Path), ("id" = DutyId, Path)), request_body = PutDutyBody,
    responses((status = 200, body = DutyPut)))]
pub(crate) async fn put_duty(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, DutyId)>,
    Body(is): Body<PutDutyBody>,
) -> Result<Json<DutyPut>, Problem> {
    let row = house.db().write(&actor, PutDuty { region, id, is }).await?;
    let kept = shelf::kept(&house, region).await?;
    let duty = DutyView::of(&kept.book, &row);
    Ok(Json(DutyPut { notes: notes(&kept.book, &row.duty, house.db().world().now()), duty }))
}

/// A fault of a row, for imports: the refusal's first field, or its code.
pub(crate) fn fault(refusal: &Refusal) -> Fault {
    refusal.fields().first().cloned().unwrap_or_else(|| Fault {
        field: String::new(),
        code: refusal.rule().code,
        zh: refusal.text(kernel::Lang::Zh),
        en: refusal.text(kernel::Lang::En),
    })
}
