use crate::{
    Crs, Shape, ShapeFault, Spot, UNITS, Vertex, Wrong,
    valid::{self, Ring, turn},
};

/// No geometry may have more vertices: a hundred times what the most detailed county takes.
pub const MOST_VERTICES: usize = 2_000_000;

/// A piece that encloses nothing and was left out of a shape. Counts from 0, as the file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// In which part.
    pub part: usize,
    /// Which ring: 0 means the exterior, and with it the whole part.
    pub ring: usize,
    /// `None`: the ring as a whole. Else the tip of a spike, where the ring goes out and comes back through
    /// the same positions; the ring was kept without it.
    pub position: Option<usize>,
}

impl Dropped {
    /// In Chinese; counts from 1.
    pub fn zh(&self) -> String {
        let (part, ring) = (self.part + 1, self.ring + 1);
        match self.position {
            Some(n) => format!("第 {part} 部分,第 {ring} 环,第 {} 点:原路折返的尖刺面积为零,已略去。", n + 1),
            None if self.ring == 0 => format!("第 {part} 部分面积为零,已略去。"),
            None => format!("第 {part} 部分,第 {ring} 环面积为零,已略去。"),
        }
    }

    /// In English; counts from 1.
    pub fn en(&self) -> String {
        let (part, ring) = (self.part + 1, self.ring + 1);
        match self.position {
            Some(n) => {
                format!("part {part}, ring {ring}, position {}: a spike without area, left out.", n + 1)
            }
            None if self.ring == 0 => format!("part {part} encloses nothing, left out."),
            None => format!("part {part}, ring {ring} encloses nothing, left out."),
        }
    }
}

impl Shape {
    /// From positions [longitude, latitude] as a file has them: parts, each its exterior and holes, in a
    /// coordinate system. Strict: rings closed, of at least four positions, finite and on the globe; once
    /// converted and snapped to 1e-7 degree no two edges cross or run along each other, holes lie inside
    /// their exterior and outside each other, parts outside each other. As in the boundaries of real places,
    /// rings may touch themselves and each other at single points, and two parts may adjoin.
    ///
    /// Rings that enclose nothing, and spikes that go out and back through the same positions, are left out
    /// and told. At most [`MOST_VERTICES`]; a million are judged in seconds.
    pub fn from_degrees(parts: &[Vec<Vec<[f64; 2]>>], crs: Crs) -> Result<(Shape, Vec<Dropped>), ShapeFault> {
        let size: usize = parts.iter().flatten().map(Vec::len).sum();
        if size > MOST_VERTICES {
            return Err(ShapeFault::of(Wrong::TooLarge));
        }
        if parts.is_empty() {
            return Err(ShapeFault::of(Wrong::NotAList));
        }
        let (mut rings, mut dropped) = (Vec::new(), Vec::new());
        for (i, part) in parts.iter().enumerate() {
            if part.is_empty() {
                return Err(ShapeFault::of(Wrong::NotAList).part(i));
            }
            let kept = rings.len();
            let mut void = false;
            for (j, positions) in part.iter().enumerate() {
                let (ring, spikes) = ring(i, j, positions, crs)?;
                match ring {
                    Some(ring) if !void => {
                        dropped.extend(spikes);
                        rings.push(ring);
                    }
                    None if !void => {
                        dropped.push(Dropped { part: i, ring: j, position: None });
                        void = j == 0;
                    }
                    // A hole in a part that is left out.
                    _ => {}
                }
            }
            if void {
                rings.truncate(kept);
            }
        }
        if rings.is_empty() {
            return Err(ShapeFault::of(Wrong::ZeroArea).part(0).ring(0));
        }
        valid::check(&rings)?;
        let mut out: Vec<Vec<Vec<Vertex>>> = Vec::new();
        let mut part = None;
        for ring in rings {
            match out.last_mut() {
                Some(last) if part == Some(ring.part) => last.push(ring.vertices),
                _ => out.push(vec![ring.vertices]),
            }
            part = Some(ring.part);
        }
        Ok((Shape::from_rings(out)?, dropped))
    }
}

/// What is wrong with a position, if it is not on the globe.
pub(crate) fn misplaced([lon, lat]: [f64; 2]) -> Option<Wrong> {
    if !lon.is_finite() || !lat.is_finite() {
        Some(Wrong::NotFinite)
    } else if lon.abs() <= 180.0 && lat.abs() <= 90.0 {
        None
    } else if lon.abs() > 1000.0 || lat.abs() > 1000.0 {
        Some(Wrong::Projected)
    } else if lon.abs() <= 90.0 && lat.abs() <= 180.0 {
        Some(Wrong::Swapped)
    } else {
        Some(Wrong::OffGlobe)
    }
}

/// A ring judged by itself, converted and snapped; `None` when it encloses nothing.
fn ring(
    i: usize,
    j: usize,
    positions: &[[f64; 2]],
    crs: Crs,
) -> Result<(Option<Ring>, Vec<Dropped>), ShapeFault> {
    let at = |wrong| ShapeFault::of(wrong).part(i).ring(j);
    if positions.is_empty() {
        return Err(at(Wrong::NotAList));
    }
    for (k, &p) in positions.iter().enumerate() {
        if let Some(wrong) = misplaced(p) {
            return Err(at(wrong).position(k));
        }
    }
    if positions.len() < 4 {
        return Err(at(Wrong::TooShort));
    }
    if positions.first() != positions.last() {
        let last = positions.len() - 1;
        return Err(at(Wrong::Open).position(last).at(snap(crs.to_wgs84(positions[last]))));
    }
    let snapped = positions.iter().map(|&p| snap(crs.to_wgs84(p)));
    Ok(trimmed(i, j, snapped.enumerate()))
}

/// To the nearest vertex. ±180° is ±1.8e9 units, well within an i32.
fn snap(p: [f64; 2]) -> Vertex {
    p.map(|n| (n * UNITS).round() as i32)
}

/// Without repeated vertices and without spikes, which are told.
fn trimmed(i: usize, j: usize, all: impl Iterator<Item = (usize, Vertex)>) -> (Option<Ring>, Vec<Dropped>) {
    let mut tips = Vec::new();
    let mut kept: Vec<(usize, Vertex)> = Vec::new();
    for (k, v) in all {
        if kept.last().is_some_and(|l| l.1 == v) {
            continue;
        }
        if kept.len() > 1 && kept[kept.len() - 2].1 == v {
            tips.extend(kept.pop().map(|tip| tip.0));
            continue;
        }
        kept.push((k, v));
    }
    // Around the seam: the last vertex repeats the first, and a spike may stand on either side of it.
    let mut first = 0;
    while kept.len() - first > 1 {
        let last = kept.len() - 1;
        if kept[last].1 == kept[first].1 {
            kept.pop();
        } else if kept[last - 1].1 == kept[first].1 {
            tips.extend(kept.pop().map(|tip| tip.0));
        } else if kept[last].1 == kept[first + 1].1 {
            tips.push(kept[first].0);
            first += 1;
        } else {
            break;
        }
    }
    kept.drain(..first);
    let flat = kept.len() < 3 || kept.iter().all(|&(_, v)| turn(kept[0].1, kept[1].1, v) == 0);
    if flat {
        return (None, Vec::new());
    }
    let origins = kept.iter().map(|&(k, _)| k as u32).collect();
    let vertices = kept.into_iter().map(|(_, v)| v).collect();
    let spikes = tips.into_iter().map(|k| Dropped { part: i, ring: j, position: Some(k) }).collect();
    (Some(Ring { part: i, ring: j, vertices, origins }), spikes)
}

impl Ring {
    /// Where a vertex stood in the file.
    pub(crate) fn spot(&self, vertex: usize) -> Spot {
        Spot { part: self.part, ring: self.ring, position: self.origins[vertex] as usize }
    }
}
