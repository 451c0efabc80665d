//! The roles of a region: shown and changed.

use crate::{
    Offices, REGION_MISSING, ROLE_CODE_BAD, ROLE_MISSING, ROLE_WORD_TAKEN, UnitKind, UnitRole, normal,
    region, roles,
};
use audit::Note;
use axum::{Json, extract::State};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{Checks, Page, Power, Refusal, Region};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Tx, Write, binds, rules};
use utoipa::ToSchema;

/// Words a role can have.
const MOST: usize = 100;

/// What a role is.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRoleBody {
    /// In Chinese.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub zh: String,
    /// In English.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub en: String,
    /// Spellings by which an import recognises it; none that means another role.
    #[schema(max_items = 100)]
    #[serde(default)]
    pub words: Vec<String>,
    /// Where nobody is named as its holder, a unit of this kind that is listed there holds it.
    #[serde(default)]
    pub kind: Option<UnitKind>,
}

/// Makes or changes a role of a region; those built in can be changed too. Data stewards of the region.
pub struct PutRole {
    /// In which region.
    pub region: Region,
    /// Its code: lower-case letters, digits and underscores, a letter first, 40 at the most.
    pub code: String,
    /// What it is to be.
    pub is: PutRoleBody,
}

/// Whether a text can be a role's code.
fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl PutRole {
    fn role(&self) -> UnitRole {
        let mut seen = BTreeSet::from([normal(&self.is.zh)]);
        let words = self.is.words.iter().map(|w| w.trim().to_owned());
        UnitRole {
            code: self.code.clone(),
            zh: self.is.zh.trim().to_owned(),
            en: self.is.en.trim().to_owned(),
            words: words.filter(|w| seen.insert(normal(w))).collect(),
            kind: self.is.kind,
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if !is_code(&self.code) {
            return Err(ROLE_CODE_BAD.field("code").with("role", &self.code));
        }
        let mut checks = Checks::new();
        checks.text("zh", &self.is.zh, 1..=40);
        checks.text("en", &self.is.en, 1..=60);
        checks.hold(
            self.is.words.len() <= MOST,
            "words",
            "role.too_many_words",
            "写法最多 100 个。",
            "A role has 100 words at the most.",
        );
        for (i, word) in self.is.words.iter().enumerate() {
            checks.text(&format!("words.{i}"), word, 1..=60);
        }
        checks.done()
    }
}

impl Write for PutRole {
    type Out = UnitRole;

    async fn run(&self, tx: &mut Tx) -> Result<UnitRole, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        self.check()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        tx.put("UPDATE base_versions SET version = version WHERE region = $1", binds![self.region]).await?;
        let (is, mut there) = (self.role(), roles::all(tx, self.region).await?);
        if there.contains(&is) {
            return Ok(is);
        }
        let new = !there.iter().any(|r| r.code == is.code);
        there.retain(|r| r.code != is.code);
        for (i, word) in std::iter::once(&is.zh).chain(&is.words).enumerate() {
            if let Some(other) = roles::by_word(&there, word) {
                let field = if i == 0 { "zh".to_owned() } else { format!("words.{}", i - 1) };
                return Err(ROLE_WORD_TAKEN.field(field).with("word", word).with("role", &other.zh));
            }
        }
        let words = serde_json::to_string(&is.words).map_err(|e| rules::INTERNAL.refuse().because(e))?;
        tx.put(
            "INSERT INTO unit_roles (region, code, zh, en, words, kind) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (region, code) DO UPDATE SET zh = excluded.zh, en = excluded.en, words = excluded.words,
               kind = excluded.kind",
            binds![self.region, &is.code, &is.zh, &is.en, words, is.kind.map(UnitKind::code)],
        )
        .await?;
        region::bump(tx, self.region).await?;
        let detail = json!({ "new": new, "words": is.words.len(), "kind": is.kind });
        let object = format!("unit_role/{}", is.code);
        audit::record(tx, Note { region: self.region, action: "unit_role.put", object, detail }, None)
            .await?;
        Ok(is)
    }
}

/// The roles of a region by code: those built in, as they were changed there, and its own. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/unit-roles", operation_id = "list_unit_roles", tag = "areas",
    params(("region" = Region, Path)), responses((status = 200, body = Page<UnitRole>)))]
pub(crate) async fn list_roles(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(region): PathOf<Region>,
) -> Result<Json<Page<UnitRole>>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    Ok(Json(Page { items: office.book().roles().to_vec(), next: None }))
}

/// A role. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/unit-roles/{code}", operation_id = "show_unit_role", tag = "areas",
    params(("region" = Region, Path), ("code" = String, Path)), responses((status = 200, body = UnitRole)))]
pub(crate) async fn show_role(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, code)): PathOf<(Region, String)>,
) -> Result<Json<UnitRole>, Problem> {
    actor.may(Power::ReadBase, Some(region))?;
    let office = house.keep::<Offices>().of(house.db(), &actor, region).await?;
    let role = office.book().role(&code).cloned();
    Ok(Json(role.ok_or_else(|| kernel::NOT_FOUND.refuse())?))
}

/// Make or change a role. Data stewards of the region.
#[utoipa::path(put, path = "/api/regions/{region}/unit-roles/{code}", operation_id = "put_unit_role", tag = "areas",
    params(("region" = Region, Path), ("code" = String, Path, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")),
    request_body = PutRoleBody, responses((status = 200, body = UnitRole)))]
pub(crate) async fn put_role(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, code)): PathOf<(Region, String)>,
    Body(is): Body<PutRoleBody>,
) -> Result<Json<UnitRole>, Problem> {
    Ok(Json(house.db().write(&actor, PutRole { region, code, is }).await?))
}

/// Refuses a role that the region does not know.
pub(crate) async fn known(tx: &mut Tx, region: Region, code: &str, field: &str) -> Result<(), Refusal> {
    if roles::all(tx, region).await?.iter().any(|r| r.code == code) {
        return Ok(());
    }
    Err(ROLE_MISSING.field(field).with("role", code))
}
