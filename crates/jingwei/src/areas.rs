//! `jingwei areas`: boundaries and base-map layers from files and into files, where a point lies, what an area
//! is called.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
    progress,
};
use ::areas::{
    Asked, Became, FeatureKind, ImportAreas, ImportOutcome, LayerMapping, Mapping, Maps, Message,
    NOT_COVERED_ANYWHERE, PutLayer, Weight, When, draw, export, file_refused, import_areas, search,
};
use clap::{Args, Subcommand, ValueEnum};
use gis::{Files, Format, Layer, ReadOptions, read_layer};
use kernel::{Actor, Region};
use serde_json::json;
use space::Crs;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

fn me() -> Actor {
    Actor::system("command line")
}

/// Writes a line; a reader who has seen enough (`| head`) is no error.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A level of areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    /// 县/区
    Region,
    /// 街道/镇/乡
    Street,
    /// 社区/村
    Community,
    /// 网格
    Grid,
}

impl LevelName {
    fn asked(self) -> Asked {
        match self {
            LevelName::Region => Asked::Region,
            LevelName::Street => Asked::Street,
            LevelName::Community => Asked::Community,
            LevelName::Grid => Asked::Grid,
        }
    }
}

/// A coordinate system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CrsName {
    /// WGS-84 (GPS)
    Wgs84,
    /// CGCS2000, the national one
    Cgcs2000,
    /// GCJ-02, of most web maps in China
    Gcj02,
    /// BD-09, of Baidu
    Bd09,
}

impl CrsName {
    pub(crate) fn crs(self) -> Crs {
        match self {
            CrsName::Wgs84 => Crs::Wgs84,
            CrsName::Cgcs2000 => Crs::Cgcs2000,
            CrsName::Gcj02 => Crs::Gcj02,
            CrsName::Bd09 => Crs::Bd09,
        }
    }
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// GeoJSON
    Geojson,
    /// Shapefile (.shp with .shx, .dbf, .prj and .cpg beside it)
    Shp,
    /// GeoPackage
    Gpkg,
    /// CSV with WKT
    Csv,
}

/// A sort of map feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// Roads
    Road,
    /// Buildings
    Building,
    /// Water
    Water,
}

/// How a file is read.
#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// The coordinate system of the positions
    #[arg(long, value_enum, default_value_t = CrsName::Wgs84)]
    crs: CrsName,
    /// The encoding of the file's text, where it does not tell: utf-8, gb18030, utf-16le …
    #[arg(long)]
    encoding: Option<String>,
}

/// What to import.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// GeoJSON, Shapefile, GeoPackage or CSV with WKT
    file: PathBuf,
    /// The level of its areas
    #[arg(long, value_enum)]
    level: LevelName,
    /// The field of the code: the whole one (12 digits padded with zeros at every level), or its last three digits
    #[arg(long, value_name = "FIELD")]
    code: String,
    /// The field of the name
    #[arg(long, value_name = "FIELD")]
    name: String,
    /// The field of the parent's code; without it the parent follows from the code, else from the position
    #[arg(long, value_name = "FIELD")]
    parent_code: Option<String>,
    /// The field of other names, with 、 ; or | between them
    #[arg(long, value_name = "FIELD")]
    alias: Option<String>,
    /// The coordinate system of the positions
    #[arg(long, value_enum)]
    crs: CrsName,
    /// The encoding of the file's text, where it does not tell: utf-8, gb18030, utf-16le …
    #[arg(long)]
    encoding: Option<String>,
    /// Which layer of a GeoPackage, or which Shapefile of a .zip
    #[arg(long)]
    layer: Option<String>,
    /// From when on it holds: a day such as 2026-03-02, in the region's time zone; now when left out
    #[arg(long, value_name = "DATE")]
    effective: Option<When>,
    /// The time zone (IANA) of regions it sets up [default: Asia/Shanghai]
    #[arg(long, value_name = "TZ")]
    zone: Option<String>,
    /// Only say what it would do
    #[arg(long)]
    dry_run: bool,
}

/// What to do with areas.
#[derive(Debug, Clone, Subcommand)]
pub enum AreasCommand {
    /// Import boundaries from a file: all of it, or nothing
    #[command(
        after_help = "Examples:\n  jingwei areas import districts.geojson --level region --code code --name Name --crs wgs84\n  jingwei areas import streets.shp --level street --code CODE --name NAME --crs cgcs2000 --encoding gb18030 --dry-run\n  jingwei areas import grids.csv --level grid --code no --name 名称 --parent-code 社区代码 --crs gcj02 --effective 2026-07-01 --json\n\nRegions are set up by importing their boundaries; streets, communities and grids need the level above them."
    )]
    Import(Import),
    /// Export the areas of a level with their boundaries
    #[command(
        after_help = "Examples:\n  jingwei areas export --region 330106 --level grid --format gpkg grids.gpkg\n  jingwei areas export --region 330106 --level street --format shp --crs gcj02 --at 2026-01-01 streets.shp"
    )]
    Export {
        /// Of this region
        #[arg(long)]
        region: Region,
        /// Of this level
        #[arg(long, value_enum)]
        level: LevelName,
        /// The format
        #[arg(long, value_enum)]
        format: FormatName,
        /// The coordinate system of the positions
        #[arg(long, value_enum, default_value_t = CrsName::Wgs84)]
        crs: CrsName,
        /// As things were at this day, or will be
        #[arg(long, value_name = "DATE")]
        at: Option<When>,
        /// The file to write
        out: PathBuf,
    },
    /// Say which areas hold a point, over all regions
    #[command(
        after_help = "Examples:\n  jingwei areas locate --lon 116.3975 --lat 39.9087\n  jingwei areas locate --lon 116.3975 --lat 39.9087 --at 2025-01-01 --json"
    )]
    Locate {
        /// Degrees east
        #[arg(long, allow_negative_numbers = true)]
        lon: f64,
        /// Degrees north
        #[arg(long, allow_negative_numbers = true)]
        lat: f64,
        /// As things were at this day, or will be
        #[arg(long, value_name = "DATE")]
        at: Option<When>,
    },
    /// Import roads, buildings or water for the base map: the layer of that name is replaced
    #[command(
        after_help = "Examples:\n  jingwei areas layer buildings.geojson --region 320105 --kind building --name-field MenPaiMC --layer buildings\n  jingwei areas layer roads.shp --region 330106 --kind road --name-field NAME --class-field GRADE --layer roads --encoding gbk"
    )]
    Layer {
        /// GeoJSON, Shapefile, GeoPackage or CSV with WKT
        file: PathBuf,
        /// Into this region
        #[arg(long)]
        region: Region,
        /// What its features are
        #[arg(long, value_enum)]
        kind: KindName,
        /// The field of the name
        #[arg(long, value_name = "F")]
        name_field: String,
        /// The field of the class: arterial, estate, river …
        #[arg(long, value_name = "F")]
        class_field: Option<String>,
        /// The layer's name
        #[arg(long, value_name = "NAME")]
        layer: String,
        /// How the file is read
        #[command(flatten)]
        reading: Reading,
    },
    /// Search areas by name, alias, pinyin, initials or code
    #[command(
        after_help = "Examples:\n  jingwei areas search donghuamen\n  jingwei areas search 望桥 --region 330106 --json"
    )]
    Search {
        /// What to look for
        text: String,
        /// Only in this region
        #[arg(long)]
        region: Option<Region>,
    },
}

/// Does it.
pub async fn run(config: &Config, command: AreasCommand) -> Done {
    match command {
        AreasCommand::Import(import) => import_file(config, import).await,
        AreasCommand::Export { region, level, format, crs, at, out } => {
            let db = config.open_current().await?;
            let base = Maps::default().at(&db, &me(), region, at).await?;
            let stem = out.file_stem().and_then(|s| s.to_str()).unwrap_or("areas").to_owned();
            let files = export(&base, level.asked().level(), crs.crs(), of(format), &stem)?;
            let n = base.shapes(level.asked().level()).len();
            let written = write_files(&out, files)?;
            if config.json {
                say(json!({ "files": written, "boundaries": n }));
            } else {
                say(format_args!("{} with {n} boundaries", written.join(", ")));
            }
            Ok(())
        }
        AreasCommand::Locate { lon, lat, at } => locate(config, lon, lat, at).await,
        AreasCommand::Layer { file, region, kind, name_field, class_field, layer, reading } => {
            let read = read(&file, &reading.encoding, None)?;
            let mapping = LayerMapping { name: Some(name_field), class: class_field, crs: reading.crs.crs() };
            let kind = match kind {
                KindName::Road => FeatureKind::Road,
                KindName::Building => FeatureKind::Building,
                KindName::Water => FeatureKind::Water,
            };
            let drawn = draw(&read, &mapping)?;
            let db = config.open_current().await?;
            let outcome = db.write(&me(), PutLayer { region, name: layer.clone(), kind, drawn }).await?;
            if config.json {
                say(json!(outcome));
                return Ok(());
            }
            for said in &outcome.messages {
                let id = said.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
                say(format_args!("feature {}{id}: {}", said.number, said.message.en));
            }
            let became = if outcome.changed { "replaced" } else { "unchanged" };
            say(format_args!(
                "layer {layer} of {region} {became}: {} features, {} left out",
                outcome.kept, outcome.left_out
            ));
            Ok(())
        }
        AreasCommand::Search { text, region } => {
            let db = config.open_current().await?;
            let maps = Maps::default();
            let hits = match region {
                Some(region) => {
                    let base = maps.of(&db, &me(), region).await?;
                    search(std::iter::once(&*base), &text, 20)
                }
                None => search(maps.everywhere(&db, &me(), None).await?.regions(), &text, 20),
            };
            if config.json {
                say(json!({ "items": hits }));
                return Ok(());
            }
            for hit in &hits {
                let within: Vec<&str> = hit.within.iter().map(|a| a.name.as_str()).collect();
                let alias = hit.alias.as_ref().map(|a| format!(" ({a})")).unwrap_or_default();
                say(format_args!("{:<15}  {}{alias}  {}", hit.code, hit.name, within.join(" / ")));
            }
            if hits.is_empty() {
                say("nothing found");
            }
            Ok(())
        }
    }
}

fn of(format: FormatName) -> Format {
    match format {
        FormatName::Geojson => Format::GeoJson,
        FormatName::Shp => Format::Shapefile,
        FormatName::Gpkg => Format::GeoPackage,
        FormatName::Csv => Format::Csv,
    }
}

pub(crate) fn read(file: &Path, encoding: &Option<String>, layer: Option<String>) -> Result<Layer, Failure> {
    let (name, files) = Files::from_path(file).map_err(file_refused)?;
    let options = ReadOptions { encoding: encoding.clone(), layer, wkt_field: None };
    Ok(read_layer(&name, &files, &options).map_err(file_refused)?)
}

/// Writes the files of an export beside each other; the first under the name asked for.
fn write_files(out: &Path, files: Vec<(String, Vec<u8>)>) -> Result<Vec<String>, Failure> {
    let mut written = Vec::new();
    for (i, (name, bytes)) in files.into_iter().enumerate() {
        let path = if i == 0 { out.to_owned() } else { out.with_file_name(name) };
        std::fs::write(&path, bytes)
            .map_err(|e| bad(format!("{} cannot be written: {e}", path.display())))?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

async fn locate(config: &Config, lon: f64, lat: f64, at: Option<When>) -> Done {
    if kernel::LonLat::new(lon, lat).is_none() {
        return Err(bad(format!("{lon}, {lat} is no point on the globe")));
    }
    let db = config.open_current().await?;
    let land = Maps::default().everywhere(&db, &me(), at).await?;
    let found = land.at(lon, lat).and_then(|code| land.located(code));
    let Some(found) = found else {
        if config.json {
            say(json!({ "code": null }));
        }
        return Err(Failure::DoesNotHold(NOT_COVERED_ANYWHERE.text(kernel::Lang::En).to_owned()));
    };
    if config.json {
        say(json!({ "code": found.code(), "region": found.region, "street": found.street,
            "community": found.community, "grid": found.grid }));
        return Ok(());
    }
    say(format_args!("region     {}  {}", found.region.code, found.region.name));
    for (level, area) in [("street", &found.street), ("community", &found.community), ("grid", &found.grid)] {
        if let Some(area) = area {
            say(format_args!("{level:<9}  {}  {}", area.code, area.name));
        }
    }
    Ok(())
}

async fn import_file(config: &Config, asked: Import) -> Done {
    let layer = read(&asked.file, &asked.encoding, asked.layer)?;
    let db = config.open_current().await?;
    let bar = progress::bar("judging", layer.features.len() as u64 * 2, config.json);
    let shown = bar.clone();
    let import = ImportAreas {
        layer: Arc::new(layer),
        mapping: Mapping {
            level: asked.level.asked().level(),
            code: asked.code,
            name: asked.name,
            parent: asked.parent_code,
            alias: asked.alias,
            crs: asked.crs.crs(),
        },
        effective: asked.effective,
        zone: asked.zone,
        dry_run: asked.dry_run,
    };
    let progress = Arc::new(move |done: usize, total: usize| {
        shown.set_length(total as u64);
        shown.set_position(done as u64);
    });
    let outcome = import_areas(&db, &me(), &Maps::default(), import, progress).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    if config.json {
        say(json!(outcome));
    } else {
        tell(&outcome);
    }
    if outcome.refused == 0 {
        return Ok(());
    }
    let n = outcome.refused;
    Err(bad(format!("{n} of {} features do not hold; nothing was imported", outcome.features_read)))
}

/// The outcome in words: faults to standard error, the rest to standard output.
fn tell(outcome: &ImportOutcome) {
    for note in &outcome.notes {
        say(&note.en);
    }
    for f in &outcome.features {
        let code = f.code.map(|c| format!(" {c}")).unwrap_or_default();
        let id = f.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let line = f.line.map(|l| format!(", line {l}")).unwrap_or_default();
        let place =
            |m: &Message| m.place.map(|[lon, lat]| format!(" at {lon:.6}, {lat:.6}")).unwrap_or_default();
        for m in &f.messages {
            let text = format!("feature {}{id}{line}{code} {}: {}{}", f.number, f.name, m.en, place(m));
            match m.weight {
                Weight::Fault => eprintln!("{text}"),
                Weight::Warning | Weight::Note => say(text),
            }
        }
    }
    if outcome.left_out > 0 {
        eprintln!("and {} more", outcome.left_out);
    }
    for o in &outcome.overlaps {
        let [lon, lat] = o.place;
        say(format_args!(
            "{} {} and {} {} overlap by {} m² at {lon:.6}, {lat:.6}",
            o.a, o.a_name, o.b, o.b_name, o.square_metres
        ));
    }
    let refused = outcome.features.iter().filter(|f| f.outcome == Became::Refused).count();
    let done = match (outcome.written, outcome.dry_run, refused) {
        (true, ..) => "imported",
        (false, true, _) => "tried",
        (false, false, 0) => "nothing to do",
        (false, false, _) => "not imported",
    };
    say(format_args!(
        "{done}: {} features: {} new, {} changed, {} unchanged, {refused} refused; {} overlaps",
        outcome.features_read,
        outcome.new,
        outcome.changed,
        outcome.unchanged,
        outcome.overlaps.len()
    ));
}
