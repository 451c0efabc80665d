//! What an import answers, feature by feature.

use gis::Note;
use kernel::{AreaCode, Fault, Level, Moment};
use serde::Serialize;
use utoipa::ToSchema;

/// How much a message weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AreaImportWeight)]
pub enum Weight {
    /// The feature is refused, and with it the import.
    Fault,
    /// Taken, but somebody should look.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something said about a feature or the file.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AreaImportMessage)]
pub struct Message {
    /// How much it weighs.
    pub weight: Weight,
    /// A stable code.
    pub code: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where: longitude and latitude in degrees, WGS-84.
    pub place: Option<[f64; 2]>,
    /// How large, in square metres.
    pub square_metres: Option<f64>,
}

impl Message {
    pub(crate) fn new(
        weight: Weight,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Message {
        Message { weight, code, zh: zh.into(), en: en.into(), place: None, square_metres: None }
    }

    pub(crate) fn fault(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Message {
        Message::new(Weight::Fault, code, zh, en)
    }

    pub(crate) fn at(self, place: Option<[f64; 2]>) -> Message {
        Message { place, ..self }
    }
}

impl From<Note> for Message {
    fn from(note: Note) -> Message {
        let at = note.at.map(|at| format!("{at}: ")).unwrap_or_default();
        Message::new(Weight::Note, note.code, format!("{at}{}", note.zh), format!("{at}{}", note.en))
    }
}

/// What became of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AreaImportBecame)]
pub enum Became {
    /// An area that was not there before.
    New,
    /// An area that is different from now on.
    Changed,
    /// An area that is as it was.
    Unchanged,
    /// Nothing: it was refused, and so the whole import.
    Refused,
}

/// A feature of the file and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AreaImportFeature)]
pub struct FeatureOutcome {
    /// Which one of the file, from 1.
    pub number: usize,
    /// In which physical line it begins, where the format has lines.
    pub line: Option<usize>,
    /// Its id in the file.
    pub id: Option<String>,
    /// The area's code, where it could be read.
    pub code: Option<AreaCode>,
    /// The area's name.
    pub name: String,
    /// What became of it.
    pub outcome: Became,
    /// What there is to say about it.
    pub messages: Vec<Message>,
}

/// Two areas of a level that overlap by more than a square metre.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AreaOverlap)]
pub struct OverlapFound {
    /// The one with the lower code, which holds the points of both.
    pub a: AreaCode,
    /// Its name.
    pub a_name: String,
    /// The other.
    pub b: AreaCode,
    /// Its name.
    pub b_name: String,
    /// By how much.
    pub square_metres: f64,
    /// A place in it: longitude and latitude in degrees, WGS-84.
    pub place: [f64; 2],
}

/// Faults told at the most; the outcome says how many there were beyond.
pub(crate) const TOLD: usize = 1000;

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AreaImport)]
pub struct ImportOutcome {
    /// The level of its areas.
    pub level: Level,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether anything was written: all of it, or nothing.
    pub written: bool,
    /// From when on the changes hold; null when that is the moment they are written, or differs by region.
    pub effective: Option<Moment>,
    /// Features in the file.
    pub features_read: usize,
    /// Areas that were not there before.
    pub new: usize,
    /// Areas that are different.
    pub changed: usize,
    /// Areas that are as they were.
    pub unchanged: usize,
    /// Features refused; with one, nothing is written.
    pub refused: usize,
    /// Features with warnings, and overlaps.
    pub warnings: usize,
    /// Faults beyond the thousand that are told.
    pub left_out: usize,
    /// What there is to say about the file as a whole.
    pub notes: Vec<Message>,
    /// Overlaps of more than a square metre with areas of the same level, the largest first.
    pub overlaps: Vec<OverlapFound>,
    /// Every feature, in the order of the file.
    pub features: Vec<FeatureOutcome>,
}

impl ImportOutcome {
    /// The faults as fields of a refusal.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let mut all = Vec::new();
        for f in &self.features {
            for m in f.messages.iter().filter(|m| m.weight == Weight::Fault) {
                let code = f.code.map(|c| format!(" {c}")).unwrap_or_default();
                let id = f.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
                all.push(Fault {
                    field: format!("features.{}{id}{code}", f.number),
                    code: m.code,
                    zh: m.zh.clone(),
                    en: m.en.clone(),
                });
            }
        }
        all
    }
}
