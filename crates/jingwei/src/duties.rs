//! `jingwei duties`: who answers for a matter at a spot and why, whether somebody does everywhere, and duties
//! from tables and into tables.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
};
use ::duties::{
    Checked, DutyImport, Finding, ImportDuties, Outcome, RowBecame, TableFormat, Verdict, Where, check,
    explain, export_duties, import_duties, world::Matter,
};
use areas::{Maps, NOT_COVERED_ANYWHERE, When, zone_of};
use clap::Subcommand;
use edge::House;
use gis::{TableOptions, read_table};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{Actor, ItemCode, Lang, LonLat, Moment, Region};
use serde_json::json;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};
use store::{Db, binds};

fn me() -> Actor {
    Actor::system("command line")
}

/// Writes a line; a reader who has seen enough (`| head`) is no error.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// What to do with duties.
#[derive(Debug, Clone, Subcommand)]
pub enum DutiesCommand {
    /// Say which unit answers for a matter at a point, and why: every rule that was considered
    #[command(
        after_help = "Examples:\n  jingwei duties explain --lon 120.1551 --lat 30.2741 --item 3301060103\n  jingwei duties explain --lon 120.1551 --lat 30.2741 --item 3301060103 --condition 2 --at 2026-07-01 --json\n\nExit code 0: one unit answers; 1: nobody does, or several do; 2: bad input."
    )]
    Explain {
        /// Degrees east
        #[arg(long, allow_negative_numbers = true)]
        lon: f64,
        /// Degrees north
        #[arg(long, allow_negative_numbers = true)]
        lat: f64,
        /// The item's code, 10 digits
        #[arg(long, value_name = "CODE")]
        item: ItemCode,
        /// Under which condition; without it, whoever leads all of them
        #[arg(long, value_name = "N")]
        condition: Option<i64>,
        /// At which day; now when left out
        #[arg(long, value_name = "DATE")]
        at: Option<When>,
        /// Asked of this region; the one that holds the point when left out
        #[arg(long, value_name = "CODE")]
        region: Option<Region>,
        /// The language of the explanation
        #[arg(long, value_enum, default_value_t = crate::calendar::Tongue::Zh)]
        lang: crate::calendar::Tongue,
    },
    /// Check that exactly one unit answers everywhere, for every condition, at every date from today
    #[command(
        after_help = "Examples:\n  jingwei duties check\n  jingwei duties check --region 330106 --json\n\nExit code 0: nothing found; 1: holes, conflicts, or units and items that are gone; 2: bad input."
    )]
    Check {
        /// Only this region
        #[arg(long, value_name = "CODE")]
        region: Option<Region>,
        /// Findings to print of each region
        #[arg(long, value_name = "N", default_value_t = 50)]
        show: usize,
    },
    /// Import duties from a table: all of it, or nothing
    #[command(
        after_help = "Examples:\n  jingwei duties import duties.csv --region 330106 --dry-run\n  jingwei duties import 责任清单.xlsx --region 330106 --sheet 2026 --json\n\nColumns: area or place; item, class or domain; unit, role or region; from, until, basis, note; id (empty for new ones).\nCodes or names: an area also as 街道/社区, a unit by any of its spellings, dates as 2026-03-01."
    )]
    Import {
        /// .csv or .xlsx
        file: PathBuf,
        /// Into this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The encoding of the file's text, where it does not tell: utf-8, gb18030, utf-16le …
        #[arg(long)]
        encoding: Option<String>,
        /// Which sheet; the first when left out
        #[arg(long)]
        sheet: Option<String>,
        /// Only say what it would do
        #[arg(long)]
        dry_run: bool,
    },
    /// Export all duties of a region, in the layout that the import reads
    #[command(after_help = "Example:\n  jingwei duties export --region 330106 duties.xlsx")]
    Export {
        /// Of this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The file to write: .csv or .xlsx
        out: PathBuf,
    },
}

/// Does it.
pub async fn run(config: &Config, command: DutiesCommand) -> Done {
    match command {
        DutiesCommand::Explain { lon, lat, item, condition, at, region, lang } => {
            let point =
                LonLat::new(lon, lat).ok_or_else(|| bad(format!("{lon}, {lat} is no point on the globe")))?;
            let house = House::new(config.open_current().await?, config.settings());
            let region = match region {
                Some(r) => r,
                None => holder(&house, point, at).await?,
            };
            if item.region() != region {
                return Err(bad(format!(
                    "item {item} stands in the catalogue of {}, not of {region}",
                    item.region()
                )));
            }
            let zone = zone_of(house.db(), &me(), &house.keep::<Maps>(), region).await?;
            let matter = Matter { item, condition, version: None };
            let told =
                explain(&house, &me(), region, Where::Point(point), matter, at.map(|w| w.moment(&zone)))
                    .await?;
            let zh = lang == crate::calendar::Tongue::Zh;
            if config.json {
                say(json!(told));
            } else {
                say(if zh { &told.zh } else { &told.en });
                for (i, step) in told.chain.iter().enumerate() {
                    let mark = if step.verdict == Verdict::Taken { "→" } else { " " };
                    say(format_args!("{mark} {:>2}. {}", i + 1, if zh { &step.zh } else { &step.en }));
                }
            }
            match told.answer {
                Outcome::Unit(_) => Ok(()),
                _ => Err(Failure::DoesNotHold(told.en)),
            }
        }
        DutiesCommand::Check { region, show } => run_check(config, region, show).await,
        DutiesCommand::Import { file, region, encoding, sheet, dry_run } => {
            let bytes =
                std::fs::read(&file).map_err(|e| bad(format!("{} cannot be read: {e}", file.display())))?;
            let name = file_name(&file);
            let options = TableOptions { encoding, sheet };
            let table = read_table(&name, &bytes, &options).map_err(areas::file_refused)?;
            let house = House::new(config.open_current().await?, config.settings());
            let import = ImportDuties { region, table, source: name, dry_run };
            let out = import_duties(&house, &me(), import).await?;
            if config.json {
                say(json!(out));
            } else {
                tell(&out);
            }
            match out.refused {
                0 => Ok(()),
                n => Err(bad(format!("{n} of {} rows do not hold; nothing was imported", out.rows))),
            }
        }
        DutiesCommand::Export { region, out } => {
            let format = match out.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
                Some("csv") => TableFormat::Csv,
                Some("xlsx") => TableFormat::Xlsx,
                _ => return Err(bad(format!("{}: takes a name ending in .csv or .xlsx", out.display()))),
            };
            let house = House::new(config.open_current().await?, config.settings());
            let bytes = export_duties(&house, &me(), region, format).await?;
            std::fs::write(&out, bytes)
                .map_err(|e| bad(format!("{} cannot be written: {e}", out.display())))?;
            if config.json {
                say(json!({ "file": out.display().to_string() }));
            } else {
                say(out.display());
            }
            Ok(())
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// The region whose land holds the point.
async fn holder(house: &House, point: LonLat, at: Option<When>) -> Result<Region, Failure> {
    let land = house.keep::<Maps>().everywhere(house.db(), &me(), at).await?;
    let found = land.at(point.lon, point.lat);
    found
        .map(|code| code.region())
        .ok_or_else(|| Failure::DoesNotHold(NOT_COVERED_ANYWHERE.text(Lang::En).to_owned()))
}

async fn regions(db: &Db) -> Result<Vec<Region>, Failure> {
    let rows: Vec<(Region,)> = db.ask(&me(), "SELECT code FROM regions ORDER BY code", binds![]).await?;
    Ok(rows.into_iter().map(|(r,)| r).collect())
}

async fn run_check(config: &Config, region: Option<Region>, show: usize) -> Done {
    let house = House::new(config.open_current().await?, config.settings());
    let of = match region {
        Some(r) => vec![r],
        None => regions(house.db()).await?,
    };
    let mut all: Vec<Checked> = Vec::with_capacity(of.len());
    for region in of {
        all.push(check(&house, &me(), region).await?);
    }
    let n: usize = all.iter().map(|c| c.findings.len()).sum();
    if config.json {
        say(json!({ "findings": n, "regions": all }));
    } else {
        for one in &all {
            let zone = zone_of(house.db(), &me(), &house.keep::<Maps>(), one.region).await?;
            tell_check(one, &zone, show);
        }
    }
    match n {
        0 => Ok(()),
        n => Err(Failure::DoesNotHold(format!("{n} finding(s)"))),
    }
}

fn tell_check(one: &Checked, zone: &str, show: usize) {
    let c = &one.counts;
    say(format_args!(
        "{} {}: {} pairs of area and condition in {:.0} ms; {} at fault ({} holes, {} conflicts, {} units gone); {} duties at fault",
        one.region,
        one.name,
        one.pairs,
        one.took_ms,
        one.pairs_at_fault,
        c.hole,
        c.conflict,
        c.unit_gone,
        one.duties_at_fault
    ));
    for f in one.findings.iter().take(show) {
        say(format_args!("  {}", line(f, zone, one.from)));
    }
    if one.findings.len() > show {
        say(format_args!("  … and {} more (--show)", one.findings.len() - show));
    }
    for r in &one.remarks {
        say(format_args!("  note: {} {}", r.zh, r.duty));
    }
}

/// A finding in a line: where, what, when, why.
fn line(f: &Finding, zone: &str, now: Moment) -> String {
    let places: Vec<&str> = f.places.iter().map(|p| p.name.as_str()).collect();
    let places = if places.is_empty() { String::new() } else { format!(" [{}]", places.join(", ")) };
    let item = f.item.map(|i| format!(" {i} {}", f.item_name.as_deref().unwrap_or(""))).unwrap_or_default();
    let condition = f.condition.map(|n| format!(" #{n}")).unwrap_or_default();
    let from = if f.from > now { format!(" from {}", day(f.from, zone)) } else { String::new() };
    let until = f.until.map(|u| format!(" until {}", day(u, zone))).unwrap_or_default();
    format!("{} {}{places}{item}{condition}{from}{until}: {}", f.area, f.area_name, f.zh)
}

fn day(at: Moment, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let stamp = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    stamp.to_zoned(zone).date().to_string()
}

/// The outcome in words: faults to standard error, the rest to standard output.
fn tell(out: &DutyImport) {
    for note in &out.notes {
        say(&note.en);
    }
    for row in &out.outcomes {
        for m in &row.messages {
            let column = if m.column.is_empty() { String::new() } else { format!(" {}", m.column) };
            let text = format!("row {} (line {}){column}: {}", row.record, row.line, m.en);
            if m.fault {
                eprintln!("{text}");
            } else {
                say(text);
            }
        }
    }
    let refused = out.outcomes.iter().filter(|r| r.outcome == RowBecame::Refused).count();
    let done = match (out.written, out.dry_run, refused) {
        (true, ..) => "imported",
        (false, true, _) => "tried",
        (false, false, 0) => "nothing to do",
        (false, false, _) => "not imported",
    };
    say(format_args!(
        "{done}: {} rows: {} new, {} changed, {} unchanged, {refused} refused; {} to look at",
        out.rows, out.new, out.changed, out.unchanged, out.warnings
    ));
}
