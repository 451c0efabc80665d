//! Deadlines worked out by hand from the holiday lists.

#![allow(clippy::unwrap_used, reason = "tests")]

use calendar::{
    BadCalendar, BadLimit, BadYear, Calendar, Change, Day, Hours, Left, Limit, LimitUnit, MonthDay, Run,
    Season, Span, Turn, What, Year, deadline, diff, mainland,
};
use jiff::civil::{Date, DateTime};
use kernel::Moment;

fn at(cal: &Calendar, text: &str) -> Moment {
    cal.moment(text.parse::<DateTime>().unwrap()).0
}

fn show(cal: &Calendar, m: Moment) -> String {
    let text = cal.local(m).strftime("%Y-%m-%d %H:%M:%S").to_string();
    text.strip_suffix(":00").unwrap_or(&text).to_owned()
}

fn due(cal: &Calendar, start: &str, limit: &str) -> String {
    let run = Run::start(cal, at(cal, start), Limit::parse(limit).unwrap());
    assert!(!run.provisional, "{start} {limit}");
    show(cal, run.due.unwrap())
}

fn shanghai() -> Calendar {
    Calendar::mainland("Asia/Shanghai").unwrap()
}

#[test]
fn around_the_holidays() {
    let cal = shanghai();
    for (start, limit, want) in [
        // Spring Festival 2026: off 15–23 February; 14 and 28 February (Saturdays) are worked.
        ("2026-02-13T17:30", "2工作日", "2026-02-24 17:30"),
        ("2026-02-14T09:00", "8wh", "2026-02-24 09:00"),
        ("2026-02-14T17:59", "1wm", "2026-02-14 18:00"),
        ("2026-02-14T18:00", "1wm", "2026-02-24 08:01"),
        ("2026-02-27T18:00", "1wd", "2026-02-28 18:00"),
        ("2026-02-28T18:00", "1wd", "2026-03-02 18:00"),
        ("2026-02-16T03:00", "2uh", "2026-02-16 05:00"),
        ("2026-02-13T17:30", "3d", "2026-02-16 17:30"),
        // Spring Festival 2025: off 28 January–4 February; 26 January (Sunday) and 8 February (Saturday) worked.
        ("2025-01-24T18:00", "1wd", "2025-01-26 18:00"),
        ("2025-01-26T08:00", "3wd", "2025-02-05 18:00"),
        ("2025-02-07T12:00", "1wd", "2025-02-08 12:00"),
        ("2025-02-08T12:00", "1wd", "2025-02-10 12:00"),
        // Spring Festival 2024: off 10–17 February; 4 and 18 February (Sundays) worked.
        ("2024-02-02T18:00", "2wd", "2024-02-05 18:00"),
        ("2024-02-09T16:00", "4wh", "2024-02-18 10:00"),
        ("2024-02-09T14:00", "1wd", "2024-02-18 12:00"),
        // National Day 2025: off 1–8 October; 28 September (Sunday) and 11 October (Saturday) worked.
        ("2025-09-26T18:00", "1wd", "2025-09-28 18:00"),
        ("2025-09-30T17:00", "2wh", "2025-10-09 09:00"),
        ("2025-10-10T17:00", "2wh", "2025-10-11 09:00"),
        // National Day 2026: off 1–7 October; 20 September (Sunday) and 10 October (Saturday) worked;
        // Mid-Autumn off 25–27 September.
        ("2026-09-18T18:00", "5wd", "2026-09-24 18:00"),
        ("2026-09-18T18:00", "6wd", "2026-09-28 18:00"),
        ("2026-09-30T18:00", "3wd", "2026-10-10 18:00"),
    ] {
        assert_eq!(due(&cal, start, limit), want, "{start} {limit}");
    }
}

#[test]
fn used_up_at_the_end_of_a_shift_is_due_then() {
    let cal = shanghai();
    assert_eq!(due(&cal, "2026-03-02T08:00", "4wh"), "2026-03-02 12:00");
    assert_eq!(due(&cal, "2026-03-02T14:00", "4wh"), "2026-03-02 18:00");
    assert_eq!(due(&cal, "2026-03-06T10:00", "1wd"), "2026-03-09 10:00");
    assert_eq!(due(&cal, "2026-03-06T00:00", "1wd"), "2026-03-06 18:00");
    let run = Run::start(&cal, at(&cal, "2026-03-02T14:00"), Limit::parse("4wh").unwrap());
    assert!(!run.late(at(&cal, "2026-03-02T18:00")));
    assert!(run.late(at(&cal, "2026-03-02T18:00").plus(1)));
}

#[test]
fn told_in_one_sentence() {
    let cal = shanghai();
    let (run, why) =
        deadline(&cal, at(&cal, "2026-02-13T17:30"), Limit::parse("2工作日").unwrap(), &[]).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-02-24 17:30");
    assert_eq!(
        why.zh(),
        "自2026-02-13 周五 17:30起2工作日：2月13日（周五）17:30–18:00计0.5小时；2月14日（周六，春节调休上班）计8小时；2月15日–23日春节放假；2月24日（周二）08:00–12:00、14:00–17:30计7.5小时；到期时间2026-02-24 周二 17:30。"
    );
    assert_eq!(
        why.en(),
        "From Fri 2026-02-13 17:30, 2 working days: 13 Feb (Fri) 17:30–18:00 0.5 h; 14 Feb (Sat, make-up day of Spring Festival) 8 h; 15–23 Feb Spring Festival holiday; 24 Feb (Tue) 08:00–12:00, 14:00–17:30 7.5 h; due Tue 2026-02-24 17:30."
    );
    let counted: i64 = why.lines.iter().map(|l| l.minutes).sum();
    assert_eq!(counted, 960);

    // Sixty working days stay readable.
    let (_, long) = deadline(&cal, at(&cal, "2026-03-02T09:00"), Limit::parse("60wd").unwrap(), &[]).unwrap();
    assert!(long.lines.len() <= 14, "{}", long.zh());
    assert_eq!(long.lines.iter().map(|l| l.minutes).sum::<i64>(), 60 * 480);
    assert!(long.zh().contains("3月3日–4月3日上班24天计192小时（其间休息日不计）"), "{}", long.zh());
}

#[test]
fn a_whole_history() {
    let cal = shanghai();
    let m = |t| at(&cal, t);
    let two = Limit::parse("2wd").unwrap();
    // 4 h until noon, stopped for a day, 12 h more from Tuesday 14:00.
    let history = [Turn::Pause { at: m("2026-03-02T12:30") }, Turn::Resume { at: m("2026-03-03T13:00") }];
    let (run, why) = deadline(&cal, m("2026-03-02T08:00"), two, &history).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-03-04 18:00");
    assert!(
        why.zh().contains("2026-03-02 周一 12:30停止计时；2026-03-03 周二 13:00继续计时"),
        "{}",
        why.zh()
    );
    // One more working day.
    let more =
        [&history[..], &[Turn::Extend { at: m("2026-03-04T10:00"), limit: Limit::parse("1wd").unwrap() }]]
            .concat();
    let (run, _) = deadline(&cal, m("2026-03-02T08:00"), two, &more).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-03-05 18:00");
    // Given to another unit: anew.
    let anew = [&more[..], &[Turn::Restart { at: m("2026-03-05T17:00"), limit: two }]].concat();
    let (run, _) = deadline(&cal, m("2026-03-02T08:00"), two, &anew).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-03-09 17:00");
    // Suspended to a date: runs on by itself.
    let away = [Turn::Suspend { at: m("2026-03-03T10:00"), until: m("2026-04-01T00:00") }];
    let (run, why) = deadline(&cal, m("2026-03-02T08:00"), two, &away).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-04-01 16:00");
    assert_eq!(run.since, Some(m("2026-04-01T00:00")));
    assert!(why.lines.iter().any(|l| l.what == What::Suspended));
    // Resumed early.
    let early = run.resume(&cal, m("2026-03-10T08:00"));
    assert_eq!(show(&cal, early.due.unwrap()), "2026-03-10 16:00");
}

#[test]
fn stopped_after_its_due_it_stays_late() {
    let cal = shanghai();
    let m = |t| at(&cal, t);
    let run = Run::start(&cal, m("2026-03-02T08:00"), Limit::parse("4wh").unwrap());
    let stopped = run.pause(&cal, m("2026-03-02T15:00"));
    assert_eq!((stopped.left.clone(), stopped.since, stopped.due), (vec![], None, run.due));
    let on = stopped.resume(&cal, m("2026-03-04T08:00"));
    assert_eq!(on.due, run.due);
    assert!(on.late(m("2026-03-04T08:00")));
    assert_eq!(on.again(&cal), on);
    // More time, counted from where it ran on.
    let more = on.extend(&cal, Limit::parse("1wh").unwrap());
    assert_eq!(show(&cal, more.due.unwrap()), "2026-03-04 09:00");
    // Stopped exactly then: not late, and due at once when it runs on.
    let exactly = run.pause(&cal, run.due.unwrap());
    assert!(!exactly.late(m("2026-03-09T08:00")));
    assert_eq!(exactly.resume(&cal, m("2026-03-09T08:00")).due, Some(m("2026-03-09T08:00")));
    // Calendar days that are stopped go on as time round the clock.
    let days = Run::start(&cal, m("2026-03-02T08:00"), Limit::parse("3d").unwrap())
        .pause(&cal, m("2026-03-03T09:00"));
    assert_eq!(days.left, vec![Left::Elapsed(47 * Moment::HOUR)]);
}

#[test]
fn histories_that_cannot_have_been() {
    let cal = shanghai();
    let m = |t| at(&cal, t);
    let two = Limit::parse("2wd").unwrap();
    let (a, b, c) = (m("2026-03-03T08:00"), m("2026-03-04T08:00"), m("2027-03-05T08:00"));
    for (history, entry, code) in [
        (vec![Turn::Pause { at: b }, Turn::Resume { at: a }], 1, "history.order"),
        (vec![Turn::Pause { at: m("2026-03-01T08:00") }], 0, "history.order"),
        (vec![Turn::Resume { at: a }], 0, "history.running"),
        (vec![Turn::Pause { at: a }, Turn::Pause { at: b }], 1, "history.stopped"),
        (vec![Turn::Pause { at: a }, Turn::Suspend { at: b, until: c }], 1, "history.stopped"),
        (vec![Turn::Suspend { at: a, until: c }], 0, "history.long"),
        (vec![Turn::Suspend { at: b, until: a }], 0, "history.past"),
    ] {
        let bad = deadline(&cal, m("2026-03-02T08:00"), two, &history).unwrap_err();
        assert_eq!((bad.entry, bad.code), (entry, code));
        assert!(bad.zh.contains(&format!("第{}项", entry + 1)), "{}", bad.zh);
    }
}

#[test]
fn past_the_end_it_is_provisional_and_computed_again() {
    let cal = shanghai();
    assert_eq!(cal.end(), Some(Date::constant(2026, 12, 31)));
    let start = at(&cal, "2026-12-30T18:00");
    let one = Run::start(&cal, start, Limit::parse("1wd").unwrap());
    assert!(!one.provisional, "31 December is known");
    let (run, why) = deadline(&cal, start, Limit::parse("2wd").unwrap(), &[]).unwrap();
    assert!(run.provisional);
    assert_eq!(show(&cal, run.due.unwrap()), "2027-01-01 18:00", "2027-01-01 is a Friday");
    assert!(why.zh().contains("节假日安排只到2026-12-31"), "{}", why.zh());
    assert!(!Run::start(&cal, start, Limit::parse("30d").unwrap()).provisional);
    assert!(!Run::start(&cal, start, Limit::parse("30ud").unwrap()).provisional);

    let text = r#"{"year":2027,"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#;
    let mut years = mainland().to_vec();
    years.extend(Year::from_json(text).unwrap());
    let next = Calendar::new("Asia/Shanghai", &Hours::default(), &years).unwrap();
    let again = run.again(&next);
    assert!(!again.provisional);
    assert_eq!(show(&next, again.due.unwrap()), "2027-01-04 18:00");

    // Before the first year: not provisional, but said.
    let (old, why) = deadline(&cal, at(&cal, "2016-10-01T08:00"), Limit::parse("1wd").unwrap(), &[]).unwrap();
    assert!(!old.provisional);
    assert!(why.lines.iter().any(|l| l.what == What::Unknown), "{}", why.zh());
}

#[test]
fn a_time_the_clocks_jump_over() {
    let cal = Calendar::mainland("America/New_York").unwrap();
    let (run, why) = deadline(&cal, at(&cal, "2026-03-07T02:30"), Limit::parse("1d").unwrap(), &[]).unwrap();
    assert_eq!(show(&cal, run.due.unwrap()), "2026-03-08 03:30");
    assert!(run.shifted);
    assert!(why.lines.iter().any(|l| l.what == What::Shifted));
    let (_, jumped) = cal.moment("2026-03-08T02:30".parse().unwrap());
    assert!(jumped);
    // What is due later is no longer shifted.
    assert!(!run.extend(&cal, Limit::parse("2h").unwrap()).shifted);
    // The first of two.
    let run = Run::start(&cal, at(&cal, "2026-10-31T01:30"), Limit::parse("1d").unwrap());
    assert_eq!(cal.local(run.due.unwrap()).to_string(), "2026-11-01T01:30:00-04:00[America/New_York]");
    assert!(!run.shifted);
    // A night shift over the change is an hour shorter in spring, longer in autumn.
    let mut hours = Hours { day_minutes: 480, ..Hours::default() };
    hours.week = std::array::from_fn(|_| vec![Span::of("22:00", "06:00").unwrap()]);
    let night = Calendar::new("America/New_York", &hours, &[]).unwrap();
    let one =
        |t: &str| show(&night, Run::start(&night, at(&night, t), Limit::parse("8wh").unwrap()).due.unwrap());
    assert_eq!(one("2026-03-07T22:00"), "2026-03-08 23:00");
    assert_eq!(one("2026-10-31T22:00"), "2026-11-01 05:00");
    assert_eq!(one("2026-10-30T22:00"), "2026-10-31 06:00");
}

#[test]
fn single_days_seasons_and_holidays_worked() {
    let mut hours = Hours::default();
    let summer = [Span::of("08:00", "12:00").unwrap(), Span::of("15:00", "19:00").unwrap()];
    let mut week: [Vec<Span>; 7] = Default::default();
    week[..5].fill(summer.to_vec());
    hours.seasons.push(Season {
        name: "夏令作息".into(),
        from: MonthDay::new(6, 1).unwrap(),
        to: MonthDay::new(9, 30).unwrap(),
        week,
    });
    hours.days.insert(Date::constant(2026, 12, 30), vec![Span::of("08:00", "12:00").unwrap()]);
    hours.days.insert(Date::constant(2026, 10, 2), vec![Span::of("09:00", "10:00").unwrap()]);
    let cal = Calendar::new("Asia/Shanghai", &hours, mainland()).unwrap();
    assert_eq!(due(&cal, "2026-06-01T14:00", "5wh"), "2026-06-02 09:00");
    assert_eq!(due(&cal, "2026-12-29T18:00", "8wh"), "2026-12-31 12:00");
    assert_eq!(
        due(&cal, "2026-09-30T19:00", "2wh"),
        "2026-10-08 09:00",
        "the single day wins over the holiday"
    );
    let (_, why) = deadline(&cal, at(&cal, "2026-12-29T18:00"), Limit::parse("8wh").unwrap(), &[]).unwrap();
    assert!(why.zh().contains("12月30日（周三，当日另定工作时间）计4小时"), "{}", why.zh());
    assert!(why.zh().contains("12月29日（周二）18:00已下班"), "{}", why.zh());

    let always =
        Calendar::new("Asia/Shanghai", &Hours { on_holidays: true, ..Hours::default() }, mainland()).unwrap();
    assert_eq!(due(&always, "2026-09-30T18:00", "1wd"), "2026-10-01 18:00");

    // A season that runs over the year's end.
    let mut winter = Hours::default();
    let mut week: [Vec<Span>; 7] = Default::default();
    week[..5].fill(vec![Span::of("09:00", "17:00").unwrap()]);
    let (from, to) = (MonthDay::new(11, 1).unwrap(), MonthDay::new(2, 29).unwrap());
    winter.seasons.push(Season { name: "冬令作息".into(), from, to, week });
    let cal = Calendar::new("Asia/Shanghai", &winter, &[]).unwrap();
    assert_eq!(due(&cal, "2026-02-27T16:00", "2wh"), "2026-03-02 09:00");
    assert_eq!(due(&cal, "2026-01-05T00:00", "1wh"), "2026-01-05 10:00");
}

#[test]
fn hours_that_do_not_hold() {
    let span = |a, b| Span::of(a, b).unwrap();
    let codes = |h: &Hours| h.check().unwrap_err().into_iter().map(|b| (b.field, b.code)).collect::<Vec<_>>();
    let none = Hours { week: Default::default(), ..Hours::default() };
    assert_eq!(codes(&none), [("week".to_owned(), "hours.none")]);
    assert!(matches!(Calendar::new("Asia/Shanghai", &none, &[]), Err(BadCalendar::Hours(_))));
    let mut h = Hours::default();
    h.week[0].push(span("11:30", "13:00"));
    assert_eq!(codes(&h), [("week.0".to_owned(), "hours.overlap")]);
    let mut h = Hours::default();
    h.week[6].push(span("22:00", "08:30"));
    assert_eq!(codes(&h), [("week.6".to_owned(), "hours.overlap")], "Sunday's night runs into Monday");
    h.week[6] = vec![span("22:00", "08:00")];
    assert_eq!(h.check(), Ok(()));
    h.days.insert(Date::constant(2026, 5, 4), vec![span("07:00", "08:00")]);
    assert_eq!(codes(&h), [("days.2026-05-04".to_owned(), "hours.overlap")], "the day after a Sunday");
    let mut h = Hours { day_minutes: 30, ..Hours::default() };
    h.week[2] = vec![Span { from: 1440, to: 1500 }];
    h.week[3] = vec![Span { from: 10, to: 10 }];
    h.week[4] = vec![Span { from: 10, to: 1451 }];
    let found = codes(&h);
    assert_eq!(found.len(), 4);
    assert_eq!(found.iter().filter(|f| f.1 == "hours.impossible").count(), 3);
    let mut h = Hours::default();
    for (a, b) in [((6, 1), (9, 30)), ((9, 30), (10, 7))] {
        h.seasons.push(Season {
            name: "季".into(),
            from: MonthDay::new(a.0, a.1).unwrap(),
            to: MonthDay::new(b.0, b.1).unwrap(),
            week: Hours::default().week,
        });
    }
    assert_eq!(codes(&h), [("seasons.1".to_owned(), "hours.seasons_overlap")]);
    // A night shift of the season's last day into the usual morning.
    h.seasons.truncate(1);
    h.seasons[0].week = std::array::from_fn(|_| vec![span("23:00", "09:00")]);
    assert_eq!(codes(&h), [("seasons.0".to_owned(), "hours.overlap")]);
}

#[test]
fn hours_as_json() {
    let text = r#"{"week":[[{"from":"08:00","to":"24:00"}],[],[],[],[],[],[{"from":"22:00","to":"06:00"}]],
        "seasons":[{"name":"冬","from":"11-01","to":"02-29","week":[[],[],[],[],[],[],[]]}],
        "days":{"2026-12-31":[{"from":"08:00","to":"12:00"}]}}"#;
    let h: Hours = serde_json::from_str(text).unwrap();
    assert_eq!(h.week[0], [Span { from: 480, to: 1440 }]);
    assert_eq!(h.week[6], [Span { from: 1320, to: 1800 }]);
    assert_eq!(h.day_minutes, 480);
    assert_eq!(serde_json::from_str::<Hours>(&serde_json::to_string(&h).unwrap()).unwrap(), h);
    for bad in [
        r#"{"from":"8:00","to":"12:00"}"#,
        r#"{"from":"24:00","to":"12:00"}"#,
        r#"{"from":"08:60","to":"12:00"}"#,
        r#"{"from":"08:00","to":"24:01"}"#,
        r#"{"from":"+8:00","to":"12:00"}"#,
        r#"{"from":"08:00","to":"12:00","x":1}"#,
    ] {
        assert!(serde_json::from_str::<Span>(bad).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<MonthDay>("\"02-30\"").is_err());
    assert!(serde_json::from_str::<MonthDay>("\"2-03\"").is_err());
}

#[test]
fn limits_as_people_write_them() {
    use LimitUnit::*;
    for (text, n, unit) in [
        ("2工作日", 2, WorkDay),
        ("2wd", 2, WorkDay),
        (" ２ 个 工作日 ", 2, WorkDay),
        ("2工作天", 2, WorkDay),
        ("4工作时", 4, WorkHour),
        ("4工作小时", 4, WorkHour),
        ("4个工作时", 4, WorkHour),
        ("1紧急工作时", 1, UrgentHour),
        ("1紧急小时", 1, UrgentHour),
        ("1紧急工作日", 1, UrgentDay),
        ("1紧急日", 1, UrgentDay),
        ("7天", 7, Day),
        ("7日", 7, Day),
        ("7个自然日", 7, Day),
        ("24小时", 24, Hour),
        ("24个小时", 24, Hour),
        ("2时", 2, Hour),
        ("15分钟", 15, Minute),
        ("15分", 15, Minute),
        ("15工作分钟", 15, WorkMinute),
        ("两小时", 2, Hour),
        ("十五个工作日", 15, WorkDay),
        ("二十一天", 21, Day),
        ("一百零五天", 105, Day),
        ("半小时", 30, Minute),
        ("2 working days", 2, WorkDay),
        ("1 Urgent hour", 1, UrgentHour),
        ("731d", 731, Day),
    ] {
        assert_eq!(Limit::parse(text), Limit::new(n, unit), "{text}");
    }
    assert_eq!(Limit::parse("1紧急工作时制止"), Err(BadLimit::Trailing("制止".into())));
    assert_eq!(Limit::parse("2工作日内"), Err(BadLimit::Trailing("内".into())));
    assert_eq!(Limit::parse("0wd"), Err(BadLimit::Range(WorkDay)));
    assert_eq!(Limit::parse("-1wd"), Err(BadLimit::Range(WorkDay)));
    assert_eq!(Limit::parse("1000000000天"), Err(BadLimit::Range(Day)));
    assert_eq!(Limit::parse("99999999999999999999天"), Err(BadLimit::Range(Day)));
    assert_eq!(Limit::parse("732d"), Err(BadLimit::Range(Day)));
    assert!(matches!(Limit::parse("15"), Err(BadLimit::Unit(_))));
    assert!(matches!(Limit::parse("2wdx"), Err(BadLimit::Unit(_))));
    assert!(matches!(Limit::parse("1.5h"), Err(BadLimit::Unit(_))));
    assert!(matches!(Limit::parse("工作日"), Err(BadLimit::NoNumber(_))));
    assert!(matches!(Limit::parse(""), Err(BadLimit::NoNumber(_))));
    assert!(matches!(Limit::parse("十百天"), Err(BadLimit::NoNumber(_))));
    for u in LimitUnit::ALL {
        for n in [1, 2, u.most()] {
            let l = Limit::new(n, u).unwrap();
            assert_eq!(Limit::parse(&l.code()), Ok(l));
            assert_eq!(Limit::parse(&l.zh()), Ok(l));
            assert_eq!(Limit::parse(&l.en()), Ok(l));
            assert_eq!(serde_json::from_str::<Limit>(&serde_json::to_string(&l).unwrap()).unwrap(), l);
        }
        assert_eq!(Limit::of(0, u).n(), 1);
        assert_eq!(Limit::of(i64::MAX, u).n(), u.most());
    }
    assert!(serde_json::from_str::<Limit>("\"0wd\"").is_err());
    assert!(serde_json::from_str::<Limit>("2").is_err());
}

#[test]
fn a_run_is_short_as_json() {
    let cal = shanghai();
    let run = Run::start(&cal, Moment(1_772_409_600_000), Limit::parse("2wd").unwrap());
    let text = serde_json::to_string(&run).unwrap();
    assert_eq!(
        text,
        format!(r#"{{"left":[{{"w":57600000}}],"since":1772409600000,"due":{}}}"#, run.due.unwrap().0)
    );
    assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
}

#[test]
fn years_that_do_not_hold() {
    let read = |year: i16, dates: &[&str]| {
        let days: Vec<_> =
            dates.iter().map(|d| format!(r#"{{"name":"x","date":"{d}","isOffDay":true}}"#)).collect();
        Year::from_json(&format!(r#"{{"year":{year},"days":[{}]}}"#, days.join(",")))
    };
    let jan = Date::constant(2027, 1, 1);
    assert_eq!(read(2027, &["2027-01-01", "2027-01-01"]), Err(BadYear::Twice(jan)));
    assert_eq!(read(2027, &["2027-02-29"]), Err(BadYear::NoSuchDate("2027-02-29".into())));
    assert_eq!(read(2027, &["2027-12-32"]), Err(BadYear::NoSuchDate("2027-12-32".into())));
    assert_eq!(read(2027, &["2028-01-01"]), Err(BadYear::OtherYear(Date::constant(2028, 1, 1), 2027)));
    assert!(matches!(Year::from_json("{}"), Err(BadYear::Form(_))));
    // The 366th day of a common year.
    let y = Year {
        year: 2027,
        days: vec![Day { date: Date::constant(2028, 1, 1), off: true, name: "x".into() }],
    };
    assert!(matches!(Calendar::new("Asia/Shanghai", &Hours::default(), &[y]), Err(BadCalendar::Year(_))));
    assert!(matches!(Calendar::mainland("Asia/Nowhere"), Err(BadCalendar::Zone(_))));
    // A day of the year before stays in its own year, and joins it if that is loaded.
    let file = read(2027, &["2026-12-31", "2027-01-01"]).unwrap();
    assert_eq!(file.iter().map(|y| (y.year, y.days.len())).collect::<Vec<_>>(), [(2027, 1), (2026, 1)]);
    let merged = Year::merge(vec![file.clone(), read(2026, &["2026-01-01"]).unwrap()]);
    assert_eq!(merged.iter().map(|y| (y.year, y.days.len())).collect::<Vec<_>>(), [(2026, 2), (2027, 1)]);
    assert_eq!(Year::merge(vec![file]).len(), 1);
}

#[test]
fn differences_by_date() {
    let day = |d: i8, off, name: &str| Day { date: Date::constant(2027, 1, d), off, name: name.into() };
    let was = Year {
        year: 2027,
        days: vec![day(1, true, "元旦"), day(2, true, "元旦"), day(3, false, "元旦")],
    };
    let is = Year {
        year: 2027,
        days: vec![day(1, true, "元旦"), day(3, true, "元旦"), day(4, false, "元旦")],
    };
    assert_eq!(
        diff(&was, &is),
        [
            Change::Removed { day: day(2, true, "元旦") },
            Change::Changed { was: day(3, false, "元旦"), is: day(3, true, "元旦") },
            Change::Added { day: day(4, false, "元旦") },
        ]
    );
    assert_eq!(diff(&is, &is), []);
}

#[test]
fn the_built_in_years_are_the_published_ones() {
    let Ok(folder) = std::env::var("JINGWEI_DATA") else {
        eprintln!("SKIPPED: set JINGWEI_DATA to the folder of public data to compare the built-in holidays");
        return;
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(std::path::Path::new(&folder).join("holidays")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            files.push(Year::from_json(&std::fs::read_to_string(path).unwrap()).unwrap());
        }
    }
    assert_eq!(Year::merge(files), mainland());
}

#[test]
fn the_built_in_years_are_whole() {
    let years: Vec<i16> = mainland().iter().map(|y| y.year).collect();
    assert_eq!(years, (2018..=2026).collect::<Vec<_>>());
    for y in mainland() {
        y.check().unwrap();
        assert!((25..50).contains(&y.days.len()), "{}", y.year);
    }
}

#[test]
fn far_away_nothing_breaks() {
    let mut rare = Hours { week: Default::default(), ..Hours::default() };
    rare.seasons.push(Season {
        name: "一天".into(),
        from: MonthDay::new(5, 1).unwrap(),
        to: MonthDay::new(5, 1).unwrap(),
        week: std::array::from_fn(|_| vec![Span { from: 0, to: 60 }]),
    });
    for cal in [shanghai(), Calendar::new("America/New_York", &rare, mainland()).unwrap()] {
        for at in [
            i64::MIN,
            -1,
            0,
            1,
            4_000_000_000_000,
            7_289_654_399_999,
            7_289_654_400_000,
            i64::MAX - 1,
            i64::MAX,
        ] {
            for unit in LimitUnit::ALL {
                let at = Moment(at);
                let run = Run::start(&cal, at, Limit::of(731, unit));
                assert!(run.due.unwrap() >= at);
                assert!(run.pause(&cal, at.plus(1)).resume(&cal, at.plus(5)).due.is_some());
            }
        }
        let run = Run::start(&cal, Moment(1_790_000_000_000), Limit::of(731, LimitUnit::WorkDay));
        assert!(run.provisional);
        assert!(!run.explain(&cal).zh().is_empty());
    }
}

#[test]
fn to_the_millisecond() {
    let cal = shanghai();
    for i in 0..20_000i64 {
        let at = Moment(1_704_038_400_000 + i * 4_730_007);
        let run = Run::start(&cal, at, Limit::of(1 + i % 9, LimitUnit::WorkHour));
        let due = run.due.unwrap();
        assert_eq!(run.pause(&cal, due.plus(-1)).left, [Left::Working(1)], "{at:?}");
        assert_eq!(run.pause(&cal, due).left, []);
        // Stopped and going on at once, nothing has changed.
        let mid = at.plus(due.since(at) / 3);
        assert_eq!(run.pause(&cal, mid).resume(&cal, mid).due, run.due, "{at:?}");
    }
}

#[test]
fn a_clock_explains_itself() {
    let cal = shanghai();
    let run = Run::start(&cal, at(&cal, "2026-02-28T10:00"), Limit::parse("1wd").unwrap());
    assert_eq!(
        run.explain(&cal).zh(),
        "自2026-02-28 周六 10:00起工作时间8小时：2月28日（周六，春节调休上班）10:00–12:00、14:00–18:00计6小时；3月1日周末；3月2日（周一）08:00–10:00计2小时；到期时间2026-03-02 周一 10:00。"
    );
    let more = run.extend(&cal, Limit::parse("2h").unwrap());
    assert!(
        more.explain(&cal).en().contains("8 h of working time plus 2 h round the clock"),
        "{}",
        more.explain(&cal).en()
    );
    let stopped = run.pause(&cal, at(&cal, "2026-02-28T11:15"));
    assert_eq!(stopped.explain(&cal).zh(), "计时停止，尚余工作时间6小时45分钟。");
    let late = run.pause(&cal, at(&cal, "2026-03-02T10:01"));
    assert_eq!(late.explain(&cal).zh(), "时限已用完；到期时间2026-03-02 周一 10:00。");
}

#[test]
fn shifts_over_edges() {
    let span = |a, b| vec![Span::of(a, b).unwrap()];
    let every = |day: Vec<Span>| Hours { week: std::array::from_fn(|_| day.clone()), ..Hours::default() };
    // Until midnight of the last day known: nothing past the end was counted. A minute more was.
    let evening = Calendar::new("Asia/Shanghai", &every(span("16:00", "24:00")), mainland()).unwrap();
    let start = at(&evening, "2026-12-31T16:00");
    let run = Run::start(&evening, start, Limit::parse("8wh").unwrap());
    assert_eq!((show(&evening, run.due.unwrap()).as_str(), run.provisional), ("2027-01-01 00:00", false));
    let run = Run::start(&evening, start, Limit::parse("481wm").unwrap());
    assert_eq!((show(&evening, run.due.unwrap()).as_str(), run.provisional), ("2027-01-01 16:01", true));

    // Used up with the last shift of the last compiled year, and of later ones.
    let usual = shanghai();
    for year in [2032, 2035, 2100] {
        let run =
            Run::start(&usual, at(&usual, &format!("{year}-12-31T08:00")), Limit::parse("1wd").unwrap());
        let last = usual.local(run.due.unwrap());
        assert_eq!((last.year(), last.hour()), (year, 18), "{last}");
    }

    // A night shift that a year far beyond the compiled ones begins in.
    let night = Calendar::new("Asia/Shanghai", &every(span("20:00", "10:00")), mainland()).unwrap();
    let run = Run::start(&night, at(&night, "2100-12-31T20:00"), Limit::parse("15wh").unwrap());
    assert_eq!(show(&night, run.due.unwrap()), "2101-01-01 21:00");
    let stopped = run.pause(&night, at(&night, "2101-01-01T09:00"));
    assert_eq!(stopped.left, [Left::Working(2 * Moment::HOUR)]);

    // Saturday 28 February 2026 is worked like a Monday, into which Friday's night runs: time counts once.
    let mut hours = Hours { week: Default::default(), ..Hours::default() };
    hours.week[0] = span("08:00", "12:00");
    hours.week[4] = span("22:00", "10:00");
    let cal = Calendar::new("Asia/Shanghai", &hours, mainland()).unwrap();
    assert_eq!(due(&cal, "2026-02-27T22:00", "14wh"), "2026-02-28 12:00");
    assert_eq!(due(&cal, "2026-02-27T22:00", "841wm"), "2026-03-02 08:01");
}
