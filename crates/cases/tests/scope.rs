//! One scope, two forms: what it allows and what its condition finds are the same cases (Rule 2). And the
//! rows are the fold of the events (Rule 3).
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cases::{Act, Case, Input, Moved, Report, ReportRequest, Scope, moves, recompute};
use flow::{Move, Stage, State};
use kernel::{
    AccountId, Actor, AreaCode, CaseId, ItemCode, Moment, Person, Post, PostId, Refusal, Region, Role,
    TokenId, TokenScope, UnitId, Uuid, Who,
};
use std::{collections::BTreeSet, sync::Arc};
use store::{Cond, Filter, Migration, Read, Tx, Write, binds, both, testing::TestDb};

fn migrations() -> Vec<Migration> {
    [
        audit::MIGRATIONS,
        jobs::MIGRATIONS,
        once::MIGRATIONS,
        areas::MIGRATIONS,
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
        tx.put(
            "INSERT INTO cases (region, id, number, channel, grid, reporter, stage, round, version, unit, handler, urgent, verified,
               reported_at, act_by, updated_at, open)
             VALUES ($1, $2, $3, 'web', $4, $5, $6, 1, 1, $7, $8, $9, $9, $10, $10, $10, $11)",
            binds![c.region, c.id, &c.number, c.grid, c.reporter, s.stage.number(), s.unit, s.handler, false, s.reported_at, s.stage.open()],
        )
        .await?;
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

fn random_case(lot: &mut Lot, n: usize) -> Case {
    let grids: Vec<AreaCode> = places().into_iter().filter(|a| a.level() == kernel::Level::Grid).collect();
    let region = lot.of(&regions());
    let grids: Vec<AreaCode> = grids.into_iter().filter(|g| g.region() == region).collect();
    let id = CaseId(Uuid::from_u128(1000 + n as u128));
    let step = flow::Step {
        make: Move::Report,
        to: lot.of(Stage::ALL),
        at: Moment(n as i64),
        by: None,
        item: None,
        limit_hours: None,
        urgent: false,
        unit: None,
        handler: None,
    };
    let state = State { unit: lot.maybe(&units()), handler: lot.maybe(&accounts()), ..State::first(&step) };
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
        state,
        now: Moment(0),
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
                assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), allowed, "turn {turn}: {actor:?}");
                assert!(allowed.iter().all(|c| c.0 == region));
                // Work: the open cases on which some move of the actor's is in the table, guards aside.
                let work: BTreeSet<_> = t.db.read(&system, Found(scope.work())).await.unwrap().into_iter().collect();
                let wanted: BTreeSet<_> = cases
                    .iter()
                    .filter(|c| scope.allows(c) && c.state.stage.open())
                    .filter(|c| scope.stand(&actor, c, 0).by.iter().any(|by| flow::work_of(*by).contains(&c.state.stage)))
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
        let desk = person(1, &[(Role::IntakeOperator, None), (Role::Dispatcher, None)]);
        let officer = person(2, &[(Role::UnitOfficer, Some(units()[0]))]);
        let handler = person(3, &[(Role::Handler, Some(units()[0]))]);
        set_up(&t, region).await;
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
            let report = Report { region, request, number: n.to_string(), grid: None };
            t.db.write(&desk, report).await.unwrap();
            cases.push((id, 1));
        }
        let mut made = 0;
        for _ in 0..3000 {
            t.clock.advance(60_000);
            let i = lot.pick(cases.len());
            let (case, version) = cases[i];
            let actor = lot.of(&[&desk, &officer, &handler]);
            let make = lot.of(Move::ALL);
            // Ends are rare, so that the walks are long.
            if matches!(make, Move::Withdraw | Move::Decline) && lot.pick(300) > 0 {
                continue;
            }
            if let Some(Ok(moved)) = step(&t, actor, region, case, version, make).await {
                cases[i].1 = moved.version;
                made += 1;
            }
        }
        assert!(made > 60, "{made}");
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
        units: vec![areas::NewUnit {
            region,
            id: units()[0],
            name: "住建局".into(),
            kind: areas::UnitKind::Department,
        }],
        ..areas::LoadBase::default()
    };
    t.db.write(&system, base).await.unwrap();
    let lamp = items::PutItemBody {
        name: "路灯".into(),
        kind: items::ItemKind::Component,
        major: "公用设施".into(),
        limit_hours: 24,
        urgent: false,
        public: true,
        retired: false,
    };
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

async fn make<I: Input>(
    t: &TestDb,
    actor: &Actor,
    region: Region,
    case: CaseId,
    input: I,
) -> Result<Moved, Refusal> {
    let act = Act { region, case, input, reopening: 15 * Moment::DAY, contact_keep: 180 * Moment::DAY };
    t.db.write(actor, act).await
}

/// A move, if this one can be made by a command; refused where it is not open.
async fn step(
    t: &TestDb,
    actor: &Actor,
    region: Region,
    case: CaseId,
    version: i64,
    m: Move,
) -> Option<Result<Moved, Refusal>> {
    let (note, reason) = (None, "理由充分".to_owned());
    Some(match m {
        Move::Report => return None,
        Move::File => {
            let input = moves::File { version, item: item(), lon: None, lat: None, grid: None, note };
            make(t, actor, region, case, input).await
        }
        Move::Decline => {
            make(t, actor, region, case, moves::Decline { version, reason, pointer: None }).await
        }
        Move::Dispatch => {
            make(t, actor, region, case, moves::Dispatch { version, unit: units()[0], note }).await
        }
        Move::Accept => make(t, actor, region, case, moves::Accept { version, note }).await,
        Move::Hand => {
            make(t, actor, region, case, moves::Hand { version, handler: accounts()[2], note }).await
        }
        Move::Submit => {
            make(t, actor, region, case, moves::Submit { version, result: reason, attachments: Vec::new() })
                .await
        }
        Move::Verify => {
            make(t, actor, region, case, moves::Verify { version, note, attachments: Vec::new() }).await
        }
        Move::Rework => make(t, actor, region, case, moves::Rework { version, reason }).await,
        Move::Close => make(t, actor, region, case, moves::Close { version, note }).await,
        Move::SendBack => {
            make(t, actor, region, case, moves::SendBack { version, reason, clause: None }).await
        }
        Move::Withdraw => make(t, actor, region, case, moves::Withdraw { version, reason: None }).await,
        Move::Reopen => make(t, actor, region, case, moves::Reopen { version, reason }).await,
    })
}
