use crate::{Shape, Vertex};
use std::fmt;

/// Bytes that are no stored shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadBytes;

impl fmt::Display for BadBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a stored shape")
    }
}

impl std::error::Error for BadBytes {}

/// The first byte of the form described at [`Shape::to_bytes`].
const FORM: u8 = 1;

impl Shape {
    /// The compact form for storage: a byte 1, then LEB128 numbers: how many parts; of each part how many
    /// rings; of each ring how many vertices and the zigzag differences from vertex to vertex, the first
    /// one from the last vertex of the ring before. About 5 bytes a vertex.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size() * 5 + 16);
        out.push(FORM);
        let mut before: Vertex = [0, 0];
        count(&mut out, self.parts().len());
        for part in self.parts() {
            count(&mut out, part.len());
            for ring in part {
                count(&mut out, ring.len());
                for &v in ring {
                    for axis in 0..2 {
                        let d = i64::from(v[axis]) - i64::from(before[axis]);
                        number(&mut out, ((d << 1) ^ (d >> 63)) as u64);
                    }
                    before = v;
                }
            }
        }
        out
    }

    /// Reads [`Shape::to_bytes`] back; whatever else is given is refused, never trusted.
    pub fn from_bytes(bytes: &[u8]) -> Result<Shape, BadBytes> {
        let mut from = Reader(bytes);
        if from.byte()? != FORM {
            return Err(BadBytes);
        }
        let mut before: Vertex = [0, 0];
        let mut parts = Vec::new();
        for _ in 0..from.count()? {
            let mut rings = Vec::new();
            for _ in 0..from.count()? {
                let n = from.count()?;
                let mut ring = Vec::with_capacity(n);
                for _ in 0..n {
                    let (x, y) = (from.step(before[0], 1_800_000_000)?, from.step(before[1], 900_000_000)?);
                    before = [x, y];
                    ring.push(before);
                }
                rings.push(ring);
            }
            parts.push(rings);
        }
        if !from.0.is_empty() {
            return Err(BadBytes);
        }
        Shape::from_rings(parts).map_err(|_| BadBytes)
    }
}

fn count(out: &mut Vec<u8>, n: usize) {
    number(out, n as u64);
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, BadBytes> {
        let (&first, rest) = self.0.split_first().ok_or(BadBytes)?;
        self.0 = rest;
        Ok(first)
    }

    fn number(&mut self) -> Result<u64, BadBytes> {
        let mut n = 0u64;
        for shift in (0..35).step_by(7) {
            let b = self.byte()?;
            n |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Ok(n);
            }
        }
        Err(BadBytes)
    }

    /// A count of things that take at least a byte each, so that a damaged one cannot claim the memory.
    fn count(&mut self) -> Result<usize, BadBytes> {
        let n = self.number()? as usize;
        (n <= self.0.len()).then_some(n).ok_or(BadBytes)
    }

    fn step(&mut self, from: i32, limit: i64) -> Result<i32, BadBytes> {
        let z = self.number()?;
        let d = (z >> 1) as i64 ^ -((z & 1) as i64);
        let to = i64::from(from) + d;
        if to.abs() > limit {
            return Err(BadBytes);
        }
        Ok(to as i32)
    }
}
