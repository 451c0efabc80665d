use crate::{REGION_MISSING, Unit, UnitKind, normal, region, register::Register, spelling};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, Power, Refusal, Region, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Tx, Write};
use utoipa::ToSchema;

/// What a unit is: all of it; what is left out is empty. The contacts are those of its office.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutUnitBody {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What sort.
    pub kind: UnitKind,
    /// Closed units get no new cases; they stay for the old ones.
    #[serde(default)]
    pub closed: bool,
    /// The unit it belongs to: one of the same region, open.
    #[serde(default)]
    pub parent: Option<UnitId>,
    /// The telephone of its office: digits, blanks, brackets, hyphens, a plus in front, an extension after 转 or x.
    #[schema(min_length = 3, max_length = 40)]
    #[serde(default)]
    pub phone: Option<String>,
    /// The mail address of its office.
    #[schema(min_length = 3, max_length = 254)]
    #[serde(default)]
    pub email: Option<String>,
    /// Where its office is.
    #[schema(max_length = 200, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    #[serde(default)]
    pub address: Option<String>,
    /// Anything else worth knowing about it.
    #[schema(max_length = 1000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    #[serde(default)]
    pub note: Option<String>,
    /// How else it is written: spellings that mean no other unit of the region.
    #[schema(max_items = 200)]
    #[serde(default)]
    pub aliases: Vec<String>,
}

impl PutUnitBody {
    /// A unit of which only this is known.
    pub fn new(name: impl Into<String>, kind: UnitKind) -> PutUnitBody {
        PutUnitBody {
            name: name.into(),
            kind,
            closed: false,
            parent: None,
            phone: None,
            email: None,
            address: None,
            note: None,
            aliases: Vec::new(),
        }
    }

    /// Notes what cannot be so for itself.
    pub(crate) fn check(&self, checks: &mut Checks) {
        checks.text("name", &self.name, 1..=100);
        if normal(&self.name).is_empty() {
            checks.fault(
                "name",
                "text.signs_only",
                "名称里没有可用的文字。",
                "There is nothing to read in this name.",
            );
        }
        if let Some(phone) = filled(&self.phone) {
            checks.hold(
                is_phone(&phone),
                "phone",
                "unit.bad_phone",
                "不是电话号码；写法如 0359-2222222、12345、+86 359 2222222 转 801。",
                "Not a telephone number; write it like 0359-2222222, 12345 or +86 359 2222222 x801.",
            );
        }
        if let Some(email) = filled(&self.email) {
            checks.hold(
                is_email(&email),
                "email",
                "unit.bad_email",
                "不是电子邮箱；写法如 office@example.gov.cn。",
                "Not a mail address; write it like office@example.gov.cn.",
            );
        }
        checks.opt_text("address", self.address.as_deref(), 0..=200);
        checks.opt_text("note", self.note.as_deref(), 0..=1000);
        checks.hold(
            self.aliases.len() <= spelling::MOST,
            "aliases",
            "unit.too_many_aliases",
            "别名最多 200 个。",
            "A unit has 200 aliases at the most.",
        );
        for (i, alias) in self.aliases.iter().enumerate() {
            let field = format!("aliases.{i}");
            checks.text(&field, alias, 1..=100);
            if normal(alias).is_empty() {
                checks.fault(
                    &field,
                    "text.signs_only",
                    "别名里没有可用的文字。",
                    "There is nothing to read in this alias.",
                );
            }
        }
    }

    /// The unit it makes: ends trimmed, aliases without doubles and without the name itself.
    pub(crate) fn unit(&self, id: UnitId) -> Unit {
        let name = self.name.trim().to_owned();
        let mut aliases: BTreeMap<String, String> = BTreeMap::new();
        for alias in &self.aliases {
            aliases.entry(normal(alias)).or_insert_with(|| alias.trim().to_owned());
        }
        aliases.remove(&normal(&name));
        let mut aliases: Vec<String> = aliases.into_values().collect();
        aliases.sort();
        Unit {
            closed: self.closed,
            parent: self.parent,
            phone: filled(&self.phone),
            email: filled(&self.email),
            address: filled(&self.address),
            note: filled(&self.note),
            aliases,
            ..Unit::new(id, name, self.kind)
        }
    }
}

/// A text that is there: nothing but blanks is nothing.
fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// A telephone number as offices write it: 3–20 digits, with blanks, hyphens and brackets between them, a plus in
/// front, an extension of 1–6 digits after 转, x or ext.
fn is_phone(text: &str) -> bool {
    let text = text.replace('（', "(").replace('）', ")").replace('－', "-");
    let (number, extension) = match ["转", "ext.", "ext", "x"].iter().find_map(|mark| text.split_once(mark))
    {
        Some((number, extension)) => (number.to_owned(), Some(extension.trim().to_owned())),
        None => (text, None),
    };
    let number = number.trim().trim_end_matches(['-', ',', '，']);
    let number = number.strip_prefix('+').unwrap_or(number);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (3..=20).contains(&digits)
        && number.chars().count() <= 30
        && number.starts_with(|c: char| c.is_ascii_digit() || c == '(')
        && number.chars().all(|c| c.is_ascii_digit() || " -()".contains(c))
        && number.matches('(').count() == number.matches(')').count()
        && extension.is_none_or(|e| (1..=6).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_digit()))
}

/// `someone@host.domain` in ASCII without blanks, 254 characters at the most (RFC 5321).
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(atom)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && host.contains('.')
        && host.split('.').all(label)
}

/// Makes, changes or closes a unit. Data stewards of the region. Units are never deleted. One spelling means one
/// unit; no unit is above itself; one that was merged away stays as it is until that is undone.
pub struct PutUnit {
    /// In which region.
    pub region: Region,
    /// Which unit.
    pub id: UnitId,
    /// What it is to be.
    pub is: PutUnitBody,
}

impl Write for PutUnit {
    type Out = Unit;

    async fn run(&self, tx: &mut Tx) -> Result<Unit, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        let mut checks = Checks::new();
        self.is.check(&mut checks);
        checks.done()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let mut register = Register::load(tx, self.region).await?;
        let is = self.is.unit(self.id);
        let new = register.unit(self.id).is_none();
        if register.put(tx, is.clone(), "").await? {
            region::bump(tx, self.region).await?;
            let note = Note {
                region: self.region,
                action: "unit.put",
                object: format!("unit/{}", self.id),
                detail: json!({
                    "kind": is.kind.code(), "closed": is.closed, "new": new, "parent": is.parent,
                    "aliases": is.aliases.len(),
                }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(is)
    }
}

/// Make, change or close a unit. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/units/{id}", operation_id = "put_unit", tag = "areas",
    params(("region" = Region, Path), ("id" = UnitId, Path)), request_body = PutUnitBody,
    responses((status = 200, body = Unit)))]
pub(crate) async fn put_unit(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, id)): PathOf<(Region, UnitId)>,
    Body(is): Body<PutUnitBody>,
) -> Result<Json<Unit>, Problem> {
    Ok(Json(house.db().write(&actor, PutUnit { region, id, is }).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_of_offices() {
        for good in [
            "110",
            "12345",
            "0359-2222222",
            "(0359) 2222222",
            "（0359）2222222",
            "+86 359 2222222",
            "0359-2222222转801",
            "0359-2222222 转 801",
            "400-800-1234 x12",
            "2222222 ext. 5",
        ] {
            assert!(is_phone(good), "{good}");
        }
        for bad in [
            "11",
            "call us",
            "0359-2222222;2222223",
            "0359(2222222",
            "--110",
            "123456789012345678901",
            "2222222转",
            "2222222转12a",
            "=1+2",
            "二二二",
        ] {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn mail_addresses_of_offices() {
        for good in ["a@b.cn", "office.1+x@zhu-jian.example.gov.cn"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "a b@c.cn",
            "@b.cn",
            "a@.cn",
            "a@b..cn",
            "a@-b.cn",
            "a..b@c.cn",
            "办公室@b.cn",
            "a@b.cn\n",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn aliases_are_kept_once_and_without_the_name() {
        let mut body = PutUnitBody::new(" 住建局 ", UnitKind::Department);
        body.aliases = vec!["住房和城乡建设局".into(), "住 建 局".into(), "住房和城乡建设局 ".into()];
        body.phone = Some("  ".into());
        let unit = body.unit(UnitId(kernel::Uuid::nil()));
        assert_eq!((unit.name.as_str(), unit.aliases), ("住建局", vec!["住房和城乡建设局".to_owned()]));
        assert_eq!(unit.phone, None);
    }
}
