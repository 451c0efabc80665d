//! Whether rings make a polygon: a sweep from west to east, exact in whole numbers, O(n log n).
//!
//! The edges that a line from south to north meets are kept in order. Two edges that cross are neighbours
//! in that order before they do, so that asking neighbours is enough (Shamos and Hoey). Edges are cut where a
//! vertex lies on them; at such places the chains through the point may not change sides.

use crate::{ShapeFault, Spot, Vertex, Wrong};
use std::{cmp::Ordering, collections::BTreeSet, ops::Bound::Excluded};

/// A ring to judge: without the repeated last vertex, without equal neighbours, not all on one line.
pub(crate) struct Ring {
    /// Of which part of the file.
    pub part: usize,
    /// Which ring of it; 0 is the exterior.
    pub ring: usize,
    pub vertices: Vec<Vertex>,
    /// Which position of the file each vertex was.
    pub origins: Vec<u32>,
}

/// The sign of twice the area of a, b, c: positive when c lies to the left of a → b.
pub(crate) fn turn(a: Vertex, b: Vertex, c: Vertex) -> i32 {
    let d = |p: Vertex, axis: usize| i64::from(p[axis]) - i64::from(a[axis]);
    let (bx, by, cx, cy) = (d(b, 0), d(b, 1), d(c, 0), d(c, 1));
    // Products of numbers below 2³¹ leave room for their difference; only edges over 200° long need more.
    let small = |n: i64| n.unsigned_abs() < 1 << 31;
    if small(bx) && small(by) && small(cx) && small(cy) {
        (bx * cy).cmp(&(by * cx)) as i32
    } else {
        (i128::from(bx) * i128::from(cy)).cmp(&(i128::from(by) * i128::from(cx))) as i32
    }
}

/// A piece of an edge, from its western end (of a vertical one, its southern) to its eastern.
#[derive(Debug, Clone, Copy)]
struct Segment {
    from: Vertex,
    to: Vertex,
    edge: u32,
    /// Whether the land is above it: inside its ring, outside a hole.
    land: bool,
}

/// What stands in the order along the sweep line: segments, and places just below and above a point.
#[derive(Debug, Clone, Copy)]
enum Entry {
    Segment(Segment),
    Below(Vertex),
    Above(Vertex),
}

fn by_height(a: &Segment, b: &Segment) -> Ordering {
    if a.edge == b.edge {
        return Ordering::Equal;
    }
    if a.from < b.from {
        return by_height(b, a).reverse();
    }
    let start = turn(b.from, b.to, a.from);
    let side = if start != 0 { start } else { turn(b.from, b.to, a.to) };
    // Of two parts with a common edge the one below comes first.
    side.cmp(&0).then(a.land.cmp(&b.land)).then(a.edge.cmp(&b.edge))
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        use Entry::{Above, Below, Segment};
        // A point on the segment is above it for `Above` and below it for `Below`.
        let point = |p: Vertex, s: &self::Segment, on: Ordering| turn(s.from, s.to, p).cmp(&0).then(on);
        match (self, other) {
            (Segment(a), Segment(b)) => by_height(a, b),
            (Below(p), Segment(s)) => point(*p, s, Ordering::Less),
            (Above(p), Segment(s)) => point(*p, s, Ordering::Greater),
            (Segment(s), Below(p)) => point(*p, s, Ordering::Less).reverse(),
            (Segment(s), Above(p)) => point(*p, s, Ordering::Greater).reverse(),
            (Below(_), Above(_)) => Ordering::Less,
            (Above(_), Below(_)) => Ordering::Greater,
            (Below(_), Below(_)) | (Above(_), Above(_)) => Ordering::Equal,
        }
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}

/// Refuses rings that are no polygon: edges that cross or run along each other, holes outside their
/// exterior or inside another hole, parts inside other parts. Touching at points is fine, and so are two parts
/// on either side of a common edge.
pub(crate) fn check(rings: &[Ring]) -> Result<(), ShapeFault> {
    let mut sweep = Sweep::new(rings);
    let mut order: Vec<(Vertex, u32)> = sweep.points.iter().copied().zip(0..).collect();
    order.sort_unstable();
    for here in order.chunk_by(|a, b| a.0 == b.0) {
        sweep.step(here)?;
    }
    sweep.nesting()
}

struct Sweep<'a> {
    rings: &'a [Ring],
    points: Vec<Vertex>,
    /// Where each ring starts in `points`; one more at the end.
    starts: Vec<u32>,
    of: Vec<u32>,
    /// Whether each ring runs counter-clockwise.
    left: Vec<bool>,
    /// The smallest ring around each; `None` before the ring is met, `Some(None)` when there is none.
    around: Vec<Option<Option<u32>>>,
    line: BTreeSet<Entry>,
    ending: Vec<Segment>,
    starting: Vec<Segment>,
}

impl Sweep<'_> {
    fn new(rings: &[Ring]) -> Sweep<'_> {
        let (mut points, mut starts, mut of) = (Vec::new(), vec![0], Vec::new());
        for (n, ring) in rings.iter().enumerate() {
            points.extend_from_slice(&ring.vertices);
            starts.push(points.len() as u32);
            of.resize(points.len(), n as u32);
        }
        let left = rings.iter().map(|r| crate::shape::doubled_area(&r.vertices) > 0).collect();
        Sweep {
            rings,
            points,
            starts,
            of,
            left,
            around: vec![None; rings.len()],
            line: BTreeSet::new(),
            ending: Vec::new(),
            starting: Vec::new(),
        }
    }

    /// The vertex after this one in its ring. An edge has the number of the vertex it starts from.
    fn next(&self, v: u32) -> u32 {
        let ring = self.of[v as usize] as usize;
        if v + 1 == self.starts[ring + 1] { self.starts[ring] } else { v + 1 }
    }

    fn before(&self, v: u32) -> u32 {
        let ring = self.of[v as usize] as usize;
        if v == self.starts[ring] { self.starts[ring + 1] - 1 } else { v - 1 }
    }

    /// All that happens at one point, given the vertices there.
    fn step(&mut self, here: &[(Vertex, u32)]) -> Result<(), ShapeFault> {
        let p = here[0].0;
        let (below, above) = (Entry::Below(p), Entry::Above(p));
        self.ending.clear();
        self.starting.clear();
        for entry in self.line.range((Excluded(below), Excluded(above))) {
            if let Entry::Segment(s) = entry {
                self.ending.push(*s);
            }
        }
        for &s in &self.ending {
            self.line.remove(&Entry::Segment(s));
            if s.to != p {
                // It goes on beyond the vertex that lies on it.
                self.starting.push(Segment { from: p, ..s });
            }
        }
        let cut = !self.starting.is_empty();
        for &(_, v) in here {
            for (edge, end) in [(v, self.next(v)), (self.before(v), self.before(v))] {
                let to = self.points[end as usize];
                if to > p {
                    let eastward = edge == v;
                    let ring = self.of[v as usize] as usize;
                    let inside = eastward == self.left[ring];
                    let land = inside == (self.rings[ring].ring == 0);
                    self.starting.push(Segment { from: p, to, edge, land });
                }
            }
        }
        self.starting.sort_unstable_by(by_height);
        for pair in self.starting.windows(2) {
            let adjoin = pair[0].land != pair[1].land && self.part(pair[0]) != self.part(pair[1]);
            if turn(p, pair[0].to, pair[1].to) == 0 && !adjoin {
                return Err(self.fault(Wrong::Along, pair[0].edge, pair[1].edge, p));
            }
        }
        if cut || here.len() > 1 {
            self.chains(p)?;
        }
        let segment = |e: &Entry| if let Entry::Segment(s) = e { Some(*s) } else { None };
        let under = self.line.range(..below).next_back().and_then(segment);
        let over = self.line.range(above..).next().and_then(segment);
        self.surround(under);
        match (self.starting.first(), self.starting.last()) {
            (Some(low), Some(high)) => {
                self.apart(under, Some(*low))?;
                self.apart(Some(*high), over)?;
            }
            _ => self.apart(under, over)?,
        }
        self.line.extend(self.starting.iter().map(|&s| Entry::Segment(s)));
        Ok(())
    }

    /// The chains of edges that pass through a point may touch there, not change sides: going around the
    /// point, they open and close like brackets.
    fn chains(&self, p: Vertex) -> Result<(), ShapeFault> {
        let mut open: Vec<(u32, u32)> = Vec::new();
        for s in self.starting.iter().chain(self.ending.iter().rev()) {
            let next = self.next(s.edge);
            // A chain has the number of its vertex here; of an edge cut here, its own beyond all vertices.
            let chain = if self.points[s.edge as usize] == p {
                s.edge
            } else if self.points[next as usize] == p {
                next
            } else {
                self.points.len() as u32 + s.edge
            };
            if open.last().is_some_and(|o| o.0 == chain) {
                open.pop();
            } else {
                open.push((chain, s.edge));
            }
        }
        match open[..] {
            [a, b, ..] => Err(self.fault(Wrong::Crossing, a.1, b.1, p)),
            _ => Ok(()),
        }
    }

    /// For rings met for the first time: which ring is around them, told by what is just below.
    fn surround(&mut self, under: Option<Segment>) {
        let mut below = under;
        for s in &self.starting {
            let ring = self.of[s.edge as usize];
            if self.around[ring as usize].is_none() {
                self.around[ring as usize] = Some(below.and_then(|b| {
                    let r = self.of[b.edge as usize];
                    let inside = b.land == (self.rings[r as usize].ring == 0);
                    if inside { Some(r) } else { self.around[r as usize].flatten() }
                }));
            }
            below = Some(*s);
        }
    }

    fn apart(&self, a: Option<Segment>, b: Option<Segment>) -> Result<(), ShapeFault> {
        let (Some(a), Some(b)) = (a, b) else { return Ok(()) };
        let crosses = turn(a.from, a.to, b.from) * turn(a.from, a.to, b.to) < 0
            && turn(b.from, b.to, a.from) * turn(b.from, b.to, a.to) < 0;
        if crosses { Err(self.fault(Wrong::Crossing, a.edge, b.edge, meeting(a, b))) } else { Ok(()) }
    }

    fn part(&self, s: Segment) -> usize {
        self.rings[self.of[s.edge as usize] as usize].part
    }

    /// Told of the edge that stands first in the file, with the other beside it.
    fn fault(&self, wrong: Wrong, a: u32, b: u32, at: Vertex) -> ShapeFault {
        ShapeFault::of(wrong).spot(self.spot(a.min(b))).other(self.spot(a.max(b))).at(at)
    }

    fn spot(&self, vertex: u32) -> Spot {
        let ring = self.of[vertex as usize] as usize;
        self.rings[ring].spot((vertex - self.starts[ring]) as usize)
    }

    fn nesting(&self) -> Result<(), ShapeFault> {
        for (n, ring) in self.rings.iter().enumerate() {
            let around = self.around[n].flatten().map(|r| &self.rings[r as usize]);
            let wrong = match around {
                // An island may lie in the hole of another part.
                None if ring.ring == 0 => None,
                Some(r) if ring.ring == 0 => (r.ring == 0).then_some(Wrong::PartInside),
                Some(r) if r.part == ring.part && r.ring == 0 => None,
                _ => Some(Wrong::HoleOutside),
            };
            if let Some(wrong) = wrong {
                let fault = ShapeFault::of(wrong).part(ring.part).ring(ring.ring);
                return Err(fault.at(ring.vertices[0]));
            }
        }
        Ok(())
    }
}

/// Where two segments that cross do so, to the nearest vertex.
fn meeting(a: Segment, b: Segment) -> Vertex {
    let f = |v: Vertex| v.map(f64::from);
    let (p, q, r, s) = (f(a.from), f(a.to), f(b.from), f(b.to));
    let (u, v) = ([q[0] - p[0], q[1] - p[1]], [s[0] - r[0], s[1] - r[1]]);
    let t = ((r[0] - p[0]) * v[1] - (r[1] - p[1]) * v[0]) / (u[0] * v[1] - u[1] * v[0]);
    [(p[0] + t * u[0]).round() as i32, (p[1] + t * u[1]).round() as i32]
}
