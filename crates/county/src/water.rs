//! The river that crosses the county, its brooks and the lake.

use crate::areas::Land;
use crate::feature::Feature;
use crate::mesh::Mesh;
use crate::rng::Rng;
use crate::shape::{Pt, Ring, contains_vertex, height, wave, width};
use std::collections::BTreeMap;

/// Half the river's width in metres.
const HALF_RIVER: f64 = 48.0;

/// The water, in metres.
pub(crate) struct Water {
    /// Middle of the river, west to east.
    pub river: Vec<Pt>,
    /// Middles of the brooks, from the hills to the river.
    pub brooks: Vec<Vec<Pt>>,
    /// The lake's shore, closed.
    pub lake: Vec<Pt>,
}

/// Middle and mean radius of the lake.
pub(crate) fn lake_site() -> (Pt, f64) {
    (Pt { x: width() * 0.57, y: height() * 0.27 }, 1_250.0)
}

/// True north of the line the river follows.
pub(crate) fn north_bank(p: Pt) -> bool {
    let t = p.x / width();
    let bend = 0.075 * wave(0.95 * t + 0.72) + 0.03 * wave(2.6 * t + 0.35) + 0.012 * wave(6.3 * t + 0.1);
    p.y > height() * (0.555 + bend - 0.06 * t)
}

/// Runs the river along the mesh's edges between the two banks (so that borders which follow the river lie in
/// it), and finds the brooks and the lake their beds.
pub(crate) fn fill(land: &Land, rng: &mut Rng) -> Water {
    let river = round_off(&bank_line(&land.mesh));
    let lake = lake(rng);
    let sources = [(0.20, 0.86), (0.62, 0.90), (0.20, 0.36), (0.86, 0.28)];
    let brooks =
        sources.iter().map(|&(x, y)| brook(Pt { x: width() * x, y: height() * y }, &river, land, rng));
    Water { brooks: brooks.collect(), river, lake }
}

/// The longest chain of mesh edges with one bank on either side, west to east.
fn bank_line(mesh: &Mesh) -> Vec<Pt> {
    let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for cell in &mesh.cells {
        for (a, b, across) in cell.edges() {
            let differs = |n: usize| north_bank(mesh.cells[n].centre) != north_bank(cell.centre);
            if a < b && across.is_some_and(differs) {
                beside.entry(a).or_default().push(b);
                beside.entry(b).or_default().push(a);
            }
        }
    }
    let mut longest: Vec<Pt> = Vec::new();
    for (&start, _) in beside.iter().filter(|(_, next)| next.len() == 1) {
        let (mut line, mut before, mut here) = (vec![mesh.corners[start]], usize::MAX, start);
        while let Some(&next) = beside[&here].iter().find(|&&n| n != before) {
            (before, here) = (here, next);
            line.push(mesh.corners[here]);
        }
        if line.len() > longest.len() {
            longest = line;
        }
    }
    if longest.first().zip(longest.last()).is_some_and(|(a, b)| a.x > b.x) {
        longest.reverse();
    }
    longest
}

/// Evens out a line's corners, keeping its ends; then cuts the corners that are left (Chaikin).
pub(crate) fn round_off(line: &[Pt]) -> Vec<Pt> {
    let mut line = line.to_vec();
    for _ in 0..3 {
        let before = line.clone();
        for i in 1..line.len().saturating_sub(1) {
            line[i] = before[i].towards(before[i - 1].towards(before[i + 1], 0.5), 0.5);
        }
    }
    let (Some(&first), Some(&last)) = (line.first(), line.last()) else { return line };
    let mut cut = vec![first];
    for pair in line.windows(2) {
        cut.push(pair[0].towards(pair[1], 0.25));
        cut.push(pair[0].towards(pair[1], 0.75));
    }
    cut.push(last);
    cut
}

fn lake(rng: &mut Rng) -> Vec<Pt> {
    let (middle, radius) = lake_site();
    let bends: Vec<f64> = (0..4).map(|_| rng.unit()).collect();
    let mut shore: Vec<Pt> = (0..72)
        .map(|i| {
            let t = f64::from(i) / 72.0;
            let bend =
                (1..=4).map(|k| wave(f64::from(k) * t + bends[k as usize - 1]) / (3.0 + 2.5 * f64::from(k)));
            let r = radius * (1.0 + bend.sum::<f64>());
            Pt { x: middle.x + 1.25 * r * wave(t + 0.25), y: middle.y + 0.8 * r * wave(t) }
        })
        .collect();
    shore.push(shore[0]);
    shore
}

/// Wanders from the source to the nearest point of the river, in steps of about 150 m.
fn brook(source: Pt, river: &[Pt], land: &Land, rng: &mut Rng) -> Vec<Pt> {
    let near = river.iter().min_by(|a, b| a.distance(source).total_cmp(&b.distance(source)));
    let Some(&mouth) = near else { return Vec::new() };
    let length = source.distance(mouth);
    let direction = source.direction(mouth);
    let (a, b) = (rng.unit(), rng.unit());
    let steps = (length / 150.0).max(4.0) as usize;
    let line = (0..=steps).map(|i| {
        let t = i as f64 / steps as f64;
        // No swing at the mouth, so that the brook meets the river.
        let sway = (wave(2.1 * t + a) + 0.5 * wave(5.3 * t + b)) * 420.0 * (1.0 - t) * (0.3 + t);
        source.moved(direction, t * length, sway)
    });
    line.filter(|p| contains_vertex(&land.region.rings, p.vertex())).collect()
}

impl Water {
    /// Distance in metres from `p` to the nearest shore of river, brook or lake; negative in the water.
    pub fn distance(&self, p: Pt) -> f64 {
        let to_line = |line: &[Pt]| {
            line.windows(2).map(|s| p.distance_to_segment(s[0], s[1])).fold(f64::INFINITY, f64::min)
        };
        let lake = self.distance_to_lake(p);
        let brooks = self.brooks.iter().map(|b| to_line(b) - 4.0).fold(f64::INFINITY, f64::min);
        lake.min(brooks).min(to_line(&self.river) - HALF_RIVER)
    }

    /// As [`Water::distance`], of the lake alone; infinite far away from it.
    pub fn distance_to_lake(&self, p: Pt) -> f64 {
        let (middle, radius) = lake_site();
        if p.distance(middle) > radius * 3.0 {
            return f64::INFINITY;
        }
        let shore =
            self.lake.windows(2).map(|s| p.distance_to_segment(s[0], s[1])).fold(f64::INFINITY, f64::min);
        let ring: Ring = self.lake.iter().map(|q| q.vertex()).collect();
        if contains_vertex(&[ring], p.vertex()) { -shore } else { shore }
    }

    /// What is drawn: the river and the lake as closed polygons, the brooks as lines.
    pub fn features(&self) -> Vec<Feature> {
        let brook_names = ["青枫溪", "石梁溪", "茶亭溪", "白鹭溪"];
        let mut features = vec![
            Feature::new("water", "river", "云溪江", &self.ribbon()),
            Feature::new("water", "lake", "望湖", &self.lake),
        ];
        let brooks = self.brooks.iter().zip(brook_names);
        features.extend(brooks.map(|(line, name)| Feature::new("water", "brook", name, line)));
        features
    }

    /// The river's two shores as one closed line; it widens a little downstream.
    fn ribbon(&self) -> Vec<Pt> {
        let n = self.river.len();
        let side = |left: f64| {
            (0..n).map(move |i| {
                let direction = self.river[i.saturating_sub(2)].direction(self.river[(i + 2).min(n - 1)]);
                self.river[i].moved(direction, 0.0, left * (0.7 + 0.3 * i as f64 / n as f64))
            })
        };
        let mut shores: Vec<Pt> = side(-HALF_RIVER).collect();
        let north: Vec<Pt> = side(HALF_RIVER).collect();
        shores.extend(north.into_iter().rev());
        shores.push(shores[0]);
        shores
    }
}
