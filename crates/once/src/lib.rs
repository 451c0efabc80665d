//! Every write is idempotent (Rule 9): the same key with the same body gets the first answer, with
//! another body it is refused. The answer is kept, sealed, in the write's own transaction.
#![forbid(unsafe_code)]

use kernel::{Actor, Kind, Moment, Refusal, Region, Rule, Uuid, Who};
use serde::{Serialize, de::DeserializeOwned};
use store::{Db, Migration, Table, Tx, Write, binds};
use vault::sha256;

/// The tables of this room.
pub const TABLES: &[Table] = &[Table::distributed("answers")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "once/1-answers",
    sql: "
CREATE TABLE answers (
  region {int} NOT NULL,
  who {uuid} NOT NULL,
  key {uuid} NOT NULL,
  hash {bytes} NOT NULL,
  answer {bytes} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (region, who, key)
) {clustered};
CREATE INDEX answers_at ON answers (region, at);
",
}];

/// The same key came with another request.
pub const KEY_REUSED: Rule = Rule {
    kind: Kind::Conflict,
    code: "idempotency.key_reused",
    zh: "此幂等键已用于另一个请求；新的操作请换新的键。",
    en: "This idempotency key was used for another request; a new action takes a new key.",
};

/// How long answers are kept: longer than a phone is out of reach.
pub const KEEP: i64 = 30 * Moment::DAY;

/// A write that happens once for each key.
pub struct Once<W> {
    region: Region,
    key: Uuid,
    hash: [u8; 32],
    work: W,
}

impl<W> Once<W> {
    /// `request` is everything that makes it the same request: route and body.
    pub fn new(region: Region, key: Uuid, request: &impl Serialize, work: W) -> Once<W> {
        // Our own request types always serialise; an unserialisable one hashes as empty and is told apart by its key.
        let body = serde_json::to_vec(request).unwrap_or_default();
        Once {
            region,
            key,
            hash: sha256(&[std::any::type_name::<W>().as_bytes(), b"\n", &body].concat()),
            work,
        }
    }
}

/// Whose key: an account's own, or that of nobody in particular.
fn owner(actor: &Actor) -> Uuid {
    match &actor.who {
        Who::Person(p) => p.account.0,
        Who::Tracking(_, case) => case.0,
        _ => Uuid::nil(),
    }
}

impl<W> Write for Once<W>
where
    W: Write,
    W::Out: Serialize + DeserializeOwned,
{
    type Out = W::Out;

    async fn run(&self, tx: &mut Tx) -> Result<W::Out, Refusal> {
        let who = owner(tx.actor());
        let context = format!("answers/{}/{who}/{}", self.region, self.key);
        if tx.on_postgres() {
            // Twins take turns, so that the second finds the first one's answer. It travels with the
            // question below; SQLite's one writer needs none.
            let digest = sha256(context.as_bytes());
            let turn = i64::from_be_bytes([
                digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
            ]);
            tx.put("SELECT pg_advisory_xact_lock($1)", binds![turn]).await?;
        }
        let first: Option<(Vec<u8>, Vec<u8>)> = tx
            .maybe(
                "SELECT hash, answer FROM answers WHERE region = $1 AND who = $2 AND key = $3",
                binds![self.region, who, self.key],
            )
            .await?;
        if let Some((hash, answer)) = first {
            if hash != self.hash {
                return Err(KEY_REUSED.field("Idempotency-Key"));
            }
            let broken = |e: &dyn std::fmt::Display| store::rules::INTERNAL.refuse().because(e);
            let plain = tx.vault().open(&context, &answer).map_err(|e| broken(&e))?;
            return serde_json::from_slice(&plain).map_err(|e| broken(&e));
        }
        let out = self.work.run(tx).await?;
        let plain = serde_json::to_vec(&out).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
        let sealed = tx.vault().seal(tx.world(), &context, &plain);
        let at = tx.at();
        tx.put(
            "INSERT INTO answers (region, who, key, hash, answer, at) VALUES ($1, $2, $3, $4, $5, $6)",
            binds![self.region, who, self.key, self.hash, sealed, at],
        )
        .await?;
        Ok(out)
    }
}

/// Forgets answers older than [`KEEP`], a batch at a time so that nobody waits for it; says how many.
pub async fn forget(db: &Db, region: Region) -> Result<u64, Refusal> {
    let before = db.world().now().plus(-KEEP);
    db.tell(
        &Actor::system("forget answers"),
        "DELETE FROM answers WHERE region = $1 AND at < $2 AND key IN
           (SELECT key FROM answers WHERE region = $1 AND at < $2 LIMIT 500)",
        binds![region, before],
    )
    .await
}
