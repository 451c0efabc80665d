//! `jingwei items`: a city's catalogue from its table, and out into one.

use crate::{
    config::Config,
    exit::{Done, bad},
};
use ::items::{ExportItems, ImportItems, ItemsImported, Layout, Meaning, SheetFormat, table_of};
use clap::Subcommand;
use jiff::civil::Date;
use kernel::{Actor, Region};
use serde_json::json;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

fn me() -> Actor {
    Actor::system("command line")
}

/// Writes a line; a reader who has seen enough (`| head`) is no error.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// What to do with the catalogue.
#[derive(Debug, Clone, Subcommand)]
pub enum ItemsCommand {
    /// Import a city's table into a draft of the catalogue: all of it, or nothing; what is in doubt stays a draft
    #[command(
        after_help = "Examples:\n  jingwei items import 立案标准.csv --mapping docs/examples/yuncheng.toml --region 140802 --dry-run\n  jingwei items import 立案标准.xlsx --mapping city.toml --region 330106 --in-force 2026-12-01 --json\n\nThe mapping says which column is what and what the words mean: docs/catalogue.md.\nRows in doubt are listed by record and line, and are no error: exit code 0. Imported again, nothing changes."
    )]
    Import {
        /// .csv or .xlsx
        file: PathBuf,
        /// How the table is written, as TOML
        #[arg(long, value_name = "MAP.toml")]
        mapping: PathBuf,
        /// Into this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// Refill this draft; a new one when left out
        #[arg(long, value_name = "N")]
        version: Option<i64>,
        /// Put it in force from this day on
        #[arg(long, value_name = "DATE")]
        in_force: Option<Date>,
        /// Only say what it would do
        #[arg(long)]
        dry_run: bool,
    },
    /// Export a version of the catalogue, in the layout of a mapping or in the program's own
    #[command(
        after_help = "Examples:\n  jingwei items export --region 330106 items.xlsx\n  jingwei items export --region 140802 --mapping docs/examples/yuncheng.toml --version 2 立案标准.csv"
    )]
    Export {
        /// Of this region
        #[arg(long, value_name = "CODE")]
        region: Region,
        /// The layout; the program's own when left out
        #[arg(long, value_name = "MAP.toml")]
        mapping: Option<PathBuf>,
        /// Which version; the one in force when left out
        #[arg(long, value_name = "N")]
        version: Option<i64>,
        /// The file to write: .csv or .xlsx
        out: PathBuf,
    },
}

fn layout(path: &Path) -> Result<Layout, crate::exit::Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|e| bad(format!("{} cannot be read: {e}", path.display())))?;
    Ok(Layout::parse(&text)?)
}

/// Does it.
pub async fn run(config: &Config, command: ItemsCommand) -> Done {
    match command {
        ItemsCommand::Import { file, mapping, region, version, in_force, dry_run } => {
            let layout = layout(&mapping)?;
            let bytes =
                std::fs::read(&file).map_err(|e| bad(format!("{} cannot be read: {e}", file.display())))?;
            let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            let table = table_of(&layout, &name, &bytes)?;
            let db = config.open_current().await?;
            if areas::known(&edge::House::new(db.clone(), config.settings()), &me(), region).await.is_err() {
                return Err(bad(format!("region {region} has not been set up; see jingwei region add")));
            }
            let work = ImportItems {
                region,
                layout: Arc::new(layout),
                table: Arc::new(table),
                version,
                in_force,
                dry_run,
            };
            let out = db.write(&me(), work).await?;
            if config.json {
                say(json!(out));
            } else {
                tell(&out, dry_run);
            }
            Ok(())
        }
        ItemsCommand::Export { region, mapping, version, out } => {
            let Some(format) = out.to_str().and_then(SheetFormat::of) else {
                return Err(bad(format!("{}: takes a name ending in .csv or .xlsx", out.display())));
            };
            let layout = mapping.as_deref().map(layout).transpose()?.map(Arc::new);
            let db = config.open_current().await?;
            let written = db.read(&me(), ExportItems { region, version, layout }).await?;
            let (rows, left_out) = (written.rows.len(), written.left_out.clone());
            std::fs::write(&out, format.file(written)?)
                .map_err(|e| bad(format!("{} cannot be written: {e}", out.display())))?;
            if config.json {
                say(json!({ "file": out.display().to_string(), "rows": rows, "left_out": left_out }));
            } else {
                say(format_args!("{}: {rows} rows", out.display()));
                for (what, n) in left_out {
                    say(format_args!("  the layout has no place for: {what} ({n} times)"));
                }
            }
            Ok(())
        }
    }
}

fn tell(out: &ItemsImported, dry_run: bool) {
    for note in &out.notes {
        let at = note.at.as_deref().map(|a| format!(" ({a})")).unwrap_or_default();
        say(format_args!("note: {} {}{at}", note.zh, note.en));
    }
    for d in &out.doubtful {
        for doubt in &d.doubts {
            say(format_args!(
                "in doubt: record {} (line {}) {} {} #{}: {} {}",
                d.record, d.line, d.code, d.name, d.n, doubt.zh, doubt.en
            ));
        }
    }
    for s in out.spellings.iter().filter(|s| matches!(s.meaning, Meaning::Unknown) || !s.like.is_empty()) {
        let meant = match &s.meaning {
            Meaning::Unit(_) => format!("unit {}", s.name),
            Meaning::Role(code) => format!("role {code}"),
            Meaning::New(name) => format!("new unit {name}"),
            Meaning::Unknown => "not known".to_owned(),
        };
        let like =
            if s.like.is_empty() { String::new() } else { format!("; looks like {}", s.like.join(", ")) };
        say(format_args!("spelling: {} ({} times): {meant}{like}", s.spelling, s.count));
    }
    let c = &out.counted;
    let limits: Vec<String> = c.limits.iter().map(|(w, n)| format!("{n} {w}")).collect();
    say(format_args!(
        "{} records, {} items; {} in doubt; limits: {}; {} rows name several parties, {} roles, {} only roles; {} units made",
        c.records,
        c.items,
        out.doubtful.len(),
        limits.join(", "),
        c.several,
        c.with_roles,
        c.only_roles,
        out.units_made.len()
    ));
    match (&out.catalogue, dry_run, out.written) {
        (_, true, _) => say("a trial: nothing was written"),
        (Some(k), _, true) => {
            say(format_args!("written as version {} “{}”", k.catalogue.version, k.catalogue.name))
        }
        (Some(k), _, false) => {
            say(format_args!("version {} holds the same already: nothing to do", k.catalogue.version))
        }
        (None, ..) => {}
    }
}
