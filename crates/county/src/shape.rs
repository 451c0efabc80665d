//! Points, rings and the plane they are drawn on.
//!
//! Published coordinates are whole numbers of 1e-7 degree; drawing happens in metres on a local plane.
//! Only + − × ÷ √ are used (they are exact by IEEE 754 everywhere); sines come from [`wave`], because the
//! ones of the platform's library differ in the last digit from machine to machine.

/// `[longitude, latitude]` in units of 1e-7 degree, CGCS2000.
pub type Vertex = [i32; 2];

/// A closed line: the last vertex repeats the first. Exteriors run counter-clockwise, holes clockwise.
pub type Ring = Vec<Vertex>;

/// South-west corner of the county's frame: 120.20° E, 30.10° N.
pub const SOUTH_WEST: Vertex = [1_202_000_000, 301_000_000];
/// North-east corner of the county's frame: 120.50° E, 30.35° N.
pub const NORTH_EAST: Vertex = [1_205_000_000, 303_500_000];

/// Metres in 1e-7 degree of latitude, and of longitude at 30.225° N: good to a part in a thousand over the
/// county, which is all a drawing needs.
const METRES: [f64; 2] = [0.011_132 * 0.864_056, 0.011_132];

/// A point of the local plane: metres east and north of [`SOUTH_WEST`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pt {
    pub x: f64,
    pub y: f64,
}

impl Pt {
    pub fn of(vertex: Vertex) -> Pt {
        Pt {
            x: f64::from(vertex[0] - SOUTH_WEST[0]) * METRES[0],
            y: f64::from(vertex[1] - SOUTH_WEST[1]) * METRES[1],
        }
    }

    pub fn vertex(self) -> Vertex {
        [
            SOUTH_WEST[0] + (self.x / METRES[0]).round() as i32,
            SOUTH_WEST[1] + (self.y / METRES[1]).round() as i32,
        ]
    }

    pub fn distance(self, other: Pt) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point `t` of the way to `other` (0 here, 1 there).
    pub fn towards(self, other: Pt, t: f64) -> Pt {
        Pt { x: self.x + (other.x - self.x) * t, y: self.y + (other.y - self.y) * t }
    }

    /// Moved `along` metres in the direction (dx, dy) of length one, and `left` metres to its left.
    pub fn moved(self, direction: (f64, f64), along: f64, left: f64) -> Pt {
        Pt {
            x: self.x + direction.0 * along - direction.1 * left,
            y: self.y + direction.1 * along + direction.0 * left,
        }
    }

    /// The direction to `other`, of length one; east when the two are the same point.
    pub fn direction(self, other: Pt) -> (f64, f64) {
        let d = self.distance(other);
        if d == 0.0 { (1.0, 0.0) } else { ((other.x - self.x) / d, (other.y - self.y) / d) }
    }

    /// Distance in metres to the segment from `a` to `b`.
    pub fn distance_to_segment(self, a: Pt, b: Pt) -> f64 {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length2 = dx * dx + dy * dy;
        if length2 == 0.0 {
            return self.distance(a);
        }
        let t = ((self.x - a.x) * dx + (self.y - a.y) * dy) / length2;
        self.distance(a.towards(b, t.clamp(0.0, 1.0)))
    }
}

/// Width of the county's frame in metres.
pub(crate) fn width() -> f64 {
    Pt::of(NORTH_EAST).x
}

/// Height of the county's frame in metres.
pub(crate) fn height() -> f64 {
    Pt::of(NORTH_EAST).y
}

/// sin(2π·`turns`) by its Taylor series on a quarter turn: error below 1e-6, the same on every machine.
pub(crate) fn wave(turns: f64) -> f64 {
    let t = turns - (turns + 0.5).floor(); // in [-0.5, 0.5)
    let t = if t > 0.25 {
        0.5 - t
    } else if t < -0.25 {
        -0.5 - t
    } else {
        t
    };
    let x = t * std::f64::consts::TAU;
    let x2 = x * x;
    x * (1.0 - x2 / 6.0 * (1.0 - x2 / 20.0 * (1.0 - x2 / 42.0 * (1.0 - x2 / 72.0 * (1.0 - x2 / 110.0)))))
}

/// Twice the signed area of a closed ring in units of (1e-7 degree)²: positive when counter-clockwise, exact.
pub fn doubled_area(ring: &[Vertex]) -> i64 {
    let Some(origin) = ring.first() else { return 0 };
    let at = |v: &Vertex| (i64::from(v[0] - origin[0]), i64::from(v[1] - origin[1]));
    ring.windows(2)
        .map(|pair| {
            let (a, b) = (at(&pair[0]), at(&pair[1]));
            a.0 * b.1 - b.0 * a.1
        })
        .sum()
}

/// True when the point (degrees) lies inside the polygon whose rings are given, by crossing parity; holes
/// count as outside. A point exactly on a border belongs to one of the two sides, never to both.
pub fn contains(rings: &[Ring], lon: f64, lat: f64) -> bool {
    let (x, y) = (lon * 1e7, lat * 1e7);
    let mut inside = false;
    for ring in rings {
        for pair in ring.windows(2) {
            // South to north always, so that both owners of a border compute the very same crossing.
            let (s, n) = if pair[0][1] <= pair[1][1] { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            let (sx, sy) = (f64::from(s[0]), f64::from(s[1]));
            let (nx, ny) = (f64::from(n[0]), f64::from(n[1]));
            if sy <= y && y < ny && x < sx + (y - sy) / (ny - sy) * (nx - sx) {
                inside = !inside;
            }
        }
    }
    inside
}

/// As [`contains`], for a vertex.
pub fn contains_vertex(rings: &[Ring], vertex: Vertex) -> bool {
    contains(rings, f64::from(vertex[0]) / 1e7, f64::from(vertex[1]) / 1e7)
}

/// Which side of the line a→b the point c is on: positive left, negative right, 0 on it. Exact.
fn turn(a: Vertex, b: Vertex, c: Vertex) -> i64 {
    let d = |p: Vertex, q: Vertex, i: usize| i64::from(p[i]) - i64::from(q[i]);
    d(b, a, 0) * d(c, a, 1) - d(b, a, 1) * d(c, a, 0)
}

fn within_box(a: Vertex, b: Vertex, c: Vertex) -> bool {
    (0..2).all(|i| a[i].min(b[i]) <= c[i] && c[i] <= a[i].max(b[i]))
}

/// True when two segments have a point in common that is not an end of both. Exact.
pub fn segments_cross(a: Vertex, b: Vertex, c: Vertex, d: Vertex) -> bool {
    let touches =
        |p: Vertex, q: Vertex, r: Vertex| r != p && r != q && turn(p, q, r) == 0 && within_box(p, q, r);
    if touches(a, b, c) || touches(a, b, d) || touches(c, d, a) || touches(c, d, b) {
        return true;
    }
    let opposite = |s: i64, t: i64| (s > 0 && t < 0) || (s < 0 && t > 0);
    opposite(turn(a, b, c), turn(a, b, d)) && opposite(turn(c, d, a), turn(c, d, b))
}

/// How many pairs of the segments cross (see [`segments_cross`]). Segments are sorted into squares of about
/// 500 m first, so the time is near linear for short segments.
pub fn crossings(segments: &[(Vertex, Vertex)]) -> usize {
    const SQUARE: i32 = 50_000;
    let mut squares: std::collections::BTreeMap<(i32, i32), Vec<usize>> = Default::default();
    for (i, (a, b)) in segments.iter().enumerate() {
        for x in a[0].min(b[0]) / SQUARE..=a[0].max(b[0]) / SQUARE {
            for y in a[1].min(b[1]) / SQUARE..=a[1].max(b[1]) / SQUARE {
                squares.entry((x, y)).or_default().push(i);
            }
        }
    }
    let mut found = std::collections::BTreeSet::new();
    for members in squares.values() {
        for (k, &i) in members.iter().enumerate() {
            for &j in &members[k + 1..] {
                let ((a, b), (c, d)) = (segments[i], segments[j]);
                if segments_cross(a, b, c, d) {
                    found.insert((i, j));
                }
            }
        }
    }
    found.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wave_is_a_sine() {
        for i in -40..=40 {
            let turns = f64::from(i) * 0.05;
            assert!((wave(turns) - (turns * std::f64::consts::TAU).sin()).abs() < 1e-6, "{turns}");
        }
    }

    #[test]
    fn metres_and_degrees_agree() {
        let p = Pt { x: 12_345.6, y: 7_654.3 };
        assert!(Pt::of(p.vertex()).distance(p) < 0.02);
    }

    #[test]
    fn sharing_an_end_is_no_crossing_but_touching_inside_is() {
        let [o, e, n, m] = [[0, 0], [10, 0], [0, 10], [5, 0]];
        assert!(!segments_cross(o, e, o, n));
        assert!(segments_cross(o, e, m, n));
        assert!(segments_cross(o, [10, 10], e, n));
        assert!(segments_cross(o, e, o, m));
    }

    #[test]
    fn a_square_has_its_area_and_its_inside() {
        let square = vec![[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];
        assert_eq!(doubled_area(&square), 200);
        assert!(contains(std::slice::from_ref(&square), 5e-7, 5e-7));
        assert!(!contains(&[square], 15e-7, 5e-7));
    }
}
