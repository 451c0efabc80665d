//! From the features of a file to areas: pure, feature by feature, before anything is compared.

use super::{
    code::{self, Written, level_en, level_zh},
    outcome::{Message, Weight},
};
use crate::area::Original;
use gis::{Feature, Geometry, text_of};
use kernel::{Checks, Level};
use serde_json::Value;
use space::{Crs, Shape, Wrong};

/// Which fields mean what.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The level of the areas.
    pub level: Level,
    /// The field of the code: the whole one, or its last one to three digits.
    pub code: String,
    /// The field of the name.
    pub name: String,
    /// The field of the parent's code.
    pub parent: Option<String>,
    /// The field of other names, with 、 ; or | between them.
    pub alias: Option<String>,
    /// The coordinate system of the positions.
    pub crs: Crs,
}

/// A feature as far as it could be read.
pub(super) struct Drawn {
    pub number: usize,
    pub line: Option<usize>,
    pub id: Option<String>,
    pub code: Written,
    pub parent: Written,
    pub name: String,
    pub aliases: Option<Vec<String>>,
    pub shape: Option<Shape>,
    pub original: Option<Original>,
    pub messages: Vec<Message>,
}

impl Drawn {
    pub(super) fn refused(&self) -> bool {
        self.messages.iter().any(|m| m.weight == Weight::Fault)
    }
}

pub(super) fn above(level: Level) -> Option<Level> {
    match level {
        Level::Region => None,
        Level::Street => Some(Level::Region),
        Level::Community => Some(Level::Street),
        Level::Grid => Some(Level::Community),
    }
}

pub(super) fn feature(feature: &Feature, mapping: &Mapping) -> Drawn {
    let mut messages = Vec::new();
    let value = |field: &str| feature.properties.get(field).unwrap_or(&Value::Null);
    let local = mapping.level != Level::Region;
    let mut read = |field: &str, level, local| match code::read(value(field), level, local) {
        Ok(written) => written,
        Err(why) => {
            let (zh, en) = (format!("字段“{field}”：{}", why.zh), format!("Field “{field}”: {}", why.en));
            messages.push(Message::fault("area.code", zh, en));
            Written::Empty
        }
    };
    let code = read(&mapping.code, mapping.level, local);
    let parent = match (&mapping.parent, above(mapping.level)) {
        (Some(field), Some(above)) => read(field, above, false),
        _ => Written::Empty,
    };
    if code == Written::Empty && messages.is_empty() {
        let field = &mapping.code;
        messages.push(Message::fault(
            "area.code_missing",
            format!("字段“{field}”没有{}代码。", level_zh(mapping.level)),
            format!("Field “{field}” has no code of a {}.", level_en(mapping.level)),
        ));
    }
    let name = text_of(value(&mapping.name)).trim().to_owned();
    text(&mut messages, &mapping.name, &name);
    let aliases = mapping.alias.as_ref().map(|field| {
        let all = text_of(value(field));
        let all = all.split(['、', ';', '；', '|', '\n']).map(|a| a.trim().to_owned());
        let all = crate::alias::tidy(&all.collect::<Vec<_>>(), &name);
        all.iter().for_each(|alias| text(&mut messages, field, alias));
        if all.len() > crate::alias::MOST {
            let (zh, en) = (
                format!("字段“{field}”：别名最多 20 个。"),
                format!("Field “{field}”: more than 20 aliases."),
            );
            messages.push(Message::fault("area.too_many_aliases", zh, en));
        }
        all
    });
    let (shape, original) = geometry(&feature.geometry, mapping.crs, &mut messages);
    Drawn {
        number: feature.number,
        line: feature.line,
        id: feature.id.clone(),
        code,
        parent,
        name,
        aliases,
        shape,
        original,
        messages,
    }
}

fn text(messages: &mut Vec<Message>, field: &str, text: &str) {
    let mut checks = Checks::new();
    checks.text(field, text, 1..=100);
    if let Err(refusal) = checks.done() {
        messages.extend(refusal.fields().iter().map(|f| {
            Message::fault(f.code, format!("字段“{field}”：{}", f.zh), format!("Field “{field}”: {}", f.en))
        }));
    }
}

pub(crate) fn geometry(
    geometry: &Geometry,
    crs: Crs,
    messages: &mut Vec<Message>,
) -> (Option<Shape>, Option<Original>) {
    let parts = match geometry {
        Geometry::Polygon(parts) => parts,
        Geometry::None => {
            messages.push(Message::new(
                Weight::Note,
                "area.no_boundary",
                "没有边界；已有的边界保留不变。",
                "Has no boundary; one already known stays.",
            ));
            return (None, None);
        }
        Geometry::Other(other) => {
            let kind = other["type"].as_str().unwrap_or("?");
            messages.push(Message::fault(
                "shape.not_a_polygon",
                format!("应为多边形，而这是 {kind}。"),
                format!("Has to be a polygon, not a {kind}."),
            ));
            return (None, None);
        }
        Geometry::Fault(fault) => {
            messages.push(Message::fault(fault.code, &fault.zh, &fault.en));
            return (None, None);
        }
    };
    match Shape::from_degrees(parts, crs) {
        Ok((shape, dropped)) => {
            let notes = dropped.iter().map(|d| Message::new(Weight::Note, "shape.dropped", d.zh(), d.en()));
            messages.extend(notes);
            let kept = !matches!(crs, Crs::Wgs84 | Crs::Cgcs2000);
            let original = kept.then(|| Original { crs: crs.code(), geometry: written(parts) });
            (Some(shape), original)
        }
        Err(fault) if fault.wrong == Wrong::Swapped || swapped(parts) => {
            messages.push(swapped_message());
            (None, None)
        }
        Err(fault) => {
            messages.push(Message::fault(fault.code(), fault.zh(), fault.en()).at(fault.place()));
            (None, None)
        }
    }
}

pub(super) fn swapped_message() -> Message {
    Message::fault(
        "area.swapped",
        "经度和纬度似乎写反了：应为 [经度, 纬度]。",
        "Longitude and latitude seem to be swapped: takes [longitude, latitude].",
    )
}

/// Whether the positions make sense only as [latitude, longitude]: none is on the globe in some part and all
/// are when read so, or all lie in China only when read so.
pub(super) fn swapped(parts: &[Vec<Vec<[f64; 2]>>]) -> bool {
    let all = || parts.iter().flatten().flatten();
    let china = |lon: f64, lat: f64| (73.0..=136.0).contains(&lon) && (3.0..=54.0).contains(&lat);
    let beyond = all().any(|p| p[1].abs() > 90.0) && all().all(|p| p[0].abs() <= 90.0 && p[1].abs() <= 180.0);
    let elsewhere = all().all(|p| !china(p[0], p[1])) && all().all(|p| china(p[1], p[0]));
    all().next().is_some() && (beyond || elsewhere)
}

/// The coordinates of a GeoJSON MultiPolygon, as they came.
fn written(parts: &[Vec<Vec<[f64; 2]>>]) -> String {
    serde_json::to_string(parts).unwrap_or_default()
}
