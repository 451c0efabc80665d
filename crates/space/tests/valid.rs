//! Which rings make a polygon: beside a reference that compares every edge with every other.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use space::{Crs, Dropped, Point, Shape, ShapeFault, Side, Wrong};

type Ring = Vec<[i64; 2]>;

/// Closed, in degrees: a unit of the test is 1e-7 degree.
fn degrees(parts: &[Vec<Ring>]) -> Vec<Vec<Vec<[f64; 2]>>> {
    let ring = |r: &Ring| r.iter().chain(r.first()).map(|p| [p[0] as f64 / 1e7, p[1] as f64 / 1e7]).collect();
    parts.iter().map(|p| p.iter().map(ring).collect()).collect()
}

fn judged(parts: &[Vec<Ring>]) -> Result<Vec<Dropped>, Wrong> {
    let judged = Shape::from_degrees(&degrees(parts), Crs::Cgcs2000);
    judged.map(|(_, dropped)| dropped).map_err(|f| f.wrong)
}

fn turn(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> i64 {
    ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).signum()
}

fn on(a: [i64; 2], b: [i64; 2], p: [i64; 2]) -> bool {
    let between = |k: usize| a[k].min(b[k]) <= p[k] && p[k] <= a[k].max(b[k]);
    turn(a, b, p) == 0 && between(0) && between(1)
}

/// Whether any two edges cross within both, run along each other, or chains change sides at a point.
fn crosses(rings: &[Ring]) -> bool {
    let edges: Vec<_> =
        rings.iter().flat_map(|r| (0..r.len()).map(move |i| (r[i], r[(i + 1) % r.len()]))).collect();
    for (i, &(a, b)) in edges.iter().enumerate() {
        for &(c, d) in &edges[i + 1..] {
            if turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0 {
                return true;
            }
            let shared = [a, b].iter().filter(|&&p| on(c, d, p)).count()
                + [c, d].iter().filter(|&&p| on(a, b, p) && p != a && p != b).count();
            if turn(a, b, c) == 0 && turn(a, b, d) == 0 && shared > 1 {
                return true;
            }
        }
    }
    // Through every vertex: the directions of each chain there, two by two.
    for &p in rings.iter().flatten() {
        let mut chains = Vec::new();
        for r in rings {
            for i in 0..r.len() {
                let (before, here, next) = (r[(i + r.len() - 1) % r.len()], r[i], r[(i + 1) % r.len()]);
                if here == p {
                    chains.push((before, next));
                } else if next != p && on(here, next, p) {
                    chains.push((here, next));
                }
            }
        }
        for (i, a) in chains.iter().enumerate() {
            for b in &chains[i + 1..] {
                let angle = |q: [i64; 2]| {
                    let t = ((q[1] - p[1]) as f64).atan2((q[0] - p[0]) as f64);
                    let from = ((a.0[1] - p[1]) as f64).atan2((a.0[0] - p[0]) as f64);
                    (t - from).rem_euclid(std::f64::consts::TAU)
                };
                let end = angle(a.1);
                if (angle(b.0) < end) != (angle(b.1) < end) {
                    return true;
                }
            }
        }
    }
    false
}

fn ring(most: i64, n: std::ops::Range<usize>) -> impl Strategy<Value = Ring> {
    prop::collection::vec((0..most, 0..most).prop_map(|(x, y)| [x, y]), n)
}

/// As `from_degrees` does before it looks for crossings; `None` where it leaves the ring out.
fn tidy(mut ring: Ring) -> Option<Ring> {
    loop {
        let n = ring.len();
        if n < 3 {
            return None;
        }
        match (0..n).find(|&i| ring[i] == ring[(i + 1) % n] || ring[i] == ring[(i + 2) % n]) {
            Some(i) => ring.remove((i + 1) % n),
            None if ring.iter().all(|&p| turn(ring[0], ring[1], p) == 0) => return None,
            None => return Some(ring),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Small numbers make every coincidence frequent.
    #[test]
    fn one_ring_is_judged_as_by_comparing_all_edges(ring in ring(6, 3..9)) {
        let Some(tidied) = tidy(ring.clone()) else {
            prop_assert_eq!(judged(&[vec![ring]]), Err(Wrong::ZeroArea));
            return Ok(());
        };
        let crossing = crosses(&[tidied]);
        let judged = judged(&[vec![ring]]);
        prop_assert_eq!(matches!(judged, Err(Wrong::Crossing | Wrong::Along)), crossing, "{:?}", judged);
        prop_assert!(crossing || judged.is_ok());
    }

    #[test]
    fn two_rings_are_judged_as_by_comparing_all_edges(a in ring(8, 3..6), b in ring(8, 3..6)) {
        let (Some(a), Some(b)) = (tidy(a), tidy(b)) else { return Ok(()) };
        let crossing = crosses(&[a.clone(), b.clone()]);
        let judged = judged(&[vec![a.clone(), b.clone()]]);
        prop_assert_eq!(matches!(judged, Err(Wrong::Crossing | Wrong::Along)), crossing, "{:?}", judged);
        if !crossing && let Some(inside) = within(&b, &a) {
            prop_assert_eq!(judged, if inside { Ok(vec![]) } else { Err(Wrong::HoleOutside) });
        }
    }

    /// Parts are fine if each is and they share no ground: what the overlay, another algorithm, finds.
    #[test]
    fn parts_are_fine_when_they_share_no_ground(a in ring(8, 3..6), b in ring(8, 3..6)) {
        let one = |r: &Ring| Shape::from_degrees(&degrees(&[vec![r.clone()]]), Crs::Wgs84);
        let (Ok((p, _)), Ok((q, _))) = (one(&a), one(&b)) else { return Ok(()) };
        let judged = judged(&[vec![a], vec![b]]);
        let shared = space::overlap(&p, &q);
        prop_assert_eq!(judged.is_ok(), shared.is_none(), "{:?} {:?}", judged, shared);
    }
}

/// Whether the first vertex or middle of an edge that is not on the outer ring lies inside it.
fn within(inner: &Ring, outer: &Ring) -> Option<bool> {
    let outer: Vec<_> = outer.iter().map(|p| [p[0] as i32, p[1] as i32]).collect();
    let shape = Shape::from_rings([[outer]]).unwrap();
    let n = inner.len();
    let asked = (0..n).flat_map(|i| {
        let (p, q) = (inner[i].map(|v| v as f64), inner[(i + 1) % n].map(|v| v as f64));
        [Point { x: p[0], y: p[1] }, Point { x: (p[0] + q[0]) / 2.0, y: (p[1] + q[1]) / 2.0 }]
    });
    asked.map(|p| shape.side(p)).find(|s| *s != Side::Border).map(|s| s == Side::Inside)
}

fn fault(parts: &[Vec<Ring>]) -> ShapeFault {
    Shape::from_degrees(&degrees(parts), Crs::Wgs84).unwrap_err()
}

fn square(x: i64, y: i64, side: i64) -> Ring {
    vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
}

#[test]
fn faults_are_told_with_both_edges_and_the_place() {
    let bow = vec![[0, 0], [20_000_000, 20_000_000], [20_000_000, 0], [0, 20_000_000]];
    let f = fault(&[vec![square(50_000_000, 0, 9)], vec![bow]]);
    assert_eq!(f.place(), Some([1.0, 1.0]));
    assert_eq!(
        f.en(),
        "part 2, ring 1, position 1 and part 2, ring 1, position 3 (longitude 1.0000000, latitude 1.0000000): edges cross."
    );
    assert_eq!(
        f.zh(),
        "第 2 部分,第 1 环,第 1 点 与 第 2 部分,第 1 环,第 3 点(经度 1.0000000,纬度 1.0000000):边相交。"
    );
    assert_eq!(f.code(), "shape.edges_cross");
}

#[test]
fn rings_of_one_geometry_stay_apart() {
    let outer = square(0, 0, 100);
    let wrong = |parts: &[Vec<Ring>]| judged(parts).unwrap_err();
    assert_eq!(judged(&[vec![outer.clone(), square(10, 10, 20), square(50, 50, 20)]]), Ok(vec![]));
    assert_eq!(wrong(&[vec![outer.clone(), square(200, 0, 20)]]), Wrong::HoleOutside);
    assert_eq!(wrong(&[vec![outer.clone(), square(10, 10, 50), square(20, 20, 5)]]), Wrong::HoleOutside);
    assert_eq!(wrong(&[vec![outer.clone(), square(90, 90, 50)]]), Wrong::Crossing);
    assert_eq!(wrong(&[vec![outer.clone()], vec![square(10, 10, 20)]]), Wrong::PartInside);
    assert_eq!(wrong(&[vec![outer.clone()], vec![square(50, 0, 50)]]), Wrong::Along);
    // Parts on either side of a common edge, and one that fills the hole of another.
    assert_eq!(judged(&[vec![outer.clone()], vec![square(100, 0, 50)]]), Ok(vec![]));
    assert_eq!(judged(&[vec![outer.clone(), square(10, 10, 50)], vec![square(10, 10, 50)]]), Ok(vec![]));
    assert_eq!(wrong(&[vec![outer.clone(), square(10, 10, 50), square(60, 10, 5)]]), Wrong::Along);
    // An island in the lake of another part; parts that touch at a corner.
    assert_eq!(judged(&[vec![outer.clone(), square(10, 10, 50)], vec![square(20, 20, 5)]]), Ok(vec![]));
    assert_eq!(judged(&[vec![outer.clone()], vec![square(100, 100, 50)]]), Ok(vec![]));
    // A hole that touches its exterior at a point, and a ring that touches itself at one.
    assert_eq!(judged(&[vec![outer, vec![[0, 50], [50, 20], [50, 80]]]]), Ok(vec![]));
    let pinched = vec![[0, 0], [50, 50], [100, 0], [100, 100], [50, 50], [0, 100]];
    assert_eq!(judged(&[vec![pinched]]), Ok(vec![]));
}

#[test]
fn what_encloses_nothing_is_left_out_and_told() {
    let flat = vec![[0, 0], [10, 10], [20, 20]];
    let spike = vec![[0, 0], [100, 0], [150, 0], [150, 60], [150, 0], [100, 100]];
    let (shape, dropped) = Shape::from_degrees(
        &degrees(&[vec![flat.clone(), square(0, 0, 5)], vec![spike, flat.clone()]]),
        Crs::Wgs84,
    )
    .unwrap();
    assert_eq!(shape.parts().len(), 1);
    let told: Vec<_> = dropped.iter().map(Dropped::en).collect();
    assert_eq!(
        told,
        [
            "part 1 encloses nothing, left out.",
            "part 2, ring 1, position 4: a spike without area, left out.",
            "part 2, ring 2 encloses nothing, left out."
        ]
    );
    assert_eq!(judged(&[vec![flat]]), Err(Wrong::ZeroArea));
}

#[test]
fn numbers_that_are_no_degrees_are_told_apart() {
    let ring = |p: [f64; 2]| [vec![vec![p, [116.1, 39.9], [116.1, 40.0], p]]];
    let wrong = |p| Shape::from_degrees(&ring(p), Crs::Wgs84).unwrap_err().wrong;
    assert_eq!(wrong([39.9, 116.0]), Wrong::Swapped);
    assert_eq!(wrong([f64::NAN, 39.9]), Wrong::NotFinite);
    assert_eq!(wrong([116.0, f64::INFINITY]), Wrong::NotFinite);
    assert_eq!(wrong([447_000.0, 4_418_000.0]), Wrong::Projected);
    assert_eq!(wrong([216.0, 39.9]), Wrong::OffGlobe);
    let none: [Vec<Vec<[f64; 2]>>; 0] = [];
    assert_eq!(Shape::from_degrees(&none, Crs::Wgs84).unwrap_err().wrong, Wrong::NotAList);
    let many = [vec![vec![[116.0, 39.9]; 2_000_001]]];
    assert_eq!(Shape::from_degrees(&many, Crs::Wgs84).unwrap_err().wrong, Wrong::TooLarge);
}

#[test]
fn boundaries_of_web_maps_are_moved_back() {
    let [lon, lat] = Crs::Gcj02.from_wgs84([116.39, 39.9]);
    let corners = [[116.39, 39.9], [116.4, 39.9], [116.4, 39.91], [116.39, 39.9]];
    let ring: Vec<_> = corners.iter().map(|&c| Crs::Gcj02.from_wgs84(c)).collect();
    assert!((lon - 116.39).abs() > 0.005 && (lat - 39.9).abs() > 0.001);
    let (shape, _) = Shape::from_degrees(&[vec![ring]], Crs::Gcj02).unwrap();
    assert_eq!(shape.bounds().degrees(), [116.39, 39.9, 116.4, 39.91]);
}

/// A million vertices: a coast with a long inlet between every two, which no grid of cells would survive.
#[test]
fn a_million_vertices_are_judged_in_seconds() {
    let n: i64 = 250_000;
    let mut comb: Ring =
        (0..n).flat_map(|i| [[4 * i, 0], [4 * i + 1, 90_000_000 - i], [4 * i + 2, 0]]).collect();
    comb.extend((0..n).rev().map(|i| [4 * i + 1, -5 - i % 2]));
    assert_eq!(comb.len(), 1_000_000);
    let mut parts = degrees(&[vec![comb]]);
    let (shape, dropped) = Shape::from_degrees(&parts, Crs::Wgs84).unwrap();
    assert_eq!((shape.size(), dropped.len()), (1_000_000, 0));
    // One tooth leans over its neighbour.
    parts[0][0][3 * 200_000 + 1][0] += 6e-7;
    let fault = Shape::from_degrees(&parts, Crs::Wgs84).unwrap_err();
    assert_eq!(fault.wrong, Wrong::Crossing);
}
