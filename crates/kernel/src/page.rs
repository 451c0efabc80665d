use crate::{Refusal, Rule, refusal::Kind};
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list; `next` asks for the following one and is absent on the last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page of `limit` out of up to `limit + 1` rows; `key` makes the cursor of the last one kept.
    pub fn cut(mut rows: Vec<T>, limit: usize, key: impl FnOnce(&T) -> Cursor) -> Page<T> {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|last| key(last).to_text()) } else { None };
        Page { items: rows, next }
    }
}

/// The place in a list after which the next page starts: a sort key and a tie-breaking id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last row's sort key.
    pub key: i64,
    /// The last row's id.
    pub id: u128,
}

const BAD_CURSOR: Rule = Rule {
    kind: Kind::Invalid,
    code: "page.bad_cursor",
    zh: "翻页标记无效，请从第一页重新开始。",
    en: "This page marker is not valid; start again from the first page.",
};

impl Cursor {
    /// The opaque text clients carry.
    pub fn to_text(self) -> String {
        format!("{:016x}{:032x}", self.key, self.id)
    }

    /// Reads a cursor back; anything not made by [`Cursor::to_text`] is refused.
    pub fn parse(text: &str) -> Result<Cursor, Refusal> {
        let bad = || BAD_CURSOR.field("cursor");
        if text.len() != 48 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let key = u64::from_str_radix(&text[..16], 16).map_err(|_| bad())? as i64;
        let id = u128::from_str_radix(&text[16..], 16).map_err(|_| bad())?;
        Ok(Cursor { key, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_survive_the_way_out_and_back(key: i64, id: u128) {
            let c = Cursor { key, id };
            prop_assert_eq!(Cursor::parse(&c.to_text()).unwrap(), c);
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,60}") {
            let _ = Cursor::parse(&text);
        }
    }

    #[test]
    fn a_full_last_page_has_no_next() {
        let c = |n: &i64| Cursor { key: *n, id: 0 };
        assert_eq!(Page::cut(vec![1, 2], 2, c).next, None);
        assert!(Page::cut(vec![1, 2, 3], 2, c).next.is_some());
    }
}
