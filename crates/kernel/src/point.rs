use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A point in degrees, CGCS2000 (within centimetres of WGS-84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LonLat {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
}

impl LonLat {
    /// A point, or `None` when a number is not finite or off the globe.
    pub fn new(lon: f64, lat: f64) -> Option<LonLat> {
        let ok = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
        ok.then_some(LonLat { lon, lat })
    }
}
