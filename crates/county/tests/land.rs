//! The land holds together: exact partition, clean rings, codes by the rule, buildings on the ground.

use county::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static COUNTY: LazyLock<County> = LazyLock::new(|| County::generate(SEED));

type Edge = (Vertex, Vertex);

fn edges(areas: &[Area]) -> Vec<Edge> {
    areas.iter().flat_map(|a| &a.rings).flat_map(|r| r.windows(2)).map(|p| (p[0], p[1])).collect()
}

/// The edges left when those walked in both directions cancel: the outline of the union.
fn outline(areas: &[Area]) -> BTreeSet<Edge> {
    let all = edges(areas);
    let set: BTreeSet<Edge> = all.iter().copied().collect();
    assert_eq!(set.len(), all.len(), "an edge is walked twice in one direction");
    set.iter().copied().filter(|(a, b)| !set.contains(&(*b, *a))).collect()
}

fn children(of: u64, among: &[Area]) -> Vec<Area> {
    among.iter().filter(|a| a.parent == of).cloned().collect()
}

fn ring_edges(rings: &[Ring]) -> BTreeSet<Edge> {
    rings.iter().flat_map(|r| r.windows(2)).map(|p| (p[0], p[1])).collect()
}

fn area_of(rings: &[Ring]) -> i64 {
    rings.iter().map(|r| doubled_area(r)).sum()
}

/// Everything promised of the land of any seed.
fn check_land(county: &County) {
    assert_eq!((county.streets.len(), county.communities.len(), county.grids.len()), (4, 20, 200));
    for area in county.streets.iter().chain(&county.communities).chain(&county.grids) {
        assert_eq!(area.rings.len(), 1, "{} has a hole", area.name);
        let ring = &area.rings[0];
        assert_eq!(ring.first(), ring.last());
        assert!(doubled_area(ring) > 0, "{} runs clockwise", area.name);
        let distinct: BTreeSet<_> = ring[1..].iter().collect();
        assert_eq!(distinct.len(), ring.len() - 1, "{} touches itself", area.name);
        let frame = |v: &Vertex| (0..2).all(|i| SOUTH_WEST[i] <= v[i] && v[i] <= NORTH_EAST[i]);
        assert!(ring.iter().all(frame));
    }
    // Parents are the union of their children, and the areas add up to the unit.
    let whole = u64::from(county.region.code);
    let mut parents = vec![(whole, &county.region.rings, &county.streets)];
    parents.extend(county.streets.iter().map(|s| (s.code, &s.rings, &county.communities)));
    parents.extend(county.communities.iter().map(|c| (c.code, &c.rings, &county.grids)));
    for (code, rings, among) in parents {
        let parts = children(code, among);
        assert_eq!(outline(&parts), ring_edges(rings), "{code}");
        assert_eq!(parts.iter().map(|p| area_of(&p.rings)).sum::<i64>(), area_of(rings), "{code}");
    }
    assert_eq!(outline(&county.grids), ring_edges(&county.region.rings));
    no_crossing(county);
    for (i, grid) in county.grids.iter().enumerate() {
        let inside: Vec<usize> =
            (0..200).filter(|&g| contains_vertex(&county.grids[g].rings, grid.point)).collect();
        assert_eq!(inside, [i]);
    }
}

/// No two border segments have more in common than an end. Segments sorted by their western end, swept east.
fn no_crossing(county: &County) {
    let each: BTreeSet<Edge> = edges(&county.grids).into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
    let segments: Vec<Edge> = each.into_iter().collect();
    let turn = |a: Vertex, b: Vertex, c: Vertex| {
        let d = |p: Vertex, i: usize| i64::from(p[i]) - i64::from(a[i]);
        (d(b, 0) * d(c, 1) - d(b, 1) * d(c, 0)).signum()
    };
    for (k, &(a, b)) in segments.iter().enumerate() {
        for &(c, d) in segments[k + 1..].iter().take_while(|s| s.0[0] <= b[0]) {
            if c[1].max(d[1]) < a[1].min(b[1]) || a[1].max(b[1]) < c[1].min(d[1]) {
                continue;
            }
            let shared = [a, b].iter().filter(|p| [c, d].contains(p)).count();
            let (x, y) = (turn(a, b, c) * turn(a, b, d), turn(c, d, a) * turn(c, d, b));
            if shared == 0 {
                assert!(x > 0 || y > 0, "{a:?}-{b:?} meets {c:?}-{d:?}");
            } else {
                // With one end in common they overlap only when on one line and pointing the same way.
                let (o, p) = if a == c || a == d { (a, b) } else { (b, a) };
                let q = if c == o { d } else { c };
                let dot = i64::from(p[0] - o[0]) * i64::from(q[0] - o[0])
                    + i64::from(p[1] - o[1]) * i64::from(q[1] - o[1]);
                assert!(turn(o, p, q) != 0 || dot < 0, "{o:?}-{p:?} lies on {o:?}-{q:?}");
            }
        }
    }
}

#[test]
fn the_shown_county_is_an_exact_partition() {
    check_land(&COUNTY);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn so_is_the_county_of_any_seed(seed in any::<u64>()) {
        let county = County::generate(seed);
        check_land(&county);
        let populated: BTreeSet<usize> = county.places.iter().map(|p| p.grid).collect();
        prop_assert_eq!(populated.len(), 200);
    }
}

#[test]
fn codes_follow_the_rule() {
    let county = &*COUNTY;
    let by_code = |areas: &[Area]| areas.windows(2).all(|p| p[0].code < p[1].code);
    assert!(by_code(&county.streets) && by_code(&county.communities) && by_code(&county.grids));
    let codes: Vec<u64> = county.streets.iter().map(|s| s.code).collect();
    assert_eq!(codes, [990_101_001, 990_101_002, 990_101_100, 990_101_101]);
    for street in &county.streets {
        assert_eq!(street.kind, if street.code % 1000 < 100 { "subdistrict" } else { "town" });
        let parts = children(street.code, &county.communities);
        for (kind, first) in [("community", 1), ("village", 200)] {
            let tails = parts.iter().filter(|c| c.kind == kind).map(|c| c.code - street.code * 1000);
            assert!(tails.zip(first..).all(|(tail, n)| tail == n));
        }
    }
    for community in &county.communities {
        let parts = children(community.code, &county.grids);
        let points: Vec<Vertex> = parts.iter().map(|g| g.point).collect();
        // Sorted by code they are already in reading order: west to east, then north to south.
        assert!(reading_order(&points).into_iter().eq(0..points.len()));
        assert!(parts.iter().zip(1..).all(|(g, n)| g.code == community.code * 1000 + n));
    }
    let dedicated: BTreeSet<_> = county.grids.iter().filter_map(|g| g.theme).collect();
    assert!(["campus", "market", "hospital"].iter().all(|t| dedicated.contains(t)));
}

#[test]
fn reading_order_goes_east_then_south() {
    let [nw, ne, sw, se] = [[0, 10], [10, 9], [0, 0], [10, 1]];
    assert_eq!(reading_order(&[se, sw, ne, nw]), [3, 2, 1, 0]);
    assert!(reading_order(&[]).is_empty());
}

#[test]
fn the_base_map_lies_inside_and_has_names() {
    let county = &*COUNTY;
    let mut count: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for feature in &county.features {
        *count.entry((feature.kind, feature.class)).or_default() += 1;
        assert!(!feature.name.is_empty() && feature.points.len() >= 2);
        if feature.kind == "building" {
            assert_eq!(feature.points.len(), 5);
            assert_eq!(feature.points[0], feature.points[4]);
            assert!(doubled_area(&feature.points) > 0);
            assert!(feature.points.iter().all(|v| contains_vertex(&county.region.rings, *v)));
        }
    }
    let of = |kind: &str| count.iter().filter(|(k, _)| k.0 == kind).map(|(_, n)| n).sum::<usize>();
    assert_eq!(of("building"), BUILDINGS);
    assert!(count[&("road", "arterial")] >= 8 && count[&("road", "local")] >= 200);
    assert!(count[&("water", "river")] == 1 && count[&("water", "lake")] == 1);
    for place in &county.places {
        assert!(contains_vertex(&county.grids[place.grid].rings, place.point), "{}", place.text);
    }
}

#[test]
fn the_same_seed_gives_the_same_county() {
    let text = |c: &County| serde_json::to_string(c).unwrap();
    assert_eq!(text(&COUNTY), text(&County::generate(SEED)));
    assert_ne!(text(&COUNTY), text(&County::generate(SEED + 1)));
}
