//! How every move is carried out.

use crate::{Case, Scope, contact, parties, refusal::*};
use edge::{House, Problem};
use flow::{FieldKind, Guard, Move, Rule, Rules, Setting, Stage, Stand, Step, Why, check, open_moves, wind};
use kernel::{Actor, AttachmentId, CaseId, Checks, Moment, Refusal, Region, TokenScope, Uuid, Who};
use rules::Book;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
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
        _scene: &Scene<'_>,
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

/// What a move is made in: the rules and calendars that hold for the case, and how its maker stands to it.
pub struct Scene<'a> {
    /// The region's rules and calendars.
    pub book: &'a Book,
    /// The rules that the case keeps.
    pub rules: &'a Rules,
    /// How the actor stands to the case.
    pub stand: &'a Stand,
    /// What the actor may see.
    pub scope: &'a Scope,
}

/// A move open to the caller, where it leads and what it asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage it leads to.
    pub to: Stage,
    /// What its form asks, in this order, besides `version`.
    pub fields: Vec<FormField>,
}

/// A field of a move's form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FormField {
    /// Its name in the request.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be answered.
    pub required: bool,
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
    /// The moves open to the caller now; the case itself tells what each asks.
    pub moves: Vec<Next>,
}

/// A move open to the caller and where it leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Next {
    /// The move.
    #[serde(rename = "move")]
    pub make: Move,
    /// The stage it leads to.
    pub to: Stage,
}

/// A move by somebody on a case.
pub struct Act<I> {
    /// The region.
    pub region: Region,
    /// The case.
    pub case: CaseId,
    /// What the move asks for.
    pub input: I,
    /// The region's rules and calendars.
    pub book: Arc<Book>,
    /// How long after its end a case's contact is kept, ms.
    pub contact_keep: i64,
}

pub(crate) fn offers(state: &flow::State, stand: &Stand, rules: &Rules) -> Vec<Offer> {
    let field = |f: &flow::Field| FormField { name: f.name.to_owned(), kind: f.kind, required: f.required };
    open_moves(state, stand, rules)
        .into_iter()
        .map(|(make, to)| Offer {
            make,
            to,
            fields: make.fields(state.stage, to).iter().map(field).collect(),
        })
        .collect()
}

impl<I: Input> Act<I> {
    /// A move with this installation's settings and the region's rules.
    pub async fn new(house: &House, region: Region, case: CaseId, input: I) -> Result<Act<I>, Refusal> {
        let book = rules::book(house, region).await?;
        let contact_keep = house.settings().contact_keep_days * Moment::DAY;
        Ok(Act { region, case, input, book, contact_keep })
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
        Why::Recused => RECUSED,
        Why::Guard(Guard::Verified) => NOT_VERIFIED,
        Why::Guard(Guard::InReopeningTime) => TOO_LATE_TO_REOPEN,
        Why::Guard(Guard::InTime) => OVERDUE,
        Why::Guard(Guard::NothingPending) => PENDING,
        Why::Guard(Guard::ExtensionsLeft) => NO_EXTENSION_LEFT,
        Why::Guard(Guard::NeverSuspended) => SUSPENDED_BEFORE,
        Why::Guard(_) => CONDITION,
    };
    let mut refusal = rule.refuse();
    if let Why::Guard(g) = why {
        refusal = refusal.with("condition", g.zh()).with("condition_en", g.en());
    }
    let names: Vec<&str> = open.iter().map(|o| o.make.code()).collect();
    let join = |name: fn(Move) -> &'static str, by: &str| {
        let all: Vec<&str> = open.iter().map(|o| name(o.make)).collect();
        if all.is_empty() { "-".to_owned() } else { all.join(by) }
    };
    refusal
        .with("move", wanted.code())
        .with("move_zh", wanted.zh())
        .with("move_en", wanted.en())
        .with("stage", case.state.stage.code())
        .with("stage_zh", case.state.stage.zh())
        .with("stage_en", case.state.stage.en())
        .with("allowed_zh", join(Move::zh, "、"))
        .with("allowed_en", join(Move::en, ", "))
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
        checks.number("attachments", self.input.attachments().len() as i64, 0..=6);
        checks.done()?;
        let (scope, mut case) = Case::seen(tx, self.region, self.case).await?;
        // What happened aside since the screen was drawn leaves what it shows to decide as it is.
        if !(case.state.firm..=case.state.version).contains(&self.input.version()) {
            return Err(self.stale(tx, &case).await);
        }
        let stand = scope.stand(&actor, &case);
        let rules = self.book.rules(case.state.rules);
        let rule = check(&case.state, &stand, rules, I::MOVE)
            .map_err(|why| closed(why, I::MOVE, &case, &offers(&case.state, &stand, rules)))?;
        let mut step = Step::new(I::MOVE, rule.to, case.no_earlier(tx.at()), actor.account());
        let scene = Scene { book: &self.book, rules, stand: &stand, scope: &scope };
        let found = case.clone();
        self.input.shape(tx, &mut case, &mut step, &scene).await?;
        let as_whom = rule.who.iter().find(|w| stand.by.contains(w)).map(|w| w.code());
        let stage = case.state.stage;
        let case = put_down(tx, &found, case, rule, step, as_whom, &self.book).await?;
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
        match (stage.open(), case.state.stage.open()) {
            (true, false) => contact::forget_later(tx, &case, self.contact_keep).await?,
            (false, true) => contact::keep_on(tx, &case).await?,
            _ => {}
        }
        let after = Case { now: tx.at(), ..case };
        let stand = scope.stand(&actor, &after);
        let rules = self.book.rules(after.state.rules);
        let moves = if scope.allows(&after) { open_moves(&after.state, &stand, rules) } else { Vec::new() };
        let moves = moves.into_iter().map(|(make, to)| Next { make, to }).collect();
        Ok(Moved { id: after.id, stage: after.state.stage, version: n, moves })
    }
}

/// Refuses evidence that has fewer pictures than the region's rules ask for.
pub(crate) fn evidence(pictures: usize, least: i64) -> Result<(), Refusal> {
    if (pictures as i64) < least {
        return Err(PICTURES_NEEDED.field("attachments").with("least", least));
    }
    Ok(())
}

/// Whether a step would change any clock of the case.
pub(crate) fn moves_a_clock(case: &Case, rule: &Rule, mut step: Step, book: &Book) -> bool {
    let calendar = |unit| book.calendar(unit);
    let setting = Setting { rules: book.rules(case.state.rules), calendar: &calendar };
    wind(Some(&case.state), rule, &mut step, &setting);
    step.clocks.is_some()
}

/// Winds the clocks and writes a step down: the row, what is known of the case elsewhere, the event and the
/// audit line. People's moves and the system's own all come through here.
/// `found` is the case as it was read, before the move put anything down in it.
pub(crate) async fn put_down(
    tx: &mut Tx,
    found: &Case,
    case: Case,
    rule: &'static Rule,
    mut step: Step,
    as_whom: Option<&'static str>,
    book: &Book,
) -> Result<Case, Refusal> {
    let kept = step.rules.unwrap_or(case.state.rules);
    let calendar = |unit| book.calendar(unit);
    wind(Some(&case.state), rule, &mut step, &Setting { rules: book.rules(kept), calendar: &calendar });
    let state = case.state.after(&step);
    parties::follow(tx, &case, &state).await?;
    let case = Case { state, ..case };
    case.update(tx, Some(found)).await?;
    write_down(tx, &case, &step, as_whom).await?;
    Ok(case)
}

/// The event and the audit line of a step.
pub(crate) async fn write_down(
    tx: &mut Tx,
    case: &Case,
    step: &Step,
    role: Option<&'static str>,
) -> Result<(), Refusal> {
    let data = serde_json::to_string(step).map_err(|e| store::rules::INTERNAL.refuse().because(e))?;
    let note = audit::Note {
        region: case.region,
        action: action(step.make),
        object: format!("case/{}", case.id),
        detail: serde_json::json!({ "n": case.state.version, "to": step.to }),
    };
    let event = audit::Event { stream: case.id.0, n: case.state.version, kind: step.make.code(), role, data };
    Ok(audit::record(tx, note, Some(event)).await?)
}

macro_rules! actions {
    ($($m:ident $code:literal),+ $(,)?) => {
        fn action(m: Move) -> &'static str {
            match m { $(Move::$m => concat!("case.", $code)),+ }
        }
    };
}

actions! {
    Report "report", File "file", Decline "decline", Dispatch "dispatch", Accept "accept", Hand "hand",
    Submit "submit", Verify "verify", Rework "rework", Close "close", SendBack "send_back", Withdraw "withdraw",
    Reopen "reopen", AskCheck "ask_check", AnswerCheck "answer_check", CallBack "call_back",
    RequestExtension "request_extension", RequestSuspension "request_suspension", Grant "grant", Refuse "refuse",
    Resume "resume", Arbitrate "arbitrate", Summon "summon", Respond "respond", Contribute "contribute",
    Release "release", Rate "rate", Merge "merge", Unmerge "unmerge", Link "link", Unlink "unlink", Urge "urge",
    LiftUrge "lift_urge", Remind "remind", Escalate "escalate", Recalendar "recalendar", Appeal "appeal",
    ReviewAppeal "review_appeal", DecideAppeal "decide_appeal", Recuse "recuse", Consent "consent",
    RefuseConsent "refuse_consent",
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
    let act = Act::new(house, region, case, input).await?;
    Ok(house.db().write(actor, once::Once::new(region, key, &request, act)).await?)
}
