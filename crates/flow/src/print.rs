//! The table as a page: `docs/flow.md`.

use crate::{By, Effect, Guard, Move, Stage, TABLE, Tell};
use kernel::Role;
use std::fmt::Write;

fn role(r: Role) -> String {
    r.code().replace('_', " ")
}

fn by(b: By) -> String {
    match b {
        By::Place(r) => format!("{} of the place", role(r)),
        By::Unit(r) => format!("{} of the unit", role(r)),
        By::Assisting(r) => format!("{} of an assisting unit", role(r)),
        By::Handler => "the handler".to_owned(),
        By::Checker => "the grid worker asked".to_owned(),
        By::Reporter => "the reporter".to_owned(),
        By::System => "the system".to_owned(),
    }
}

fn list<T>(items: &[T], name: impl Fn(&T) -> String) -> String {
    items.iter().map(name).collect::<Vec<_>>().join("; ")
}

/// The table of the loop as Markdown, with a diagram of its stages. A test keeps `docs/flow.md` equal to it.
pub fn print() -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# The loop\n\nPrinted from the table in `crates/flow/src/table.rs` (`jingwei flow`); a test keeps this page equal to it.\n\
         A guard is a condition that must hold; where two rows of one move fit, the first counts. Moves *aside* (urging,\n\
         links, reminders, ratings …) don't make anybody's screen stale.\n\n```mermaid\nstateDiagram-v2\n  [*] --> reported: report"
    );
    let mut drawn: Vec<(Stage, Stage, Vec<&str>)> = Vec::new();
    for r in TABLE {
        let Some(from) = r.from.filter(|f| *f != r.to) else { continue };
        match drawn.iter_mut().find(|(f, t, _)| *f == from && *t == r.to) {
            Some((_, _, moves)) if moves.contains(&r.make.en()) => {}
            Some((_, _, moves)) => moves.push(r.make.en()),
            None => drawn.push((from, r.to, vec![r.make.en()])),
        }
    }
    for (from, to, moves) in &drawn {
        let _ = writeln!(out, "  {} --> {}: {}", from.code(), to.code(), moves.join(" / "));
    }
    for stage in Stage::ALL.iter().filter(|s| !s.open()) {
        let _ = writeln!(out, "  {} --> [*]", stage.code());
    }
    let _ = writeln!(out, "```\n\n## Stages\n\n| code | 中文 | English | open |\n|---|---|---|---|");
    for s in Stage::ALL {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            s.code(),
            s.zh(),
            s.en(),
            if s.open() { "yes" } else { "" }
        );
    }
    let _ = writeln!(out, "\n## Moves");
    for stage in std::iter::once(None).chain(Stage::ALL.iter().copied().map(Some)) {
        let rows: Vec<_> = TABLE.iter().filter(|r| r.from == stage).collect();
        if rows.is_empty() {
            continue;
        }
        let title = stage.map_or("At the start".to_owned(), |s| format!("From {} ({})", s.en(), s.zh()));
        let _ = writeln!(
            out,
            "\n### {title}\n\n| move | 中文 | to | who | guards | clocks | told |\n|---|---|---|---|---|---|---|"
        );
        for r in rows {
            let name =
                if r.make.aside() { format!("*{}*", r.make.code()) } else { format!("`{}`", r.make.code()) };
            let to = if Some(r.to) == r.from { "stays".to_owned() } else { r.to.code().to_owned() };
            let who = if r.make == Move::Report { "anyone".to_owned() } else { list(r.who, |b| by(*b)) };
            let _ = writeln!(
                out,
                "| {name} | {} | {to} | {who} | {} | {} | {} |",
                r.make.zh(),
                list(r.guards, |g: &Guard| g.en().to_owned()),
                list(r.clocks, |e: &Effect| e.en().to_owned()),
                list(r.tells, |t: &Tell| t.en().to_owned()),
            );
        }
    }
    out
}
