//! `jingwei demo`: a county to try. The land, units, items and people come from the `county` crate; the
//! cases come about by the same commands that people use, at the times of the past 120 days.

mod duties;

use crate::{
    ambient::world_at,
    config::{Common, Config, write_private},
    exit::{Done, Failure, bad},
    progress, serve,
};
use access::{LoadAccounts, MakeToken, NewAccount, NewPost, NewToken};
use areas::{AreaKind, FeatureKind, LoadBase, NewArea, NewFeature, NewRegion, NewUnit, UnitKind};
use audit::Head;
use calendar::{Limit, LimitUnit};
use cases::{Act, Channel, Input, Moved, Report, ReportRequest, moves};
use county::{Area, County, Feature, Matter, Rng};
use items::{ItemKind, LoadItems, NewItem, Party, PutConditionBody, PutItemBody};
use kernel::{
    AccountId, Actor, AreaCode, CaseId, ItemCode, Level, Moment, Person, Post, PostId, Refusal, Region, Role,
    TokenId, TokenScope, UnitId, Uuid, Who,
};
use serde::{Deserialize, Serialize};
use std::{path::Path, sync::Arc};
use store::{Db, DbUrl};

/// The sign-ins of a demo, as `demo --json` prints them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIns {
    /// One account of each role.
    pub accounts: Vec<SignIn>,
    /// A token that may report.
    pub open311_key: String,
}

/// A sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The role.
    pub role: String,
    /// The username.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Makes the demo if it is not there, and serves it.
pub async fn run(mut config: Config, common: &Common, cases: u32, only: bool) -> Done {
    if common.data_dir.is_none() && common.config.is_none() {
        config.data_dir = "demo-data".into();
        config.file.data_dir.clone_from(&config.data_dir);
        if common.db.is_none() {
            config.url = DbUrl::Sqlite(config.data_dir.join("jingwei.db"));
        }
    }
    let ready = config.data_dir.join("demo.json");
    if !ready.exists() {
        make(&config, cases).await?;
    }
    let text = std::fs::read_to_string(&ready).map_err(|e| bad(format!("{}: {e}", ready.display())))?;
    let sign_ins: SignIns =
        serde_json::from_str(&text).map_err(|e| bad(format!("{}: {e}", ready.display())))?;
    if only {
        return Ok(());
    }
    let db = config.open_migrated(&|_, _, _| {}).await?;
    let server = serve::prepare(&config, db).await?;
    let url = format!("http://{}/", server.address);
    if config.json {
        println!(
            "{}",
            serde_json::json!({ "url": url, "accounts": sign_ins.accounts, "open311_key": sign_ins.open311_key })
        );
    } else {
        println!("\n云桥县(演示) · Yunqiao County (demo), made up, in {}\n", config.data_dir.display());
        println!("  residents    {url}\n  office       {url}desk/\n  grid workers {url}field/\n");
        for a in &sign_ins.accounts {
            println!("  {:<24} {:<22} {}", a.role, a.username, a.password);
        }
        println!("\n  token that may report: {}\n\nStop with Ctrl-C.", sign_ins.open311_key);
    }
    server.run().await
}

/// Makes a demo where none is. On SQLite it is made beside and moved into place, so that a stop half-way
/// leaves nothing; PostgreSQL has to be empty.
async fn make(config: &Config, cases: u32) -> Done {
    let DbUrl::Sqlite(path) = &config.url else {
        let db = config.open_migrated(&|_, _, _| {}).await?;
        let known: Vec<(Region,)> =
            db.ask(&Actor::system("demo"), "SELECT code FROM regions LIMIT 1", vec![]).await?;
        if !known.is_empty() {
            return Err(bad(format!(
                "{} is not empty and its sign-ins are not in {}; a demo is made in an empty database",
                config.url,
                config.data_dir.display()
            )));
        }
        let sign_ins = fill(&db, config, cases).await?;
        return finish(&config.data_dir, &sign_ins);
    };
    if path.exists() || config.key_path().exists() {
        return Err(bad(format!(
            "{} holds something else than a demo; choose another --data-dir",
            config.data_dir.display()
        )));
    }
    let name = path.file_name().ok_or_else(|| bad("the database needs a file name"))?;
    let mut partial = config.data_dir.as_os_str().to_owned();
    partial.push(".partial");
    let partial = std::path::PathBuf::from(partial);
    let _ = std::fs::remove_dir_all(&partial);
    let beside =
        Config { url: DbUrl::Sqlite(partial.join(name)), data_dir: partial.clone(), ..config.clone() };
    let db = beside.open_migrated(&|_, _, _| {}).await?;
    let sign_ins = fill(&db, &beside, cases).await?;
    drop(db);
    finish(&partial, &sign_ins)?;
    if config.data_dir.exists() {
        // An empty folder may be there already; anything in it was refused above.
        std::fs::remove_dir(&config.data_dir)
            .map_err(|e| bad(format!("{}: {e}", config.data_dir.display())))?;
    }
    std::fs::rename(&partial, &config.data_dir)
        .map_err(|e| bad(format!("{}: {e}", config.data_dir.display())))
}

fn finish(dir: &Path, sign_ins: &SignIns) -> Done {
    let text = serde_json::to_string_pretty(sign_ins).unwrap_or_default();
    write_private(&dir.join("demo.json"), &text).map_err(|e| bad(format!("{}: {e}", dir.display())))
}

struct Cast {
    county: County,
    region: Region,
    units: Vec<UnitId>,
    items: Vec<ItemCode>,
    actors: Vec<Actor>,
    accounts: Vec<AccountId>,
    book: Arc<rules::Book>,
}

fn id(rng: &mut Rng) -> Uuid {
    let bits = (u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

fn id_at(rng: &mut Rng, at: i64) -> Uuid {
    let bits = (u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64());
    let mut random = [0; 10];
    random.copy_from_slice(&bits.to_be_bytes()[..10]);
    uuid::Builder::from_unix_timestamp_millis(at.max(0) as u64, &random).into_uuid()
}

fn degrees(points: &[county::Vertex]) -> Vec<[f64; 2]> {
    points.iter().map(|p| [f64::from(p[0]) / 1e7, f64::from(p[1]) / 1e7]).collect()
}

fn geometry(f: &Feature) -> serde_json::Value {
    if f.points.first() == f.points.last() && f.points.len() > 3 {
        serde_json::json!({ "type": "Polygon", "coordinates": [degrees(&f.points)] })
    } else {
        serde_json::json!({ "type": "LineString", "coordinates": degrees(&f.points) })
    }
}

fn area(a: &Area) -> Result<NewArea, Failure> {
    let shape = space::Shape::from_rings([a.rings.clone()]).map_err(|e| bad(e.en()))?;
    Ok(NewArea {
        code: AreaCode::new(a.code).ok_or_else(|| bad("area code"))?,
        name: a.name.clone(),
        kind: AreaKind::parse(a.kind),
        shape: Some(shape),
    })
}

/// How many of each kind a demo holds beside its cases.
async fn fill(db: &Db, config: &Config, n: u32) -> Result<SignIns, Failure> {
    let system = Actor::system("demo");
    let now = db.world().now();
    let county = County::generate(county::SEED);
    let region = Region::new(county.region.code).ok_or_else(|| bad("region code"))?;
    let mut rng = Rng::branch(county::SEED, "demo");
    let start = now.plus(-130 * Moment::DAY);
    let before = world_at(db.world(), start);

    let units: Vec<UnitId> = county.units.iter().map(|_| UnitId(id(&mut rng))).collect();
    let all_areas: Result<Vec<NewArea>, Failure> =
        county.streets.iter().chain(&county.communities).chain(&county.grids).map(area).collect();
    let base = LoadBase {
        regions: vec![NewRegion {
            code: region,
            name: county.region.name.clone(),
            zone: county.region.zone.clone(),
        }],
        areas: all_areas?,
        units: county
            .units
            .iter()
            .zip(&units)
            .filter_map(|(u, id)| {
                Some(NewUnit { region, id: *id, name: u.name.clone(), kind: UnitKind::parse(u.kind)? })
            })
            .collect(),
        features: county
            .features
            .iter()
            .enumerate()
            .filter_map(|(i, f)| {
                let kind = FeatureKind::parse(f.kind)?;
                let (class, name) = (f.class.to_owned(), f.name.clone());
                Some(NewFeature { region, id: i as i64 + 1, kind, class, name, geometry: geometry(f) })
            })
            .collect(),
    };
    db.write_in(&system, before.clone(), base).await?;
    let items: Vec<ItemCode> = county
        .items
        .iter()
        .map(|i| ItemCode::new(i.code).ok_or_else(|| bad("item code")))
        .collect::<Result<_, _>>()?;
    let catalogue = county.items.iter().zip(&items).filter_map(|(i, code)| {
        Some((
            *code,
            NewItem {
                is: PutItemBody {
                    public: i.public,
                    domain: Some(i.major.to_owned()),
                    ..PutItemBody::new(i.name, ItemKind::parse(i.kind)?, i.major)
                },
                conditions: vec![PutConditionBody {
                    urgent: i.urgent,
                    lead: Some(match i.unit_role {
                        Some("street") => Party::Role("street_office".into()),
                        Some("property") => Party::Role("property_company".into()),
                        _ => Party::Unit(*units.get(i.unit)?),
                    }),
                    ..PutConditionBody::new(limit_of(i.limit_hours, i.urgent))
                }],
            },
        ))
    });
    duties::roles(db, &before, &county, region, &units).await?;
    db.write_in(&system, before.clone(), LoadItems { region, items: catalogue.collect() }).await?;
    duties::duties(db, &before, &county, region, &units).await?;

    let accounts: Vec<AccountId> = county.staff.iter().map(|_| AccountId(id(&mut rng))).collect();
    let mut posts: Vec<NewPost> = Vec::new();
    for (s, account) in county.staff.iter().zip(&accounts) {
        let Some(role) = Role::parse(s.role) else { continue };
        if role == Role::Resident {
            continue;
        }
        posts.push(NewPost {
            id: PostId(id(&mut rng)),
            account: *account,
            role,
            region,
            unit: s.unit.map(|u| units[u]),
            area: s.area.and_then(AreaCode::new),
            from: start,
            until: None,
        });
    }
    let mut sign_ins = Vec::new();
    let mut hashes = vec![None; county.staff.len()];
    for &i in &county.guided {
        let s = &county.staff[i];
        let password = vault::hex(&db.world().bytes::<6>());
        hashes[i] = Some(access::hash_password(db.world(), &password).await?);
        sign_ins.push(SignIn { role: s.role.to_owned(), username: s.username.clone(), password });
    }
    let new = county.staff.iter().zip(&accounts).zip(hashes).map(|((s, account), password)| NewAccount {
        id: *account,
        username: s.username.clone(),
        name: s.name.clone(),
        password,
    });
    let load = LoadAccounts { accounts: new.collect(), posts: posts.clone() };
    db.write_in(&system, before, load).await?;
    let actors = accounts.iter().map(|account| actor(*account, &posts)).collect();

    let guided = county.guided.last().copied().unwrap_or(0);
    let resident =
        county.guided.iter().copied().find(|i| county.staff[*i].role == "resident").unwrap_or(guided);
    let secret = NewToken::secret(db.world());
    let token = NewToken {
        id: TokenId(db.world().uuid()),
        account: accounts[resident],
        name: "open311".into(),
        scopes: vec![TokenScope::Report],
        days: 366,
        secret: secret.clone(),
    };
    db.write(&system, MakeToken(token)).await?;

    let book = rules::book_of(db, region).await?;
    let cast = Arc::new(Cast { county, region, units, items, actors, accounts, book });
    play(db, config, &cast, n as usize, now, &mut rng).await?;
    Ok(SignIns { accounts: sign_ins, open311_key: secret })
}

fn actor(account: AccountId, posts: &[NewPost]) -> Actor {
    let mine = posts.iter().filter(|p| p.account == account).map(|p| Post {
        id: p.id,
        role: p.role,
        region: p.region,
        unit: p.unit,
        area: p.area,
        from: p.from,
        until: p.until,
    });
    let person = Person { account, session: None, token: None, posts: mine.collect() };
    Actor::of(Who::Person(Arc::new(person)))
}

/// The limit as cities write it: urgent hours for what is dangerous, else working days or working hours.
fn limit_of(hours: i64, urgent: bool) -> Limit {
    match (urgent, hours % 24) {
        (true, _) => Limit::of(hours, LimitUnit::UrgentHour),
        (false, 0) => Limit::of(hours / 24, LimitUnit::WorkDay),
        (false, _) => Limit::of(hours, LimitUnit::WorkHour),
    }
}

/// One case on its way through the past.
struct Story {
    id: CaseId,
    number: String,
    matter: Matter,
    unit: usize,
    version: i64,
    stopped: bool,
}

impl Cast {
    fn staff(&self, role: &str, fits: impl Fn(&county::Staff) -> bool, turn: usize) -> &Actor {
        let found: Vec<usize> = self
            .county
            .staff
            .iter()
            .enumerate()
            .filter(|(_, s)| s.role == role && fits(s))
            .map(|(i, _)| i)
            .collect();
        &self.actors[found[turn % found.len().max(1)]]
    }

    fn worker(&self, grid: u64, turn: usize) -> &Actor {
        self.staff("grid_worker", |s| s.area == Some(grid), turn)
    }

    /// The unit that answers for an item at a place: its own, or the street's office, or the estate's company.
    fn unit_of(&self, m: &Matter) -> usize {
        let item = &self.county.items[m.item];
        let grid = AreaCode::new(self.county.grids[m.grid].code);
        let at = |level| grid.and_then(|g| g.at(level)).map(|a: AreaCode| a.get() as u64);
        let by = |kind: &str, area: Option<u64>| {
            self.county.units.iter().position(|u| u.kind == kind && area.is_some() && u.area == area)
        };
        match item.unit_role {
            Some("street") => by("street_office", at(Level::Street)).unwrap_or(item.unit),
            Some("property") => by("property_company", at(Level::Community)).unwrap_or(item.unit),
            _ => item.unit,
        }
    }
}

async fn play(db: &Db, config: &Config, cast: &Arc<Cast>, n: usize, now: Moment, rng: &mut Rng) -> Done {
    let times = cast.county.moments(rng, n, now.0, 120);
    let mut stories: Vec<Option<Story>> = Vec::with_capacity(n);
    let mut steps: Vec<(i64, usize, &'static str)> = Vec::new();
    for (i, at) in times.iter().enumerate() {
        let matter = cast.county.matter(rng, *at);
        let limit = cast.county.items[matter.item].limit_hours;
        steps.push((*at, i, "report"));
        steps.extend(
            cast.county
                .history(rng, *at, now.0, limit)
                .into_iter()
                .filter(|s| s.move_code != "report")
                .map(|s| (s.at_ms, i, s.move_code)),
        );
        let unit = cast.unit_of(&matter);
        let number = format!("{}-{:07}", cast.region, i + 1);
        stories.push(Some(Story {
            id: CaseId(id_at(rng, *at)),
            number,
            matter,
            unit,
            version: 0,
            stopped: false,
        }));
    }
    // Stable, so that a case's own steps stay in their order.
    steps.sort_by_key(|s| s.0);
    let bar = progress::bar("cases of 120 days", steps.len() as u64, config.json);
    let mut refused = 0usize;
    let mut done = 0;
    while done < steps.len() {
        // A stretch of steps of different cases goes in together and shares its commit.
        let mut wave = Vec::new();
        while done < steps.len() && wave.len() < 200 {
            let (at, i, make) = steps[done];
            let Some(story) = stories[i].take() else { break };
            done += 1;
            if story.stopped {
                stories[i] = Some(story);
                continue;
            }
            let (db, cast) = (db.clone(), cast.clone());
            wave.push((
                i,
                tokio::spawn(async move {
                    let mut story = story;
                    let told = step(&db, &cast, &mut story, i, make, Moment(at)).await;
                    (story, told)
                }),
            ));
        }
        for (i, task) in wave {
            let (mut story, told) = task.await.map_err(bad)?;
            if let Err(e) = told {
                refused += 1;
                tracing::debug!(case = story.number, refusal = ?e, "a step of the demo was refused");
                story.stopped = true;
            }
            stories[i] = Some(story);
        }
        bar.set_position(done as u64);
    }
    bar.finish_and_clear();
    if refused > 0 {
        tracing::warn!(refused, "some histories of the demo ended early");
    }
    liven(db, cast, now).await?;
    // The numbers given out so far are taken.
    db.tell(
        &Actor::system("demo"),
        "INSERT INTO number_blocks (region, next) VALUES ($1, $2)",
        store::binds![cast.region, n as i64 + 1],
    )
    .await?;
    let head = Head::at(config.head_path());
    audit::sequence(db, Some(&head)).await?;
    Ok(())
}

/// What stands beside the straight way, today: requests that wait, suspended, urged and joint cases, one that two
/// units refused. Where a case does not allow it any more, it stays as it is.
async fn liven(db: &Db, cast: &Cast, now: Moment) -> Done {
    let open: Vec<(CaseId, UnitId, i64)> = db
        .ask(
            &Actor::system("demo"),
            "SELECT id, unit, version FROM cases WHERE region = $1 AND open AND stage = 4 ORDER BY act_by DESC LIMIT 60",
            store::binds![cast.region],
        )
        .await?;
    let world = world_at(db.world(), now.plus(-20 * 60_000));
    let supervisor = cast.staff("supervisor", |x| x.area.is_none(), 0);
    let dispatcher = cast.staff("dispatcher", |x| x.area.is_none(), 0);
    for (i, (case, unit, version)) in open.into_iter().enumerate() {
        let Some(at) = cast.units.iter().position(|u| *u == unit) else { continue };
        let officer = cast.staff("unit_officer", |x| x.unit == Some(at), i);
        let helper = (at + 1 + i % 3) % cast.units.len();
        let (world, by) = (world.clone(), Limit::of(3, LimitUnit::WorkDay));
        let done = match i % 8 {
            0 | 5 => {
                let reason = "配件需从市里调拨，预计后天到货。".to_owned();
                let asked = act(
                    db,
                    cast,
                    case,
                    officer,
                    world.clone(),
                    moves::RequestExtension { version, by, reason },
                )
                .await;
                match asked {
                    Ok(m) if i % 8 == 5 => {
                        let note = Some("同意，请每日报进度。".to_owned());
                        act(db, cast, case, dispatcher, world, moves::Grant { version: m.version, note })
                            .await
                    }
                    other => other,
                }
            }
            1 => {
                let (until, reason) = (now.plus(12 * Moment::DAY), "等待汛期结束后开挖。".to_owned());
                act(db, cast, case, officer, world, moves::RequestSuspension { version, until, reason }).await
            }
            2 => {
                let (until, reason) = (now.plus(2 * Moment::DAY), "多名居民反映，请优先处置。".to_owned());
                act(db, cast, case, supervisor, world, moves::Urge { version, until, reason }).await
            }
            3 | 6 => {
                let (unit, limit) = (cast.units[helper], Limit::of(1, LimitUnit::WorkDay));
                let reason = "需配合断水断电。".to_owned();
                let ask = moves::Summon { version, unit, limit, reason };
                let asked = act(db, cast, case, officer, world.clone(), ask).await;
                match asked {
                    Ok(m) if i % 8 == 6 => {
                        let called = cast.staff("unit_officer", |x| x.unit == Some(helper), i);
                        let input = moves::Respond {
                            version: m.version,
                            note: Some("已派人到场。".to_owned()),
                        };
                        act(db, cast, case, called, world, input).await
                    }
                    other => other,
                }
            }
            4 if i < 16 => refused_twice(db, cast, case, version, (at, helper), world).await,
            _ => continue,
        };
        if let Err(e) = done {
            tracing::debug!(%case, refusal = ?e, "the demo's case stays as it was");
        }
    }
    Ok(())
}

/// Two units refuse a case, by a clause each: it waits for a ruling.
async fn refused_twice(
    db: &Db,
    cast: &Cast,
    case: CaseId,
    version: i64,
    (first, second): (usize, usize),
    world: kernel::World,
) -> Result<Moved, Refusal> {
    let officer = |unit: usize| cast.staff("unit_officer", |x| x.unit == Some(unit), 0);
    let refuse = |version, clause: &str| moves::SendBack {
        version,
        reason: "现场核实不在我单位管养范围。".to_owned(),
        clause: Some(clause.to_owned()),
    };
    let dispatcher = cast.staff("dispatcher", |x| x.area.is_none(), 0);
    let m = act(db, cast, case, officer(first), world.clone(), refuse(version, "事项清单第 12 条")).await?;
    let input = moves::Dispatch { version: m.version, unit: cast.units[second], note: None };
    let m = act(db, cast, case, dispatcher, world.clone(), input).await?;
    act(db, cast, case, officer(second), world, refuse(m.version, "三定方案第 4 条")).await
}

async fn step(
    db: &Db,
    cast: &Cast,
    s: &mut Story,
    turn: usize,
    make: &'static str,
    at: Moment,
) -> Result<(), Refusal> {
    let m = &s.matter;
    let grid = cast.county.grids[m.grid].code;
    let world = world_at(db.world(), at);
    let reporter = match m.channel {
        "worker" => cast.worker(grid, turn).clone(),
        "telephone" | "counter" => cast.staff("intake_operator", |x| x.area.is_none(), turn).clone(),
        _ if turn.is_multiple_of(17) => cast.staff("resident", |_| true, turn).clone(),
        _ => Actor::of(Who::Anonymous),
    };
    let holder = Actor::of(Who::Tracking(cast.region, s.id));
    let unit = s.unit;
    let officer = cast.staff("unit_officer", |x| x.unit == Some(unit), turn);
    let intake = cast.staff("intake_operator", |x| x.area.is_none(), turn);
    let dispatcher = cast.staff("dispatcher", |x| x.area.is_none(), turn);
    let handlers: Vec<usize> = (0..cast.accounts.len())
        .filter(|i| cast.county.staff[*i].role == "handler" && cast.county.staff[*i].unit == Some(unit))
        .collect();
    let handler = handlers[turn % handlers.len().max(1)];
    let version = s.version;
    let moved: Moved = match make {
        "report" => {
            let channel = match m.channel {
                "worker" => Channel::Worker,
                "telephone" => Channel::Telephone,
                "counter" => Channel::Counter,
                _ => Channel::Web,
            };
            let request = ReportRequest {
                id: s.id,
                text: m.text.clone(),
                place: Some(m.place.clone()),
                lon: Some(m.lon),
                lat: Some(m.lat),
                item: None,
                telephone: m.telephone.clone(),
                channel: Some(channel),
                attachments: Vec::new(),
                seen_at: None,
            };
            let (number, grid, book) = (s.number.clone(), AreaCode::new(grid), cast.book.clone());
            let report = Report { region: cast.region, request, number, grid, book };
            db.write_in(&reporter, world, report).await?;
            s.version = 1;
            return Ok(());
        }
        "file" => {
            let item = cast.items[m.item];
            act(
                db,
                cast,
                s.id,
                intake,
                world,
                moves::File { version, item, condition: None, lon: None, lat: None, grid: None, note: None },
            )
            .await?
        }
        "decline" => {
            let input = moves::Decline { version, reason: m.notes.decline.clone(), pointer: None };
            act(db, cast, s.id, intake, world, input).await?
        }
        "dispatch" => {
            let input = moves::Dispatch { version, unit: cast.units[unit], note: None };
            act(db, cast, s.id, dispatcher, world, input).await?
        }
        "accept" => act(db, cast, s.id, officer, world, moves::Accept { version, note: None }).await?,
        "hand" => {
            let input = moves::Hand { version, handler: cast.accounts[handler], note: None };
            act(db, cast, s.id, officer, world, input).await?
        }
        "submit" => {
            let input = moves::Submit { version, result: m.notes.result.clone(), attachments: Vec::new() };
            act(db, cast, s.id, &cast.actors[handler], world, input).await?
        }
        "verify" => {
            // Half of the results are looked at on the spot by the grid's own worker.
            let judge = if turn.is_multiple_of(2) { cast.worker(grid, turn) } else { dispatcher };
            act(db, cast, s.id, judge, world, moves::Verify { version, note: None, attachments: Vec::new() })
                .await?
        }
        "rework" => {
            act(db, cast, s.id, dispatcher, world, moves::Rework { version, reason: m.notes.rework.clone() })
                .await?
        }
        "close" => {
            let close = |version| moves::Close { version, note: None };
            match act(db, cast, s.id, dispatcher, world.clone(), close(version)).await {
                // Drawn for a call-back: the desk asks first, and most are content.
                Err(e) if e.code() == "case.condition" => {
                    let well = !turn.is_multiple_of(9);
                    let (resolved, satisfied) = (Some(well), Some(well && !turn.is_multiple_of(4)));
                    let ask = moves::CallBack { version, reached: true, resolved, satisfied, note: None };
                    let asked = act(db, cast, s.id, intake, world.clone(), ask).await?;
                    act(db, cast, s.id, dispatcher, world, close(asked.version)).await?
                }
                done => done?,
            }
        }
        "send_back" => {
            let clause = Some(m.notes.clause.clone()).filter(|c| !c.is_empty());
            let clause = clause.or_else(|| Some("事项清单·责任单位".to_owned()));
            let input = moves::SendBack { version, reason: m.notes.send_back.clone(), clause };
            act(db, cast, s.id, officer, world, input).await?
        }
        "withdraw" => {
            let input = moves::Withdraw { version, reason: Some(m.notes.withdraw.clone()) };
            act(db, cast, s.id, &holder, world, input).await?
        }
        "reopen" => {
            act(db, cast, s.id, &holder, world, moves::Reopen { version, reason: m.notes.reopen.clone() })
                .await?
        }
        _ => return Ok(()),
    };
    s.version = moved.version;
    Ok(())
}

async fn act<I: Input>(
    db: &Db,
    cast: &Cast,
    case: CaseId,
    actor: &Actor,
    world: kernel::World,
    input: I,
) -> Result<Moved, Refusal> {
    let settings = edge::Settings::default();
    let act = Act {
        region: cast.region,
        case,
        input,
        book: cast.book.clone(),
        contact_keep: settings.contact_keep_days * Moment::DAY,
    };
    db.write_in(actor, world, act).await
}
