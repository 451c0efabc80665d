//! Boundaries as files, in the formats that are read.

use crate::{Base, Maps, NO_AREAS, When, find::Asked, import::file_refused};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use edge::{Caller, House, Params, PathOf, Problem};
use gis::{Feature, Format, Geometry};
use kernel::{Level, Refusal, Region};
use serde::Deserialize;
use serde_json::{Map, Value};
use space::{Crs, Shape, UNITS};
use utoipa::{IntoParams, ToSchema};

/// The properties that every file of boundaries has; an import maps `code` and `name` back.
pub const FIELDS: &[&str] = &["code", "name", "level", "kind", "parent", "aliases"];

/// The areas of a level, with their boundaries where they are known, by code. Refuses a level with none.
pub fn features(base: &Base, level: Level, crs: Crs) -> Result<Vec<Feature>, Refusal> {
    let all = std::iter::once(base.whole()).chain(base.areas()).filter(|a| a.level == level);
    let features: Vec<Feature> = all
        .enumerate()
        .map(|(i, area)| {
            let parent = area.parent.map_or(Value::Null, |p| p.to_string().into());
            let properties: Map<String, Value> = [
                ("code", Value::from(area.code.to_string())),
                ("name", area.name.clone().into()),
                ("level", serde_json::to_value(area.level).unwrap_or_default()),
                ("kind", area.kind.code().into()),
                ("parent", parent),
                ("aliases", area.aliases.join("、").into()),
            ]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect();
            let geometry =
                base.shape(area.code).map_or(Geometry::None, |s| Geometry::Polygon(degrees(s, crs)));
            Feature { number: i + 1, line: None, id: Some(area.code.to_string()), properties, geometry }
        })
        .collect();
    if features.is_empty() {
        return Err(NO_AREAS.field("level"));
    }
    Ok(features)
}

/// Closed rings in degrees of a coordinate system.
fn degrees(shape: &Shape, crs: Crs) -> Vec<Vec<Vec<[f64; 2]>>> {
    let position = |v: &space::Vertex| crs.from_wgs84([f64::from(v[0]) / UNITS, f64::from(v[1]) / UNITS]);
    shape
        .parts()
        .map(|rings| rings.map(|ring| ring.iter().chain(ring.first()).map(position).collect()).collect())
        .collect()
}

/// The files of an export, by name.
pub fn export(
    base: &Base,
    level: Level,
    crs: Crs,
    format: Format,
    stem: &str,
) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let fields: Vec<String> = FIELDS.iter().map(|f| (*f).to_owned()).collect();
    gis::write_named(stem, format, &fields, &features(base, level, crs)?)
        .map(|w| w.files)
        .map_err(file_refused)
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    /// GeoJSON.
    Geojson,
    /// A Shapefile, zipped.
    Shp,
    /// GeoPackage.
    Gpkg,
    /// CSV with WKT.
    Csv,
}

/// A coordinate system by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CrsCode {
    /// WGS-84
    Wgs84,
    /// CGCS2000
    Cgcs2000,
    /// GCJ-02
    Gcj02,
    /// BD-09
    Bd09,
}

impl CrsCode {
    pub(crate) fn crs(self) -> Crs {
        match self {
            CrsCode::Wgs84 => Crs::Wgs84,
            CrsCode::Cgcs2000 => Crs::Cgcs2000,
            CrsCode::Gcj02 => Crs::Gcj02,
            CrsCode::Bd09 => Crs::Bd09,
        }
    }
}

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Of which level.
    #[param(inline)]
    level: Asked,
    /// In which format.
    #[param(inline)]
    format: ExportFormat,
    /// In which coordinate system; WGS-84 when left out.
    #[param(inline)]
    crs: Option<CrsCode>,
    /// As things were at this day or moment, or will be; now when left out.
    #[param(inline)]
    at: Option<When>,
}

/// The areas of a level with their boundaries as a file that can be imported again: GeoJSON, a Shapefile
/// (zipped), a GeoPackage or CSV with WKT. Anyone.
#[utoipa::path(get, path = "/api/regions/{region}/areas/export", operation_id = "export_areas", tag = "areas",
    params(("region" = Region, Path), ExportQuery),
    responses((status = 200, description = "The file", content(
        (Vec<u8> = "application/geo+json"), (Vec<u8> = "application/zip"),
        (Vec<u8> = "application/geopackage+sqlite3"), (Vec<u8> = "text/csv")))))]
pub(crate) async fn export_areas(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let base = house.keep::<Maps>().at(house.db(), &actor, region, query.at).await?;
    let (format, kind, ext) = match query.format {
        ExportFormat::Geojson => (Format::GeoJson, "application/geo+json", "geojson"),
        ExportFormat::Shp => (Format::Shapefile, "application/zip", "zip"),
        ExportFormat::Gpkg => (Format::GeoPackage, "application/geopackage+sqlite3", "gpkg"),
        ExportFormat::Csv => (Format::Csv, "text/csv; charset=utf-8", "csv"),
    };
    let (level, crs) = (query.level.level(), query.crs.map_or(Crs::Wgs84, CrsCode::crs));
    let work = move || {
        let mut files = export(&base, level, crs, format, &format!("areas-{region}-{}", query.level.code()))?;
        match format {
            Format::Shapefile => gis::pack(&files).map_err(file_refused),
            _ => Ok(files.pop().map(|(_, bytes)| bytes).unwrap_or_default()),
        }
    };
    let made = tokio::task::spawn_blocking(work).await;
    let bytes = made.map_err(|e| store::rules::INTERNAL.refuse().because(e))??;
    let name = format!("attachment; filename=\"areas-{region}-{}.{ext}\"", query.level.code());
    let named = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, bytes).into_response())
}
