//! The chain in words, Chinese and English.

use crate::{
    book::{DutyBook, End, Held},
    resolve::{Ask, Conflict, Considered, Hole, Outcome, StepKind, Verdict, Why},
    world::*,
};
use areas::When;
use jiff::Timestamp;
use kernel::{AreaCode, Moment, UnitId};

/// A sentence in both languages.
pub(crate) type Both = (String, String);

/// A moment as its local date, with the time of day where it is not midnight.
pub(crate) fn date(book: &DutyBook, at: Moment) -> String {
    let Ok(t) = Timestamp::from_millisecond(at.0) else { return at.0.to_string() };
    let local = t.to_zoned(book.zone().clone()).datetime();
    if local.time() == jiff::civil::Time::midnight() {
        local.date().to_string()
    } else {
        format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute())
    }
}

/// A day as people write it (2026-03-01, 2026/3/1, 2026年3月1日, 2026.3.1), with a time of day or without; or
/// milliseconds.
pub(crate) fn read_date(book: &DutyBook, text: &str) -> Option<Moment> {
    if let Ok(when) = text.parse::<When>() {
        return Some(when.moment(&book.world().zone));
    }
    let (day, time) = text.split_once([' ', 'T']).map_or((text, ""), |(d, t)| (d, t.trim()));
    let day = day.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let mut parts = day.split('-').map(|p| p.trim().parse::<i16>().ok());
    let (y, m, d) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1..=9999).contains(&y) {
        return None;
    }
    let day = jiff::civil::Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
    let time = if time.is_empty() { jiff::civil::Time::midnight() } else { time.parse().ok()? };
    let at = day.to_datetime(time).to_zoned(book.zone().clone()).ok()?;
    Some(Moment(at.timestamp().as_millisecond()))
}

fn when(book: &DutyBook, span: Span) -> Both {
    let from = (span.from.0 > 0).then(|| date(book, span.from));
    let until = span.until.map(|u| date(book, u));
    match (from, until) {
        (None, None) => (String::new(), String::new()),
        (Some(f), None) => (format!("，自 {f} 起"), format!(", since {f}")),
        (None, Some(u)) => (format!("，至 {u} 止（不含）"), format!(", until {u} (not included)")),
        (Some(f), Some(u)) => {
            (format!("，{f} 至 {u}（不含）"), format!(", from {f} until {u} (not included)"))
        }
    }
}

/// The level by name.
pub(crate) fn tier(t: Tier) -> (&'static str, &'static str) {
    match t {
        Tier::Place => ("地点", "place"),
        Tier::Grid => ("网格", "grid"),
        Tier::Community => ("社区", "community"),
        Tier::Street => ("街道", "street"),
        Tier::Region => ("区县", "region"),
    }
}

pub(crate) fn area_name(book: &DutyBook, code: AreaCode, at: Moment) -> String {
    book.area_name(code, at).map_or_else(|| code.to_string(), str::to_owned)
}

/// A ground by level and name.
pub(crate) fn ground(book: &DutyBook, ground: Ground, at: Moment) -> Both {
    let (zh, en) = tier(ground.tier());
    let name = match ground {
        Ground::Place(p) => book.place(p).map_or_else(|| p.to_string(), |p| p.name.clone()),
        Ground::Area(a) => area_name(book, a, at),
    };
    (format!("{zh}「{name}」"), format!("{en} “{name}”"))
}

pub(crate) fn unit_name(book: &DutyBook, unit: UnitId) -> String {
    book.unit(unit).map_or_else(|| unit.to_string(), |u| u.name.clone())
}

pub(crate) fn role_name(book: &DutyBook, code: &str) -> Both {
    book.role(code).map_or_else(|| (code.to_owned(), code.to_owned()), |r| (r.zh.clone(), r.en.clone()))
}

/// What a duty is about.
pub(crate) fn subject(book: &DutyBook, subject: &Subject) -> Both {
    match subject {
        Subject::Item(code) => {
            let name = book.item_name(*code).unwrap_or_default();
            (format!("事项「{name}」({code})"), format!("item “{name}” ({code})"))
        }
        Subject::Class(code) => {
            let name = book.class_name(*code).unwrap_or_default();
            (format!("大类「{name}」({code})"), format!("class “{name}” ({code})"))
        }
        Subject::Domain(name) => (format!("责任领域「{name}」"), format!("duty domain “{name}”")),
    }
}

/// Who answers by a duty.
pub(crate) fn answer(book: &DutyBook, answer: &Answer) -> Both {
    match answer {
        Answer::Unit(u) => {
            let name = unit_name(book, *u);
            (format!("单位「{name}」"), format!("unit “{name}”"))
        }
        Answer::Role(r) => {
            let (zh, en) = role_name(book, r);
            (format!("角色「{zh}」"), format!("role “{en}”"))
        }
        Answer::Region(r) => {
            let name = book.neighbour(*r).map(|b| b.world().name.clone()).unwrap_or_default();
            (format!("飞地，归区域「{name}」({r})"), format!("enclave of region “{name}” ({r})"))
        }
    }
}

pub(crate) fn nothing(ask: &Ask<'_>, at: Ground) -> Considered {
    let (zh, en) = ground(ask.book, at, ask.at);
    Considered {
        region: ask.book.region(),
        kind: StepKind::Level,
        verdict: Verdict::Nothing,
        tier: Some(at.tier()),
        duty: None,
        zh: format!("{zh}：没有关于此事项的责任条目。"),
        en: format!("{}: no duty about this matter.", capital(&en)),
    }
}

pub(crate) fn duty(ask: &Ask<'_>, d: &Duty, verdict: Verdict) -> Considered {
    let book = ask.book;
    let (gz, ge) = ground(book, d.ground, ask.at);
    let (sz, se) = subject(book, &d.subject);
    let (az, ae) = answer(book, &d.answer);
    let (wz, we) = when(book, d.span);
    let basis = if d.basis.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("（依据：{}）", d.basis), format!(" (basis: {})", d.basis))
    };
    let (vz, ve) = match verdict {
        Verdict::Taken => ("采用", "taken"),
        Verdict::Same => ("与采用的条目结论相同", "says the same as the one taken"),
        Verdict::Collides => ("与同级条目结论不同，冲突", "collides with another duty of the same rank"),
        Verdict::NotNow if d.span.from > ask.at => ("尚未生效，不采用", "not yet in force, passed"),
        Verdict::NotNow => ("已经失效，不采用", "no longer in force, passed"),
        _ => (
            "有更小范围或更具体的条目在先，不采用",
            "passed: a duty for a smaller ground or a narrower subject goes before it",
        ),
    };
    Considered {
        region: book.region(),
        kind: StepKind::Duty,
        verdict,
        tier: Some(d.ground.tier()),
        duty: Some(d.id),
        zh: format!("{gz}：{sz} → {az}{wz}{}：{vz}。", basis.0),
        en: format!("{}: {se} → {ae}{we}{}: {ve}.", capital(&ge), basis.1),
    }
}

pub(crate) fn catalogue(
    ask: &Ask<'_>,
    version: Option<&VersionRow>,
    item: Option<&ItemRow>,
    lead: &Result<Option<&Lead>, Why>,
    verdict: Verdict,
) -> Considered {
    let book = ask.book;
    let list = version.map_or((String::new(), String::new()), |v| {
        let version = v.version;
        (
            format!("事项清单「{}」（第 {version} 版）", v.name),
            format!("catalogue “{}” (version {version})", v.name),
        )
    });
    let name = item.map(|i| i.name.as_str()).unwrap_or_default();
    let n = ask
        .condition
        .map_or((String::new(), String::new()), |n| (format!("立案条件 {n}"), format!(", condition {n}")));
    let (mut zh, mut en) = match lead {
        Err(Why::NoCatalogue) => {
            ("此时没有生效的事项清单".to_owned(), "no catalogue is in force at that time".to_owned())
        }
        Err(Why::ItemGone) => {
            (format!("{}中没有事项 {}", list.0, ask.item), format!("{} has no item {}", list.1, ask.item))
        }
        Err(Why::ConditionOpen) => (
            format!("{}：事项「{name}」各立案条件的主责不同，请指明立案条件", list.0),
            format!("{}: the conditions of “{name}” have different leads; name one", list.1),
        ),
        Err(_) => (
            format!("{}：事项「{name}」没有可用的{}", list.0, if n.0.is_empty() { "立案条件" } else { &n.0 }),
            format!("{}: item “{name}”{} has no condition in use", list.1, n.1),
        ),
        Ok(None) => (
            format!("{}：事项「{name}」{}没有写明主责", list.0, n.0),
            format!("{}: item “{name}”{} names no lead", list.1, n.1),
        ),
        Ok(Some(lead)) => {
            let (az, ae) = match lead {
                Lead::Unit(u) => answer(book, &Answer::Unit(*u)),
                Lead::Role(r) => answer(book, &Answer::Role(r.clone())),
            };
            (
                format!("{}：事项「{name}」{}的主责为{az}", list.0, n.0),
                format!("{}: the lead of “{name}”{} is {ae}", list.1, n.1),
            )
        }
    };
    let verdict = match (verdict, lead) {
        (Verdict::Taken, Ok(Some(_))) => Verdict::Taken,
        (Verdict::Taken, _) => Verdict::Nothing,
        (other, _) => other,
    };
    match verdict {
        Verdict::Taken => {
            zh += "：采用。";
            en += ": taken.";
        }
        Verdict::Passed => {
            zh += "：责任条目优先，不采用。";
            en += ": passed, a duty goes before the catalogue.";
        }
        _ => {
            zh += "。";
            en += ".";
        }
    }
    Considered {
        region: book.region(),
        kind: StepKind::Catalogue,
        verdict,
        tier: None,
        duty: None,
        zh,
        en: capital(&en),
    }
}

pub(crate) fn role(ask: &Ask<'_>, role: usize, held: &Held) -> Considered {
    let book = ask.book;
    let row = &book.world().parties.roles[role];
    let names = |units: &[UnitId]| units.iter().map(|u| unit_name(book, *u)).collect::<Vec<_>>();
    let place = |unit: &UnitId| {
        // The smallest ground where it holds the role.
        let mut grounds = ask.site.grounds();
        grounds.find(|g| {
            let mut rows = book.holders(*g, role).filter(|h| h.span.holds(ask.at));
            rows.any(|h| book.end(h.unit) == End::Open(*unit))
        })
    };
    let (verdict, zh, en) = match held {
        Held::Unit(u) => {
            let (gz, ge) =
                place(u).map_or(("此地".to_owned(), "this spot".to_owned()), |g| ground(book, g, ask.at));
            let name = unit_name(book, *u);
            (
                Verdict::Taken,
                format!("角色「{}」在{gz}由单位「{name}」承担。", row.zh),
                format!("The role “{}” is held in {ge} by unit “{name}”.", row.en),
            )
        }
        Held::Nobody => (
            Verdict::Nothing,
            format!("角色「{}」在此地没有单位承担。", row.zh),
            format!("Nobody holds the role “{}” here.", row.en),
        ),
        Held::Several(t, units) => {
            let (tz, te) = tier(*t);
            let names = names(units);
            (
                Verdict::Collides,
                format!("角色「{}」在同一{tz}由多个单位承担：「{}」。", row.zh, names.join("」「")),
                format!("Several hold the role “{}” at the same {te}: “{}”.", row.en, names.join("”, “")),
            )
        }
    };
    Considered { region: book.region(), kind: StepKind::Role, verdict, tier: None, duty: None, zh, en }
}

pub(crate) fn unit(ask: &Ask<'_>, named: UnitId, end: End) -> Considered {
    let book = ask.book;
    let name = unit_name(book, named);
    let (verdict, zh, en) = match end {
        End::Open(to) => {
            let to = unit_name(book, to);
            (
                Verdict::Taken,
                format!("单位「{name}」已并入「{to}」。"),
                format!("Unit “{name}” has been merged into “{to}”."),
            )
        }
        End::Closed(to) if to == named => (
            Verdict::Nothing,
            format!("单位「{name}」已停用，不能承担。"),
            format!("Unit “{name}” has been closed and answers for nothing."),
        ),
        End::Closed(to) => {
            let to = unit_name(book, to);
            (
                Verdict::Nothing,
                format!("单位「{name}」已并入「{to}」，而后者已停用。"),
                format!("Unit “{name}” has been merged into “{to}”, which has been closed."),
            )
        }
        End::Missing(_) => (
            Verdict::Nothing,
            format!("单位「{name}」已不存在。"),
            format!("Unit “{name}” does not exist any more."),
        ),
    };
    Considered { region: book.region(), kind: StepKind::Unit, verdict, tier: None, duty: None, zh, en }
}

pub(crate) fn enclave(ask: &Ask<'_>, other: &DutyBook) -> Considered {
    let (name, code) = (&other.world().name, other.region());
    let item = crate::resolve::translated(ask.item, code);
    Considered {
        region: ask.book.region(),
        kind: StepKind::Enclave,
        verdict: Verdict::Taken,
        tier: None,
        duty: None,
        zh: format!("飞地：此事项归区域「{name}」({code})，改用该区域的责任条目和事项清单（事项 {item}）。"),
        en: format!(
            "Enclave: this matter falls to region “{name}” ({code}); its duties and catalogue go on (item {item})."
        ),
    }
}

/// The reason of a hole.
pub(crate) fn why(book: &DutyBook, why: &Why) -> Both {
    let unit = |u: &UnitId| unit_name(book, *u);
    match why {
        Why::NotCovered => (
            "此地点不在本区域任何网格、社区、街道的边界之内".to_owned(),
            "no area of this region holds the spot".to_owned(),
        ),
        Why::NoCatalogue => (
            "没有责任条目，此时也没有生效的事项清单".to_owned(),
            "no duty applies, and no catalogue is in force at that time".to_owned(),
        ),
        Why::ItemGone => (
            "没有责任条目，生效的事项清单中也没有此事项".to_owned(),
            "no duty applies, and the catalogue in force has no such item".to_owned(),
        ),
        Why::ConditionGone { condition: Some(n) } => (
            format!("没有责任条目，此事项也没有可用的立案条件 {n}"),
            format!("no duty applies, and the item has no condition {n} in use"),
        ),
        Why::ConditionGone { condition: None } => (
            "没有责任条目，此事项也没有可用的立案条件".to_owned(),
            "no duty applies, and the item has no condition in use".to_owned(),
        ),
        Why::ConditionOpen => (
            "没有责任条目，各立案条件的主责不同：请指明立案条件".to_owned(),
            "no duty applies, and the leads differ by condition: name the condition".to_owned(),
        ),
        Why::NoLead => (
            "没有责任条目，事项清单也没有写明主责".to_owned(),
            "no duty applies, and the catalogue names no lead".to_owned(),
        ),
        Why::RoleNobody { role } => {
            let (zh, en) = role_name(book, role);
            (format!("角色「{zh}」在此地没有单位承担"), format!("nobody holds the role “{en}” here"))
        }
        Why::RoleUnknown { role } => {
            (format!("没有名为「{role}」的角色"), format!("there is no role “{role}”"))
        }
        Why::UnitClosed { unit: u } => {
            (format!("单位「{}」已停用", unit(u)), format!("unit “{}” has been closed", unit(u)))
        }
        Why::UnitMissing { unit: u } => {
            (format!("单位「{}」已不存在", unit(u)), format!("unit “{}” does not exist any more", unit(u)))
        }
        Why::RegionUnknown { to } => {
            (format!("本平台没有区域 {to}"), format!("region {to} is not kept on this platform"))
        }
        Why::EnclaveAgain { to } => (
            format!("飞地只转一次，不能再转到区域 {to}"),
            format!("an enclave is followed once; it is not sent on to region {to}"),
        ),
    }
}

/// What a hole comes to, in words; holes abroad are told by the other region's book.
pub(crate) fn hole(book: &DutyBook, hole: &Hole) -> Both {
    let whose = book_of(book, hole.region);
    let (zh, en) = why(whose, &hole.why);
    if hole.region == book.region() {
        return (format!("无人负责：{zh}。"), format!("Nobody answers: {en}."));
    }
    let name = &whose.world().name;
    (format!("无人负责（区域「{name}」）：{zh}。"), format!("Nobody answers (region “{name}”): {en}."))
}

fn book_of(book: &DutyBook, region: kernel::Region) -> &DutyBook {
    book.neighbour(region).map_or(book, |b| b)
}

/// What a conflict comes to, in words.
pub(crate) fn conflict(book: &DutyBook, conflict: &Conflict) -> Both {
    let book = book_of(book, conflict.region);
    let (tz, te) = tier(conflict.tier);
    if let Some(role) = &conflict.role {
        let (rz, re) = role_name(book, role);
        let names: Vec<String> =
            conflict.sides.iter().filter_map(|s| s.unit).map(|u| unit_name(book, u)).collect();
        return (
            format!("冲突：角色「{rz}」在同一{tz}由「{}」承担。", names.join("」「")),
            format!("Conflict: the role “{re}” is held at the same {te} by “{}”.", names.join("”, “")),
        );
    }
    let sides = conflict.sides.iter().filter_map(|s| book.duty(s.duty?)).map(|d| answer(book, &d.answer));
    let (zh, en): (Vec<String>, Vec<String>) = sides.unzip();
    (
        format!("冲突：{tz}一级有同级的责任条目而结论不同：{}。", zh.join("；")),
        format!("Conflict: duties of the same rank at {te} level differ: {}.", en.join("; ")),
    )
}

/// What a question comes to, in words.
pub fn outcome(book: &DutyBook, is: &Outcome) -> Both {
    match is {
        Outcome::Unit(a) => {
            let whose = book_of(book, a.region);
            let name = unit_name(whose, a.unit);
            let role = a.role.as_deref().map(|r| role_name(whose, r));
            let (mut zh, mut en) = (format!("由单位「{name}」负责"), format!("Unit “{name}” answers"));
            if let Some((rz, re)) = role {
                zh += &format!("（{rz}）");
                en += &format!(" ({re})");
            }
            if a.region != book.region() {
                zh += &format!("，区域「{}」", whose.world().name);
                en += &format!(", region “{}”", whose.world().name);
            }
            (zh + "。", en + ".")
        }
        Outcome::Hole(h) => hole(book, h),
        Outcome::Conflict(c) => conflict(book, c),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
