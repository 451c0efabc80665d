//! Shapefile geometry (`.shp`): read record by record, written as the ESRI paper of 1998 has it.

use crate::{Feature, FileFault, Geometry, GeometryFault};
use serde_json::{Value, json};

/// The geometry of each record, and whether it had heights or measures.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<(Geometry, bool)>, FileFault> {
    let header = bytes.get(..100).ok_or_else(|| truncated("byte", bytes.len()))?;
    if big(header, 0) != Some(9994) || little(header, 28) != Some(1000) {
        return Err(FileFault::new(
            "gis.not_a_shapefile",
            "不是 Shapefile(.shp)。",
            "This is no Shapefile (.shp).",
        ));
    }
    let length = big(header, 24).unwrap_or(0) as usize * 2;
    let mut out = Vec::new();
    let mut at = 100;
    while at < length.min(bytes.len()) {
        let n = out.len() + 1;
        let size = big(bytes, at + 4).ok_or_else(|| truncated("record", n))? as usize * 2;
        let content =
            bytes.get(at + 8..).and_then(|rest| rest.get(..size)).ok_or_else(|| truncated("record", n))?;
        out.push(record(content));
        at += 8 + size;
    }
    if bytes.len() < length {
        return Err(truncated("record", out.len() + 1));
    }
    Ok(out)
}

pub(crate) fn truncated(what: &str, n: usize) -> FileFault {
    FileFault::new("gis.truncated", "文件不完整,在此处中断。", "The file is cut off here.")
        .at(format!("{what} {n}"))
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn position(bytes: &[u8], at: usize) -> Option<[f64; 2]> {
    let float = |at: usize| Some(f64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    Some([float(at)?, float(at + 8)?])
}

fn record(content: &[u8]) -> (Geometry, bool) {
    let kind = little(content, 0).unwrap_or(u32::MAX);
    let deep = (11..30).contains(&kind);
    let read = match kind {
        0 => Some(Geometry::None),
        1 | 11 | 21 => position(content, 4).map(|p| other("Point", json!(p))),
        8 | 18 | 28 => points(content, 36, 40).map(|p| other("MultiPoint", json!(p))),
        3 | 13 | 23 => lines(content).map(|l| match &l[..] {
            [only] => other("LineString", json!(only)),
            _ => other("MultiLineString", json!(l)),
        }),
        5 | 15 | 25 => lines(content).map(polygon),
        _ => Some(Geometry::Fault(GeometryFault::new(
            "geometry.unknown_type",
            format!("不读取 Shapefile 类型 {kind}。"),
            format!("Shapefile type {kind} is not read."),
        ))),
    };
    let damaged = || {
        GeometryFault::new(
            "geometry.bad_record",
            "几何记录损坏或不完整。",
            "the record is damaged or cut off.",
        )
    };
    (read.unwrap_or_else(|| Geometry::Fault(damaged())), deep)
}

fn other(kind: &str, coordinates: Value) -> Geometry {
    Geometry::Other(json!({"type": kind, "coordinates": coordinates}))
}

/// As many positions from `at` as the number at `count` says.
fn points(content: &[u8], count: usize, at: usize) -> Option<Vec<[f64; 2]>> {
    let n = little(content, count)? as usize;
    let bytes = content.get(at..at.checked_add(n.checked_mul(16)?)?)?;
    (0..n).map(|i| position(bytes, i * 16)).collect()
}

/// The rings or lines of a record.
fn lines(content: &[u8]) -> Option<Vec<Vec<[f64; 2]>>> {
    let parts = little(content, 36)? as usize;
    let starts = content.get(44..44usize.checked_add(parts.checked_mul(4)?)?)?;
    let all = points(content, 40, 44 + parts * 4)?;
    let starts: Vec<usize> =
        (0..parts).map(|i| little(starts, i * 4).map(|n| n as usize)).collect::<Option<_>>()?;
    let end = |i: usize| starts.get(i + 1).copied().unwrap_or(all.len());
    (0..parts).map(|i| all.get(starts[i]..end(i)).map(<[_]>::to_vec)).collect()
}

/// How many comparisons of vertices sorting the rings of one record may take.
const PATIENCE: usize = 500_000_000;

/// Rings to parts. A Shapefile tells holes by their direction only, and not all writers keep to the one of
/// the standard: a ring is a hole if it lies directly in a ring that is an exterior and runs against it.
fn polygon(rings: Vec<Vec<[f64; 2]>>) -> Geometry {
    if rings.is_empty() {
        return Geometry::None;
    }
    let about: Vec<Around> = rings.iter().map(|r| Around::of(r)).collect();
    let mut spent = 0usize;
    // The smallest ring around each.
    let mut inside: Vec<Option<usize>> = vec![None; rings.len()];
    for i in 0..rings.len() {
        for j in 0..rings.len() {
            spent += 1;
            let smaller = inside[i].is_none_or(|k| about[j].area.abs() < about[k].area.abs());
            if i == j || !smaller || about[j].area.abs() <= about[i].area.abs() || !about[j].holds(&about[i])
            {
                continue;
            }
            spent += rings[j].len();
            if contains(&rings[j], &rings[i], &mut spent) {
                inside[i] = Some(j);
            }
            if spent > PATIENCE {
                return Geometry::Fault(GeometryFault::new(
                    "geometry.too_many_rings",
                    "环太多,无法判断洞的归属。",
                    "there are too many rings to tell which are holes of which.",
                ));
            }
        }
    }
    // Larger rings first: whether the ring around is an exterior is then settled.
    let mut order: Vec<usize> = (0..rings.len()).collect();
    order.sort_by(|&a, &b| about[b].area.abs().total_cmp(&about[a].area.abs()));
    let mut hole_of: Vec<Option<usize>> = vec![None; rings.len()];
    for i in order {
        hole_of[i] =
            inside[i].filter(|&j| hole_of[j].is_none() && (about[j].area > 0.0) != (about[i].area > 0.0));
    }
    let mut parts: Vec<Vec<Vec<[f64; 2]>>> = Vec::new();
    let mut part_of = vec![0; rings.len()];
    let mut holes = Vec::new();
    for (i, mut ring) in rings.into_iter().enumerate() {
        // As in the other formats: exteriors counter-clockwise, holes against them.
        if (about[i].area > 0.0) != hole_of[i].is_none() {
            ring.reverse();
        }
        if hole_of[i].is_some() {
            holes.push((i, ring));
        } else {
            part_of[i] = parts.len();
            parts.push(vec![ring]);
        }
    }
    for (i, ring) in holes {
        parts[part_of[hole_of[i].unwrap_or(0)]].push(ring);
    }
    Geometry::Polygon(parts)
}

struct Around {
    low: [f64; 2],
    high: [f64; 2],
    /// Twice the area; positive when counter-clockwise.
    area: f64,
}

impl Around {
    fn of(ring: &[[f64; 2]]) -> Around {
        let mut around = Around { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2], area: 0.0 };
        let origin = ring.first().copied().unwrap_or_default();
        let mut a = [0.0; 2];
        for p in ring {
            let b = [p[0] - origin[0], p[1] - origin[1]];
            around.area += a[0] * b[1] - b[0] * a[1];
            around.low = [around.low[0].min(p[0]), around.low[1].min(p[1])];
            around.high = [around.high[0].max(p[0]), around.high[1].max(p[1])];
            a = b;
        }
        around
    }

    fn holds(&self, other: &Around) -> bool {
        (0..2).all(|k| self.low[k] <= other.low[k] && self.high[k] >= other.high[k])
    }
}

/// Whether a ring lies in another: asked of the first of its vertices that is not on the other's border.
fn contains(outer: &[[f64; 2]], inner: &[[f64; 2]], spent: &mut usize) -> bool {
    for &p in inner {
        *spent += outer.len();
        let (mut odd, mut on) = (false, false);
        for edge in outer.windows(2) {
            let (a, b) = (edge[0], edge[1]);
            let cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
            let level = p[1] >= a[1].min(b[1]) && p[1] <= a[1].max(b[1]);
            on |= cross == 0.0 && level && p[0] >= a[0].min(b[0]) && p[0] <= a[0].max(b[0]);
            odd ^= (a[1] <= p[1]) != (b[1] <= p[1]) && (cross > 0.0) == (b[1] > a[1]);
        }
        if !on {
            return odd;
        }
        if *spent > PATIENCE {
            break;
        }
    }
    // All on the border, in the same box.
    true
}

/// The `.shp` and the `.shx`.
pub(crate) fn write(features: &[Feature]) -> Result<(Vec<u8>, Vec<u8>), FileFault> {
    let mut kind = 0;
    let mut records = Vec::new();
    for f in features {
        let (own, content) = content(&f.geometry).ok_or_else(|| {
            FileFault::new(
                "gis.unwritable_geometry",
                "这个几何无法写入 Shapefile。",
                "This geometry cannot be written to a Shapefile.",
            )
            .at(format!("feature {}", f.number))
        })?;
        if own != 0 && kind != 0 && own != kind {
            return Err(FileFault::new(
                "gis.mixed_types",
                "Shapefile 只能存放一种几何类型,请用 GeoJSON 或 GeoPackage。",
                "A Shapefile holds geometries of one type only: use GeoJSON or GeoPackage.",
            )
            .at(format!("feature {}", f.number)));
        }
        kind = kind.max(own);
        records.push(content);
    }
    if kind == 0 {
        kind = 5;
    }
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for p in features.iter().flat_map(|f| positions(&f.geometry)) {
        bounds = widened(bounds, p);
    }
    if bounds[0] > bounds[2] {
        bounds = [0.0; 4];
    }
    let (mut shp, mut shx) = (header(kind, bounds), header(kind, bounds));
    for (i, content) in records.iter().enumerate() {
        shx.extend(((shp.len() / 2) as u32).to_be_bytes());
        shx.extend(((content.len() / 2) as u32).to_be_bytes());
        shp.extend((i as u32 + 1).to_be_bytes());
        shp.extend(((content.len() / 2) as u32).to_be_bytes());
        shp.extend(content);
    }
    for file in [&mut shp, &mut shx] {
        let words = u32::try_from(file.len() / 2).map_err(|_| crate::files::too_large())?;
        file[24..28].copy_from_slice(&words.to_be_bytes());
    }
    Ok((shp, shx))
}

fn header(kind: u32, bounds: [f64; 4]) -> Vec<u8> {
    let mut out = vec![0; 28];
    out[..4].copy_from_slice(&9994u32.to_be_bytes());
    out.extend(1000u32.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend(bounds.iter().flat_map(|n| n.to_le_bytes()));
    out.resize(100, 0);
    out
}

fn widened(b: [f64; 4], p: [f64; 2]) -> [f64; 4] {
    [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]
}

fn positions(geometry: &Geometry) -> Vec<[f64; 2]> {
    match geometry {
        Geometry::Polygon(parts) => parts.iter().flatten().flatten().copied().collect(),
        Geometry::Other(value) => {
            let mut out = Vec::new();
            gather(&value["coordinates"], &mut out);
            out
        }
        _ => Vec::new(),
    }
}

fn gather(value: &Value, out: &mut Vec<[f64; 2]>) {
    match (value.get(0).and_then(Value::as_f64), value.get(1).and_then(Value::as_f64)) {
        (Some(x), Some(y)) => out.push([x, y]),
        _ => value.as_array().into_iter().flatten().for_each(|v| gather(v, out)),
    }
}

/// Type and bytes of a record; `None` when this cannot be written.
fn content(geometry: &Geometry) -> Option<(u32, Vec<u8>)> {
    let mut out = Vec::new();
    let kind = match geometry {
        Geometry::None => 0,
        Geometry::Fault(_) => return None,
        Geometry::Polygon(_) => 5,
        Geometry::Other(value) => match value["type"].as_str()? {
            "Point" => 1,
            "LineString" | "MultiLineString" => 3,
            "MultiPoint" => 8,
            _ => return None,
        },
    };
    out.extend(u32::to_le_bytes(kind));
    let all = positions(geometry);
    if kind == 0 {
        return Some((0, out));
    }
    if kind == 1 {
        out.extend(all.first()?.iter().flat_map(|n| n.to_le_bytes()));
        return Some((1, out));
    }
    let empty = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let bounds = all.iter().fold(empty, |b, &p| widened(b, p));
    out.extend(bounds.iter().flat_map(|n| n.to_le_bytes()));
    if kind != 8 {
        let lengths = lengths(geometry);
        out.extend((lengths.len() as u32).to_le_bytes());
        out.extend((all.len() as u32).to_le_bytes());
        let mut start = 0u32;
        for n in lengths {
            out.extend(start.to_le_bytes());
            start += n as u32;
        }
    } else {
        out.extend((all.len() as u32).to_le_bytes());
    }
    match geometry {
        // Exteriors clockwise, holes against them.
        Geometry::Polygon(parts) => {
            for (j, ring) in parts.iter().flat_map(|p| p.iter().enumerate()) {
                let counter = Around::of(ring).area > 0.0;
                let point = |p: &[f64; 2]| p.map(f64::to_le_bytes).concat();
                if counter == (j == 0) {
                    out.extend(ring.iter().rev().flat_map(point));
                } else {
                    out.extend(ring.iter().flat_map(point));
                }
            }
        }
        _ => out.extend(all.iter().flatten().flat_map(|n| n.to_le_bytes())),
    }
    Some((kind, out))
}

/// How many positions each ring or line has.
fn lengths(geometry: &Geometry) -> Vec<usize> {
    match geometry {
        Geometry::Polygon(parts) => parts.iter().flatten().map(Vec::len).collect(),
        Geometry::Other(value) if value["type"] == "MultiLineString" => {
            let lines = value["coordinates"].as_array();
            lines.into_iter().flatten().map(|l| l.as_array().map_or(0, Vec::len)).collect()
        }
        Geometry::Other(value) => vec![value["coordinates"].as_array().map_or(0, Vec::len)],
        _ => Vec::new(),
    }
}
