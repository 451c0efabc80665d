//! Tables of text: CSV and workbooks.
#![allow(clippy::unwrap_used, reason = "tests")]

use gis::{Sheet, Table, TableOptions, read_table, write_csv, write_xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

fn read(name: &str, bytes: &[u8]) -> Table {
    read_table(name, bytes, &TableOptions::default()).unwrap()
}

fn codes(table: &Table) -> Vec<&str> {
    table.notes.iter().map(|n| n.code).collect()
}

fn strings(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|s| s.to_string()).collect()
}

#[test]
fn records_and_physical_lines_are_told_apart() {
    let text = "编号,条件\r\n1,\"甲\r\n乙\n\"\"丙\"\"\"\r\n\r\n2,丁\n3,\"戊\"\n";
    let table = read("x.csv", text.as_bytes());
    assert_eq!(table.header, ["编号", "条件"]);
    let found: Vec<_> = table.rows.iter().map(|r| (r.record, r.line, r.cells[1].as_str())).collect();
    assert_eq!(found, [(1, 2, "甲\r\n乙\n\"丙\""), (2, 6, "丁"), (3, 7, "戊")]);
    assert!(table.notes.is_empty());
}

#[test]
fn csv_of_every_encoding_and_separator() {
    let text = "编号\t名称\n001\t东华门街道\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    for bytes in [
        text.as_bytes().to_vec(),
        utf16,
        gb,
        text.replace('\t', ";").into_bytes(),
        text.replace('\t', ",").into_bytes(),
    ] {
        let table = read("x.csv", &bytes);
        assert_eq!(table.header, ["编号", "名称"]);
        assert_eq!(table.rows[0].cells, ["001", "东华门街道"]);
    }
    // Big5 is told apart by its statistics.
    let big5 =
        encoding_rs::BIG5.encode("編號,名稱\n001,這個街道的負責單位是環境保護局,請儘快處理\n").0.into_owned();
    assert_eq!(read("x.csv", &big5).header, ["編號", "名稱"]);
}

#[test]
fn uneven_rows_and_names_twice_are_noted() {
    let table = read("x.csv", b"a,b,a,,\n1,2,3\n1\n1,2,3,4\n1,2,3,,,\n");
    assert_eq!(table.header, ["a", "b", "a"]);
    let cells: Vec<_> = table.rows.iter().map(|r| r.cells.len()).collect();
    assert_eq!(cells, [3, 3, 4, 3]);
    assert_eq!(codes(&table), ["gis.column_twice", "gis.rows_uneven"]);
    assert_eq!(table.notes[0].at.as_deref(), Some("column 3"));
    assert_eq!(table.notes[1].at.as_deref(), Some("line 3"));
}

fn fault(name: &str, bytes: &[u8]) -> (&'static str, Option<String>) {
    let fault = read_table(name, bytes, &TableOptions::default()).unwrap_err();
    (fault.code, fault.at)
}

#[test]
fn files_that_are_none_are_refused() {
    assert_eq!(fault("x.csv", b"").0, "gis.empty");
    assert_eq!(fault("x.csv", b"\r\n\r\n").0, "gis.empty");
    assert_eq!(fault("x.csv", b"a,b\n1,\"2\n3\n4"), ("gis.quote_unclosed", Some("line 2".into())));
    assert_eq!(fault("x.xlsx", b"a,b\n").0, "gis.wrong_extension");
    assert_eq!(fault("x.xls", b"\xd0\xcf\x11\xe0").0, "gis.old_workbook");
    assert_eq!(fault("x.doc", b"x").0, "gis.unknown_format");
    let book = write_xlsx(&[Sheet { name: "甲".into(), header: strings(&["a"]), rows: vec![] }]).unwrap();
    assert_eq!(fault("x.csv", &book).0, "gis.wrong_extension");
    assert_eq!(fault("x.xlsx", &book[..book.len() / 2]).0, "gis.bad_zip");
    let none = write_xlsx(&[Sheet { name: "甲".into(), ..Sheet::default() }]).unwrap();
    assert_eq!(fault("x.xlsx", &none).0, "gis.empty");
}

#[test]
fn workbooks_give_what_people_see() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("封面").unwrap();
    let page = book.add_worksheet().set_name("清单").unwrap();
    for (c, name) in (1u16..).zip(["大类", "代码", "日期", "时限", "合计", "时刻"]) {
        page.write_string(2, c, name).unwrap();
    }
    page.merge_range(3, 1, 5, 1, "市容环境", &Format::new()).unwrap();
    for (r, code) in (3u32..6).zip([110_101_001_000.0, 1.5, -3.0]) {
        page.write_number(r, 2, code).unwrap();
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    page.write_datetime_with_format(3, 3, ExcelDateTime::from_ymd(2026, 11, 25).unwrap(), &day).unwrap();
    let moment = ExcelDateTime::from_ymd(2026, 11, 25).unwrap().and_hms(8, 30, 0).unwrap();
    page.write_datetime_with_format(4, 3, moment, &Format::new().set_num_format("yyyy-mm-dd hh:mm")).unwrap();
    page.write_string(3, 4, "2紧急工作日").unwrap();
    page.write_boolean(4, 4, true).unwrap();
    page.write_formula(3, 5, Formula::new("=1+2").set_result("3")).unwrap();
    page.write_string(5, 6, "末").unwrap();
    let table = read("x.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(table.header, ["大类", "代码", "日期", "时限", "合计", "时刻"]);
    assert_eq!(table.rows[0].cells, ["市容环境", "110101001000", "2026-11-25", "2紧急工作日", "3", ""]);
    assert_eq!(table.rows[1].cells, ["市容环境", "1.5", "2026-11-25 08:30:00", "TRUE", "", ""]);
    assert_eq!(table.rows[2].cells, ["市容环境", "-3", "", "", "", "末"]);
    let lines: Vec<_> = table.rows.iter().map(|r| (r.record, r.line)).collect();
    assert_eq!(lines, [(1, 4), (2, 5), (3, 6)]);
    let at = |code: &str| table.notes.iter().find(|n| n.code == code).and_then(|n| n.at.clone());
    assert_eq!(at("gis.merged_cells").as_deref(), Some("B4:B6"));
    assert_eq!(at("gis.formulas").as_deref(), Some("F4"));
    assert!(codes(&table).contains(&"gis.sheet_chosen"));
}

#[test]
fn a_sheet_is_found_by_its_name() {
    let sheet =
        |name: &str| Sheet { name: name.into(), header: strings(&["a"]), rows: vec![strings(&[name])] };
    let book = write_xlsx(&[sheet("甲"), sheet("乙"), sheet("乙"), sheet("a/b:c?")]).unwrap();
    let read = |name: &str| {
        read_table("x.xlsx", &book, &TableOptions { sheet: Some(name.into()), ..Default::default() })
    };
    assert_eq!(read("乙").unwrap().rows[0].cells, ["乙"]);
    assert_eq!(read("乙 2").unwrap().rows[0].cells, ["乙"]);
    assert_eq!(read("a b c").unwrap().rows[0].cells, ["a/b:c?"]);
    let f = read("丙").unwrap_err();
    assert_eq!(f.code, "gis.no_such_sheet");
    assert!(f.en.contains("甲, 乙, 乙 2"));
}

#[test]
fn formulas_are_defused() {
    let row = strings(&["=1+1", "+8610", "-2", "-2+3", "@SUM(A1)", "\tx", "'=x", "平安", "'tis"]);
    let csv = String::from_utf8(write_csv(&strings(&["a"]), std::slice::from_ref(&row))).unwrap();
    assert_eq!(csv, "\u{feff}a\r\n'=1+1,'+8610,-2,'-2+3,'@SUM(A1),\"'\tx\",''=x,平安,'tis\r\n");
    let header = strings(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
    let csv = write_csv(&header, std::slice::from_ref(&row));
    assert_eq!(read("x.csv", &csv).rows[0].cells, row);
    let book = write_xlsx(&[Sheet { name: "甲".into(), header, rows: vec![row.clone()] }]).unwrap();
    let table = read("x.xlsx", &book);
    assert_eq!(table.rows[0].cells, row);
    assert!(table.notes.is_empty(), "no cell is a formula: {:?}", table.notes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_again(
        rows in prop::collection::vec(prop::collection::vec("[一-龥a-c0-9 ,;\"'=+@\t\n\r-]{0,6}", 3), 0..6),
    ) {
        let header = strings(&["甲", "乙", "丙"]);
        let kept: Vec<_> = rows.iter().filter(|r| r.iter().any(|c| !c.trim().is_empty())).cloned().collect();
        let table = read("x.csv", &write_csv(&header, &rows));
        prop_assert_eq!(&table.header, &header);
        let back: Vec<_> = table.rows.into_iter().map(|r| r.cells).collect();
        prop_assert_eq!(back, kept);
    }
}
