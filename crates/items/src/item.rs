//! An item (事项, 小类): a kind of matter in one version of the catalogue.

use crate::{Condition, PutConditionBody};
use calendar::Limit;
use kernel::{Checks, ItemCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What sort of matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum ItemKind {
    /// 部件: a thing that is broken
    #[serde(rename = "component")]
    Component,
    /// 事件: something that happens
    #[serde(rename = "event")]
    Event,
}

impl ItemKind {
    /// The fixed code.
    pub const fn code(self) -> &'static str {
        match self {
            ItemKind::Component => "component",
            ItemKind::Event => "event",
        }
    }
    /// By its code.
    pub fn parse(code: &str) -> Option<ItemKind> {
        [ItemKind::Component, ItemKind::Event].into_iter().find(|k| k.code() == code)
    }
}

/// A kind of matter, as one version of the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Item {
    /// The version it stands in.
    pub version: i64,
    /// Its code: region, major and minor class.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// A thing or a happening.
    pub kind: ItemKind,
    /// The name of its major class.
    pub major: String,
    /// The duty domain it belongs to (园林, 环卫, 城管 …): duties can be given by it.
    pub domain: Option<String>,
    /// On the published list of tasks a community takes on; others need its consent.
    pub community: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// Added by the region itself (local extension), not part of the standard it follows.
    pub local: bool,
    /// Taken out of use; only old cases have it.
    pub retired: bool,
    /// Other words people use for it.
    pub synonyms: Vec<String>,
    /// The code as the printed dictionary has it, where that differs.
    pub printed: Option<String>,
    /// Its conditions, by number.
    pub conditions: Vec<Condition>,
}

impl Item {
    /// Whether cases can be filed under it: in use, with a condition that is no draft.
    pub fn usable(&self) -> bool {
        !self.retired && self.conditions.iter().any(Condition::usable)
    }

    /// The conditions cases can be filed under.
    pub fn good(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|c| c.usable())
    }

    /// A condition by its number.
    pub fn condition(&self, n: i64) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.n == n)
    }
}

/// What an item is, its conditions aside.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutItemBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// A thing or a happening.
    pub kind: ItemKind,
    /// The name of its major class.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub major: String,
    /// The duty domain it belongs to.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub domain: Option<String>,
    /// On the published list of tasks a community takes on; others need its consent.
    #[serde(default)]
    pub community: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// A local extension.
    #[serde(default)]
    pub local: bool,
    /// Taken out of use.
    #[serde(default)]
    pub retired: bool,
    /// Other words people use for it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub synonyms: Vec<String>,
    /// The code as the printed dictionary has it.
    #[serde(default)]
    #[schema(max_length = 20, pattern = "^[0-9A-Za-z.-]+$")]
    pub printed: Option<String>,
}

impl PutItemBody {
    /// An item of which nothing special is known; not for residents.
    pub fn new(name: impl Into<String>, kind: ItemKind, major: impl Into<String>) -> PutItemBody {
        PutItemBody {
            name: name.into(),
            kind,
            major: major.into(),
            domain: None,
            community: false,
            public: false,
            local: false,
            retired: false,
            synonyms: Vec::new(),
            printed: None,
        }
    }

    pub(crate) fn check(&self, checks: &mut Checks, at: &str) {
        checks.text(&format!("{at}name"), &self.name, 1..=100);
        checks.text(&format!("{at}major"), &self.major, 1..=100);
        checks.opt_text(&format!("{at}domain"), self.domain.as_deref(), 1..=40);
        checks.number(&format!("{at}synonyms"), self.synonyms.len() as i64, 0..=50);
        for (i, word) in self.synonyms.iter().enumerate() {
            checks.text(&format!("{at}synonyms[{i}]"), word, 1..=100);
        }
        if let Some(p) = &self.printed {
            let ok = (1..=20).contains(&p.len())
                && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
            checks.hold(
                ok,
                &format!("{at}printed"),
                "item.bad_printed_code",
                "印刷代码只含数字、字母、点和短横，最多20个。",
                "A printed code has only digits, letters, dots and dashes, at most 20.",
            );
        }
    }

    pub(crate) fn item(&self, version: i64, code: ItemCode, conditions: Vec<Condition>) -> Item {
        Item {
            version,
            code,
            name: self.name.trim().to_owned(),
            kind: self.kind,
            major: self.major.trim().to_owned(),
            domain: self.domain.as_deref().map(|d| d.trim().to_owned()),
            community: self.community,
            public: self.public,
            local: self.local,
            retired: self.retired,
            synonyms: self.synonyms.iter().map(|s| s.trim().to_owned()).collect(),
            printed: self.printed.clone(),
            conditions,
        }
    }
}

/// An item with its conditions, on its way into a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The item.
    pub is: PutItemBody,
    /// Its conditions, numbered from 1.
    pub conditions: Vec<PutConditionBody>,
}

impl NewItem {
    /// An item with one condition that its name says.
    pub fn new(is: PutItemBody, limit: Limit, urgent: bool) -> NewItem {
        NewItem { is, conditions: vec![PutConditionBody { urgent, ..PutConditionBody::new(limit) }] }
    }

    pub(crate) fn check(&self, checks: &mut Checks, at: &str) {
        self.is.check(checks, at);
        for (i, c) in self.conditions.iter().enumerate() {
            c.check(checks, &format!("{at}conditions[{i}]."));
        }
    }

    pub(crate) fn item(&self, version: i64, code: ItemCode) -> Item {
        let conditions = self.conditions.iter().zip(1..).map(|(c, n)| c.condition(n)).collect();
        self.is.item(version, code, conditions)
    }
}
