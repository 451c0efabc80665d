//! Kills the server a hundred times in the middle of its work and then looks whether anything acknowledged is
//! missing, doubled or half done; breaks into the log; and tries what must be refused at the start.
//!
//! Environment: `JINGWEI_BIN` the program, `JINGWEI_TEST_PG` a PostgreSQL server that may make databases,
//! `JINGWEI_KILLS` kills in all (200, half on each database). Prints a line for each check and at last `N passed, M failed`.
#![forbid(unsafe_code)]

use jingwei_bench::{
    Fallible,
    http::{As, Conn, sign_in, without_call_backs},
    luck::Luck,
    server::{Ended, Place, copy_folder},
    sql::{Sql, TextRow, fresh},
};
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

const REGION: &str = "990101";
/// People at work at once, on each database; every [`TICK`] each of them does something.
const WRITERS: usize = 8;
const TICK: Duration = Duration::from_millis(150);
const DEMO_CASES: i64 = 50;
/// Moves beside the straight way that the writers make; each has to have been acknowledged by the end.
const SIDE: &[&str] = &[
    "send_back",
    "request_extension",
    "grant",
    "refuse",
    "summon",
    "respond",
    "contribute",
    "urge",
    "lift_urge",
    "merge",
    "unmerge",
];
/// Fewer kills than these are too short a run to see each of them.
const ENOUGH: usize = 80;

/// What has been found so far, printed as it comes.
#[derive(Default)]
struct Checks {
    passed: AtomicUsize,
    failed: AtomicUsize,
}

impl Checks {
    fn note(&self, on: &str, ok: bool, what: &str, detail: &str) {
        let (count, word) = if ok { (&self.passed, "ok  ") } else { (&self.failed, "FAIL") };
        count.fetch_add(1, Ordering::Relaxed);
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!(": {}", detail.trim().replace('\n', " / "))
        };
        println!("{word} {on:<10} {what}{detail}");
    }
}

/// One database's part of the run.
struct Scene<'a> {
    checks: &'a Checks,
    on: &'static str,
    home: PathBuf,
    admin: String,
    place: Place,
}

impl Scene<'_> {
    fn note(&self, ok: bool, what: &str, detail: impl std::fmt::Display) {
        self.checks.note(self.on, ok, what, &detail.to_string());
    }

    /// Nothing may be on the list; its first entries are shown.
    fn none(&self, what: &str, bad: &[String]) {
        let shown: Vec<&str> = bad.iter().take(4).map(String::as_str).collect();
        let detail = if bad.is_empty() {
            String::new()
        } else {
            format!("{} bad, such as {}", bad.len(), shown.join("; "))
        };
        self.note(bad.is_empty(), what, detail);
    }

    /// A fresh place on SQLite or PostgreSQL.
    async fn elsewhere(&self, name: &str, postgres: bool) -> Fallible<Place> {
        let dir = self.home.join(name);
        let url = match postgres {
            true => Some(fresh(&self.admin, &format!("f{}_{}_{name}", std::process::id(), self.on)).await?),
            false => None,
        };
        Ok(Place { config: None, ..self.place.elsewhere(dir, url) })
    }
}

/// Who may do what.
#[derive(Clone)]
struct Cast {
    intake: As,
    resident: As,
    token: As,
    dispatcher: As,
    supervisor: As,
    officer: As,
    unit: String,
    /// An officer of another unit, which is called to help.
    helper: As,
    helping: String,
    item: String,
}

/// One write, as it is sent and sent again.
#[derive(Clone)]
struct Told {
    who: As,
    path: String,
    key: Uuid,
    body: String,
    case: Uuid,
    kind: &'static str,
    n: i64,
}

/// A case on its way.
struct Story {
    id: Uuid,
    number: String,
    stage: &'static str,
    version: i64,
    verified: bool,
    reporter: As,
    /// Nobody can withdraw it without its code.
    anonymous: bool,
    telephone: bool,
    side: Side,
}

/// What stands beside a case's way.
#[derive(Default)]
struct Side {
    /// The unit refused it once; twice would need a ruling.
    refused: bool,
    /// A request waits, or was answered already.
    request: Step,
    /// Another unit is called, has come, has done its part.
    helper: u8,
    urge: Step,
    /// The stage it was merged from; once only.
    merged_from: Option<&'static str>,
    /// Others were merged into it, so it goes into none itself.
    holds: bool,
}

/// What is done at most once and then undone or answered.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Step {
    #[default]
    Not,
    Open,
    Over,
}

/// What the writers know.
#[derive(Default)]
struct Ledger {
    /// Acknowledged: case, n, kind.
    acked: Vec<(Uuid, i64, &'static str, Uuid)>,
    with_telephone: BTreeSet<Uuid>,
    ended: BTreeSet<Uuid>,
    /// Merged, and into which.
    merged: BTreeMap<Uuid, Uuid>,
    keys: BTreeSet<Uuid>,
    unanswered: usize,
    replayed: usize,
    bad: Vec<String>,
}

/// What the writers are to do.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Down,
    Work(SocketAddr),
    /// Only what is still unanswered.
    Drain(SocketAddr),
    End,
}

struct Writer {
    cast: Cast,
    luck: Luck,
    ledger: Arc<Mutex<Ledger>>,
    flying: Arc<AtomicUsize>,
    stories: Vec<Story>,
}

impl Writer {
    fn report(&mut self) -> Told {
        let id = self.luck.id();
        let mut body = json!({ "id": id, "text": format!("路灯不亮，第{}号杆", self.luck.below(9000)), "place": "云桥路" });
        if self.luck.percent(60) {
            body["telephone"] = json!(format!("138{:08}", self.luck.below(100_000_000)));
        }
        // The token may only report, so its holder takes the report back in person.
        let (who, reporter, anonymous) = match self.luck.below(4) {
            0 => (As::nobody(), As::nobody(), true),
            1 => (self.cast.token.clone(), self.cast.resident.clone(), false),
            _ => (self.cast.intake.clone(), self.cast.intake.clone(), false),
        };
        let telephone = body.get("telephone").is_some();
        let told = Told {
            who,
            path: format!("/api/regions/{REGION}/cases"),
            key: id,
            body: body.to_string(),
            case: id,
            kind: "report",
            n: 1,
        };
        let mut ledger = self.ledger.lock().unwrap_or_else(|e| e.into_inner());
        if telephone {
            ledger.with_telephone.insert(id);
        }
        drop(ledger);
        self.stories.push(Story {
            id,
            number: String::new(),
            stage: "new",
            version: 0,
            verified: false,
            reporter,
            anonymous,
            telephone,
            side: Side::default(),
        });
        told
    }

    /// The next step of one of its cases, or a new report.
    fn next(&mut self) -> Told {
        if self.stories.is_empty() || (self.stories.len() < 5 && self.luck.percent(35)) {
            return self.report();
        }
        let at = self.luck.below(self.stories.len() as u64) as usize;
        let (roll, key) = (self.luck.below(100), self.luck.id());
        let into = (85..92).contains(&roll).then(|| self.taking(at)).flatten();
        let s = &self.stories[at];
        let c = &self.cast;
        let v = s.version;
        let withdraw = !s.anonymous && roll < 8 && !matches!(s.stage, "verifying" | "merged");
        let side = if withdraw { None } else { self.aside(s, into, roll) };
        let (kind, who, body) = match s.stage {
            _ if side.is_some() => side.unwrap_or(("", &c.intake, Json::Null)),
            _ if withdraw => ("withdraw", &s.reporter, json!({ "version": v, "reason": "已自行解决" })),
            "reported" if roll < 20 => {
                ("decline", &c.intake, json!({ "version": v, "reason": "不属于本县" }))
            }
            "reported" => ("file", &c.intake, json!({ "version": v, "item": c.item })),
            "filed" => ("dispatch", &c.dispatcher, json!({ "version": v, "unit": c.unit, "note": "请尽快" })),
            "dispatched" => ("accept", &c.officer, json!({ "version": v })),
            "handling" => ("submit", &c.officer, json!({ "version": v, "result": "已更换灯泡" })),
            _ if !s.verified => ("verify", &c.supervisor, json!({ "version": v })),
            _ => ("close", &c.dispatcher, json!({ "version": v })),
        };
        Told {
            who: who.clone(),
            path: format!("/api/regions/{REGION}/cases/{}/{}", s.id, kind.replace('_', "-")),
            key,
            body: body.to_string(),
            case: s.id,
            kind,
            n: v + 1,
        }
    }

    /// Another of its cases that can take this one in.
    fn taking(&self, at: usize) -> Option<usize> {
        let this = &self.stories[at];
        let fits =
            matches!(this.stage, "reported" | "filed") && !this.side.holds && this.side.merged_from.is_none();
        let open = |s: &Story| s.id != this.id && !matches!(s.stage, "new" | "merged");
        if fits { self.stories.iter().position(open) } else { None }
    }

    /// A move beside the straight way, where the case's stage and the roll have one.
    fn aside<'a>(
        &'a self,
        s: &'a Story,
        into: Option<usize>,
        roll: u64,
    ) -> Option<(&'static str, &'a As, Json)> {
        let (c, v, side) = (&self.cast, s.version, &s.side);
        let soon = jingwei_bench::luck::now_ms() + 2 * 24 * 3_600_000;
        let reason = "一并处置";
        Some(match (s.stage, roll) {
            ("merged", _) => ("unmerge", &c.dispatcher, json!({ "version": v, "reason": "不是同一件" })),
            ("reported" | "filed", _) if into.is_some() => {
                let into = into.map(|i| self.stories[i].number.as_str()).unwrap_or_default();
                ("merge", &c.dispatcher, json!({ "version": v, "into": into, "reason": reason }))
            }
            ("dispatched", 70..) if !side.refused => {
                let body = json!({ "version": v, "reason": "不归本单位", "clause": "清单第 12 条" });
                ("send_back", &c.officer, body)
            }
            // Who has been called mostly comes and does its part before anything else happens.
            ("handling", 40..80) if side.helper == 1 => ("respond", &c.helper, json!({ "version": v })),
            ("handling", 40..80) if side.helper == 2 => {
                ("contribute", &c.helper, json!({ "version": v, "result": "已断电" }))
            }
            ("handling", 8..30) if side.request == Step::Not => {
                let body = json!({ "version": v, "by": "2wd", "reason": "等配件" });
                ("request_extension", &c.officer, body)
            }
            ("handling", 8..35) if side.request == Step::Open => {
                ("grant", &c.dispatcher, json!({ "version": v }))
            }
            ("handling", 35..60) if side.request == Step::Open => {
                ("refuse", &c.dispatcher, json!({ "version": v, "reason": "应按时办结" }))
            }
            ("handling", 50..65) if side.helper == 0 => {
                let body = json!({ "version": v, "unit": c.helping, "limit": "3wd", "reason": reason });
                ("summon", &c.officer, body)
            }
            ("handling", 65..80) => match side.urge {
                Step::Not => {
                    let body = json!({ "version": v, "until": soon, "reason": "多人反映" });
                    ("urge", &c.supervisor, body)
                }
                Step::Open => ("lift_urge", &c.supervisor, json!({ "version": v, "reason": reason })),
                Step::Over => return None,
            },
            _ => return None,
        })
    }

    /// Takes note of an answer.
    fn took(&mut self, told: &Told, status: u16, answer: &Json, text: &str) {
        let mut ledger = self.ledger.lock().unwrap_or_else(|e| e.into_inner());
        let version = answer["version"].as_i64().unwrap_or(0);
        if !matches!(status, 200 | 201) || version != told.n {
            ledger.bad.push(format!("{} of {} as {} got {status} {text}", told.kind, told.case, told.n));
            self.stories.retain(|s| s.id != told.case);
            return;
        }
        ledger.acked.push((told.case, told.n, told.kind, told.key));
        ledger.keys.insert(told.key);
        let into = (told.kind == "merge").then(|| {
            let body: Json = serde_json::from_str(&told.body).unwrap_or_default();
            self.stories.iter().position(|s| Some(s.number.as_str()) == body["into"].as_str())
        });
        if let Some(to) = into.flatten().and_then(|i| self.stories.get_mut(i)) {
            to.side.holds = true;
            ledger.merged.insert(told.case, to.id);
        }
        let Some(story) = self.stories.iter_mut().find(|s| s.id == told.case) else { return };
        let (was, side) = (story.stage, &mut story.side);
        let stage = match told.kind {
            "report" => {
                story.number = answer["number"].as_str().unwrap_or_default().to_owned();
                "reported"
            }
            "file" => "filed",
            "dispatch" => "dispatched",
            "accept" => "handling",
            "submit" | "verify" => "verifying",
            "send_back" => {
                side.refused = true;
                "filed"
            }
            // Its contact is forgotten at once in this run, so it is not taken apart again.
            "merge" if story.telephone => "ended",
            "merge" => {
                side.merged_from = Some(was);
                "merged"
            }
            "unmerge" => {
                ledger.merged.remove(&told.case);
                side.merged_from.unwrap_or("reported")
            }
            "request_extension" => {
                side.request = Step::Open;
                was
            }
            "grant" | "refuse" => {
                side.request = Step::Over;
                was
            }
            "summon" | "respond" | "contribute" => {
                side.helper += 1;
                was
            }
            "urge" => {
                side.urge = Step::Open;
                was
            }
            "lift_urge" => {
                side.urge = Step::Over;
                was
            }
            _ => "ended",
        };
        if stage == "ended" {
            ledger.ended.insert(told.case);
            self.stories.retain(|s| s.id != told.case);
        } else if let Some(s) = self.stories.iter_mut().find(|s| s.id == told.case) {
            (s.stage, s.version) = (stage, told.n);
            s.verified = told.kind == "verify";
        }
    }

    async fn work(mut self, mut phase: watch::Receiver<Phase>) {
        let mut pending: Option<Told> = None;
        let mut last: Option<(Told, Vec<u8>)> = None;
        loop {
            let now = *phase.borrow_and_update();
            let (to, drain) = match now {
                Phase::End => return,
                Phase::Work(a) => (Some(a), false),
                Phase::Drain(a) => (Some(a), true),
                Phase::Down => (None, false),
            };
            let idle = to.is_none() || (drain && pending.is_none());
            let conn = match to {
                Some(to) if !idle => Conn::open(to).await.ok(),
                _ => None,
            };
            let Some(mut conn) = conn else {
                if phase.changed().await.is_err() {
                    return;
                }
                continue;
            };
            // Something acknowledged in an earlier life, sent again, gets the same answer again.
            if let Some((told, first)) = last.take() {
                let again = conn.send("POST", &told.path, &told.who, Some(told.key), &told.body).await;
                if let Ok(again) = again {
                    let mut ledger = self.ledger.lock().unwrap_or_else(|e| e.into_inner());
                    ledger.replayed += 1;
                    if again.body != first {
                        let text = again.text();
                        ledger.bad.push(format!(
                            "{} of {} sent again got another answer: {text}",
                            told.kind, told.case
                        ));
                    }
                } else {
                    last = Some((told, first));
                    if phase.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
            }
            let mut tick = tokio::time::interval(TICK);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                let told = match pending.take() {
                    Some(t) => t,
                    None if drain => break,
                    None => {
                        tick.tick().await;
                        self.next()
                    }
                };
                self.flying.fetch_add(1, Ordering::SeqCst);
                let answer = conn.send("POST", &told.path, &told.who, Some(told.key), &told.body).await;
                self.flying.fetch_sub(1, Ordering::SeqCst);
                match answer {
                    Ok(a) if a.status >= 500 => {
                        // Open whether it was done: tried again like a lost answer.
                        pending = Some(told);
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    Ok(a) => {
                        self.took(&told, a.status, &a.json(), &a.text());
                        last = Some((told, a.body));
                    }
                    Err(_) => {
                        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).unanswered += 1;
                        pending = Some(told);
                        break;
                    }
                }
            }
            if drain && pending.is_none() {
                self.stories.clear();
            }
            // Wait for the next life of the server, unless it has begun already.
            if !phase.has_changed().unwrap_or(true) && phase.changed().await.is_err() {
                return;
            }
        }
    }
}

/// An account for an officer of a unit that the demo gives no sign-in for.
async fn helper(to: SocketAddr, intake: &As, security: &As, not: &str) -> Fallible<(As, String)> {
    let mut conn = Conn::open(to).await?;
    let units = conn.send("GET", &format!("/api/regions/{REGION}/units"), intake, None, "").await?.json();
    let other = |u: &&Json| u["id"].as_str().is_some_and(|id| id != not) && u["closed"] != json!(true);
    let unit = units["items"].as_array().into_iter().flatten().find(other).ok_or("there is no other unit")?;
    let unit = unit["id"].as_str().unwrap_or_default().to_owned();
    let (account, password) =
        (Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001), "协办单位的密码甲乙丙");
    let new = json!({ "id": account, "username": "helper", "name": "协办", "password": password });
    let post = json!({ "role": "unit_officer", "region": REGION, "unit": unit });
    let post_path = format!("/api/accounts/{account}/posts/{account}");
    for (method, path, body) in [("POST", "/api/accounts", new), ("PUT", post_path.as_str(), post)] {
        let answer = conn.send(method, path, security, None, &body.to_string()).await?;
        if !matches!(answer.status, 201 | 204) {
            return Err(format!("{path} answered {} {}", answer.status, answer.text()).into());
        }
    }
    Ok((sign_in(to, "helper", password).await?.0, unit))
}

async fn cast(place: &Place, to: SocketAddr) -> Fallible<Cast> {
    let told = place.sign_ins()?;
    let mut by = HashMap::new();
    for a in told["accounts"].as_array().into_iter().flatten() {
        let text = |name: &str| a[name].as_str().unwrap_or_default().to_owned();
        by.insert(text("role"), (text("username"), text("password")));
    }
    let signed = async |role: &str| -> Fallible<(As, Json)> {
        let (username, password) = by.get(role).ok_or_else(|| format!("the demo has no {role}"))?;
        sign_in(to, username, password).await
    };
    without_call_backs(to, &REGION.to_string(), &signed("catalogue_steward").await?.0).await?;
    let (intake, _) = signed("intake_operator").await?;
    let (officer, session) = signed("unit_officer").await?;
    let unit = session["posts"][0]["unit"].as_str().ok_or("the officer has no unit")?.to_owned();
    let items =
        Conn::open(to).await?.send("GET", &format!("/api/regions/{REGION}/items"), &intake, None, "").await?;
    let item = items.json()["items"][0]["code"].clone();
    let (helper, helping) = helper(to, &intake, &signed("security_administrator").await?.0, &unit).await?;
    Ok(Cast {
        intake,
        officer,
        helper,
        helping,
        resident: signed("resident").await?.0,
        dispatcher: signed("dispatcher").await?.0,
        supervisor: signed("supervisor").await?.0,
        token: As::token(told["open311_key"].as_str().unwrap_or_default()),
        unit,
        item: item.as_str().map_or_else(|| item.to_string(), str::to_owned),
    })
}

impl Scene<'_> {
    /// Works and is killed, again and again. Gives what the writers know.
    async fn rounds(&self, kills: usize) -> Fallible<Ledger> {
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let flying = Arc::new(AtomicUsize::new(0));
        let (say, phase) = watch::channel(Phase::Down);
        let seed = jingwei_bench::luck::now_ms();
        println!("     {:<10} seed {seed}", self.on);
        let mut luck = Luck::new(seed);
        let mut server = self.place.serve()?;
        let cast = cast(&self.place, server.address).await?;
        let mut tasks = Vec::new();
        for _ in 0..WRITERS {
            let luck = Luck::new(luck.bits());
            let (ledger, flying) = (ledger.clone(), flying.clone());
            let writer = Writer { cast: cast.clone(), luck, ledger, flying, stories: Vec::new() };
            tasks.push(tokio::spawn(writer.work(phase.clone())));
        }
        let (mut amid, mut slowest) = (0, Duration::ZERO);
        for round in 0..kills {
            say.send_replace(Phase::Work(server.address));
            tokio::time::sleep(Duration::from_millis(100 + luck.below(700))).await;
            // Mostly at some moment of a write's way, to the microsecond; else whenever it happens.
            let (aim, delay) = (round % 4 != 0, Duration::from_micros(luck.below(4000)));
            let flying = flying.clone();
            let hit = tokio::task::spawn_blocking(move || {
                for _ in 0..10_000 {
                    if !aim || flying.load(Ordering::SeqCst) > 0 {
                        break;
                    }
                    std::thread::sleep(Duration::from_micros(30));
                }
                if aim {
                    std::thread::sleep(delay);
                }
                let hit = flying.load(Ordering::SeqCst) > 0;
                server.kill();
                hit
            })
            .await?;
            amid += usize::from(hit);
            say.send_replace(Phase::Down);
            let began = Instant::now();
            server = self.place.serve()?;
            slowest = slowest.max(began.elapsed());
        }
        let address = server.address;
        say.send_replace(Phase::Drain(address));
        tokio::time::sleep(Duration::from_millis(500)).await;
        let orphans = self.drain().await?;
        say.send_replace(Phase::End);
        for task in tasks {
            task.await?;
        }
        drop(server);
        let ledger = std::mem::take(&mut *ledger.lock().unwrap_or_else(|e| e.into_inner()));
        self.note(
            ledger.acked.len() > kills,
            &format!("killed {kills} times, {amid} of them with a write on its way; slowest restart {} ms", slowest.as_millis()),
            format!(
                "{} writes acknowledged, {} times no answer, {} sent again after an answer, {orphans} jobs left leased by a killed server",
                ledger.acked.len(),
                ledger.unanswered,
                ledger.replayed
            ),
        );
        self.none("no write was refused, and one sent again got its first answer", &ledger.bad);
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, kind, _) in &ledger.acked {
            *times.entry(*kind).or_default() += 1;
        }
        let said: Vec<String> =
            SIDE.iter().map(|k| format!("{k} {}", times.get(k).copied().unwrap_or(0))).collect();
        let all = SIDE.iter().all(|k| times.contains_key(k));
        self.note(
            all || kills < ENOUGH,
            "the moves beside the straight way were among them",
            said.join(", "),
        );
        Ok(ledger)
    }

    /// Waits until no job is due and everything has its position. A killed worker's lease would run out after
    /// five minutes; the test sets it back instead of waiting. Gives how many there were.
    async fn drain(&self) -> Fallible<i64> {
        let sql = Sql::of(&self.place).await?;
        let mut orphans = 0;
        let now = jingwei_bench::luck::now_ms();
        let due = format!("SELECT count(*) FROM jobs WHERE run_at <= {} AND NOT dead", now + 60_000);
        let until = Instant::now() + Duration::from_secs(30);
        // What the living server has leased is done within a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
        loop {
            let left = sql.number(&due).await?;
            let waiting = sql.number("SELECT count(*) FROM events WHERE position IS NULL").await?
                + sql.number("SELECT count(*) FROM audit_lines WHERE position IS NULL").await?;
            if left == 0 && waiting == 0 {
                return Ok(orphans);
            }
            if Instant::now() > until {
                self.note(
                    false,
                    "everything due gets done",
                    format!("{left} jobs and {waiting} unsealed rows are left"),
                );
                return Ok(orphans);
            }
            let leased = sql.number("SELECT count(*) FROM jobs WHERE lease_until IS NOT NULL").await?;
            if leased > 0 {
                orphans = orphans.max(leased);
                sql.change("UPDATE jobs SET lease_until = 0 WHERE lease_until IS NOT NULL").await?;
            }
            tokio::time::sleep(Duration::from_millis(1000)).await;
        }
    }

    /// Looks into the database past the server.
    async fn look(&self, ledger: &Ledger) -> Fallible<()> {
        let sql = Sql::of(&self.place).await?;
        let text = |row: &TextRow, i: usize| row.get(i).cloned().flatten().unwrap_or_default();
        let number = |row: &TextRow, i: usize| text(row, i).parse::<i64>().unwrap_or(-1);
        let plain = |id: &Uuid| id.simple().to_string();

        let rows = sql.rows("SELECT idhex(id)!, version, number, stage FROM cases").await?;
        let versions: BTreeMap<String, i64> = rows.iter().map(|r| (text(r, 0), number(r, 1))).collect();
        let reports: BTreeSet<String> =
            ledger.acked.iter().filter(|a| a.2 == "report").map(|a| plain(&a.0)).collect();
        let missing: Vec<String> = reports.iter().filter(|id| !versions.contains_key(*id)).cloned().collect();
        self.none(&format!("each of {} acknowledged reports is there", reports.len()), &missing);
        let extra = versions.len() as i64 - DEMO_CASES - reports.len() as i64;
        self.note(
            extra == 0,
            "each report happened once",
            format!("{} cases, {extra} more than reported", versions.len()),
        );
        let numbers: BTreeSet<String> = rows.iter().map(|r| text(r, 2)).collect();
        self.note(numbers.len() == rows.len(), "no case number was given out twice", "");

        let rows = sql.rows("SELECT idhex(stream)!, n, kind, position FROM events").await?;
        let mut events: BTreeMap<(String, i64), String> = BTreeMap::new();
        let mut steps: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for r in &rows {
            events.insert((text(r, 0), number(r, 1)), text(r, 2));
            steps.entry(text(r, 0)).or_default().push(number(r, 1));
        }
        let lost: Vec<String> = ledger
            .acked
            .iter()
            .filter(|(case, n, kind, _)| events.get(&(plain(case), *n)).is_none_or(|k| k != kind))
            .map(|(case, n, kind, _)| format!("{case} {n} {kind}"))
            .collect();
        self.none(&format!("each of {} acknowledged moves has its event", ledger.acked.len()), &lost);
        let gaps: Vec<String> = versions
            .iter()
            .filter(|(id, version)| {
                let mut ns = steps.get(*id).cloned().unwrap_or_default();
                ns.sort_unstable();
                ns != (1..=**version).collect::<Vec<_>>()
            })
            .map(|(id, v)| format!("{id} at version {v}"))
            .collect();
        self.none("each case's events run from 1 to its version", &gaps);
        let unknown: Vec<String> = {
            let known: BTreeSet<(String, i64)> = ledger.acked.iter().map(|a| (plain(&a.0), a.1)).collect();
            let ours: BTreeSet<String> = ledger.acked.iter().map(|a| plain(&a.0)).collect();
            events
                .keys()
                .filter(|k| ours.contains(&k.0) && !known.contains(*k))
                .map(|k| format!("{} {}", k.0, k.1))
                .collect()
        };
        self.none("no case has a move that nobody was told of", &unknown);
        self.dense("events", rows.iter().map(|r| number(r, 3)).collect());

        let lines = sql.rows("SELECT action, object, detail, position FROM audit_lines").await?;
        let mut sealed: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
        let mut forgotten: BTreeMap<String, usize> = BTreeMap::new();
        for r in &lines {
            let (action, object) = (text(r, 0), text(r, 1));
            let Some(case) = object.strip_prefix("case/").map(|c| c.replace('-', "")) else { continue };
            let detail: Json = serde_json::from_str(&text(r, 2)).unwrap_or_default();
            match (detail["n"].as_i64(), action.strip_prefix("case.")) {
                (Some(n), Some(kind)) => sealed.entry((case, n)).or_default().push(kind.to_owned()),
                (None, Some("contact_forgotten")) => *forgotten.entry(case).or_default() += 1,
                _ => {}
            }
        }
        let unmatched: Vec<String> = events
            .iter()
            .filter(|(at, kind)| sealed.get(*at).is_none_or(|k| k.len() != 1 || k[0] != **kind))
            .map(|((id, n), kind)| format!("{id} {n} {kind}"))
            .collect();
        self.none(&format!("each of {} events has exactly one audit line", events.len()), &unmatched);
        let alone: Vec<String> = sealed
            .keys()
            .filter(|at| !events.contains_key(*at))
            .map(|a| format!("{} {}", a.0, a.1))
            .collect();
        self.none("each audit line of a move has its event", &alone);
        self.dense("audit_lines", lines.iter().map(|r| number(r, 3)).collect());

        // What stands in tables of its own beside the case.
        let rows = sql.rows("SELECT idhex(case_id)!, idhex(other)! FROM case_links").await?;
        let links: BTreeSet<(String, String)> = rows.iter().map(|r| (text(r, 0), text(r, 1))).collect();
        let wanted: BTreeSet<(String, String)> =
            ledger.merged.iter().map(|(from, to)| (plain(from), plain(to))).collect();
        let differ: Vec<String> =
            links.symmetric_difference(&wanted).map(|l| format!("{} in {}", l.0, l.1)).collect();
        self.none(
            &format!(
                "each of {} merged cases is part of the one it was merged into, and no other",
                wanted.len()
            ),
            &differ,
        );
        let mut called: BTreeMap<String, usize> = BTreeMap::new();
        for (case, ..) in ledger.acked.iter().filter(|a| a.2 == "summon") {
            *called.entry(plain(case)).or_default() += 1;
        }
        let rows = sql.rows("SELECT idhex(case_id)! FROM case_parties WHERE part = 'assisting'").await?;
        let mut there: BTreeMap<String, usize> = BTreeMap::new();
        for r in rows.iter().filter(|r| reports.contains(&text(r, 0))) {
            *there.entry(text(r, 0)).or_default() += 1;
        }
        let differ: Vec<String> = called
            .keys()
            .chain(there.keys())
            .filter(|c| called.get(*c) != there.get(*c))
            .map(|c| format!("{c}: called {:?}, there {:?}", called.get(c), there.get(c)))
            .collect();
        self.none(
            &format!("each of {} cases with a unit called to help has that unit once", called.len()),
            &differ,
        );

        let answers: BTreeSet<String> = sql
            .rows(&format!("SELECT idhex(key)! FROM answers WHERE region = {REGION}"))
            .await?
            .iter()
            .map(|r| text(r, 0))
            .collect();
        let unkept: Vec<String> = ledger.keys.iter().map(plain).filter(|k| !answers.contains(k)).collect();
        let more = answers.len() as i64 - ledger.keys.len() as i64;
        self.none("each acknowledged key has its answer kept", &unkept);
        self.note(more == 0, "no answer is kept that nobody got", format!("{more} more"));

        let on_file: BTreeSet<String> =
            sql.rows("SELECT idhex(case_id)! FROM contacts").await?.iter().map(|r| text(r, 0)).collect();
        let mut bad = Vec::new();
        let mut over = 0;
        for case in ledger.with_telephone.iter().map(plain).filter(|c| versions.contains_key(c)) {
            let ended = ledger.ended.iter().any(|e| plain(e) == case);
            over += usize::from(ended);
            let (there, lines) = (on_file.contains(&case), forgotten.get(&case).copied().unwrap_or(0));
            if there == ended || lines != usize::from(ended) {
                bad.push(format!("{case}: ended {ended}, contact there {there}, {lines} lines"));
            }
        }
        self.none(
            &format!("each of {over} ended cases' contacts was forgotten exactly once, and no other"),
            &bad,
        );
        let left = sql.number("SELECT count(*) FROM jobs WHERE dead").await?;
        self.note(left == 0, "no job was set aside", "");
        Ok(())
    }

    fn dense(&self, table: &str, mut positions: Vec<i64>) {
        positions.sort_unstable();
        let n = positions.len() as i64;
        let ok = positions.iter().copied().eq(1..=n);
        self.note(ok, &format!("the {n} positions of {table} are dense"), "");
    }

    fn ended(&self, what: &str, ended: &Ended, code: i32, says: &[&str]) {
        let said = says.iter().all(|s| ended.err.contains(s) || ended.out.contains(s));
        let ok = ended.code == code && said;
        let words = ended.err.lines().rev().find(|l| l.starts_with("jingwei:")).unwrap_or(ended.err.trim());
        let detail = match ok {
            true => words.chars().take(160).collect(),
            false => format!(
                "exit code {} instead of {code}, or not the words {says:?}: {} {}",
                ended.code,
                ended.out.trim(),
                ended.err.trim()
            ),
        };
        self.note(ok, what, detail);
    }

    fn doctor(&self, place: &Place, what: &str) -> Fallible<()> {
        let ended = place.run(&["doctor", "--deep", "--json"])?;
        let told: Json = serde_json::from_str(&ended.out).unwrap_or_default();
        let findings = told["findings"].as_array().cloned().unwrap_or_default();
        // The test server of PostgreSQL has fsync off.
        let bad: Vec<String> = findings
            .iter()
            .filter(|f| f["ok"] == json!(false) && f["what"] != json!("durability"))
            .map(|f| format!("{}: {}", f["what"], f["detail"]))
            .collect();
        let deep = findings.iter().find(|f| f["what"] == json!("cases")).map(|f| f["detail"].to_string());
        let ok = bad.is_empty() && deep.is_some() && matches!(ended.code, 0 | 1);
        self.note(ok, what, format!("{} {}", deep.unwrap_or_else(|| ended.err.clone()), bad.join("; ")));
        Ok(())
    }

    /// Save, restore into both databases, compare, and break into the restored log.
    async fn copies(&self) -> Fallible<()> {
        let saved = self.home.join("saved");
        let folder = saved.to_string_lossy().into_owned();
        let before = Sql::of(&self.place).await?.counts().await?;
        let server = self.place.serve()?;
        let ended = self.place.run(&["backup", &folder])?;
        drop(server);
        self.ended("backup while the server runs", &ended, 0, &[]);
        for postgres in [false, true] {
            let into = if postgres { "PostgreSQL" } else { "SQLite" };
            let place = self.elsewhere(if postgres { "into_pg" } else { "into_lite" }, postgres).await?;
            std::fs::create_dir_all(&place.dir)?;
            std::fs::copy(self.place.key(), place.key())?;
            self.ended(&format!("restore into {into}"), &place.run(&["restore", &folder])?, 0, &[]);
            let sql = Sql::of(&place).await?;
            let after = sql.counts().await?;
            let differ: Vec<String> = before
                .iter()
                .zip(&after)
                .filter(|(a, b)| a != b)
                .map(|(a, b)| format!("{} has {} rows, restored {} {}", a.0, a.1, b.0, b.1))
                .collect();
            self.none(&format!("the same rows are in all {} tables of {into}", after.len()), &differ);
            self.doctor(&place, &format!("restored into {into}, every case is what its events say"))?;
            self.ended(
                &format!("restored into {into}, the log holds"),
                &place.run(&["audit", "verify"])?,
                0,
                &[],
            );
            self.tamper(&place, &sql).await?;
        }
        Ok(())
    }

    async fn tamper(&self, place: &Place, sql: &Sql) -> Fallible<()> {
        let into = if sql.on_postgres() { "PostgreSQL" } else { "SQLite" };
        let n = sql.number("SELECT count(*) FROM audit_lines").await?;
        let (a, b, c) = (n * 3 / 4, n / 2, n / 4);
        // From the back to the front, because verify names the first line that does not hold.
        let tries = [
            (n, format!("DELETE FROM audit_lines WHERE position = {n}"), "the last line is deleted"),
            (
                a,
                format!("UPDATE audit_lines SET actor = 'someone' WHERE position = {a}"),
                "an actor is changed",
            ),
            (b, format!("DELETE FROM audit_lines WHERE position = {b}"), "a line is deleted"),
            (
                c,
                format!(
                    "UPDATE audit_lines SET position = CASE position WHEN {c} THEN {c} + 1 ELSE {c} END WHERE position IN ({c}, {c} + 1)"
                ),
                "two lines are swapped",
            ),
        ];
        for (line, change, what) in tries {
            sql.change(&change).await?;
            let ended = place.run(&["audit", "verify"])?;
            self.ended(
                &format!("{into}: {what}: verify names line {line}"),
                &ended,
                1,
                &[&format!("line {line}")],
            );
        }
        Ok(())
    }

    /// What has to be refused at the start, with nothing written.
    async fn refusals(&self) -> Fallible<()> {
        let other = self.elsewhere("other", false).await?;
        other.must(&["migrate"])?;
        // A copy of the folder: for SQLite with its database, for PostgreSQL beside the same database.
        let copy = self.place.elsewhere(self.home.join("copy"), self.place.url.clone());
        copy_folder(&self.place.dir, &copy.dir)?;
        std::fs::remove_file(copy.key())?;
        let files = |dir: &Path| -> Fallible<BTreeMap<PathBuf, Vec<u8>>> {
            let mut all = BTreeMap::new();
            for e in std::fs::read_dir(dir)? {
                let path = e?.path();
                // SQLite's own companions come and go with every opening.
                let own = path.to_string_lossy();
                if path.is_file() && !own.ends_with("-wal") && !own.ends_with("-shm") {
                    all.insert(path.clone(), std::fs::read(&path)?);
                }
            }
            Ok(all)
        };
        let sql = Sql::of(&copy).await?;
        let unchanged =
            async |before: &(BTreeMap<PathBuf, Vec<u8>>, Vec<(String, i64)>), what: &str| -> Fallible<()> {
                let now = (files(&copy.dir)?, sql.counts().await?);
                let mut bad: Vec<String> = now
                    .0
                    .iter()
                    .filter(|(p, t)| before.0.get(*p) != Some(t))
                    .map(|(p, _)| p.display().to_string())
                    .collect();
                bad.extend(
                    before
                        .0
                        .keys()
                        .filter(|p| !now.0.contains_key(*p))
                        .map(|p| format!("{} is gone", p.display())),
                );
                bad.extend(
                    now.1
                        .iter()
                        .zip(&before.1)
                        .filter(|(a, b)| a != b)
                        .map(|(a, b)| format!("{} had {} rows, has {}", a.0, b.1, a.1)),
                );
                self.none(&format!("{what}: nothing was written"), &bad);
                Ok(())
            };
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        let before = (files(&copy.dir)?, sql.counts().await?);
        for args in [&serve[..], &["doctor"], &["audit", "verify"]] {
            let what = format!("`{}` without the key file", args.join(" "));
            self.ended(&what, &copy.run(args)?, 2, &["key"]);
            unchanged(&before, &what).await?;
            let _ = std::fs::remove_file(copy.key());
        }
        std::fs::copy(other.key(), copy.key())?;
        let before = (files(&copy.dir)?, sql.counts().await?);
        self.ended("serve with another installation's key file", &copy.run(&serve)?, 2, &["key"]);
        unchanged(&before, "with another key file").await?;
        std::fs::write(copy.key(), "not a key\n")?;
        self.ended("serve with a damaged key file", &copy.run(&serve)?, 2, &["jingwei.key"]);
        std::fs::copy(self.place.key(), copy.key())?;
        sql.change("INSERT INTO migrations (name, sum, at) VALUES ('zzz/9-from-the-future', 1, 1)").await?;
        let before = (files(&copy.dir)?, sql.counts().await?);
        self.ended("serve on a newer database", &copy.run(&serve)?, 2, &["newer"]);
        self.ended("verify on a newer database", &copy.run(&["audit", "verify"])?, 2, &["newer"]);
        unchanged(&before, "on a newer database").await?;
        sql.change("DELETE FROM migrations WHERE name = 'zzz/9-from-the-future'").await?;
        let nowhere = if self.place.url.is_some() {
            Place { url: Some("postgres://nobody@127.0.0.1:1/nothing".into()), ..copy.clone() }
        } else {
            std::fs::write(self.home.join("in-the-way"), "")?;
            Place {
                url: Some(format!("sqlite:{}", self.home.join("in-the-way/x.db").display())),
                ..copy.clone()
            }
        };
        let before = (files(&copy.dir)?, sql.counts().await?);
        self.ended("serve with a database that cannot be reached", &nowhere.run(&serve)?, 2, &["jingwei: "]);
        unchanged(&before, "with a database that cannot be reached").await?;
        Ok(())
    }

    async fn play(&self, kills: usize) -> Fallible<()> {
        self.place.must(&["demo", "--only", "--cases", &DEMO_CASES.to_string()])?;
        let ledger = self.rounds(kills).await?;
        self.look(&ledger).await?;
        self.doctor(&self.place, "every case is what its events say")?;
        self.ended("the audit log holds", &self.place.run(&["audit", "verify"])?, 0, &["holds"]);
        self.copies().await?;
        self.refusals().await
    }
}

fn scene(
    checks: &Checks,
    on: &'static str,
    home: &Path,
    admin: &str,
    bin: &Path,
    kills: usize,
) -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let home = home.join(on);
        std::fs::create_dir_all(&home)?;
        let config = home.join("jingwei.toml");
        std::fs::write(
            &config,
            "contact_keep_days = 0\nanonymous_reports_per_hour = 1000000\nsign_ins_per_minute = 1000\n",
        )?;
        let url = match on {
            "postgres" => Some(fresh(admin, &format!("f{}_kills", std::process::id())).await?),
            _ => None,
        };
        let place = Place {
            bin: bin.to_owned(),
            dir: home.join("data"),
            url,
            config: Some(config),
            log: home.join("server.log"),
        };
        let scene = Scene { checks, on, admin: admin.to_owned(), place, home };
        let played = scene.play(kills).await;
        if let (Err(_), Ok(log)) = (&played, std::fs::read_to_string(&scene.place.log)) {
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(15)..] {
                println!("     {on:<10} | {line}");
            }
        }
        played
    })
}

fn main() -> ExitCode {
    let checks = Checks::default();
    let whole = || -> Fallible<()> {
        let bin = std::env::var("JINGWEI_BIN").map_err(|_| "JINGWEI_BIN names no program")?;
        let admin =
            std::env::var("JINGWEI_TEST_PG").map_err(|_| "JINGWEI_TEST_PG names no PostgreSQL server")?;
        let kills = std::env::var("JINGWEI_KILLS").ok().map_or(Ok(200), |k| k.parse::<usize>())?;
        let dir = tempfile::tempdir()?;
        let (bin, home) = (std::fs::canonicalize(bin)?, dir.path());
        std::thread::scope(|s| {
            let runs = ["sqlite", "postgres"].map(|on| {
                let (checks, admin, bin) = (&checks, &admin, &bin);
                (on, s.spawn(move || scene(checks, on, home, admin, bin, kills.div_ceil(2))))
            });
            for (on, run) in runs {
                match run.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(e)) => checks.note(on, false, "the run came to its end", &e.to_string()),
                    Err(_) => checks.note(on, false, "the run came to its end", "a panic"),
                }
            }
        });
        Ok(())
    };
    if let Err(e) = whole() {
        checks.note("-", false, "the run came to its end", &e.to_string());
    }
    let (passed, failed) = (checks.passed.into_inner(), checks.failed.into_inner());
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
