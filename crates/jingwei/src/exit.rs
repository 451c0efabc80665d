//! How a command ends: 0 done, 1 what was checked does not hold, 2 bad input or use.

use kernel::{Lang, Refusal};
use std::fmt;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// What was checked does not hold: exit code 1.
    DoesNotHold(String),
    /// Bad input, bad use, or something it needs is not there: exit code 2.
    Bad(String),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Failure::DoesNotHold(_) => 1,
            Failure::Bad(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::DoesNotHold(s) | Failure::Bad(s) => f.write_str(s),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(r: Refusal) -> Failure {
        let mut text = format!("{} ({})", r.text(Lang::En), r.code());
        for fault in r.fields() {
            text.push_str(&format!("\n  {}: {}", fault.field, fault.en));
        }
        if let Some(cause) = r.cause() {
            text.push_str(&format!("\n  cause: {cause}"));
        }
        Failure::Bad(text)
    }
}

impl From<store::StoreError> for Failure {
    fn from(e: store::StoreError) -> Failure {
        Refusal::from(e).into()
    }
}

/// The outcome of a command.
pub type Done = Result<(), Failure>;

/// An input error told in words.
pub fn bad(what: impl fmt::Display) -> Failure {
    Failure::Bad(what.to_string())
}
