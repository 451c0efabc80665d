//! Who acts, and what their posts allow: pure data, so that every room can ask before it touches a row.
//! The access room makes actors out of sessions and tokens; nobody else makes a `Person`.

use crate::{
    AccountId, AreaCode, CaseId, Kind, Moment, NOT_FOUND, PostId, Refusal, Region, Rule, SIGN_IN_FIRST,
    SessionId, TokenId, UnitId,
};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        // Written out: the codes come in as macro parameters, which the derive cannot read.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($code),+]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// Every one, in the order of the documentation.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The fixed code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
            /// By its code.
            pub fn parse(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

named! {
    /// A role. The codes are fixed (docs/roles.md).
    Role {
        /// 居民
        Resident = "resident",
        /// 网格员
        GridWorker = "grid_worker",
        /// 受理员
        IntakeOperator = "intake_operator",
        /// 派遣员
        Dispatcher = "dispatcher",
        /// 单位经办
        UnitOfficer = "unit_officer",
        /// 处置人员
        Handler = "handler",
        /// 督办员
        Supervisor = "supervisor",
        /// 分析员
        Analyst = "analyst",
        /// 事项管理员
        CatalogueSteward = "catalogue_steward",
        /// 数据管理员
        DataSteward = "data_steward",
        /// 系统管理员
        SystemAdministrator = "system_administrator",
        /// 安全管理员
        SecurityAdministrator = "security_administrator",
        /// 审计员
        Auditor = "auditor",
    }
}

named! {
    /// What a token may be used for; it never does more than its account may.
    TokenScope {
        /// Report matters.
        Report = "cases:report",
        /// Read cases, lists and the feed.
        ReadCases = "cases:read",
        /// Make moves.
        MoveCases = "cases:move",
        /// Read areas, units and items, beyond what is public.
        ReadBase = "base:read",
        /// Change areas, units and items.
        WriteBase = "base:write",
        /// Read the audit log.
        ReadAudit = "audit:read",
        /// Read the metrics.
        ReadMetrics = "metrics:read",
    }
}

named! {
    /// A power over something that is not a case; which roles hold it is [`Power::roles`].
    Power {
        /// Change areas, base map and units.
        EditAreas = "edit_areas",
        /// Change the item catalogue.
        EditItems = "edit_items",
        /// Change the map of duties: who answers for what where.
        EditDuties = "edit_duties",
        /// See the units and the whole catalogue.
        ReadBase = "read_base",
        /// See and change accounts, posts, others' sessions.
        ManageAccounts = "manage_accounts",
        /// Read the audit log.
        ReadAudit = "read_audit",
        /// Read the metrics.
        ReadMetrics = "read_metrics",
        /// Reveal a reporter's telephone number, with a purpose.
        RevealContact = "reveal_contact",
        /// Report in somebody else's name (telephone, counter).
        ReportForOthers = "report_for_others",
        /// Change the region's rules: calendar, working hours, limits of the desks, call-backs.
        EditRules = "edit_rules",
        /// Set up robots and read the log of what was sent.
        ManageNotices = "manage_notices",
    }
}

impl Power {
    /// The roles that hold this power. The three administrators share none.
    pub const fn roles(self) -> &'static [Role] {
        use Role::*;
        match self {
            Power::EditAreas => &[DataSteward],
            Power::EditItems => &[CatalogueSteward],
            Power::EditDuties => &[DataSteward],
            Power::ReadBase => &[
                GridWorker,
                IntakeOperator,
                Dispatcher,
                UnitOfficer,
                Handler,
                Supervisor,
                Analyst,
                CatalogueSteward,
                DataSteward,
                SecurityAdministrator,
            ],
            Power::ManageAccounts => &[SecurityAdministrator],
            Power::ReadAudit => &[Auditor],
            Power::ReadMetrics => &[SystemAdministrator],
            Power::RevealContact => &[IntakeOperator],
            Power::ReportForOthers => &[IntakeOperator],
            Power::EditRules => &[CatalogueSteward],
            Power::ManageNotices => &[SystemAdministrator],
        }
    }

    const fn token_scope(self) -> Option<TokenScope> {
        match self {
            Power::EditAreas | Power::EditItems | Power::EditDuties | Power::EditRules => {
                Some(TokenScope::WriteBase)
            }
            Power::ReadBase => Some(TokenScope::ReadBase),
            Power::ReadAudit => Some(TokenScope::ReadAudit),
            Power::ReadMetrics => Some(TokenScope::ReadMetrics),
            Power::ReportForOthers => Some(TokenScope::Report),
            // People only: a program has no purpose to state, and no business with accounts.
            Power::ManageAccounts | Power::RevealContact | Power::ManageNotices => None,
        }
    }
}

/// A post an actor holds at this moment: a role in a region, narrowed to a unit or an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// Which post.
    pub id: PostId,
    /// The role.
    pub role: Role,
    /// The region it is held in.
    pub region: Region,
    /// The unit, for unit officers and handlers.
    pub unit: Option<UnitId>,
    /// The area, where the post covers less than the region.
    pub area: Option<AreaCode>,
    /// Since when.
    pub from: Moment,
    /// Until when, not included; open when absent.
    pub until: Option<Moment>,
}

/// A person, signed in or acting through a token of theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The session, when signed in.
    pub session: Option<SessionId>,
    /// The token and what it may be used for, when a program acts.
    pub token: Option<(TokenId, Vec<TokenScope>)>,
    /// Posts held now.
    pub posts: Vec<Post>,
}

/// Who it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// The system itself, in a named duty (a job, the sequencer, the command line).
    System(&'static str),
    /// Sign-in itself, which must read accounts before anyone is known.
    SignIn,
    /// The anonymous resident.
    Anonymous,
    /// An anonymous resident who holds a case's tracking code.
    Tracking(Region, CaseId),
    /// A person.
    Person(Arc<Person>),
}

/// The actor of a request: who, and where the request came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Who acts.
    pub who: Who,
    /// The request's id, which joins its log and audit lines.
    pub request: Uuid,
    /// The network address, kept only in audit lines of the access room.
    pub address: Option<IpAddr>,
}

const FORBIDDEN_TOKEN: Rule = Rule {
    kind: Kind::Forbidden,
    code: "access.token_scope",
    zh: "此访问令牌没有所需的范围：{scope}。",
    en: "This token lacks the scope this needs: {scope}.",
};

impl Actor {
    /// The system in a named duty.
    pub fn system(duty: &'static str) -> Actor {
        Actor { who: Who::System(duty), request: Uuid::nil(), address: None }
    }

    /// An actor without a request behind it: tests and the command line.
    pub fn of(who: Who) -> Actor {
        Actor { who, request: Uuid::nil(), address: None }
    }

    /// The person, if it is one.
    pub fn person(&self) -> Option<&Person> {
        match &self.who {
            Who::Person(p) => Some(p),
            _ => None,
        }
    }

    /// The person, or a refusal to sign in first.
    pub fn signed_in(&self) -> Result<&Person, Refusal> {
        self.person().ok_or_else(|| SIGN_IN_FIRST.refuse())
    }

    /// The account, if a person acts.
    pub fn account(&self) -> Option<AccountId> {
        self.person().map(|p| p.account)
    }

    /// Posts held in `region` with one of `roles`.
    pub fn posts<'a>(&'a self, region: Region, roles: &'a [Role]) -> impl Iterator<Item = &'a Post> + 'a {
        let posts: &[Post] = self.person().map_or(&[], |p| &p.posts);
        posts.iter().filter(move |p| p.region == region && roles.contains(&p.role))
    }

    /// Whether the actor holds `power` in `region` (any region when absent). The system holds all.
    /// Refuses 401 to nobody in particular, 404 to those without it, 403 to a token without its scope.
    pub fn may(&self, power: Power, region: Option<Region>) -> Result<(), Refusal> {
        if let Who::System(_) = self.who {
            return Ok(());
        }
        let person = self.signed_in()?;
        let held = person
            .posts
            .iter()
            .any(|p| power.roles().contains(&p.role) && region.is_none_or(|r| p.region == r));
        if !held {
            return Err(NOT_FOUND.refuse());
        }
        match power.token_scope() {
            Some(scope) => self.token_may(scope),
            None if person.token.is_some() => Err(NOT_FOUND.refuse()),
            None => Ok(()),
        }
    }

    /// Refuses a token that lacks `scope`; anyone who is not a token passes.
    pub fn token_may(&self, scope: TokenScope) -> Result<(), Refusal> {
        match self.person().and_then(|p| p.token.as_ref()) {
            Some((_, scopes)) if !scopes.contains(&scope) => {
                Err(FORBIDDEN_TOKEN.refuse().with("scope", scope.code()))
            }
            _ => Ok(()),
        }
    }

    /// How the audit log names the actor: kind and id.
    pub fn audit_name(&self) -> (&'static str, String) {
        match &self.who {
            Who::System(duty) => ("system", (*duty).to_owned()),
            Who::SignIn => ("sign_in", String::new()),
            Who::Anonymous => ("anonymous", String::new()),
            Who::Tracking(..) => ("tracking", String::new()),
            Who::Person(p) => match &p.token {
                Some((token, _)) => ("token", format!("{}/{}", p.account, token)),
                None => ("person", p.account.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_administrators_share_no_power() {
        use Role::*;
        for power in Power::ALL {
            let n = [SystemAdministrator, SecurityAdministrator, Auditor]
                .iter()
                .filter(|r| power.roles().contains(r))
                .count();
            assert!(n <= 1, "{power:?}");
        }
    }
}
