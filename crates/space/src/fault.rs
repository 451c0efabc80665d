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
    /// A position is off the globe.
    OffGlobe,
    /// The last position of a ring is not its first.
    Open,
    /// A ring has fewer than four positions.
    TooShort,
    /// A ring encloses nothing (after snapping to 1e-7 degree).
    ZeroArea,
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
    /// At which position of the ring.
    pub position: Option<usize>,
}

impl ShapeFault {
    pub(crate) fn of(wrong: Wrong) -> ShapeFault {
        ShapeFault { wrong, part: None, ring: None, position: None }
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

    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self.wrong {
            Wrong::NotAPolygon => "shape.not_a_polygon",
            Wrong::NotAList => "shape.not_a_list",
            Wrong::NotAPosition => "shape.not_a_position",
            Wrong::OffGlobe => "shape.off_globe",
            Wrong::Open => "shape.ring_open",
            Wrong::TooShort => "shape.ring_too_short",
            Wrong::ZeroArea => "shape.ring_without_area",
        }
    }

    /// The reason in Chinese; counts from 1, as people do.
    pub fn zh(&self) -> String {
        let what = match self.wrong {
            Wrong::NotAPolygon => "应为 GeoJSON 的 Polygon 或 MultiPolygon。",
            Wrong::NotAList => "应为非空数组。",
            Wrong::NotAPosition => "坐标应为 [经度, 纬度]。",
            Wrong::OffGlobe => "经纬度超出范围。",
            Wrong::Open => "环没有闭合：末点应与首点相同。",
            Wrong::TooShort => "环至少要有 4 个点。",
            Wrong::ZeroArea => "环的面积为零。",
        };
        let mut text = String::new();
        for (n, noun) in [(self.part, "部分"), (self.ring, "环"), (self.position, "点")] {
            if let Some(n) = n {
                text += &format!("第 {} {noun},", n + 1);
            }
        }
        text.pop();
        if text.is_empty() { what.to_owned() } else { format!("{text}:{what}") }
    }

    /// The reason in English; counts from 1, as people do.
    pub fn en(&self) -> String {
        let what = match self.wrong {
            Wrong::NotAPolygon => "has to be a GeoJSON Polygon or MultiPolygon.",
            Wrong::NotAList => "has to be a list that is not empty.",
            Wrong::NotAPosition => "a position has to be [longitude, latitude].",
            Wrong::OffGlobe => "not a point on the globe.",
            Wrong::Open => "the ring is not closed: its last position has to be its first.",
            Wrong::TooShort => "a ring has at least 4 positions.",
            Wrong::ZeroArea => "the ring encloses nothing.",
        };
        let parts = [(self.part, "part"), (self.ring, "ring"), (self.position, "position")];
        let at: Vec<String> =
            parts.iter().filter_map(|(n, noun)| n.map(|n| format!("{noun} {}", n + 1))).collect();
        if at.is_empty() { format!("The geometry {what}") } else { format!("{}: {what}", at.join(", ")) }
    }
}

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for ShapeFault {}
