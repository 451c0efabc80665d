//! How every move is carried out.

use crate::{Case, contact, refusal::*};
use edge::{House, Problem};
use flow::{Move, Stage, Step, Why, check, open_moves};
use kernel::{Actor, AttachmentId, CaseId, Checks, Moment, Refusal, Region, TokenScope, Uuid, Who};
use serde::{Deserialize, Serialize};
use store::{Tx, Write, binds};
use utoipa::ToSchema;

/// What a move's file says: what it asks for, what it checks, what it puts down.
pub trait Input: Serialize + Send + Sync + 'static {
    /// Which move.
    const MOVE: Move;

    /// The version of the case that the actor was looking at.
    fn version(&self) -> i64;

    /// Checks the fields.
    fn check(&self, _: &mut Checks) {}

    /// What it adds to the step and to the case, after asking the database if need be.
    fn shape(
        &self,
        _tx: &mut Tx,
        _case: &mut Case,
        _step: &mut Step,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        async { Ok(()) }
    }

    /// Its free text, kept apart from the event.
    fn note(&self) -> Option<&str> {
        None
    }

    /// The clause of the catalogue it stands on.
    fn clause(&self) -> Option<&str> {
        None
    }

    /// Pictures it brings as evidence.
    fn attachments(&self) -> &[AttachmentId] {
        &[]
    }
}

/// A move open to the caller and where it leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage it leads to.
    pub to: Stage,
}

/// The answer to a move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Moved {
    /// The case.
    pub id: CaseId,
    /// Its stage now.
    pub stage: Stage,
    /// Its version now.
    pub version: i64,
    /// The moves open to the caller now.
    pub moves: Vec<Offer>,
}

/// A move by somebody on a case.
pub struct Act<I> {
    /// The region.
    pub region: Region,
    /// The case.
    pub case: CaseId,
    /// What the move asks for.
    pub input: I,
    /// How long after closing a case may be reopened, ms.
    pub reopening: i64,
    /// How long after its end a case's contact is kept, ms.
    pub contact_keep: i64,
}

pub(crate) fn offers(state: &flow::State, stand: &flow::Stand) -> Vec<Offer> {
    open_moves(state, stand).into_iter().map(|(make, to)| Offer { make, to }).collect()
}

impl<I: Input> Act<I> {
    /// A move with this installation's settings.
    pub fn new(house: &House, region: Region, case: CaseId, input: I) -> Act<I> {
        let s = house.settings();
        let (reopening, contact_keep) = (s.reopen_days * Moment::DAY, s.contact_keep_days * Moment::DAY);
        Act { region, case, input, reopening, contact_keep }
    }

    async fn stale(&self, tx: &mut Tx, case: &Case) -> Refusal {
        let last: Result<Option<(String,)>, _> = tx
            .maybe(
                "SELECT kind FROM events WHERE region = $1 AND stream = $2 AND n = $3",
                binds![self.region, self.case, case.state.version],
            )
            .await;
        let what = last.ok().flatten().and_then(|(k,)| Move::parse(&k)).map_or("", |m| m.zh());
        VERSION_STALE.refuse().with("version", case.state.version).with("what", what)
    }
}

fn closed(why: Why, wanted: Move, case: &Case, open: &[Offer]) -> Refusal {
    let rule = match why {
        Why::NotOpen => MOVE_NOT_OPEN,
        Why::OwnWork => OWN_WORK,
        Why::NotVerified => NOT_VERIFIED,
        Why::TooLate => TOO_LATE_TO_REOPEN,
    };
    let names: Vec<&str> = open.iter().map(|o| o.make.code()).collect();
    let list = if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    rule.refuse()
        .with("move", wanted.code())
        .with("stage", case.state.stage.code())
        .with("allowed", list)
        .allowing(names)
}

impl<I: Input> Write for Act<I> {
    type Out = Moved;

    async fn run(&self, tx: &mut Tx) -> Result<Moved, Refusal> {
        let actor: Actor = tx.actor().clone();
        actor.token_may(TokenScope::MoveCases)?;
        let mut checks = Checks::new();
        self.input.check(&mut checks);
        checks.opt_text("clause", self.input.clause(), 1..=200);
        checks.done()?;
        let (scope, mut case) = Case::seen(tx, self.region, self.case).await?;
        if self.input.version() != case.state.version {
            return Err(self.stale(tx, &case).await);
        }
        let stand = scope.stand(&actor, &case, self.reopening);
        let rule = check(&case.state, &stand, I::MOVE)
            .map_err(|why| closed(why, I::MOVE, &case, &offers(&case.state, &stand)))?;
        let mut step = Step {
            make: I::MOVE,
            to: rule.to,
            at: tx.at(),
            by: actor.account(),
            item: None,
            limit_hours: None,
            urgent: false,
            unit: None,
            handler: None,
        };
        self.input.shape(tx, &mut case, &mut step).await?;
        // The clock of the machine may have been set back; a case's own time never runs backwards.
        let role = rule.who.iter().find(|w| stand.by.contains(w)).map(|w| match w {
            flow::By::Place(r) | flow::By::Unit(r) => r.code(),
            flow::By::Handler => "handler",
            flow::By::Reporter => "reporter",
        });
        case.state = case.state.after(&step);
        case.update(tx).await?;
        let n = case.state.version;
        if let Some(note) = self.input.note().map(str::trim).filter(|t| !t.is_empty()) {
            let clause = self.input.clause().map(str::trim);
            tx.put(
                "INSERT INTO case_notes (region, case_id, n, note, clause) VALUES ($1, $2, $3, $4, $5)",
                binds![self.region, self.case, n, note, clause],
            )
            .await?;
        }
        attachments::link(tx, self.region, self.input.attachments(), self.case, n, I::MOVE.code()).await?;
        if !case.state.stage.open() {
            contact::forget_later(tx, &case, self.contact_keep).await?;
        } else if I::MOVE == Move::Reopen {
            contact::keep_on(tx, &case).await?;
        }
        write_down(tx, &case, &step, role).await?;
        let after = Case { now: tx.at(), ..case };
        let stand = scope.stand(&actor, &after, self.reopening);
        let moves = if scope.allows(&after) { offers(&after.state, &stand) } else { Vec::new() };
        Ok(Moved { id: after.id, stage: after.state.stage, version: n, moves })
    }
}

/// The event and the audit line of a step.
pub(crate) async fn write_down(
    tx: &mut Tx,
    case: &Case,
    step: &Step,
    role: Option<&'static str>,
) -> Result<(), Refusal> {
    let data = serde_json::to_value(step).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    let note = audit::Note {
        region: case.region,
        action: action(step.make),
        object: format!("case/{}", case.id),
        detail: serde_json::json!({ "n": case.state.version, "to": step.to }),
    };
    let event = audit::Event { stream: case.id.0, n: case.state.version, kind: step.make.code(), role, data };
    Ok(audit::record(tx, note, Some(event)).await?)
}

fn action(m: Move) -> &'static str {
    match m {
        Move::Report => "case.report",
        Move::File => "case.file",
        Move::Decline => "case.decline",
        Move::Dispatch => "case.dispatch",
        Move::Accept => "case.accept",
        Move::Hand => "case.hand",
        Move::Submit => "case.submit",
        Move::Verify => "case.verify",
        Move::Rework => "case.rework",
        Move::Close => "case.close",
        Move::SendBack => "case.send_back",
        Move::Withdraw => "case.withdraw",
        Move::Reopen => "case.reopen",
    }
}

/// Carries out a move once for its key.
pub(crate) async fn act<I: Input>(
    house: &House,
    actor: &Actor,
    (region, case): (Region, CaseId),
    key: Uuid,
    input: I,
) -> Result<Moved, Problem> {
    // A session that has ended is asked to sign in again, not told that there is no case.
    if actor.who == Who::Anonymous {
        actor.signed_in()?;
    }
    // The same key on another case is another request.
    let request = (case, serde_json::to_value(&input).unwrap_or_default());
    let act = Act::new(house, region, case, input);
    Ok(house.db().write(actor, once::Once::new(region, key, &request, act)).await?)
}
