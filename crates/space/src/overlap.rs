use crate::{Bounds, Point, Shape, UNITS};
use i_overlay::{
    core::{fill_rule::FillRule, overlay::Overlay, overlay::ShapeType, overlay_rule::OverlayRule},
    i_float::int::point::IntPoint,
};
use kernel::AreaCode;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Two areas that share ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The lower code.
    pub a: AreaCode,
    /// The higher code.
    pub b: AreaCode,
    /// How much ground, in all.
    pub square_metres: f64,
    /// A point inside the largest piece: longitude and latitude in degrees.
    pub at: [f64; 2],
}

/// The square metres that two shapes share; `None` when their interiors are apart, as those of neighbours
/// with a common border are.
///
/// The overlay is computed in whole numbers of 2⁻¹⁰ units (1e-10 degree, a hundredth of a millimetre), about
/// the middle of the common box, so that its precision does not depend on where on the globe or how large
/// the shapes are. Square metres: see [`Shape::square_metres`].
pub fn overlap(a: &Shape, b: &Shape) -> Option<f64> {
    shared(a, b).map(|(area, _)| area)
}

/// All pairs of areas that share ground, ordered by their codes. Only pairs whose boxes meet are overlaid.
pub fn overlaps(areas: &[(AreaCode, Shape)]) -> Vec<Overlap> {
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by_key(|&i| areas[i].1.bounds().west);
    let (mut open, mut found): (Vec<usize>, Vec<Overlap>) = Default::default();
    for &i in &order {
        let (code, shape) = &areas[i];
        let here = shape.bounds();
        open.retain(|&o| areas[o].1.bounds().east > here.west);
        for &o in &open {
            let (other, beside) = &areas[o];
            if let Some((square_metres, at)) = shared(shape, beside) {
                let (a, b) = (*code.min(other), *code.max(other));
                found.push(Overlap { a, b, square_metres, at });
            }
        }
        open.push(i);
    }
    found.sort_by_key(|o| (o.a, o.b));
    found
}

impl Shape {
    /// Its area on the ground in m²: the area in the plane of longitude and latitude, which is exact, times
    /// the scale of the CGCS2000 ellipsoid at the latitude of each part's centre of gravity. For parts less
    /// than a degree high this is within a hundred-thousandth.
    pub fn square_metres(&self) -> f64 {
        let place = |v: &crate::Vertex| v.map(f64::from);
        let rings = |part: Vec<&[crate::Vertex]>| -> Vec<Vec<[f64; 2]>> {
            part.into_iter().map(|r| r.iter().map(place).collect()).collect()
        };
        self.parts().map(|p| ground(&rings(p.collect()))).sum()
    }
}

/// The fineness of the overlay: 2¹⁰ steps to a unit. The whole globe then takes 42 bits of the engine's 62.
const STEPS: i64 = 1024;

/// Square metres in common and a point in the largest piece.
fn shared(a: &Shape, b: &Shape) -> Option<(f64, [f64; 2])> {
    let (p, q) = (a.bounds(), b.bounds());
    let common = Bounds {
        west: p.west.max(q.west),
        south: p.south.max(q.south),
        east: p.east.min(q.east),
        north: p.north.min(q.north),
    };
    if common.west >= common.east || common.south >= common.north {
        return None;
    }
    let middle = |low: i32, high: i32| (i64::from(low) + i64::from(high)) / 2;
    let centre = [middle(common.west, common.east), middle(common.south, common.north)];
    // The overlay is third-party code that is known to panic on odd input; a coarser grid is another chance.
    let pieces = [STEPS, 1]
        .into_iter()
        .find_map(|steps| catch_unwind(AssertUnwindSafe(|| pieces(a, b, centre, steps))).ok())?;
    let measured = pieces.into_iter().map(|rings| (ground(&rings), rings));
    let mut measured: Vec<_> = measured.filter(|(area, _)| *area > 0.0).collect();
    measured.sort_by(|x, y| y.0.total_cmp(&x.0));
    let all = measured.iter().map(|(area, _)| area).sum();
    let (_, largest) = measured.first()?;
    Some((all, inner(largest)))
}

/// The pieces of the intersection, each its exterior and holes, in units.
fn pieces(a: &Shape, b: &Shape, centre: [i64; 2], steps: i64) -> Vec<Vec<Vec<[f64; 2]>>> {
    let mut overlay = Overlay::<i64>::new(a.size() + b.size());
    for (shape, role) in [(a, ShapeType::Subject), (b, ShapeType::Clip)] {
        for ring in shape.parts().flatten() {
            let at = |n: i32, axis: usize| (i64::from(n) - centre[axis]) * steps;
            overlay.add_path_iter(ring.iter().map(|v| IntPoint::new(at(v[0], 0), at(v[1], 1))), role);
        }
    }
    let place = |n: i64, axis: usize| n as f64 / steps as f64 + centre[axis] as f64;
    let ring = |c: Vec<IntPoint<i64>>| c.into_iter().map(|p| [place(p.x, 0), place(p.y, 1)]).collect();
    let found = overlay.overlay(OverlayRule::Intersect, FillRule::EvenOdd);
    found.into_iter().map(|rings| rings.into_iter().map(ring).collect()).collect()
}

/// The square metres of a polygon given in units.
fn ground(rings: &[Vec<[f64; 2]>]) -> f64 {
    let Some(&origin) = rings.first().and_then(|r| r.first()) else { return 0.0 };
    // Twice the area and six times the moment about the origin's latitude; holes count against the exterior.
    let (mut area, mut moment) = (0.0, 0.0);
    for (i, ring) in rings.iter().enumerate() {
        let (mut twice, mut six) = (0.0, 0.0);
        let near = |p: &[f64; 2]| [p[0] - origin[0], p[1] - origin[1]];
        let Some(mut a) = ring.last().map(near) else { continue };
        for b in ring.iter().map(near) {
            let cross = a[0] * b[1] - b[0] * a[1];
            twice += cross;
            six += cross * (a[1] + b[1]);
            a = b;
        }
        let sign = if (twice > 0.0) == (i == 0) { 1.0 } else { -1.0 };
        area += sign * twice;
        moment += sign * six;
    }
    if area <= 0.0 {
        return 0.0;
    }
    let lat = (origin[1] + moment / area / 3.0) / UNITS;
    area / 2.0 * square_unit(lat)
}

/// The square metres of one unit by one unit at a latitude: the two radii of curvature of the ellipsoid.
fn square_unit(lat: f64) -> f64 {
    const A: f64 = 6_378_137.0;
    const F: f64 = 1.0 / 298.257_222_101;
    const E2: f64 = F * (2.0 - F);
    let phi = lat.to_radians();
    let w2 = 1.0 - E2 * phi.sin() * phi.sin();
    let unit = (1.0 / UNITS).to_radians();
    A * A * (1.0 - E2) * phi.cos() / (w2 * w2) * unit * unit
}

/// A point inside a piece, in degrees: in the middle of its widest stretch half way up.
fn inner(rings: &[Vec<[f64; 2]>]) -> [f64; 2] {
    let mut levels: Vec<f64> = rings.iter().flatten().map(|p| p[1]).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mid = levels.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    let y = mid.map_or(levels[0], |w| (w[0] + w[1]) / 2.0);
    let mut crossings = Vec::new();
    for ring in rings {
        let Some(mut a) = ring.last() else { continue };
        for b in ring {
            if (a[1] < y) != (b[1] < y) {
                crossings.push(a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
            }
            a = b;
        }
    }
    crossings.sort_by(f64::total_cmp);
    let spans = crossings.as_chunks::<2>().0.iter();
    let widest = spans.max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    let x = widest.map_or(rings[0][0][0], |w| (w[0] + w[1]) / 2.0);
    let (lon, lat) = Point { x, y }.degrees();
    [lon, lat]
}
