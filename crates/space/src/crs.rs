use std::f64::consts::PI;

/// A coordinate system that boundaries come in. Everything is kept in CGCS2000, which for our purposes is
/// WGS-84 (they differ by centimetres).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crs {
    /// WGS-84, EPSG:4326: GPS, GeoJSON.
    Wgs84,
    /// CGCS2000, EPSG:4490: the national system; the same numbers as WGS-84.
    Cgcs2000,
    /// GCJ-02: what web and phone maps in China hand out, up to 700 m off.
    Gcj02,
    /// BD-09: Baidu's, GCJ-02 moved once more.
    Bd09,
}

impl Crs {
    /// All of them.
    pub const ALL: [Crs; 4] = [Crs::Wgs84, Crs::Cgcs2000, Crs::Gcj02, Crs::Bd09];

    /// Its code: `wgs84`, `cgcs2000`, `gcj02`, `bd09`.
    pub const fn code(self) -> &'static str {
        match self {
            Crs::Wgs84 => "wgs84",
            Crs::Cgcs2000 => "cgcs2000",
            Crs::Gcj02 => "gcj02",
            Crs::Bd09 => "bd09",
        }
    }

    /// By its code or by a name that files give it: `EPSG:4490`, `urn:ogc:def:crs:OGC:1.3:CRS84`,
    /// `GCS_WGS_1984`, `GCS_China_Geodetic_Coordinate_System_2000`, … Case, spaces and punctuation do not
    /// matter. `None` for every other system, above all for projected ones, whose numbers are metres.
    pub fn parse(name: &str) -> Option<Crs> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "wgs84"
            | "wgs1984"
            | "gcswgs84"
            | "gcswgs1984"
            | "epsg4326"
            | "4326"
            | "crs84"
            | "ogccrs84"
            | "urnogcdefcrsepsg4326"
            | "urnogcdefcrsogc13crs84"
            | "urnogcdefcrsogccrs84"
            | "httpwwwopengisnetdefcrsogc13crs84"
            | "httpwwwopengisnetdefcrsepsg04326" => Some(Crs::Wgs84),
            "cgcs2000"
            | "gcscgcs2000"
            | "chinageodeticcoordinatesystem2000"
            | "gcschinageodeticcoordinatesystem2000"
            | "epsg4490"
            | "4490"
            | "urnogcdefcrsepsg4490"
            | "httpwwwopengisnetdefcrsepsg04490" => Some(Crs::Cgcs2000),
            "gcj02" | "gcj2" => Some(Crs::Gcj02),
            "bd09" | "bd09ll" => Some(Crs::Bd09),
            _ => None,
        }
    }

    /// A position [longitude, latitude] of this system in WGS-84. The inverse of GCJ-02 and BD-09, which
    /// have no closed one, is found by iteration, to less than a micrometre.
    pub fn to_wgs84(self, p: [f64; 2]) -> [f64; 2] {
        match self {
            Crs::Wgs84 | Crs::Cgcs2000 => p,
            Crs::Gcj02 => inverse(gcj_of_wgs, p),
            Crs::Bd09 => inverse(gcj_of_wgs, inverse(bd_of_gcj, p)),
        }
    }

    /// A position [longitude, latitude] in WGS-84 in this system. Outside China GCJ-02 is WGS-84.
    pub fn from_wgs84(self, p: [f64; 2]) -> [f64; 2] {
        match self {
            Crs::Wgs84 | Crs::Cgcs2000 => p,
            Crs::Gcj02 => gcj_of_wgs(p),
            Crs::Bd09 => bd_of_gcj(gcj_of_wgs(p)),
        }
    }
}

/// Both shifts change by less than a hundredth of what their argument changes, so that each round brings two
/// digits or more. Where the shift jumps (the edge of its box) there may be no inverse; then the last round counts.
fn inverse(forward: fn([f64; 2]) -> [f64; 2], target: [f64; 2]) -> [f64; 2] {
    let mut p = target;
    for _ in 0..20 {
        let q = forward(p);
        let (dx, dy) = (q[0] - target[0], q[1] - target[1]);
        p = [p[0] - dx, p[1] - dy];
        if dx.abs() < 1e-13 && dy.abs() < 1e-13 {
            break;
        }
    }
    p
}

/// The box in which GCJ-02 is shifted.
fn in_china([lon, lat]: [f64; 2]) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

/// As published by those who worked it out (the "eviltransform"); on the Krasovsky ellipsoid.
fn gcj_of_wgs(p: [f64; 2]) -> [f64; 2] {
    const A: f64 = 6_378_245.0;
    const EE: f64 = 0.006_693_421_622_965_943;
    if !in_china(p) {
        return p;
    }
    let [lon, lat] = p;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let waves = |v: f64| (20.0 * (6.0 * v * PI).sin() + 20.0 * (2.0 * v * PI).sin()) * 2.0 / 3.0;
    let dlat = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + waves(x)
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let dlon = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + waves(x)
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = lat.to_radians();
    let magic = 1.0 - EE * phi.sin() * phi.sin();
    let root = magic.sqrt();
    [
        lon + dlon.to_degrees() / (A / root * phi.cos()),
        lat + dlat.to_degrees() / (A * (1.0 - EE) / (magic * root)),
    ]
}

fn bd_of_gcj([x, y]: [f64; 2]) -> [f64; 2] {
    const X_PI: f64 = PI * 3000.0 / 180.0;
    let z = x.hypot(y) + 0.000_02 * (y * X_PI).sin();
    let theta = y.atan2(x) + 0.000_003 * (x * X_PI).cos();
    [z * theta.cos() + 0.0065, z * theta.sin() + 0.006]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Metres between two nearby positions, near enough.
    fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
        (111_320.0 * (a[0] - b[0]) * a[1].to_radians().cos()).hypot(111_320.0 * (a[1] - b[1]))
    }

    #[test]
    fn known_places_are_where_others_put_them() {
        // Tiananmen, as the published implementations give it.
        let wgs = [116.391_267, 39.907_333];
        assert!(apart(Crs::Gcj02.from_wgs84(wgs), [116.397_510, 39.908_736]) < 1.0);
        let gcj = [116.404, 39.915];
        assert!(apart(bd_of_gcj(gcj), [116.410_36, 39.921_336]) < 1.0);
        assert_eq!(Crs::Cgcs2000.to_wgs84(wgs), wgs);
        // New York is not shifted.
        assert_eq!(Crs::Gcj02.from_wgs84([-74.0, 40.7]), [-74.0, 40.7]);
    }

    #[test]
    fn names_in_files_are_known_and_projected_systems_are_not() {
        for (name, crs) in [
            ("WGS84", Crs::Wgs84),
            ("EPSG:4326", Crs::Wgs84),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", Crs::Wgs84),
            ("urn:ogc:def:crs:EPSG::4490", Crs::Cgcs2000),
            ("GCS_China_Geodetic_Coordinate_System_2000", Crs::Cgcs2000),
            ("GCJ-02", Crs::Gcj02),
            ("bd09ll", Crs::Bd09),
        ] {
            assert_eq!(Crs::parse(name), Some(crs), "{name}");
        }
        for crs in Crs::ALL {
            assert_eq!(Crs::parse(crs.code()), Some(crs));
        }
        for name in ["EPSG:3857", "CGCS2000_3_Degree_GK_CM_117E", "EPSG:4214", "", "Beijing 1954"] {
            assert_eq!(Crs::parse(name), None, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn there_and_back_is_a_micrometre(lon in 73.0f64..136.0, lat in 3.0f64..54.0) {
            for crs in Crs::ALL {
                let there = crs.from_wgs84([lon, lat]);
                prop_assert!(apart(crs.to_wgs84(there), [lon, lat]) < 1e-6);
                prop_assert!(crs.code().contains("84") || crs == Crs::Cgcs2000 || apart(there, [lon, lat]) > 1.0);
            }
        }
    }
}
