//! Exactness against a reference in whole numbers, and what must never fail.

use kernel::AreaCode;
use proptest::prelude::*;
use serde_json::json;
use space::{Locator, Point, Shape, Side, Vertex, Wrong};

/// Points are asked at eighths of a unit, which floating point holds exactly.
const FINE: i128 = 8;

/// Winding number of a ring about a point, in whole numbers; `None` on the border.
fn winding(ring: &[Vertex], p: (i128, i128)) -> Option<i32> {
    let v: Vec<_> = ring.iter().map(|v| (i128::from(v[0]) * FINE, i128::from(v[1]) * FINE)).collect();
    let mut n = 0;
    for (i, &a) in v.iter().enumerate() {
        let b = v[(i + 1) % v.len()];
        let cross = (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
        let within = |lo: i128, x: i128, hi: i128| lo.min(hi) <= x && x <= lo.max(hi);
        if cross == 0 && within(a.0, p.0, b.0) && within(a.1, p.1, b.1) {
            return None;
        }
        if a.1 <= p.1 && b.1 > p.1 && cross > 0 {
            n += 1;
        } else if a.1 > p.1 && b.1 <= p.1 && cross < 0 {
            n -= 1;
        }
    }
    Some(n)
}

fn naive(shape: &Shape, p: (i128, i128)) -> Side {
    let mut side = Side::Outside;
    for part in shape.parts() {
        let turns: Vec<_> = part.map(|r| winding(r, p)).collect();
        if turns.contains(&None) {
            side = Side::Border;
        } else if turns.iter().flatten().sum::<i32>() % 2 != 0 {
            // Odd in all: what even-odd means, also where tiny stars overlap themselves after snapping.
            return Side::Inside;
        }
    }
    side
}

/// A star around a centre: simple by construction, with long thin spikes.
fn star() -> impl Strategy<Value = (Vec<Vertex>, Vertex)> {
    let centre = (-1_700_000_000i32..1_700_000_000, -800_000_000i32..800_000_000);
    let scale = prop_oneof![Just(4.0), Just(50.0), Just(90_000_000.0)];
    (centre, scale, prop::collection::vec(0.2f64..1.0, 3..40)).prop_map(|((x, y), scale, radii)| {
        let n = radii.len() as f64;
        let at = |(i, r): (usize, f64)| {
            let (s, c) = (std::f64::consts::TAU * i as f64 / n).sin_cos();
            [x + (r * scale * c) as i32, y + (r * scale * s) as i32]
        };
        (radii.into_iter().enumerate().map(at).collect(), [x, y])
    })
}

/// Half the size about a centre, to make a hole.
fn half(ring: &[Vertex], c: Vertex) -> Vec<Vertex> {
    ring.iter().map(|v| [c[0] + (v[0] - c[0]) / 2, c[1] + (v[1] - c[1]) / 2]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sides_are_those_of_whole_numbers((ring, c) in star(), near in prop::collection::vec((0usize..40, 0i64..=8, -9i64..=9, -9i64..=9), 40)) {
        for holes in [vec![], vec![half(&ring, c)]] {
            let rings: Vec<_> = std::iter::once(ring.clone()).chain(holes).collect();
            let Ok(shape) = Shape::from_rings([rings]) else { continue };
            for &(i, along, dx, dy) in &near {
                // Vertices, points on edges (where an eighth of the way is exact) and points just beside.
                let all: Vec<&[Vertex]> = shape.parts().flatten().collect();
                let ring = all[i % all.len()];
                let (a, b) = (ring[i % ring.len()], ring[(i + 1) % ring.len()]);
                for (dx, dy) in [(0, 0), (dx, dy)] {
                    let x = i64::from(a[0]) * 8 + (i64::from(b[0]) - i64::from(a[0])) * along + dx;
                    let y = i64::from(a[1]) * 8 + (i64::from(b[1]) - i64::from(a[1])) * along + dy;
                    let p = Point { x: x as f64 / 8.0, y: y as f64 / 8.0 };
                    let side = shape.side(p);
                    prop_assert_eq!(side, naive(&shape, (x.into(), y.into())), "{:?}", p);
                    if (dx, dy) == (0, 0) {
                        prop_assert_ne!(side, Side::Outside);
                    }
                }
            }
        }
    }

    #[test]
    fn shapes_survive_storage_and_geojson((ring, c) in star(), (other, _) in star()) {
        let parts = [vec![ring.clone(), half(&ring, c)], vec![other]];
        for n in 1..=2 {
            let Ok(shape) = Shape::from_rings(parts[..n].to_vec()) else { continue };
            prop_assert_eq!(&Shape::from_bytes(&shape.to_bytes()).unwrap(), &shape);
            let json = shape.to_geojson();
            match Shape::from_geojson(&json) {
                Ok(read) => prop_assert_eq!(&read, &shape),
                // Tiny stars overlap themselves after snapping, and two stars may overlap each other.
                Err(f) => {
                    prop_assert!(matches!(f.wrong, Wrong::Crossing | Wrong::Along | Wrong::HoleOutside | Wrong::PartInside), "{}", f);
                    prop_assert!(n == 2 || shape.bounds().east - shape.bounds().west < 1000, "{}", f);
                }
            }
            let mut text = String::new();
            shape.write_geojson(&mut text);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }
    }

    #[test]
    fn the_inner_point_is_inside((ring, c) in star()) {
        if let Ok(shape) = Shape::from_rings([vec![ring.clone(), half(&ring, c)]]) {
            let (w, e) = (shape.bounds().west, shape.bounds().east);
            // Specks of a few units may have no room between border and hole.
            if e - w > 1000 {
                prop_assert_eq!(shape.side(shape.inner_point()), Side::Inside);
            }
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Shape::from_bytes(&bytes);
        let _ = Shape::from_bytes(&[&[1u8, 1, 1], &bytes[..]].concat());
    }

    /// A square cut into cells by a lattice whose inner nodes are moved about: every point of it, nodes and
    /// points on edges included, is found, in the lowest of the cells that have it.
    #[test]
    fn a_partition_has_no_seam(
        n in 2usize..12,
        moves in prop::collection::vec((-400i32..400, -400i32..400), 169),
        asked in prop::collection::vec((0.0f64..=1.0, 0.0f64..=1.0), 200),
    ) {
        let (west, south, step) = (1_202_000_000, 301_000_000, 1000);
        let node = |i: usize, j: usize| -> Vertex {
            let inner = |k: usize| k > 0 && k < n;
            let (dx, dy) = moves[i * 13 + j];
            let (dx, dy) = (if inner(i) { dx } else { 0 }, if inner(j) { dy } else { 0 });
            [west + i as i32 * step + dx, south + j as i32 * step + dy]
        };
        let code = |i: usize, j: usize| AreaCode::new(990_101_001_001_001 + (i * n + j) as u64).unwrap();
        let mut cells = Vec::new();
        for i in 0..n {
            for j in 0..n {
                let ring = vec![node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)];
                cells.push((code(i, j), Shape::from_rings([[ring]]).unwrap()));
            }
        }
        let locator = Locator::new(cells.clone());
        let extent = f64::from(step) * n as f64;
        let mut points: Vec<Point> =
            asked.iter().map(|(u, v)| Point { x: f64::from(west) + u * extent, y: f64::from(south) + v * extent }).collect();
        for i in 0..=n {
            for j in 0..=n {
                let (a, b) = (node(i, j), node((i + 1).min(n), j));
                points.push(a.into());
                points.push(Point { x: (f64::from(a[0]) + f64::from(b[0])) / 2.0, y: (f64::from(a[1]) + f64::from(b[1])) / 2.0 });
            }
        }
        for p in points {
            let inside = cells.iter().filter(|(_, s)| s.side(p) == Side::Inside).count();
            let having: Vec<_> = cells.iter().filter(|(_, s)| s.covers(p)).map(|(c, _)| *c).collect();
            prop_assert_eq!(locator.at(p), having.iter().min().copied(), "{:?}", p);
            // Strictly inside one means in no other; on a border (the square's own included) means inside none.
            prop_assert!(having.len() == 1 || having.len() > 1 && inside == 0, "{:?} {} {}", p, inside, having.len());
        }
        prop_assert_eq!(locator.at(Point { x: f64::from(west) - 0.25, y: f64::from(south) }), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Areas that overlap, lie in each other, have holes and parts, of very different sizes: the locator answers
    /// what asking each of them does.
    #[test]
    fn locating_is_asking_every_area(
        stars in prop::collection::vec((prop::collection::vec(0.2f64..1.0, 3..60), -900_000i32..900_000, -900_000i32..900_000, 1.0f64..6.0), 1..40),
        asked in prop::collection::vec((-1.2e6f64..1.2e6, -1.2e6f64..1.2e6), 60),
    ) {
        let mut areas = Vec::new();
        for (i, (radii, x, y, size)) in stars.iter().enumerate() {
            let (n, scale) = (radii.len() as f64, 10f64.powf(*size));
            let star = |dx: i32| -> Vec<Vertex> {
                let at = |(k, r): (usize, &f64)| {
                    let (s, c) = (std::f64::consts::TAU * k as f64 / n).sin_cos();
                    [x + dx + (r * scale * c) as i32, y + (r * scale * s) as i32]
                };
                radii.iter().enumerate().map(at).collect()
            };
            let first = star(0);
            let hole = half(&first, [*x, *y]);
            let parts = [vec![first, hole], vec![star(scale as i32)]];
            if let Ok(shape) = Shape::from_rings(parts[..1 + i % 2].to_vec()) {
                areas.push((AreaCode::new(990_101_001_001_001 + (i as u64 * 7) % 40).unwrap(), shape));
            }
        }
        let locator = Locator::new(areas.clone());
        areas.sort_by_key(|(code, _)| *code);
        let corners = areas.iter().flat_map(|(_, s)| s.parts().flatten().flatten().map(|v| Point::from(*v)).collect::<Vec<_>>());
        let points: Vec<Point> = asked.iter().map(|&(x, y)| Point { x, y }).chain(corners.take(300)).collect();
        for &p in &points {
            let all: Vec<_> = areas.iter().filter(|(_, s)| s.covers(p)).map(|(c, _)| *c).collect();
            prop_assert_eq!(locator.at(p), all.first().copied(), "{:?}", p);
            let (lon, lat) = p.degrees();
            let q = Point::of(lon, lat);
            let all: Vec<_> = areas.iter().filter(|(_, s)| s.covers(q)).map(|(c, _)| *c).collect();
            prop_assert_eq!(locator.locate_all(lon, lat), all.clone());
            prop_assert_eq!(locator.locate_many(&[[lon, lat]]), vec![all.first().copied()]);
        }
        prop_assert_eq!(locator.locate_many(&[[f64::NAN, 0.0], [0.0, f64::INFINITY]]), vec![None, None]);
    }
}

fn wrong(geometry: serde_json::Value) -> (Wrong, Option<usize>, Option<usize>, Option<usize>) {
    let f = Shape::from_geojson(&geometry).expect_err("a geometry at fault");
    (f.wrong, f.part, f.ring, f.position)
}

#[test]
fn faults_say_where() {
    let ok = json!([[0, 0], [1, 0], [1, 1], [0, 0]]);
    let polygon = |rings: serde_json::Value| json!({"type": "Polygon", "coordinates": rings});
    assert!(Shape::from_geojson(&polygon(json!([ok]))).is_ok());
    assert_eq!(wrong(json!(null)), (Wrong::NotAPolygon, None, None, None));
    assert_eq!(
        wrong(json!({"type": "Point", "coordinates": [0, 0]})),
        (Wrong::NotAPolygon, None, None, None)
    );
    assert_eq!(
        wrong(json!({"type": "MultiPolygon", "coordinates": []})),
        (Wrong::NotAList, None, None, None)
    );
    assert_eq!(wrong(polygon(json!([]))), (Wrong::NotAList, Some(0), None, None));
    assert_eq!(wrong(polygon(json!([ok, []]))), (Wrong::NotAList, Some(0), Some(1), None));
    assert_eq!(wrong(polygon(json!([[[0, 0], [1, 0], [0, 0]]]))), (Wrong::TooShort, Some(0), Some(0), None));
    assert_eq!(
        wrong(polygon(json!([[[0, 0], [1, 0], [1, 1], [0, 1]]]))),
        (Wrong::Open, Some(0), Some(0), Some(3))
    );
    assert_eq!(
        wrong(polygon(json!([ok, [[0, 0], [1, 0], [2, 0], [0, 0]]]))),
        (Wrong::ZeroArea, Some(0), Some(1), None)
    );
    assert_eq!(
        wrong(polygon(json!([[[0, 0], [1e-8, 0], [0, 1e-8], [0, 0]]]))),
        (Wrong::ZeroArea, Some(0), Some(0), None)
    );
    let two = json!({"type": "MultiPolygon", "coordinates": [[ok], [[[0, 0], [181, 0], [1, 1], [0, 0]]]]});
    assert_eq!(wrong(two), (Wrong::OffGlobe, Some(1), Some(0), Some(1)));
    assert_eq!(
        wrong(polygon(json!([[[0, 0], ["1", 0], [1, 1], [0, 0]]]))),
        (Wrong::NotAPosition, Some(0), Some(0), Some(1))
    );
    let fault = Shape::from_geojson(&polygon(json!([[[0, 0], [1], [1, 1], [0, 0]]]))).unwrap_err();
    assert_eq!(fault.en(), "part 1, ring 1, position 2: a position has to be [longitude, latitude].");
    assert_eq!(fault.zh(), "第 1 部分,第 1 环,第 2 点:坐标应为 [经度, 纬度]。");
}

#[test]
fn heights_are_dropped_and_rings_put_in_the_direction_of_the_standard() {
    let clockwise = json!({"type": "Polygon", "coordinates": [[[0, 0, 9], [0, 1, 9], [1, 0, 9], [0, 0, 9]]]});
    let shape = Shape::from_geojson(&clockwise).unwrap();
    assert_eq!(
        shape.to_geojson(),
        json!({"type": "Polygon", "coordinates": [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]})
    );
    assert_eq!(shape.bounds().degrees(), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_locator_of_nothing_finds_nothing() {
    assert_eq!(Locator::new(vec![]).locate(120.0, 30.0), None);
}
