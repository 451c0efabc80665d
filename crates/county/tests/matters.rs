//! Reports read like reports, lie where they say, and rarely repeat; histories keep to the moves.

use county::{County, Rng, SEED, Stage, Step, after, contains};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static COUNTY: LazyLock<County> = LazyLock::new(|| County::generate(SEED));
/// 2026-03-18 12:00 in Shanghai.
const NOW: i64 = 1_773_806_400_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn walk(steps: &[Step]) -> Option<Stage> {
    steps.iter().try_fold(Stage::Reported, |stage, step| after(stage, step.move_code))
}

#[test]
fn twenty_thousand_reports_hardly_repeat() {
    let (county, mut rng) = (&*COUNTY, Rng::new(7));
    let mut texts = BTreeSet::new();
    let mut per_grid = vec![0_u32; 200];
    let mut channels: BTreeMap<&str, u32> = BTreeMap::new();
    let mut items = BTreeSet::new();
    for i in 0..20_000 {
        let m = county.matter(&mut rng, NOW - i * 500_000);
        let length = m.text.chars().count();
        assert!((40..=220).contains(&length), "{length}: {}", m.text);
        assert!(!m.text.contains(['{', '}']) && m.text.contains(&m.place), "{}", m.text);
        let n = &m.notes;
        for note in [&n.result, &n.decline, &n.send_back, &n.clause, &n.rework, &n.reopen, &n.withdraw] {
            assert!(!note.is_empty() && !note.contains(['{', '}']), "{note}");
        }
        assert!(contains(&county.grids[m.grid].rings, m.lon, m.lat));
        assert!(m.telephone.as_ref().is_none_or(|t| t.len() == 11 && t.starts_with("19900")));
        assert!(m.channel != "worker" || m.telephone.is_none());
        assert!(m.channel == "worker" || county.items[m.item].public);
        per_grid[m.grid] += 1;
        *channels.entry(m.channel).or_default() += 1;
        items.insert(m.item);
        texts.insert(m.text);
    }
    assert!(texts.len() >= 19_000, "{}", texts.len());
    assert_eq!((items.len(), channels.len()), (60, 4));
    assert!(per_grid.iter().all(|&n| n > 0) && per_grid.iter().max() > Some(&300));
}

#[test]
fn cases_end_in_every_stage_and_about_one_in_eight_is_late() {
    let (county, mut rng) = (&*COUNTY, Rng::new(11));
    let mut stages: BTreeMap<Stage, u32> = BTreeMap::new();
    let mut moves: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut closed, mut late) = (0.0, 0.0);
    for at in county.moments(&mut rng, 20_000, NOW, 120) {
        let limit = county.items[county.matter(&mut rng, at).item].limit_hours;
        let steps = county.history(&mut rng, at, NOW, limit);
        let Some(stage) = walk(&steps) else { panic!("{steps:?}") };
        *stages.entry(stage).or_default() += 1;
        steps.iter().for_each(|s| *moves.entry(s.move_code).or_default() += 1);
        let first = |code: &str| steps.iter().find(|s| s.move_code == code).map(|s| s.at_ms);
        if let (Some(filed), Some(done)) = (first("file"), first("close")) {
            closed += 1.0;
            late += if done - filed > limit * HOUR { 1.0 } else { 0.0 };
        }
    }
    assert_eq!(stages.len(), 10, "{stages:?}");
    assert_eq!(moves.len(), 12, "{moves:?}");
    assert!(stages[&Stage::Closed] > 15_000, "{stages:?}");
    let share = late / closed;
    assert!((0.09..0.14).contains(&share), "{share}");
}

#[test]
fn reports_keep_the_hours_of_the_day() {
    let (county, mut rng) = (&*COUNTY, Rng::new(5));
    let moments = county.moments(&mut rng, 5_000, NOW, 120);
    assert_eq!(moments.len(), 5_000);
    assert!(moments.is_sorted() && moments[0] > NOW - 120 * DAY - 1 && moments[4_999] <= NOW);
    let hour = |at: &i64| (at / HOUR + 8).rem_euclid(24);
    let night = moments.iter().filter(|m| hour(m) < 6).count();
    let day = moments.iter().filter(|m| (8..18).contains(&hour(m))).count();
    assert!(night < 250 && day > 3_000, "{night} {day}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn histories_keep_to_the_moves(seed in any::<u64>(), age in 0..200 * DAY, limit in 1_i64..500) {
        let reported = NOW - age;
        let steps = COUNTY.history(&mut Rng::new(seed), reported, NOW, limit);
        prop_assert!(walk(&steps).is_some(), "{:?}", steps);
        let times: Vec<i64> = std::iter::once(reported).chain(steps.iter().map(|s| s.at_ms)).collect();
        prop_assert!(times.is_sorted() && times.last().is_some_and(|&t| t <= NOW));
        // What is known earlier is the beginning of what is known later.
        let earlier = COUNTY.history(&mut Rng::new(seed), reported, NOW - age / 2, limit);
        prop_assert!(steps.starts_with(&earlier));
    }
}
