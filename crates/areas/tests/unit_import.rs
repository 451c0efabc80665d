//! Units from tables and places from polygons, on both databases: whole or not at all, and twice is once.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{
    Became, ExportUnits, FindUnits, ImportPlaces, ImportUnits, LoadBase, MergeUnit, NewRegion, PlaceClass,
    Unit, UnitsOutcome, unit_id,
};
use gis::{Files, ReadOptions, Sheet, Table, TableOptions, read_layer, read_table, write_csv, write_xlsx};
use kernel::{Actor, Moment, Refusal, Region};
use serde_json::json;
use space::Crs;
use std::sync::Arc;
use store::{
    binds, both,
    testing::{START, TestDb},
};

fn region() -> Region {
    Region::new(990_101).unwrap()
}

fn me() -> Actor {
    Actor::system("test")
}

async fn make(on: store::testing::On) -> TestDb {
    let t = TestDb::new(on, &[audit::MIGRATIONS, once::MIGRATIONS, areas::MIGRATIONS].concat()).await;
    let regions = vec![NewRegion { code: region(), name: "云桥县".into(), zone: "Asia/Shanghai".into() }];
    t.db.write(&me(), LoadBase { regions, ..LoadBase::default() }).await.unwrap();
    t
}

fn table(text: &str) -> Table {
    read_table("units.csv", text.as_bytes(), &TableOptions::default()).unwrap()
}

async fn import(t: &TestDb, table: Table) -> Result<UnitsOutcome, Refusal> {
    t.db.write(&me(), ImportUnits { region: region(), table: Arc::new(table), dry_run: false }).await
}

async fn units(t: &TestDb) -> Vec<Unit> {
    t.db.read(&me(), FindUnits { region: region(), all: true }).await.unwrap()
}

async fn version(t: &TestDb) -> i64 {
    let sql = "SELECT version FROM base_versions WHERE region = $1";
    t.db.ask::<(i64,)>(&me(), sql, binds![region()]).await.unwrap()[0].0
}

const FIRST: &str = "\
单位名称,类型,上级单位,电话,别名,停用,负责人\r\n\
绿化队,部门,园林科,,,,\r\n\
园林科,部门,住建局,,绿化科,,\r\n\
住建局,department,,0359-2222222,\"住房和城乡建设局；建设局\",,张三\r\n\
安居物业公司,物业公司,,,,是,\r\n";

both! {
    /// Rows in any order; a column nobody knows is told; the second time nothing changes.
    async fn a_table_is_imported_whole_and_once(on) {
        let t = make(on).await;
        let tried = ImportUnits { region: region(), table: Arc::new(table(FIRST)), dry_run: true };
        let tried = t.db.write(&me(), tried).await.unwrap();
        assert_eq!((tried.written, tried.new, units(&t).await.len()), (false, 4, 0));

        let done = import(&t, table(FIRST)).await.unwrap();
        assert_eq!((done.written, done.new, done.changed, done.refused), (true, 4, 0, 0));
        assert!(done.notes.iter().any(|n| n.code == "unit.column_unknown" && n.zh.contains("负责人")));
        let all = units(&t).await;
        let by = |name: &str| all.iter().find(|u| u.name == name).unwrap();
        assert_eq!(by("绿化队").parent, Some(by("园林科").id));
        assert_eq!(by("园林科").parent, Some(unit_id(region(), "住 建 局")));
        assert_eq!(by("住建局").aliases, ["住房和城乡建设局", "建设局"]);
        assert!(by("安居物业公司").closed);

        let before = version(&t).await;
        let again = import(&t, table(FIRST)).await.unwrap();
        assert_eq!((again.written, again.unchanged, version(&t).await), (false, 4, before));

        // A column that is not there leaves what is known, an empty cell empties it.
        let done = import(&t, table("name,phone\n住建局,\n")).await.unwrap();
        assert_eq!((done.changed, &done.rows[0].outcome), (1, &Became::Changed));
        let all = units(&t).await;
        let housing = all.iter().find(|u| u.name == "住建局").unwrap();
        assert_eq!((housing.phone.clone(), housing.aliases.len()), (None, 2));
    }

    /// What is exported and imported again is the same, in CSV and XLSX, formulas and all.
    async fn an_export_is_imported_unchanged(on) {
        let t = make(on).await;
        import(&t, table(FIRST)).await.unwrap();
        import(&t, table("name,kind,note,address\n\"=1+1 公司\",企业,\"第一行\n第二行\",@地址\n")).await.unwrap();
        let (header, rows) = t.db.read(&me(), ExportUnits { region: region() }).await.unwrap();
        assert_eq!(header, ["id", "name", "kind", "parent", "phone", "email", "address", "aliases", "closed", "note"]);
        let before = version(&t).await;
        let csv = read_table("u.csv", &write_csv(&header, &rows), &TableOptions::default()).unwrap();
        let book = write_xlsx(&[Sheet { name: "units".into(), header, rows }]).unwrap();
        let xlsx = read_table("u.xlsx", &book, &TableOptions::default()).unwrap();
        for table in [csv, xlsx] {
            let done = import(&t, table).await.unwrap();
            assert_eq!((done.unchanged, done.changed, done.new, done.refused), (5, 0, 0, 0), "{:?}", done.rows);
        }
        assert_eq!(version(&t).await, before);
    }

    /// Renamed by id; a row that names an alias or a merged unit changes nothing and says so.
    async fn rows_mean_the_units_there_are(on) {
        let t = make(on).await;
        import(&t, table(FIRST)).await.unwrap();
        let id = unit_id(region(), "绿化队");
        let done = import(&t, table(&format!("id,name\n{id},绿化大队\n"))).await.unwrap();
        assert_eq!((done.changed, units(&t).await.iter().any(|u| u.name == "绿化大队" && u.id == id)), (1, true));
        let done = import(&t, table("name,kind\n建设局,协会\n")).await.unwrap();
        assert_eq!((done.written, done.rows[0].messages[0].code), (false, "unit.alias"));
        let into = unit_id(region(), "园林科");
        t.db.write(&me(), MergeUnit { region: region(), unit: id, into }).await.unwrap();
        let done = import(&t, table(&format!("id,name\n{id},绿化大队\n"))).await.unwrap();
        assert_eq!((done.written, done.refused, done.rows[0].messages[0].code), (false, 0, "unit.merged"));
        // The list of before is told again after the merge: no second unit comes of it.
        let n = units(&t).await.len();
        let done = import(&t, table("name,kind\n绿化大队,部门\n")).await.unwrap();
        assert_eq!((done.written, units(&t).await.len()), (false, n));
    }

    /// A spelling can go from one row's unit to another's, and a tree can be turned round, in any order of rows.
    async fn rows_are_judged_together(on) {
        let t = make(on).await;
        import(&t, table("name,kind,parent,aliases\n甲局,部门,,甲科室\n乙局,部门,甲局,\n")).await.unwrap();
        for rows in ["乙局,部门,,甲科室\n甲局,部门,乙局,\n", "甲局,部门,,甲科室\n乙局,部门,甲局,\n"] {
            let done = import(&t, table(&format!("name,kind,parent,aliases\n{rows}"))).await.unwrap();
            assert_eq!((done.written, done.changed), (true, 2), "{:?}", done.rows);
            let sql = "SELECT count(*) FROM unit_names WHERE region = $1";
            assert_eq!(t.db.ask::<(i64,)>(&me(), sql, binds![region()]).await.unwrap(), [(3,)]);
        }
        let all = units(&t).await;
        assert_eq!(all.iter().find(|u| u.name == "甲局").unwrap().aliases, ["甲科室"]);
    }

    /// Every fault is told with record, line and column, and one is enough for nothing to be written.
    async fn bad_rows_are_named_and_nothing_is_written(on) {
        let t = make(on).await;
        import(&t, table(FIRST)).await.unwrap();
        let (before, count) = (version(&t).await, units(&t).await.len());
        for (rows, record, code) in [
            ("name,kind\n好单位,部门\n坏单位,俱乐部\n", 2, "unit.bad_kind"),
            ("name\n没有类型的\n", 1, "unit.no_kind"),
            ("name,kind,phone\n甲,部门,打电话\n", 1, "unit.bad_phone"),
            ("name,kind,email\n甲,部门,a@b\n", 1, "unit.bad_email"),
            ("name,kind,parent\n甲,部门,没有的局\n", 1, "unit.parent_missing"),
            ("name,kind,parent\n甲,部门,安居物业公司\n", 1, "unit.closed"),
            ("name,kind,parent\n甲,部门,乙\n乙,部门,丙\n丙,部门,甲\n", 3, "unit.cycle"),
            ("name,kind,parent\n住建局,部门,绿化队\n", 1, "unit.cycle"),
            ("name,kind,aliases\n甲,部门,园 林 科\n", 1, "unit.spelling_taken"),
            ("name,kind,aliases\n甲,部门,共有\n乙,部门,共有\n", 2, "unit.spelling_taken"),
            ("name,kind\n甲,部门\n乙,部门\n甲,部门\n", 3, "unit.twice"),
            ("name,kind,closed\n甲,部门,大概\n", 1, "unit.bad_closed"),
            ("id,name,kind\n7,甲,部门\n", 1, "unit.bad_id"),
            ("name,kind\n甲,部门\n,部门\n", 2, "text.length"),
        ] {
            let done = import(&t, table(rows)).await.unwrap();
            let bad = done.rows.iter().find(|r| r.record == record).unwrap();
            assert_eq!(bad.outcome, Became::Refused, "{rows}");
            assert!(bad.messages.iter().any(|m| m.code == code), "{rows} {:?}", bad.messages);
            assert_eq!((done.written, bad.line), (false, record + 1), "{rows}");
        }
        for (rows, code) in [("kind\n部门\n", "unit.column_missing"), ("name,kind\n", "area.file_empty")] {
            assert_eq!(import(&t, table(rows)).await.unwrap_err().code(), code, "{rows}");
        }
        let twice = import(&t, table("name,kind,名称\n甲,部门,乙\n")).await.unwrap_err();
        assert_eq!(twice.fields()[0].code, "unit.column_twice");
        assert_eq!((version(&t).await, units(&t).await.len()), (before, count));
        let other = Region::new(990_109).unwrap();
        let gone = ImportUnits { region: other, table: Arc::new(table(FIRST)), dry_run: false };
        assert_eq!(t.db.write(&me(), gone).await.unwrap_err().code(), "region.missing");
    }

    /// The same table in GB18030, UTF-16 and with a mark in front is the same table; merged cells are filled.
    async fn tables_come_in_any_encoding(on) {
        let t = make(on).await;
        import(&t, table(FIRST)).await.unwrap();
        let gb = gb18030(FIRST);
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(FIRST.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let marked = [b"\xEF\xBB\xBF", FIRST.as_bytes()].concat();
        for (bytes, encoding) in [(gb, Some("gb18030")), (utf16, None), (marked, None)] {
            let options = TableOptions { encoding: encoding.map(str::to_owned), sheet: None };
            let table = read_table("u.csv", &bytes, &options).unwrap();
            let done = import(&t, table).await.unwrap();
            assert_eq!((done.unchanged, done.refused), (4, 0));
        }
    }

    /// Places: made, changed, told twice; each fault with its feature; nothing written then.
    async fn places_are_imported_whole_and_once(on) {
        let t = make(on).await;
        let square = |x: f64, d: f64| json!([[[x, 30.0], [x + d, 30.0], [x + d, 30.0 + d], [x, 30.0 + d], [x, 30.0]]]);
        let feature = |name: &str, class: &str, rings: serde_json::Value| {
            json!({"type": "Feature", "properties": {"名称": name, "类别": class}, "geometry": {"type": "Polygon", "coordinates": rings}})
        };
        let layer = |features: Vec<serde_json::Value>| {
            let text = json!({"type": "FeatureCollection", "features": features}).to_string();
            read_layer("p.geojson", &Files::one("p.geojson", text.into_bytes()), &ReadOptions::default()).unwrap()
        };
        let import = async |features: Vec<serde_json::Value>| {
            let import = ImportPlaces {
                region: region(),
                layer: Arc::new(layer(features)),
                name: "名称".into(),
                class: Some("类别".into()),
                class_is: Some(PlaceClass::Estate),
                crs: Crs::Wgs84,
                from_at: Some(Moment(START.0 - 5)),
                dry_run: false,
            };
            t.db.write(&me(), import).await
        };
        let both = || vec![feature("锦园小区", "", square(120.0, 0.01)), feature("望桥市场", "市场", square(120.02, 0.01))];
        let done = import(both()).await.unwrap();
        assert_eq!((done.written, done.new), (true, 2));
        let sql = "SELECT name, class, from_at FROM places WHERE region = $1 ORDER BY class";
        let rows: Vec<(String, String, i64)> = t.db.ask(&me(), sql, binds![region()]).await.unwrap();
        assert_eq!(rows, [("锦园小区".to_owned(), "estate".to_owned(), START.0 - 5), ("望桥市场".to_owned(), "market".to_owned(), START.0 - 5)]);
        let before = version(&t).await;
        let again = import(both()).await.unwrap();
        assert_eq!((again.written, again.unchanged, version(&t).await), (false, 2, before));
        let done = import(vec![feature("锦园小区", "小区", square(120.0, 0.02))]).await.unwrap();
        assert_eq!((done.changed, done.new), (1, 0));

        let before = version(&t).await;
        for (bad, code) in [
            (feature("甲", "城堡", square(121.0, 0.01)), "place.bad_class"),
            (feature("", "市场", square(121.0, 0.01)), "text.length"),
            (json!({"type": "Feature", "properties": {"名称": "甲", "类别": ""}, "geometry": null}), "place.no_boundary"),
            (feature("锦园小区", "estate", square(120.0, 0.01)), "place.twice"),
            (feature("甲", "", json!([[[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])), "shape.crossing"),
        ] {
            let done = import(vec![feature("锦园小区", "", square(120.0, 0.03)), bad]).await.unwrap();
            let told = &done.features[1];
            assert_eq!(told.outcome, Became::Refused);
            assert!(told.messages.iter().any(|m| m.code == code || (code == "shape.crossing" && m.code.starts_with("shape."))), "{code} {:?}", told.messages);
            assert!(!done.written);
        }
        assert_eq!(version(&t).await, before);
        assert_eq!(import(vec![]).await.unwrap_err().code(), "area.file_empty");
    }
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}
