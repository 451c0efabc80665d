use crate::{UNITS, Vertex};
use std::fmt;

/// What is wrong with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Not an object with `type` "Polygon" or "MultiPolygon" and `coordinates`.
    NotAPolygon,
    /// A list is missing where one has to be, or it is empty.
    NotAList,
    /// A position is not two or more numbers.
    NotAPosition,
    /// An ordinate is not a finite number.
    NotFinite,
    /// A position is off the globe.
    OffGlobe,
    /// A position is off the globe, and on it with longitude and latitude exchanged.
    Swapped,
    /// Numbers so large that they are metres of a projected system.
    Projected,
    /// The last position of a ring is not its first.
    Open,
    /// A ring has fewer than four positions.
    TooShort,
    /// A ring encloses nothing (after snapping to 1e-7 degree).
    ZeroArea,
    /// Two edges cross, of one ring or of two.
    Crossing,
    /// Two edges run along each other, of one ring or of two.
    Along,
    /// A hole is not inside its exterior, or it is in another hole.
    HoleOutside,
    /// A part lies inside another part.
    PartInside,
    /// More than [`MOST_VERTICES`](crate::MOST_VERTICES).
    TooLarge,
}

/// A place in a geometry; parts, rings and positions count from 0, as in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which part (polygon).
    pub part: usize,
    /// Which ring of it: 0 is the exterior, the others are holes.
    pub ring: usize,
    /// Which position of the ring.
    pub position: usize,
}

/// Why a geometry was not taken, and where; parts, rings and positions count from 0, as in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeFault {
    /// What is wrong.
    pub wrong: Wrong,
    /// In which part (polygon); `None` when it is the geometry as a whole.
    pub part: Option<usize>,
    /// In which ring of it: 0 is the exterior, the others are holes.
    pub ring: Option<usize>,
    /// At which position of the ring; of an edge, the one it starts from.
    pub position: Option<usize>,
    /// The start of the other edge, where two are at odds.
    pub other: Option<Spot>,
    /// Where on the ground, as far as it can be said; in WGS-84. See [`ShapeFault::place`].
    pub at: Option<Vertex>,
}

impl ShapeFault {
    pub(crate) fn of(wrong: Wrong) -> ShapeFault {
        ShapeFault { wrong, part: None, ring: None, position: None, other: None, at: None }
    }
    pub(crate) fn part(self, n: usize) -> ShapeFault {
        ShapeFault { part: Some(n), ..self }
    }
    pub(crate) fn ring(self, n: usize) -> ShapeFault {
        ShapeFault { ring: Some(n), ..self }
    }
    pub(crate) fn position(self, n: usize) -> ShapeFault {
        ShapeFault { position: Some(n), ..self }
    }
    pub(crate) fn spot(self, s: Spot) -> ShapeFault {
        self.part(s.part).ring(s.ring).position(s.position)
    }
    pub(crate) fn other(self, s: Spot) -> ShapeFault {
        ShapeFault { other: Some(s), ..self }
    }
    pub(crate) fn at(self, v: Vertex) -> ShapeFault {
        ShapeFault { at: Some(v), ..self }
    }

    /// Longitude and latitude of the fault in degrees WGS-84, as far as it can be said.
    pub fn place(&self) -> Option<[f64; 2]> {
        self.at.map(|v| v.map(|n| f64::from(n) / UNITS))
    }

    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self.wrong {
            Wrong::NotAPolygon => "shape.not_a_polygon",
            Wrong::NotAList => "shape.not_a_list",
            Wrong::NotAPosition => "shape.not_a_position",
            Wrong::NotFinite => "shape.not_finite",
            Wrong::OffGlobe => "shape.off_globe",
            Wrong::Swapped => "shape.swapped",
            Wrong::Projected => "shape.projected",
            Wrong::Open => "shape.ring_open",
            Wrong::TooShort => "shape.ring_too_short",
            Wrong::ZeroArea => "shape.ring_without_area",
            Wrong::Crossing => "shape.edges_cross",
            Wrong::Along => "shape.edges_overlap",
            Wrong::HoleOutside => "shape.hole_outside",
            Wrong::PartInside => "shape.part_inside_part",
            Wrong::TooLarge => "shape.too_large",
        }
    }

    /// The reason in Chinese; counts from 1, as people do.
    pub fn zh(&self) -> String {
        let what = match self.wrong {
            Wrong::NotAPolygon => "应为 GeoJSON 的 Polygon 或 MultiPolygon。",
            Wrong::NotAList => "应为非空数组。",
            Wrong::NotAPosition => "坐标应为 [经度, 纬度]。",
            Wrong::NotFinite => "坐标不是有限的数。",
            Wrong::OffGlobe => "经纬度超出范围。",
            Wrong::Swapped => "纬度超出范围:经度和纬度是否颠倒?坐标应为 [经度, 纬度]。",
            Wrong::Projected => "坐标像是以米为单位的投影坐标,请先转换为经纬度。",
            Wrong::Open => "环没有闭合:末点应与首点相同。",
            Wrong::TooShort => "环至少要有 4 个点。",
            Wrong::ZeroArea => "环的面积为零。",
            Wrong::Crossing => "边相交。",
            Wrong::Along => "边重叠。",
            Wrong::HoleOutside => "洞不在外环之内。",
            Wrong::PartInside => "这一部分位于另一部分之内。",
            Wrong::TooLarge => "顶点超过 200 万个,请简化或拆分。",
        };
        let spot = |part: Option<usize>, ring, position| {
            let mut text = String::new();
            for (n, noun) in [(part, "部分"), (ring, "环"), (position, "点")] {
                if let Some(n) = n {
                    text += &format!("第 {} {noun},", n + 1);
                }
            }
            text.pop();
            text
        };
        let mut text = spot(self.part, self.ring, self.position);
        if let Some(o) = self.other {
            text += &format!(" 与 {}", spot(Some(o.part), Some(o.ring), Some(o.position)));
        }
        let place = self.place().map_or(String::new(), |[lon, lat]| format!("(经度 {lon:.7},纬度 {lat:.7})"));
        if text.is_empty() { what.to_owned() } else { format!("{text}{place}:{what}") }
    }

    /// The reason in English; counts from 1, as people do.
    pub fn en(&self) -> String {
        let what = match self.wrong {
            Wrong::NotAPolygon => "has to be a GeoJSON Polygon or MultiPolygon.",
            Wrong::NotAList => "has to be a list that is not empty.",
            Wrong::NotAPosition => "a position has to be [longitude, latitude].",
            Wrong::NotFinite => "an ordinate is not a finite number.",
            Wrong::OffGlobe => "not a point on the globe.",
            Wrong::Swapped => {
                "no such latitude: are longitude and latitude swapped? A position is [longitude, latitude]."
            }
            Wrong::Projected => {
                "these look like metres of a projected system: convert them to degrees first."
            }
            Wrong::Open => "the ring is not closed: its last position has to be its first.",
            Wrong::TooShort => "a ring has at least 4 positions.",
            Wrong::ZeroArea => "the ring encloses nothing.",
            Wrong::Crossing => "edges cross.",
            Wrong::Along => "edges run along each other.",
            Wrong::HoleOutside => "the hole is not inside its exterior.",
            Wrong::PartInside => "the part lies inside another part.",
            Wrong::TooLarge => "has more than 2,000,000 vertices: simplify or split it.",
        };
        let spot = |part: Option<usize>, ring, position| {
            let parts = [(part, "part"), (ring, "ring"), (position, "position")];
            let named = parts.iter().filter_map(|(n, noun)| n.map(|n| format!("{noun} {}", n + 1)));
            named.collect::<Vec<_>>().join(", ")
        };
        let mut text = spot(self.part, self.ring, self.position);
        if let Some(o) = self.other {
            text += &format!(" and {}", spot(Some(o.part), Some(o.ring), Some(o.position)));
        }
        let place = self
            .place()
            .map_or(String::new(), |[lon, lat]| format!(" (longitude {lon:.7}, latitude {lat:.7})"));
        if text.is_empty() { format!("The geometry {what}") } else { format!("{text}{place}: {what}") }
    }
}

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for ShapeFault {}
