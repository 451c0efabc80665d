//! Base-map layers from files: roads, buildings, water.

use crate::{
    CRS_REFUSED, FIELD_MISSING, FILE_EMPTY, FeatureKind, REGION_MISSING,
    import::{Message, Weight, geographic, short},
    region,
};
use audit::Note;
use gis::{Geometry, Layer, text_of};
use kernel::{Checks, LonLat, Power, Refusal, Region};
use serde::Serialize;
use serde_json::{Value, json};
use space::{Crs, Shape};
use std::collections::HashMap;
use store::{Tx, Write, binds};

/// A layer of the base map: its features take the place of those the region has under that name. Data
/// stewards of the region. Points, lines and polygons; a polygon that is not valid is kept as it is drawn
/// (a map does not mind), one that cannot be drawn is left out, and a feature drawn twice is kept once: each
/// told by its number.
pub struct PutLayer {
    /// In which region.
    pub region: Region,
    /// The layer's name.
    pub name: String,
    /// What its features are.
    pub kind: FeatureKind,
    /// Drawn from a file by [`draw`].
    pub drawn: DrawnLayer,
}

/// Features ready for the base map.
#[derive(Debug, Clone, Default)]
pub struct DrawnLayer {
    rows: Vec<Row>,
    read: usize,
    left_out: usize,
    messages: Vec<LayerMessage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    class: String,
    name: String,
    geometry: String,
}

/// Something said about a feature of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerMessage {
    /// Which feature of the file, from 1.
    pub number: usize,
    /// Its id in the file.
    pub id: Option<String>,
    /// What there is to say.
    #[serde(flatten)]
    pub message: Message,
}

/// What became of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerOutcome {
    /// Features in the file.
    pub features_read: usize,
    /// Features of the layer from now on.
    pub kept: usize,
    /// Features left out.
    pub left_out: usize,
    /// Whether the layer is different now.
    pub changed: bool,
    /// What there is to say about single features.
    pub messages: Vec<LayerMessage>,
}

/// Which fields of the file mean what.
#[derive(Debug, Clone)]
pub struct LayerMapping {
    /// The field of the name.
    pub name: Option<String>,
    /// The field of the class: arterial, estate, river …
    pub class: Option<String>,
    /// The coordinate system of the positions.
    pub crs: Crs,
}

/// Reads the features of a file for the base map: pure.
pub fn draw(layer: &Layer, mapping: &LayerMapping) -> Result<DrawnLayer, Refusal> {
    if layer.features.is_empty() {
        return Err(FILE_EMPTY.refuse());
    }
    for (what, field) in [("name_field", &mapping.name), ("class_field", &mapping.class)] {
        if let Some(field) = field
            && !layer.fields.contains(field)
        {
            let there = layer.fields.join("、");
            return Err(FIELD_MISSING.field(what).with("field", field).with("fields", there));
        }
    }
    if let Some(named) = layer.crs.as_ref().filter(|n| !geographic(n)) {
        return Err(CRS_REFUSED.field("crs").with("named", short(named)));
    }
    let mut drawn = DrawnLayer { read: layer.features.len(), ..DrawnLayer::default() };
    let mut first: HashMap<String, usize> = HashMap::new();
    for feature in &layer.features {
        let mut say = |weight, code, zh: String, en: String| {
            drawn.messages.push(LayerMessage {
                number: feature.number,
                id: feature.id.clone(),
                message: Message::new(weight, code, zh, en),
            });
        };
        let field = |field: &Option<String>, most: usize| {
            let text =
                field.as_ref().and_then(|f| feature.properties.get(f)).map(text_of).unwrap_or_default();
            let plain: String = text.trim().chars().filter(|c| !c.is_control()).collect();
            plain.chars().take(most).collect::<String>()
        };
        let geometry = match picture(&feature.geometry, mapping.crs) {
            Ok((geometry, None)) => geometry,
            Ok((geometry, Some((zh, en)))) => {
                say(
                    Weight::Warning,
                    "layer.invalid",
                    format!("{zh}按原样保留。"),
                    format!("{en} Kept as it is drawn."),
                );
                geometry
            }
            Err((zh, en)) => {
                say(Weight::Warning, "layer.left_out", format!("{zh}已略去。"), format!("{en} Left out."));
                drawn.left_out += 1;
                continue;
            }
        };
        let geometry = geometry.to_string();
        if let Some(other) = first.get(&geometry) {
            let (zh, en) = (
                format!("与第 {other} 个要素完全相同，已略去。"),
                format!("Drawn exactly like feature {other}. Left out."),
            );
            say(Weight::Note, "layer.duplicate", zh, en);
            drawn.left_out += 1;
            continue;
        }
        first.insert(geometry.clone(), feature.number);
        drawn.rows.push(Row { class: field(&mapping.class, 60), name: field(&mapping.name, 200), geometry });
    }
    Ok(drawn)
}

/// Numbers of the features of layers come after those that loads give out themselves.
const FIRST: i64 = 1 << 40;

type Why = (String, String);

/// The GeoJSON geometry in WGS-84, and what is wrong with it if it can be drawn all the same.
fn picture(geometry: &Geometry, crs: Crs) -> Result<(Value, Option<Why>), Why> {
    match geometry {
        Geometry::None => Err(("没有几何图形，".into(), "Has no geometry.".into())),
        Geometry::Fault(fault) => Err((fault.zh.clone(), fault.en.clone())),
        Geometry::Polygon(parts) => match Shape::from_degrees(parts, crs) {
            Ok((shape, _)) => Ok((shape.to_geojson(), None)),
            Err(fault) => {
                let why = (fault.zh(), fault.en());
                let coordinates = converted(&json!(parts), crs).ok_or_else(|| why.clone())?;
                Ok((json!({ "type": "MultiPolygon", "coordinates": coordinates }), Some(why)))
            }
        },
        Geometry::Other(other) => {
            let off = || ("坐标超出范围，".to_owned(), "A position is off the globe.".to_owned());
            let coordinates = converted(&other["coordinates"], crs).ok_or_else(off)?;
            Ok((json!({ "type": other["type"], "coordinates": coordinates }), None))
        }
    }
}

/// Coordinates, however deep, in WGS-84 with seven decimals; `None` where one is off the globe or no position.
fn converted(value: &Value, crs: Crs) -> Option<Value> {
    let list = value.as_array()?;
    if let [Value::Number(lon), Value::Number(lat), ..] = list.as_slice() {
        let [lon, lat] = crs.to_wgs84([lon.as_f64()?, lat.as_f64()?]);
        let p = LonLat::new(lon, lat)?;
        let tidy = |n: f64| (n * 1e7).round() / 1e7;
        return Some(json!([tidy(p.lon), tidy(p.lat)]));
    }
    if list.is_empty() {
        return None;
    }
    list.iter().map(|inner| converted(inner, crs)).collect::<Option<Vec<Value>>>().map(Value::from)
}

impl Write for PutLayer {
    type Out = LayerOutcome;

    async fn run(&self, tx: &mut Tx) -> Result<LayerOutcome, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut checks = Checks::new();
        checks.text("layer", &self.name, 1..=60);
        checks.done()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let (layer, kind) = (self.name.trim(), self.kind.code());
        let there: Vec<(String, String, String, String)> = tx
            .all(
                "SELECT kind, class, name, geometry FROM map_features WHERE region = $1 AND layer = $2 ORDER BY id",
                binds![self.region, layer],
            )
            .await?;
        let rows = &self.drawn.rows;
        let same = there.len() == rows.len()
            && there.iter().zip(rows).all(|((k, class, name, geometry), row)| {
                k == kind && *class == row.class && *name == row.name && *geometry == row.geometry
            });
        let mut outcome = LayerOutcome {
            features_read: self.drawn.read,
            kept: rows.len(),
            left_out: self.drawn.left_out,
            changed: !same,
            messages: self.drawn.messages.clone(),
        };
        outcome.messages.truncate(1000);
        if same {
            return Ok(outcome);
        }
        tx.put("DELETE FROM map_features WHERE region = $1 AND layer = $2", binds![self.region, layer])
            .await?;
        let last: (Option<i64>,) =
            tx.one("SELECT max(id) FROM map_features WHERE region = $1", binds![self.region]).await?;
        let mut id = last.0.unwrap_or_default().max(FIRST);
        for row in rows {
            id += 1;
            tx.put(
                "INSERT INTO map_features (region, id, kind, class, name, geometry, layer) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                binds![self.region, id, kind, &row.class, &row.name, &row.geometry, layer],
            )
            .await?;
        }
        region::bump(tx, self.region).await?;
        let note = Note {
            region: self.region,
            action: "map.layer",
            object: format!("region/{}", self.region),
            detail: json!({ "layer": layer, "kind": kind, "features": rows.len(), "before": there.len() }),
        };
        audit::record(tx, note, None).await?;
        Ok(outcome)
    }
}
