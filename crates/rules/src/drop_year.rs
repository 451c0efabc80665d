use crate::{
    YearPut, book,
    put_year::{PutYearQuery, in_range},
    stored,
};
use audit::Note;
use axum::{Json, extract::State};
use calendar::{Year, diff};
use edge::{Caller, House, Params, PathOf, Problem};
use kernel::{Power, Refusal, Region};
use serde_json::json;
use store::{Tx, Write, binds};

/// Forgets the list a region has stored for a year, or says what that would change: the built-in list counts
/// again, and where there is none the year is not known any more. Deadlines that were promised stay; what counts
/// past the calendar's end from then on is provisional. Stewards of the rules.
pub struct DropYear {
    /// Of which region.
    pub region: Region,
    /// Which year.
    pub year: i16,
    /// Only say what would change.
    pub dry_run: bool,
}

impl Write for DropYear {
    type Out = YearPut;

    async fn run(&self, tx: &mut Tx) -> Result<YearPut, Refusal> {
        tx.actor().may(Power::EditRules, Some(self.region))?;
        let zone = stored::stamp(tx, self.region).await?.zone;
        let number = i64::from(self.year);
        let sql = "SELECT 1 FROM holiday_years WHERE region = $1 AND year = $2";
        let own: Option<(i64,)> = tx.maybe(sql, binds![self.region, number]).await?;
        let of = |years: &[Year]| years.iter().find(|y| y.year == self.year).cloned();
        let was = of(&stored::years_of(tx, self.region, &zone).await?);
        let none = Year { year: self.year, days: Vec::new() };
        let next = if own.is_some() { of(stored::built_in(&zone)) } else { was.clone() };
        let known = was.is_some();
        let changes = diff(&was.unwrap_or_else(|| none.clone()), &next.unwrap_or(none));
        let written = !self.dry_run && own.is_some();
        if written {
            let sql = "DELETE FROM holiday_years WHERE region = $1 AND year = $2";
            tx.put(sql, binds![self.region, number]).await?;
            stored::changed(tx, self.region).await?;
            let note = Note {
                region: self.region,
                action: "calendar.drop_year",
                object: format!("calendar/{}", self.year),
                detail: json!({ "changes": changes.len() }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(YearPut { year: self.year, changes, known, written })
    }
}

/// Go back to the built-in holidays of a year, or forget the year where there are none; the answer says what
/// changes. Stewards of the rules.
#[utoipa::path(delete, path = "/api/regions/{region}/calendar/{year}", operation_id = "delete_calendar_year", tag = "rules",
    params(("region" = Region, Path), ("year" = i16, Path, minimum = 1970, maximum = 2200), PutYearQuery),
    responses((status = 200, body = YearPut)))]
pub(crate) async fn delete_calendar_year(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, year)): PathOf<(Region, i16)>,
    Params(q): Params<PutYearQuery>,
) -> Result<Json<YearPut>, Problem> {
    actor.may(Power::EditRules, Some(region))?;
    in_range(year)?;
    let answer = house.db().write(&actor, DropYear { region, year, dry_run: q.dry_run }).await?;
    book::forget(&house, region);
    Ok(Json(answer))
}
