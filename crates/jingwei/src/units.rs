//! `jingwei units` and `jingwei places`: units from tables and into tables, named places from polygons.

use crate::{
    areas::{CrsName, read, say},
    config::Config,
    exit::{Done, bad},
};
use ::areas::{
    ExportUnits, ImportPlaces, ImportUnits, Message, Offices, PlaceClass, PlacesOutcome, UnitsOutcome,
    Weight, When, alike, file_refused, region_row,
};
use clap::Subcommand;
use gis::{Sheet, TableOptions, read_table, write_csv, write_xlsx};
use kernel::{Actor, Refusal, Region};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{Read, Tx};

fn me() -> Actor {
    Actor::system("command line")
}

/// What to do with units.
#[derive(Debug, Clone, Subcommand)]
pub enum UnitsCommand {
    /// Import units from a table: all rows, or none
    #[command(
        after_help = "Examples:\n  jingwei units import units.csv --region 330106 --dry-run\n  jingwei units import units.xlsx --region 330106 --json\n\nColumns (Chinese names are understood too): name, kind, parent, phone, email, address, aliases (separated by ;), closed (yes/no), note, id. Only name is needed, and kind for new units. A column that is not there leaves what is known; an empty cell empties it. Imported twice, the second changes nothing."
    )]
    Import {
        /// A .csv or .xlsx
        file: PathBuf,
        /// Into this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The encoding of a CSV, where it does not tell: utf-8, gb18030, utf-16le …
        #[arg(long)]
        encoding: Option<String>,
        /// Which sheet of a workbook
        #[arg(long)]
        sheet: Option<String>,
        /// Only say what it would do
        #[arg(long)]
        dry_run: bool,
    },
    /// Export the units of a region as a table that can be imported again
    #[command(
        after_help = "Examples:\n  jingwei units export --region 330106 units.csv\n  jingwei units export --region 330106 units.xlsx"
    )]
    Export {
        /// Of this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The .csv or .xlsx to write
        out: PathBuf,
    },
    /// List units that look like one, for review; nothing is merged by itself
    #[command(
        after_help = "Examples:\n  jingwei units alike --region 330106\n  jingwei units alike --region 330106 --json"
    )]
    Alike {
        /// Of this region
        #[arg(long, value_name = "CODE")]
        region: Region,
    },
}

/// Does it.
pub async fn run(config: &Config, command: UnitsCommand) -> Done {
    match command {
        UnitsCommand::Import { file, region, encoding, sheet, dry_run } => {
            let bytes =
                std::fs::read(&file).map_err(|e| bad(format!("{} cannot be read: {e}", file.display())))?;
            let table = read_table(&name_of(&file), &bytes, &TableOptions { encoding, sheet })
                .map_err(file_refused)?;
            let db = config.open_current().await?;
            let outcome = db.write(&me(), ImportUnits { region, table: Arc::new(table), dry_run }).await?;
            told_units(config, &outcome)
        }
        UnitsCommand::Export { region, out } => {
            let db = config.open_current().await?;
            let (header, rows) = db.read(&me(), ExportUnits { region }).await?;
            let n = rows.len();
            let bytes = match extension(&out).as_str() {
                "csv" => write_csv(&header, &rows),
                "xlsx" => {
                    write_xlsx(&[Sheet { name: "units".into(), header, rows }]).map_err(file_refused)?
                }
                _ => return Err(bad(format!("{}: takes a name that ends in .csv or .xlsx", out.display()))),
            };
            std::fs::write(&out, bytes)
                .map_err(|e| bad(format!("{} cannot be written: {e}", out.display())))?;
            if config.json {
                say(json!({ "file": out.display().to_string(), "units": n }));
            } else {
                say(format_args!("{} with {n} units", out.display()));
            }
            Ok(())
        }
        UnitsCommand::Alike { region } => {
            let db = config.open_current().await?;
            let office = Offices::default().of(&db, &me(), region).await?;
            let pairs = alike(office.units());
            if config.json {
                say(json!({ "items": pairs }));
                return Ok(());
            }
            for p in &pairs {
                let why = serde_json::to_value(p.why).unwrap_or_default();
                let why = why.as_str().unwrap_or_default().replace('_', " ");
                say(format_args!("{:>3} %  {}  |  {}  ({why})", p.likeness, p.a.name, p.b.name));
            }
            say(format_args!("{} pairs of units look alike", pairs.len()));
            Ok(())
        }
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned()
}

fn extension(file: &Path) -> String {
    file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// Messages of a row or feature: faults to standard error, the rest to standard output.
fn tell(of: &str, messages: &[Message]) {
    for m in messages {
        let place = m.place.map(|[lon, lat]| format!(" at {lon:.6}, {lat:.6}")).unwrap_or_default();
        match m.weight {
            Weight::Fault => eprintln!("{of}: {}{place}", m.en),
            Weight::Warning | Weight::Note => say(format_args!("{of}: {}{place}", m.en)),
        }
    }
}

/// How an import ended, in one word.
fn ended(written: bool, dry_run: bool, refused: usize) -> &'static str {
    match (written, dry_run, refused) {
        (true, ..) => "imported",
        (false, true, _) => "tried",
        (false, false, 0) => "nothing to do",
        (false, false, _) => "not imported",
    }
}

fn told_units(config: &Config, o: &UnitsOutcome) -> Done {
    if config.json {
        say(json!(o));
    } else {
        tell("table", &o.notes);
        for row in &o.rows {
            tell(&format!("record {} (line {}) {}", row.record, row.line, row.name), &row.messages);
        }
        let end = ended(o.written, o.dry_run, o.refused);
        say(format_args!(
            "{end}: {} rows: {} new, {} changed, {} unchanged, {} refused",
            o.rows.len(),
            o.new,
            o.changed,
            o.unchanged,
            o.refused
        ));
    }
    refuse(o.refused, o.rows.len(), "rows")
}

fn refuse(refused: usize, all: usize, of: &str) -> Done {
    if refused == 0 {
        return Ok(());
    }
    Err(bad(format!("{refused} of {all} {of} do not hold; nothing was imported")))
}

/// What to do with named places.
#[derive(Debug, Clone, Subcommand)]
pub enum PlacesCommand {
    /// Import named places (estates, parks, markets …) from polygons: all of them, or none
    #[command(
        after_help = "Examples:\n  jingwei places import estates.geojson --region 330106 --name NAME --class-is estate --crs gcj02\n  jingwei places import places.shp --region 330106 --name 名称 --class 类别 --crs cgcs2000 --encoding gbk --dry-run\n\nClasses: estate, road, park, market, campus, building, facility, other. A place of the same name and class is changed, not made again."
    )]
    Import {
        /// GeoJSON, Shapefile, GeoPackage or CSV with WKT
        file: PathBuf,
        /// Into this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The field of the name
        #[arg(long, value_name = "FIELD")]
        name: String,
        /// The field of the class
        #[arg(long, value_name = "FIELD", required_unless_present = "class_is")]
        class: Option<String>,
        /// The class of all, or of those whose field is empty
        #[arg(long, value_name = "CLASS", value_parser = class)]
        class_is: Option<PlaceClass>,
        /// The coordinate system of the positions
        #[arg(long, value_enum)]
        crs: CrsName,
        /// The encoding of the file's text, where it does not tell: utf-8, gb18030, utf-16le …
        #[arg(long)]
        encoding: Option<String>,
        /// Which layer of a GeoPackage, or which Shapefile of a .zip
        #[arg(long)]
        layer: Option<String>,
        /// From when on new ones hold: a day such as 2026-03-02, in the region's time zone; now when left out
        #[arg(long, value_name = "DATE")]
        effective: Option<When>,
        /// Only say what it would do
        #[arg(long)]
        dry_run: bool,
    },
}

fn class(text: &str) -> Result<PlaceClass, String> {
    PlaceClass::parse(text)
        .ok_or_else(|| "takes estate, road, park, market, campus, building, facility or other".to_owned())
}

struct Zone(Region);

impl Read for Zone {
    type Out = String;
    async fn run(&self, tx: &mut Tx) -> Result<String, Refusal> {
        let row = region_row(tx, self.0).await?;
        Ok(row.ok_or_else(|| ::areas::REGION_MISSING.refuse().with("region", self.0))?.zone)
    }
}

/// Does it.
pub async fn places(config: &Config, command: PlacesCommand) -> Done {
    let PlacesCommand::Import {
        file,
        region,
        name,
        class,
        class_is,
        crs,
        encoding,
        layer,
        effective,
        dry_run,
    } = command;
    let layer = read(&file, &encoding, layer)?;
    let db = config.open_current().await?;
    let zone = db.read(&me(), Zone(region)).await?;
    let import = ImportPlaces {
        region,
        layer: Arc::new(layer),
        name,
        class,
        class_is,
        crs: crs.crs(),
        from_at: effective.map(|w| w.moment(&zone)),
        dry_run,
    };
    let outcome = db.write(&me(), import).await?;
    told_places(config, &outcome)
}

fn told_places(config: &Config, o: &PlacesOutcome) -> Done {
    if config.json {
        say(json!(o));
    } else {
        tell("file", &o.notes);
        for f in &o.features {
            let line = f.line.map(|l| format!(" (line {l})")).unwrap_or_default();
            tell(&format!("feature {}{line} {}", f.number, f.name), &f.messages);
        }
        let end = ended(o.written, o.dry_run, o.refused);
        say(format_args!(
            "{end}: {} features: {} new, {} changed, {} unchanged, {} refused",
            o.features.len(),
            o.new,
            o.changed,
            o.unchanged,
            o.refused
        ));
    }
    refuse(o.refused, o.features.len(), "features")
}
