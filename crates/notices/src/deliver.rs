//! Deliveries: one job sends one batch, by mail or by robot.
//!
//! The sending itself runs beside the queue, a few at a time, so that a mail server or a robot that does not
//! answer keeps no other job waiting. Whoever dies between sending and finishing leaves the job behind its
//! lease; it is taken again, and sent again under the same id.

use crate::{
    mail::{self, Mail, NotSent, Smtp},
    pass::zone_of,
    robot,
    robots::{self, RobotKind},
    words::{self, Fact},
};
use edge::House;
use flow::Stage;
use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;
use jobs::Taken;
use kernel::{AccountId, Actor, CaseId, Moment, Refusal, Region, Uuid};
use store::{Cond, Filter, Read, StoreError, Tx, Write, binds, from_row};
use tokio::sync::Semaphore;

/// The job.
pub(crate) const SEND: &str = "notices.send";
/// Messages on their way at once from one process.
const AT_ONCE: usize = 8;
/// Tries before a delivery has failed.
pub(crate) const TRIES: i64 = 8;
/// Deliveries in one message at the most.
const MANY: i64 = 300;

struct Sending(Semaphore);

/// Puts the job of a batch into the queue.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    region: Region,
    batch: Uuid,
    run_at: Moment,
) -> Result<(), StoreError> {
    jobs::enqueue(tx, region, SEND, &batch.to_string(), &serde_json::json!({}), run_at).await
}

/// After the n-th try: half a minute, and twice as long each time.
fn wait(tries: i64) -> i64 {
    30_000 << tries.clamp(1, 8).saturating_sub(1)
}

struct Waiting {
    id: Uuid,
    account: Option<AccountId>,
    robot: Option<Uuid>,
    attempts: i64,
    kind: String,
    case: Option<CaseId>,
    number: Option<String>,
    stage: Option<i64>,
    item: Option<String>,
    due: Option<Moment>,
    urgent: bool,
}
from_row!(Waiting { id, account, robot, attempts, kind, case, number, stage, item, due, urgent });

impl Waiting {
    fn fact(&self) -> Fact {
        Fact {
            kind: self.kind.clone(),
            case: self.case,
            number: self.number.clone().unwrap_or_default(),
            stage: self.stage.and_then(Stage::stored),
            item: self.item.clone(),
            due: self.due,
            urgent: self.urgent,
        }
    }
}

/// Where a batch goes, or why it goes nowhere.
enum Target {
    Nowhere(&'static str),
    Mail(String),
    Robot { kind: RobotKind, url: String, secret: Option<String> },
}

struct Batch {
    waiting: Vec<Waiting>,
    target: Target,
    zone: TimeZone,
}

struct Load(Region, Uuid);

impl Read for Load {
    type Out = Batch;
    async fn run(&self, tx: &mut Tx) -> Result<Batch, Refusal> {
        let Load(region, batch) = *self;
        let sql = "SELECT d.id, d.account, d.robot, d.attempts, d.kind, d.case_id, d.number, d.stage,
                     (SELECT i.name FROM items i JOIN catalogues k ON k.region = i.region AND k.version = i.version
                      WHERE i.region = d.region AND i.code = d.item AND k.state = 'in_force' ORDER BY k.from_at DESC LIMIT 1),
                     d.due_at, d.urgent
                   FROM deliveries d
                   WHERE d.region = $1 AND d.batch = $2 AND d.state = 'pending' ORDER BY d.at, d.id LIMIT $3";
        let waiting: Vec<Waiting> = tx.all(sql, binds![region, batch, MANY]).await?;
        let target = match waiting.first() {
            Some(Waiting { account: Some(account), .. }) => mail_target(tx, *account).await?,
            Some(Waiting { robot: Some(robot), .. }) => robot_target(tx, region, *robot).await?,
            _ => Target::Nowhere("nobody"),
        };
        let zone = zone_of(tx, region).await?;
        Ok(Batch { waiting, target, zone })
    }
}

async fn mail_target(tx: &mut Tx, account: AccountId) -> Result<Target, Refusal> {
    let sql = "SELECT a.disabled, p.mail_on, p.mail FROM accounts a LEFT JOIN notice_preferences p ON p.account = a.id
               WHERE a.id = $1";
    let row: Option<(bool, Option<bool>, Option<Vec<u8>>)> = tx.maybe(sql, binds![account]).await?;
    Ok(match row {
        None | Some((true, ..)) => Target::Nowhere("account_disabled"),
        Some((false, Some(true), Some(sealed))) => {
            match tx.vault().open(&crate::preferences::sealed(account), &sealed).map(String::from_utf8) {
                Ok(Ok(address)) => Target::Mail(address),
                _ => Target::Nowhere("sealed"),
            }
        }
        Some(_) => Target::Nowhere("mail_off"),
    })
}

/// Kind, switch, address and secret as they are stored.
type Stored = (String, bool, Option<Vec<u8>>, Option<Vec<u8>>);

async fn robot_target(tx: &mut Tx, region: Region, id: Uuid) -> Result<Target, Refusal> {
    let sql = "SELECT kind, enabled, url, secret FROM robots WHERE region = $1 AND id = $2";
    let row: Option<Stored> = tx.maybe(sql, binds![region, id]).await?;
    let Some((kind, enabled, url, secret)) = row else { return Ok(Target::Nowhere("robot_deleted")) };
    let (true, Some(url), Some(kind)) = (enabled, url, RobotKind::parse(&kind)) else {
        return Ok(Target::Nowhere("robot_off"));
    };
    Ok(match robots::open(tx.vault(), region, id, &url, secret.as_deref()) {
        Some((url, secret)) => Target::Robot { kind, url, secret },
        None => Target::Nowhere("sealed"),
    })
}

/// How it ended.
#[derive(Debug, Clone)]
enum End {
    Sent,
    Suppressed(&'static str),
    NotSent(NotSent),
}

struct Finish {
    region: Region,
    batch: Uuid,
    ids: Vec<Uuid>,
    tries: i64,
    end: End,
}

impl Write for Finish {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let at = tx.at();
        let (state, error, again) = match &self.end {
            End::Sent => ("sent", None, None),
            End::Suppressed(why) => ("suppressed", Some((*why).to_owned()), None),
            End::NotSent(e) if e.for_good || self.tries >= TRIES => ("failed", Some(e.why.clone()), None),
            End::NotSent(e) => ("pending", Some(e.why.clone()), Some(at.plus(wait(self.tries)))),
        };
        let done = again.is_none().then_some(at);
        let one = i64::from(!matches!(self.end, End::Suppressed(_)));
        for ids in self.ids.chunks(200) {
            let (sql, binds) = Filter::new("UPDATE deliveries SET state = ")
                .bind(state)
                .text(", error = ")
                .bind(error.clone())
                .text(", done_at = ")
                .bind(done)
                .text(", attempts = attempts + ")
                .bind(one)
                .text(" WHERE region = ")
                .bind(self.region)
                .text(" AND state = 'pending' AND ")
                .cond(&Cond::In("id", ids.iter().map(|i| (*i).into()).collect()))
                .done();
            tx.put(sql, binds).await?;
        }
        // What joined the batch meanwhile, or did not fit into the message, goes with the next.
        let sql = "SELECT 1 FROM deliveries WHERE region = $1 AND batch = $2 AND state = 'pending' LIMIT 1";
        let rest: Option<(i64,)> = tx.maybe(sql, binds![self.region, self.batch]).await?;
        if rest.is_some() {
            enqueue(tx, self.region, self.batch, again.unwrap_or(at)).await?;
        }
        Ok(())
    }
}

/// Sends a batch; says how that ended.
async fn send(house: &House, batch: &Batch, at: Moment) -> End {
    let facts: Vec<Fact> = batch.waiting.iter().map(Waiting::fact).collect();
    let settings = house.settings();
    let public_url = settings.public_url.as_deref();
    // The same deliveries have the same id, whoever sends them.
    let mut ids: Vec<u8> = Vec::new();
    for w in &batch.waiting {
        ids.extend_from_slice(w.id.as_bytes());
    }
    let id = vault::hex(&vault::sha256(&ids)[..16]);
    let sent = match &batch.target {
        Target::Nowhere(why) => return End::Suppressed(why),
        Target::Mail(to) => {
            let (Some(url), Some(from)) = (&settings.smtp_url, &settings.mail_from) else {
                return End::Suppressed("no_mail_server");
            };
            let Ok(smtp) = Smtp::parse(&url.0) else { return End::Suppressed("no_mail_server") };
            let mail = Mail {
                from: from.clone(),
                to: to.clone(),
                id,
                at,
                subject: words::subject(&facts),
                body: words::mail(&facts, &batch.zone, public_url),
            };
            tokio::task::spawn_blocking(move || mail::send(&smtp, &mail)).await
        }
        Target::Robot { kind, url, secret } => {
            let text = words::robot(&facts, &batch.zone, public_url);
            let message =
                robot::Message { kind: *kind, url: url.clone(), secret: secret.clone(), id, at, text };
            tokio::task::spawn_blocking(move || robot::send(&message)).await
        }
    };
    match sent {
        Ok(Ok(())) => End::Sent,
        Ok(Err(e)) => End::NotSent(e),
        Err(_) => End::NotSent(NotSent::later("broke_down")),
    }
}

async fn work(house: &House, taken: &Taken) -> Result<(), Refusal> {
    let region = taken.job.region;
    let Ok(id) = Uuid::try_parse(&taken.job.key) else {
        return Err(store::rules::INTERNAL.refuse().because("a batch without an id"));
    };
    let me = Actor::system("notices");
    let batch = taken.db.read(&me, Load(region, id)).await?;
    let tries = batch.waiting.iter().map(|w| w.attempts).max().unwrap_or(0) + 1;
    let end =
        if batch.waiting.is_empty() { End::Sent } else { send(house, &batch, taken.db.world().now()).await };
    if let End::NotSent(e) = &end {
        tracing::warn!(batch = %id, tries, why = %e.why, "a notice was not sent");
    }
    let ids = batch.waiting.iter().map(|w| w.id).collect();
    taken.finish("notices", Finish { region, batch: id, ids, tries, end }).await
}

/// Sends a batch beside the queue.
pub(crate) fn send_job(house: House, taken: Taken) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        tokio::spawn(async move {
            let sending = house.keep_with(|| Sending(Semaphore::new(AT_ONCE)));
            let Ok(_permit) = sending.0.acquire().await else { return };
            // What fails here is taken again when its lease runs out.
            if let Err(e) = work(&house, &taken).await {
                tracing::warn!(job = %taken.job.id, error = ?e, "a delivery was not finished");
            }
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn tries_are_spread_over_an_hour() {
        let all: i64 = (1..super::TRIES).map(super::wait).sum();
        assert_eq!(super::wait(1), 30_000);
        assert_eq!(all, 30_000 * 127);
    }
}
