//! Well-known binary, ISO and EWKB, both byte orders, with or without Z and M.

use crate::{Geometry, GeometryFault};
use serde_json::{Value, json};

/// What the bytes say, and whether heights were dropped.
pub(crate) fn read(bytes: &[u8]) -> (Geometry, bool) {
    let mut reader = Reader { bytes, at: 0, deep: false };
    let geometry = reader.geometry().unwrap_or_else(|| {
        let at = reader.at;
        Geometry::Fault(GeometryFault::new(
            "geometry.bad_wkb",
            format!("几何数据在第 {at} 字节处损坏或不完整。"),
            format!("the geometry is damaged or cut off at byte {at}."),
        ))
    });
    (geometry, reader.deep)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    deep: bool,
}

/// What stands before each geometry.
#[derive(Clone, Copy)]
struct Head {
    little: bool,
    kind: u32,
    ordinates: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let found = self.bytes.get(self.at..self.at.checked_add(N)?)?.try_into().ok()?;
        self.at += N;
        Some(found)
    }

    fn number(&mut self, little: bool) -> Option<u32> {
        let b = self.take::<4>()?;
        Some(if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    fn float(&mut self, little: bool) -> Option<f64> {
        let b = self.take::<8>()?;
        Some(if little { f64::from_le_bytes(b) } else { f64::from_be_bytes(b) })
    }

    fn head(&mut self) -> Option<Head> {
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let n = self.number(little)?;
        if n & 0x2000_0000 != 0 {
            self.number(little)?;
        }
        let low = n & 0x0fff_ffff;
        let (z, m) = (n & 0x8000_0000 != 0, n & 0x4000_0000 != 0);
        let (z, m) = match low / 1000 {
            0 => (z, m),
            1 => (true, m),
            2 => (z, true),
            3 => (true, true),
            _ => return None,
        };
        self.deep |= z || m;
        Some(Head { little, kind: low % 1000, ordinates: 2 + usize::from(z) + usize::from(m) })
    }

    /// A count of things of at least this many bytes, so that a damaged one cannot claim the memory.
    fn count(&mut self, h: Head, least: usize) -> Option<usize> {
        let n = self.number(h.little)? as usize;
        (n <= (self.bytes.len() - self.at) / least).then_some(n)
    }

    fn position(&mut self, h: Head) -> Option<[f64; 2]> {
        let p = [self.float(h.little)?, self.float(h.little)?];
        for _ in 2..h.ordinates {
            self.float(h.little)?;
        }
        Some(p)
    }

    fn positions(&mut self, h: Head) -> Option<Vec<[f64; 2]>> {
        let n = self.count(h, 8 * h.ordinates)?;
        (0..n).map(|_| self.position(h)).collect()
    }

    fn rings(&mut self, h: Head) -> Option<Vec<Vec<[f64; 2]>>> {
        let n = self.count(h, 4)?;
        (0..n).map(|_| self.positions(h)).collect()
    }

    /// The members of a collection, which have heads of their own.
    fn members<T>(
        &mut self,
        h: Head,
        kind: u32,
        one: impl Fn(&mut Self, Head) -> Option<T>,
    ) -> Option<Vec<T>> {
        let n = self.count(h, 5)?;
        let member = |_| {
            let head = self.head()?;
            if head.kind == kind { one(self, head) } else { None }
        };
        (0..n).map(member).collect()
    }

    fn geometry(&mut self) -> Option<Geometry> {
        let h = self.head()?;
        let other = |kind: &str, c: Value| Geometry::Other(json!({"type": kind, "coordinates": c}));
        Some(match h.kind {
            1 => {
                let p = self.position(h)?;
                // An empty point has no other form.
                if p[0].is_nan() && p[1].is_nan() { Geometry::None } else { other("Point", json!(p)) }
            }
            2 => other("LineString", json!(self.positions(h)?)),
            3 => match self.rings(h)? {
                rings if rings.is_empty() => Geometry::None,
                rings => Geometry::Polygon(vec![rings]),
            },
            4 => other("MultiPoint", json!(self.members(h, 1, Self::position)?)),
            5 => other("MultiLineString", json!(self.members(h, 2, Self::positions)?)),
            6 => match self.members(h, 3, Self::rings)? {
                parts if parts.is_empty() => Geometry::None,
                parts => Geometry::Polygon(parts),
            },
            7 => Geometry::Fault(GeometryFault::new(
                "geometry.collection",
                "不读取几何集合,请拆成单个要素。",
                "a geometry collection is not read: make it features of their own.",
            )),
            n => Geometry::Fault(GeometryFault::new(
                "geometry.unknown_type",
                format!("不读取几何类型 {n}(例如曲线)。"),
                format!("geometries of type {n} (curves, say) are not read."),
            )),
        })
    }
}

/// Little-endian ISO WKB in two dimensions; `None` for no geometry.
pub(crate) fn write(geometry: &Geometry) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match geometry {
        Geometry::None | Geometry::Fault(_) => return None,
        Geometry::Polygon(parts) => {
            if parts.len() != 1 {
                head(&mut out, 6);
                count(&mut out, parts.len());
            }
            for part in parts {
                head(&mut out, 3);
                count(&mut out, part.len());
                for ring in part {
                    positions(&mut out, ring.iter().copied());
                }
            }
        }
        Geometry::Other(value) => other(&mut out, value)?,
    }
    Some(out)
}

fn other(out: &mut Vec<u8>, value: &Value) -> Option<()> {
    let (c, position) = (&value["coordinates"], |v: &Value| Some([v.get(0)?.as_f64()?, v.get(1)?.as_f64()?]));
    let line = |v: &Value| v.as_array()?.iter().map(position).collect::<Option<Vec<_>>>();
    match value["type"].as_str()? {
        "Point" => {
            head(out, 1);
            point(out, position(c)?);
        }
        "LineString" => {
            head(out, 2);
            positions(out, line(c)?.into_iter());
        }
        "MultiPoint" => {
            let all = line(c)?;
            head(out, 4);
            count(out, all.len());
            for p in all {
                head(out, 1);
                point(out, p);
            }
        }
        "MultiLineString" => {
            let all = c.as_array()?.iter().map(line).collect::<Option<Vec<_>>>()?;
            head(out, 5);
            count(out, all.len());
            for l in all {
                head(out, 2);
                positions(out, l.into_iter());
            }
        }
        _ => return None,
    }
    Some(())
}

fn head(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

fn count(out: &mut Vec<u8>, n: usize) {
    out.extend((n as u32).to_le_bytes());
}

fn point(out: &mut Vec<u8>, p: [f64; 2]) {
    out.extend(p.into_iter().flat_map(f64::to_le_bytes));
}

fn positions(out: &mut Vec<u8>, all: impl ExactSizeIterator<Item = [f64; 2]>) {
    count(out, all.len());
    for p in all {
        point(out, p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geozero::{CoordDimensions, ToWkb, ToWkt};

    /// Beside the crate `geozero`: each reads what the other writes.
    #[test]
    fn others_write_and_read_the_same() {
        for text in [
            "POINT(116.1 39.9)",
            "MULTIPOINT(116.1 39.9,1 2)",
            "LINESTRING(116.1 39.9,1 2,3 4)",
            "MULTILINESTRING((116.1 39.9,1 2),(3 4,5 6))",
            "POLYGON((0 0,9 0,9 9,0 0),(3 1,4 1,4 2,3 1))",
            "MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((20 0,29 0,29 9,20 0)))",
        ] {
            let (ours, _) = crate::wkt::read(text);
            assert!(!matches!(ours, Geometry::Fault(_)), "{text}");
            let wkt = geozero::wkt::Wkt(text);
            let iso = wkt.to_wkb(CoordDimensions::xy()).unwrap();
            assert_eq!(read(&iso), (ours.clone(), false), "{text}");
            let extended = wkt.to_ewkb(CoordDimensions::xy(), Some(4490)).unwrap();
            assert_eq!(read(&extended), (ours.clone(), false), "{text}");
            let back = geozero::wkb::Wkb(write(&ours).unwrap()).to_wkt().unwrap();
            assert_eq!(back, text);
            assert_eq!(crate::wkt::write(&ours).replace(", ", ",").replace(" (", "("), text);
        }
        let deep = geozero::wkt::Wkt("POLYGON Z((0 0 5,9 0 5,9 9 5,0 0 5))")
            .to_ewkb(CoordDimensions::xyz(), None)
            .unwrap();
        let flat = Geometry::Polygon(vec![vec![vec![[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 0.0]]]]);
        assert_eq!(read(&deep), (flat, true));
    }
}
