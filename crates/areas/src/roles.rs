//! Unit roles: a responsible party named by its relation to a place.

use crate::{UnitKind, normal};
use kernel::Region;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError, Tx, binds};
use utoipa::ToSchema;

/// A role that units hold somewhere: "the owner", "the street of the place", "the property company".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitRole {
    /// Its code: lower-case letters, digits and underscores.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Spellings by which an import recognises it.
    pub words: Vec<String>,
    /// Where nobody is named as its holder, a unit of this kind that is listed there holds it.
    pub kind: Option<UnitKind>,
}

/// The role of a unit that is only listed: it works there, and holds what its kind holds.
pub const SERVES: &str = "serves";

type Built = (&'static str, &'static str, &'static str, &'static [&'static str], Option<UnitKind>);

/// The roles that every region knows from the beginning. Each can be changed there.
const BUILT_IN: &[Built] = &[
    (SERVES, "服务单位", "Serves here", &[], None),
    (
        "owner",
        "产权单位",
        "Owner",
        &[
            "产权单位",
            "各产权单位",
            "产权人",
            "权属单位",
            "所有权人",
            "业主单位",
            "相关产权单位",
            "产权所有单位",
        ],
        None,
    ),
    (
        "operator",
        "管理单位",
        "Operator",
        &[
            "管理单位",
            "管护单位",
            "养护单位",
            "运营单位",
            "经营单位",
            "主办单位",
            "各管理单位",
            "运营管理单位",
        ],
        None,
    ),
    (
        "builder",
        "建设单位",
        "Builder",
        &["建设单位", "施工单位", "建设、施工单位", "各建设单位", "各施工单位"],
        None,
    ),
    (
        "property_company",
        "物业公司",
        "Property company",
        &[
            "物业公司",
            "物业服务企业",
            "物业企业",
            "物业单位",
            "物业",
            "物业服务公司",
            "小区物业",
            "各物业公司",
            "所属物业",
            "所在小区物业",
        ],
        Some(UnitKind::PropertyCompany),
    ),
    (
        "owners_body",
        "业委会",
        "Owners' body",
        &["业委会", "业主委员会", "业主大会"],
        Some(UnitKind::OwnersBody),
    ),
    (
        "street_office",
        "属地街道",
        "Street of the place",
        &[
            "所属街办",
            "属地街道",
            "属地街办",
            "所在街道",
            "所属街道",
            "街道办事处",
            "各街道办事处",
            "街办",
            "各街办",
            "街道",
            "乡镇（街道）",
            "乡镇街道",
            "属地乡镇（街道）",
            "属地政府",
            "镇政府",
            "街道办",
            "所属街道办事处",
        ],
        Some(UnitKind::StreetOffice),
    ),
    (
        "community",
        "所属社区",
        "Community of the place",
        &[
            "所属社区",
            "属地社区",
            "所在社区",
            "社区",
            "各社区",
            "居委会",
            "村委会",
            "社区居委会",
            "所属村（社区）",
            "村（社区）",
        ],
        Some(UnitKind::Community),
    ),
    (
        "police_station",
        "所属派出所",
        "Police station",
        &["所属派出所", "派出所", "辖区派出所", "属地派出所", "属地公安"],
        None,
    ),
    (
        "enforcement",
        "属地行政执法部门",
        "Enforcement of the place",
        &[
            "属地行政执法部门",
            "行政执法部门",
            "属地执法部门",
            "属地城管",
            "属地综合行政执法队",
            "综合行政执法队",
            "属地城管执法部门",
        ],
        None,
    ),
    (
        "merchant",
        "责任商户",
        "Shop or stall holder",
        &["商户", "责任商户", "沿街商户", "经营者", "经营户"],
        None,
    ),
];

/// The roles that every region knows from the beginning.
pub(crate) fn built_in() -> Vec<UnitRole> {
    let role = |(code, zh, en, words, kind): &Built| UnitRole {
        code: (*code).into(),
        zh: (*zh).into(),
        en: (*en).into(),
        words: words.iter().map(|w| (*w).into()).collect(),
        kind: *kind,
    };
    BUILT_IN.iter().map(role).collect()
}

struct Stored(UnitRole);

impl FromRow for Stored {
    fn from_row(row: &mut Row<'_>) -> Result<Stored, StoreError> {
        let (code, zh, en) = (row.next()?, row.next()?, row.next()?);
        let words: String = row.next()?;
        let words = serde_json::from_str(&words)
            .map_err(|e| StoreError::Internal(format!("a unit role's words cannot be read: {e}")))?;
        let kind: Option<String> = row.next()?;
        let kind = kind.map(|k| UnitKind::stored(&k)).transpose()?;
        Ok(Stored(UnitRole { code, zh, en, words, kind }))
    }
}

/// The roles of a region: those built in, as they were changed there, and its own. By code.
pub(crate) async fn all(tx: &mut Tx, region: Region) -> Result<Vec<UnitRole>, StoreError> {
    let sql = "SELECT code, zh, en, words, kind FROM unit_roles WHERE region = $1";
    let own: Vec<Stored> = tx.all(sql, binds![region]).await?;
    let mut roles = built_in();
    roles.retain(|r| !own.iter().any(|Stored(o)| o.code == r.code));
    roles.extend(own.into_iter().map(|Stored(o)| o));
    roles.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(roles)
}

/// The role that is written so, by its name or one of its words.
pub(crate) fn by_word<'a>(roles: &'a [UnitRole], text: &str) -> Option<&'a UnitRole> {
    let asked = normal(text);
    if asked.is_empty() {
        return None;
    }
    roles.iter().find(|r| std::iter::once(&r.zh).chain(&r.words).any(|w| normal(w) == asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_built_in_are_told_apart_by_their_words() {
        let roles = built_in();
        let mut seen = std::collections::HashMap::new();
        for role in &roles {
            for word in role.words.iter().chain([&role.zh]) {
                let other = seen.insert(normal(word), &role.code);
                assert!(other.is_none_or(|o| o == &role.code), "{word}: {} and {other:?}", role.code);
            }
        }
        assert_eq!(by_word(&roles, "各 产权单位").map(|r| r.code.as_str()), Some("owner"));
        assert_eq!(by_word(&roles, "乡镇(街道)").map(|r| r.code.as_str()), Some("street_office"));
        assert_eq!(by_word(&roles, "运城市水务局"), None);
    }
}
