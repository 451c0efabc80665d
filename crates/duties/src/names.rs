//! What people write in a table: codes or names, found in what the region has.

use crate::{
    AREA_MISSING, CLASS_MISSING, DutyBook, ITEM_MISSING, NAME_OF_SEVERAL, PLACE_MISSING, REGION_MISSING,
    ROLE_MISSING, UNIT_CLOSED, UNIT_MISSING, world::*,
};
use areas::{Office, Offices, normal};
use edge::House;
use kernel::{Actor, AreaCode, ItemCode, Moment, PlaceId, Refusal, Region, UnitId, Uuid};
use std::{collections::HashMap, sync::Arc};
use store::binds;

/// The names of a region's things.
pub(crate) struct Names {
    pub region: Region,
    pub book: Arc<DutyBook>,
    office: Arc<Office>,
    regions: Vec<(Region, String)>,
    areas: HashMap<String, Vec<AreaCode>>,
    places: HashMap<String, Vec<PlaceId>>,
    items: HashMap<String, Vec<ItemCode>>,
    classes: HashMap<String, Vec<ItemClass>>,
    now: Moment,
}

/// A cell without the blanks around it, and without the mark that spreadsheets and our exports put before what
/// would else be a formula.
pub(crate) fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

fn add<T: PartialEq>(to: &mut HashMap<String, Vec<T>>, name: &str, what: T) {
    let all = to.entry(normal(name)).or_default();
    if !all.contains(&what) {
        all.push(what);
    }
}

impl Names {
    pub(crate) async fn load(house: &House, region: Region, book: Arc<DutyBook>) -> Result<Names, Refusal> {
        let system = Actor::system("duties");
        let office = house.keep::<Offices>().of(house.db(), &system, region).await?;
        let sql = "SELECT code, name FROM regions ORDER BY code";
        let regions: Vec<(Region, String)> = house.db().ask(&system, sql, binds![]).await?;
        let now = house.db().world().now();
        let coming = Span { from: now, until: None };
        let (mut areas, mut places) = (HashMap::new(), HashMap::new());
        let (mut items, mut classes) = (HashMap::new(), HashMap::new());
        let world = book.world();
        for a in world.land.areas.iter().filter(|a| a.span.and(coming).is_some()) {
            add(&mut areas, &a.name, a.code);
        }
        for p in world.land.places.iter().filter(|p| p.span.and(coming).is_some()) {
            add(&mut places, &p.name, p.id);
        }
        for v in world.catalogue.versions.iter().filter(|v| v.span.and(coming).is_some()) {
            for i in &v.items {
                add(&mut items, &i.name, i.code);
                add(&mut classes, &i.major, ItemClass::of(i.code));
            }
        }
        Ok(Names { region, office, regions, areas, places, items, classes, now, book })
    }

    /// An area by code (padded with zeros or not), by name, or by the names on the way to it: 街道/社区.
    pub(crate) fn area(&self, text: &str) -> Result<AreaCode, Refusal> {
        let missing = || AREA_MISSING.field("area").with("area", text);
        if text.len() >= 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            let mut code = text;
            loop {
                if let Ok(area) = code.parse::<AreaCode>()
                    && (area == AreaCode::from(self.region) || self.book.area_name(area, self.now).is_some())
                {
                    return Ok(area);
                }
                // Official lists write every level with twelve digits.
                code = code.strip_suffix("000").filter(|c| c.len() >= 6).ok_or_else(missing)?;
            }
        }
        let way: Vec<&str> = text.split(['/', '／', '>']).map(str::trim).collect();
        let last = way.last().copied().unwrap_or_default();
        let mut found = self.areas.get(&normal(last)).cloned().unwrap_or_default();
        found.retain(|a| self.under(*a, &way[..way.len() - 1]));
        match found.as_slice() {
            [] => Err(missing()),
            [one] => Ok(*one),
            many => Err(several("area", text, many.iter().map(ToString::to_string))),
        }
    }

    fn under(&self, area: AreaCode, way: &[&str]) -> bool {
        let mut above = std::iter::successors(area.parent(), |a| a.parent());
        way.iter().rev().all(|name| {
            let name = normal(name);
            above.any(|a| self.book.area_name(a, self.now).is_some_and(|n| normal(n) == name))
        })
    }

    pub(crate) fn place(&self, text: &str) -> Result<PlaceId, Refusal> {
        let missing = || PLACE_MISSING.field("place").with("place", text);
        if let Ok(id) = Uuid::try_parse(text) {
            return self.book.place(PlaceId(id)).map(|p| p.id).ok_or_else(missing);
        }
        one("place", text, self.places.get(&normal(text)), missing)
    }

    pub(crate) fn item(&self, text: &str) -> Result<ItemCode, Refusal> {
        let missing = || ITEM_MISSING.field("item").with("item", text);
        // An item that no catalogue has yet is taken and told.
        if let Ok(code) = text.parse::<ItemCode>() {
            return Ok(code);
        }
        one("item", text, self.items.get(&normal(text)), missing)
    }

    pub(crate) fn class(&self, text: &str) -> Result<ItemClass, Refusal> {
        let missing = || CLASS_MISSING.field("class").with("class", text);
        if let Ok(code) = text.parse::<ItemClass>() {
            return Ok(code);
        }
        one("class", text, self.classes.get(&normal(text)), missing)
    }

    pub(crate) fn unit(&self, text: &str) -> Result<UnitId, Refusal> {
        let id = match Uuid::try_parse(text) {
            Ok(id) => self.office.unit(UnitId(id)).map(|u| u.id),
            Err(_) => match self.office.names().all(text) {
                [] => None,
                [one] => Some(*one),
                many => return Err(several("unit", text, many.iter().map(ToString::to_string))),
            },
        };
        let id = id.ok_or_else(|| UNIT_MISSING.field("unit").with("unit", text))?;
        let id = self.office.names().now(id);
        match self.office.unit(id) {
            Some(unit) if unit.open() => Ok(id),
            _ => Err(UNIT_CLOSED.field("unit").with("unit", text)),
        }
    }

    pub(crate) fn role(&self, text: &str) -> Result<String, Refusal> {
        let book = self.office.book();
        let role = book.role(text).or_else(|| book.role_by_word(text));
        role.map(|r| r.code.clone()).ok_or_else(|| ROLE_MISSING.field("role").with("role", text))
    }

    pub(crate) fn region_named(&self, text: &str) -> Result<Region, Refusal> {
        let name = normal(text);
        let found = self.regions.iter().find(|(code, n)| code.to_string() == text || normal(n) == name);
        found.map(|(code, _)| *code).ok_or_else(|| REGION_MISSING.field("to_region").with("to", text))
    }

    pub(crate) fn region_words(&self, region: Region) -> (String, String) {
        let name = self.regions.iter().find(|(c, _)| *c == region).map_or("", |(_, n)| n);
        (format!("飞地，归区域「{name}」({region})"), format!("enclave of region “{name}” ({region})"))
    }

    /// A day as people write it, in the region's time zone.
    pub(crate) fn date(&self, text: &str) -> Option<Moment> {
        crate::words::read_date(&self.book, text)
    }
}

fn one<T: Copy + ToString>(
    field: &str,
    text: &str,
    found: Option<&Vec<T>>,
    missing: impl Fn() -> Refusal,
) -> Result<T, Refusal> {
    match found.map_or(&[][..], Vec::as_slice) {
        [] => Err(missing()),
        [one] => Ok(*one),
        many => Err(several(field, text, many.iter().map(ToString::to_string))),
    }
}

fn several(field: &str, text: &str, of: impl Iterator<Item = String>) -> Refusal {
    let codes: Vec<String> = of.take(5).collect();
    NAME_OF_SEVERAL.field(field).with("name", text).with("codes", codes.join(", "))
}
