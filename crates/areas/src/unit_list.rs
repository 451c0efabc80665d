//! The units of a region: listed, searched, one by one.

use crate::{Office, Offices, Unit, UnitKind, search};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Checks, Cursor, NOT_FOUND, Page, Power, Refusal, Region, UnitId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which units.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnitsQuery {
    /// Closed units too.
    #[serde(default)]
    pub all: bool,
    /// Only closed units, or only open ones.
    pub closed: Option<bool>,
    /// Part of a name or alias, pinyin or initials; the best first.
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
    /// Only of this sort.
    pub kind: Option<UnitKind>,
    /// Only those that belong to this unit directly.
    pub parent: Option<UnitId>,
    /// At most so many; all of them when left out.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
    /// Where the page before ended.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
}

/// A unit's place in a list. It says all that the order goes by, so that a page after it neither repeats nor
/// leaves out a unit that stayed as it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    fit: u8,
    name: String,
    id: u128,
}

impl Place {
    fn to_text(&self) -> String {
        let mut text = format!("{:x}{:032x}", self.fit, self.id);
        for byte in self.name.bytes() {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    fn parse(text: &str) -> Result<Place, Refusal> {
        // The kernel's cursor knows how a bad marker is refused.
        let bad = || Cursor::parse("").err().unwrap_or_else(|| NOT_FOUND.refuse());
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) || text.len() < 33 || text.len().is_multiple_of(2) {
            return Err(bad());
        }
        let fit = u8::from_str_radix(&text[..1], 16).map_err(|_| bad())?;
        let id = u128::from_str_radix(&text[1..33], 16).map_err(|_| bad())?;
        let bytes = (33..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16));
        let bytes: Vec<u8> = bytes.collect::<Result<_, _>>().map_err(|_| bad())?;
        Ok(Place { fit, id, name: String::from_utf8(bytes).map_err(|_| bad())? })
    }
}

impl UnitsQuery {
    fn takes(&self, unit: &Unit) -> bool {
        let closed = match self.closed {
            Some(closed) => unit.closed == closed,
            None => self.all || !unit.closed,
        };
        closed
            && self.kind.is_none_or(|k| k == unit.kind)
            && self.parent.is_none_or(|p| unit.parent == Some(p))
    }

    /// The units asked for, each with its place; the order is that of the places.
    fn find<'a>(&self, office: &'a Office) -> Vec<(Place, &'a Unit)> {
        let asked = self.q.as_deref().map(search::Asked::new);
        let fit = |words: &[search::Word]| match &asked {
            None => Some(0),
            // Nothing but signs was asked for: nothing fits.
            Some(None) => None,
            Some(Some(asked)) => words.iter().filter_map(|w| w.fit(asked)).min().map(|f| f as u8),
        };
        let mut found: Vec<(Place, &Unit)> = office
            .units()
            .iter()
            .zip(office.words())
            .filter(|(unit, _)| self.takes(unit))
            .filter_map(|(unit, words)| {
                Some((Place { fit: fit(words)?, name: unit.name.clone(), id: unit.id.0.as_u128() }, unit))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    pub(crate) fn page(&self, office: &Office) -> Result<Page<Unit>, Refusal> {
        let mut checks = Checks::new();
        checks.opt_text("q", self.q.as_deref(), 1..=100);
        checks.number("limit", self.limit.unwrap_or(1).into(), 1..=1000);
        checks.done()?;
        let mut found = self.find(office);
        if let Some(cursor) = &self.cursor {
            let after = Place::parse(cursor)?;
            found.retain(|(place, _)| *place > after);
        }
        let limit = self.limit.map_or(usize::MAX, usize::from);
        let next = if found.len() > limit { found.get(limit - 1).map(|(p, _)| p.to_text()) } else { None };
        found.truncate(limit);
        Ok(Page { items: found.into_iter().map(|(_, unit)| unit.clone()).collect(), next })
    }
}

/// The units of a region: those that can be given cases, or closed ones too; by name, kind, and the unit they
/// belong to. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/units", operation_id = "list_units", tag = "areas",
    params(("region" = Region, Path), UnitsQuery), responses((status = 200, body = Page<Unit>)))]
pub(crate) async fn list_units(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<UnitsQuery>,
) -> Result<Json<Page<Unit>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    Ok(Json(query.page(&office)?))
}

/// A unit, closed or merged ones included. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/units/{id}", operation_id = "show_unit", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitId, Path)), responses((status = 200, body = Unit)))]
pub(crate) async fn show_unit(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitId)>,
) -> Result<Json<Unit>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    Ok(Json(office.unit(id).cloned().ok_or_else(|| NOT_FOUND.refuse())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_way_out_and_back() {
        let place = Place { fit: 3, name: "住建局 A".into(), id: u128::MAX };
        assert_eq!(Place::parse(&place.to_text()).unwrap(), place);
        for bad in ["", "zz", "0", &"0".repeat(34), &format!("0{}ff", "0".repeat(32)), "0é"] {
            assert_eq!(Place::parse(bad).unwrap_err().code(), "page.bad_cursor", "{bad}");
        }
    }
}
