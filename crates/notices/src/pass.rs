//! The pass: from events to notices, deliveries and jobs, once in effect.

use crate::{
    deliver,
    hours::{self, Quiet, TimeOfDay, when},
    log, robots,
    who::{Held, Matter, ROLES, covers},
};
use audit::Sequencer;
use edge::House;
use flow::{Move, Stage, State, Tell, tells};
use jiff::tz::TimeZone;
use kernel::{AccountId, Actor, AreaCode, CaseId, ItemCode, Moment, Refusal, Region, UnitId, Uuid};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
    time::Duration,
};
use store::{Cond, Filter, FromRow, Read, Row, StoreError, Tx, Write, binds, from_row};

/// Events passed by in one look, by their kind alone.
const PASSING: i64 = 1_000;
/// Of these so many are read at the most.
const EVENTS: usize = 50;
/// Notices and robots' deliveries written in one transaction, so that nobody waits long for the pen.
const ROWS: usize = 100;
/// A server rests so long after each, so that moves come first when there is much of both.
const REST: Duration = Duration::from_millis(200);
/// What told nobody need not be written down at once: after a stop so much is looked at again.
const LAZY: i64 = 500;
/// What happened longer ago makes no notices.
const STALE: i64 = Moment::DAY;

/// An event and the case it belongs to, as it stands now.
struct Seen {
    position: i64,
    stream: Uuid,
    n: i64,
    at: Moment,
    kind: String,
    actor: Option<AccountId>,
    data: String,
    before: Option<String>,
    case: Option<CaseNow>,
}

struct CaseNow {
    number: String,
    grid: Option<AreaCode>,
    unit: Option<UnitId>,
    handler: Option<AccountId>,
    reporter: Option<AccountId>,
    item: Option<ItemCode>,
    act_by: Moment,
    urgent: bool,
}

impl FromRow for Seen {
    fn from_row(r: &mut Row<'_>) -> Result<Seen, StoreError> {
        let mut seen = Seen {
            position: r.next()?,
            stream: r.next()?,
            n: r.next()?,
            at: r.next()?,
            kind: r.next()?,
            actor: r.next()?,
            data: r.next()?,
            before: r.next()?,
            case: None,
        };
        // Streams of other rooms have no case, and make no notices.
        if let Some(number) = r.next::<Option<String>>()? {
            seen.case = Some(CaseNow {
                number,
                grid: r.next()?,
                unit: r.next()?,
                handler: r.next()?,
                reporter: r.next()?,
                item: r.next()?,
                act_by: r.next()?,
                urgent: r.next()?,
            });
        }
        Ok(seen)
    }
}

const SEEN: &str =
    "SELECT e.position, e.stream, e.n, e.at, e.kind, e.account, e.data, p.data, c.number, c.grid, c.unit,
    c.handler, c.reporter, c.item, c.act_by, c.urgent
  FROM events e
  LEFT JOIN cases c ON c.region = e.region AND c.id = e.stream
  LEFT JOIN events p ON p.region = e.region AND p.stream = e.stream AND p.n = e.n - 1
  WHERE e.region = ";

/// Whether a step of this kind can tell anybody: most everyday work cannot, and is not read at all.
fn can_tell(kind: &str) -> bool {
    Move::parse(kind).is_some_and(|m| flow::TABLE.iter().any(|r| r.make == m && !r.tells.is_empty()))
}

/// The stage a step led to.
fn stage_of(data: &serde_json::Value) -> Option<Stage> {
    Stage::parse(data.get("to")?.as_str()?)
}

/// An event that tells somebody something.
struct Telling {
    kind: Move,
    case: CaseId,
    n: i64,
    moved_at: Moment,
    number: String,
    stage: Stage,
    item: Option<ItemCode>,
    due: Option<Moment>,
    urgent: bool,
    actor: Option<AccountId>,
    tells: &'static [Tell],
    matter: Matter,
}

impl Seen {
    fn telling(self, region: Region, now: Moment) -> Option<Telling> {
        let case = self.case.filter(|_| self.at >= now.plus(-STALE))?;
        let kind = Move::parse(&self.kind)?;
        let data: serde_json::Value = serde_json::from_str(&self.data).ok()?;
        let stage = stage_of(&data)?;
        let before = self.before.and_then(|d| serde_json::from_str(&d).ok());
        let from = before.as_ref().and_then(stage_of);
        // Before it is filed a case has no deadline of its own; afterwards it has none any more.
        let due = (stage.open() && stage != Stage::Reported).then_some(case.act_by);
        Some(Telling {
            kind,
            case: CaseId(self.stream),
            n: self.n,
            moved_at: self.at,
            number: case.number,
            stage,
            item: case.item,
            due,
            urgent: case.urgent,
            actor: self.actor,
            tells: tells(kind, from, stage),
            matter: Matter {
                region,
                grid: case.grid,
                unit: case.unit,
                handler: case.handler,
                reporter: case.reporter,
                answerable: None,
                data,
            },
        })
    }
}

/// How an account wants to be told.
struct Wish {
    account: AccountId,
    reachable: bool,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    digest_at: Option<i64>,
    muted: String,
}
from_row!(Wish { account, reachable, quiet_from, quiet_to, digest_at, muted });

/// A robot that is switched on and has an address.
struct Listener {
    id: Uuid,
    kind: String,
    unit: Option<UnitId>,
    area: Option<AreaCode>,
    kinds: String,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    since: Moment,
}
from_row!(Listener { id, kind, unit, area, kinds, quiet_from, quiet_to, since });

impl Listener {
    fn hears(&self, t: &Telling) -> bool {
        let kinds = robots::kinds(&self.kinds);
        // What told nobody may be looked at twice; who listens only since is not told of it.
        t.moved_at >= self.since
            && (kinds.is_empty() || kinds.contains(&t.kind))
            && self.unit.is_none_or(|u| t.matter.unit_of_step() == Some(u) || t.matter.unit == Some(u))
            && covers(self.area, t.matter.region, t.matter.grid)
    }
}

/// What is to be told next, as a snapshot shows it.
struct Plan {
    region: Region,
    /// The cursor as stored; only from there it is moved.
    stored: i64,
    /// Up to which event this tells everything.
    last: i64,
    /// There may be more to tell at once.
    more: bool,
    told: Vec<(Telling, BTreeMap<AccountId, bool>)>,
    zone: TimeZone,
    wishes: HashMap<AccountId, Wish>,
    robots: Vec<Listener>,
}

/// What a look has found.
enum Found {
    /// The region is seen for the first time: there is no cursor.
    NoCursor,
    /// Nothing has happened after this position.
    Nothing(i64),
    /// Events: to be told, or of those that tell nobody.
    Events(Box<Plan>),
}

/// Looks at a region's events after a position. A question, not a command: nobody waits for it.
struct Look {
    region: Region,
    after: i64,
}

/// Tells what a look has found, and moves the cursor, in one transaction.
struct Pass {
    plan: Box<Plan>,
    /// Whether there is a mail server.
    mail: bool,
}

/// Deliveries that wait for the same moment go to the same target in one message.
struct Batches {
    region: Region,
    now: Moment,
    known: HashMap<(Uuid, Moment), Uuid>,
}

impl Batches {
    fn of(&mut self, tx: &Tx, target: Uuid, run_at: Moment) -> Uuid {
        if let Some(batch) = self.known.get(&(target, run_at)) {
            return *batch;
        }
        let batch = if run_at > self.now {
            // The same for every pass, so that a whole night or day gathers in one message.
            let name = format!("{}/{target}/{}", self.region, run_at.0);
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&vault::sha256(name.as_bytes())[..16]);
            Uuid::from_bytes(bytes)
        } else {
            tx.world().uuid()
        };
        self.known.insert((target, run_at), batch);
        batch
    }
}

impl Read for Look {
    type Out = Found;

    async fn run(&self, tx: &mut Tx) -> Result<Found, Refusal> {
        let (region, now) = (self.region, tx.at());
        let sql = "SELECT position FROM notice_cursors WHERE region = $1";
        let cursor: Option<(i64,)> = tx.maybe(sql, binds![region]).await?;
        let Some((stored,)) = cursor else { return Ok(Found::NoCursor) };
        let from = self.after.max(stored);
        let sql = "SELECT position, kind FROM events WHERE region = $1 AND position > $2 ORDER BY position LIMIT $3";
        let passing: Vec<(i64, String)> = tx.all(sql, binds![region, from, PASSING]).await?;
        let Some(mut last) = passing.last().map(|p| p.0) else { return Ok(Found::Nothing(from)) };
        let mut more = passing.len() as i64 == PASSING;

        let sql = "SELECT id, kind, unit, area, kinds, quiet_from, quiet_to, since FROM robots
                   WHERE region = $1 AND enabled AND url IS NOT NULL ORDER BY id";
        let robots: Vec<Listener> = tx.all(sql, binds![region]).await?;
        let mut read: Vec<i64> =
            passing.iter().filter(|(_, k)| !robots.is_empty() || can_tell(k)).map(|p| p.0).collect();
        if read.len() > EVENTS {
            read.truncate(EVENTS);
            (last, more) = (read[EVENTS - 1], true);
        }
        let (sql, binds) = Filter::new(SEEN)
            .bind(region)
            .text(" AND ")
            .cond(&Cond::In("e.position", read.into_iter().map(Into::into).collect()))
            .text(" ORDER BY e.position")
            .done();
        let seen: Vec<Seen> = tx.all(sql, binds).await?;
        let tellings: Vec<(i64, Telling)> = seen
            .into_iter()
            .filter_map(|s| Some((s.position, s.telling(region, now)?)))
            .filter(|(_, t)| !t.tells.is_empty() || robots.iter().any(|r| r.hears(t)))
            .collect();
        let (posts, reporters) = if tellings.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            (posts(tx, region).await?, reporters(tx, &tellings).await?)
        };
        let mut told: Vec<(Telling, BTreeMap<AccountId, bool>)> = Vec::new();
        let (mut rows, mut before) = (0, from);
        for (position, mut t) in tellings {
            if t.tells.contains(&Tell::Answerable) {
                t.matter.answerable = answerable(tx, region, &t).await?;
            }
            let whom = t.matter.everybody(t.tells, &posts, &reporters, t.actor);
            let rows_of = whom.len() + robots.iter().filter(|r| r.hears(&t)).count();
            if rows_of == 0 {
                continue;
            }
            if rows > 0 && rows + rows_of > ROWS {
                (last, more) = (before, true);
                break;
            }
            rows += rows_of;
            before = position;
            told.push((t, whom));
        }
        let accounts: BTreeSet<AccountId> = told.iter().flat_map(|(_, whom)| whom.keys().copied()).collect();
        let wishes = wishes(tx, accounts).await?;
        let zone = zone_of(tx, region).await?;
        Ok(Found::Events(Box::new(Plan { region, stored, last, more, told, zone, wishes, robots })))
    }
}

impl Write for Pass {
    /// How many notices; `None` when somebody else was quicker, and nothing was done.
    type Out = Option<usize>;

    async fn run(&self, tx: &mut Tx) -> Result<Option<usize>, Refusal> {
        let Plan { region, stored, last, told, zone, wishes, robots, .. } = &*self.plan;
        let (region, now) = (*region, tx.at());
        // Only from where it was read: whoever comes second finds it moved, and does nothing.
        let sql = "UPDATE notice_cursors SET position = $1 WHERE region = $2 AND position = $3";
        if tx.run(sql, binds![*last, region, *stored]).await? == 0 {
            return Ok(None);
        }
        let mut batches = Batches { region, now, known: HashMap::new() };
        let mut jobs: BTreeMap<Uuid, Moment> = BTreeMap::new();
        for (t, whom) in told {
            for (account, outside) in whom {
                let wish = wishes.get(account);
                let muted = wish.is_some_and(|w| robots::kinds(&w.muted).contains(&t.kind));
                notice(tx, region, *account, t, muted).await?;
                let Some(wish) = wish.filter(|w| self.mail && *outside && w.reachable) else { continue };
                let quiet = Quiet::stored(wish.quiet_from, wish.quiet_to);
                let digest = wish.digest_at.and_then(TimeOfDay::new);
                let run_at = when(zone, now, t.urgent, quiet, digest);
                let to = To { channel: "mail", account: Some(*account), robot: None };
                if muted {
                    deliver(tx, region, tx.world().uuid(), &to, t, run_at, Some("muted")).await?;
                } else {
                    let batch = batches.of(tx, account.0, run_at);
                    deliver(tx, region, batch, &to, t, run_at, None).await?;
                    jobs.insert(batch, run_at);
                }
            }
            for robot in robots.iter().filter(|r| r.hears(t)) {
                let quiet = Quiet::stored(robot.quiet_from, robot.quiet_to);
                let run_at = gathered(when(zone, now, t.urgent, quiet, None), now, t.urgent);
                let batch = batches.of(tx, robot.id, run_at);
                let to = To { channel: &robot.kind, account: None, robot: Some(robot.id) };
                deliver(tx, region, batch, &to, t, run_at, None).await?;
                jobs.insert(batch, run_at);
            }
        }
        for (batch, run_at) in jobs {
            deliver::enqueue(tx, region, batch, run_at).await?;
        }
        Ok(Some(told.iter().map(|(_, whom)| whom.len()).sum()))
    }
}

/// What a robot is to say now, it says at the end of the ten seconds, all of it in one message: DingTalk and
/// WeCom shut a robot up that speaks more than twenty times a minute.
fn gathered(run_at: Moment, now: Moment, urgent: bool) -> Moment {
    if urgent || run_at > now { run_at } else { Moment((now.0.div_euclid(10_000) + 1) * 10_000) }
}

async fn posts(tx: &mut Tx, region: Region) -> Result<Vec<Held>, Refusal> {
    let now = tx.at();
    let roles = ROLES.iter().map(|r| r.code().into()).collect();
    let cond = Cond::All(vec![
        Cond::Is(
            "p.region = ? AND p.from_at <= ? AND (p.until_at IS NULL OR p.until_at > ?)",
            binds![region, now, now],
        ),
        Cond::In("p.role", roles),
    ]);
    let (sql, binds) = Filter::new(
        "SELECT p.account, p.role, p.unit, p.area FROM posts p JOIN accounts a ON a.id = p.account
         WHERE NOT a.disabled AND ",
    )
    .cond(&cond)
    .text(" ORDER BY p.id")
    .done();
    Ok(tx.all(sql, binds).await?)
}

/// The unit answerable to the resident until another accepts: after the step, or, where the step ended that,
/// before it. Only the history knows.
async fn answerable(tx: &mut Tx, region: Region, t: &Telling) -> Result<Option<UnitId>, Refusal> {
    let sql = "SELECT data FROM events WHERE region = $1 AND stream = $2 AND n <= $3 ORDER BY n";
    let rows: Vec<(String,)> = tx.all(sql, binds![region, t.case, t.n]).await?;
    let steps: Option<Vec<flow::Step>> = rows.iter().map(|(d,)| serde_json::from_str(d).ok()).collect();
    let steps = steps.unwrap_or_default();
    let then = |steps: &[flow::Step]| State::replay(steps).and_then(|s| s.side.answerable);
    let before = steps.split_last().and_then(|(_, earlier)| then(earlier));
    Ok(then(&steps).or(before))
}

/// Those who reported a case of these, and whose account is not disabled.
async fn reporters(tx: &mut Tx, tellings: &[(i64, Telling)]) -> Result<Vec<AccountId>, Refusal> {
    let ids: BTreeSet<AccountId> = tellings.iter().filter_map(|(_, t)| t.matter.reporter).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, binds) = Filter::new("SELECT id FROM accounts WHERE NOT disabled AND ")
        .cond(&Cond::In("id", ids.into_iter().map(Into::into).collect()))
        .done();
    let rows: Vec<(AccountId,)> = tx.all(sql, binds).await?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

async fn wishes(tx: &mut Tx, accounts: BTreeSet<AccountId>) -> Result<HashMap<AccountId, Wish>, Refusal> {
    let accounts: Vec<AccountId> = accounts.into_iter().collect();
    let mut all = HashMap::new();
    for some in accounts.chunks(500) {
        let (sql, binds) = Filter::new(
            "SELECT account, mail_on AND mail IS NOT NULL, quiet_from, quiet_to, digest_at, muted
             FROM notice_preferences WHERE ",
        )
        .cond(&Cond::In("account", some.iter().map(|a| (*a).into()).collect()))
        .done();
        let rows: Vec<Wish> = tx.all(sql, binds).await?;
        all.extend(rows.into_iter().map(|w| (w.account, w)));
    }
    Ok(all)
}

/// The clock of a region.
pub(crate) async fn zone_of(tx: &mut Tx, region: Region) -> Result<TimeZone, StoreError> {
    let row = areas::region_row(tx, region).await?;
    Ok(hours::zone(row.as_ref().map_or("Asia/Shanghai", |r| &r.zone)))
}

async fn notice(
    tx: &mut Tx,
    region: Region,
    account: AccountId,
    t: &Telling,
    muted: bool,
) -> Result<(), StoreError> {
    let (id, at) = (tx.world().uuid(), tx.at());
    tx.put(
        "INSERT INTO notices (region, id, account, case_id, n, kind, number, stage, item, due_at, urgent, moved_at, at, read_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (region, account, case_id, n) DO NOTHING",
        binds![
            region, id, account, t.case, t.n, t.kind.code(), &t.number, t.stage.number(), t.item, t.due, t.urgent, t.moved_at,
            at, muted.then_some(at)
        ],
    )
    .await
}

struct To<'a> {
    channel: &'a str,
    account: Option<AccountId>,
    robot: Option<Uuid>,
}

async fn deliver(
    tx: &mut Tx,
    region: Region,
    batch: Uuid,
    to: &To<'_>,
    t: &Telling,
    run_at: Moment,
    suppressed: Option<&'static str>,
) -> Result<(), StoreError> {
    let (id, at) = (tx.world().uuid(), tx.at());
    let state = if suppressed.is_some() { "suppressed" } else { "pending" };
    tx.put(
        "INSERT INTO deliveries (region, id, batch, channel, account, robot, case_id, number, kind, stage, item, due_at, urgent,
           state, at, run_at, done_at, attempts, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18)",
        binds![
            region, id, batch, to.channel, to.account, to.robot, t.case, &t.number, t.kind.code(), t.stage.number(), t.item,
            t.due, t.urgent, state, at, run_at, suppressed.map(|_| at), suppressed
        ],
    )
    .await
}

/// Where a region seen for the first time begins: before the first event that is not too old to be told.
struct Begin(Region);

impl Read for Begin {
    type Out = i64;
    async fn run(&self, tx: &mut Tx) -> Result<i64, Refusal> {
        let fresh = tx.at().plus(-STALE);
        let sql = "SELECT min(position) FROM events WHERE region = $1 AND position IS NOT NULL AND at >= $2";
        let (first,): (Option<i64>,) = tx.one(sql, binds![self.0, fresh]).await?;
        if let Some(first) = first {
            return Ok(first - 1);
        }
        let sql = "SELECT max(position) FROM events WHERE region = $1 AND position IS NOT NULL";
        let (end,): (Option<i64>,) = tx.one(sql, binds![self.0]).await?;
        Ok(end.unwrap_or(0))
    }
}

/// Sets the cursor of a region seen for the first time, unless somebody else has.
struct Place(Region, i64);

impl Write for Place {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let sql =
            "INSERT INTO notice_cursors (region, position) VALUES ($1, $2) ON CONFLICT (region) DO NOTHING";
        Ok(tx.put(sql, binds![self.0, self.1]).await?)
    }
}

/// How far this process has looked, by region: ahead of what is stored by what told nobody.
#[derive(Default)]
struct Looked(Mutex<HashMap<Region, i64>>);

impl Looked {
    fn of(&self, region: Region) -> i64 {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).get(&region).copied().unwrap_or(0)
    }

    /// Everything up to this position has been told, or tells nobody. Never backwards: tasks of one process share it.
    fn put(&self, region: Region, position: i64) {
        let mut all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let at = all.entry(region).or_default();
        *at = position.max(*at);
    }
}

/// Tells everything that has been given a position and was not told yet; says how many notices that made. On a
/// running server [`start`] does it.
pub async fn tell(house: &House) -> Result<usize, Refusal> {
    paced(house, Duration::ZERO).await
}

async fn paced(house: &House, rest: Duration) -> Result<usize, Refusal> {
    let (db, me) = (house.db(), Actor::system("notices"));
    let mail = house.settings().smtp_url.is_some() && house.settings().mail_from.is_some();
    let looked = house.keep::<Looked>();
    let ends: Vec<(Region, Option<i64>)> = db
        .ask(
            &me,
            // Said so that SQLite takes the index, which holds only these: it walks all events otherwise.
            "SELECT r.code,
               (SELECT max(e.position) FROM events e WHERE e.region = r.code AND e.position IS NOT NULL)
             FROM regions r ORDER BY r.code",
            binds![],
        )
        .await?;
    let mut notices = 0;
    for (region, _) in ends.into_iter().filter(|(r, end)| end.unwrap_or(0) > looked.of(*r)) {
        loop {
            let plan = match db.read(&me, Look { region, after: looked.of(region) }).await? {
                Found::Events(plan) => plan,
                Found::Nothing(position) => {
                    looked.put(region, position);
                    break;
                }
                Found::NoCursor => {
                    let start = db.read(&me, Begin(region)).await?;
                    db.write(&me, Place(region, start)).await?;
                    continue;
                }
            };
            let (last, more) = (plan.last, plan.more);
            if !plan.told.is_empty() || last - plan.stored >= LAZY {
                let made = db.write(&me, Pass { plan, mail }).await?;
                tokio::time::sleep(rest).await;
                // Whoever was quicker may have told less than was planned here: what is left is looked at anew.
                let Some(made) = made else { continue };
                notices += made;
            }
            looked.put(region, last);
            if !more {
                break;
            }
        }
    }
    Ok(notices)
}

/// Tells what happens, until the runtime ends: woken by the sequencer of this process, and every few seconds
/// for what other processes did. Forgets what is old once an hour.
pub fn start(house: House) {
    tokio::spawn(async move {
        let sequencer = house.keep_with(|| Option::<Sequencer>::None);
        let mut position = sequencer.as_ref().as_ref().map(Sequencer::position);
        let mut swept = Moment(0);
        loop {
            if let Err(e) = paced(&house, REST).await {
                tracing::warn!(error = ?e, "notices");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            let now = house.db().world().now();
            if now.since(swept) >= Moment::HOUR {
                swept = now;
                if let Err(e) = log::sweep(house.db()).await {
                    tracing::warn!(error = ?e, "old notices could not be forgotten");
                }
            }
            let gone = match &mut position {
                Some(p) => {
                    matches!(tokio::time::timeout(Duration::from_secs(5), p.changed()).await, Ok(Err(_)))
                }
                None => true,
            };
            if gone {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            // Several moves at once are told together.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
}
