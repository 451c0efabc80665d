//! The core beside a reference written straight from the rule, on random worlds.

use duties::{
    Answered, Conflict, DutyBook, Hole, Matrix, Outcome, Side, Why,
    check::{Problem, Sort, duty_faults},
    outcome, resolve,
    world::*,
};
use kernel::{AreaCode, DutyId, ItemCode, Level, Moment, PlaceId, Region, UnitId, Uuid};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
    fn shuffle<T>(&mut self, of: &mut [T]) {
        for i in (1..of.len()).rev() {
            of.swap(i, self.below(i + 1));
        }
    }
    /// Short stretches among days 0–9, many open, many from the beginning.
    fn span(&mut self) -> Span {
        let from = if self.one_in(2) { 0 } else { self.below(9) as i64 };
        let until = self.one_in(2).then(|| Moment(from + 1 + self.below(6) as i64));
        Span { from: Moment(from), until }
    }
}

const HOME: u32 = 990_101;
const ABROAD: u32 = 990_102;

fn region(code: u32) -> Region {
    Region::new(code).unwrap()
}
fn unit(region: u32, n: usize) -> UnitId {
    UnitId(Uuid::from_u128(u128::from(region) * 1_000 + n as u128))
}
fn place(region: u32, n: usize) -> PlaceId {
    PlaceId(Uuid::from_u128(u128::from(region) * 1_000 + n as u128))
}
fn duty_id(n: usize) -> DutyId {
    DutyId(Uuid::from_u128(n as u128))
}
fn item(region: u32, n: usize) -> ItemCode {
    // Six items in two classes.
    ItemCode::new(u64::from(region) * 10_000 + [101, 102, 103, 201, 202, 203][n]).unwrap()
}

fn grids(region: u32) -> Vec<AreaCode> {
    let mut all = Vec::new();
    for street in 1..=2u64 {
        for community in 1..=2u64 {
            for grid in 1..=2u64 {
                let code = ((u64::from(region) * 1_000 + street) * 1_000 + community) * 1_000 + grid;
                all.push(AreaCode::new(code).unwrap());
            }
        }
    }
    all
}

fn grounds(region: u32) -> Vec<Ground> {
    let mut all: BTreeSet<Ground> = BTreeSet::new();
    for g in grids(region) {
        all.extend(Site::of(g).grounds());
    }
    all.extend((0..3).map(|n| Ground::Place(place(region, n))));
    all.into_iter().collect()
}

fn a_duty(dice: &mut Dice, code: u32, id: usize) -> Duty {
    let subject = match dice.below(4) {
        0 | 1 => Subject::Item(item(code, dice.below(6))),
        2 => Subject::Class(ItemClass::of(item(code, dice.below(6)))),
        _ => Subject::Domain(["绿化", "物业", "消防"][dice.below(3)].to_owned()),
    };
    let answer = match dice.below(7) {
        0..=2 => Answer::Unit(unit(code, dice.below(7))),
        3..=5 => Answer::Role(["a", "b", "c", "unheard"][dice.below(4)].to_owned()),
        _ => Answer::Region(region([HOME, ABROAD, 990_103][dice.below(3)])),
    };
    let ground = *dice.pick(&grounds(code));
    Duty { id: duty_id(id), ground, subject, answer, span: dice.span(), basis: String::new() }
}

fn a_world(dice: &mut Dice, code: u32) -> World {
    let all = grounds(code);
    // Seven ids are spoken of, six exist; merges may run in circles and into nothing.
    let units = (0..6)
        .map(|n| UnitRow {
            id: unit(code, n),
            name: format!("单位{n}"),
            closed: dice.one_in(5),
            merged_into: dice.one_in(4).then(|| unit(code, dice.below(7))),
        })
        .collect();
    let roles = ["a", "b", "c"]
        .map(|r| RoleRow { code: r.to_owned(), zh: format!("角色{r}"), en: format!("role {r}") })
        .to_vec();
    let holders = (0..dice.below(14))
        .map(|_| HolderRow {
            listed: dice.one_in(3),
            unit: unit(code, dice.below(7)),
            role: ["a", "b", "c", "unheard"][dice.below(4)].to_owned(),
            ground: *dice.pick(&all),
            span: dice.span(),
        })
        .collect();
    let change = 2 + dice.below(6) as i64;
    let spans = [
        Span { from: Moment(dice.below(2) as i64), until: Some(Moment(change)) },
        Span { from: Moment(change + dice.below(2) as i64), until: None },
    ];
    let versions = spans.into_iter().enumerate().map(|(v, span)| VersionRow {
        version: v as i64 + 1,
        name: format!("第{v}版"),
        span,
        items: (0..6)
            .filter_map(|n| {
                (!dice.one_in(5)).then(|| ItemRow {
                    code: item(code, n),
                    name: format!("事项{n}"),
                    major: format!("大类{}", n / 3),
                    domain: (!dice.one_in(3)).then(|| ["绿化", "物业", "养护"][dice.below(3)].to_owned()),
                    conditions: (1..=dice.below(3) as i64)
                        .map(|n| ConditionRow {
                            n,
                            lead: match dice.below(4) {
                                0 => None,
                                1 => Some(Lead::Unit(unit(code, dice.below(7)))),
                                _ => Some(Lead::Role(["a", "b", "unheard"][dice.below(3)].to_owned())),
                            },
                        })
                        .collect(),
                })
            })
            .collect(),
    });
    let versions = versions.collect();
    let mut cells = Vec::new();
    let mut areas = BTreeSet::new();
    for g in grids(code) {
        areas.extend(Site::of(g).areas);
        for places in 0..2 {
            if places == 1 && !dice.one_in(3) {
                continue;
            }
            let mut site = Site::of(g);
            site.places = (0..places + dice.below(2) * places).map(|_| place(code, dice.below(3))).collect();
            site.places.sort();
            site.places.dedup();
            if code == HOME && dice.one_in(2) {
                let mut there = Site::of(*dice.pick(&grids(ABROAD)));
                if dice.one_in(2) {
                    there.places.push(place(ABROAD, dice.below(3)));
                }
                site.abroad.push((region(ABROAD), there));
            }
            cells.push(Cell { site, span: if dice.one_in(4) { dice.span() } else { Span::ALWAYS } });
        }
    }
    let land = Land {
        areas: areas
            .into_iter()
            .map(|code| AreaRow { code, name: format!("区{code}"), span: Span::ALWAYS })
            .collect(),
        places: (0..3)
            .map(|n| PlaceRow { id: place(code, n), name: format!("地点{n}"), span: Span::ALWAYS })
            .collect(),
        cells,
    };
    World {
        region: region(code),
        name: format!("区域{code}"),
        zone: "Asia/Shanghai".to_owned(),
        land: Arc::new(land),
        parties: Arc::new(Parties { units, roles, holders }),
        catalogue: Arc::new(Catalogue { versions }),
        duties: (0..dice.below(24)).map(|n| a_duty(dice, code, n)).collect(),
    }
}

fn book(home: &World, abroad: &World) -> DutyBook {
    let other = Arc::new(DutyBook::new(abroad.clone(), BTreeMap::new()));
    DutyBook::new(home.clone(), [(abroad.region, other)].into())
}

// ---- the reference: the rule as ARCHITECTURE tells it, word by word, with no index and no haste ----

struct Naive<'a> {
    world: &'a World,
    abroad: Option<&'a World>,
}

impl Naive<'_> {
    fn open(&self, id: UnitId) -> Result<UnitId, Why> {
        let mut at = id;
        let mut seen = BTreeSet::new();
        loop {
            if !seen.insert(at) {
                return Err(Why::UnitMissing { unit: id });
            }
            let Some(u) = self.world.parties.units.iter().find(|u| u.id == at) else {
                return Err(Why::UnitMissing { unit: at });
            };
            match u.merged_into {
                Some(next) => at = next,
                None if u.closed => return Err(Why::UnitClosed { unit: at }),
                None => return Ok(at),
            }
        }
    }

    fn hole(&self, duty: Option<DutyId>, why: Why) -> Outcome {
        Outcome::Hole(Hole { region: self.world.region, duty, why })
    }

    fn of_unit(&self, id: UnitId, duty: Option<DutyId>) -> Outcome {
        match self.open(id) {
            Err(why) => self.hole(duty, why),
            Ok(unit) => Outcome::Unit(Answered {
                region: self.world.region,
                unit,
                duty,
                role: None,
                named: (unit != id).then_some(id),
                enclave: None,
            }),
        }
    }

    fn of_role(&self, role: &str, site: &Site, at: Moment, duty: Option<DutyId>) -> Outcome {
        if !self.world.parties.roles.iter().any(|r| r.code == role) {
            return self.hole(duty, Why::RoleUnknown { role: role.to_owned() });
        }
        for (tier, grounds) in levels(site) {
            let holding = |listed: bool| -> BTreeSet<UnitId> {
                self.world
                    .parties
                    .holders
                    .iter()
                    .filter(|h| h.listed == listed && h.role == role && grounds.contains(&h.ground))
                    .filter(|h| h.span.from <= at && h.span.until.is_none_or(|u| at < u))
                    .filter_map(|h| self.open(h.unit).ok())
                    .collect()
            };
            let named = holding(false);
            let units = if named.is_empty() { holding(true) } else { named };
            let units: Vec<UnitId> = units.into_iter().collect();
            if units.len() == 1 {
                return Outcome::Unit(Answered {
                    region: self.world.region,
                    unit: units[0],
                    duty,
                    role: Some(role.to_owned()),
                    named: None,
                    enclave: None,
                });
            }
            if units.len() > 1 {
                return Outcome::Conflict(Conflict {
                    region: self.world.region,
                    tier,
                    role: Some(role.to_owned()),
                    sides: units.iter().map(|u| Side { duty, unit: Some(*u) }).collect(),
                });
            }
        }
        self.hole(duty, Why::RoleNobody { role: role.to_owned() })
    }

    fn of_answer(&self, duty: &Duty, site: &Site, m: Matter, at: Moment) -> Outcome {
        match &duty.answer {
            Answer::Unit(u) => self.of_unit(*u, Some(duty.id)),
            Answer::Role(r) => self.of_role(r, site, at, Some(duty.id)),
            Answer::Region(to) => {
                if *to == self.world.region || self.world.region == region(ABROAD) {
                    return self.hole(Some(duty.id), Why::EnclaveAgain { to: *to });
                }
                let Some(abroad) = self.abroad.filter(|w| w.region == *to) else {
                    return self.hole(Some(duty.id), Why::RegionUnknown { to: *to });
                };
                let there = site.abroad.iter().find(|(r, _)| r == to).map(|(_, s)| s.clone());
                let there = there.unwrap_or_else(|| Site::of((*to).into()));
                let text = m.item.to_string();
                let item = format!("{to}{}", &text[6..]).parse().unwrap();
                let m = Matter { item, condition: m.condition, version: None };
                let mut o = Naive { world: abroad, abroad: None }.ask(&there, m, at);
                if let Outcome::Unit(a) = &mut o {
                    a.enclave = Some(duty.id);
                }
                o
            }
        }
    }

    fn ask(&self, site: &Site, m: Matter, at: Moment) -> Outcome {
        if site.places.is_empty() && site.areas.is_empty() {
            return self.hole(None, Why::NotCovered);
        }
        let versions = &self.world.catalogue.versions;
        let version = versions.iter().find(|v| match m.version {
            Some(n) => v.version == n,
            None => v.span.from <= at && v.span.until.is_none_or(|u| at < u),
        });
        let item = version.and_then(|v| v.items.iter().find(|i| i.code == m.item));
        let domain = item.and_then(|i| i.domain.clone());
        for (tier, grounds) in levels(site) {
            for kind in 0..3 {
                let applies = |d: &&Duty| {
                    let about = match &d.subject {
                        Subject::Item(c) => kind == 0 && *c == m.item,
                        Subject::Class(c) => kind == 1 && c.to_string() == m.item.to_string()[..8],
                        Subject::Domain(d) => kind == 2 && Some(d) == domain.as_ref(),
                    };
                    let now = d.span.from <= at && d.span.until.is_none_or(|u| at < u);
                    about && now && grounds.contains(&d.ground)
                };
                let mut all: Vec<&Duty> = self.world.duties.iter().filter(applies).collect();
                all.sort_by_key(|d| d.id);
                if all.is_empty() {
                    continue;
                }
                let outcomes: Vec<Outcome> = all.iter().map(|d| self.of_answer(d, site, m, at)).collect();
                let meaning = |i: usize| match &outcomes[i] {
                    Outcome::Unit(a) => format!("unit {} {}", a.region, a.unit),
                    _ => format!("words {:?}", all[i].answer),
                };
                if (1..all.len()).all(|i| meaning(i) == meaning(0)) {
                    return outcomes[0].clone();
                }
                let side = |(d, o): (&&Duty, &Outcome)| Side {
                    duty: Some(d.id),
                    unit: match o {
                        Outcome::Unit(a) => Some(a.unit),
                        _ => None,
                    },
                };
                let sides = all.iter().zip(&outcomes).map(side).collect();
                return Outcome::Conflict(Conflict { region: self.world.region, tier, role: None, sides });
            }
        }
        if version.is_none() {
            return self.hole(None, Why::NoCatalogue);
        }
        let Some(item) = item else { return self.hole(None, Why::ItemGone) };
        let wanted: Vec<&ConditionRow> =
            item.conditions.iter().filter(|c| m.condition.is_none_or(|n| n == c.n)).collect();
        let leads: BTreeSet<Option<Lead>> = wanted.iter().map(|c| c.lead.clone()).collect();
        if leads.is_empty() {
            return self.hole(None, Why::ConditionGone { condition: m.condition });
        }
        if leads.len() > 1 {
            return self.hole(None, Why::ConditionOpen);
        }
        match leads.into_iter().next().flatten() {
            None => self.hole(None, Why::NoLead),
            Some(Lead::Unit(u)) => self.of_unit(u, None),
            Some(Lead::Role(r)) => self.of_role(&r, site, at, None),
        }
    }
}

/// The levels of a site, the one that decides first in front.
fn levels(site: &Site) -> Vec<(Tier, Vec<Ground>)> {
    let area =
        |level| site.areas.iter().filter(move |a| a.level() == level).map(|a| Ground::Area(*a)).collect();
    vec![
        (Tier::Place, site.places.iter().map(|p| Ground::Place(*p)).collect()),
        (Tier::Grid, area(Level::Grid)),
        (Tier::Community, area(Level::Community)),
        (Tier::Street, area(Level::Street)),
        (Tier::Region, area(Level::Region)),
    ]
}

fn matter(dice: &mut Dice) -> Matter {
    Matter {
        item: item(HOME, dice.below(6)),
        condition: (!dice.one_in(3)).then(|| 1 + dice.below(3) as i64),
        version: dice.one_in(3).then(|| 1 + dice.below(3) as i64),
    }
}

/// What a matrix says, each stretch by what it is about: independent of how it was come by.
fn told(m: &Matrix) -> BTreeSet<String> {
    let cells = &m.book().world().land.cells;
    let mut all = BTreeSet::new();
    for (cell, found) in cells.iter().zip(m.found()) {
        for f in found {
            let r = &m.rows()[f.row as usize];
            all.insert(format!(
                "{:?} v{} {}.{} {:?} {:?}",
                cell,
                r.version,
                r.item,
                r.condition,
                f.span,
                m.problem(f.problem)
            ));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, ..ProptestConfig::default() })]

    #[test]
    fn a_question_comes_to_what_the_rule_says(seed: u64) {
        let mut dice = Dice(seed);
        let (home, abroad) = (a_world(&mut dice, HOME), a_world(&mut dice, ABROAD));
        let book = book(&home, &abroad);
        let naive = Naive { world: &home, abroad: Some(&abroad) };
        for _ in 0..12 {
            let site = if dice.one_in(20) { Site::default() } else { dice.pick(&home.land.cells).site.clone() };
            let (m, at) = (matter(&mut dice), Moment(dice.below(12) as i64));
            let expected = naive.ask(&site, m, at);
            let told = resolve(&book, &site, m, at);
            prop_assert_eq!(&told.outcome, &expected);
            prop_assert_eq!(outcome(&book, &site, m, at), expected);
            // Exactly one rule of the home book decides, unless nothing does.
            let own = told.chain.iter().filter(|c| c.region == region(HOME));
            let taken = own.filter(|c| {
                matches!(c.kind, duties::StepKind::Duty | duties::StepKind::Catalogue)
                    && matches!(c.verdict, duties::Verdict::Taken)
            });
            let taken = taken.count();
            match &told.outcome {
                Outcome::Unit(_) => prop_assert_eq!(taken, 1),
                _ => prop_assert!(taken <= 1),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_never_matters(seed: u64) {
        let mut dice = Dice(seed);
        let (home, abroad) = (a_world(&mut dice, HOME), a_world(&mut dice, ABROAD));
        let mixed = |dice: &mut Dice, w: &World| {
            let (mut parties, mut catalogue) = ((*w.parties).clone(), (*w.catalogue).clone());
            let mut duties = w.duties.clone();
            dice.shuffle(&mut duties);
            dice.shuffle(&mut parties.units);
            dice.shuffle(&mut parties.roles);
            dice.shuffle(&mut parties.holders);
            dice.shuffle(&mut catalogue.versions);
            for v in &mut catalogue.versions {
                dice.shuffle(&mut v.items);
                v.items.iter_mut().for_each(|i| dice.shuffle(&mut i.conditions));
            }
            World { duties, parties: Arc::new(parties), catalogue: Arc::new(catalogue), ..w.clone() }
        };
        let (home2, abroad2) = (mixed(&mut dice, &home), mixed(&mut dice, &abroad));
        let (a, b) = (book(&home, &abroad), book(&home2, &abroad2));
        for _ in 0..12 {
            let site = dice.pick(&home.land.cells).site.clone();
            let mut other = site.clone();
            dice.shuffle(&mut other.places);
            let (m, at) = (matter(&mut dice), Moment(dice.below(12) as i64));
            prop_assert_eq!(outcome(&a, &site, m, at), outcome(&b, &other, m, at));
        }
        let (a, b) = (Matrix::new(Arc::new(a), Moment(3)), Matrix::new(Arc::new(b), Moment(3)));
        prop_assert_eq!(told(&a), told(&b));
        prop_assert_eq!(a.pairs(), b.pairs());
    }

    #[test]
    fn the_check_finds_what_asking_every_pair_on_every_day_finds(seed: u64) {
        let mut dice = Dice(seed);
        let (home, abroad) = (a_world(&mut dice, HOME), a_world(&mut dice, ABROAD));
        let today = dice.below(6) as i64;
        let matrix = Matrix::new(Arc::new(book(&home, &abroad)), Moment(today));
        let naive = Naive { world: &home, abroad: Some(&abroad) };
        let mut pairs = BTreeSet::new();
        for (n, (cell, found)) in home.land.cells.iter().zip(matrix.found()).enumerate() {
            // Nothing changes after day 20.
            for day in today..=20 {
                let at = Moment(day);
                for v in home.catalogue.versions.iter().filter(|v| v.span.holds(at) && cell.span.holds(at)) {
                    for i in &v.items {
                        for c in &i.conditions {
                            pairs.insert((n, v.version, i.code, c.n));
                            let m = Matter { item: i.code, condition: Some(c.n), version: Some(v.version) };
                            let expected = match naive.ask(&cell.site, m, at) {
                                Outcome::Unit(_) => None,
                                Outcome::Hole(h) => Some(Problem::Hole(h)),
                                Outcome::Conflict(c) => Some(Problem::Conflict(c)),
                            };
                            let here: Vec<_> = found.iter().filter(|f| {
                                let r = &matrix.rows()[f.row as usize];
                                r.version == v.version && r.item == i.code && r.condition == c.n && f.span.holds(at)
                            }).collect();
                            prop_assert!(here.len() <= 1, "told twice");
                            prop_assert_eq!(here.first().map(|f| matrix.problem(f.problem)), expected.as_ref());
                        }
                    }
                }
            }
            for f in found {
                prop_assert!(f.span.from >= Moment(today), "told about the past");
                prop_assert!(cell.span.and(f.span) == Some(f.span), "told about a time without the cell");
            }
        }
        prop_assert_eq!(matrix.pairs(), pairs.len());
    }

    #[test]
    fn checking_after_an_edit_is_checking_anew(seed: u64) {
        let mut dice = Dice(seed);
        let (home, abroad) = (a_world(&mut dice, HOME), a_world(&mut dice, ABROAD));
        let first = Arc::new(book(&home, &abroad));
        let mut duties = home.duties.clone();
        let (mut book, mut matrix) = (first.clone(), Matrix::new(first, Moment(2)));
        for n in 0..6 {
            match dice.below(3) {
                0 if !duties.is_empty() => {
                    duties.remove(dice.below(duties.len()));
                }
                1 if !duties.is_empty() => {
                    let i = dice.below(duties.len());
                    let id = duties[i].id;
                    duties[i] = Duty { id, ..a_duty(&mut dice, HOME, 0) };
                }
                _ => duties.push(a_duty(&mut dice, HOME, 100 + n)),
            }
            book = Arc::new(book.with_duties(duties.clone()));
            matrix = matrix.after(book.clone());
            let world = World { duties: duties.clone(), ..home.clone() };
            let fresh = Matrix::new(Arc::new(self::book(&world, &abroad)), Moment(2));
            prop_assert_eq!(told(&matrix), told(&fresh));
            prop_assert_eq!(matrix.pairs(), fresh.pairs());
        }
    }

    #[test]
    fn faults_of_duties_are_those_of_every_day(seed: u64) {
        let mut dice = Dice(seed);
        let (home, abroad) = (a_world(&mut dice, HOME), a_world(&mut dice, ABROAD));
        let book = book(&home, &abroad);
        let faults = duty_faults(&book, Moment(3));
        for d in &home.duties {
            for day in 3..=20 {
                let at = Moment(day);
                let version = home.catalogue.versions.iter().find(|v| v.span.holds(at));
                let names = |v: &&VersionRow| v.items.iter().any(|i| match &d.subject {
                    Subject::Item(c) => i.code == *c,
                    Subject::Class(c) => ItemClass::of(i.code) == *c,
                    Subject::Domain(d) => i.domain.as_ref() == Some(d),
                });
                let gone = d.span.holds(at) && version.is_some_and(|v| !names(&v));
                let found = faults.iter().any(|f| {
                    f.duty == d.id && f.sort == Some(Sort::ItemGone) && f.span.holds(at)
                });
                prop_assert_eq!(found, gone);
                let twin = home.duties.iter().any(|o| {
                    o.id != d.id && o.ground == d.ground && o.subject == d.subject && o.answer == d.answer
                        && o.span.holds(at) && d.span.holds(at)
                });
                let named = faults.iter().any(|f| {
                    f.repeats.is_some() && (f.duty == d.id || f.repeats == Some(d.id))
                });
                prop_assert!(!twin || named, "a repetition was not told");
            }
        }
    }
}
