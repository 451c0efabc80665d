//! Who holds a role at a spot, against a resolver that is as plain as the rule.
#![allow(clippy::unwrap_used, reason = "tests")]

use areas::{Ground, Held, RoleBook, Spot, Unit, UnitKind, UnitPlace, UnitRole, Verdict};
use kernel::{AreaCode, Moment, PlaceId, UnitId, UnitPlaceId, Uuid};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeSet;

const KINDS: [UnitKind; 2] = [UnitKind::PropertyCompany, UnitKind::StreetOffice];

fn unit_id(n: usize) -> UnitId {
    UnitId(Uuid::from_u128(n as u128))
}

fn place_id(n: usize) -> PlaceId {
    PlaceId(Uuid::from_u128(100 + n as u128))
}

/// The region, two streets, a community and a grid of each.
fn area(n: usize) -> AreaCode {
    let codes = [
        990_101,
        990_101_001,
        990_101_002,
        990_101_001_001,
        990_101_002_001,
        990_101_001_001_001,
        990_101_002_001_001,
    ];
    AreaCode::new(codes[n]).unwrap()
}

fn roles() -> Vec<UnitRole> {
    let role = |code: &str, kind| UnitRole {
        code: code.into(),
        zh: code.into(),
        en: code.into(),
        words: vec![],
        kind,
    };
    vec![
        role("owner", None),
        role("property_company", Some(UnitKind::PropertyCompany)),
        role("serves", None),
        role("street_office", Some(UnitKind::StreetOffice)),
    ]
}

#[derive(Debug, Clone)]
struct World {
    units: Vec<Unit>,
    rows: Vec<UnitPlace>,
}

fn world() -> impl Strategy<Value = World> {
    // Merged units point at later ones only, as merging without circles makes them.
    let unit = (0usize..2, proptest::bool::weighted(0.2), proptest::option::weighted(0.25, 1usize..4));
    let row = (0usize..8, 0usize..4, 0usize..10, 0i64..4, proptest::option::of(1i64..4));
    (vec(unit, 8), vec(row, 0..14)).prop_map(|(units, rows)| {
        let n = units.len();
        let units = units.into_iter().enumerate().map(|(i, (kind, closed, into))| {
            let merged_into = into.map(|d| i + d).filter(|t| *t < n).map(unit_id);
            Unit {
                closed: closed || merged_into.is_some(),
                merged_into,
                ..Unit::new(unit_id(i), format!("单位{i}"), KINDS[kind])
            }
        });
        let rows = rows.into_iter().enumerate().map(|(i, (unit, role, ground, from, length))| UnitPlace {
            id: UnitPlaceId(Uuid::from_u128(i as u128)),
            unit: unit_id(unit),
            role: roles()[role].code.clone(),
            area: (ground < 7).then(|| area(ground)),
            place: (ground >= 7).then(|| place_id(ground)),
            from_at: Moment(from),
            until_at: length.map(|l| Moment(from + l)),
            note: None,
        });
        World { units: units.collect(), rows: rows.collect() }
    })
}

fn spot() -> impl Strategy<Value = Spot> {
    (vec(7usize..10, 0..3), 0usize..7).prop_map(|(places, at)| {
        let places: BTreeSet<PlaceId> = places.into_iter().map(place_id).collect();
        Spot { places: places.into_iter().collect(), ..Spot::of(area(at)) }
    })
}

/// The rule word for word: ground by ground, named holders before listed ones, living units only.
fn naive(world: &World, role: &str, spot: &Spot, at: Moment) -> Held {
    let living = |id: UnitId| {
        let mut unit = world.units.iter().find(|u| u.id == id)?;
        while let Some(into) = unit.merged_into {
            unit = world.units.iter().find(|u| u.id == into)?;
        }
        (!unit.closed).then_some(unit)
    };
    let kind = roles().iter().find(|r| r.code == role).and_then(|r| r.kind);
    let mut grounds: Vec<Vec<Ground>> = vec![spot.places.iter().map(|p| Ground::Place(*p)).collect()];
    grounds.extend(spot.areas.iter().map(|a| vec![Ground::Area(*a)]));
    for rank in grounds {
        let here = || {
            let on = world.rows.iter().filter(|r| r.ground().is_some_and(|g| rank.contains(&g)));
            on.filter(|r| r.from_at <= at && r.until_at.is_none_or(|u| at < u))
        };
        let named: BTreeSet<UnitId> =
            here().filter(|r| r.role == role).filter_map(|r| living(r.unit)).map(|u| u.id).collect();
        let listed: BTreeSet<UnitId> = here()
            .filter_map(|r| living(r.unit))
            .filter(|u| kind.is_some_and(|k| k == u.kind))
            .map(|u| u.id)
            .collect();
        let holders = if named.is_empty() { listed } else { named };
        match holders.len() {
            0 => continue,
            1 => return Held::Unit(*holders.first().unwrap()),
            _ => return Held::Several(holders.into_iter().collect()),
        }
    }
    Held::Nobody
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_book_answers_what_the_plain_rule_answers(
        world in world(), spot in spot(), role in 0usize..5, at in 0i64..8, seed in any::<u64>(),
    ) {
        // One role that nobody set up among them.
        let role = roles().get(role).map_or("nobodys_role".to_owned(), |r| r.code.clone());
        let book = RoleBook::new(&world.units, roles(), world.rows.clone());
        let answer = book.holder(&role, &spot, Moment(at));
        prop_assert_eq!(&answer.held, &naive(&world, &role, &spot, Moment(at)));

        // The reasons agree with the answer.
        let holding: BTreeSet<UnitId> =
            answer.considered.iter().filter(|c| c.verdict == Verdict::Holds).map(|c| c.answers).collect();
        let told: BTreeSet<UnitId> = match &answer.held {
            Held::Nobody => BTreeSet::new(),
            Held::Unit(u) => [*u].into(),
            Held::Several(us) => us.iter().copied().collect(),
        };
        prop_assert_eq!(holding, told);

        // The order in which rows and units came never matters.
        let mut shuffled = world.clone();
        let mut n = seed;
        for i in (1..shuffled.rows.len()).rev() {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.rows.swap(i, (n >> 33) as usize % (i + 1));
        }
        shuffled.units.reverse();
        let again = RoleBook::new(&shuffled.units, roles(), shuffled.rows).holder(&role, &spot, Moment(at));
        prop_assert_eq!(again, answer);
    }
}

fn row(n: u128, unit: usize, role: &str, ground: Ground) -> UnitPlace {
    let (area, place) = match ground {
        Ground::Area(a) => (Some(a), None),
        Ground::Place(p) => (None, Some(p)),
    };
    UnitPlace {
        id: UnitPlaceId(Uuid::from_u128(n)),
        unit: unit_id(unit),
        role: role.into(),
        area,
        place,
        from_at: Moment(0),
        until_at: None,
        note: None,
    }
}

#[test]
fn an_estates_company_comes_before_the_communitys_and_two_in_one_estate_are_told_as_two() {
    let company = |n: usize| Unit::new(unit_id(n), format!("物业{n}"), UnitKind::PropertyCompany);
    let units = [company(1), company(2), company(3)];
    let estate = Ground::Place(place_id(1));
    let mut rows = vec![
        row(1, 1, "property_company", Ground::Area(area(3))),
        row(2, 2, "property_company", estate),
        row(3, 3, "serves", estate),
    ];
    let spot = Spot { places: vec![place_id(1)], ..Spot::of(area(5)) };
    let book = RoleBook::new(&units, roles(), rows.clone());
    let answer = book.holder("property_company", &spot, Moment(1));
    assert_eq!(answer.held, Held::Unit(unit_id(2)));
    let verdicts: Vec<(u128, Verdict)> =
        answer.considered.iter().map(|c| (c.id.0.as_u128(), c.verdict)).collect();
    assert_eq!(verdicts, [(2, Verdict::Holds), (3, Verdict::Listed), (1, Verdict::Larger)]);
    assert_eq!(book.holder("owner", &spot, Moment(1)).held, Held::Nobody);
    assert_eq!(
        book.holder("property_company", &Spot::of(area(5)), Moment(1)).held,
        Held::Unit(unit_id(1)),
        "outside the estate"
    );

    rows[2].role = "property_company".into();
    let answer = RoleBook::new(&units, roles(), rows).holder("property_company", &spot, Moment(1));
    assert_eq!(answer.held, Held::Several(vec![unit_id(2), unit_id(3)]));
}

#[test]
fn what_was_merged_away_is_answered_by_what_it_became() {
    let mut a = Unit::new(unit_id(1), "节水中心", UnitKind::Department);
    let b = Unit::new(unit_id(2), "节约用水服务中心", UnitKind::Department);
    (a.closed, a.merged_into) = (true, Some(b.id));
    let rows = vec![row(1, 1, "owner", Ground::Area(area(0)))];
    let book = RoleBook::new(&[a.clone(), b.clone()], roles(), rows.clone());
    let answer = book.holder("owner", &Spot::of(area(5)), Moment(0));
    assert_eq!((&answer.held, answer.considered[0].unit), (&Held::Unit(b.id), a.id));
    assert_eq!((book.now(a.id), book.takes_work(a.id)), (b.id, Some(b.id)));

    let closed = Unit { closed: true, ..b };
    let book = RoleBook::new(&[a.clone(), closed], roles(), rows);
    let answer = book.holder("owner", &Spot::of(area(5)), Moment(0));
    assert_eq!((answer.held, answer.considered[0].verdict), (Held::Nobody, Verdict::Closed));
    assert_eq!(book.takes_work(a.id), None);
    assert_eq!(book.takes_work(unit_id(77)), None);
}
