use crate::{Crs, Shape, ShapeFault, UNITS, Vertex, Wrong};
use serde_json::Value;
use std::fmt::Write as _;

impl Shape {
    /// Reads a GeoJSON Polygon or MultiPolygon (RFC 7946), strictly, by the rules of [`Shape::from_degrees`];
    /// what that would leave out is refused here. Ordinates beyond the second are dropped; the direction of
    /// rings may be either. Other members are not looked at.
    pub fn from_geojson(geometry: &Value) -> Result<Shape, ShapeFault> {
        let not = ShapeFault::of(Wrong::NotAPolygon);
        let kind = geometry.get("type").and_then(Value::as_str).ok_or(not)?;
        let coordinates = geometry.get("coordinates").ok_or(not)?;
        let parts = match kind {
            "Polygon" => vec![part(0, coordinates)?],
            "MultiPolygon" => {
                let parts = list(coordinates, ShapeFault::of(Wrong::NotAList))?;
                parts.iter().enumerate().map(|(i, p)| part(i, p)).collect::<Result<_, _>>()?
            }
            _ => return Err(not),
        };
        let (shape, dropped) = Shape::from_degrees(&parts, Crs::Wgs84)?;
        match dropped.first() {
            None => Ok(shape),
            Some(d) => {
                let wrong = if d.position.is_some() { Wrong::Along } else { Wrong::ZeroArea };
                let fault = ShapeFault::of(wrong).part(d.part).ring(d.ring);
                Err(ShapeFault { position: d.position, ..fault })
            }
        }
    }

    /// The GeoJSON geometry: a Polygon, or a MultiPolygon when it has several parts.
    pub fn to_geojson(&self) -> Value {
        let degrees = |v: Vertex| Value::from(v.map(|n| Value::from(f64::from(n) / UNITS)).to_vec());
        let ring = |r: &[Vertex]| Value::from_iter(r.iter().chain(r.first()).map(|&v| degrees(v)));
        let mut parts: Vec<Value> = self.parts().map(|p| Value::from_iter(p.map(ring))).collect();
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => serde_json::json!({"type": "Polygon", "coordinates": only}),
            (_, last) => {
                parts.extend(last);
                serde_json::json!({"type": "MultiPolygon", "coordinates": parts})
            }
        }
    }

    /// Appends the same geometry as text, without building it first: for large collections.
    pub fn write_geojson(&self, out: &mut String) {
        let several = self.parts().len() > 1;
        out.push_str(if several {
            r#"{"type":"MultiPolygon","coordinates":["#
        } else {
            r#"{"type":"Polygon","coordinates":"#
        });
        for (i, part) in self.parts().enumerate() {
            out.push_str(if i > 0 { ",[" } else { "[" });
            for (j, ring) in part.enumerate() {
                out.push_str(if j > 0 { ",[" } else { "[" });
                for (k, v) in ring.iter().chain(ring.first()).enumerate() {
                    out.push_str(if k > 0 { ",[" } else { "[" });
                    write_degrees(v[0], out);
                    out.push(',');
                    write_degrees(v[1], out);
                    out.push(']');
                }
                out.push(']');
            }
            out.push(']');
        }
        out.push_str(if several { "]}" } else { "}" });
    }
}

/// Appends a coordinate of a [`Vertex`] in degrees, exactly, as a JSON number.
pub fn write_degrees(n: i32, out: &mut String) {
    let (whole, rest) = (n.unsigned_abs() / 10_000_000, n.unsigned_abs() % 10_000_000);
    if n < 0 {
        out.push('-');
    }
    // Writing to a String cannot fail.
    let _ = write!(out, "{whole}.{rest:07}");
    let kept = out.trim_end_matches('0').len();
    out.truncate(kept);
    if out.ends_with('.') {
        out.push('0');
    }
}

fn list(value: &Value, fault: ShapeFault) -> Result<&Vec<Value>, ShapeFault> {
    value.as_array().filter(|a| !a.is_empty()).ok_or(fault)
}

fn part(i: usize, value: &Value) -> Result<Vec<Vec<[f64; 2]>>, ShapeFault> {
    let rings = list(value, ShapeFault::of(Wrong::NotAList).part(i))?;
    rings.iter().enumerate().map(|(j, r)| ring(i, j, r)).collect()
}

fn ring(i: usize, j: usize, value: &Value) -> Result<Vec<[f64; 2]>, ShapeFault> {
    let at = |wrong| ShapeFault::of(wrong).part(i).ring(j);
    let positions = list(value, at(Wrong::NotAList))?;
    let read = |(k, p)| position(p).ok_or(at(Wrong::NotAPosition).position(k));
    positions.iter().enumerate().map(read).collect()
}

fn position(value: &Value) -> Option<[f64; 2]> {
    let numbers = value.as_array()?;
    Some([numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?])
}
