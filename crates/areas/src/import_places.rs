//! Named places from a file of polygons: every feature is judged first, then all are written, or none.

use crate::{
    Became, CRS_REFUSED, FIELD_MISSING, FILE_EMPTY, FILE_TOO_LONG, Message, Place, PlaceClass,
    REGION_MISSING, Weight,
    import::{geographic, geometry, short},
    import_units::derived,
    normal, places, put_place, region,
};
use audit::Note;
use gis::{Feature, Layer, text_of};
use kernel::{Checks, Moment, PlaceId, Power, Refusal, Region};
use serde::Serialize;
use serde_json::json;
use space::Crs;
use std::{collections::HashMap, sync::Arc};
use store::{Tx, Write};
use utoipa::ToSchema;

/// Features of a file at the most.
const MOST: usize = 50_000;

/// Classes as files in Chinese name them.
const CLASSES: [(PlaceClass, &[&str]); 8] = [
    (PlaceClass::Estate, &["小区", "住宅小区", "居住区", "residential"]),
    (PlaceClass::Road, &["道路", "路段", "街巷"]),
    (PlaceClass::Park, &["公园", "广场", "绿地"]),
    (PlaceClass::Market, &["市场", "商场", "农贸市场"]),
    (PlaceClass::Campus, &["校园", "学校", "医院", "院落", "school", "hospital"]),
    (PlaceClass::Building, &["楼宇", "建筑", "大厦"]),
    (PlaceClass::Facility, &["设施"]),
    (PlaceClass::Other, &["其他"]),
];

/// Imports named places: all features, or none when one is refused. Data stewards of the region.
///
/// A feature means the place of its name and class that has not ended; else a new one, whose id follows from
/// both. Told twice, the second changes nothing.
pub struct ImportPlaces {
    /// Into which region.
    pub region: Region,
    /// The file's features.
    pub layer: Arc<Layer>,
    /// The field of the name.
    pub name: String,
    /// The field of the class; without it all are of `class_is`.
    pub class: Option<String>,
    /// The class of those whose field is empty, or of all.
    pub class_is: Option<PlaceClass>,
    /// The coordinate system of the positions.
    pub crs: Crs,
    /// From when on new ones are places; now when left out.
    pub from_at: Option<Moment>,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// What became of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaceOutcome {
    /// Which one of the file, from 1.
    pub number: usize,
    /// In which physical line it begins, where the format has lines.
    pub line: Option<usize>,
    /// The place it means.
    pub id: Option<PlaceId>,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Became,
    /// What there is to say about it.
    pub messages: Vec<Message>,
}

/// What an import of places did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlacesOutcome {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether anything was written: all of it, or nothing.
    pub written: bool,
    /// Places that were not there before.
    pub new: usize,
    /// Places that are different.
    pub changed: usize,
    /// Features that changed nothing.
    pub unchanged: usize,
    /// Features refused; with one, nothing is written.
    pub refused: usize,
    /// What there is to say about the file as a whole.
    pub notes: Vec<Message>,
    /// Every feature, in the order of the file.
    pub features: Vec<PlaceOutcome>,
}

fn class_of(text: &str) -> Option<PlaceClass> {
    let asked = normal(text);
    let named =
        CLASSES.iter().find(|(c, words)| c.code() == asked || words.iter().any(|w| normal(w) == asked));
    named.map(|(c, _)| *c)
}

type Drawn = (PlaceOutcome, Option<Place>);

impl ImportPlaces {
    fn check(&self) -> Result<(), Refusal> {
        if self.layer.features.is_empty() {
            return Err(FILE_EMPTY.refuse());
        }
        if self.layer.features.len() > MOST {
            return Err(FILE_TOO_LONG.refuse().with("n", self.layer.features.len()));
        }
        for (what, field) in [("name", Some(&self.name)), ("class", self.class.as_ref())] {
            if let Some(field) = field
                && !self.layer.fields.contains(field)
            {
                let there = self.layer.fields.join("、");
                return Err(FIELD_MISSING.field(what).with("field", field).with("fields", there));
            }
        }
        if let Some(named) = self.layer.crs.as_ref().filter(|n| !geographic(n)) {
            return Err(CRS_REFUSED.field("crs").with("named", short(named)));
        }
        Ok(())
    }

    /// A feature against the places there are.
    fn feature(&self, feature: &Feature, there: &HashMap<(String, PlaceClass), Place>, now: Moment) -> Drawn {
        let field =
            |field: &str| feature.properties.get(field).map(text_of).unwrap_or_default().trim().to_owned();
        let name = field(&self.name);
        let mut messages = Vec::new();
        let mut checks = Checks::new();
        checks.text(&self.name, &name, 1..=100);
        let said = self.class.as_ref().map(|f| field(f)).filter(|c| !c.is_empty());
        let class = match &said {
            Some(text) => class_of(text).or_else(|| {
                let all: Vec<&str> = CLASSES.iter().map(|(c, _)| c.code()).collect();
                let zh = format!("没有类别“{text}”；可用：{}。", all.join("、"));
                let en = format!("There is no class “{text}”; takes {}.", all.join(", "));
                checks.fault("class", "place.bad_class", zh, en);
                None
            }),
            None => self.class_is.or_else(|| {
                let (zh, en) = ("没有写明类别。", "Has no class; name one for those without (--class-is).");
                checks.fault("class", "place.no_class", zh, en);
                None
            }),
        };
        if let Err(refusal) = checks.done() {
            messages.extend(refusal.fields().iter().map(|f| {
                Message::fault(f.code, format!("“{}”：{}", f.field, f.zh), format!("{}: {}", f.field, f.en))
            }));
        }
        let (shape, _) = geometry(&feature.geometry, self.crs, &mut messages);
        if shape.is_none() && !messages.iter().any(|m| m.weight == Weight::Fault) {
            messages.clear();
            messages.push(Message::fault("place.no_boundary", "没有边界。", "Has no boundary."));
        }
        let mut outcome = PlaceOutcome {
            number: feature.number,
            line: feature.line,
            id: None,
            name: name.clone(),
            outcome: Became::Refused,
            messages,
        };
        let refused = outcome.messages.iter().any(|m| m.weight == Weight::Fault);
        let (Some(class), Some(shape), false) = (class, shape, refused) else { return (outcome, None) };
        let was = there.get(&(normal(&name), class));
        let new = || PlaceId(derived(&format!("place/{}/{}/{}", self.region, class.code(), normal(&name))));
        let is = Place {
            id: was.map_or_else(new, |w| w.id),
            name,
            class,
            shape,
            from_at: was.map(|w| w.from_at).or(self.from_at).unwrap_or(now),
            until_at: was.and_then(|w| w.until_at),
        };
        outcome.id = Some(is.id);
        outcome.outcome = match was {
            None => Became::New,
            Some(w) if *w != is => Became::Changed,
            Some(_) => Became::Unchanged,
        };
        (outcome, Some(is))
    }
}

/// Places that stand in the file twice: neither feature is taken.
fn twice(drawn: &mut [Drawn]) {
    let mut first: HashMap<PlaceId, usize> = HashMap::new();
    for i in 0..drawn.len() {
        let Some(id) = drawn[i].0.id else { continue };
        let Some(&other) = first.get(&id) else {
            first.insert(id, i);
            continue;
        };
        let (a, b) = (drawn[other].0.number, drawn[i].0.number);
        for (at, n) in [(i, a), (other, b)] {
            let (outcome, _) = &mut drawn[at];
            if !outcome.messages.iter().any(|m| m.code == "place.twice") {
                let zh = format!(
                    "同名同类的地点在文件中出现多次，另见第 {n} 个要素；请合为一个多部件多边形或改名。"
                );
                let en = format!(
                    "A place of this name and class stands in the file more than once, also at feature {n}; make them one polygon of several parts, or name them apart."
                );
                outcome.messages.push(Message::fault("place.twice", zh, en));
                outcome.outcome = Became::Refused;
            }
        }
    }
}

impl Write for ImportPlaces {
    type Out = PlacesOutcome;

    async fn run(&self, tx: &mut Tx) -> Result<PlacesOutcome, Refusal> {
        tx.actor().may(Power::EditAreas, Some(self.region))?;
        self.check()?;
        if !region::region_exists(tx, self.region).await? {
            return Err(REGION_MISSING.refuse().with("region", self.region));
        }
        let now = tx.at();
        let all = places::all(tx, self.region).await?;
        let open = all.iter().filter(|p| p.until_at.is_none_or(|u| u > now));
        let there = open.map(|p| ((normal(&p.name), p.class), p.clone())).collect();
        let mut drawn: Vec<Drawn> =
            self.layer.features.iter().map(|f| self.feature(f, &there, now)).collect();
        // The id that follows from a name may be that of a place that has ended: that one stays as it was.
        for (outcome, is) in &mut drawn {
            if let Some(is) = is
                && outcome.outcome == Became::New
                && all.iter().any(|p| p.id == is.id)
            {
                is.id = PlaceId(derived(&format!("place/{}/{}/{}", self.region, is.id, is.from_at.0)));
                outcome.id = Some(is.id);
            }
        }
        twice(&mut drawn);
        let count = |became| drawn.iter().filter(|(o, _)| o.outcome == became).count();
        let (new, changed, refused) = (count(Became::New), count(Became::Changed), count(Became::Refused));
        let written = !self.dry_run && refused == 0 && new + changed > 0;
        if written {
            for (outcome, is) in &drawn {
                if let Some(is) = is
                    && outcome.outcome != Became::Unchanged
                {
                    put_place::write(tx, self.region, is).await?;
                }
            }
            region::bump(tx, self.region).await?;
            let note = Note {
                region: self.region,
                action: "place.import",
                object: format!("region/{}", self.region),
                detail: json!({ "features": drawn.len(), "new": new, "changed": changed }),
            };
            audit::record(tx, note, None).await?;
        }
        Ok(PlacesOutcome {
            dry_run: self.dry_run,
            written,
            new,
            changed,
            unchanged: count(Became::Unchanged),
            refused,
            notes: self.layer.notes.iter().cloned().map(Message::from).collect(),
            features: drawn.into_iter().map(|(outcome, _)| outcome).collect(),
        })
    }
}
