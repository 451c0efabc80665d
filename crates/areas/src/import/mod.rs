//! Boundaries from files: every feature is judged first, then all of them are written in one transaction, or
//! none. What a file says again changes nothing.

mod code;
mod judge;
mod outcome;
mod read;
mod write;

pub use outcome::{Became, FeatureOutcome, ImportOutcome, Message, OverlapFound, Weight};
pub use read::Mapping;
pub(crate) use read::geometry;

use crate::{
    CRS_REFUSED, FIELD_MISSING, FILE_EMPTY, FILE_TOO_LONG, IMPORT_STALE, Maps, REGION_BY_COMMAND, When,
};
use gis::{FileFault, Layer};
use kernel::{Actor, Kind, Level, Power, Refusal, Rule, Who};
use space::Crs;
use std::sync::Arc;
use store::{Db, rules};

/// Features of a file at the most.
const MOST: usize = 200_000;
/// How often an import is judged anew because the land changed under it.
const TRIES: usize = 3;

/// An import of boundaries of one level, of one region or many. Data stewards into the regions they may edit;
/// regions themselves by the system only.
#[derive(Clone)]
pub struct ImportAreas {
    /// The file's features.
    pub layer: Arc<Layer>,
    /// Which fields mean what.
    pub mapping: Mapping,
    /// From when on it holds: a day counts in each region's time zone; now when left out.
    pub effective: Option<When>,
    /// The time zone of the regions it sets up; those there already keep theirs when left out.
    pub zone: Option<String>,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// Told how many features of how many have been judged.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// Judges the features and, if none is refused and it is no dry run, writes them. The outcome says what
/// became of each feature; with a refused one nothing is written.
pub async fn import_areas(
    db: &Db,
    actor: &Actor,
    maps: &Maps,
    import: ImportAreas,
    progress: Progress,
) -> Result<ImportOutcome, Refusal> {
    actor.may(Power::EditAreas, None)?;
    if import.mapping.level == Level::Region && !matches!(actor.who, Who::System(_)) {
        return Err(REGION_BY_COMMAND.field("level"));
    }
    let zone = match &import.zone {
        Some(z) => Some(
            crate::region::zone_name(z).ok_or_else(|| crate::ZONE_UNKNOWN.field("zone").with("zone", z))?,
        ),
        None => None,
    };
    check(&import)?;
    let import = Arc::new(ImportAreas { zone, ..import });
    for _ in 0..TRIES {
        let land = maps.everywhere(db, actor, import.effective).await?;
        let regions = land.regions().map(|b| b.region()).collect();
        let latest = db.read(actor, write::Latest(regions)).await?;
        let now = db.world().now();
        let (work, progress, asking) = (import.clone(), progress.clone(), actor.clone());
        let judged = tokio::task::spawn_blocking(move || {
            judge::judge(&work, &land, &latest, now, &asking, &*progress)
        })
        .await
        .map_err(|e| rules::INTERNAL.refuse().because(e))?;
        let (mut outcome, plan) = judged;
        if import.dry_run || outcome.refused > 0 || plan.is_empty() {
            return Ok(outcome);
        }
        match db.write(actor, plan).await {
            Ok(()) => {
                outcome.written = true;
                return Ok(outcome);
            }
            // Somebody else changed these areas after they were judged: once more, with what is there now.
            Err(e) if e.code() == IMPORT_STALE.code => {}
            Err(e) => return Err(e),
        }
    }
    Err(IMPORT_STALE.refuse())
}

fn check(import: &ImportAreas) -> Result<(), Refusal> {
    let (layer, mapping) = (&import.layer, &import.mapping);
    if layer.features.is_empty() {
        return Err(FILE_EMPTY.refuse());
    }
    if layer.features.len() > MOST {
        return Err(FILE_TOO_LONG.refuse().with("n", layer.features.len()));
    }
    let optional = [("parent_code", &mapping.parent), ("alias", &mapping.alias)];
    let asked = [("code", Some(&mapping.code)), ("name", Some(&mapping.name))]
        .into_iter()
        .chain(optional.into_iter().map(|(what, field)| (what, field.as_ref())));
    for (what, field) in asked {
        if let Some(field) = field
            && !layer.fields.iter().any(|f| f == field)
        {
            let there = layer.fields.join("、");
            return Err(FIELD_MISSING.field(what).with("field", field).with("fields", there));
        }
    }
    match &layer.crs {
        Some(named) if !geographic(named) => Err(CRS_REFUSED.field("crs").with("named", short(named))),
        _ => Ok(()),
    }
}

/// Whether a file's own name of its coordinate system is of longitude and latitude on WGS-84 or CGCS2000.
/// GCJ-02 and BD-09 have no names of their own; files in them say WGS-84.
pub(crate) fn geographic(named: &str) -> bool {
    if Crs::parse(named).is_some() {
        return true;
    }
    let text = named.to_ascii_uppercase().replace(['_', ' '], "");
    let systems = ["WGS84", "WGS1984", "CHINAGEODETICCOORDINATESYSTEM2000", "CGCS2000", "CHINA2000"];
    text.starts_with("GEOG") && systems.iter().any(|known| text.contains(known))
}

/// The name of a coordinate system written as WKT, or its beginning.
pub(crate) fn short(named: &str) -> String {
    let quoted = named.split('"').nth(1).filter(|_| named.contains('['));
    quoted.unwrap_or(named).chars().take(100).collect()
}

/// A file that cannot be read, as a refusal.
pub fn file_refused(fault: FileFault) -> Refusal {
    let rule = Rule {
        kind: Kind::Invalid,
        code: fault.code,
        zh: "文件无法读取：{at}{zh}",
        en: "The file could not be read: {at}{en}",
    };
    let at = fault.at.map(|at| format!("{at}: ")).unwrap_or_default();
    let (zh, en) = (format!("{at}{}", fault.zh), format!("{at}{}", fault.en));
    let told = kernel::Fault { field: "file".into(), code: fault.code, zh, en };
    rule.refuse().with("at", at).with("zh", fault.zh).with("en", fault.en).faults(vec![told])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinate_systems_are_known_by_their_names() {
        for yes in [
            "EPSG:4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\"]]",
            "GCS_China_Geodetic_Coordinate_System_2000",
            "EPSG:4490",
        ] {
            assert!(geographic(yes), "{yes}");
        }
        for no in [
            "EPSG:3857",
            "PROJCS[\"WGS_1984_Web_Mercator\",GEOGCS[\"GCS_WGS_1984\"]]",
            "EPSG:4549",
            "GCS_Beijing_1954",
            "PROJCS[\"CGCS2000_3_Degree_GK_CM_117E\"]",
        ] {
            assert!(!geographic(no), "{no}");
        }
        assert_eq!(short("PROJCS[\"WGS_1984_Web_Mercator\",GEOGCS[]]"), "WGS_1984_Web_Mercator");
    }
}
