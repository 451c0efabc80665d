//! Units, items, staff.

use county::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static COUNTY: LazyLock<County> = LazyLock::new(|| County::generate(SEED));

#[test]
fn thirty_units_answer_for_every_major() {
    let county = &*COUNTY;
    assert_eq!(county.units.len(), 30);
    let offices = county.units.iter().filter(|u| u.kind == "street_office");
    assert!(offices.map(|u| u.area).eq(county.streets.iter().map(|s| Some(s.code))));
    let companies = county.units.iter().filter(|u| u.kind == "property_company");
    assert!(companies.clone().count() == 5 && companies.clone().all(|u| u.area.is_some()));
    let answered: BTreeSet<u8> = county.units.iter().flat_map(|u| u.majors.iter().copied()).collect();
    let majors: BTreeSet<u8> = county.items.iter().map(|i| (i.code / 100 % 100) as u8).collect();
    assert_eq!(answered, majors);
    let names: BTreeSet<&str> = county.units.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names.len(), 30);
}

#[test]
fn sixty_items_point_at_units() {
    let county = &*COUNTY;
    assert_eq!(county.items.len(), 60);
    assert!(county.items.iter().all(|i| i.unit < 30 && i.limit_hours > 0));
    let unit_of = |name: &str| {
        let item = county.items.iter().find(|i| i.name == name).unwrap();
        county.units[item.unit].name.as_str()
    };
    assert_eq!(unit_of("燃气异味"), "云桥燃气公司");
    assert_eq!(unit_of("机动车乱停放"), "云桥县公安局交通警察大队");
    assert_eq!(unit_of("物业服务纠纷"), "云桥县物业行业协会");
    assert_eq!(unit_of("通信线缆"), "云桥通信管线公司");
    assert_eq!(unit_of("道路积水"), "云桥排水公司");
}

#[test]
fn four_hundred_accounts_fill_every_post() {
    let county = &*COUNTY;
    assert_eq!(county.staff.len(), 400);
    let usernames: BTreeSet<&str> = county.staff.iter().map(|s| s.username.as_str()).collect();
    assert_eq!(usernames.len(), 400);
    assert!(usernames.iter().all(|u| u.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
    let held = |role: &str| county.staff.iter().filter(move |s| s.role == role).collect::<Vec<_>>();
    let grids: BTreeSet<u64> = held("grid_worker").iter().filter_map(|s| s.area).collect();
    assert_eq!(grids, county.grids.iter().map(|g| g.code).collect());
    let per_unit = |role: &str| {
        held(role).iter().filter_map(|s| s.unit).fold(BTreeMap::new(), |mut m, u| {
            *m.entry(u).or_insert(0) += 1;
            m
        })
    };
    assert!((0..30).all(|u| per_unit("unit_officer")[&u] >= 1 && per_unit("handler")[&u] >= 3));
    let dispatchers = held("dispatcher");
    let streets: BTreeSet<u64> = dispatchers.iter().filter_map(|s| s.area).collect();
    assert!(streets.len() == 4 && dispatchers.iter().any(|s| s.area.is_none()));
}

#[test]
fn one_guided_account_per_role() {
    let county = &*COUNTY;
    let guided: Vec<&Staff> = county.guided.iter().map(|&i| &county.staff[i]).collect();
    assert!(guided.iter().map(|s| s.role).eq(ROLES));
    for staff in &guided {
        assert_eq!(staff.username, staff.role.replace('_', ""));
        assert!(county.staff.iter().find(|s| s.role == staff.role).unwrap().username == staff.username);
        match staff.role {
            "grid_worker" => assert!(staff.area.is_some() && staff.unit.is_none()),
            "unit_officer" | "handler" => assert_eq!(staff.unit, Some(0)),
            _ => assert!(staff.unit.is_none() && staff.area.is_none()),
        }
    }
}
