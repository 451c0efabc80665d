//! One million deadlines on one thread, beside the plain way of walking day by day.
//! `cargo bench -p calendar`

use calendar::{Calendar, Hours, Limit, LimitUnit, Run, deadline, mainland};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use kernel::Moment;
use std::{collections::HashMap, hint::black_box};
use tokio::time::Instant;

const N: usize = 1_000_000;
const BATCH: usize = 1_000;

fn cases() -> Vec<(Moment, Limit)> {
    let limits = [
        Limit::of(2, LimitUnit::WorkDay),
        Limit::of(5, LimitUnit::WorkDay),
        Limit::of(15, LimitUnit::WorkDay),
        Limit::of(4, LimitUnit::WorkHour),
        Limit::of(15, LimitUnit::WorkMinute),
        Limit::of(60, LimitUnit::WorkDay),
        Limit::of(7, LimitUnit::Day),
        Limit::of(24, LimitUnit::UrgentHour),
    ];
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    // Any millisecond of 2024–2026.
    (0..N)
        .map(|_| {
            let at = 1_704_038_400_000 + (next() as i64 * 31_557 + next() as i64) % 94_600_000_000;
            (Moment(at), limits[next() as usize % limits.len()])
        })
        .collect()
}

/// What people write first: for every day ask for its hours and take them off.
fn walk(tz: &TimeZone, hours: &Hours, named: &HashMap<Date, bool>, start: Moment, limit: Limit) -> i64 {
    let local = Timestamp::from_millisecond(start.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(tz.clone());
    let mut left = match limit.unit() {
        LimitUnit::WorkDay => limit.n() * 8 * Moment::HOUR,
        LimitUnit::WorkHour => limit.n() * Moment::HOUR,
        LimitUnit::WorkMinute => limit.n() * 60_000,
        LimitUnit::Day => {
            return local.checked_add(limit.n().days()).map_or(0, |z| z.timestamp().as_millisecond());
        }
        _ => return start.0 + limit.n() * Moment::HOUR,
    };
    let mut date = local.date();
    loop {
        let own = &hours.week[date.weekday().to_monday_zero_offset() as usize];
        let spans = match named.get(&date) {
            Some(true) => &hours.week[6],
            Some(false) => &hours.week[0],
            None => own,
        };
        for s in spans {
            let at = |m: u16| {
                let t = date.at((m / 60) as i8, (m % 60) as i8, 0, 0);
                tz.to_ambiguous_timestamp(t).compatible().map_or(0, |t| t.as_millisecond())
            };
            let (from, to) = (at(s.from).max(start.0), at(s.to));
            if from < to {
                if to - from >= left {
                    return from + left;
                }
                left -= to - from;
            }
        }
        let Ok(next) = date.tomorrow() else { return 0 };
        date = next;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let cal = Calendar::mainland("Asia/Shanghai")?;
    println!("calendar compiled in {:.2} ms", began.elapsed().as_secs_f64() * 1e3);
    let cases = cases();

    let mut batches = Vec::with_capacity(N / BATCH);
    let began = Instant::now();
    for batch in cases.chunks(BATCH) {
        let begin = Instant::now();
        for (start, limit) in batch {
            black_box(Run::start(&cal, *start, *limit));
        }
        batches.push(begin.elapsed().as_secs_f64() * 1e9 / batch.len() as f64);
    }
    let all = began.elapsed().as_secs_f64();
    batches.sort_by(f64::total_cmp);
    let p = |q: f64| batches[((batches.len() - 1) as f64 * q) as usize];
    println!(
        "{N} deadlines in {all:.3} s; ns each, of batches of {BATCH}: p50 {:.0}, p95 {:.0}, p99 {:.0}",
        p(0.5),
        p(0.95),
        p(0.99)
    );

    let (tz, hours) = (TimeZone::get("Asia/Shanghai")?, Hours::default());
    let named: HashMap<Date, bool> =
        mainland().iter().flat_map(|y| &y.days).map(|d| (d.date, d.off)).collect();
    let some = &cases[..N / 10];
    let began = Instant::now();
    let mut same = true;
    for (start, limit) in some {
        same &=
            Run::start(&cal, *start, *limit).due == Some(Moment(walk(&tz, &hours, &named, *start, *limit)));
    }
    let walked = began.elapsed().as_secs_f64() * 1e9 / some.len() as f64 - p(0.5);
    println!("day by day: {walked:.0} ns each, {:.1} times as long; same answers: {same}", walked / p(0.5));

    let began = Instant::now();
    for (start, limit) in &cases[..10_000] {
        black_box(deadline(&cal, *start, *limit, &[])?.1.zh());
    }
    println!("with its explanation: {:.1} µs each", began.elapsed().as_secs_f64() * 1e6 / 10_000.0);
    if all > 2.0 || !same {
        return Err("1,000,000 deadlines take at most 2 s and agree with the walk".into());
    }
    Ok(())
}
