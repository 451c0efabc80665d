//! One scope, two forms: what it allows and what its condition finds are the same cases (Rule 2). And the
//! rows are the fold of the events (Rule 3).
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use calendar::Run;
use cases::{Act, Case, Moved, Report, ReportRequest, Scope, moves, recompute};
use flow::{Asks, By, FieldKind, Move, Party, Stage, State};
use kernel::{
    AccountId, Actor, AreaCode, CaseId, Clock, ItemCode, Moment, Person, Post, PostId, Refusal, Region, Role,
    TokenId, TokenScope, UnitId, Uuid, Who,
};
use serde_json::json;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};
use store::{Cond, Filter, Migration, Read, Tx, Write, binds, both, testing::TestDb};

fn migrations() -> Vec<Migration> {
    [
        audit::MIGRATIONS,
        jobs::MIGRATIONS,
        once::MIGRATIONS,
        areas::MIGRATIONS,
        rules::MIGRATIONS,
        items::MIGRATIONS,
        access::MIGRATIONS,
        attachments::MIGRATIONS,
        cases::MIGRATIONS,
    ]
    .concat()
}

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
struct Lot(u64);
impl Lot {
    fn pick(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.pick(all.len())]
    }
    fn maybe<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        (self.pick(3) > 0).then(|| self.of(all))
    }
}

fn regions() -> [Region; 2] {
    [Region::new(990_101).unwrap(), Region::new(990_102).unwrap()]
}

fn accounts() -> [AccountId; 3] {
    [1, 2, 3].map(|n| AccountId(Uuid::from_u128(n)))
}

fn units() -> [UnitId; 2] {
    [11, 12].map(|n| UnitId(Uuid::from_u128(n)))
}

/// Areas of every level in both regions; neighbours in number among them.
fn places() -> Vec<AreaCode> {
    [
        990_101,
        990_102,
        990_101_001,
        990_101_002,
        990_102_001,
        990_101_001_001,
        990_101_001_002,
        990_101_001_001_001,
        990_101_001_001_002,
        990_101_001_001_999,
        990_101_002_001_001,
        990_102_001_001_001,
    ]
    .map(|c| AreaCode::new(c).unwrap())
    .into()
}

struct Insert(Case);
impl Write for Insert {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let (c, s) = (&self.0, &self.0.state);
        let side = serde_json::to_string(&s.side).unwrap();
        tx.put(
            "INSERT INTO cases (region, id, number, channel, grid, reporter, stage, round, version, unit, handler, urgent, verified,
               reported_at, act_by, updated_at, open, checker, asks, side)
             VALUES ($1, $2, $3, 'web', $4, $5, $6, 1, 1, $7, $8, $9, $9, $10, $10, $10, $11, $12, $13, $14)",
            binds![
                c.region, c.id, &c.number, c.grid, c.reporter, s.stage.number(), s.unit, s.handler, false, s.reported_at,
                s.stage.open(), s.checker, s.asks.map_or(0, |a| a.number()), side
            ],
        )
        .await?;
        for p in &s.side.parties {
            let waits = s.stage.open() && p.done_at.is_none();
            tx.put(
                "INSERT INTO case_parties (region, case_id, unit, part, waits) VALUES ($1, $2, $3, 'assisting', $4)",
                binds![c.region, c.id, p.unit, waits],
            )
            .await?;
        }
        Ok(())
    }
}

struct Found(Cond);
impl Read for Found {
    type Out = Vec<(Region, CaseId)>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let (sql, binds) = Filter::new("SELECT c.region, c.id FROM cases c WHERE ").cond(&self.0).done();
        Ok(tx.all(sql, binds).await?)
    }
}

struct FoundBy(Vec<cases::Arm>);
impl Read for FoundBy {
    type Out = Vec<(Region, CaseId)>;
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out, Refusal> {
        let mut all = Vec::new();
        for arm in &self.0 {
            let from = if arm.parties {
                "SELECT c.region, c.id FROM case_parties p CROSS JOIN cases c WHERE c.region = p.region AND c.id = p.case_id AND "
            } else {
                "SELECT c.region, c.id FROM cases c WHERE "
            };
            let (sql, binds) = Filter::new(from).cond(&arm.cond).done();
            all.extend(tx.all::<(Region, CaseId)>(sql, binds).await?);
        }
        Ok(all)
    }
}

fn random_case(lot: &mut Lot, n: usize) -> Case {
    let grids: Vec<AreaCode> = places().into_iter().filter(|a| a.level() == kernel::Level::Grid).collect();
    let region = lot.of(&regions());
    let grids: Vec<AreaCode> = grids.into_iter().filter(|g| g.region() == region).collect();
    let id = CaseId(Uuid::from_u128(1000 + n as u128));
    let step = flow::Step::new(Move::Report, lot.of(Stage::ALL), Moment(n as i64), None);
    let mut state =
        State { unit: lot.maybe(&units()), handler: lot.maybe(&accounts()), ..State::first(&step) };
    state.checker = if state.stage == Stage::Reported { lot.maybe(&accounts()) } else { None };
    // Each is asked in its stage.
    let stage = state.stage;
    state.asks = lot.maybe(Asks::ALL).filter(|a| stage.open() && flow::stages_of(*a).any(|s| s == stage));
    if let Some(unit) = lot.maybe(&units()).filter(|u| Some(*u) != state.unit) {
        let clock = Run { left: vec![], since: None, due: None, provisional: false, shifted: false };
        let done_at = lot.maybe(&[Moment(5)]);
        let party = Party {
            unit,
            asked_at: Moment(1),
            clock,
            responded_at: None,
            done_at,
            released: false,
            rated: None,
            rates: None,
        };
        state.side.parties.push(party);
    }
    Case {
        region,
        id,
        number: n.to_string(),
        channel: "web".into(),
        grid: lot.maybe(&grids),
        lon: None,
        lat: None,
        reporter: lot.maybe(&accounts()),
        seen_at: None,
        conflict: false,
        state,
        now: Moment(0),
        of_hours: false,
    }
}

fn random_actor(lot: &mut Lot) -> Actor {
    let who = match lot.pick(12) {
        0 => Who::Anonymous,
        1 => Who::SignIn,
        2 => Who::System("test"),
        3 => Who::Tracking(lot.of(&regions()), CaseId(Uuid::from_u128(1000 + lot.pick(80) as u128))),
        n => {
            let posts = (0..lot.pick(4)).map(|i| Post {
                id: PostId(Uuid::from_u128(i as u128)),
                role: lot.of(Role::ALL),
                region: lot.of(&regions()),
                // As the database could hold them, sensible or not.
                unit: lot.maybe(&units()),
                area: lot.maybe(&places()),
                from: Moment(0),
                until: None,
            });
            let posts = posts.collect();
            let token = (n == 4).then(|| (TokenId(Uuid::nil()), vec![TokenScope::ReadCases]));
            Who::Person(Arc::new(Person { account: lot.of(&accounts()), session: None, token, posts }))
        }
    };
    Actor::of(who)
}

both! {
    /// Random actors on random cases: the yes/no and the condition agree, in each region; work is part of it.
    async fn what_is_allowed_is_what_is_found(on) {
        let t = TestDb::new(on, &migrations()).await;
        let (system, mut lot) = (Actor::system("test"), Lot(2026));
        let cases: Vec<Case> = (0..80).map(|n| random_case(&mut lot, n)).collect();
        for c in &cases {
            t.db.write(&system, Insert(c.clone())).await.unwrap();
        }
        let mut seen = 0;
        for turn in 0..400 {
            let actor = random_actor(&mut lot);
            for region in regions() {
                let scope = Scope::of(&actor, region).unwrap();
                let allowed: BTreeSet<_> = cases.iter().filter(|c| scope.allows(c)).map(|c| (c.region, c.id)).collect();
                let found = t.db.read(&system, Found(scope.cond())).await.unwrap();
                let by_arms = t.db.read(&system, FoundBy(scope.arms())).await.unwrap();
                assert_eq!(by_arms.iter().collect::<BTreeSet<_>>(), found.iter().collect(), "turn {turn}: {actor:?}");
                assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), allowed, "turn {turn}: {actor:?}");
                assert!(allowed.iter().all(|c| c.0 == region));
                // Work: the open cases on which some move of the actor's is in the table, guards aside.
                let work: BTreeSet<_> = t.db.read(&system, FoundBy(scope.work())).await.unwrap().into_iter().collect();
                let wanted: BTreeSet<_> = cases
                    .iter()
                    .filter(|c| scope.allows(c) && c.state.stage.open())
                    .filter(|c| scope.stand(&actor, c).by.iter().any(|by| {
                        let asked = c.state.asks.is_some_and(|a| flow::asks_of(*by).contains(&a));
                        let units = scope.stand(&actor, c).officer_of;
                        let waits = c.state.side.parties.iter().any(|p| p.done_at.is_none() && units.contains(&p.unit));
                        flow::work_of(*by).contains(&c.state.stage)
                            || asked
                            || waits && *by == By::Assisting(Role::UnitOfficer)
                    }))
                    .map(|c| (c.region, c.id))
                    .collect();
                assert_eq!(work, wanted, "turn {turn}: {actor:?}");
                seen += allowed.len();
            }
        }
        assert!(seen > 1000, "the actors saw hardly anything: {seen}");
    }

    /// After walks at random the rows are what the events say; a row tampered with is found.
    async fn rows_are_the_fold_of_their_events(on) {
        let t = TestDb::new(on, &migrations()).await;
        let (system, region, mut lot) = (Actor::system("test"), regions()[0], Lot(9));
        let desk = person(1, &[(Role::IntakeOperator, None), (Role::Dispatcher, None), (Role::Supervisor, None)]);
        let officer = person(2, &[(Role::UnitOfficer, Some(units()[0]))]);
        let handler = person(3, &[(Role::Handler, Some(units()[0]))]);
        let second = person(4, &[(Role::UnitOfficer, Some(units()[1]))]);
        let overseer = person(5, &[(Role::Supervisor, None)]);
        set_up(&t, region).await;
        let book = rules::book_of(&t.db, region).await.unwrap();
        let mut cases: Vec<(CaseId, i64)> = Vec::new();
        for n in 0..6u128 {
            let id = CaseId(Uuid::from_u128(5000 + n));
            let request = ReportRequest {
                id,
                text: "路灯不亮".into(),
                place: None,
                lon: None,
                lat: None,
                item: None,
                telephone: None,
                channel: None,
                attachments: Vec::new(),
                seen_at: None,
            };
            let report = Report { region, request, number: n.to_string(), grid: None, book: book.clone() };
            t.db.write(&desk, report).await.unwrap();
            cases.push((id, 1));
        }
        let (mut made, mut walked) = (0, HashSet::new());
        for _ in 0..8000 {
            t.clock.advance(60_000);
            let i = lot.pick(cases.len());
            let (case, version) = cases[i];
            let actor = lot.of(&[&desk, &desk, &officer, &officer, &handler, &second, &overseer, &system]);
            let make = lot.of(Move::ALL);
            // Ends are rare, so that the walks are long.
            if matches!(make, Move::Withdraw | Move::Decline | Move::Merge | Move::Recuse) && lot.pick(300) > 0 {
                continue;
            }
            if let Some(Ok(moved)) = step(&t, actor, region, case, version, make, &book).await {
                cases[i].1 = moved.version;
                made += 1;
                walked.insert(make);
            }
        }
        assert!(made > 200 && walked.len() > 20, "{made} {walked:?}");
        assert_eq!(recompute(&t.db, region).await.unwrap(), (6, Vec::new()));
        let tampered = cases[2].0;
        let sql = "UPDATE cases SET case_due = 1 WHERE region = $1 AND id = $2";
        t.db.tell(&system, sql, binds![region, tampered]).await.unwrap();
        let (seen, differing) = recompute(&t.db, region).await.unwrap();
        assert_eq!((seen, differing.len(), differing[0].case), (6, 1, tampered));
        // An event taken away is found as well.
        let sql = "DELETE FROM events WHERE region = $1 AND stream = $2 AND n = $3";
        t.db.tell(&system, sql, binds![region, cases[4].0, cases[4].1]).await.unwrap();
        let found: Vec<CaseId> = recompute(&t.db, region).await.unwrap().1.into_iter().map(|d| d.case).collect();
        assert_eq!(found, [tampered, cases[4].0]);
    }
}

both! {
    /// A database of the first version opens, reads, and is written anew by the job its migration leaves.
    async fn the_first_version_is_taken_over(on) {
        let older: Vec<Migration> = migrations().into_iter().filter(|m| !["cases/2-rules", "cases/3-narrow", "cases/4-ground", "items/2-limits", "items/3-versions"].contains(&m.name)).collect();
        let t = TestDb::new(on, &older).await;
        let (system, region) = (Actor::system("test"), regions()[0]);
        let region_row = areas::LoadBase {
            regions: vec![areas::NewRegion { code: region, name: "云桥县".into(), zone: "Asia/Shanghai".into() }],
            ..areas::LoadBase::default()
        };
        t.db.write(&system, region_row).await.unwrap();
        let unit = units()[0];
        let lamp = "INSERT INTO items (region, code, name, kind, major, limit_hours, urgent, public, retired, from_at)
             VALUES ($1, $2, '路灯', 'component', '公用设施', 48, $3, $3, $3, 0)";
        t.db.tell(&system, lamp, binds![region, item(), false]).await.unwrap();
        let hour = Moment::HOUR;
        for n in 0..3u128 {
            let id = CaseId(Uuid::from_u128(7000 + n));
            let row = "INSERT INTO cases (region, id, number, stage, round, version, urgent, channel, item, limit_hours, unit, verified,
                 reported_at, filed_at, dispatched_at, case_due, unit_due, act_by, updated_at, open)
               VALUES ($1, $2, $3, $4, 1, $5, $6, 'web', $7, 48, $8, $6, 0, $9, $10, $11, $12, $13, 0, $14)";
            // Reported, filed and dispatched; the last one sent back by its unit.
            let back = n == 2;
            let (stage, version) = if back { (2, 4) } else { (3, 3) };
            let has = (!back).then_some(unit);
            let unit_due = (!back).then_some(50 * hour);
            let act_by = if back { 49 * hour } else { 50 * hour };
            t.db.tell(&system, row, binds![region, id, n.to_string(), stage, version, false, item(), has, hour, 2 * hour,
                49 * hour, unit_due, act_by, true]).await.unwrap();
            let mut steps = vec![
                r#"{"move":"report","to":"reported","at":0}"#.to_owned(),
                r#"{"move":"file","to":"filed","at":3600000,"item":"9901010101","limit_hours":48}"#.to_owned(),
                format!(r#"{{"move":"dispatch","to":"dispatched","at":7200000,"unit":"{unit}"}}"#),
            ];
            if back {
                steps.push(r#"{"move":"send_back","to":"filed","at":9000000}"#.to_owned());
            }
            for (i, data) in steps.iter().enumerate() {
                let event = "INSERT INTO events (region, stream, n, at, kind, data) VALUES ($1, $2, $3, 0, 'x', $4)";
                t.db.tell(&system, event, binds![region, id, i as i64 + 1, data]).await.unwrap();
            }
        }
        t.db.migrate(&migrations(), &|_, _, _| {}).await.unwrap();
        let seen = |id: u128| t.db.read(&system, Seen(region, CaseId(Uuid::from_u128(id))));
        assert_eq!(seen(7000).await.unwrap().state.dues(), (Some(Moment(49 * hour)), Some(Moment(50 * hour))));
        let workers = cases::workers(jobs::Workers::new());
        while workers.once(&t.db).await.unwrap() > 0 {}
        assert_eq!(recompute(&t.db, region).await.unwrap(), (3, Vec::new()));
        // First asked stays answerable: true of old send-backs as well.
        assert_eq!(seen(7002).await.unwrap().state.side.answerable, Some(unit));
        let limit = "SELECT time_limit FROM conditions WHERE region = $1";
        assert_eq!(t.db.ask::<(String,)>(&system, limit, binds![region]).await.unwrap()[0].0, "48h");
    }
}

struct Seen(Region, CaseId);
impl Read for Seen {
    type Out = Case;
    async fn run(&self, tx: &mut Tx) -> Result<Case, Refusal> {
        Ok(Case::seen(tx, self.0, self.1).await?.1)
    }
}

fn person(account: u128, posts: &[(Role, Option<UnitId>)]) -> Actor {
    let posts = posts.iter().enumerate().map(|(i, (role, unit))| Post {
        id: PostId(Uuid::from_u128(account * 10 + i as u128)),
        role: *role,
        region: regions()[0],
        unit: *unit,
        area: None,
        from: Moment(0),
        until: None,
    });
    let account = AccountId(Uuid::from_u128(account));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: posts.collect() })))
}

fn item() -> ItemCode {
    ItemCode::new(9_901_010_101).unwrap()
}

async fn set_up(t: &TestDb, region: Region) {
    let system = Actor::system("test");
    let base = areas::LoadBase {
        regions: vec![areas::NewRegion {
            code: region, name: "云桥县".into(), zone: "Asia/Shanghai".into()
        }],
        units: units()
            .map(|id| areas::NewUnit {
                region,
                id,
                name: format!("单位 {id}"),
                kind: areas::UnitKind::Department,
            })
            .into(),
        ..areas::LoadBase::default()
    };
    t.db.write(&system, base).await.unwrap();
    let lamp = items::PutItemBody {
        public: true,
        ..items::PutItemBody::new("路灯", items::ItemKind::Component, "公用设施")
    };
    let lamp = items::NewItem::new(lamp, calendar::Limit::of(24, calendar::LimitUnit::Hour), false);
    t.db.write(&system, items::LoadItems { region, items: vec![(item(), lamp)] }).await.unwrap();
    let account = accounts()[2];
    let post = access::NewPost {
        id: PostId(Uuid::from_u128(77)),
        account,
        role: Role::Handler,
        region,
        unit: Some(units()[0]),
        area: None,
        from: Moment(0),
        until: None,
    };
    let new =
        access::NewAccount { id: account, username: "handler".into(), name: "某人".into(), password: None };
    t.db.write(&system, access::LoadAccounts { accounts: vec![new], posts: vec![post] }).await.unwrap();
}

/// A move, if a person can make this one; refused where it is not open.
async fn step(
    t: &TestDb,
    actor: &Actor,
    region: Region,
    case: CaseId,
    version: i64,
    m: Move,
    book: &Arc<rules::Book>,
) -> Option<Result<Moved, Refusal>> {
    let mut body = json!({ "version": version });
    let soon = t.clock.now().plus(9 * Moment::DAY).0;
    for field in m.fields(Stage::Dispatched, Stage::Filed) {
        body[field.name] = match field.kind {
            FieldKind::Line | FieldKind::Text => json!("理由充分"),
            FieldKind::Item => json!(item()),
            FieldKind::Unit => json!(units()[(version % 2) as usize]),
            FieldKind::Party => json!(units()[1]),
            FieldKind::Handler => json!(accounts()[2]),
            FieldKind::YesNo => json!(true),
            FieldKind::Limit => json!("2工作日"),
            FieldKind::Date => json!(soon),
            FieldKind::Case => json!("5"),
            FieldKind::Stars => json!(4),
            FieldKind::Checker | FieldKind::Condition | FieldKind::Point | FieldKind::Pictures => continue,
        };
    }
    macro_rules! make {
        ($($made:ident),+ $(,)?) => {
            match m {
                $(Move::$made => {
                    let input = serde_json::from_value::<moves::$made>(body).unwrap();
                    let book = book.clone();
                    Some(t.db.write(actor, Act { region, case, input, book, contact_keep: 180 * Moment::DAY }).await)
                })+
                Move::Report | Move::Remind | Move::Escalate | Move::Recalendar => None,
            }
        };
    }
    make!(
        File,
        Decline,
        Dispatch,
        Accept,
        Hand,
        Submit,
        Verify,
        Rework,
        Close,
        SendBack,
        Withdraw,
        Reopen,
        AskCheck,
        AnswerCheck,
        CallBack,
        RequestExtension,
        RequestSuspension,
        Grant,
        Refuse,
        Resume,
        Arbitrate,
        Summon,
        Respond,
        Contribute,
        Release,
        Rate,
        Merge,
        Unmerge,
        Link,
        Unlink,
        Urge,
        LiftUrge,
        Appeal,
        ReviewAppeal,
        DecideAppeal,
        Recuse,
        Consent,
        RefuseConsent,
    )
}
