//! How a city writes its catalogue in a table: the mapping of an import, read backwards for the export.

use crate::{ItemKind, Part};
use areas::UnitKind;
use calendar::{LimitUnit, MonthDay};
use kernel::{Checks, Kind, Refusal, Rule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The mapping cannot be read or contradicts itself.
pub const MAPPING_BAD: Rule = Rule {
    kind: Kind::Invalid,
    code: "import.bad_mapping",
    zh: "映射文件有误：{why}",
    en: "The mapping does not hold: {why_en}",
};

/// A mapping, as its TOML says it (docs/catalogue.md).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The catalogue's name.
    pub name: String,
    /// Where it comes from.
    #[serde(default)]
    pub source: String,
    /// The encoding of a CSV, where it does not tell.
    pub encoding: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// Which column holds what.
    pub columns: Columns,
    /// The words for the two kinds; the first is the one an export writes.
    pub kinds: Kinds,
    /// How codes are written.
    #[serde(default)]
    pub codes: Codes,
    /// What the words after a number of time mean: `天 = "d"`. Words not declared leave the row in doubt.
    pub limits: BTreeMap<String, String>,
    /// Words that open a limit for a part of the year: `种植季 = { from = "03-01", to = "05-31" }`.
    #[serde(default)]
    pub seasons: BTreeMap<String, Season>,
    /// What holds for every item, as no column says it.
    #[serde(default)]
    pub items: Defaults,
    /// How responsible parties are written.
    #[serde(default)]
    pub parties: Parties,
    /// Roles by code.
    #[serde(default)]
    pub roles: BTreeMap<String, RoleWords>,
    /// Spellings of one unit or of several in one: what each is to be read as.
    #[serde(default)]
    pub read_as: BTreeMap<String, Vec<String>>,
}

/// Column names. Those that are absent are not in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the column of the field it is named after")]
pub struct Columns {
    pub kind: String,
    pub major_code: String,
    pub major: String,
    pub minor_code: String,
    pub name: String,
    pub filing: String,
    pub closing: String,
    pub limit: String,
    pub lead: Option<String>,
    pub parties: Option<String>,
    pub supervisors: Option<String>,
    pub basis: Option<String>,
    pub domain: Option<String>,
    pub synonyms: Option<String>,
}

impl Columns {
    /// The columns that are in use, by field, in the order an export writes them.
    pub fn used(&self) -> Vec<(&'static str, &str)> {
        let must = [
            ("kind", &self.kind),
            ("major_code", &self.major_code),
            ("major", &self.major),
            ("minor_code", &self.minor_code),
            ("name", &self.name),
        ];
        let after = [("filing", &self.filing), ("closing", &self.closing), ("limit", &self.limit)];
        let may = [
            ("domain", &self.domain),
            ("synonyms", &self.synonyms),
            ("lead", &self.lead),
            ("parties", &self.parties),
            ("supervisors", &self.supervisors),
        ];
        let mut all: Vec<(&'static str, &str)> = must.into_iter().map(|(f, c)| (f, c.as_str())).collect();
        all.extend(may.into_iter().filter_map(|(f, c)| Some((f, c.as_deref()?))));
        all.extend(after.into_iter().map(|(f, c)| (f, c.as_str())));
        all.extend(self.basis.as_deref().map(|c| ("basis", c)));
        all
    }
}

/// Words for the kinds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// For things that are broken.
    pub component: Vec<String>,
    /// For things that happen.
    pub event: Vec<String>,
}

/// How codes are written: two digits each, short ones padded with zeros.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Added to the majors of components.
    pub component_offset: u64,
    /// Added to the majors of events, so that one code means one item.
    pub event_offset: u64,
    /// Minors from here to 99 are local extensions.
    pub local_from: Option<u64>,
}

/// A part of the year.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Its first day.
    pub from: MonthDay,
    /// Its last day.
    pub to: MonthDay,
}

/// What holds for every item.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Residents may report it.
    pub public: bool,
    /// On the published list of communities.
    pub community: bool,
}

/// Which of the parties in one cell leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadRule {
    /// A single one leads; of several none does.
    #[default]
    Only,
    /// The first one leads, the others assist.
    First,
    /// None; they are candidates.
    None,
}

/// How parties are written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parties {
    /// What stands between them; the first is the one an export writes.
    pub separators: Vec<String>,
    /// Words before a party that belong to the sentence, such as 及.
    pub strip: Vec<String>,
    /// Who leads.
    pub lead: LeadRule,
    /// Units that are not known yet are made; otherwise their rows stay in doubt.
    pub make_units: bool,
    /// The words by which the region's own roles are recognised count besides those of this mapping.
    pub region_roles: bool,
    /// What a unit that is made is, by the end of its name; the longest that fits.
    pub suffixes: BTreeMap<String, UnitKind>,
    /// What it is where no ending fits.
    pub kind: UnitKind,
}

impl Default for Parties {
    fn default() -> Parties {
        Parties {
            separators: vec!["、".into(), "\n".into()],
            strip: Vec::new(),
            lead: LeadRule::Only,
            make_units: false,
            region_roles: false,
            suffixes: BTreeMap::new(),
            kind: UnitKind::Department,
        }
    }
}

/// A role: the words it is written by, and its names where the region does not know it yet.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleWords {
    /// Words that mean it; the first is the one an export writes.
    pub words: Vec<String>,
    /// Its Chinese name, for a role of the region's own.
    pub zh: Option<String>,
    /// Its English name.
    pub en: Option<String>,
}

impl Layout {
    /// Reads a mapping; refuses what does not hold, by the key at fault.
    pub fn parse(text: &str) -> Result<Layout, Refusal> {
        let layout: Layout = toml::from_str(text).map_err(|e| {
            let at = e.span().map(|s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            let why = e.message().to_owned();
            let place = at.map(|l| format!("line {l}: ")).unwrap_or_default();
            MAPPING_BAD
                .field("mapping")
                .with("why", format!("{place}{why}"))
                .with("why_en", format!("{place}{why}"))
        })?;
        layout.check()?;
        Ok(layout)
    }

    fn check(&self) -> Result<(), Refusal> {
        let mut c = Checks::new();
        c.text("name", &self.name, 1..=100);
        c.text("source", &self.source, 0..=200);
        let used = self.columns.used();
        for (i, (field, column)) in used.iter().enumerate() {
            let twice = used[..i].iter().any(|(_, other)| other == column);
            c.hold(
                !twice,
                &format!("columns.{field}"),
                "import.column_twice",
                "同一列用了两次。",
                "The same column is used twice.",
            );
        }
        for (word, code) in &self.limits {
            let ok = unit(code).is_some() && !word.trim().is_empty();
            c.hold(
                ok,
                &format!("limits.{word}"),
                "import.limit_word",
                "时限单位应为 m、h、d、wm、wh、wd、uh、ud 之一。",
                "A limit word takes m, h, d, wm, wh, wd, uh or ud.",
            );
        }
        c.hold(
            !self.limits.is_empty(),
            "limits",
            "import.no_limits",
            "未声明任何时限单位。",
            "No limit words are declared.",
        );
        c.hold(
            !self.kinds.component.is_empty() && !self.kinds.event.is_empty(),
            "kinds",
            "import.no_kinds",
            "部件和事件都要有至少一个词。",
            "Both kinds take at least one word.",
        );
        c.hold(
            self.codes.component_offset <= 98 && self.codes.event_offset <= 98,
            "codes",
            "import.offset",
            "大类代码的偏移应在0到98之间。",
            "An offset of majors is from 0 to 98.",
        );
        let seps = &self.parties.separators;
        c.hold(
            !seps.is_empty() && seps.iter().all(|s| !s.is_empty()),
            "parties.separators",
            "import.separators",
            "分隔符不能为空。",
            "Separators must not be empty.",
        );
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (code, role) in &self.roles {
            crate::Party::Role(code.clone()).check(&mut c, &format!("roles.{code}"));
            let both = role.zh.is_some() == role.en.is_some() && !role.words.is_empty();
            c.hold(
                both,
                &format!("roles.{code}"),
                "import.role_names",
                "角色要有词；新角色要有中英文名。",
                "A role takes words, and a new one both names.",
            );
            for word in &role.words {
                let other = seen.insert(areas::normal(word), code);
                let ok = other.is_none_or(|o| o == code);
                c.hold(
                    ok,
                    &format!("roles.{code}"),
                    "import.role_word_twice",
                    "同一个词属于两个角色。",
                    "One word means two roles.",
                );
            }
        }
        c.done()
    }

    /// The kind a word means.
    pub fn kind(&self, word: &str) -> Option<ItemKind> {
        let has = |words: &[String]| words.iter().any(|w| w == word);
        match (has(&self.kinds.component), has(&self.kinds.event)) {
            (true, false) => Some(ItemKind::Component),
            (false, true) => Some(ItemKind::Event),
            _ => None,
        }
    }

    /// The word an export writes for a kind.
    pub(crate) fn kind_word(&self, kind: ItemKind) -> &str {
        let words = match kind {
            ItemKind::Component => &self.kinds.component,
            ItemKind::Event => &self.kinds.event,
        };
        words.first().map_or("", String::as_str)
    }

    /// What is added to the majors of a kind.
    pub fn offset(&self, kind: ItemKind) -> u64 {
        match kind {
            ItemKind::Component => self.codes.component_offset,
            ItemKind::Event => self.codes.event_offset,
        }
    }

    /// What a word after a number of time means.
    pub fn limit_unit(&self, word: &str) -> Option<LimitUnit> {
        self.limits.get(word).and_then(|c| unit(c))
    }

    /// What a party that does not lead is there for.
    pub(crate) fn other(&self, led: bool) -> Part {
        if led { Part::Assisting } else { Part::Candidate }
    }

    /// The kind of a unit that is made.
    pub fn unit_kind(&self, name: &str) -> UnitKind {
        let fits = self.parties.suffixes.iter().filter(|(s, _)| name.ends_with(s.as_str()));
        fits.max_by_key(|(s, _)| s.len()).map_or(self.parties.kind, |(_, k)| *k)
    }

    /// A cell of parties, piece by piece as printed.
    pub fn pieces<'a>(&self, cell: &'a str) -> Vec<&'a str> {
        let mut pieces = vec![cell];
        for sep in &self.parties.separators {
            pieces = pieces.iter().flat_map(|p| p.split(sep.as_str())).collect();
        }
        pieces.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect()
    }

    /// What a piece is to be read as: itself, without a word that belongs to the sentence, or what the mapping says.
    pub fn spellings(&self, piece: &str) -> Vec<String> {
        let bare =
            self.parties.strip.iter().find_map(|s| piece.strip_prefix(s.as_str())).unwrap_or(piece).trim();
        let said = self.read_as.get(piece).or_else(|| self.read_as.get(bare));
        said.cloned().unwrap_or_else(|| vec![bare.to_owned()])
    }

    /// The role a spelling means by this mapping.
    pub fn role(&self, spelling: &str) -> Option<&str> {
        let asked = areas::normal(spelling);
        let mut all = self.roles.iter();
        all.find(|(_, r)| r.words.iter().any(|w| areas::normal(w) == asked)).map(|(code, _)| code.as_str())
    }
}

fn unit(code: &str) -> Option<LimitUnit> {
    LimitUnit::ALL.into_iter().find(|u| u.code() == code)
}
