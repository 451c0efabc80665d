//! Draws the borders between the grids once, and puts every area's rings together from them.
//!
//! Each border edge exists once, as a list of vertices; the two grids beside it walk it in opposite
//! directions. A community, street or county uses the very same vertices with the inner edges cancelled, so
//! parents are exactly the union of their children.

use crate::mesh::Mesh;
use crate::rng::Rng;
use crate::shape::{Pt, Ring, Vertex, crossings, doubled_area};
use std::collections::BTreeMap;

pub(crate) struct Borders {
    corners: Vec<Vertex>,
    /// Vertices strictly between corner a and corner b, from a to b, for a < b.
    between: BTreeMap<(usize, usize), Vec<Vertex>>,
}

/// Smooths and roughens the borders of `grid_of` (a grid number per cell), moving the mesh's corners along.
///
/// Wiggles are made smaller until no two border segments cross; with none at all the borders are the mesh's
/// own edges, which cannot.
pub(crate) fn draw(mesh: &mut Mesh, grid_of: &[usize], rng: &mut Rng) -> Borders {
    let edges = border_edges(mesh, grid_of);
    let raw = mesh.corners.clone();
    let mut drawn = None;
    for strength in [1.0, 0.6, 0.3, 0.0] {
        let corners = if strength > 0.0 { smooth(&raw, &edges) } else { raw.clone() };
        let borders = Borders {
            corners: corners.iter().map(|p| p.vertex()).collect(),
            between: edges
                .iter()
                .map(|&(a, b)| ((a, b), wiggle(corners[a], corners[b], 0.17 * strength, rng)))
                .collect(),
        };
        mesh.set_corners(corners);
        let clean = crossings(&borders.segments()) == 0;
        drawn = Some(borders);
        if clean {
            break;
        }
    }
    drawn.unwrap_or(Borders { corners: Vec::new(), between: BTreeMap::new() })
}

/// The mesh edges with different grids (or nothing) on their two sides, each once, low corner first.
fn border_edges(mesh: &Mesh, grid_of: &[usize]) -> Vec<(usize, usize)> {
    let mut edges = std::collections::BTreeSet::new();
    for (i, cell) in mesh.cells.iter().enumerate() {
        for (a, b, across) in cell.edges() {
            if across.is_none_or(|n| grid_of[n] != grid_of[i]) {
                edges.insert((a.min(b), a.max(b)));
            }
        }
    }
    edges.into_iter().collect()
}

/// Takes the hexagons' zigzag out of the borders: corners where just two border edges meet move towards
/// their neighbours; where three meet they stay.
fn smooth(corners: &[Pt], edges: &[(usize, usize)]) -> Vec<Pt> {
    let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &(a, b) in edges {
        beside.entry(a).or_default().push(b);
        beside.entry(b).or_default().push(a);
    }
    let mut now = corners.to_vec();
    for _ in 0..2 {
        let before = now.clone();
        for (&corner, next) in &beside {
            if let [a, b] = next[..] {
                now[corner] = before[corner].towards(before[a].towards(before[b], 0.5), 0.5);
            }
        }
    }
    now
}

/// Midpoint displacement, two levels: three vertices between the ends of an edge.
fn wiggle(a: Pt, b: Pt, amount: f64, rng: &mut Rng) -> Vec<Vertex> {
    let mut bend = |p: Pt, q: Pt| {
        let left = rng.swing() * amount * p.distance(q);
        p.towards(q, 0.5).moved(p.direction(q), rng.swing() * amount * 0.3 * p.distance(q), left)
    };
    let middle = bend(a, b);
    let (first, last) = (bend(a, middle), bend(middle, b));
    vec![first.vertex(), middle.vertex(), last.vertex()]
}

impl Borders {
    fn segments(&self) -> Vec<(Vertex, Vertex)> {
        self.between
            .iter()
            .flat_map(|(&(a, b), middle)| {
                let mut line = vec![self.corners[a]];
                line.extend(middle);
                line.push(self.corners[b]);
                line.windows(2).map(|p| (p[0], p[1])).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The rings of areas `0..count`, where `area_of` numbers each cell's area: per area the exterior first
    /// (counter-clockwise), then holes (clockwise).
    pub fn rings(&self, mesh: &Mesh, area_of: &[usize], count: usize) -> Vec<Vec<Ring>> {
        let mut next: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); count];
        for (i, cell) in mesh.cells.iter().enumerate() {
            for (a, b, across) in cell.edges() {
                if across.is_none_or(|n| area_of[n] != area_of[i]) {
                    next[area_of[i]].insert(a, b);
                }
            }
        }
        next.into_iter().map(|edges| self.walk(edges)).collect()
    }

    fn walk(&self, mut edges: BTreeMap<usize, usize>) -> Vec<Ring> {
        let mut rings = Vec::new();
        while let Some((start, mut to)) = edges.pop_first() {
            let mut ring = Vec::new();
            self.append(start, to, &mut ring);
            while let Some(after) = edges.remove(&to) {
                self.append(to, after, &mut ring);
                to = after;
            }
            ring.push(self.corners[start]);
            rings.push(ring);
        }
        rings.sort_by_key(|ring| std::cmp::Reverse(doubled_area(ring)));
        rings
    }

    /// Appends corner a and the vertices up to, but without, corner b.
    fn append(&self, a: usize, b: usize, ring: &mut Ring) {
        ring.push(self.corners[a]);
        if let Some(middle) = self.between.get(&(a, b)) {
            ring.extend(middle);
        } else if let Some(middle) = self.between.get(&(b, a)) {
            ring.extend(middle.iter().rev());
        }
    }
}
