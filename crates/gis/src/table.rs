use crate::{FileFault, Note, delimited, files::extension, text, xlsx};

/// What a table of text holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The first row that holds anything, spaces around the names taken off.
    pub header: Vec<String>,
    /// The other rows that hold anything; each has as many cells as the header at least.
    pub rows: Vec<TableRow>,
    /// What was done to read it that is worth telling.
    pub notes: Vec<Note>,
}

/// One row below the header.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// Which record, from 1; the header does not count.
    pub record: usize,
    /// The physical line of a CSV, or the row of a sheet, in which it begins; from 1.
    pub line: usize,
    /// Its cells as text.
    pub cells: Vec<String>,
}

/// How a table is to be read.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// The encoding of a CSV, if it does not tell: `gb18030`, `gbk`, `utf-8`, `utf-16le`, …
    pub encoding: Option<String>,
    /// Which sheet of a workbook; left out, the first one that holds anything.
    pub sheet: Option<String>,
}

/// Reads a CSV (`.csv`, `.txt`, `.tsv`; separated by comma, tab or semicolon) or a workbook (`.xlsx`, `.xlsm`).
///
/// Texts in quotes may hold line breaks; lines are counted as an editor counts them. In a workbook all cells of
/// a merged range have its value, a formula counts for its value as last computed, numbers have no needless ".0"
/// and dates are written as ISO 8601; merged cells and formulas are noted. The apostrophe that
/// [`write_csv`] puts before what looks like a formula is taken off.
pub fn read_table(name: &str, bytes: &[u8], options: &TableOptions) -> Result<Table, FileFault> {
    if bytes.is_empty() {
        return Err(crate::empty());
    }
    let found = crate::read::content(bytes);
    match extension(name).as_str() {
        "csv" | "txt" | "tsv" => match found {
            Some(other) => Err(crate::read::wrong_extension(name, other)),
            None => csv(bytes, options.encoding.as_deref()),
        },
        "xlsx" | "xlsm" => match found {
            Some("zip") => xlsx::read(bytes, options.sheet.as_deref()),
            other => Err(crate::read::wrong_extension(name, other.unwrap_or("text"))),
        },
        "xls" | "et" => Err(FileFault::new(
            "gis.old_workbook",
            "不读取 .xls 和 .et,请另存为 .xlsx 或 .csv。",
            "Files of type .xls and .et are not read: save as .xlsx or .csv.",
        )),
        _ => Err(FileFault::new(
            "gis.unknown_format",
            format!("不认识文件“{name}”的类型,可用 .csv、.xlsx。"),
            format!("The type of “{name}” is not known; use .csv or .xlsx."),
        )),
    }
}

fn csv(bytes: &[u8], encoding: Option<&str>) -> Result<Table, FileFault> {
    let (text, note) = text::decode(bytes, encoding)?;
    let mut table = Table { notes: note.into_iter().collect(), ..Table::default() };
    let records = delimited::records(&text, &mut table.notes)?;
    let rows = records.into_iter().map(|r| (r.line, r.cells));
    table.fill(rows, "line")?;
    Ok(table)
}

/// No table may have more columns.
pub(crate) const WIDEST: usize = 4096;

pub(crate) fn too_wide() -> FileFault {
    FileFault::new(
        "gis.too_wide",
        format!("列数超过 {WIDEST}。"),
        format!("There are more than {WIDEST} columns."),
    )
}

impl Table {
    /// Takes the first row as the header. Rows of another length are noted: short ones filled up, long ones kept.
    pub(crate) fn fill(
        &mut self,
        mut rows: impl Iterator<Item = (usize, Vec<String>)>,
        place: &str,
    ) -> Result<(), FileFault> {
        let (_, header) = rows.next().ok_or_else(crate::empty)?;
        self.header = header.into_iter().map(|h| h.trim().to_owned()).collect();
        // Empty columns at the right end are an accident of spreadsheets.
        while self.header.last().is_some_and(String::is_empty) {
            self.header.pop();
        }
        let wide = self.header.len();
        if wide > WIDEST {
            return Err(too_wide());
        }
        for (i, name) in self.header.iter().enumerate() {
            if !name.is_empty() && self.header[..i].contains(name) {
                self.notes.push(
                    Note::new(
                        "gis.column_twice",
                        format!("列名“{name}”重复。"),
                        format!("The column “{name}” is there twice."),
                    )
                    .at(format!("column {}", i + 1)),
                );
            }
        }
        let mut ragged: Vec<usize> = Vec::new();
        for (line, mut cells) in rows {
            while cells.len() > wide && cells.last().is_some_and(|c| c.trim().is_empty()) {
                cells.pop();
            }
            if cells.len() != wide {
                ragged.push(line);
                cells.resize(cells.len().max(wide), String::new());
            }
            self.rows.push(TableRow { record: self.rows.len() + 1, line, cells });
        }
        if let Some(first) = ragged.first() {
            let n = ragged.len();
            let note = Note::new(
                "gis.rows_uneven",
                format!("{n} 行的单元格数与表头不同;少的按空补齐。"),
                format!("{n} rows have another number of cells than the header; missing ones are empty."),
            );
            self.notes.push(note.at(format!("{place} {first}")));
        }
        Ok(())
    }
}

/// A CSV as spreadsheets in China open it: UTF-8 with a byte order mark, lines ended by CR LF. What a
/// spreadsheet would take for a formula (`=`, `+`, `-`, `@`, tab or CR at the beginning; not plain negative
/// numbers) gets an apostrophe before it.
pub fn write_csv(header: &[String], rows: &[Vec<String>]) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    delimited::write(&mut out, header);
    for row in rows {
        delimited::write(&mut out, row);
    }
    out.into_bytes()
}

/// A sheet to write.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Its name; shortened and cleaned to what a workbook allows.
    pub name: String,
    /// The first row.
    pub header: Vec<String>,
    /// The rows below it.
    pub rows: Vec<Vec<String>>,
}

/// A workbook. All cells are text, also those that look like numbers (codes keep their zeros) or formulas,
/// which carry the mark of text besides, so that editing them does not bring them to life.
pub fn write_xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, FileFault> {
    xlsx::write(sheets)
}
