use crate::{GeometryFault, Note};
use serde_json::{Map, Value};

/// What a file of features holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layer {
    /// The names of the properties, in the order of the file.
    pub fields: Vec<String>,
    /// The features, in the order of the file.
    pub features: Vec<Feature>,
    /// What was done to read it that is worth telling.
    pub notes: Vec<Note>,
    /// The coordinate system as the file names it; `None` when it names none.
    pub crs: Option<String>,
}

/// One feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Which one of the file, from 1.
    pub number: usize,
    /// In which physical line it begins, where the format has lines of its own (CSV).
    pub line: Option<usize>,
    /// Its id in the file.
    pub id: Option<String>,
    /// Its properties.
    pub properties: Map<String, Value>,
    /// Its geometry.
    pub geometry: Geometry,
}

/// A feature's geometry: read, not judged. Whether rings are closed, on the globe and do not cross is asked
/// of `space::Shape::from_degrees`.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// It has none.
    None,
    /// A polygon: parts, each its exterior and holes; positions as the file has them, heights dropped.
    Polygon(Vec<Vec<Vec<[f64; 2]>>>),
    /// Points or lines, as GeoJSON.
    Other(Value),
    /// What could not be read.
    Fault(GeometryFault),
}

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The encoding of its text, if it does not tell: `gb18030`, `gbk`, `utf-8`, `utf-16le`, …
    pub encoding: Option<String>,
    /// Which layer of a GeoPackage or which Shapefile of a .zip.
    pub layer: Option<String>,
    /// Which column of a CSV holds the WKT; left out, `wkt`, `geometry`, `geom` or `the_geom`.
    pub wkt_field: Option<String>,
}

/// A property as text: numbers that are whole without a decimal point (codes are often stored as numbers),
/// nothing for null.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        Value::Number(n) => match n.as_f64() {
            Some(f) if !n.is_i64() && !n.is_u64() => number_text(f),
            _ => n.to_string(),
        },
        other => other.to_string(),
    }
}

/// A number as people write it: whole ones without ".0", the others as short as they can be exact.
pub(crate) fn number_text(f: f64) -> String {
    if f.fract() == 0.0 && f.abs() < 1e15 { format!("{f:.0}") } else { f.to_string() }
}

/// Part, ring and position of "1/2/3" in words, both languages, with a colon.
pub(crate) fn place(at: &str) -> (String, String) {
    if at.is_empty() {
        return Default::default();
    }
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (n, (noun, word)) in at.split('/').zip([("部分", "part"), ("环", "ring"), ("点", "position")]) {
        zh.push(format!("第 {n} {noun}"));
        en.push(format!("{word} {n}"));
    }
    (zh.join(",") + ":", en.join(", ") + ": ")
}

/// One note for all features whose heights were dropped.
pub(crate) fn heights(numbers: &[usize]) -> Option<Note> {
    let first = numbers.first()?;
    let n = numbers.len();
    let note = Note::new(
        "gis.heights_dropped",
        format!("{n} 个要素带有高程,已略去。"),
        format!("{n} features have heights, which were dropped."),
    );
    Some(note.at(format!("feature {first}")))
}
