//! The words every room speaks: typed ids and codes, moments, the actor, refusals, pages.
//!
//! Pure: no I/O, no async, no ambient time or randomness. Both come in through [`World`].
#![forbid(unsafe_code)]

mod actor;
mod checks;
mod codes;
mod ids;
mod moment;
mod page;
mod point;
mod refusal;

pub use actor::{Actor, Person, Post, Power, Role, TokenScope, Who};
pub use checks::Checks;
pub use codes::{AreaCode, ItemCode, Level, Region};
pub use ids::{
    AccountId, AttachmentId, CaseId, DutyId, JobId, MergeId, PlaceId, PostId, SessionId, TokenId, UnitId,
    UnitPlaceId,
};
pub use moment::{Clock, Dice, Moment, World};
pub use page::{Cursor, Page};
pub use point::LonLat;
pub use refusal::{Fault, Kind, Lang, MALFORMED, NOT_FOUND, Refusal, Rule, SIGN_IN_FIRST};

/// Uuid, re-exported so that rooms need no dependency of their own.
pub use uuid::Uuid;
