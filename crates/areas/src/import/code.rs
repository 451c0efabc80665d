//! Area codes as files write them.

use kernel::{AreaCode, Level};
use serde_json::Value;

/// What a field says about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing.
    Empty,
    /// The whole code.
    Full(AreaCode),
    /// Its last three digits; the parent says the rest.
    Local(u16),
}

/// Why a field is no code of the level: Chinese and English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoCode {
    pub zh: String,
    pub en: String,
}

fn no(zh: impl Into<String>, en: impl Into<String>) -> NoCode {
    NoCode { zh: zh.into(), en: en.into() }
}

/// The levels, largest first.
const LEVELS: [Level; 4] = [Level::Region, Level::Street, Level::Community, Level::Grid];

pub(crate) fn level_zh(level: Level) -> &'static str {
    match level {
        Level::Region => "区县",
        Level::Street => "街道（镇、乡）",
        Level::Community => "社区（村）",
        Level::Grid => "网格",
    }
}

pub(crate) fn level_en(level: Level) -> &'static str {
    match level {
        Level::Region => "region",
        Level::Street => "street",
        Level::Community => "community",
        Level::Grid => "grid",
    }
}

/// Reads a code of `level`: the level's own digits, or 12 or 15 padded with zeros as official lists have
/// them, as a number or a text; whole numbers with a decimal point too (tables make them so). With `local`
/// also one to three digits. Scientific notation has lost digits and is refused.
pub(crate) fn read(value: &Value, level: Level, local: bool) -> Result<Written, NoCode> {
    let digits = match value {
        Value::Null => return Ok(Written::Empty),
        Value::Number(n) => match (n.as_u64(), n.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            // Beyond 2^53 a float no longer tells one code from the next.
            (None, Some(f)) if f.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&f) => {
                format!("{f:.0}")
            }
            _ => return Err(no(format!("{n} 不是整数。"), format!("{n} is no whole number."))),
        },
        Value::String(text) => {
            let text = text.trim().trim_start_matches('\'');
            if text.is_empty() {
                return Ok(Written::Empty);
            }
            plain(text)?
        }
        other => return Err(no(format!("{other} 不是代码。"), format!("{other} is no code."))),
    };
    of_level(&digits, level, local)
}

/// The digits of a text; a fraction of zeros is dropped.
fn plain(text: &str) -> Result<String, NoCode> {
    let numeric = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if numeric(text) {
        return Ok(text.to_owned());
    }
    if let Some((whole, rest)) = text.split_once('.')
        && numeric(whole)
        && numeric(rest)
        && rest.bytes().all(|b| b == b'0')
    {
        return Ok(whole.to_owned());
    }
    let scientific = text.contains(['e', 'E']) && text.parse::<f64>().is_ok();
    if scientific {
        return Err(no(
            format!("“{text}”是科学计数法，代码的后几位已经丢失；请把该列设为文本后重新导出。"),
            format!(
                "“{text}” is in scientific notation, the last digits of the code are lost; format the column as text and export it again."
            ),
        ));
    }
    Err(no(format!("“{text}”含有数字以外的字符。"), format!("“{text}” has characters other than digits.")))
}

fn of_level(digits: &str, level: Level, local: bool) -> Result<Written, NoCode> {
    let own = level.digits() as usize;
    if local && digits.len() <= 3 {
        return match digits.parse::<u16>() {
            Ok(n) if n > 0 => Ok(Written::Local(n)),
            _ => Err(no("本级代码不能是 000。", "A code's own part cannot be 000.")),
        };
    }
    let padded = [12, 15].contains(&digits.len()) && digits.len() > own;
    let trimmed = if padded && digits[own..].bytes().all(|b| b == b'0') { &digits[..own] } else { digits };
    let is = trimmed.parse::<AreaCode>().ok().filter(|c| c.level() == level);
    let Some(code) = is else {
        let other = LEVELS.into_iter().find(|l| l.digits() as usize == trimmed.len() && *l != level);
        let (zh, en) = match other {
            Some(l) if digits.parse::<AreaCode>().is_ok() => (
                format!(
                    "“{digits}”是{}的代码，应为{}的代码（{own} 位，或补零至 12 位）。",
                    level_zh(l),
                    level_zh(level)
                ),
                format!(
                    "“{digits}” is a code of a {}, not of a {} ({own} digits, or padded with zeros to 12).",
                    level_en(l),
                    level_en(level)
                ),
            ),
            _ => (
                format!("“{digits}”不是{}的代码：应为 {own} 位，或补零至 12 位。", level_zh(level)),
                format!(
                    "“{digits}” is no code of a {}: takes {own} digits, or 12 padded with zeros.",
                    level_en(level)
                ),
            ),
        };
        return Err(no(zh, en));
    };
    if level != Level::Region && code.get() % 1000 == 0 {
        let above = LEVELS[LEVELS.iter().position(|l| *l == level).unwrap_or(1) - 1];
        return Err(no(
            format!("“{digits}”是{}的代码（末尾补零），应为{}的代码。", level_zh(above), level_zh(level)),
            format!(
                "“{digits}” is the code of a {} padded with zeros, not of a {}.",
                level_en(above),
                level_en(level)
            ),
        ));
    }
    Ok(Written::Full(code))
}

/// The code of a parent and the last three digits together.
pub(crate) fn join(parent: AreaCode, local: u16) -> Option<AreaCode> {
    AreaCode::new(u64::try_from(parent.get()).ok()? * 1000 + u64::from(local))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn full(code: u64) -> Result<Written, NoCode> {
        Ok(Written::Full(AreaCode::new(code).unwrap()))
    }

    #[test]
    fn codes_are_read_at_every_level_as_numbers_and_texts() {
        for (value, level, expected) in [
            (json!(110_101_000_000u64), Level::Region, 110_101),
            (json!("110101"), Level::Region, 110_101),
            (json!("110101000000000"), Level::Region, 110_101),
            (json!(110_101_001_000u64), Level::Street, 110_101_001),
            (json!("110101001000"), Level::Street, 110_101_001),
            (json!("110101001"), Level::Street, 110_101_001),
            (json!(110_101_001_000.0), Level::Street, 110_101_001),
            (json!("110101001000.00"), Level::Street, 110_101_001),
            (json!(" '110101001007 "), Level::Community, 110_101_001_007),
            (json!("110101001007000"), Level::Community, 110_101_001_007),
            (json!(110_101_001_007_003u64), Level::Grid, 110_101_001_007_003),
            (json!(110_101_001_007_003.0), Level::Grid, 110_101_001_007_003),
        ] {
            assert_eq!(read(&value, level, true), full(expected), "{value} {level:?}");
        }
    }

    #[test]
    fn what_is_no_code_says_why() {
        for (value, level, says) in [
            (json!("1.10101E+11"), Level::Street, "scientific"),
            (json!("1101O1001"), Level::Street, "other than digits"),
            (json!(110_101_001.5), Level::Street, "no whole number"),
            (json!(-110_101_001), Level::Street, "no whole number"),
            (json!("110101000000"), Level::Street, "of a region padded"),
            (json!("110101001000"), Level::Community, "of a street padded"),
            (json!("110101"), Level::Street, "is a code of a region, not of a street"),
            (json!("110101001007"), Level::Street, "is a code of a community"),
            (json!("11010100"), Level::Street, "takes 9 digits"),
            (json!("010101001"), Level::Street, "takes 9 digits"),
            (json!([1]), Level::Street, "no code"),
            (json!(true), Level::Street, "no code"),
            (json!(0), Level::Street, "000"),
        ] {
            let fault = read(&value, level, true).unwrap_err();
            assert!(fault.en.contains(says), "{value}: {}", fault.en);
        }
        assert!(read(&json!("7"), Level::Street, false).is_err());
    }

    #[test]
    fn the_last_digits_wait_for_a_parent() {
        assert_eq!(read(&json!(7), Level::Grid, true), Ok(Written::Local(7)));
        assert_eq!(read(&json!("007"), Level::Grid, true), Ok(Written::Local(7)));
        assert_eq!(read(&json!(""), Level::Grid, true), Ok(Written::Empty));
        let parent = AreaCode::new(110_101_001_007).unwrap();
        assert_eq!(join(parent, 7), AreaCode::new(110_101_001_007_007));
    }
}
