use crate::{YEAR_BAD, book, stored};
use audit::Note;
use axum::{Json, extract::State};
use calendar::{Change, Day, Year, diff};
use edge::{Body, Caller, House, Params, PathOf, Problem};
use kernel::{NOT_FOUND, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, Write, binds};
use utoipa::{IntoParams, ToSchema};

/// The whole list of a year.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutYearBody {
    /// Its holidays and make-up days.
    #[schema(max_items = 366)]
    pub days: Vec<Day>,
}

/// What a new list of a year changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearPut {
    /// Which year.
    pub year: i16,
    /// By date.
    pub changes: Vec<Change>,
    /// Whether the year's holidays were known before.
    pub known: bool,
    /// Whether it was written; a dry run and a list that changes nothing are not.
    pub written: bool,
}

/// Sets the holidays of a year, or says what that would change. Stewards of the rules.
pub struct PutYear {
    /// Of which region.
    pub region: Region,
    /// The whole list.
    pub year: Year,
    /// Only say what would change.
    pub dry_run: bool,
}

impl Write for PutYear {
    type Out = YearPut;

    async fn run(&self, tx: &mut Tx) -> Result<YearPut, Refusal> {
        tx.actor().may(Power::EditRules, Some(self.region))?;
        self.year.check().map_err(|e| YEAR_BAD.field("days").with("zh", e.zh()).with("en", e.en()))?;
        let mut year = self.year.clone();
        for d in &mut year.days {
            d.name = d.name.trim().to_owned();
        }
        year.days.sort_by_key(|d| d.date);
        let zone = stored::stamp(tx, self.region).await?.zone;
        let was = stored::years_of(tx, self.region, &zone).await?.into_iter().find(|y| y.year == year.year);
        let known = was.is_some();
        let changes = diff(&was.unwrap_or(Year { year: year.year, days: Vec::new() }), &year);
        let written = !self.dry_run && (!known || !changes.is_empty());
        if written {
            let (at, account) = (tx.at(), tx.actor().account());
            let body =
                serde_json::to_string(&year).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
            tx.put(
                "INSERT INTO holiday_years (region, year, body, at, account) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (region, year) DO UPDATE SET body = excluded.body, at = excluded.at, account = excluded.account",
                binds![self.region, i64::from(year.year), body, at, account],
            )
            .await?;
            stored::changed(tx, self.region).await?;
            let note = Note {
                region: self.region,
                action: "calendar.put_year",
                object: format!("calendar/{}", year.year),
                detail: json!({ "days": year.days.len(), "changes": changes.len() }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(YearPut { year: year.year, changes, known, written })
    }
}

/// Whether to try only.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PutYearQuery {
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Years this program counts in.
pub(crate) fn in_range(year: i16) -> Result<(), Refusal> {
    if (1970..=2200).contains(&year) { Ok(()) } else { Err(NOT_FOUND.refuse()) }
}

/// Set the holidays of a year; the answer says what changes. Stewards of the rules.
#[utoipa::path(put, path = "/api/regions/{region}/calendar/{year}", operation_id = "put_calendar_year", tag = "rules",
    params(("region" = Region, Path), ("year" = i16, Path, minimum = 1970, maximum = 2200), PutYearQuery),
    request_body = PutYearBody, responses((status = 200, body = YearPut)))]
pub(crate) async fn put_calendar_year(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, year)): PathOf<(Region, i16)>,
    Params(q): Params<PutYearQuery>,
    Body(b): Body<PutYearBody>,
) -> Result<Json<YearPut>, Problem> {
    actor.may(Power::EditRules, Some(region))?;
    in_range(year)?;
    let put = PutYear { region, year: Year { year, days: b.days }, dry_run: q.dry_run };
    let answer = house.db().write(&actor, put).await?;
    book::forget(&house, region);
    Ok(Json(answer))
}
