//! Finding areas by what people type: name, alias, pinyin, initials, code.

use crate::{AreaKind, AreaName, Base, Maps, When};
use axum::{Json, extract::State};
use edge::{Caller, House, Params, Problem};
use kernel::{AreaCode, Checks, Level, Page, Region};
use pinyin::ToPinyinMulti as _;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::{IntoParams, ToSchema};

/// Letters of a question that count; names are shorter.
const LETTERS: usize = 40;

/// How well a name fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    Exact,
    Prefix,
    Contains,
    /// From the start, by whole syllables, the last of which may be cut short.
    Pinyin,
    /// From the start, by initials or a mixture of both.
    Initials,
    /// By whole syllables from a later character.
    PinyinInside,
}

/// A name ready to be compared: its characters, and the ways each is read.
pub(crate) struct Word {
    text: Vec<char>,
    sounds: Vec<Vec<&'static str>>,
}

struct Entry {
    code: AreaCode,
    digits: String,
    /// The name first, then the aliases.
    words: Vec<Word>,
}

/// The names of a region's areas, ready to be searched.
pub(crate) struct Index(Vec<Entry>);

/// A hit before it is told: sorts best first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    fit: Fit,
    alias: bool,
    length: usize,
    level: Level,
    /// Which.
    pub code: AreaCode,
    /// Which of its names fitted: 0 is the name, others the aliases.
    pub word: usize,
}

/// As compared: compatibility forms and case folded, blanks and signs left out.
fn folded(text: &str) -> Vec<char> {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

pub(crate) fn word(text: &str) -> Word {
    let text = folded(text);
    let sounds = text.iter().map(|c| {
        let readings = c.to_pinyin_multi().into_iter().flatten();
        let mut all: Vec<&'static str> = readings.map(|p| p.plain()).collect();
        all.sort_unstable();
        all.dedup();
        all
    });
    Word { sounds: sounds.collect(), text }
}

impl Index {
    pub(crate) fn new<'a>(names: impl Iterator<Item = (AreaCode, &'a str, &'a [String])>) -> Index {
        Index(
            names
                .map(|(code, name, aliases)| Entry {
                    code,
                    digits: code.to_string(),
                    words: std::iter::once(name)
                        .chain(aliases.iter().map(String::as_str))
                        .map(word)
                        .collect(),
                })
                .collect(),
        )
    }

    /// Every area that fits, in no order.
    pub(crate) fn find(&self, asked: &Asked) -> Vec<Rank> {
        self.0.iter().filter_map(|entry| entry.rank(asked)).collect()
    }
}

/// A question made ready.
pub(crate) struct Asked {
    text: Vec<char>,
    /// For pinyin: Latin letters alone or among characters.
    latin: bool,
    digits: Option<String>,
}

impl Asked {
    /// `None` when nothing is left of the text to look for.
    pub(crate) fn new(text: &str) -> Option<Asked> {
        let text: Vec<char> =
            folded(text).into_iter().take(LETTERS).map(|c| if c == 'ü' { 'v' } else { c }).collect();
        if text.is_empty() {
            return None;
        }
        let latin = text.iter().any(char::is_ascii_lowercase);
        let digits = text.iter().all(char::is_ascii_digit).then(|| text.iter().collect());
        Some(Asked { text, latin, digits })
    }
}

impl Entry {
    fn rank(&self, asked: &Asked) -> Option<Rank> {
        let rank = |fit, word: usize| Rank {
            fit,
            alias: word > 0,
            length: self.words[word].text.len(),
            level: self.code.level(),
            code: self.code,
            word,
        };
        if let Some(digits) = &asked.digits
            && digits.len() >= 3
            && self.digits.starts_with(digits.as_str())
        {
            return Some(rank(if self.digits == *digits { Fit::Exact } else { Fit::Prefix }, 0));
        }
        self.words.iter().enumerate().filter_map(|(i, w)| Some(rank(w.fit(asked)?, i))).min()
    }
}

impl Word {
    pub(crate) fn fit(&self, asked: &Asked) -> Option<Fit> {
        if self.text.starts_with(&asked.text) {
            return Some(if self.text.len() == asked.text.len() { Fit::Exact } else { Fit::Prefix });
        }
        if self.text.len() > asked.text.len() && self.text.windows(asked.text.len()).any(|w| w == asked.text)
        {
            return Some(Fit::Contains);
        }
        if !asked.latin {
            return None;
        }
        if self.sounds_like(0, &asked.text, false) {
            return Some(Fit::Pinyin);
        }
        if self.sounds_like(0, &asked.text, true) {
            return Some(Fit::Initials);
        }
        let inside = (1..self.text.len()).any(|i| self.sounds_like(i, &asked.text, false));
        inside.then_some(Fit::PinyinInside)
    }

    /// Whether the letters can be read off the characters from `start` on: each by a whole syllable of one of
    /// its readings or itself, with `initials` also by its first letter; the last syllable may be cut short.
    /// Keeps the set of letters that may already be read as bits, so that no name takes long.
    fn sounds_like(&self, start: usize, letters: &[char], initials: bool) -> bool {
        let mut read: u64 = 1;
        for (own, sounds) in self.text[start..].iter().zip(&self.sounds[start..]) {
            let mut next = 0u64;
            let mut rest = read;
            while rest != 0 {
                let from = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let left = &letters[from..];
                if left.first() == Some(own) {
                    next |= 1 << (from + 1);
                }
                for sound in sounds {
                    match begins(left, sound) {
                        Begins::All => return true,
                        Begins::Whole(n) => next |= 1 << (from + n),
                        Begins::No => {}
                    }
                    if initials && left.first() == sound.chars().next().as_ref() {
                        next |= 1 << (from + 1);
                    }
                }
            }
            if next & (1 << letters.len()) != 0 {
                return true;
            }
            if next == 0 {
                return false;
            }
            read = next;
        }
        false
    }
}

enum Begins {
    /// The letters end within the syllable.
    All,
    /// The whole syllable stands there, of so many letters.
    Whole(usize),
    No,
}

fn begins(letters: &[char], syllable: &str) -> Begins {
    let mut n = 0;
    for c in syllable.chars() {
        let c = if c == 'ü' { 'v' } else { c };
        match letters.get(n) {
            None => return Begins::All,
            Some(l) if *l == c => n += 1,
            Some(_) => return Begins::No,
        }
    }
    if n == letters.len() { Begins::All } else { Begins::Whole(n) }
}

/// An area that fits what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AreaHit {
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// The alias that fitted, where it was not the name.
    pub alias: Option<String>,
    /// Its level.
    pub level: Level,
    /// Its kind.
    pub kind: AreaKind,
    /// The areas that hold it, the region first.
    pub within: Vec<AreaName>,
}

/// The best fitting areas of these regions.
pub fn search<'a>(bases: impl Iterator<Item = &'a Base>, q: &str, limit: usize) -> Vec<AreaHit> {
    let Some(asked) = Asked::new(q) else { return Vec::new() };
    let mut found: Vec<(Rank, &Base)> =
        bases.flat_map(|b| b.index().find(&asked).into_iter().map(move |rank| (rank, b))).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.truncate(limit);
    found.into_iter().filter_map(|(rank, base)| base.hit(&rank)).collect()
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Part of a name or alias, pinyin, initials or the beginning of a code.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    q: String,
    /// Only in this region.
    region: Option<Region>,
    /// As things were at this day or moment; now when left out.
    #[param(inline)]
    at: Option<When>,
    /// At most so many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

/// Areas by name, alias, pinyin (any reading of a character), initials or code, the best first: exact names,
/// those that begin so, those that contain it, pinyin, initials. Anyone.
#[utoipa::path(get, path = "/api/areas/search", operation_id = "search_areas", tag = "areas",
    params(SearchQuery), responses((status = 200, body = Page<AreaHit>)))]
pub(crate) async fn search_areas(
    State(house): State<House>,
    Caller(actor): Caller,
    Params(query): Params<SearchQuery>,
) -> Result<Json<Page<AreaHit>>, Problem> {
    let mut checks = Checks::new();
    checks.text("q", &query.q, 1..=100);
    let limit = query.limit.unwrap_or(20);
    checks.number("limit", limit.into(), 1..=100);
    checks.done()?;
    let maps = house.keep::<Maps>();
    let limit = usize::from(limit);
    let items = match query.region {
        Some(region) => {
            let base = maps.at(house.db(), &actor, region, query.at).await?;
            search(std::iter::once(&*base), &query.q, limit)
        }
        None => {
            let all = maps.everywhere(house.db(), &actor, query.at).await?;
            search(all.regions(), &query.q, limit)
        }
    };
    Ok(Json(Page { items, next: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(u64, &str, &[&str])], q: &str) -> Vec<u64> {
        let names: Vec<(AreaCode, &str, Vec<String>)> = names
            .iter()
            .map(|(code, name, aliases)| {
                (AreaCode::new(*code).unwrap(), *name, aliases.iter().map(|a| (*a).to_owned()).collect())
            })
            .collect();
        let index = Index::new(names.iter().map(|(code, name, aliases)| (*code, *name, aliases.as_slice())));
        let mut hits = index.find(&Asked::new(q).unwrap());
        hits.sort();
        hits.iter().map(|h| h.code.get() as u64).collect()
    }

    #[test]
    fn names_fit_by_characters_pinyin_and_initials() {
        let names: &[(u64, &str, &[&str])] = &[
            (110_101_001, "东华门街道", &[]),
            (110_101_002, "华门", &["老华门", "DHM"]),
            (110_101_003, "长安街道", &[]),
            (110_101_004, "绿洲社区", &[]),
            (110_101_005, "重庆路街道", &["Chongqing Road"]),
        ];
        for (q, expected) in [
            ("华门", vec![110_101_002, 110_101_001]),
            ("东 华门", vec![110_101_001]),
            ("老华", vec![110_101_002]),
            ("dhm", vec![110_101_002, 110_101_001]),
            ("donghua", vec![110_101_001]),
            ("donghuam", vec![110_101_001]),
            ("DongHuaMen", vec![110_101_001]),
            ("dhuam", vec![110_101_001]),
            ("东hm", vec![110_101_001]),
            ("huamen", vec![110_101_002, 110_101_001]),
            // 长: cháng and zhǎng; 重: chóng and zhòng.
            ("changan", vec![110_101_003]),
            ("zhangan", vec![110_101_003]),
            ("zhongqing", vec![110_101_005]),
            ("chongqingroad", vec![110_101_005]),
            ("lvzhou", vec![110_101_004]),
            ("lüzhou", vec![110_101_004]),
            ("110101003", vec![110_101_003]),
            ("ｄｏｎｇｈｕａ", vec![110_101_001]),
            ("西华门", vec![]),
            ("xyz", vec![]),
        ] {
            assert_eq!(found(names, q), expected, "{q}");
        }
        assert_eq!(found(names, "110101").len(), 5);
        assert!(Asked::new(" -,。").is_none());
    }

    /// Twenty thousand grids take a few milliseconds; in a debug build a good deal more.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a measurement is of the real clock")]
    fn many_names_take_no_time() {
        let han: Vec<char> = "东西南北中望云桥河山前后大小新老街道社区网格长重乐行".chars().collect();
        let names: Vec<(AreaCode, String)> = (0..20_000u64)
            .map(|i| {
                let pick = |k: u64| han[((i * 2_654_435_761 + k * 40_503) / 7 % han.len() as u64) as usize];
                let code = AreaCode::new(990_101_001_001_001 + i / 999 * 1_000_000 + i % 999).unwrap();
                (code, (0..6).map(pick).collect())
            })
            .collect();
        let index = Index::new(names.iter().map(|(code, name)| (*code, name.as_str(), [].as_slice())));
        for q in ["dx", "wangyun", "xiaoxin", "桥河", "z", "xinlaojiedao"] {
            let asked = Asked::new(q).unwrap();
            let start = std::time::Instant::now();
            let hits = index.find(&asked).len();
            eprintln!("{q}: {hits} of 20,000 in {:?}", start.elapsed());
        }
        let hits = index.find(&Asked::new(&names[777].1).unwrap());
        assert!(hits.iter().any(|h| h.code == names[777].0));
    }
}
