//! `jingwei calendar`: when something is due, and the public holidays that decide it. Needs no database for
//! the built-in calendar of mainland China; with `--region` it asks the region's own.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
};
use ::calendar::{Calendar, Change, Day, Limit, Year, deadline, diff, mainland};
use clap::{Subcommand, ValueEnum};
use jiff::{Timestamp, civil::DateTime};
use kernel::{Actor, Moment, Region};
use rules::{Book, PutYear, YearPut, book_of};
use serde_json::json;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

fn me() -> Actor {
    Actor::system("command line")
}

/// Writes a line; a reader who has seen enough (`| head`) is no error.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    /// 中文
    Zh,
    /// English
    En,
}

/// What to do with the calendar.
#[derive(Debug, Clone, Subcommand)]
pub enum CalendarCommand {
    /// Say when a limit is used up, and why
    #[command(
        after_help = "Examples:\n  jingwei calendar deadline 2026-02-13T17:30 2工作日\n  jingwei calendar deadline '2026-02-13 17:30' 2wd --lang en\n  jingwei calendar deadline 2026-03-07T02:30 1d --zone America/New_York --json\n  jingwei calendar deadline 2026-02-13T09:30:00Z 4wh --region 330106\n\nUnits: m h d (round the clock: 分钟 小时 天), wm wh wd (working time: 工作分钟 工作时 工作日), uh ud (urgent: 紧急工作时 紧急工作日)."
    )]
    Deadline {
        /// When the clock starts: local time, or with an offset or Z
        start: String,
        /// The limit, such as 2工作日 or 2wd
        limit: String,
        /// By the calendar of this region, from the database
        #[arg(long, conflicts_with = "zone")]
        region: Option<Region>,
        /// The built-in calendar, read in this time zone (IANA)
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
        /// The language of the explanation
        #[arg(long, value_enum, default_value_t = Tongue::Zh)]
        lang: Tongue,
    },
    /// Load the holidays of a year from a file, or of several from a folder of files
    #[command(
        after_help = "Examples:\n  jingwei calendar import holidays/2027.json --all --dry-run\n  jingwei calendar import holidays/ --region 330106\n\nA file: {\"year\": 2027, \"days\": [{\"name\": \"元旦\", \"date\": \"2027-01-01\", \"isOffDay\": true}]}"
    )]
    Import {
        /// A JSON file, or a folder of them
        path: PathBuf,
        /// Into this region
        #[arg(long, required_unless_present = "all")]
        region: Option<Region>,
        /// Into every region
        #[arg(long, conflicts_with = "region")]
        all: bool,
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Compare a file with the holidays in force
    #[command(after_help = "Example:\n  jingwei calendar diff holidays/2026.json")]
    Diff {
        /// A JSON file, or a folder of them
        path: PathBuf,
        /// With those of this region; with the built-in ones otherwise
        #[arg(long)]
        region: Option<Region>,
    },
    /// Show the holidays and make-up days of a year
    #[command(after_help = "Example:\n  jingwei calendar show 2026")]
    Show {
        /// The year
        year: i16,
        /// Of this region; the built-in ones otherwise
        #[arg(long)]
        region: Option<Region>,
    },
}

/// Does it.
pub async fn run(config: &Config, command: CalendarCommand) -> Done {
    match command {
        CalendarCommand::Deadline { start, limit, region, zone, lang } => {
            let limit = Limit::parse(&limit).map_err(|e| bad(format!("{} {}", e.zh(), e.en())))?;
            let told = match region {
                Some(r) => {
                    let book = book(config, r).await?;
                    told(book.calendar(None), &start, limit, lang)?
                }
                None => {
                    let cal = Calendar::mainland(&zone).map_err(|e| bad(format!("{} {}", e.zh(), e.en())))?;
                    told(&cal, &start, limit, lang)?
                }
            };
            if config.json {
                say(
                    json!({ "due": told.due, "explanation": told.sentence, "provisional": told.provisional }),
                );
            } else {
                say(told.shown);
                for line in told.lines {
                    say(format_args!("  {line}"));
                }
            }
        }
        CalendarCommand::Import { path, region, all, dry_run } => {
            let files = read(&path)?;
            let db = config.open_current().await?;
            let regions: Vec<Region> = match region {
                Some(r) if !all => vec![r],
                _ => {
                    let rows: Vec<(Region,)> =
                        db.ask(&me(), "SELECT code FROM regions ORDER BY code", vec![]).await?;
                    rows.into_iter().map(|(r,)| r).collect()
                }
            };
            let mut answers = Vec::new();
            for region in regions {
                let known = book_of(&db, region).await?;
                for year in merged(files.clone(), known.years()) {
                    let put = db.write(&me(), PutYear { region, year, dry_run }).await?;
                    if !config.json {
                        import_line(region, &put, dry_run);
                    }
                    answers.push(json!({
                        "region": region, "year": put.year, "known": put.known,
                        "changes": put.changes, "written": put.written,
                    }));
                }
            }
            if config.json {
                say(json!({ "years": answers, "dry_run": dry_run }));
            }
        }
        CalendarCommand::Diff { path, region } => {
            let files = read(&path)?;
            let known = known(config, region).await?;
            let mut answers = Vec::new();
            for year in merged(files, &known) {
                let was = known.iter().find(|y| y.year == year.year).cloned();
                let changes = diff(&was.unwrap_or(Year { year: year.year, days: Vec::new() }), &year);
                if !config.json {
                    say(format_args!("{}: {}", year.year, count(changes.len())));
                    changes.iter().for_each(|c| say(format_args!("  {}", change(c))));
                }
                answers.push(json!({ "year": year.year, "changes": changes }));
            }
            if config.json {
                say(json!({ "years": answers }));
            }
        }
        CalendarCommand::Show { year, region } => {
            let all = known(config, region).await?;
            let found = all.iter().find(|y| y.year == year);
            let days: &[Day] = found.map_or(&[], |y| &y.days);
            if config.json {
                say(json!({ "year": year, "known": found.is_some(), "days": days }));
            } else if found.is_none() {
                say(format_args!("{year}年没有节假日资料 (no holidays are known for {year})"));
            } else {
                days.iter().for_each(|d| say(day(d)));
            }
        }
    }
    Ok(())
}

async fn book(config: &Config, region: Region) -> Result<std::sync::Arc<Book>, Failure> {
    let db = config.open_current().await?;
    Ok(book_of(&db, region).await?)
}

async fn known(config: &Config, region: Option<Region>) -> Result<Vec<Year>, Failure> {
    match region {
        Some(r) => Ok(book(config, r).await?.years().to_vec()),
        None => Ok(mainland().to_vec()),
    }
}

struct Told {
    due: String,
    shown: String,
    sentence: String,
    lines: Vec<String>,
    provisional: bool,
}

fn told(cal: &Calendar, start: &str, limit: Limit, lang: Tongue) -> Result<Told, Failure> {
    let (at, shifted) = moment(cal, start).map_err(bad)?;
    let (run, why) = deadline(cal, at, limit, &[]).map_err(bad)?;
    let due = cal.local(run.due.unwrap_or(at));
    let mut lines: Vec<String> = Vec::new();
    if shifted {
        let now = cal.local(at).strftime("%Y-%m-%d %H:%M");
        lines.push(match lang {
            Tongue::Zh => format!("{}没有{start}这一时刻（时钟调整），按{now}计", cal.zone()),
            Tongue::En => {
                format!("there is no {start} in {} (the clocks change): counted from {now}", cal.zone())
            }
        });
    }
    let sentence = match lang {
        Tongue::Zh => lines.iter().map(|l| format!("{l}。")).collect::<String>() + &why.zh(),
        Tongue::En => lines.iter().map(|l| format!("{l}. ")).collect::<String>() + &why.en(),
    };
    lines.extend(why.lines.into_iter().map(|l| if lang == Tongue::Zh { l.zh } else { l.en }));
    let weekday = match lang {
        Tongue::Zh => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        Tongue::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    }[due.weekday().to_monday_zero_offset() as usize % 7];
    let mut shown = format!("{} {weekday} {}", due.strftime("%Y-%m-%d"), due.strftime("%H:%M:%S%.f %:z"));
    if run.provisional {
        shown.push_str(if lang == Tongue::Zh { "（暂定）" } else { " (provisional)" });
    }
    let due = due.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
    Ok(Told { due, shown, sentence, lines, provisional: run.provisional })
}

/// Reads a START: an instant with its offset, or the local time of the calendar's zone; a date alone is its
/// midnight. Says whether that local time does not exist and was shifted forward.
fn moment(cal: &Calendar, text: &str) -> Result<(Moment, bool), String> {
    let text = text.trim();
    let wrong = || {
        format!(
            "“{text}”不是时间，应写作 2026-02-13T17:30 或 2026-02-13T17:30+08:00。 “{text}” is no time; write 2026-02-13T17:30 or 2026-02-13T17:30+08:00."
        )
    };
    let date = text.get(..10).ok_or_else(wrong)?;
    let shape = |i: usize, b: u8| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() };
    if !date.bytes().enumerate().all(|(i, b)| shape(i, b)) || text.contains('[') {
        return Err(wrong());
    }
    let offset = text[10..].contains(['Z', 'z', '+', '-']);
    let (at, shifted) = if offset {
        let t: Timestamp = text.parse().map_err(|_| wrong())?;
        (Moment(t.as_millisecond()), false)
    } else {
        cal.moment(text.parse::<DateTime>().map_err(|_| wrong())?)
    };
    let year = cal.local(at).year();
    if !(1970..2200).contains(&year) {
        return Err(format!("年份 {year} 不在1970至2199之间。 The year {year} is not from 1970 to 2199."));
    }
    Ok((at, shifted))
}

/// Every file of a folder that ends in `.json`, in the order of their names, or the one file.
fn read(path: &Path) -> Result<Vec<Vec<Year>>, Failure> {
    let fault = |p: &Path, e: &dyn std::fmt::Display| bad(format!("{}: {e}", p.display()));
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths.clear();
        for entry in std::fs::read_dir(path).map_err(|e| fault(path, &e))? {
            let p = entry.map_err(|e| fault(path, &e))?.path();
            if p.extension().is_some_and(|e| e == "json") {
                paths.push(p);
            }
        }
        paths.sort();
        if paths.is_empty() {
            return Err(bad(format!("{}: 没有 .json 文件。 There is no .json file in it.", path.display())));
        }
    }
    let mut files: Vec<Vec<Year>> = Vec::new();
    for p in paths {
        let text = std::fs::read_to_string(&p).map_err(|e| fault(&p, &e))?;
        let years =
            Year::from_json(&text).map_err(|e| bad(format!("{}: {} {}", p.display(), e.zh(), e.en())))?;
        let own = |f: &[Year]| f.first().map(|y| y.year);
        if files.iter().any(|f| own(f) == own(&years)) {
            let year = own(&years).unwrap_or_default();
            return Err(bad(format!(
                "{}: {year}年在另一文件中已有。 The year {year} is in another file already.",
                p.display()
            )));
        }
        files.push(years);
    }
    Ok(files)
}

/// The years that files set: their own, and those known ones of which they name a day that is new.
fn merged(files: Vec<Vec<Year>>, known: &[Year]) -> Vec<Year> {
    let extra: Vec<Year> = files.iter().flat_map(|f| f.iter().skip(1)).cloned().collect();
    let mut years = Year::merge(files);
    for part in extra {
        let own = years.iter().any(|y| y.year == part.year);
        if let Some(was) = known.iter().find(|y| y.year == part.year && !own) {
            let mut is = was.clone();
            is.add(part.days);
            if is != *was {
                years.push(is);
            }
        }
    }
    years.sort_by_key(|y| y.year);
    years
}

fn import_line(region: Region, put: &YearPut, dry_run: bool) {
    let what = match (dry_run, put.written) {
        (true, _) => "试运行，未写入 (dry run)",
        (_, true) => "已写入 (written)",
        (_, false) => "无变化 (unchanged)",
    };
    say(format_args!("{region} {}: {}, {what}", put.year, count(put.changes.len())));
    put.changes.iter().for_each(|c| say(format_args!("  {}", change(c))));
}

fn count(n: usize) -> String {
    format!("{n}处不同 ({n} {})", if n == 1 { "difference" } else { "differences" })
}

fn day(d: &Day) -> String {
    let weekday = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    let weekday = weekday[d.date.weekday().to_monday_zero_offset() as usize % 7];
    format!("{} {weekday} {} {}", d.date, if d.off { "休" } else { "班" }, d.name)
}

fn change(c: &Change) -> String {
    match c {
        Change::Added { day: d } => format!("+ {}", day(d)),
        Change::Removed { day: d } => format!("- {}", day(d)),
        Change::Changed { was, is } => format!("~ {} → {}", day(was), day(is)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> Calendar {
        Calendar::mainland("Asia/Shanghai").unwrap()
    }

    #[test]
    fn starts_as_people_write_them() {
        let cal = shanghai();
        for text in [
            "2026-02-13T17:30",
            "2026-02-13 17:30",
            " 2026-02-13T17:30:00 ",
            "2026-02-13T17:30:00.000",
            "2026-02-13T17:30+08:00",
            "2026-02-13T09:30Z",
            "2026-02-13T09:30:00z",
            "2026-02-13 04:30:00-05:00",
        ] {
            assert_eq!(moment(&cal, text), Ok((Moment(1_770_975_000_000), false)), "{text}");
        }
        assert_eq!(moment(&cal, "2026-02-13"), moment(&cal, "2026-02-13T00:00"));
        for text in [
            "",
            "now",
            "2026-02-30T08:00",
            "2026-02-13T25:00",
            "2026-02-13T08:61",
            "2026-02-13T08:00 tomorrow",
            "2026-02-13T08:00[Asia/Tokyo]",
            "2026-02-13+08:00",
            "13.02.2026 08:00",
            "20260213T0800",
            "２０２６-02-13",
            "1969-12-31T00:00",
            "2200-01-01T00:00",
            "9999-12-31T23:59",
        ] {
            let refused = moment(&cal, text).unwrap_err();
            assert!(refused.contains("。 "), "{text}: {refused}");
        }
    }

    #[test]
    fn a_start_that_the_clocks_jump_over_is_said() {
        let cal = Calendar::mainland("America/New_York").unwrap();
        let two = Limit::parse("2h").unwrap();
        let t = told(&cal, "2026-03-08T02:30", two, Tongue::Zh).unwrap();
        assert_eq!(t.due, "2026-03-08T05:30:00-04:00");
        assert!(t.sentence.starts_with("America/New_York没有2026-03-08T02:30这一时刻"), "{}", t.sentence);
        assert_eq!(moment(&cal, "2026-11-01T01:30").unwrap().0, moment(&cal, "2026-11-01T05:30Z").unwrap().0);
    }

    #[test]
    fn a_deadline_over_spring_festival() {
        let t = told(&shanghai(), "2026-02-13T17:30", Limit::parse("2工作日").unwrap(), Tongue::Zh).unwrap();
        assert_eq!((t.due.as_str(), t.provisional), ("2026-02-24T17:30:00+08:00", false));
        assert_eq!(t.shown, "2026-02-24 周二 17:30:00 +08:00");
        assert!(t.sentence.contains("2月15日–23日春节放假"), "{}", t.sentence);
        let t = told(&shanghai(), "2026-12-31T17:30", Limit::parse("2wd").unwrap(), Tongue::En).unwrap();
        assert!(t.provisional && t.shown.ends_with("(provisional)") && t.sentence.contains("provisional"));
    }

    #[test]
    fn a_day_of_the_year_before_joins_its_year() {
        let text = r#"{"year":2027,"days":[{"name":"元旦","date":"2026-12-31","isOffDay":true},{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#;
        let file = Year::from_json(text).unwrap();
        let years = merged(vec![file.clone()], mainland());
        assert_eq!(years.iter().map(|y| (y.year, y.days.len())).collect::<Vec<_>>(), [(2026, 40), (2027, 1)]);
        assert_eq!(merged(vec![file], &[]).len(), 1);
    }
}
