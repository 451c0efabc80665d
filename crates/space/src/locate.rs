use crate::{Bounds, Point, Shape};
use kernel::AreaCode;
use std::ops::Range;

/// Finds the area that holds a point. Where several do (shared borders, overlaps), the lowest code wins.
///
/// Made for tens of thousands of areas: their boxes are sorted into a grid of equal buckets, and only the
/// areas of the point's bucket are asked, exactly, in the order of their codes.
#[derive(Debug, Clone, Default)]
pub struct Locator {
    areas: Vec<(AreaCode, Shape)>,
    grid: Option<Grid>,
}

#[derive(Debug, Clone)]
struct Grid {
    bounds: Bounds,
    across: usize,
    down: usize,
    /// Where each bucket's indices start in `of`; one more at the end.
    starts: Vec<u32>,
    /// Indices into the areas, ascending within a bucket.
    of: Vec<u32>,
}

/// More buckets than this cost memory and gain nothing.
const MOST: f64 = 65_536.0;

impl Locator {
    /// Of these areas; codes may repeat.
    pub fn new(mut areas: Vec<(AreaCode, Shape)>) -> Locator {
        areas.sort_by_key(|(code, _)| *code);
        let bounds = areas.iter().map(|(_, s)| s.bounds()).reduce(Bounds::with);
        let grid = bounds.map(|b| Grid::new(b, &areas));
        Locator { areas, grid }
    }

    /// The area that holds a point given in degrees, its borders included.
    pub fn locate(&self, lon: f64, lat: f64) -> Option<AreaCode> {
        self.at(Point::of(lon, lat))
    }

    /// The same for a point in units of 1e-7 degree.
    pub fn at(&self, p: Point) -> Option<AreaCode> {
        let candidates = self.grid.as_ref()?.bucket(p)?;
        let holder = candidates.iter().map(|&i| &self.areas[i as usize]).find(|(_, shape)| shape.covers(p));
        holder.map(|(code, _)| *code)
    }

    /// The areas, by code.
    pub fn areas(&self) -> &[(AreaCode, Shape)] {
        &self.areas
    }

    /// The box around them all.
    pub fn bounds(&self) -> Option<Bounds> {
        self.grid.as_ref().map(|g| g.bounds)
    }
}

impl Grid {
    fn new(bounds: Bounds, areas: &[(AreaCode, Shape)]) -> Grid {
        let side = (4.0 * areas.len() as f64).min(MOST).sqrt().ceil() as usize;
        let mut grid =
            Grid { bounds, across: side, down: side, starts: vec![0; side * side + 1], of: Vec::new() };
        let boxes: Vec<_> = areas.iter().map(|(_, s)| grid.cells(s.bounds())).collect();
        let each = |cells: &(Range<usize>, Range<usize>)| {
            let (xs, ys) = cells.clone();
            ys.flat_map(move |y| xs.clone().map(move |x| y * side + x))
        };
        for cell in boxes.iter().flat_map(each) {
            grid.starts[cell + 1] += 1;
        }
        for i in 1..grid.starts.len() {
            grid.starts[i] += grid.starts[i - 1];
        }
        grid.of = vec![0; grid.starts[side * side] as usize];
        let mut next = grid.starts.clone();
        for (i, cells) in boxes.iter().enumerate() {
            for cell in each(cells) {
                grid.of[next[cell] as usize] = i as u32;
                next[cell] += 1;
            }
        }
        grid
    }

    /// Column and row of a point within the bounds. The same monotone formula serves boxes and points, so a
    /// point in a box is always in one of the box's cells.
    fn cell(&self, p: Point) -> (usize, usize) {
        let place = |v: f64, low: i32, high: i32, n: usize| {
            let extent = f64::from(high) - f64::from(low);
            (((v - f64::from(low)) / extent * n as f64) as usize).min(n - 1)
        };
        let b = &self.bounds;
        (place(p.x, b.west, b.east, self.across), place(p.y, b.south, b.north, self.down))
    }

    fn cells(&self, b: Bounds) -> (Range<usize>, Range<usize>) {
        let (left, low) = self.cell(Point::from([b.west, b.south]));
        let (right, high) = self.cell(Point::from([b.east, b.north]));
        (left..right + 1, low..high + 1)
    }

    fn bucket(&self, p: Point) -> Option<&[u32]> {
        if !self.bounds.holds(p) {
            return None;
        }
        let (x, y) = self.cell(p);
        let cell = y * self.across + x;
        Some(&self.of[self.starts[cell] as usize..self.starts[cell + 1] as usize])
    }
}
