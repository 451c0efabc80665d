//! The calendar against a reference that walks minute by minute, asks what the clock on the wall
//! shows and keeps its own books. Shares no code with the implementation but the data types.

#![allow(clippy::unwrap_used, reason = "tests")]

use calendar::{
    Calendar, Day, Hours, Left, Limit, LimitUnit, MonthDay, Season, Span, Turn, What, Year, deadline,
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use kernel::Moment;
use std::collections::VecDeque;

const CALENDARS: u64 = 300;
const HISTORIES: usize = 45;
const WINDOW: usize = 34 * 1440;

struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: i64) -> i64 {
        (self.next() % n as u64) as i64
    }
    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

fn shifts(luck: &mut Luck) -> Vec<Span> {
    let span = |from: i64, to: i64| Span { from: from as u16, to: to as u16 };
    match luck.below(8) {
        0 => vec![span(480, 720), span(840, 1080)],
        1 => vec![span(0, 1440)],
        2 => {
            let from = 1200 + luck.below(48) * 5;
            vec![span(from, from + 60 + luck.below(90) * 5)]
        }
        3 => {
            let from = luck.below(40) * 5;
            vec![span(from, from + 5 + luck.below(40) * 5), span(600, 605 + luck.below(100) * 5)]
        }
        4 => vec![span(90, 150), span(165, 240)],
        _ => {
            let from = 420 + luck.below(30) * 5;
            vec![span(from, from + 30 + luck.below(80) * 7)]
        }
    }
}

fn week(luck: &mut Luck) -> [Vec<Span>; 7] {
    let usual = shifts(luck);
    let mixed = luck.one_in(3);
    std::array::from_fn(|d| match (d, mixed) {
        (_, true) if luck.one_in(3) => Vec::new(),
        (_, true) => shifts(luck),
        (5 | 6, false) => Vec::new(),
        _ => usual.clone(),
    })
}

struct World {
    cal: Calendar,
    hours: Hours,
    years: Vec<Year>,
    tz: TimeZone,
    begin: i64,
}

fn world(luck: &mut Luck) -> World {
    loop {
        let zone = if luck.one_in(2) { "America/New_York" } else { "Asia/Shanghai" };
        let around = [
            "2026-03-08",
            "2026-11-01",
            "2025-03-09",
            "2026-12-31",
            "2026-02-17",
            "2025-10-01",
            "2024-02-29",
        ];
        let middle: Date = around[luck.below(7) as usize].parse().unwrap();
        let first = middle.checked_sub((luck.below(14) + 1).days()).unwrap();
        let day = |luck: &mut Luck| first.checked_add(luck.below(30).days()).unwrap();
        let mut hours = Hours { week: week(luck), ..Hours::default() };
        hours.on_holidays = luck.one_in(6);
        hours.day_minutes = [480, 480, 420, 1440, 90][luck.below(5) as usize];
        if luck.one_in(2) {
            let (a, b) = (day(luck), day(luck));
            let (from, to) = if luck.one_in(4) { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
            let of = |d: Date| MonthDay::new(d.month(), d.day()).unwrap();
            hours.seasons.push(Season { name: "季".into(), from: of(from), to: of(to), week: week(luck) });
        }
        for _ in 0..luck.below(4) {
            let date = day(luck);
            hours.days.insert(date, if luck.one_in(3) { Vec::new() } else { shifts(luck) });
        }
        let mut years: Vec<Year> = (2024..=2026).map(|year| Year { year, days: Vec::new() }).collect();
        for _ in 0..luck.below(9) {
            let (date, off) = (day(luck), !luck.one_in(3));
            if let Some(y) = years.iter_mut().find(|y| y.year == date.year())
                && y.days.iter().all(|d| d.date != date)
            {
                y.days.push(Day { date, off, name: "节".into() });
            }
        }
        // Most combinations of random shifts overlap; those are refused.
        let Ok(cal) = Calendar::new(zone, &hours, &years) else { continue };
        let tz = TimeZone::get(zone).unwrap();
        let begin = first.at(0, 0, 0, 0).to_zoned(tz.clone()).unwrap().timestamp().as_millisecond();
        return World { cal, hours, years, tz, begin };
    }
}

/// What the wall clock shows every minute, and whether anybody works.
struct Minutes {
    shown: Vec<DateTime>,
    works: Vec<bool>,
    known: usize,
}

fn spans(w: &World, date: Date) -> Vec<Span> {
    if let Some(own) = w.hours.days.get(&date) {
        return own.clone();
    }
    let md = (date.month(), date.day());
    let mut week = &w.hours.week;
    for s in &w.hours.seasons {
        let (a, b) = ((s.from.month, s.from.day), (s.to.month, s.to.day));
        if (a <= b && a <= md && md <= b) || (a > b && (a <= md || md <= b)) {
            week = &s.week;
        }
    }
    let own = week[date.weekday().to_monday_zero_offset() as usize].clone();
    match w.years.iter().flat_map(|y| &y.days).find(|d| d.date == date) {
        Some(d) if d.off && !w.hours.on_holidays => Vec::new(),
        Some(d) if !d.off && own.is_empty() => {
            week.iter().find(|d| !d.is_empty()).cloned().unwrap_or_default()
        }
        _ => own,
    }
}

fn minutes(w: &World) -> Minutes {
    let mut m = Minutes { shown: Vec::new(), works: Vec::new(), known: 0 };
    let (mut date, mut today, mut yesterday) = (Date::MIN, Vec::new(), Vec::new());
    for i in 0..WINDOW {
        let at = Timestamp::from_millisecond(w.begin + i as i64 * 60_000).unwrap();
        let shown = w.tz.to_datetime(at);
        if shown.date() != date {
            date = shown.date();
            today = spans(w, date);
            yesterday = spans(w, date.yesterday().unwrap());
        }
        let minute = shown.hour() as u16 * 60 + shown.minute() as u16;
        let works = today.iter().any(|s| s.from <= minute && minute < s.to)
            || yesterday.iter().any(|s| s.from <= minute + 1440 && minute + 1440 < s.to);
        m.shown.push(shown);
        m.works.push(works);
        if date.year() <= 2026 {
            m.known = i + 1;
        }
    }
    m
}

#[derive(Debug, Clone, PartialEq)]
enum Leg {
    Elapsed(usize),
    Days(i64),
    /// Days whose counting has begun: until this minute.
    Until(usize),
    Working(usize),
}

struct Book<'a> {
    m: &'a Minutes,
    day: usize,
    legs: VecDeque<Leg>,
    /// The next minute to count; none while stopped.
    cursor: Option<usize>,
    since: Option<usize>,
    due: Option<usize>,
    /// Stopped after its due.
    spent: bool,
    beyond: bool,
}

/// The walk left the window: the case cannot be compared.
struct Outside;

impl Book<'_> {
    fn leg(&self, l: Limit) -> Leg {
        let n = l.n() as usize;
        match l.unit() {
            LimitUnit::Minute => Leg::Elapsed(n),
            LimitUnit::Hour | LimitUnit::UrgentHour => Leg::Elapsed(n * 60),
            LimitUnit::UrgentDay => Leg::Elapsed(n * 1440),
            LimitUnit::Day => Leg::Days(l.n()),
            LimitUnit::WorkMinute => Leg::Working(n),
            LimitUnit::WorkHour => Leg::Working(n * 60),
            LimitUnit::WorkDay => Leg::Working(n * self.day),
        }
    }

    fn walk(&mut self, stop: Option<usize>) -> Result<(), Outside> {
        let Some(mut at) = self.cursor else { return Ok(()) };
        while !self.spent && stop.is_none_or(|s| at < s) {
            let Some(leg) = self.legs.front_mut() else { break };
            if let Leg::Days(n) = *leg {
                let shown = self.m.shown.get(at).ok_or(Outside)?;
                let aim = shown.checked_add(n.days()).unwrap();
                let after = |aim: DateTime| (at..self.m.shown.len()).find(|&i| self.m.shown[i] == aim);
                // Both zones jump by an hour.
                let until = after(aim).or_else(|| {
                    self.m.shown.last().filter(|l| **l > aim)?;
                    after(aim.checked_add(1.hour()).unwrap())
                });
                *leg = Leg::Until(until.ok_or(Outside)?);
            }
            if at >= self.m.works.len() {
                return Err(Outside);
            }
            let done = match leg {
                Leg::Elapsed(n) => {
                    *n -= 1;
                    at += 1;
                    *n == 0
                }
                Leg::Until(u) => {
                    at += 1;
                    at == *u
                }
                Leg::Working(n) => {
                    if self.m.works[at] {
                        *n -= 1;
                        self.beyond |= at >= self.m.known;
                    }
                    at += 1;
                    *n == 0
                }
                Leg::Days(_) => unreachable!(),
            };
            if done {
                self.legs.pop_front();
            }
        }
        self.cursor = Some(at);
        if self.legs.is_empty() && !self.spent {
            self.due = Some(at);
        }
        Ok(())
    }

    fn stop(&mut self, at: usize) -> Result<(), Outside> {
        self.walk(Some(at))?;
        if self.spent || (self.legs.is_empty() && self.due.is_some_and(|d| at > d)) {
            self.spent = true;
        } else {
            self.due = None;
            self.beyond = false;
            if let Some(Leg::Until(u)) = self.legs.front() {
                self.legs[0] = Leg::Elapsed(u - at);
            }
        }
        (self.cursor, self.since) = (None, None);
        Ok(())
    }

    fn go(&mut self, at: usize) {
        (self.cursor, self.since) = (Some(at), Some(at));
        self.beyond &= self.spent;
    }

    fn begin(&mut self, at: usize, limit: Limit) {
        self.legs = VecDeque::from([self.leg(limit)]);
        (self.due, self.spent, self.beyond) = (None, false, false);
        self.go(at);
    }

    fn extend(&mut self, limit: Limit) {
        let leg = self.leg(limit);
        self.legs.push_back(leg);
        self.beyond &= !self.spent;
        self.spent = false;
        self.due = None;
    }
}

fn limit(luck: &mut Luck) -> Limit {
    let unit = LimitUnit::ALL[luck.below(8) as usize];
    let most = match unit {
        LimitUnit::Minute | LimitUnit::WorkMinute => 900,
        LimitUnit::Hour | LimitUnit::UrgentHour => 60,
        LimitUnit::WorkHour => 20,
        _ => 4,
    };
    Limit::new(1 + luck.below(most), unit).unwrap()
}

#[test]
fn ten_thousand_histories_come_out_as_by_walking_every_minute() {
    let (mut compared, mut provisional, mut stopped, mut shifted, mut spent) = (0, 0, 0, 0, 0);
    for seed in 0..CALENDARS {
        let mut luck = Luck(seed);
        let w = world(&mut luck);
        let m = minutes(&w);
        let moment = |i: usize| Moment(w.begin + i as i64 * 60_000);
        for h in 0..HISTORIES {
            let start = luck.below(12 * 1440) as usize;
            let first = limit(&mut luck);
            let mut book = Book {
                m: &m,
                day: w.hours.day_minutes as usize,
                legs: VecDeque::new(),
                cursor: None,
                since: None,
                due: None,
                spent: false,
                beyond: false,
            };
            book.begin(start, first);
            let mut history = Vec::new();
            let mut at = start;
            let mut outside = false;
            for _ in 0..luck.below(6) {
                let far = [1, 90, 700, 2500][luck.below(4) as usize];
                at += luck.below(far) as usize;
                let runs = book.since.is_some_and(|s| s <= at);
                let (turn, done) = match luck.below(5) {
                    0 | 1 if runs => (Turn::Pause { at: moment(at) }, book.stop(at)),
                    2 if runs => {
                        let until = at + 1 + luck.below(4000) as usize;
                        let done = book.stop(at);
                        book.go(until);
                        (Turn::Suspend { at: moment(at), until: moment(until) }, done)
                    }
                    0..=2 => {
                        book.go(at);
                        (Turn::Resume { at: moment(at) }, Ok(()))
                    }
                    3 => {
                        let limit = limit(&mut luck);
                        book.begin(at, limit);
                        (Turn::Restart { at: moment(at), limit }, Ok(()))
                    }
                    _ => {
                        let limit = limit(&mut luck);
                        let done = if runs { book.walk(Some(at)) } else { Ok(()) };
                        book.extend(limit);
                        (Turn::Extend { at: moment(at), limit }, done)
                    }
                };
                history.push(turn);
                outside |= done.is_err();
            }
            if outside || book.walk(None).is_err() {
                continue;
            }
            let told = || format!("seed {seed}, history {h}: {start} {first} {history:?}\n{:?}", w.hours);
            let (run, why) = deadline(&w.cal, moment(start), first, &history)
                .unwrap_or_else(|e| panic!("{e}\n{}", told()));
            assert_eq!(run.due, book.due.map(moment), "{}\n{}", told(), why.zh());
            assert_eq!(run.since, book.since.map(moment), "{}", told());
            assert_eq!(run.provisional, book.beyond, "{}\n{}", told(), why.zh());
            if run.since.is_none() {
                let left: Vec<Left> = book
                    .legs
                    .iter()
                    .map(|l| match *l {
                        Leg::Elapsed(n) => Left::Elapsed(n as i64 * 60_000),
                        Leg::Working(n) => Left::Working(n as i64 * 60_000),
                        Leg::Days(n) => Left::Days(n),
                        Leg::Until(_) => unreachable!(),
                    })
                    .collect();
                assert_eq!(run.left, left, "{}", told());
            }
            assert_eq!(run.again(&w.cal), run, "{}", told());
            if history.is_empty()
                && let Leg::Working(n) = book.leg(first)
            {
                assert_eq!(
                    why.lines.iter().map(|l| l.minutes).sum::<i64>(),
                    n as i64,
                    "{}\n{}",
                    told(),
                    why.zh()
                );
                assert_eq!(why.lines.iter().any(|l| l.what == What::Provisional), run.provisional);
            }
            compared += 1;
            provisional += usize::from(run.provisional);
            stopped += usize::from(run.since.is_none());
            shifted += usize::from(run.shifted);
            spent += usize::from(book.spent);
        }
    }
    println!(
        "{compared} compared: {provisional} provisional, {stopped} stopped, {shifted} shifted, {spent} spent"
    );
    assert!(compared >= 10_000, "only {compared}");
    assert!(provisional > 100 && stopped > 500 && spent > 200 && shifted > 0);
}
