//! The edge: how requests are read strictly and refusals told, the same way in every room.
//!
//! A handler takes [`Caller`], [`Body`], [`Params`] and [`Key`], and answers `Result<_, Problem>`. The
//! language of a problem is settled by [`tell`], the outermost layer.
#![forbid(unsafe_code)]

mod house;
mod limit;
mod problem;
mod read;

pub use house::{Hidden, House, Settings};
pub use limit::Limiter;
pub use problem::{FieldProblem, Problem, ProblemBody, language, tell};
pub use read::{Body, Caller, Key, Params, PathOf, RequestId};
