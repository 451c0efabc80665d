//! Divides a connected set of cells into connected parts of wanted loads.

use crate::mesh::Mesh;
use crate::shape::{Pt, wave};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What the division looks at: each cell's load, and the bank of the river it lies on.
pub(crate) struct Ground<'a> {
    mesh: &'a Mesh,
    load: &'a [f64],
    bank: &'a [bool],
    /// Where the division takes each cell to be.
    places: Vec<Pt>,
}

/// An offer to take a cell at a cost.
pub(crate) struct Claim {
    pub cost: f64,
    pub cell: usize,
    pub part: usize,
}

impl PartialEq for Claim {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Claim {}
impl PartialOrd for Claim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Claim {
    // Reversed: the heap gives the cheapest claim first; ties go to the lower cell, so the order is total.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.cost.total_cmp(&self.cost)).then((other.cell, other.part).cmp(&(self.cell, self.part)))
    }
}

impl<'a> Ground<'a> {
    /// Cells with their loads and banks. Their places are swayed by long waves, or the borders between the
    /// parts would be straight.
    pub fn new(mesh: &'a Mesh, load: &'a [f64], bank: &'a [bool]) -> Self {
        let sway =
            |a: f64, b: f64| 420.0 * wave(a / 6_100.0 + b / 19_000.0) + 240.0 * wave(a / 2_700.0 + 0.3);
        let place = |p: Pt| Pt { x: p.x + sway(p.y, p.x), y: p.y + sway(p.x, -p.y) };
        Ground { mesh, load, bank, places: mesh.cells.iter().map(|c| place(c.centre)).collect() }
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.places.len()
    }

    /// Gives each of `cells` a part number `0..shares.len()` (returned in the order of `cells`), such that
    /// each part is connected and part k carries about `shares[k]` of the load. `centres` are where the parts
    /// start from; they move from round `settled` to round 30 to the middles
    /// of their parts. Cells must be connected and at least as many as the parts.
    ///
    /// Parts grow outwards from their centres, nearest cell first, with a bonus that is raised for parts
    /// that came out too light and lowered for those too heavy (a power diagram grown on the mesh);
    /// crossing the river costs extra, so that borders like to follow it.
    pub fn divide(
        &self,
        cells: &[usize],
        shares: &[f64],
        mut centres: Vec<Pt>,
        settled: usize,
    ) -> Vec<usize> {
        let total: f64 = cells.iter().map(|&c| self.load[c]).sum();
        let share_sum: f64 = shares.iter().sum();
        let wanted: Vec<f64> = shares.iter().map(|s| s / share_sum * total).collect();
        // The mean squared radius of a part: the scale on which costs and bonuses live.
        let scale = cells.len() as f64 / shares.len() as f64 * 50_000.0;
        let mut bonus = vec![0.0; shares.len()];
        let mut best: (f64, Vec<usize>) = (f64::INFINITY, Vec::new());
        for round in 0..70 {
            let parts = self.grow(cells, &centres, &bonus, scale);
            let mut carried = vec![(0.0, 0.0, 0.0); shares.len()];
            for (&cell, &part) in cells.iter().zip(&parts) {
                let (p, w) = (self.places[cell], self.load[cell]);
                let sum = &mut carried[part];
                *sum = (sum.0 + w, sum.1 + w * p.x, sum.2 + w * p.y);
            }
            let off = |k: usize| (carried[k].0 - wanted[k]) / wanted[k];
            let worst = (0..shares.len()).map(|k| off(k).abs()).fold(0.0, f64::max);
            if worst < best.0 {
                best = (worst, parts);
            }
            for k in 0..shares.len() {
                bonus[k] -= off(k).clamp(-0.8, 0.8) * scale * if round < 40 { 0.25 } else { 0.1 };
                if round >= settled && round < 30 && carried[k].0 > 0.0 {
                    centres[k] = Pt { x: carried[k].1 / carried[k].0, y: carried[k].2 / carried[k].0 };
                }
            }
        }
        best.1
    }

    fn grow(&self, cells: &[usize], centres: &[Pt], bonus: &[f64], scale: f64) -> Vec<usize> {
        const NOBODY: usize = usize::MAX;
        const ELSEWHERE: usize = usize::MAX - 1;
        let mut owner = vec![ELSEWHERE; self.mesh.cells.len()];
        cells.iter().for_each(|&c| owner[c] = NOBODY);
        let mut heap = BinaryHeap::new();
        let mut banks = Vec::new();
        let mut taken = Vec::new();
        for (part, centre) in centres.iter().enumerate() {
            let free = cells.iter().copied().filter(|c| !taken.contains(c));
            let near = |c: &usize| self.places[*c].distance(*centre);
            let Some(start) = free.min_by(|a, b| near(a).total_cmp(&near(b))) else { continue };
            taken.push(start);
            banks.push(self.bank[start]);
            // A part's own start cell always falls to it, or a heavy bonus next door could leave it empty.
            heap.push(Claim { cost: f64::NEG_INFINITY, cell: start, part });
        }
        while let Some(Claim { cell, part, .. }) = heap.pop() {
            if owner[cell] != NOBODY {
                continue;
            }
            owner[cell] = part;
            for next in self.mesh.cells[cell].around().filter(|&n| owner[n] == NOBODY) {
                let d = self.places[next].distance(centres[part]);
                let over = if self.bank[next] == banks[part] { 0.0 } else { 2.5 * scale };
                heap.push(Claim { cost: d * d - bonus[part] + over, cell: next, part });
            }
        }
        cells.iter().map(|&c| owner[c]).collect()
    }

    /// Starting centres for `n` parts: the heaviest spot first, then always the cell farthest from those
    /// chosen, distances shortened where the load is thin so that the town gets more of them.
    pub fn spread(&self, cells: &[usize], n: usize) -> Vec<Pt> {
        let mut gap = vec![f64::INFINITY; cells.len()];
        let mut chosen: Vec<Pt> = Vec::new();
        for _ in 0..n {
            let score = |i: usize| gap[i].min(1e6) * self.load[cells[i]].sqrt();
            let Some(i) = (0..cells.len()).max_by(|&a, &b| score(a).total_cmp(&score(b))) else { break };
            let p = self.places[cells[i]];
            chosen.push(p);
            for (g, &c) in gap.iter_mut().zip(cells) {
                *g = g.min(self.places[c].distance(p));
            }
        }
        chosen
    }
}
