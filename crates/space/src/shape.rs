use crate::{Bounds, Point, ShapeFault, Side, Vertex, Wrong};

/// A polygon of one or more parts, each with any number of holes. Rings are kept without the repeated last
/// vertex and without consecutive equal ones; exteriors run counter-clockwise, holes clockwise (RFC 7946).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    vertices: Vec<Vertex>,
    /// Where each ring ends in `vertices`.
    rings: Vec<usize>,
    /// Where each part ends in `rings`.
    parts: Vec<usize>,
    bounds: Bounds,
}

impl Shape {
    /// From the rings of each part, exterior first. The last vertex of a ring may repeat the first or not.
    pub fn from_rings<P, R>(parts: P) -> Result<Shape, ShapeFault>
    where
        P: IntoIterator<Item = R>,
        R: IntoIterator<Item = Vec<Vertex>>,
    {
        let (mut vertices, mut ring_ends, mut part_ends) = (Vec::new(), Vec::new(), Vec::new());
        for (i, part) in parts.into_iter().enumerate() {
            let before = ring_ends.len();
            for (j, mut ring) in part.into_iter().enumerate() {
                tidy(&mut ring);
                let area = doubled_area(&ring);
                if ring.len() < 3 || area == 0 {
                    return Err(ShapeFault::of(Wrong::ZeroArea).part(i).ring(j));
                }
                if (area > 0) != (j == 0) {
                    // It still begins where it began: the same ring told in either direction is the same shape.
                    ring[1..].reverse();
                }
                vertices.append(&mut ring);
                ring_ends.push(vertices.len());
            }
            if ring_ends.len() == before {
                return Err(ShapeFault::of(Wrong::NotAList).part(i));
            }
            part_ends.push(ring_ends.len());
        }
        let bounds = Bounds::around(vertices.iter().copied()).ok_or(ShapeFault::of(Wrong::NotAList))?;
        Ok(Shape { vertices, rings: ring_ends, parts: part_ends, bounds })
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// How many vertices it has.
    pub fn size(&self) -> usize {
        self.vertices.len()
    }

    /// Its parts, each the rings of a polygon, exterior first; rings without the repeated last vertex.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = impl ExactSizeIterator<Item = &[Vertex]>> {
        (0..self.parts.len()).map(move |i| {
            let first = if i == 0 { 0 } else { self.parts[i - 1] };
            (first..self.parts[i]).map(move |r| {
                let start = if r == 0 { 0 } else { self.rings[r - 1] };
                &self.vertices[start..self.rings[r]]
            })
        })
    }

    /// A point inside, in the middle of the widest stretch of a line from west to east near the middle
    /// of the shape: a place for a label. Moves when the shape changes.
    pub fn inner_point(&self) -> Point {
        let mut levels: Vec<i32> = self.vertices.iter().map(|v| v[1]).collect();
        levels.sort_unstable();
        levels.dedup();
        let middle = (f64::from(self.bounds.south) + f64::from(self.bounds.north)) / 2.0;
        let mut between: Vec<f64> =
            levels.windows(2).map(|w| (f64::from(w[0]) + f64::from(w[1])) / 2.0).collect();
        between.sort_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
        // The line nearest to the middle serves all but slivers thinner than a floating-point step.
        let found =
            between.into_iter().filter_map(|y| self.widest(y)).find(|&p| self.side(p) == Side::Inside);
        found.unwrap_or(self.vertices[0].into())
    }

    fn widest(&self, y: f64) -> Option<Point> {
        let mut crossings = Vec::new();
        for ring in self.parts().flatten() {
            let mut a = *ring.last()?;
            for &b in ring {
                let (ay, by) = (f64::from(a[1]), f64::from(b[1]));
                if (ay < y) != (by < y) {
                    let (ax, bx) = (f64::from(a[0]), f64::from(b[0]));
                    crossings.push(ax + (y - ay) / (by - ay) * (bx - ax));
                }
                a = b;
            }
        }
        crossings.sort_by(f64::total_cmp);
        let spans = crossings.as_chunks::<2>().0.iter();
        let widest = spans.max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
        Some(Point { x: (widest[0] + widest[1]) / 2.0, y })
    }
}

/// Takes away the repeated last vertex and consecutive equal ones.
fn tidy(ring: &mut Vec<Vertex>) {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
}

/// Twice the signed area, exact; positive when counter-clockwise.
pub(crate) fn doubled_area(ring: &[Vertex]) -> i128 {
    let Some(&last) = ring.last() else { return 0 };
    let wide = |v: Vertex| (i128::from(v[0]), i128::from(v[1]));
    let mut a = wide(last);
    ring.iter().fold(0, |sum, &v| {
        let b = wide(v);
        let cross = a.0 * b.1 - b.0 * a.1;
        a = b;
        sum + cross
    })
}
