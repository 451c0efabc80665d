//! A catalogue: one version of the dictionary of items.

use kernel::Moment;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};
use utoipa::ToSchema;

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 草稿: being edited, used by nobody.
    Draft,
    /// 待生效: settled, and begins on a date to come.
    Scheduled,
    /// 生效
    InForce,
    /// 停用: another has taken its place; its cases keep it.
    Retired,
}

/// A version of a region's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Catalogue {
    /// Its number, from 1.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Since when it is in force; absent in a draft.
    pub from_at: Option<Moment>,
    /// Until when, not included; absent while no other follows.
    pub until_at: Option<Moment>,
    /// Where it comes from: the notice, the standard, the file.
    pub source: String,
    /// A remark.
    pub note: String,
    /// When it was made.
    pub made_at: Moment,
}

impl FromRow for Catalogue {
    fn from_row(row: &mut Row<'_>) -> Result<Catalogue, StoreError> {
        let (version, name) = (row.next()?, row.next()?);
        let state: String = row.next()?;
        let (from_at, until_at) = (row.next::<Option<Moment>>()?, row.next()?);
        let (source, note, made_at) = (row.next()?, row.next()?, row.next()?);
        // A draft has no beginning, and what has none is a draft: the column says it for SQL.
        let from_at = from_at.filter(|_| state == IN_FORCE);
        Ok(Catalogue { version, name, from_at, until_at, source, note, made_at })
    }
}

/// The stored state of a draft.
pub(crate) const DRAFT: &str = "draft";
/// The stored state of a version that is, was or will be in force.
pub(crate) const IN_FORCE: &str = "in_force";

impl Catalogue {
    /// Whether it can still be edited.
    pub fn draft(&self) -> bool {
        self.from_at.is_none()
    }

    /// Whether it is in force at a moment.
    pub fn holds(&self, at: Moment) -> bool {
        self.from_at.is_some_and(|f| f <= at) && self.until_at.is_none_or(|u| at < u)
    }

    /// Where it stands at a moment.
    pub fn standing(&self, at: Moment) -> Standing {
        match (self.from_at, self.until_at) {
            (None, _) => Standing::Draft,
            (Some(from), _) if at < from => Standing::Scheduled,
            (_, Some(until)) if until <= at => Standing::Retired,
            _ => Standing::InForce,
        }
    }
}
