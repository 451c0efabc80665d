//! Workbooks.

use crate::{FileFault, Note, Sheet, Table, delimited, layer::number_text, table::WIDEST};
use calamine::{Data, DataRef, ExcelDateTime, Reader as _, Xlsx};
use rust_xlsxwriter::{Format, Workbook};
use std::{
    collections::BTreeMap,
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Cells by row and column, from 0.
type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// No sheet may hold more cells, nor have more filled from merged ranges.
const MOST_CELLS: usize = 4_000_000;
const MOST_FILLED: usize = 1_000_000;

pub(crate) fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Table, FileFault> {
    crate::archive::check(bytes)?;
    // Third-party code on other people's bytes.
    catch_unwind(AssertUnwindSafe(|| workbook(bytes, sheet))).unwrap_or_else(|_| Err(damaged("")))
}

fn damaged(why: &str) -> FileFault {
    let (zh, en) = if why.is_empty() { Default::default() } else { (format!(":{why}"), format!(": {why}")) };
    FileFault::new(
        "gis.bad_workbook",
        format!("工作簿损坏或不完整{zh}。"),
        format!("The workbook is damaged or cut off{en}."),
    )
}

fn workbook(bytes: &[u8], sheet: Option<&str>) -> Result<Table, FileFault> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e.to_string()))?;
    let names = book.sheet_names();
    let chosen = match sheet {
        Some(wanted) if !names.iter().any(|n| n == wanted) => {
            let all = names.join(", ");
            return Err(FileFault::new(
                "gis.no_such_sheet",
                format!("没有工作表“{wanted}”;现有:{all}。"),
                format!("There is no sheet “{wanted}”; there are: {all}."),
            ));
        }
        Some(wanted) => vec![wanted.to_owned()],
        None => names.clone(),
    };
    for name in &chosen {
        let mut table = Table::default();
        let mut cells = cells(&mut book, name, &mut table.notes)?;
        if cells.is_empty() {
            continue;
        }
        if sheet.is_none() && names.len() > 1 {
            table.notes.push(Note::new(
                "gis.sheet_chosen",
                format!("工作簿有 {} 个工作表,读取了“{name}”。", names.len()),
                format!("The workbook has {} sheets; “{name}” was read.", names.len()),
            ));
        }
        merged(&mut book, name, &mut cells, &mut table.notes)?;
        let left = cells.values().filter_map(|row| row.keys().next()).min().copied().unwrap_or(0);
        let right =
            |found: &BTreeMap<u32, String>| found.iter().rev().find(|c| !c.1.trim().is_empty()).map(|c| *c.0);
        if let Some((row, _)) =
            cells.iter().find(|(_, found)| right(found).is_some_and(|r| (r - left) as usize >= WIDEST))
        {
            return Err(crate::table::too_wide().at(format!("row {}", row + 1)));
        }
        let rows = cells.into_iter().filter_map(|(row, found)| {
            let cell = |c| found.get(&c).cloned().unwrap_or_default();
            Some((row as usize + 1, (left..=right(&found)?).map(cell).collect()))
        });
        table.fill(rows, "row")?;
        return Ok(table);
    }
    Err(crate::empty())
}

/// All cells that hold anything.
fn cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, notes: &mut Vec<Note>) -> Result<Cells, FileFault> {
    let (mut formulas, mut bare) = (Vec::new(), Vec::new());
    let mut out = Cells::new();
    let mut reader = book.worksheet_cells_reader(name).map_err(|e| damaged(&e.to_string()))?;
    let mut many = 0;
    loop {
        let found = reader.next_cell_with_formula().map_err(|e| damaged(&e.to_string()))?;
        let Some(cell) = found else { break };
        let (row, column) = cell.pos;
        if cell.formula.is_some() {
            formulas.push(cell.pos);
        }
        let formula = cell.formula.is_some();
        let Some(value) = text(cell.value, cell.pos)? else {
            bare.extend(formula.then_some(cell.pos));
            continue;
        };
        many += 1;
        if many > MOST_CELLS {
            return Err(crate::files::too_large());
        }
        out.entry(row).or_default().insert(column, value);
    }
    if let Some(&first) = formulas.first() {
        let n = formulas.len();
        let note = Note::new(
            "gis.formulas",
            format!("{n} 个单元格是公式,取其上次计算的值。"),
            format!("{n} cells are formulas; their values as last computed were taken."),
        );
        notes.push(note.at(address(first)));
    }
    if let Some(&first) = bare.first() {
        let n = bare.len();
        let note = Note::new(
            "gis.formulas_without_value",
            format!("{n} 个公式没有保存计算结果,按空读取;请用表格软件打开并保存一次。"),
            format!("{n} formulas have no value saved and were read as empty: open and save the file once."),
        );
        notes.push(note.at(address(first)));
    }
    Ok(out)
}

/// A cell as text; `None` for an empty one.
fn text(data: DataRef<'_>, at: (u32, u32)) -> Result<Option<String>, FileFault> {
    Ok(match Data::from(data) {
        Data::Empty => None,
        Data::String(s) => Some(s),
        Data::Int(n) => Some(n.to_string()),
        Data::Float(f) => Some(number_text(f)),
        Data::Bool(b) => Some(if b { "TRUE" } else { "FALSE" }.to_owned()),
        Data::DateTime(d) => Some(date(&d)),
        Data::DateTimeIso(s) | Data::DurationIso(s) => Some(s),
        Data::Error(e) => {
            return Err(FileFault::new(
                "gis.error_cell",
                format!("单元格的值是错误 {e},请先更正。"),
                format!("The cell holds the error {e}: correct it first."),
            )
            .at(address(at)));
        }
    })
}

/// 2026-11-25, 2026-11-25 08:30:00, or hours for a length of time.
fn date(d: &ExcelDateTime) -> String {
    if d.is_duration() {
        let seconds = (d.as_f64() * 86_400.0).round() as i64;
        return format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = d.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (d.as_f64(), hour, minute, second, milli) {
        (_, 0, 0, 0, 0) => date,
        (value, ..) if (0.0..1.0).contains(&value) => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// Fills merged ranges with the value of their first cell.
fn merged(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    cells: &mut Cells,
    notes: &mut Vec<Note>,
) -> Result<(), FileFault> {
    let ranges = match book.merge_cells_by_sheet_name(name) {
        Ok(ranges) => ranges,
        Err(e) => return Err(damaged(&e.to_string())),
    };
    let mut filled = 0;
    let mut places = Vec::new();
    for range in ranges {
        let value = cells.get(&range.start.0).and_then(|row| row.get(&range.start.1)).cloned();
        let Some(value) = value.filter(|v| !v.trim().is_empty()) else { continue };
        for row in range.start.0..=range.end.0 {
            for column in range.start.1..=range.end.1 {
                filled += 1;
                if filled > MOST_FILLED {
                    return Err(crate::files::too_large());
                }
                let row = cells.entry(row).or_default();
                row.entry(column).or_insert_with(|| value.clone());
            }
        }
        places.push(format!("{}:{}", address(range.start), address(range.end)));
    }
    if let Some(first) = places.first().cloned() {
        let (n, shown) = (places.len(), &places[..places.len().min(20)]);
        let more = if n > shown.len() { ", …" } else { "" };
        let note = Note::new(
            "gis.merged_cells",
            format!("{n} 处合并单元格,其中每一格都取合并后的值:{}{more}。", shown.join("、")),
            format!("{n} merged ranges; all their cells have the merged value: {}{more}.", shown.join(", ")),
        );
        notes.push(note.at(first));
    }
    Ok(())
}

/// `B2` of row 1, column 1.
fn address((row, column): (u32, u32)) -> String {
    let mut letters = String::new();
    let mut n = u64::from(column) + 1;
    while n > 0 {
        letters.insert(0, char::from(b'A' + ((n - 1) % 26) as u8));
        n = (n - 1) / 26;
    }
    format!("{letters}{}", u64::from(row) + 1)
}

pub(crate) fn write(sheets: &[Sheet]) -> Result<Vec<u8>, FileFault> {
    let failed = |e: rust_xlsxwriter::XlsxError| {
        FileFault::new(
            "gis.not_written",
            format!("无法写出工作簿:{e}。"),
            format!("The workbook could not be written: {e}."),
        )
    };
    let mut book = Workbook::new();
    let (bold, marked) = (Format::new().set_bold(), Format::new().set_quote_prefix());
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        let name = sheet_name(&sheet.name, &names);
        let page = book.add_worksheet();
        page.set_name(&name).map_err(failed)?;
        names.push(name.to_lowercase());
        for (column, cell) in (0u16..).zip(&sheet.header) {
            page.write_string_with_format(0, column, cell, &bold).map_err(failed)?;
        }
        for (row, cells) in (1u32..).zip(&sheet.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                if delimited::dangerous(cell) {
                    page.write_string_with_format(row, column, cell, &marked).map_err(failed)?;
                } else if !cell.is_empty() {
                    page.write_string(row, column, cell).map_err(failed)?;
                }
            }
        }
        page.set_freeze_panes(1, 0).map_err(failed)?;
    }
    book.save_to_buffer().map_err(failed)
}

/// At most 31 characters, none of those a workbook forbids, not one that is taken.
fn sheet_name(wanted: &str, taken: &[String]) -> String {
    let clean: String = wanted.chars().map(|c| if "[]:*?/\\".contains(c) { ' ' } else { c }).collect();
    let clean = clean.trim().trim_matches('\'').trim();
    let base = if clean.is_empty() { "Sheet" } else { clean };
    let cut = |n: usize| base.chars().take(n).collect::<String>();
    let mut name = cut(31);
    let mut n = 2;
    while taken.contains(&name.to_lowercase()) {
        let tail = format!(" {n}");
        name = cut(31 - tail.len()) + &tail;
        n += 1;
    }
    name
}
