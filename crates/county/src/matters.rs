//! Invents reports: which item, where, in what words, and what is noted along the way.

use crate::County;
use crate::buildings::Place;
use crate::items::{Item, Tone};
use crate::phrases::*;
use crate::rng::Rng;
use crate::shape::{Pt, contains};
use serde::Serialize;

/// A report as it arrives, and the notes for whatever moves its case will make.
#[derive(Clone, Debug, Serialize)]
pub struct Matter {
    /// Index into `County::items`.
    pub item: usize,
    /// What was reported: 40 to 220 Chinese characters.
    pub text: String,
    /// Where, in words.
    pub place: String,
    /// Longitude in degrees, CGCS2000.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// Index into `County::grids` of the grid the point lies in.
    pub grid: usize,
    /// "web", "telephone", "worker" or "counter".
    pub channel: &'static str,
    /// Number to call back, from a range no operator has given out (1990 0…); never for workers' reports.
    pub telephone: Option<String>,
    /// Texts for the moves.
    pub notes: Notes,
}

/// A text for each move that needs one, whether the case makes that move or not.
#[derive(Clone, Debug, Serialize)]
pub struct Notes {
    /// What the handler did.
    pub result: String,
    /// Why it is not a matter of ours, and where to go instead.
    pub decline: String,
    /// Why the unit refuses it.
    pub send_back: String,
    /// The clause of the catalogue the refusal stands on.
    pub clause: String,
    /// Why the result is not good enough.
    pub rework: String,
    /// Why the closed case is opened again.
    pub reopen: String,
    /// Why the reporter takes it back.
    pub withdraw: String,
}

/// Running totals of weights: entry i is the sum of the weights 0..=i. Drawing takes one binary search.
pub(crate) fn totals(weights: impl Iterator<Item = u32>) -> Vec<u64> {
    let add = |sum: &mut u64, w: u32| {
        *sum += u64::from(w);
        Some(*sum)
    };
    weights.scan(0, add).collect()
}

fn draw(totals: &[u64], rng: &mut Rng) -> usize {
    let sum = totals.last().copied().unwrap_or(0);
    let ticket = rng.below(sum as usize) as u64;
    totals.partition_point(|&t| t <= ticket)
}

/// How many reports come from each place, relative to the others: the grids' heat shared among their places.
/// One grid in eight is a trouble spot with several times the usual number.
pub(crate) fn heat(places: &[Place], grids: usize, rng: &mut Rng) -> (Vec<u64>, Vec<u64>) {
    let mut per_grid = vec![0_u32; grids];
    places.iter().for_each(|p| per_grid[p.grid] += 1);
    let mood: Vec<u32> = (0..grids)
        .map(|_| if rng.chance(0.125) { 25 + rng.below(35) as u32 } else { 6 + rng.below(12) as u32 })
        .collect();
    let weights: Vec<u32> = places.iter().map(|p| mood[p.grid] * if p.indoors { 2 } else { 3 }).collect();
    let mut of_grid = vec![0_u64; grids];
    places.iter().zip(&weights).for_each(|(p, w)| of_grid[p.grid] += u64::from(*w));
    (totals(weights.into_iter()), of_grid)
}

/// See [`County::matter`].
pub(crate) fn matter(county: &County, rng: &mut Rng, at_ms: i64) -> Matter {
    let index = draw(&county.item_totals, rng);
    let item = &county.items[index];
    let place = place_for(county, item, rng);
    let channel = channel(item, rng);
    let (lon, lat) = near(county, place, rng);
    let local_hour = ((at_ms / 3_600_000 + 8).rem_euclid(24)) as u8;
    let telephone = match channel {
        "telephone" => true,
        "web" => rng.chance(0.55),
        "counter" => rng.chance(0.7),
        _ => false,
    };
    Matter {
        item: index,
        text: text(item, &place.text, channel, local_hour, rng),
        place: place.text.clone(),
        lon,
        lat,
        grid: place.grid,
        channel,
        telephone: telephone.then(|| format!("19900{:06}", rng.below(1_000_000))),
        notes: notes(item, rng),
    }
}

/// Matters of the home are reported from buildings, those of the road from the road, if one comes up soon.
fn place_for<'a>(county: &'a County, item: &Item, rng: &mut Rng) -> &'a Place {
    let fits = |p: &Place| match (item.tone, item.unit_role) {
        (Tone::Home, _) | (_, Some("property")) => p.indoors,
        (Tone::Blocked | Tone::Danger, None) => !p.indoors,
        _ => true,
    };
    let mut place = &county.places[draw(&county.place_totals, rng)];
    for _ in 0..3 {
        if fits(place) {
            break;
        }
        place = &county.places[draw(&county.place_totals, rng)];
    }
    place
}

fn channel(item: &Item, rng: &mut Rng) -> &'static str {
    let roll = rng.unit();
    match (item.public, roll) {
        (false, _) => "worker",
        (_, r) if r < 0.42 => "worker",
        (_, r) if r < 0.72 => "web",
        (_, r) if r < 0.95 => "telephone",
        _ => "counter",
    }
}

/// A point within about 15 m of the place and in the same grid.
fn near(county: &County, place: &Place, rng: &mut Rng) -> (f64, f64) {
    let degrees = |v: [i32; 2]| (f64::from(v[0]) / 1e7, f64::from(v[1]) / 1e7);
    let middle = Pt::of(place.point);
    for _ in 0..4 {
        let p = Pt { x: middle.x + rng.swing() * 11.0, y: middle.y + rng.swing() * 11.0 };
        let (lon, lat) = degrees(p.vertex());
        if contains(&county.grids[place.grid].rings, lon, lat) {
            return (lon, lat);
        }
    }
    degrees(place.point)
}

fn text(item: &Item, place: &str, channel: &str, hour: u8, rng: &mut Rng) -> String {
    let openings: &[&str] = match channel {
        "worker" => &WORKER,
        "web" => &RESIDENT,
        "counter" => &COUNTER,
        _ => &TELEPHONE,
    };
    let when = WHEN.iter().find(|w| w.0 <= hour && hour < w.1).map_or("今天", |w| rng.pick(w.2));
    let seen = numbers(rng.pick(item.seen), rng);
    let opening = rng.pick(openings);
    let mut text = opening.replace("{when}", when).replace("{place}", place).replace("{seen}", &seen);
    if rng.chance(0.55) {
        text.push_str(&numbers(rng.pick(&SPOT), rng));
        text.push('，');
    }
    let harms = consequences(item.tone);
    let first = rng.below(harms.len());
    text.push_str(&numbers(harms[first], rng));
    if rng.chance(0.4) {
        text.push('，');
        text.push_str(&numbers(harms[(first + 1 + rng.below(harms.len() - 1)) % harms.len()], rng));
    }
    text.push('。');
    text.push_str(if channel == "worker" { rng.pick(&WORKER_WISHES) } else { rng.pick(&WISHES) });
    // Short ones get more detail until they say enough to be acted upon.
    while text.chars().count() < 40 {
        text.push_str(&numbers(rng.pick(&SPOT), rng));
        text.push('。');
    }
    text
}

/// Fills in {n} (2 to 9) and {m} (metres, 2 to 30).
fn numbers(pattern: &str, rng: &mut Rng) -> String {
    let (n, m) = (rng.range(2, 10), rng.range(2, 31));
    pattern.replace("{n}", &n.to_string()).replace("{m}", &m.to_string())
}

fn notes(item: &Item, rng: &mut Rng) -> Notes {
    let (reason, clause) = rng.pick(&SEND_BACK);
    let parts = [rng.pick(&RESULT_OPENING), rng.pick(item.done), rng.pick(&RESULT_END)];
    Notes {
        result: numbers(&parts.concat(), rng),
        decline: rng.pick(&DECLINE).to_owned(),
        send_back: format!("{reason}。"),
        clause: clause.to_owned(),
        rework: numbers(rng.pick(&REWORK), rng),
        reopen: numbers(rng.pick(&REOPEN), rng),
        withdraw: rng.pick(&WITHDRAW).to_owned(),
    }
}
