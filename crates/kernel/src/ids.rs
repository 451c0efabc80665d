use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        /// A UUID (version 7 when made by us); in JSON its hyphenated text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )+};
}

ids! {
    /// A case (案件), named by whoever reported it.
    CaseId,
    /// An account that can sign in or hold posts.
    AccountId,
    /// A responsible unit (责任单位).
    UnitId,
    /// A post: one account in one role, for a region, unit or area, between two dates.
    PostId,
    /// A signed-in session.
    SessionId,
    /// An access token for programs.
    TokenId,
    /// An uploaded picture.
    AttachmentId,
    /// A job written in its caller's transaction.
    JobId,
    /// A named place smaller than a grid or across grids: an estate, a road section, a market, a facility.
    PlaceId,
    /// A duty (责任): who answers for which matters where, between two dates.
    DutyId,
    /// That a unit holds a role somewhere, between two dates.
    UnitPlaceId,
    /// The merging of one unit into another.
    MergeId,
}
