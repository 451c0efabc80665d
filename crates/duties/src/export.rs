//! Duties as a table, in the layout that the import reads.

use crate::{DutyRow, IMPORT_REFUSED, row::DutyView, shelf, words, world::*};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Params, PathOf, Problem};
use gis::{Sheet, write_csv, write_xlsx};
use kernel::{Actor, Moment, Power, Refusal, Region};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DutyTableFormat)]
pub enum TableFormat {
    /// Text with commas, UTF-8.
    Csv,
    /// A sheet for spreadsheets.
    Xlsx,
}

impl TableFormat {
    /// Its content type and file ending.
    pub const fn kind(self) -> (&'static str, &'static str) {
        match self {
            TableFormat::Csv => ("text/csv; charset=utf-8", "csv"),
            TableFormat::Xlsx => {
                ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
            }
        }
    }
}

const HEADER: [&str; 18] = [
    "id",
    "area",
    "area_name",
    "place",
    "place_name",
    "item",
    "item_name",
    "class",
    "class_name",
    "domain",
    "unit",
    "unit_name",
    "role",
    "region",
    "from",
    "until",
    "basis",
    "note",
];

fn cells(kept: &shelf::Kept, row: &DutyRow) -> Vec<String> {
    let book = &kept.book;
    let v = DutyView::of(book, row);
    let text = |v: Option<String>| v.unwrap_or_default();
    let (mut area_name, mut place_name) = (String::new(), String::new());
    match row.duty.ground {
        Ground::Area(_) => area_name = v.ground_name,
        Ground::Place(_) => place_name = v.ground_name,
    }
    let (mut item_name, mut class_name) = (String::new(), String::new());
    match row.duty.subject {
        Subject::Item(_) => item_name = v.subject_name,
        Subject::Class(_) => class_name = v.subject_name,
        Subject::Domain(_) => {}
    }
    vec![
        v.id.to_string(),
        text(v.area.map(|a| a.to_string())),
        area_name,
        text(v.place.map(|p| p.to_string())),
        place_name,
        text(v.item.map(|i| i.to_string())),
        item_name,
        text(v.class.map(|c| c.to_string())),
        class_name,
        text(v.domain),
        text(v.unit.map(|u| u.to_string())),
        if v.unit.is_some() { v.answer_zh } else { String::new() },
        text(v.role),
        text(v.to_region.map(|r| r.to_string())),
        written(book, v.from),
        text(v.until.map(|u| written(book, u))),
        v.basis,
        v.note,
    ]
}

/// A moment so that reading it back is the same moment: a day, a time of day, or milliseconds.
fn written(book: &crate::DutyBook, at: Moment) -> String {
    let text = words::date(book, at);
    // Local times without seconds say all only where nothing is left over, and no clock was put back.
    if at.0 % 60_000 == 0 && words::read_date(book, &text) == Some(at) { text } else { at.0.to_string() }
}

/// All duties of a region as a file, ended ones too. Those with [`Power::ReadBase`] there.
pub async fn export_duties(
    house: &House,
    actor: &Actor,
    region: Region,
    format: TableFormat,
) -> Result<Vec<u8>, Refusal> {
    actor.may(Power::ReadBase, Some(region))?;
    let kept = shelf::kept(house, region).await?;
    let work = move || {
        let mut rows: Vec<&DutyRow> = kept.rows.iter().collect();
        rows.sort_by_key(|r| crate::find::place_in_list(r));
        let header: Vec<String> = HEADER.iter().map(|h| (*h).to_owned()).collect();
        let rows: Vec<Vec<String>> = rows.into_iter().map(|r| cells(&kept, r)).collect();
        match format {
            TableFormat::Csv => Ok(write_csv(&header, &rows)),
            TableFormat::Xlsx => write_xlsx(&[Sheet { name: "duties".into(), header, rows }]),
        }
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    made.map_err(|e| IMPORT_REFUSED.refuse().because(e))
}

/// Which format.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// In which format.
    #[param(inline)]
    format: TableFormat,
}

/// All duties of a region as a table that can be imported again. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/duties/export", operation_id = "export_duties", tag = "duties",
    params(("region" = Region, Path), ExportQuery),
    responses((status = 200, description = "The file", content((Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub(crate) async fn export(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(q): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let bytes = export_duties(&house, &actor, region, q.format).await?;
    let (kind, ext) = q.format.kind();
    let name = format!("attachment; filename=\"duties-{region}.{ext}\"");
    let named = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, bytes).into_response())
}
