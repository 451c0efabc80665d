//! The fine mesh of jittered hexagons the county is put together from.
//!
//! Hexagons, because three of them meet at each corner: any union of them that hangs together has a border
//! that never touches itself at a point, so grids, communities and streets all come out as clean rings.

use crate::rng::Rng;
use crate::shape::{Pt, height, wave, width};
use std::collections::BTreeMap;

/// Side of a hexagon in metres: about 4,000 of them cover the county.
const SIDE: f64 = 235.0;

/// How far a corner strays from the regular lattice, as a share of the side.
const JITTER: f64 = 0.22;

pub(crate) struct Cell {
    /// Corner numbers, counter-clockwise.
    pub corners: [usize; 6],
    /// The cell across the edge from corner i to corner i + 1, none at the county's border.
    pub neighbours: [Option<usize>; 6],
    /// Mean of the corners.
    pub centre: Pt,
}

impl Cell {
    pub fn around(&self) -> impl Iterator<Item = usize> + '_ {
        self.neighbours.iter().flatten().copied()
    }

    /// Its six edges, counter-clockwise, each with the cell across.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, Option<usize>)> + '_ {
        (0..6).map(|i| (self.corners[i], self.corners[(i + 1) % 6], self.neighbours[i]))
    }
}

pub(crate) struct Mesh {
    pub cells: Vec<Cell>,
    pub corners: Vec<Pt>,
}

/// Lattice positions: columns of half a hexagon's width, rows of half a side.
type Place = (i32, i32);
const CORNERS: [Place; 6] = [(1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2)];
const NEIGHBOURS: [Place; 6] = [(2, 0), (1, 3), (-1, 3), (-2, 0), (-1, -3), (1, -3)];

fn position(place: Place) -> Pt {
    let half_width = SIDE * 3.0_f64.sqrt() / 2.0;
    Pt { x: f64::from(place.0) * half_width, y: f64::from(place.1) * SIDE / 2.0 }
}

/// Covers an irregular blob inside the county's frame: one piece, without holes.
pub(crate) fn lay(rng: &mut Rng) -> Mesh {
    let places = one_piece(&blob(rng));
    let mut numbers: BTreeMap<Place, usize> = BTreeMap::new();
    let mut corners = Vec::new();
    let index: BTreeMap<Place, usize> = places.iter().enumerate().map(|(i, p)| (*p, i)).collect();
    let mut cells = Vec::with_capacity(places.len());
    for place in &places {
        let around = CORNERS.map(|d| {
            *numbers.entry((place.0 + d.0, place.1 + d.1)).or_insert_with_key(|key| {
                let p = position(*key);
                let (dx, dy) = (rng.swing() * JITTER * SIDE, rng.swing() * JITTER * SIDE);
                corners.push(Pt { x: p.x + dx, y: p.y + dy });
                corners.len() - 1
            })
        });
        let neighbours = NEIGHBOURS.map(|d| index.get(&(place.0 + d.0, place.1 + d.1)).copied());
        cells.push(Cell { corners: around, neighbours, centre: mean(&corners, &around) });
    }
    Mesh { cells, corners }
}

impl Mesh {
    /// Moves the corners and keeps the cells' centres in step.
    pub fn set_corners(&mut self, corners: Vec<Pt>) {
        self.corners = corners;
        for cell in &mut self.cells {
            cell.centre = mean(&self.corners, &cell.corners);
        }
    }
}

fn mean(corners: &[Pt], of: &[usize; 6]) -> Pt {
    let sum = of.iter().fold((0.0, 0.0), |s, &c| (s.0 + corners[c].x, s.1 + corners[c].y));
    Pt { x: sum.0 / 6.0, y: sum.1 / 6.0 }
}

/// The lattice places inside a rounded rectangle whose edge is bent by a few long waves.
fn blob(rng: &mut Rng) -> Vec<Place> {
    let waves: Vec<(f64, f64, f64)> =
        (0..6).map(|_| (rng.swing() * 1.25, rng.swing() * 1.25, rng.unit())).collect();
    let margin = SIDE * (1.5 + JITTER);
    let (w, h) = (width() / 2.0 - margin, height() / 2.0 - margin);
    let (columns, rows) = ((width() / (SIDE * 0.86)) as i32, (height() / (SIDE * 1.5)) as i32);
    let mut places = Vec::new();
    for row in 0..=rows {
        for column in 0..=columns {
            let place = (column * 2 + (row & 1), row * 3);
            let p = position(place);
            let (u, v) = ((p.x - width() / 2.0) / w, (p.y - height() / 2.0) / h);
            let bend: f64 = waves.iter().map(|(a, b, c)| wave(a * u + b * v + c)).sum();
            let inside = u.abs() <= 1.0 && v.abs() <= 1.0;
            if inside && u * u * (0.45 + 0.55 * u * u) + v * v * (0.45 + 0.55 * v * v) < 0.77 + 0.085 * bend {
                places.push(place);
            }
        }
    }
    places
}

/// The largest connected piece with its holes filled, in the order south to north, west to east.
fn one_piece(places: &[Place]) -> Vec<Place> {
    let set: std::collections::BTreeSet<Place> = places.iter().copied().collect();
    let step = |p: Place, d: &Place| (p.0 + d.0, p.1 + d.1);
    let flood = |start: Place, open: &dyn Fn(Place) -> bool| {
        let mut seen = std::collections::BTreeSet::from([start]);
        let mut todo = vec![start];
        while let Some(p) = todo.pop() {
            for n in NEIGHBOURS.iter().map(|d| step(p, d)).filter(|n| open(*n)) {
                if seen.insert(n) {
                    todo.push(n);
                }
            }
        }
        seen
    };
    let mut rest = set;
    let mut largest = std::collections::BTreeSet::new();
    while let Some(&start) = rest.first() {
        let piece = flood(start, &|p| rest.contains(&p));
        rest.retain(|p| !piece.contains(p));
        if piece.len() > largest.len() {
            largest = piece;
        }
    }
    let bounds = |f: fn(&Place) -> i32| (largest.iter().map(f).min(), largest.iter().map(f).max());
    let ((Some(x0), Some(x1)), (Some(y0), Some(y1))) = (bounds(|p| p.0), bounds(|p| p.1)) else {
        return Vec::new();
    };
    // A row below and an even start keep the flood on the lattice: rows are 3 apart, odd rows shifted by one.
    let start = (x0 - 4 - ((x0 - 4) & 1), y0 - 3 - (y0 - 3).rem_euclid(6));
    let open = |p: Place| {
        (start.0..=x1 + 4).contains(&p.0) && (start.1..=y1 + 3).contains(&p.1) && !largest.contains(&p)
    };
    let outside = flood(start, &open);
    let mut filled: Vec<Place> = Vec::new();
    for y in (start.1..=y1).step_by(3) {
        for x in start.0..=x1 {
            let on_lattice = (x - (y / 3)) & 1 == 0;
            if on_lattice && !outside.contains(&(x, y)) {
                filled.push((x, y));
            }
        }
    }
    filled
}
