//! What holds a spot, at one moment, by a region's own map.

use crate::{load::Stored, world::*};
use kernel::{AreaCode, Level, Moment, PlaceId, Region};
use space::{Locator, Point, Shape};

/// The map of a region at a moment: areas and named places.
pub(crate) struct Spots {
    /// Grids, communities, streets: the smallest first.
    locators: [Locator; 3],
    places: Vec<(PlaceId, Shape)>,
}

impl Spots {
    /// The map of a stored ground at a moment.
    pub(crate) fn new(ground: &Stored, at: Moment) -> Spots {
        let mut shapes = [const { Vec::new() }; 3];
        for area in ground.areas.iter().filter(|a| a.span.holds(at)) {
            let of_level = match area.code.level() {
                Level::Grid => &mut shapes[0],
                Level::Community => &mut shapes[1],
                Level::Street => &mut shapes[2],
                Level::Region => continue,
            };
            of_level.extend(area.shape.clone().map(|s| (area.code, s)));
        }
        let places = ground.places.iter().filter(|p| p.span.holds(at));
        let places = places.filter_map(|p| Some((p.id, p.shape.clone()?))).collect();
        Spots { locators: shapes.map(Locator::new), places }
    }

    /// What holds a point. The region itself always does: its duties stand for all its land, and for land of
    /// others that falls to it.
    pub(crate) fn site(&self, region: Region, lon: f64, lat: f64) -> Site {
        let mut site = match self.locators.iter().find_map(|l| l.locate(lon, lat)) {
            Some(area) => Site::of(area),
            None => Site::of(AreaCode::from(region)),
        };
        let point = Point::of(lon, lat);
        site.places = self.places.iter().filter(|(_, s)| s.covers(point)).map(|(id, _)| *id).collect();
        site
    }
}
