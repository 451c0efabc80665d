//! CSV: records that may hold line breaks, each with the physical line it begins in.

use crate::{FileFault, Note};

pub(crate) struct Record {
    /// Physical line, from 1.
    pub line: usize,
    pub cells: Vec<String>,
}

/// What separates the cells: the one of comma, tab and semicolon that the first line has most of.
pub(crate) fn separator(text: &str) -> char {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let count = |c: char| {
        let mut quoted = false;
        first
            .chars()
            .filter(|&x| {
                quoted ^= x == '"';
                x == c && !quoted
            })
            .count()
    };
    let best = [',', '\t', ';'].into_iter().rev().max_by_key(|&c| count(c));
    best.unwrap_or(',')
}

/// All records that hold anything. Quotes as RFC 4180 has them; a quote inside an unquoted cell is a quote.
/// A quote that is never closed is refused, for it would swallow the rest of the file.
pub(crate) fn records(text: &str, notes: &mut Vec<Note>) -> Result<Vec<Record>, FileFault> {
    let separator = separator(text);
    let mut reader = Reader { line: 1, record: Record { line: 1, cells: Vec::new() }, out: Vec::new() };
    let mut chars = text.chars().peekable();
    let mut cell = String::new();
    // Whether the cell began with a quote that is closed by now.
    let mut closed = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if cell.is_empty() && !closed => {
                let opened = reader.line;
                loop {
                    match chars.next() {
                        None => return Err(unclosed(opened)),
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            cell.push('"');
                        }
                        Some('"') => break,
                        Some(c) => {
                            reader.line += usize::from(c == '\n' || c == '\r' && chars.peek() != Some(&'\n'));
                            cell.push(c);
                        }
                    }
                }
                closed = true;
                if !matches!(chars.peek(), None | Some('\r' | '\n')) && chars.peek() != Some(&separator) {
                    notes.push(
                        Note::new(
                            "gis.text_after_quote",
                            "引号之后还有文字,已并入同一单元格。",
                            "Text follows a closing quote; it was taken into the same cell.",
                        )
                        .at(format!("line {}", reader.line)),
                    );
                }
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => {
                reader.cell(&mut cell, &mut closed);
                reader.line += 1;
                reader.end();
            }
            c if c == separator => {
                // The last cell of a line ends with the line; this one is followed by another.
                reader.cell(&mut cell, &mut closed);
            }
            c => cell.push(c),
        }
    }
    reader.cell(&mut cell, &mut closed);
    reader.end();
    Ok(reader.out)
}

struct Reader {
    line: usize,
    record: Record,
    out: Vec<Record>,
}

impl Reader {
    fn cell(&mut self, cell: &mut String, closed: &mut bool) {
        self.record.cells.push(restore(std::mem::take(cell)));
        *closed = false;
    }

    fn end(&mut self) {
        let next = Record { line: self.line, cells: Vec::new() };
        let done = std::mem::replace(&mut self.record, next);
        if done.cells.iter().any(|c| !c.trim().is_empty()) {
            self.out.push(done);
        }
    }
}

fn unclosed(line: usize) -> FileFault {
    FileFault::new(
        "gis.quote_unclosed",
        "从这一行开始的引号没有闭合;文件可能不完整。",
        "The quote that opens here is never closed; the file may be cut off.",
    )
    .at(format!("line {line}"))
}

/// Whether a spreadsheet would take this for a formula or a command. Plain negative numbers are none.
pub(crate) fn dangerous(cell: &str) -> bool {
    let number = || cell[1..].chars().all(|c| c.is_ascii_digit() || c == '.') && cell.parse::<f64>().is_ok();
    match cell.bytes().next() {
        Some(b'-') => !number(),
        Some(b'=' | b'+' | b'@' | b'\t' | b'\r') => true,
        _ => false,
    }
}

/// Puts an apostrophe before what a spreadsheet would run, and before what reads as if that had been done.
pub(crate) fn defuse(cell: &str) -> String {
    if dangerous(cell.trim_start_matches('\'')) { format!("'{cell}") } else { cell.to_owned() }
}

/// Takes the apostrophe of [`defuse`] away again.
fn restore(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if dangerous(rest.trim_start_matches('\'')) => rest.to_owned(),
        _ => cell,
    }
}

/// Appends a line: cells defused, quoted where needed, ended as RFC 4180 has it.
pub(crate) fn write<S: AsRef<str>>(out: &mut String, cells: impl IntoIterator<Item = S>) {
    let mut any = false;
    for cell in cells {
        if any {
            out.push(',');
        }
        any = true;
        let cell = defuse(cell.as_ref());
        if cell.contains([',', '"', '\n', '\r', '\t', ';']) || cell.trim() != cell {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}
