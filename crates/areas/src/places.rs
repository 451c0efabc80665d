//! Named places: an estate, a road, a market, drawn across grids if need be.

use crate::PlaceClass;
use kernel::{Moment, PlaceId, Region};
use space::{Bounds, Point, Shape};
use std::collections::HashMap;
use store::{FromRow, Row, StoreError, Tx, binds};

/// A named place and when it is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// What sort.
    pub class: PlaceClass,
    /// Its boundary.
    pub shape: Shape,
    /// Since when.
    pub from_at: Moment,
    /// Until when, not included; open when absent.
    pub until_at: Option<Moment>,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Place, StoreError> {
        let (id, name) = (row.next()?, row.next()?);
        let class = PlaceClass::stored(&row.next::<String>()?)?;
        let shape = Shape::from_bytes(&row.next::<Vec<u8>>()?)
            .map_err(|_| StoreError::Internal("a stored place has no readable shape".into()))?;
        Ok(Place { id, name, class, shape, from_at: row.next()?, until_at: row.next()? })
    }
}

impl Place {
    /// Whether it is one at a moment.
    pub fn holds(&self, at: Moment) -> bool {
        self.from_at <= at && self.until_at.is_none_or(|u| at < u)
    }
}

/// Every place of a region, ended ones included, by name.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<Place>, StoreError> {
    let sql = "SELECT id, name, class, shape, from_at, until_at FROM places WHERE region = $1";
    let mut places: Vec<Place> = tx.all(sql, binds![region]).await?;
    places.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(places)
}

pub(crate) async fn one(tx: &mut Tx, region: Region, id: PlaceId) -> Result<Option<Place>, StoreError> {
    let sql = "SELECT id, name, class, shape, from_at, until_at FROM places WHERE region = $1 AND id = $2";
    tx.maybe(sql, binds![region, id]).await
}

/// Side of a cell in units of 1e-7 degree: about a kilometre.
const CELL: i32 = 100_000;
/// Cells one place may be entered in; a larger one (a river, a ring road) is asked always.
const CELLS: i64 = 4_096;

/// Places ready to be asked who holds a point: by the cells their boxes touch, then exactly.
pub(crate) struct Index {
    places: Vec<Place>,
    by_id: HashMap<PlaceId, usize>,
    cells: HashMap<(i32, i32), Vec<usize>>,
    large: Vec<usize>,
}

impl Index {
    pub(crate) fn new(places: Vec<Place>) -> Index {
        let by_id = places.iter().enumerate().map(|(i, p)| (p.id, i)).collect();
        let mut index = Index { by_id, cells: HashMap::new(), large: Vec::new(), places: Vec::new() };
        for (i, place) in places.iter().enumerate() {
            let Bounds { west, south, east, north } = place.shape.bounds();
            let cell = |n: i32| n.div_euclid(CELL);
            let (x, y) = (cell(west)..=cell(east), cell(south)..=cell(north));
            let n = i64::from(x.end() - x.start() + 1) * i64::from(y.end() - y.start() + 1);
            if n > CELLS {
                index.large.push(i);
                continue;
            }
            for x in x {
                for y in y.clone() {
                    index.cells.entry((x, y)).or_default().push(i);
                }
            }
        }
        index.places = places;
        index
    }

    pub(crate) fn all(&self) -> &[Place] {
        &self.places
    }

    pub(crate) fn one(&self, id: PlaceId) -> Option<&Place> {
        self.by_id.get(&id).map(|i| &self.places[*i])
    }

    pub(crate) fn at(&self, lon: f64, lat: f64, at: Moment) -> Vec<PlaceId> {
        let p = Point::of(lon, lat);
        if !p.x.is_finite() || !p.y.is_finite() {
            return Vec::new();
        }
        let cell = |n: f64| (n / f64::from(CELL)).floor() as i32;
        let near = self.cells.get(&(cell(p.x), cell(p.y))).map_or(&[][..], Vec::as_slice);
        let places = near.iter().chain(&self.large).map(|i| &self.places[*i]);
        let mut ids: Vec<PlaceId> =
            places.filter(|place| place.holds(at) && place.shape.covers(p)).map(|place| place.id).collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;

    fn square(id: u128, x: i32, y: i32, size: i32, until: Option<i64>) -> Place {
        let ring = vec![[x, y], [x + size, y], [x + size, y + size], [x, y + size]];
        Place {
            id: PlaceId(Uuid::from_u128(id)),
            name: format!("{id}"),
            class: PlaceClass::Estate,
            shape: Shape::from_rings([[ring]]).unwrap(),
            from_at: Moment(10),
            until_at: until.map(Moment),
        }
    }

    /// Against asking every place, on points of a lattice that hits borders and corners of cells and places.
    #[test]
    fn the_index_answers_what_asking_every_place_answers() {
        let base = 1_200_000_000;
        let mut n = 0u64;
        let mut lot = |below: u64| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (n >> 33) % below
        };
        let mut places: Vec<Place> = (0..60)
            .map(|id| {
                let at = |l: u64| i32::try_from(l).unwrap() * 25_000;
                let (x, y, size) = (at(lot(40)), at(lot(40)), at(1 + lot(12)));
                square(id, base + x, 300_000_000 + y, size, (lot(3) == 0).then_some(20))
            })
            .collect();
        places.push(square(99, 1_100_000_000, 200_000_000, 200_000_000, None));
        let index = Index::new(places.clone());
        assert_eq!(index.large.len(), 1);
        let mut found = 0;
        for x in -2..100 {
            for y in -2..100 {
                let (lon, lat) = (120.0 + f64::from(x) * 0.00125, 30.0 + f64::from(y) * 0.00125);
                for at in [5, 10, 20].map(Moment) {
                    let naive = places.iter().filter(|p| p.holds(at) && p.shape.covers(Point::of(lon, lat)));
                    let mut naive: Vec<PlaceId> = naive.map(|p| p.id).collect();
                    naive.sort_unstable();
                    found += naive.len();
                    assert_eq!(index.at(lon, lat, at), naive, "{lon} {lat}");
                }
            }
        }
        assert!(found > 20_000, "{found}");
        assert!(index.at(f64::NAN, 30.0, Moment(10)).is_empty());
    }
}
