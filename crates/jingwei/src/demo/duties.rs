//! Who answers for what in the demo's county: who holds the roles, a handful of duties that go before the
//! catalogue, and a few things left wrong on purpose, so that the page of holes and conflicts has something
//! to show.

use crate::exit::Failure;
use ::duties::{PutDuty, PutDutyBody, world::ItemClass};
use areas::{PutUnitPlace, PutUnitPlaceBody};
use county::{County, Rng};
use kernel::{Actor, AreaCode, DutyId, ItemCode, Moment, Region, UnitId, UnitPlaceId, World};
use store::Db;

/// The units by their place in the county's list, as the catalogue names them.
const HOUSING: usize = 1;
const PARKS: usize = 8;
const SANITATION: usize = 9;
const MUNICIPAL: usize = 10;

/// Street offices and property companies hold their roles where they are; one company serves every community
/// that has none of its own.
pub(super) async fn roles(
    db: &Db,
    then: &World,
    county: &County,
    region: Region,
    units: &[UnitId],
) -> Result<(), Failure> {
    let mut rng = Rng::branch(county::SEED, "roles");
    let mut common = None;
    for (unit, id) in county.units.iter().zip(units) {
        let role = match unit.kind {
            "street_office" => "street_office",
            "property_company" => "property_company",
            _ => continue,
        };
        if role == "property_company" && common.is_none() {
            common = Some(*id);
        }
        if let Some(area) = unit.area.and_then(AreaCode::new) {
            hold(db, then, region, &mut rng, *id, role, area).await?;
        }
    }
    match common {
        Some(company) => hold(db, then, region, &mut rng, company, "property_company", region.into()).await,
        None => Ok(()),
    }
}

async fn hold(
    db: &Db,
    then: &World,
    region: Region,
    rng: &mut Rng,
    unit: UnitId,
    role: &str,
    area: AreaCode,
) -> Result<(), Failure> {
    let is = PutUnitPlaceBody {
        unit,
        role: role.to_owned(),
        area: Some(area),
        place: None,
        from_at: Some(then.now()),
        until_at: None,
        note: None,
    };
    let put = PutUnitPlace { region, id: UnitPlaceId(super::id(rng)), is };
    db.write_in(&Actor::system("demo"), then.clone(), put).await?;
    Ok(())
}

/// The duties.
pub(super) async fn duties(
    db: &Db,
    then: &World,
    county: &County,
    region: Region,
    units: &[UnitId],
) -> Result<(), Failure> {
    let mut rng = Rng::branch(county::SEED, "duties");
    let now = db.world().now();
    for is in wanted(county, region, units, now).into_iter().flatten() {
        let put = PutDuty { region, id: DutyId(super::id(&mut rng)), is };
        db.write_in(&Actor::system("demo"), then.clone(), put).await?;
    }
    Ok(())
}

/// Each from what the county happens to have; one for which something is missing is left out.
fn wanted(county: &County, region: Region, units: &[UnitId], now: Moment) -> Vec<Option<PutDutyBody>> {
    let grid = |theme: &str| {
        let found = county.grids.iter().find(|g| g.theme == Some(theme));
        found.and_then(|g| AreaCode::new(g.code))
    };
    let street = |kind: &str| {
        let found = county.streets.iter().find(|s| s.kind == kind);
        found.and_then(|s| AreaCode::new(s.code))
    };
    let community = |n: usize| county.communities.get(n).and_then(|c| AreaCode::new(c.code));
    let item = |n: usize| county.items.get(n).and_then(|i| ItemCode::new(i.code));
    // Majors are numbered through: 03 is the look of the city, 04 greenery, 06 events of the look of the city.
    let class = |major: u32| ItemClass::new(u32::try_from(region.get()).ok()? * 100 + major);
    let to = |n: usize| units.get(n).copied();
    let day = |n: i64| Some(areas::When::Moment(now.plus(n * Moment::DAY)));
    let say = |basis: &str| PutDutyBody { basis: basis.to_owned(), ..PutDutyBody::default() };
    let role = |r: &str| Some(r.to_owned());
    // One thing of each sort has to be there, or the duty is none.
    let whole = |d: PutDutyBody| {
        let ground = d.area.is_some();
        let subject = d.item.is_some() || d.class.is_some() || d.domain.is_some();
        let answer = d.unit.is_some() || d.role.is_some();
        (ground && subject && answer).then_some(d)
    };
    [
        PutDutyBody {
            area: grid("market"),
            class: class(6),
            unit: to(SANITATION),
            ..say("市场周边保洁协议")
        },
        PutDutyBody {
            area: street("town"),
            class: class(4),
            role: role("street_office"),
            ..say("乡镇绿化由属地管护")
        },
        PutDutyBody { area: community(2), class: class(1), unit: to(MUNICIPAL), ..say("") },
        PutDutyBody {
            area: community(3),
            item: item(0),
            unit: to(HOUSING),
            from: day(30),
            ..say("下月起移交")
        },
        PutDutyBody {
            area: grid("campus"),
            class: class(4),
            unit: to(PARKS),
            until: day(60),
            ..say("校园绿化托管，到期另议")
        },
        // Left wrong on purpose: a role that nobody holds, and two answers of one rank.
        PutDutyBody {
            area: community(5),
            class: class(3),
            role: role("owners_body"),
            ..say("业委会尚未成立")
        },
        PutDutyBody { area: grid("hospital"), item: item(1), unit: to(HOUSING), ..say("") },
        PutDutyBody { area: grid("hospital"), item: item(1), unit: to(MUNICIPAL), ..say("") },
    ]
    .map(whole)
    .into()
}
