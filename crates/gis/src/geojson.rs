//! GeoJSON (RFC 7946): a FeatureCollection, a single Feature or a bare geometry.

use crate::{Feature, FileFault, Geometry, GeometryFault, Layer, Note, text};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};
use std::fmt;

pub(crate) fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Layer, FileFault> {
    let (text, note) = text::decode(bytes, encoding)?;
    let mut layer = Layer { notes: note.into_iter().collect(), ..Layer::default() };
    if text.trim().is_empty() {
        return Err(crate::empty());
    }
    let thing: Thing = match serde_json::from_str(&text) {
        Ok(thing) => thing,
        Err(e) => match serde_json::from_str(&without_nan(&text).ok_or_else(|| bad_json(&e))?) {
            Ok(thing) => {
                layer.notes.push(Note::new(
                    "gis.nan_in_json",
                    "文件中有 NaN 或 Infinity,它们不是 JSON;已按空值读取。",
                    "The file holds NaN or Infinity, which are no JSON; read as null.",
                ));
                thing
            }
            Err(_) => return Err(bad_json(&e)),
        },
    };
    layer.crs = thing.crs.as_ref().and_then(crs);
    let features = match (thing.kind.as_deref(), thing.features) {
        (Some("FeatureCollection"), Some(Features::List(features))) => features,
        (Some("Feature"), _) => {
            vec![Thing { features: None, ..thing }]
        }
        (Some(kind), _) if KINDS.contains(&kind) => {
            let geometry = Plain { kind: thing.kind.clone(), coordinates: thing.coordinates };
            vec![Thing {
                kind: Some("Feature".into()),
                geometry: Some(Shape::Object(geometry)),
                ..Thing::default()
            }]
        }
        (kind, _) => return Err(not_geojson(kind)),
    };
    let mut heights = Vec::new();
    for (i, f) in features.into_iter().enumerate() {
        for name in f.properties.order {
            if !layer.fields.contains(&name) {
                layer.fields.push(name);
            }
        }
        let mut deep = false;
        let geometry = match (f.kind.as_deref(), f.geometry) {
            (Some("Feature"), geometry) => geometry.map_or(Geometry::None, |g| g.geometry(&mut deep)),
            _ => Geometry::Fault(GeometryFault::new(
                "geometry.not_a_feature",
                "应为 type 是 Feature 的对象。",
                "has to be an object of type Feature.",
            )),
        };
        if deep {
            heights.push(i + 1);
        }
        layer.features.push(Feature {
            number: i + 1,
            line: None,
            id: f.id.as_ref().filter(|v| !v.is_null()).map(crate::text_of),
            properties: f.properties.values,
            geometry,
        });
    }
    layer.notes.extend(crate::layer::heights(&heights));
    Ok(layer)
}

/// The types a bare geometry may have.
const KINDS: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

fn bad_json(e: &serde_json::Error) -> FileFault {
    let at = format!("line {}, column {}", e.line(), e.column());
    if e.is_eof() {
        FileFault::new(
            "gis.truncated",
            "文件不完整:JSON 中途结束。",
            "The file is cut off: the JSON ends midway.",
        )
        .at(at)
    } else {
        let why = e.to_string();
        let why = why.split(" at line").next().unwrap_or_default().to_owned();
        FileFault::new("gis.not_json", format!("不是有效的 JSON:{why}。"), format!("No valid JSON: {why}."))
            .at(at)
    }
}

fn not_geojson(kind: Option<&str>) -> FileFault {
    let found = kind.map_or("no type".to_owned(), |k| format!("type “{k}”"));
    FileFault::new(
        "gis.not_geojson",
        format!("应为 GeoJSON 的 FeatureCollection、Feature 或几何对象({found})。"),
        format!("Has to be a GeoJSON FeatureCollection, Feature or geometry; this has {found}."),
    )
}

/// The name in a `crs` member of the older GeoJSON.
fn crs(value: &Value) -> Option<String> {
    let name = value.pointer("/properties/name").or(value.pointer("/properties/code")).unwrap_or(value);
    match name {
        Value::Null => None,
        other => Some(crate::text_of(other)),
    }
}

/// NaN and infinities outside of texts as null; `None` when there are none.
fn without_nan(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted, mut found) = (text, false, false);
    while let Some(c) = rest.chars().next() {
        let word =
            ["NaN", "-Infinity", "Infinity", "nan", "-inf", "inf"].iter().find(|w| rest.starts_with(**w));
        let taken = match word {
            Some(word) if !quoted => {
                out.push_str("null");
                found = true;
                word.len()
            }
            _ if c == '\\' && quoted => {
                let two: usize = rest.chars().take(2).map(char::len_utf8).sum();
                out.push_str(&rest[..two]);
                two
            }
            _ => {
                quoted ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    found.then_some(out)
}

/// Whatever a member of the file is: an object with the members we know, or something else.
#[derive(Default)]
struct Thing {
    kind: Option<String>,
    id: Option<Value>,
    properties: Properties,
    geometry: Option<Shape>,
    coordinates: Option<Node>,
    features: Option<Features>,
    crs: Option<Value>,
}

enum Features {
    List(Vec<Thing>),
    Other,
}

/// The properties, and the order in which the file names them.
#[derive(Default)]
struct Properties {
    order: Vec<String>,
    values: Map<String, Value>,
}

enum Shape {
    Object(Plain),
    Other,
}

#[derive(Default)]
struct Plain {
    kind: Option<String>,
    coordinates: Option<Node>,
}

/// A member of `coordinates`, without the cost of a [`Value`] for each number.
#[derive(Debug)]
enum Node {
    Number(f64),
    /// With whether there was more than longitude and latitude.
    Position([f64; 2], bool),
    List(Vec<Node>),
    /// Something that does not belong here.
    Other,
}

/// Everything that is not the one kind looked for is [`Default`].
macro_rules! lenient {
    ($($kind:ident)*) => { $(lenient!(@$kind);)* };
    (@scalars) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok(Self::other()) }
        fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> { Ok(Self::number(n as f64)) }
        fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> { Ok(Self::number(n as f64)) }
        fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> { Ok(Self::number(n)) }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok(Self::other()) }
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok(Self::other()) }
        fn visit_none<E>(self) -> Result<Self::Value, E> { Ok(Self::other()) }
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result { f.write_str("JSON") }
    };
    (@seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::other())
        }
    };
    (@map) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::other())
        }
    };
}

struct ThingVisitor;
impl ThingVisitor {
    fn other() -> Thing {
        Thing::default()
    }
    fn number(_: f64) -> Thing {
        Thing::default()
    }
}
impl<'de> Visitor<'de> for ThingVisitor {
    type Value = Thing;
    lenient!(scalars seq);
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Thing, A::Error> {
        let mut thing = Thing::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => thing.kind = map.next_value::<Value>()?.as_str().map(str::to_owned),
                "id" => thing.id = Some(map.next_value()?),
                "properties" => thing.properties = map.next_value()?,
                "geometry" => thing.geometry = map.next_value::<Option<Shape>>()?,
                "coordinates" => thing.coordinates = Some(map.next_value()?),
                "features" => thing.features = Some(map.next_value()?),
                "crs" => thing.crs = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(thing)
    }
}

struct FeaturesVisitor;
impl FeaturesVisitor {
    fn other() -> Features {
        Features::Other
    }
    fn number(_: f64) -> Features {
        Features::Other
    }
}
impl<'de> Visitor<'de> for FeaturesVisitor {
    type Value = Features;
    lenient!(scalars map);
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Features, A::Error> {
        let mut list = Vec::new();
        while let Some(thing) = seq.next_element()? {
            list.push(thing);
        }
        Ok(Features::List(list))
    }
}

struct PropertiesVisitor;
impl PropertiesVisitor {
    fn other() -> Properties {
        Properties::default()
    }
    fn number(_: f64) -> Properties {
        Properties::default()
    }
}
impl<'de> Visitor<'de> for PropertiesVisitor {
    type Value = Properties;
    lenient!(scalars seq);
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
        let mut all = Properties::default();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            all.order.push(key.clone());
            all.values.insert(key, value);
        }
        Ok(all)
    }
}

struct ShapeVisitor;
impl ShapeVisitor {
    fn other() -> Shape {
        Shape::Other
    }
    fn number(_: f64) -> Shape {
        Shape::Other
    }
}
impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;
    lenient!(scalars seq);
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut node = Plain::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => node.kind = map.next_value::<Value>()?.as_str().map(str::to_owned),
                "coordinates" => node.coordinates = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Object(node))
    }
}

struct NodeVisitor;
impl NodeVisitor {
    fn other() -> Node {
        Node::Other
    }
    fn number(n: f64) -> Node {
        Node::Number(n)
    }
}
impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;
    lenient!(scalars map);
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let Some(first) = seq.next_element::<Node>()? else { return Ok(Node::List(Vec::new())) };
        if let Node::Number(lon) = first {
            let second = seq.next_element::<Node>()?;
            let mut more = false;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                more = true;
            }
            return Ok(match second {
                Some(Node::Number(lat)) => Node::Position([lon, lat], more),
                _ => Node::Other,
            });
        }
        let mut list = vec![first];
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }
}

macro_rules! deserialize {
    ($($type:ty: $visitor:expr),*) => { $(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_any($visitor)
            }
        }
    )* };
}
deserialize!(Thing: ThingVisitor, Features: FeaturesVisitor, Properties: PropertiesVisitor, Shape: ShapeVisitor, Node: NodeVisitor);

impl Shape {
    fn geometry(self, deep: &mut bool) -> Geometry {
        let fault = |code, zh: &str, en: &str| Geometry::Fault(GeometryFault::new(code, zh, en));
        let Shape::Object(Plain { kind, coordinates }) = self else {
            return fault("geometry.not_an_object", "geometry 应为对象。", "geometry has to be an object.");
        };
        let kind = kind.unwrap_or_default();
        if kind == "GeometryCollection" {
            return fault(
                "geometry.collection",
                "不读取 GeometryCollection,请拆成单个要素。",
                "a GeometryCollection is not read: make it features of their own.",
            );
        }
        if !KINDS.contains(&kind.as_str()) {
            return Geometry::Fault(GeometryFault::new(
                "geometry.unknown_type",
                format!("不认识几何类型“{kind}”。"),
                format!("the geometry type “{kind}” is not known."),
            ));
        }
        let Some(coordinates) = coordinates else {
            return fault("geometry.no_coordinates", "缺少 coordinates。", "coordinates are missing.");
        };
        let read = match kind.as_str() {
            "Polygon" => part(0, coordinates, deep).map(|p| Geometry::Polygon(vec![p])),
            "MultiPolygon" => {
                let parts = coordinates
                    .list("")
                    .and_then(|parts| parts.into_iter().enumerate().map(|(i, p)| part(i, p, deep)).collect());
                parts.map(Geometry::Polygon)
            }
            _ => plain(coordinates, deep)
                .map(|c| Geometry::Other(json!({"type": kind, "coordinates": c})))
                .ok_or_else(|| misfit("")),
        };
        read.unwrap_or_else(Geometry::Fault)
    }
}

fn misfit(at: &str) -> GeometryFault {
    let (zh, en) = crate::layer::place(at);
    GeometryFault::new(
        "geometry.misfit",
        format!("{zh}coordinates 的结构与类型不符。"),
        format!("{en}the coordinates do not fit the type."),
    )
}

impl Node {
    fn list(self, at: &str) -> Result<Vec<Node>, GeometryFault> {
        match self {
            Node::List(list) => Ok(list),
            _ => Err(misfit(at)),
        }
    }
}

fn part(i: usize, node: Node, deep: &mut bool) -> Result<Vec<Vec<[f64; 2]>>, GeometryFault> {
    let rings = node.list(&format!("{}", i + 1))?;
    let ring = |(j, r): (usize, Node)| -> Result<Vec<[f64; 2]>, GeometryFault> {
        let positions = r.list(&format!("{}/{}", i + 1, j + 1))?;
        let position = |(k, p): (usize, Node)| match p {
            Node::Position(p, more) => {
                *deep |= more;
                Ok(p)
            }
            _ => {
                let (zh, en) = crate::layer::place(&format!("{}/{}/{}", i + 1, j + 1, k + 1));
                Err(GeometryFault::new(
                    "geometry.not_a_number",
                    format!("{zh}坐标应为两个数 [经度, 纬度]。"),
                    format!("{en}a position has to be two numbers, [longitude, latitude]."),
                ))
            }
        };
        positions.into_iter().enumerate().map(position).collect()
    };
    rings.into_iter().enumerate().map(ring).collect()
}

/// Coordinates of points and lines as they were.
fn plain(node: Node, deep: &mut bool) -> Option<Value> {
    match node {
        Node::Position(p, more) => {
            *deep |= more;
            Some(json!(p))
        }
        Node::List(list) => {
            list.into_iter().map(|n| plain(n, deep)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Node::Number(_) | Node::Other => None,
    }
}

/// The GeoJSON of a geometry; `None` for one that could not be read.
pub(crate) fn value(geometry: &Geometry) -> Option<Value> {
    match geometry {
        Geometry::Polygon(parts) if parts.len() == 1 => {
            Some(json!({"type": "Polygon", "coordinates": parts[0]}))
        }
        Geometry::Polygon(parts) => Some(json!({"type": "MultiPolygon", "coordinates": parts})),
        Geometry::Other(value) => Some(value.clone()),
        Geometry::None | Geometry::Fault(_) => None,
    }
}

/// A FeatureCollection, a feature to a line, properties in the order of the fields.
pub(crate) fn write(fields: &[String], features: &[Feature]) -> Vec<u8> {
    let mut out = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
    for (i, f) in features.iter().enumerate() {
        out.push_str(if i > 0 { ",\n" } else { "\n" });
        out.push_str("{\"type\":\"Feature\",");
        if let Some(id) = &f.id {
            out.push_str(&format!("\"id\":{},", Value::from(id.as_str())));
        }
        out.push_str("\"properties\":{");
        for (n, field) in fields.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let value = f.properties.get(field).unwrap_or(&Value::Null);
            out.push_str(&format!("{comma}{}:{value}", Value::from(field.as_str())));
        }
        let geometry = value(&f.geometry).unwrap_or(Value::Null);
        out.push_str(&format!("}},\"geometry\":{geometry}}}"));
    }
    out.push_str("\n]}\n");
    out.into_bytes()
}
