//! A condition (立案条件): when a case is filed, when it is closed, how long it may take, who answers.

use crate::{OtherParty, Part, Party};
use calendar::{Limit, MonthDay};
use kernel::Checks;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A limit for a part of the year ("15 working days in planting season"), both days included. It may run
/// over the year's end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonLimit {
    /// The first day, as "03-01".
    pub from: MonthDay,
    /// The last day.
    pub to: MonthDay,
    /// The limit for cases filed between them.
    pub limit: Limit,
}

impl SeasonLimit {
    /// Whether a day of the year lies in it.
    pub fn holds(&self, day: MonthDay) -> bool {
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            self.from <= day || day <= self.to
        }
    }
}

/// What whoever handles such a case is asked to show for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Pictures, at least.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 6)]
    pub photos: i64,
    /// What has to be put in words, such as "依据文号".
    #[serde(default)]
    #[schema(max_items = 10)]
    pub texts: Vec<String>,
}

/// Why a condition stays a draft: what could not be read for certain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Doubt {
    /// Stable code.
    pub code: String,
    /// The column or field.
    pub field: String,
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
}

/// A condition of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// Its number within the item, from 1.
    pub n: i64,
    /// When a case is filed under it (立案条件); empty where the item's name says it all.
    pub filing: String,
    /// When it may be closed (结案条件).
    pub closing: String,
    /// The time limit. Absent only in a draft condition.
    pub limit: Option<Limit>,
    /// Other limits for parts of the year.
    pub seasons: Vec<SeasonLimit>,
    /// Danger to life or property: the clock runs day and night.
    pub urgent: bool,
    /// Who answers for it, where the catalogue says so.
    pub lead: Option<Party>,
    /// Who helps, or could be the lead.
    pub parties: Vec<OtherParty>,
    /// Who supervises.
    pub supervisors: Vec<Party>,
    /// The legal basis.
    pub basis: String,
    /// The evidence asked.
    pub evidence: Evidence,
    /// Not to be used for filing: something about it is in doubt.
    pub draft: bool,
    /// What is in doubt.
    pub doubts: Vec<Doubt>,
    /// The record of the imported table it came from, from 1.
    pub record: Option<i64>,
    /// The line of the file on which that record begins.
    pub line: Option<i64>,
    /// Cells of that record as they stood, by column.
    pub printed: BTreeMap<String, String>,
}

impl Condition {
    /// The limit for a case filed on this day of the year; none in a draft without one.
    pub fn limit_on(&self, day: MonthDay) -> Option<Limit> {
        self.seasons.iter().find(|s| s.holds(day)).map(|s| s.limit).or(self.limit)
    }

    /// Whether cases can be filed under it.
    pub fn usable(&self) -> bool {
        !self.draft && self.limit.is_some()
    }

    /// Everyone it names, the lead first.
    pub fn named(&self) -> impl Iterator<Item = &Party> {
        self.lead.iter().chain(self.parties.iter().map(|p| &p.party)).chain(&self.supervisors)
    }
}

/// What a condition is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutConditionBody {
    /// When a case is filed under it; may be empty where the item's name says it all.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub filing: String,
    /// When it may be closed.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub closing: String,
    /// The time limit, as "2wd" or "2工作日".
    pub limit: Limit,
    /// Other limits for parts of the year; they don't overlap.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub seasons: Vec<SeasonLimit>,
    /// Danger to life or property: the clock runs day and night.
    #[serde(default)]
    pub urgent: bool,
    /// Who answers for it.
    #[serde(default)]
    pub lead: Option<Party>,
    /// Who helps, or could be the lead while none is named.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub parties: Vec<OtherParty>,
    /// Who supervises.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub supervisors: Vec<Party>,
    /// The legal basis.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub basis: String,
    /// The evidence asked.
    #[serde(default)]
    pub evidence: Evidence,
}

impl PutConditionBody {
    /// A condition of which only the limit is known: the item's name says the rest.
    pub fn new(limit: Limit) -> PutConditionBody {
        PutConditionBody {
            filing: String::new(),
            closing: String::new(),
            limit,
            seasons: Vec::new(),
            urgent: false,
            lead: None,
            parties: Vec::new(),
            supervisors: Vec::new(),
            basis: String::new(),
            evidence: Evidence::default(),
        }
    }

    pub(crate) fn check(&self, checks: &mut Checks, at: &str) {
        checks.text(&format!("{at}filing"), &self.filing, 0..=1000);
        checks.text(&format!("{at}closing"), &self.closing, 0..=1000);
        checks.text(&format!("{at}basis"), &self.basis, 0..=1000);
        seasons(checks, &self.seasons, &format!("{at}seasons"));
        checks.number(&format!("{at}evidence.photos"), self.evidence.photos, 0..=6);
        checks.number(&format!("{at}evidence.texts"), self.evidence.texts.len() as i64, 0..=10);
        for (i, text) in self.evidence.texts.iter().enumerate() {
            checks.text(&format!("{at}evidence.texts[{i}]"), text, 1..=100);
        }
        checks.number(&format!("{at}parties"), self.parties.len() as i64, 0..=20);
        checks.number(&format!("{at}supervisors"), self.supervisors.len() as i64, 0..=20);
        self.check_parties(checks, at);
    }

    fn check_parties(&self, checks: &mut Checks, at: &str) {
        if let Some(lead) = &self.lead {
            lead.check(checks, &format!("{at}lead"));
        }
        let mut seen: BTreeSet<&Party> = self.lead.iter().collect();
        for (i, other) in self.parties.iter().enumerate() {
            let field = format!("{at}parties[{i}]");
            other.party.check(checks, &field);
            checks.hold(
                seen.insert(&other.party),
                &field,
                "item.party_twice",
                "同一单位或角色只能列一次。",
                "The same unit or role is named twice.",
            );
            checks.hold(
                other.part != Part::Candidate || self.lead.is_none(),
                &field,
                "item.candidate_beside_lead",
                "已指定主责单位，其余单位应为协办。",
                "With a lead named the others are assisting.",
            );
        }
        let mut seen = BTreeSet::new();
        for (i, party) in self.supervisors.iter().enumerate() {
            let field = format!("{at}supervisors[{i}]");
            party.check(checks, &field);
            checks.hold(
                seen.insert(party),
                &field,
                "item.party_twice",
                "同一单位或角色只能列一次。",
                "The same unit or role is named twice.",
            );
        }
    }

    pub(crate) fn condition(&self, n: i64) -> Condition {
        Condition {
            n,
            filing: self.filing.trim().to_owned(),
            closing: self.closing.trim().to_owned(),
            limit: Some(self.limit),
            seasons: self.seasons.clone(),
            urgent: self.urgent,
            lead: self.lead.clone(),
            parties: self.parties.clone(),
            supervisors: self.supervisors.clone(),
            basis: self.basis.trim().to_owned(),
            evidence: Evidence {
                photos: self.evidence.photos,
                texts: self.evidence.texts.iter().map(|t| t.trim().to_owned()).collect(),
            },
            draft: false,
            doubts: Vec::new(),
            record: None,
            line: None,
            printed: BTreeMap::new(),
        }
    }
}

fn seasons(checks: &mut Checks, seasons: &[SeasonLimit], field: &str) {
    checks.number(field, seasons.len() as i64, 0..=4);
    // Two stretches of a circle that share a day: one of them holds the other's first.
    let overlap = seasons
        .iter()
        .enumerate()
        .any(|(i, a)| seasons[i + 1..].iter().any(|b| a.holds(b.from) || b.holds(a.from)));
    checks.hold(
        !overlap,
        field,
        "item.seasons_overlap",
        "季节时限的日期不能重叠。",
        "Seasons must not overlap.",
    );
}
