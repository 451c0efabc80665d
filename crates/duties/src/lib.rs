//! Duties (责任): who answers for which matters where, and since when.
#![forbid(unsafe_code)]

mod book;
pub mod check;
mod report;
mod resolve;
mod words;
pub mod world;

pub use book::DutyBook;
pub use check::Matrix;
pub use report::{Counts, Finding, PlaceRef, Remark, Report};
pub use resolve::{
    Answered, Conflict, Considered, Hole, Outcome, Resolution, Side, StepKind, Verdict, Why, outcome, resolve,
};
