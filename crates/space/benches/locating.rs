//! One million points in 19,600 polygons of 48 vertices on one thread, beside the plain way: every box, then the
//! exact test. Also how long the locator takes to build, and how long a polygon of a million vertices is judged.
//! `cargo bench -p space`

use kernel::AreaCode;
use space::{Crs, Locator, Point, Shape, Vertex};
use std::hint::black_box;
use tokio::time::Instant;

const SIDE: usize = 140;
/// Vertices between two nodes of the lattice.
const FINE: usize = 12;
const STEP: i32 = 12_000;
const N: usize = 1_000_000;
const BATCH: usize = 1_000;

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A border between two nodes, bent; neighbours share it exactly.
fn border(from: Vertex, to: Vertex) -> Vec<Vertex> {
    let seed = |v: Vertex| (v[0] as u64) << 32 ^ v[1] as u32 as u64;
    let mut dice = Dice(seed(from).wrapping_mul(31) ^ seed(to));
    let mut out = vec![from];
    for i in 1..FINE as i32 {
        let at = |k: usize| from[k] + (to[k] - from[k]) / FINE as i32 * i;
        let bend = (dice.next() % 1200) as i32 - 600;
        let across = usize::from((to[0] - from[0]).abs() > (to[1] - from[1]).abs());
        let mut v = [at(0), at(1)];
        v[across] += bend;
        out.push(v);
    }
    out
}

fn cells() -> Result<Vec<(AreaCode, Shape)>, Box<dyn std::error::Error>> {
    let node = |i: usize, j: usize| -> Vertex {
        let mut dice = Dice((i * 1000 + j) as u64);
        let mut off = || (dice.next() % 3000) as i32 - 1500;
        [1_160_000_000 + i as i32 * STEP + off(), 398_000_000 + j as i32 * STEP + off()]
    };
    let mut out = Vec::new();
    for i in 0..SIDE {
        for j in 0..SIDE {
            let (a, b, c, d) = (node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1));
            let back = |from, to| {
                let mut line = border(to, from);
                line.push(from);
                line.reverse();
                line.pop();
                line
            };
            let ring = [border(a, b), border(b, c), back(c, d), back(d, a)].concat();
            let code = AreaCode::new(990_101_001_000_001 + (i * SIDE + j) as u64).ok_or("code")?;
            out.push((code, Shape::from_rings([[ring]])?));
        }
    }
    Ok(out)
}

/// What people write first.
fn plain(cells: &[(AreaCode, Shape)], p: Point) -> Option<AreaCode> {
    let held = |(_, s): &&(AreaCode, Shape)| s.bounds().holds(p) && s.covers(p);
    cells.iter().find(held).map(|(code, _)| *code)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cells = cells()?;
    let size: usize = cells.iter().map(|(_, s)| s.size()).sum();
    let began = Instant::now();
    let locator = Locator::new(cells.clone());
    println!(
        "{} areas, {size} vertices; locator built in {:.0} ms",
        cells.len(),
        began.elapsed().as_secs_f64() * 1e3
    );

    let mut dice = Dice(7);
    let degrees = f64::from(STEP) * SIDE as f64 / 1e7;
    let points: Vec<[f64; 2]> =
        (0..N).map(|_| [116.0 + dice.unit() * degrees, 39.8 + dice.unit() * degrees]).collect();
    let mut batches = Vec::with_capacity(N / BATCH);
    let began = Instant::now();
    for batch in points.chunks(BATCH) {
        let begin = Instant::now();
        black_box(locator.locate_many(batch));
        batches.push(begin.elapsed().as_secs_f64() * 1e9 / batch.len() as f64);
    }
    let all = began.elapsed().as_secs_f64();
    batches.sort_by(f64::total_cmp);
    let p = |q: f64| batches[((batches.len() - 1) as f64 * q) as usize];
    println!(
        "{N} points in {all:.3} s, {:.1} M points/s; ns each, of batches of {BATCH}: p50 {:.0}, p95 {:.0}, p99 {:.0}",
        N as f64 / all / 1e6,
        p(0.5),
        p(0.95),
        p(0.99)
    );

    let some = &points[..20_000];
    let began = Instant::now();
    let walked: Vec<_> = some.iter().map(|q| plain(&cells, Point::of(q[0], q[1]))).collect();
    let each = began.elapsed().as_secs_f64() * 1e9 / some.len() as f64;
    let same = walked == locator.locate_many(some);
    println!("box by box: {each:.0} ns each, {:.0} times as long; same answers: {same}", each / p(0.5));

    let ring = (0..1_000_000).map(|i| {
        let (s, c) = (std::f64::consts::TAU * f64::from(i) / 1e6).sin_cos();
        let r = 1.0 + 0.1 * f64::from(i % 2);
        [116.0 + r * c, 39.0 + r * s]
    });
    let mut ring: Vec<[f64; 2]> = ring.collect();
    ring.push(ring[0]);
    let began = Instant::now();
    let (shape, _) = Shape::from_degrees(&[vec![ring]], Crs::Cgcs2000)?;
    let judged = began.elapsed().as_secs_f64();
    println!("a polygon of {} vertices is judged in {judged:.2} s", shape.size());
    if all > 1.0 || !same || judged > 5.0 {
        return Err(
            "1,000,000 points take at most 1 s and agree with the plain way; a polygon at most 5 s".into()
        );
    }
    Ok(())
}
