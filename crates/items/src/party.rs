//! Who a condition names: a unit, or a role that becomes a unit at the place.

use kernel::{Checks, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A responsible party: a unit of the region, or a role that names one by its relation to the place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A unit: `{"unit": "0190…"}`.
    Unit(UnitId),
    /// The code of a unit role: `{"role": "owner"}`.
    Role(String),
}

impl Party {
    pub(crate) fn check(&self, checks: &mut Checks, field: &str) {
        if let Party::Role(code) = self {
            let mut bytes = code.bytes();
            let ok = bytes.next().is_some_and(|b| b.is_ascii_lowercase())
                && code.len() <= 40
                && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            checks.hold(
                ok,
                field,
                "item.bad_role",
                "角色代码由小写字母开头，只含小写字母、数字和下划线，最多40个。",
                "A role's code begins with a small letter and has only small letters, digits and underscores, at most 40.",
            );
        }
    }
}

/// What another party than the lead is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 协办: helps the lead.
    Assisting,
    /// 待定: one of several that the source names without saying who leads; nothing is resolved from it.
    Candidate,
}

/// Another party than the lead, and what it is there for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherParty {
    /// Who.
    pub party: Party,
    /// For what.
    pub part: Part,
}
