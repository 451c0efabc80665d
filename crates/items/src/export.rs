//! Export: a version in the layout of a mapping, which reads it back as it was.

use crate::{Condition, Item, Layout, LeadRule, Part, Party, Season, stored};
use areas::{RoleBook, UnitNames};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use calendar::Limit;
use edge::{Caller, House, Params, PathOf, Problem};
use gis::{Sheet, write_csv, write_xlsx};
use kernel::{Kind, NOT_FOUND, Power, Refusal, Region, Rule};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Read, Tx};
use utoipa::{IntoParams, ToSchema};

/// The layout has no way to write it.
pub const NOT_EXPRESSIBLE: Rule = Rule {
    kind: Kind::Conflict,
    code: "export.not_expressible",
    zh: "事项 {item} 的第 {n} 个立案条件无法按此映射写出：{why}",
    en: "Condition {n} of item {item} cannot be written by this mapping: {why_en}",
};

/// A version written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Written {
    /// The columns.
    pub header: Vec<String>,
    /// A row for each condition.
    pub rows: Vec<Vec<String>>,
    /// What the layout has no column for, and how often it was left out.
    pub left_out: Vec<(String, usize)>,
}

/// Writes a version by a mapping: the same columns, codes, words and separators. What has no column is counted, what
/// the layout would turn into something else is refused.
pub fn write_rows(
    layout: &Layout,
    items: &[Item],
    units: &UnitNames,
    roles: &RoleBook,
) -> Result<Written, Refusal> {
    let used = layout.columns.used();
    let header = used.iter().map(|(_, c)| (*c).to_owned()).collect();
    let mut out = Written { header, rows: Vec::new(), left_out: Vec::new() };
    let has = |field: &str| used.iter().any(|(f, _)| *f == field);
    let mut left = std::collections::BTreeMap::<&str, usize>::new();
    for item in items {
        let mut lost = |what: &'static str, there: bool| {
            if there {
                *left.entry(what).or_default() += 1;
            }
        };
        lost("domain", item.domain.is_some() && !has("domain"));
        lost("synonyms", !item.synonyms.is_empty() && !has("synonyms"));
        lost("retired", item.retired);
        lost("public", item.public != layout.items.public);
        lost("community", item.community != layout.items.community);
        lost("items without conditions", item.conditions.is_empty());
        for c in &item.conditions {
            lost("basis", !c.basis.is_empty() && !has("basis"));
            lost("evidence", c.evidence != crate::Evidence::default());
            lost("urgent", !c.draft && c.limit.is_some_and(|l| l.urgent() != c.urgent));
            let writer = Writer { layout, item, c, units, roles };
            let cells: Result<Vec<String>, Refusal> =
                used.iter().map(|(f, col)| writer.cell(f, col)).collect();
            out.rows.push(cells?);
        }
    }
    out.left_out = left.into_iter().map(|(what, n)| (what.to_owned(), n)).collect();
    Ok(out)
}

struct Writer<'a> {
    layout: &'a Layout,
    item: &'a Item,
    c: &'a Condition,
    units: &'a UnitNames,
    roles: &'a RoleBook,
}

impl Writer<'_> {
    fn refuse(&self, why: String, why_en: String) -> Refusal {
        NOT_EXPRESSIBLE
            .refuse()
            .with("item", self.item.code)
            .with("n", self.c.n)
            .with("why", why)
            .with("why_en", why_en)
    }

    fn cell(&self, field: &str, column: &str) -> Result<String, Refusal> {
        let (item, c) = (self.item, self.c);
        let offset = self.layout.offset(item.kind);
        Ok(match field {
            "kind" => self.layout.kind_word(item.kind).to_owned(),
            "major_code" => {
                let major = item.code.get() as u64 / 100 % 100;
                let printed = major.checked_sub(offset).filter(|m| *m > 0).ok_or_else(|| {
                    self.refuse(
                        format!("大类 {major} 小于偏移 {offset}"),
                        format!("major {major} is below the offset {offset}"),
                    )
                })?;
                format!("{printed:02}")
            }
            "minor_code" => format!("{:02}", item.code.get() % 100),
            "major" => item.major.clone(),
            "name" => item.name.clone(),
            "domain" => item.domain.clone().unwrap_or_default(),
            "synonyms" => item.synonyms.join(self.separator()),
            "filing" => c.filing.clone(),
            "closing" => c.closing.clone(),
            "basis" => c.basis.clone(),
            // What could not be read goes out as it came in.
            _ if c.draft && c.printed.contains_key(column) => c.printed[column].clone(),
            "limit" => self.limit()?,
            "lead" => self.parties(c.lead.iter())?,
            "parties" => self.all()?,
            _ => self.parties(c.supervisors.iter())?,
        })
    }

    fn separator(&self) -> &str {
        self.layout.parties.separators.first().map_or("、", String::as_str)
    }

    fn limit(&self) -> Result<String, Refusal> {
        let write = |l: Limit| {
            let mut words = self.layout.limits.iter();
            let word = words.find(|(w, _)| self.layout.limit_unit(w) == Some(l.unit()));
            word.map(|(w, _)| format!("{}{w}", l.n())).ok_or_else(|| {
                self.refuse(
                    format!("没有表示“{}”的词", l.unit().zh()),
                    format!("no word means “{}”", l.unit().en()),
                )
            })
        };
        let Some(base) = self.c.limit else {
            return Ok(String::new());
        };
        let mut text = write(base)?;
        for s in &self.c.seasons {
            let mut words = self.layout.seasons.iter();
            let word = words.find(|(_, w)| (w.from, w.to) == (s.from, s.to)).ok_or_else(|| {
                self.refuse(
                    format!("没有表示 {}–{} 的季节词", s.from, s.to),
                    format!("no season word means {}–{}", s.from, s.to),
                )
            })?;
            text = format!("{text}；{}{}", word.0, write(s.limit)?);
        }
        Ok(text)
    }

    /// The parties in one cell. Where the lead has no column of its own the rule must say again who leads.
    fn all(&self) -> Result<String, Refusal> {
        let c = self.c;
        let others: Vec<&Party> = c.parties.iter().map(|p| &p.party).collect();
        let own = self.layout.columns.lead.is_some();
        let rule = self.layout.parties.lead;
        let would_lead = match rule {
            _ if own && c.lead.is_some() => None,
            LeadRule::Only => (c.lead.iter().count() + others.len() == 1).then(|| c.lead.as_ref()),
            LeadRule::First => c.lead.iter().chain(others.iter().copied()).next().map(|_| c.lead.as_ref()),
            LeadRule::None => None,
        };
        let fits = match (own && c.lead.is_some(), would_lead, &c.lead) {
            (true, _, _) => true,
            (_, Some(lead), _) => lead.is_some(),
            (_, None, lead) => lead.is_none(),
        };
        let part = if c.lead.is_some() { Part::Assisting } else { Part::Candidate };
        if !fits || c.parties.iter().any(|p| p.part != part) {
            return Err(
                self.refuse("映射的规则会另定主责单位".into(), "its rule would name another lead".into())
            );
        }
        let lead = c.lead.iter().filter(|_| !own);
        self.parties(lead.chain(others))
    }

    fn parties<'p>(&self, parties: impl Iterator<Item = &'p Party>) -> Result<String, Refusal> {
        let mut words = Vec::new();
        for party in parties {
            words.push(match party {
                Party::Unit(id) => {
                    let id = self.units.now(*id);
                    let name = self.units.name(id).ok_or_else(|| {
                        self.refuse(format!("没有单位 {id}"), format!("there is no unit {id}"))
                    })?;
                    let whole = self.layout.pieces(name) == [name] && self.layout.spellings(name) == [name];
                    if !whole || self.layout.role(name).is_some() {
                        return Err(self.refuse(
                            format!("单位名“{name}”按此映射会读成别的"),
                            format!("the unit name “{name}” would be read as something else"),
                        ));
                    }
                    name.to_owned()
                }
                Party::Role(code) => {
                    let own = self.layout.roles.get(code).and_then(|r| r.words.first().cloned());
                    let regions = || {
                        let role = self.roles.role(code).filter(|_| self.layout.parties.region_roles)?;
                        Some(role.zh.clone())
                    };
                    own.or_else(regions).ok_or_else(|| {
                        self.refuse(
                            format!("没有表示角色 {code} 的词"),
                            format!("no word means the role {code}"),
                        )
                    })?
                }
            });
        }
        Ok(words.join(self.separator()))
    }
}

/// The layout of exports that name no mapping.
const STANDARD: &str = include_str!("standard.toml");

/// A version by a mapping, or by the program's own layout; that one gets a word for each part of the year in use.
/// Those with [`Power::ReadBase`] in the region.
pub struct ExportItems {
    /// Of which region.
    pub region: Region,
    /// Which version; the one in force when absent.
    pub version: Option<i64>,
    /// By which layout; the program's own when absent.
    pub layout: Option<Arc<Layout>>,
}

impl Read for ExportItems {
    type Out = Written;

    async fn run(&self, tx: &mut Tx) -> Result<Written, Refusal> {
        tx.actor().may(Power::ReadBase, Some(self.region))?;
        let version = match self.version {
            Some(v) => stored::catalogue(tx, self.region, v).await?,
            None => stored::in_force(tx, self.region).await?,
        };
        let version = version.ok_or_else(|| NOT_FOUND.refuse())?.version;
        let items = stored::items(tx, self.region, version).await?;
        let units = areas::units_by_spelling(tx, self.region).await?;
        let roles = RoleBook::load(tx, self.region).await?;
        match &self.layout {
            Some(layout) => write_rows(layout, &items, &units, &roles),
            None => {
                let mut layout = Layout::parse(STANDARD)?;
                for s in items.iter().flat_map(|i| &i.conditions).flat_map(|c| &c.seasons) {
                    layout.seasons.insert(format!("{}~{} ", s.from, s.to), Season { from: s.from, to: s.to });
                }
                write_rows(&layout, &items, &units, &roles)
            }
        }
    }
}

/// In which format a table goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetFormat {
    /// Comma-separated values, UTF-8 with BOM.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

impl SheetFormat {
    /// By the ending of a file's name.
    pub fn of(name: &str) -> Option<SheetFormat> {
        let name = name.to_lowercase();
        if name.ends_with(".csv") {
            Some(SheetFormat::Csv)
        } else if name.ends_with(".xlsx") {
            Some(SheetFormat::Xlsx)
        } else {
            None
        }
    }

    /// The file.
    pub fn file(self, written: Written) -> Result<Vec<u8>, Refusal> {
        match self {
            SheetFormat::Csv => Ok(write_csv(&written.header, &written.rows)),
            SheetFormat::Xlsx => {
                let sheet = Sheet { name: "items".into(), header: written.header, rows: written.rows };
                write_xlsx(&[sheet]).map_err(|e| store::rules::INTERNAL.refuse().because(e))
            }
        }
    }

    const fn kind(self) -> (&'static str, &'static str) {
        match self {
            SheetFormat::Csv => ("text/csv; charset=utf-8", "csv"),
            SheetFormat::Xlsx => {
                ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
            }
        }
    }
}

/// Which format.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// In which format.
    #[param(inline)]
    format: SheetFormat,
}

/// A version of the catalogue as a table, a row for each condition, in the program's own layout. Staff of the region.
#[utoipa::path(get, path = "/api/regions/{region}/catalogues/{version}/export", operation_id = "export_items",
    tag = "items", params(("region" = Region, Path), ("version" = i64, Path, minimum = 1), ExportQuery),
    responses((status = 200, description = "The file", content((Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub(crate) async fn export_items(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf((region, version)): PathOf<(Region, i64)>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let work = ExportItems { region, version: Some(version), layout: None };
    let written = house.db().read(&actor, work).await?;
    let made = tokio::task::spawn_blocking(move || query.format.file(written)).await;
    let bytes = made.map_err(|e| store::rules::INTERNAL.refuse().because(e))??;
    let (kind, ext) = query.format.kind();
    let named = HeaderValue::from_str(&format!("attachment; filename=\"items-{region}-{version}.{ext}\""));
    let named = named.unwrap_or(HeaderValue::from_static("attachment"));
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, bytes).into_response())
}
