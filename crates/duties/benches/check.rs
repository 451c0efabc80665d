//! The check of the whole map: 10,000, 100,000 and a million pairs of cell and condition on one core, beside
//! asking each pair by looking through all rules, and the check after an edit of one duty.
//! `cargo bench -p duties`

use duties::{DutyBook, Matrix, world::*};
use kernel::{AreaCode, DutyId, ItemCode, Moment, PlaceId, Region, UnitId, Uuid};
use std::{collections::BTreeMap, hint::black_box, sync::Arc};
use tokio::time::Instant;

const REGION: u64 = 990_101;
const DAY: i64 = 86_400_000;
const TODAY: Moment = Moment(1_790_000_000_000);

struct Luck(u64);
impl Luck {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    /// Mostly open; one in ten begins or ends within the coming year.
    fn span(&mut self) -> Span {
        let day = |n: u64| TODAY.plus(n as i64 * DAY);
        match self.below(20) {
            0 => Span { from: day(1 + self.below(365)), until: None },
            1 => Span { from: Moment(0), until: Some(day(1 + self.below(365))) },
            _ => Span { from: Moment(0), until: None },
        }
    }
}

fn uuid(kind: u128, n: u64) -> Uuid {
    Uuid::from_u128(kind << 64 | u128::from(n))
}

/// 250 items with two conditions each; grids in communities of ten, streets of ten communities.
fn world(grids: u64, luck: &mut Luck) -> Option<World> {
    let region = Region::new(REGION as u32)?;
    let home = AreaCode::from(region);
    let grid = |n: u64| {
        let (street, community, grid) = (1 + n / 100, 1 + n / 10 % 10, 1 + n % 10);
        AreaCode::new(((REGION * 1_000 + street) * 1_000 + community) * 1_000 + grid)
    };
    let codes: Vec<AreaCode> = (0..grids).filter_map(grid).collect();
    let mut cells: Vec<Cell> =
        codes.iter().map(|g| Cell { site: Site::of(*g), span: Span::ALWAYS }).collect();
    // One grid in ten has an estate with a company of its own.
    let places: Vec<PlaceRow> = (0..grids / 10)
        .map(|n| PlaceRow { id: PlaceId(uuid(3, n)), name: format!("小区{n}"), span: Span::ALWAYS })
        .collect();
    for (n, p) in places.iter().enumerate() {
        let mut site = Site::of(codes[n * 10]);
        site.places.push(p.id);
        cells.push(Cell { site, span: Span::ALWAYS });
    }
    let units: Vec<UnitRow> = (0..40 + grids / 10)
        .map(|n| UnitRow {
            id: UnitId(uuid(1, n)),
            name: format!("单位{n}"),
            closed: n % 31 == 30,
            merged_into: None,
        })
        .collect();
    let roles = ["street", "community", "property", "owner"];
    let mut holders = Vec::new();
    for g in codes.iter().step_by(10) {
        let (community, street) = (g.parent()?, g.parent()?.parent()?);
        let mut hold = |role: &str, ground, unit| {
            let unit = UnitId(uuid(1, unit));
            holders.push(HolderRow { listed: false, unit, role: role.to_owned(), ground, span: luck.span() });
        };
        hold("community", Ground::Area(community), 40 + (community.get() % 17) as u64);
        if community.get() % 1_000 == 1 {
            hold("street", Ground::Area(street), (street.get() % 30) as u64);
        }
    }
    for (n, p) in places.iter().enumerate() {
        let unit = UnitId(uuid(1, 40 + n as u64));
        holders.push(HolderRow {
            listed: false,
            unit,
            role: "property".into(),
            ground: Ground::Place(p.id),
            span: luck.span(),
        });
    }
    let lead = |luck: &mut Luck| match luck.below(10) {
        0..=5 => Some(Lead::Unit(UnitId(uuid(1, luck.below(30))))),
        6..=7 => Some(Lead::Role("street".into())),
        8 => Some(Lead::Role(roles[luck.below(4) as usize].into())),
        _ => None,
    };
    let mut items = Vec::new();
    for n in 0..250u64 {
        let conditions = (1..=2).map(|n| ConditionRow { n, lead: lead(luck) }).collect();
        items.push(ItemRow {
            code: ItemCode::new(REGION * 10_000 + (1 + n / 25) * 100 + 1 + n % 25)?,
            name: format!("事项{n}"),
            major: format!("大类{}", n / 25),
            domain: Some(format!("领域{}", n % 6)),
            conditions,
        });
    }
    let mut duties = Vec::new();
    for n in 0..200 + grids * 2 {
        let g = codes[luck.below(grids) as usize];
        let ground = match luck.below(20) {
            0 => Ground::Area(home),
            1..=3 => Ground::Area(g.parent()?.parent()?),
            4..=9 => Ground::Area(g.parent()?),
            10..=12 => Ground::Place(places[luck.below(places.len() as u64) as usize].id),
            _ => Ground::Area(g),
        };
        let item = items[luck.below(250) as usize].code;
        let subject = match luck.below(10) {
            0 => Subject::Domain(format!("领域{}", luck.below(6))),
            1..=2 => Subject::Class(ItemClass::of(item)),
            _ => Subject::Item(item),
        };
        let answer = match luck.below(3) {
            0 => Answer::Role(roles[luck.below(4) as usize].into()),
            _ => Answer::Unit(UnitId(uuid(1, luck.below(40 + grids / 10)))),
        };
        let span = luck.span();
        duties.push(Duty { id: DutyId(uuid(2, n)), ground, subject, answer, span, basis: String::new() });
    }
    let version = VersionRow { version: 1, name: "清单".into(), span: Span::ALWAYS, items };
    Some(World {
        region,
        name: "区".into(),
        zone: "Asia/Shanghai".into(),
        land: Arc::new(Land { areas: Vec::new(), places, cells }),
        parties: Arc::new(Parties {
            units,
            roles: roles.map(|r| RoleRow { code: r.into(), zh: r.into(), en: r.into() }).to_vec(),
            holders,
        }),
        catalogue: Arc::new(Catalogue { versions: vec![version] }),
        duties,
    })
}

/// What people write first: for each pair and date look through all duties, and through all holders.
fn naive(w: &World, cell: &Cell, item: &ItemRow, condition: &ConditionRow, at: Moment) -> Option<UnitId> {
    let open = |u: UnitId| w.parties.units.iter().find(|x| x.id == u && !x.closed).map(|x| x.id);
    let role = |role: &str| {
        for tier in Tier::ALL {
            let here = w.parties.holders.iter().filter(|h| {
                h.role == role
                    && h.span.holds(at)
                    && h.ground.tier() == tier
                    && cell.site.grounds().any(|g| g == h.ground)
            });
            let units: Vec<UnitId> = here.filter_map(|h| open(h.unit)).collect();
            if let Some(first) = units.first() {
                return units.iter().all(|u| u == first).then_some(*first);
            }
        }
        None
    };
    let mut best: Vec<(Tier, u8, &Duty)> = Vec::new();
    for d in w.duties.iter().filter(|d| d.span.holds(at) && cell.site.grounds().any(|g| g == d.ground)) {
        let kind = match &d.subject {
            Subject::Item(c) if *c == item.code => 0,
            Subject::Class(c) if *c == ItemClass::of(item.code) => 1,
            Subject::Domain(x) if item.domain.as_ref() == Some(x) => 2,
            _ => continue,
        };
        let rank = (d.ground.tier(), kind);
        match best.first().map(|b| (b.0, b.1)) {
            Some(have) if have < rank => continue,
            Some(have) if have > rank => best.clear(),
            _ => {}
        }
        best.push((rank.0, rank.1, d));
    }
    if best.is_empty() {
        return match condition.lead.as_ref()? {
            Lead::Unit(u) => open(*u),
            Lead::Role(r) => role(r),
        };
    }
    let units: Vec<Option<UnitId>> = best
        .iter()
        .map(|(_, _, d)| match &d.answer {
            Answer::Unit(u) => open(*u),
            Answer::Role(r) => role(r),
            Answer::Region(_) => None,
        })
        .collect();
    units.iter().all(|u| *u == units[0]).then_some(units[0]).flatten()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cells × conditions, each at every date from today at which something changes for it");
    println!(
        "{:>10} {:>8} {:>9} {:>9} {:>10} {:>10} {:>9}  {:>7}",
        "pairs", "duties", "book", "check", "ns/pair", "edit", "findings", "naive"
    );
    for grids in [18u64, 182, 1_818] {
        let w = world(grids, &mut Luck(7)).ok_or("no world")?;
        let began = Instant::now();
        let book = Arc::new(DutyBook::new(w.clone(), BTreeMap::new()));
        let made = began.elapsed();
        let began = Instant::now();
        let matrix = Matrix::new(book.clone(), TODAY);
        let full = began.elapsed();
        let findings: usize = matrix.found().map(<[_]>::len).sum();

        // The worst edits are for the whole region, by class and by domain.
        let mut worst = 0.0f64;
        for (n, subject) in [
            Subject::Class(ItemClass::of(w.catalogue.versions[0].items[0].code)),
            Subject::Domain("领域1".into()),
            Subject::Item(w.catalogue.versions[0].items[3].code),
        ]
        .into_iter()
        .enumerate()
        {
            let mut duties = w.duties.clone();
            duties.push(Duty {
                id: DutyId(uuid(9, n as u64)),
                ground: Ground::Area(AreaCode::from(w.region)),
                subject,
                answer: Answer::Role("street".into()),
                span: Span::ALWAYS,
                basis: String::new(),
            });
            let began = Instant::now();
            let again = matrix.after(Arc::new(book.with_duties(duties)));
            worst = worst.max(began.elapsed().as_secs_f64());
            black_box(again);
        }

        // The naive way on a sample of pairs; dates as the pair's neighbours have them are left out in its favour.
        let items = &w.catalogue.versions[0].items;
        let mut luck = Luck(3);
        let sample = (2_000_000 / w.duties.len()).clamp(200, 5_000);
        let began = Instant::now();
        for _ in 0..sample {
            let cell = &w.land.cells[luck.below(w.land.cells.len() as u64) as usize];
            let item = &items[luck.below(250) as usize];
            black_box(naive(&w, cell, item, &item.conditions[luck.below(2) as usize], TODAY));
        }
        let each = began.elapsed().as_secs_f64() / sample as f64;
        let own = full.as_secs_f64() / matrix.pairs() as f64;
        println!(
            "{:>10} {:>8} {:>6.1} ms {:>6.1} ms {:>7.0} ns {:>7.2} ms {:>9} {:>6.0}×",
            matrix.pairs(),
            w.duties.len(),
            made.as_secs_f64() * 1e3,
            full.as_secs_f64() * 1e3,
            own * 1e9,
            worst * 1e3,
            findings,
            each / own,
        );
    }
    Ok(())
}
