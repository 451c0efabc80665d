use serde::Serialize;
use std::fmt;

/// Why a file was not taken as a whole. Codes are stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFault {
    /// A stable code such as `gis.truncated`.
    pub code: &'static str,
    /// The reason in Chinese, and what to do.
    pub zh: String,
    /// The reason in English, and what to do.
    pub en: String,
    /// Where: "line 5, column 3", "record 7", "byte 100"; in no language but numbers and plain words.
    pub at: Option<String>,
}

impl FileFault {
    pub(crate) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> FileFault {
        FileFault { code, zh: zh.into(), en: en.into(), at: None }
    }

    pub(crate) fn at(self, place: impl Into<String>) -> FileFault {
        FileFault { at: Some(place.into()), ..self }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.en),
            None => f.write_str(&self.en),
        }
    }
}

impl std::error::Error for FileFault {}

/// Why one feature's geometry cannot be used. The file around it is read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeometryFault {
    /// The reason in Chinese; parts, rings and positions count from 1.
    pub zh: String,
    /// The reason in English; parts, rings and positions count from 1.
    pub en: String,
    /// A stable code such as `geometry.not_a_number`.
    pub code: &'static str,
}

impl GeometryFault {
    pub(crate) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> GeometryFault {
        GeometryFault { code, zh: zh.into(), en: en.into() }
    }
}

/// Something a reader or writer did that its caller should be told of: nothing was lost silently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// A stable code such as `gis.heights_dropped`.
    pub code: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Where, if it is one place: "feature 3", "line 5", "B2:B4".
    pub at: Option<String>,
}

impl Note {
    pub(crate) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Note {
        Note { code, zh: zh.into(), en: en.into(), at: None }
    }

    pub(crate) fn at(self, place: impl Into<String>) -> Note {
        Note { at: Some(place.into()), ..self }
    }
}
