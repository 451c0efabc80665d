//! Tables of cities become catalogues and go out again, on both databases.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{LoadBase, NewRegion};
use items::{
    Book, ExportItems, ImportItems, ItemsImported, Layout, Meaning, RowBecame, SheetFormat, table_of,
};
use jiff::civil::Date;
use kernel::{AccountId, Actor, Moment, Person, Post, PostId, Refusal, Region, Role, Uuid, Who};
use std::{path::PathBuf, sync::Arc};
use store::{
    Migration, Read, Tx, both,
    testing::{On, TestDb},
};

const MAPPING: &str = r#"
name = "试行清单"
[columns]
kind = "类别"
major_code = "大类码"
major = "大类"
minor_code = "小类码"
name = "小类"
parties = "单位"
supervisors = "监督"
filing = "立案条件"
closing = "结案条件"
limit = "时限"
[kinds]
component = ["部件"]
event = ["事件"]
[codes]
event_offset = 50
local_from = 90
[limits]
"天" = "wd"
"工作时" = "wh"
"紧急工作时" = "uh"
[seasons]
"种植季" = { from = "03-01", to = "05-31" }
[parties]
make_units = true
[roles.owner]
words = ["各产权单位"]
"#;

const HEADER: &str = "类别,大类码,大类,小类码,小类,单位,监督,立案条件,结案条件,时限\n";

fn region() -> Region {
    Region::new(140_802).unwrap()
}

async fn fresh(on: On) -> TestDb {
    let migrations: Vec<Migration> =
        [audit::MIGRATIONS, once::MIGRATIONS, areas::MIGRATIONS, items::MIGRATIONS].concat();
    let t = TestDb::new(on, &migrations).await;
    let base = LoadBase {
        regions: vec![NewRegion { code: region(), name: "盐湖区".into(), zone: "Asia/Shanghai".into() }],
        ..LoadBase::default()
    };
    t.db.write(&Actor::system("test"), base).await.unwrap();
    t
}

async fn import(t: &TestDb, mapping: &str, name: &str, bytes: &[u8]) -> Result<ItemsImported, Refusal> {
    let layout = Layout::parse(mapping)?;
    let table = table_of(&layout, name, bytes)?;
    let work = ImportItems {
        region: region(),
        layout: Arc::new(layout),
        table: Arc::new(table),
        version: None,
        in_force: None,
        dry_run: false,
    };
    t.db.write(&Actor::system("test"), work).await
}

struct Load;
impl Read for Load {
    type Out = Book;
    async fn run(&self, tx: &mut Tx) -> Result<Book, Refusal> {
        Book::load(tx, region()).await
    }
}

async fn drafts(t: &TestDb) -> i64 {
    let sql = "SELECT count(*) FROM catalogues WHERE region = $1";
    let rows: Vec<(i64,)> = t.db.ask(&Actor::system("test"), sql, store::binds![region()]).await.unwrap();
    rows[0].0
}

/// The folder of real data; says so where it is missing.
fn real() -> Option<PathBuf> {
    let found = std::env::var_os("JINGWEI_DATA").map(PathBuf::from).filter(|p| p.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: JINGWEI_DATA names no folder of real data");
    }
    found
}

both! {
    /// A row that says it all becomes a condition; one in doubt stays a draft with record, line and reason.
    async fn rows_become_conditions_or_drafts(on) {
        let t = fresh(on).await;
        let text = format!("{HEADER}部件,1,公用设施,1,井盖,供水公司,,\"缺失、\n移位\",恢复,2紧急工作时\n\
            部件,01,公用设施,01,井盖,供水公司、各产权单位,城管局,破损,修复,5天；种植季15天\n\
            事件,01,市容环境,01,私搭乱建,各产权单位,,正在建设,制止,2紧急工作日\n\
            事件,01,市容环境,95,占道,供水公司,,占道,清理,3天内\n");
        let out = import(&t, MAPPING, "a.csv", text.as_bytes()).await.unwrap();
        assert!(out.written);
        let doubts: Vec<_> = out.doubtful.iter().map(|d| (d.record, d.line, d.doubts[0].code.as_str())).collect();
        assert_eq!(doubts, [(3, 5, "import.limit_unit"), (4, 6, "import.limit_tail")]);
        assert_eq!(out.counted.items, 3);
        assert_eq!(out.units_made, ["供水公司", "城管局"]);
        let book = t.db.read(&Actor::system("test"), Load).await.unwrap();
        assert!(book.version_at(t.db.world().now()).is_none(), "a draft is in force for nobody");
        let version = out.catalogue.unwrap().catalogue.version;
        let rows: Vec<(i64, i64, String)> = t.db.ask(
            &Actor::system("test"),
            "SELECT c.code, c.n, COALESCE(c.time_limit, '-') FROM conditions c WHERE c.region = $1 AND c.version = $2 ORDER BY c.code, c.n",
            store::binds![region(), version],
        ).await.unwrap();
        // Events' majors are moved, so that one code means one item; the lead of several is not guessed.
        assert_eq!(rows, [
            (1_408_020_101, 1, "2uh".into()), (1_408_020_101, 2, "5wd".into()),
            (1_408_025_101, 1, "-".into()), (1_408_025_195, 1, "-".into()),
        ]);
        let leads: Vec<(i64, Option<String>)> = t.db.ask(
            &Actor::system("test"),
            "SELECT n, lead FROM conditions WHERE region = $1 AND version = $2 AND code = 1408020101 ORDER BY n",
            store::binds![region(), version],
        ).await.unwrap();
        assert!(leads[0].1.is_some() && leads[1].1.is_none());
        // Told twice, the second changes nothing.
        let again = import(&t, MAPPING, "a.csv", text.as_bytes()).await.unwrap();
        assert!(!again.written && drafts(&t).await == 1);
        assert!(again.rows.iter().all(|r| r.became == RowBecame::Draft || r.became == RowBecame::New));
    }

    /// GB18030, UTF-16 and a byte order mark say the same; merged and formula cells are the reader's own tests.
    async fn encodings_say_the_same(on) {
        let t = fresh(on).await;
        let text = format!("{HEADER}部件,01,公用设施,02,路灯,路灯所,,不亮,修复,2天\n");
        let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let marked = format!("\u{feff}{text}").into_bytes();
        assert!(import(&t, MAPPING, "a.csv", text.as_bytes()).await.unwrap().written);
        let gb = encoding_rs::GB18030.encode(&text).0.into_owned();
        for bytes in [utf16, marked, gb] {
            assert!(!import(&t, MAPPING, "a.csv", &bytes).await.unwrap().written);
        }
        assert_eq!(drafts(&t).await, 1);
    }

    /// What cannot be placed refuses the whole import and is named; nothing is written, no unit made.
    async fn what_cannot_be_placed_is_named(on) {
        let t = fresh(on).await;
        let refused = |r: Result<ItemsImported, Refusal>| r.unwrap_err();
        let bad = format!("{HEADER}物件,01,公用设施,01,井盖,新单位,,缺失,恢复,2天\n部件,1x,公用设施,01,井盖,新单位,,缺失,恢复,2天\n");
        let told = format!("{:?}", refused(import(&t, MAPPING, "a.csv", bad.as_bytes()).await));
        assert!(told.contains("line 2 (record 1)") && told.contains("line 3 (record 2)"), "{told}");
        let missing = refused(import(&t, MAPPING, "a.csv", "类别,大类码\n部件,01\n".as_bytes()).await);
        let missing = format!("{missing:?}");
        assert!(missing.contains("columns.minor_code") && missing.contains("小类码"), "{missing}");
        assert!(import(&t, MAPPING, "a.csv", HEADER.as_bytes()).await.is_err(), "no rows");
        for (mapping, code) in [
            (MAPPING.replace("[limits]", "[limit]"), "import.bad_mapping"),
            (MAPPING.replace("\"wd\"", "\"days\""), "limits.天"),
            (MAPPING.replace("event_offset = 50", "event_offset = 500"), "codes"),
        ] {
            let told = format!("{:?}", Layout::parse(&mapping).unwrap_err());
            assert!(told.contains(code), "{told}");
        }
        // Limits of 0 and 10⁹ stay with their row.
        let far = format!("{HEADER}部件,01,公用设施,01,井盖,,,缺失,恢复,0天\n部件,01,公用设施,01,井盖,,,破损,恢复,1000000000天\n");
        let out = import(&t, MAPPING, "a.csv", far.as_bytes()).await.unwrap();
        assert_eq!(out.doubtful.len(), 2);
        let units: Vec<(i64,)> = t.db.ask(&Actor::system("test"), "SELECT count(*) FROM units WHERE region = $1", store::binds![region()]).await.unwrap();
        assert_eq!(units[0].0, 0);
    }

    /// Who may edit the catalogue but no units makes none on the way: rows of unknown units and roles stay in doubt.
    async fn a_steward_of_the_catalogue_makes_no_units(on) {
        let t = fresh(on).await;
        let post = Post {
            id: PostId(Uuid::from_u128(1)),
            role: Role::CatalogueSteward,
            region: region(),
            unit: None,
            area: None,
            from: Moment(0),
            until: None,
        };
        let person = Person { account: AccountId(Uuid::from_u128(2)), session: None, token: None, posts: vec![post] };
        let steward = Actor::of(Who::Person(Arc::new(person)));
        let mapping = MAPPING.replace("[roles.owner]", "[roles.cables]\nwords = [\"线缆部门\"]\nzh = \"线缆部门\"\nen = \"Cables\"\n[roles.owner]");
        let text = format!("{HEADER}部件,01,公用设施,01,井盖,供水公司,,缺失,恢复,2天\n部件,01,公用设施,02,线缆,线缆部门,,垂落,恢复,2天\n\
            部件,01,公用设施,03,围挡,各产权单位,,破损,恢复,2天\n");
        let layout = Layout::parse(&mapping).unwrap();
        let table = table_of(&layout, "a.csv", text.as_bytes()).unwrap();
        let work = ImportItems { region: region(), layout: Arc::new(layout), table: Arc::new(table), version: None, in_force: None, dry_run: false };
        let out = t.db.write(&steward, work).await.unwrap();
        assert_eq!(out.doubtful.iter().map(|d| d.record).collect::<Vec<_>>(), [1, 2]);
        assert!(out.units_made.is_empty() && out.written);
    }

    /// A real city's 519 filing conditions: the doubtful ones are exactly those that are, and what goes out comes
    /// back as it was.
    async fn yuncheng(on) {
        let Some(data) = real() else { return };
        let t = fresh(on).await;
        let bytes = std::fs::read(data.join("standards/yuncheng_items.csv")).unwrap();
        let mapping = include_str!("../../../docs/examples/yuncheng.toml");
        let out = import(&t, mapping, "yuncheng_items.csv", &bytes).await.unwrap();
        assert_eq!((out.counted.records, out.counted.items), (519, 190));
        let doubtful: Vec<i64> = out.doubtful.iter().map(|d| d.record).collect();
        assert_eq!(doubtful, [376, 378, 402, 422, 424]);
        let limits: Vec<(&str, usize)> = out.counted.limits.iter().map(|(w, n)| (w.as_str(), *n)).collect();
        assert_eq!(limits, [("天", 412), ("小时", 61), ("紧急工作时", 41)]);
        assert_eq!((out.counted.several, out.counted.with_roles, out.counted.only_roles), (477, 428, 77));
        assert!(out.spellings.iter().all(|s| s.meaning != Meaning::Unknown));
        let water = out.spellings.iter().find(|s| s.spelling == "运城市节约用水中心").unwrap();
        assert!(water.like.contains(&"运城市城市节约用水中心".to_owned()), "spellings of one unit are to be reviewed");
        assert!(!import(&t, mapping, "yuncheng_items.csv", &bytes).await.unwrap().written);
        let version = out.catalogue.unwrap().catalogue.version;
        for (layout, format, name) in [
            (Some(mapping), SheetFormat::Csv, "out.csv"),
            (Some(mapping), SheetFormat::Xlsx, "out.xlsx"),
        ] {
            let layout = layout.map(|m| Arc::new(Layout::parse(m).unwrap()));
            let work = ExportItems { region: region(), version: Some(version), layout };
            let written = t.db.read(&Actor::system("test"), work).await.unwrap();
            assert_eq!(written.rows.len(), 519);
            let file = format.file(written).unwrap();
            let back = import(&t, mapping, name, &file).await.unwrap();
            assert!(!back.written, "{name}: {:?}", back.catalogue);
        }
        // In force from a day on, its drafts are never used for filing.
        let put = items::PutInForce { region: region(), version, from: Date::constant(2026, 3, 2) };
        t.db.write(&Actor::system("test"), put).await.unwrap();
        t.clock.advance(1);
        let book = t.db.read(&Actor::system("test"), Load).await.unwrap();
        let edition = book.edition_at(t.db.world().now()).unwrap();
        let good: usize = edition.items.values().map(|i| i.good().count()).sum();
        assert_eq!(good, 514);
    }
}
