//! dBASE tables (`.dbf`): the properties of a Shapefile.

use crate::{Feature, FileFault, Note, shp::truncated, text, text_of};
use encoding_rs::{Encoding, UTF_8};
use serde_json::{Map, Number, Value};

pub(crate) struct Dbf {
    pub fields: Vec<String>,
    /// `None` for a record that is marked as deleted.
    pub records: Vec<Option<Map<String, Value>>>,
    pub notes: Vec<Note>,
}

struct Field<'a> {
    raw: &'a [u8],
    kind: u8,
    start: usize,
    length: usize,
}

/// Reads all records. The encoding is the one named, else that of the `.cpg`, else that of the file's own
/// mark, else detected.
pub(crate) fn read(bytes: &[u8], named: Option<&str>, cpg: Option<&[u8]>) -> Result<Dbf, FileFault> {
    let header = bytes.get(..32).ok_or_else(|| truncated("byte", bytes.len()))?;
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]) as usize;
    let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
    let (start, size) = (short(8), short(10));
    let fields = fields(bytes, start, size)?;
    let body = bytes.get(start..).ok_or_else(|| truncated("byte", bytes.len()))?;
    let whole = body.len() / size;
    if whole < count {
        return Err(truncated("record", whole + 1));
    }
    let rows = || body.chunks_exact(size).take(count);
    let mut notes = Vec::new();
    let texts = || {
        let cells = rows().flat_map(|row| {
            fields.iter().filter(|f| f.kind == b'C').map(|f| &row[f.start..f.start + f.length])
        });
        fields.iter().map(|f| f.raw).chain(cells)
    };
    let encoding = encoding(named, cpg, header[29], texts, &mut notes)?;
    let mut names: Vec<String> = Vec::new();
    for f in &fields {
        let name = encoding.decode_without_bom_handling(f.raw).0.trim().to_owned();
        // A name that is there twice would hide a column.
        let taken = |n: &String| names.contains(n);
        let unique = (2..).map(|i| format!("{name}_{i}")).find(|n| !taken(n)).filter(|_| taken(&name));
        names.push(unique.unwrap_or(name));
    }
    let mut cut = Vec::new();
    let mut records = Vec::new();
    for (i, row) in rows().enumerate() {
        if row[0] == b'*' {
            records.push(None);
            continue;
        }
        let mut values = Map::new();
        for (f, name) in fields.iter().zip(&names) {
            let raw = &row[f.start..f.start + f.length];
            let value = match f.kind {
                b'C' => match characters(raw, encoding, &mut cut, i) {
                    Some(text) if text.is_empty() => Value::Null,
                    Some(text) => Value::String(text),
                    None => {
                        let called = encoding.name();
                        return Err(FileFault::new(
                            "gis.undecodable",
                            format!("字段“{name}”不是 {called} 编码的文字,请指定正确的编码(例如 gb18030)。"),
                            format!("The field “{name}” is no {called} text: name the right encoding (gb18030, say)."),
                        )
                        .at(format!("record {}", i + 1)));
                    }
                },
                kind => plain(kind, raw),
            };
            values.insert(name.clone(), value);
        }
        records.push(Some(values));
    }
    if let Some(first) = cut.first() {
        let n = cut.len();
        let note = Note::new(
            "gis.text_cut",
            format!("{n} 处文字在写入时已被截断,末尾残缺的字已略去。"),
            format!(
                "{n} texts were cut off when the file was written; the broken last character was dropped."
            ),
        );
        notes.push(note.at(format!("record {}", first + 1)));
    }
    let unread: Vec<_> = fields
        .iter()
        .zip(&names)
        .filter(|(f, _)| !b"CNFLDI+O".contains(&f.kind))
        .map(|(_, n)| n.as_str())
        .collect();
    if !unread.is_empty() {
        let list = unread.join(", ");
        notes.push(Note::new(
            "gis.fields_not_read",
            format!("不读取这些字段的类型,按空值处理:{list}。"),
            format!("Fields of a type that is not read, taken as null: {list}."),
        ));
    }
    Ok(Dbf { fields: names, records, notes })
}

fn bad() -> FileFault {
    FileFault::new("gis.bad_dbf", ".dbf 损坏。", "The .dbf is damaged.")
}

fn fields(bytes: &[u8], start: usize, size: usize) -> Result<Vec<Field<'_>>, FileFault> {
    let mut out: Vec<Field> = Vec::new();
    let mut at = 32;
    let mut offset = 1;
    while bytes.get(at).is_some_and(|&b| b != 0x0d) && at + 32 <= start {
        let d = bytes.get(at..at + 32).ok_or_else(|| truncated("byte", bytes.len()))?;
        let end = d[..11].iter().position(|&b| b == 0).unwrap_or(11);
        // Long texts have the higher byte of their length where numbers have their decimals.
        let length = d[16] as usize + if d[11] == b'C' { d[17] as usize * 256 } else { 0 };
        out.push(Field { raw: &d[..end], kind: d[11].to_ascii_uppercase(), start: offset, length });
        offset += length;
        at += 32;
    }
    if size == 0 || offset > size || out.is_empty() && size != 1 {
        return Err(bad());
    }
    Ok(out)
}

fn encoding<'a, I: Iterator<Item = &'a [u8]>>(
    named: Option<&str>,
    cpg: Option<&[u8]>,
    mark: u8,
    texts: impl Fn() -> I,
    notes: &mut Vec<Note>,
) -> Result<&'static Encoding, FileFault> {
    if let Some(name) = named {
        return text::named(name).ok_or_else(|| text::unknown(name));
    }
    let cpg = cpg.map(|b| String::from_utf8_lossy(b).trim().to_owned()).filter(|c| !c.is_empty());
    if let Some(found) = cpg.as_deref().and_then(text::named) {
        return Ok(found);
    }
    let marked = match mark {
        0x4d | 0x7a => Some("936"),
        0x4e | 0x79 => Some("949"),
        0x4f | 0x78 => Some("950"),
        0x13 | 0x7b => Some("932"),
        _ => None,
    };
    if let Some(found) = marked.and_then(text::named) {
        return Ok(found);
    }
    // Cells side by side, spaces between, so that a character cut off does not swallow the next.
    let mut sample = Vec::new();
    for t in texts() {
        sample.extend(whole(t.trim_ascii()));
        sample.push(b'\n');
        if sample.len() > 1 << 20 {
            break;
        }
    }
    let found = text::detect(&sample);
    if !sample.is_ascii() {
        let called = found.name();
        notes.push(Note::new(
            "gis.encoding_detected",
            format!(".dbf 未注明编码,按 {called} 读取;如有乱码请指定编码。"),
            format!(
                "The .dbf does not name its encoding; read as {called}. Name it if the text looks wrong."
            ),
        ));
    }
    Ok(found)
}

/// Without a UTF-8 character that is cut off at the end.
fn whole(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 => &bytes[..e.valid_up_to()],
        _ => bytes,
    }
}

/// A text field; one that fills its width may end within a character, which is dropped. `None` when it is
/// no text of this encoding.
fn characters(
    raw: &[u8],
    encoding: &'static Encoding,
    cut: &mut Vec<usize>,
    record: usize,
) -> Option<String> {
    let end = raw.iter().position(|&b| b == 0).unwrap_or(raw.len());
    let trimmed = raw[..end].trim_ascii_end();
    let decode =
        |b: &[u8]| encoding.decode_without_bom_handling_and_without_replacement(b).map(|t| t.into_owned());
    let text = decode(trimmed).or_else(|| {
        let most = if encoding == UTF_8 { 3 } else { 1 };
        let shorter = (1..=most.min(trimmed.len())).find_map(|n| decode(&trimmed[..trimmed.len() - n]));
        if trimmed.len() + 4 > raw.len() {
            cut.extend(shorter.is_some().then_some(record));
            shorter
        } else {
            None
        }
    })?;
    Some(text.trim_end().to_owned())
}

fn plain(kind: u8, raw: &[u8]) -> Value {
    let text = String::from_utf8_lossy(raw);
    let text = text.trim().trim_matches('\0');
    let float = |n: f64| Number::from_f64(n).map_or(Value::Null, Value::Number);
    match kind {
        b'N' | b'F' => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(n), _) => n.into(),
            (_, Ok(n)) => float(n),
            _ => Value::Null,
        },
        b'L' => match text {
            "T" | "t" | "Y" | "y" => true.into(),
            "F" | "f" | "N" | "n" => false.into(),
            _ => Value::Null,
        },
        b'D' if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]).into()
        }
        b'I' | b'+' => raw.try_into().map_or(Value::Null, |b| i32::from_le_bytes(b).into()),
        b'O' => raw.try_into().map_or(Value::Null, |b| float(f64::from_le_bytes(b))),
        _ => Value::Null,
    }
}

/// What a column is written as.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Text(usize),
    Whole(usize),
    /// With so many decimals.
    Decimal(usize, usize),
    Truth,
}

/// A `.dbf` in UTF-8 (the caller adds the `.cpg`). Names longer than 10 bytes and texts longer than 254 are
/// shortened, between characters, and noted.
pub(crate) fn write(
    fields: &[String],
    features: &[Feature],
    notes: &mut Vec<Note>,
) -> Result<Vec<u8>, FileFault> {
    if fields.len() > 255 {
        return Err(FileFault::new(
            "gis.too_many_fields",
            "Shapefile 最多 255 个字段。",
            "A Shapefile has at most 255 fields.",
        ));
    }
    let names = short_names(fields, notes);
    let values = |field: &str| {
        features.iter().map(move |f| f.properties.get(field).unwrap_or(&Value::Null)).collect::<Vec<_>>()
    };
    let columns: Vec<Column> = fields.iter().map(|f| column(&values(f))).collect();
    // A table without columns is none; others expect one.
    let (names, columns) =
        if names.is_empty() { (vec!["id".to_owned()], vec![Column::Whole(10)]) } else { (names, columns) };
    let width = |c: &Column| match *c {
        Column::Text(n) | Column::Whole(n) | Column::Decimal(n, _) => n,
        Column::Truth => 1,
    };
    let size: usize = 1 + columns.iter().map(width).sum::<usize>();
    if size > usize::from(u16::MAX) {
        return Err(FileFault::new(
            "gis.too_many_fields",
            "Shapefile 的一条记录最多 64 KB。",
            "A record of a Shapefile has at most 64 KB.",
        ));
    }
    // 1995-07-26: a date has to stand here; when the file was written is nobody's business.
    let mut out = vec![3, 95, 7, 26];
    out.extend((features.len() as u32).to_le_bytes());
    out.extend((32 + 32 * names.len() as u16 + 1).to_le_bytes());
    out.extend((size as u16).to_le_bytes());
    out.resize(32, 0);
    for (name, c) in names.iter().zip(&columns) {
        let mut d = [0u8; 32];
        d[..name.len()].copy_from_slice(name.as_bytes());
        (d[11], d[17]) = match *c {
            Column::Text(_) => (b'C', 0),
            Column::Whole(_) => (b'N', 0),
            Column::Decimal(_, n) => (b'N', n as u8),
            Column::Truth => (b'L', 0),
        };
        d[16] = width(c) as u8;
        out.extend(d);
    }
    out.push(0x0d);
    for f in features {
        out.push(b' ');
        if fields.is_empty() {
            out.extend(format!("{:>10}", f.number).bytes().take(10));
        }
        for (field, c) in fields.iter().zip(&columns) {
            let value = f.properties.get(field).unwrap_or(&Value::Null);
            let text = cell(value, *c);
            let kept = &text[..text.floor_char_boundary(width(c))];
            if kept.len() < text.len() {
                notes.push(
                    Note::new(
                        "gis.text_shortened",
                        format!("字段“{field}”超过 254 字节,已截断。"),
                        format!("The field “{field}” is longer than 254 bytes and was shortened."),
                    )
                    .at(format!("feature {}", f.number)),
                );
            }
            let space = vec![b' '; width(c) - kept.len()];
            if matches!(c, Column::Text(_)) {
                out.extend(kept.bytes().chain(space));
            } else {
                out.extend(space.into_iter().chain(kept.bytes()));
            }
        }
    }
    out.push(0x1a);
    Ok(out)
}

/// What a column holds decides its type; numbers too large for a column of 24 make it text.
fn column(values: &[&Value]) -> Column {
    let some: Vec<&Value> = values.iter().copied().filter(|v| !v.is_null()).collect();
    let longest = |texts: &mut dyn Iterator<Item = String>| texts.map(|t| t.len()).max().unwrap_or(0);
    if !some.is_empty() && some.iter().all(|v| v.is_boolean()) {
        return Column::Truth;
    }
    if !some.is_empty() && some.iter().all(|v| v.is_number()) {
        let texts = || some.iter().map(|v| text_of(v));
        let decimals = texts().map(|t| t.split_once('.').map_or(0, |(_, d)| d.len())).max().unwrap_or(0);
        if some.iter().all(|v| v.is_i64()) {
            return Column::Whole(longest(&mut texts()).max(1));
        }
        // Fifteen decimals are what the format allows; the last digit of some numbers is beyond it.
        let decimals = decimals.min(15);
        let wide = texts().map(|t| t.split('.').next().map_or(0, str::len)).max().unwrap_or(1) + 1 + decimals;
        if decimals > 0 && wide <= 24 {
            return Column::Decimal(wide, decimals);
        }
    }
    Column::Text(longest(&mut some.iter().map(|v| text_of(v))).clamp(1, 254))
}

fn cell(value: &Value, column: Column) -> String {
    match (value, column) {
        (Value::Null, Column::Truth) => "?".to_owned(),
        (Value::Bool(b), Column::Truth) => if *b { "T" } else { "F" }.to_owned(),
        (Value::Number(n), Column::Decimal(_, decimals)) => {
            format!("{:.decimals$}", n.as_f64().unwrap_or(0.0))
        }
        _ => text_of(value),
    }
}

/// At most 10 bytes each, all different.
fn short_names(fields: &[String], notes: &mut Vec<Note>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let cut = |n: usize| field[..field.floor_char_boundary(n)].to_owned();
        let mut name = if field.is_empty() { "_".to_owned() } else { cut(10) };
        let mut n = 1;
        while names.iter().any(|t| t.eq_ignore_ascii_case(&name)) {
            let tail = format!("_{n}");
            name = cut(10 - tail.len()) + &tail;
            n += 1;
        }
        if name != *field {
            notes.push(Note::new(
                "gis.field_renamed",
                format!("Shapefile 的字段名最多 10 字节:“{field}”写为“{name}”。"),
                format!("Names in a Shapefile have at most 10 bytes: “{field}” is written as “{name}”."),
            ));
        }
        names.push(name);
    }
    names
}
