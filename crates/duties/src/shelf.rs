//! What a region's questions need, in memory as long as it is true.

use crate::{
    DutyBook, DutyRow, Matrix, Report,
    load::{Load, Loaded, Stamp, Stored},
    spots::Spots,
};
use edge::House;
use kernel::{Actor, Moment, Power, Refusal, Region};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};
use store::rules;

/// Regions kept at once.
const KEPT: usize = 64;

#[derive(Default)]
pub(crate) struct Shelf(Mutex<HashMap<Region, Arc<Slot>>>);

/// One region's place. Its locks are held while something is made, so that many who ask wait for one making.
#[derive(Default)]
pub(crate) struct Slot {
    kept: tokio::sync::Mutex<Option<Arc<Kept>>>,
    checked: tokio::sync::Mutex<Option<Arc<Checked>>>,
}

/// A region's duties at one state.
pub(crate) struct Kept {
    pub(crate) book: Arc<DutyBook>,
    pub(crate) rows: Arc<Vec<DutyRow>>,
    stamp: Stamp,
    others: BTreeMap<Region, Stamp>,
    /// From when on its cells are cut: places and areas that had ended by then are left out.
    made: Moment,
}

/// What the check found.
pub(crate) struct Checked {
    pub(crate) matrix: Matrix,
    pub(crate) report: Report,
    /// How long asking took, in ms; an edit asks only what it touches.
    pub(crate) took_ms: f64,
}

fn slot(house: &House, region: Region) -> Arc<Slot> {
    let shelf = house.keep::<Shelf>();
    let mut slots = shelf.0.lock().unwrap_or_else(|e| e.into_inner());
    if slots.len() >= KEPT && !slots.contains_key(&region) {
        slots.clear();
    }
    slots.entry(region).or_default().clone()
}

/// The duties of a region as they are now, from memory where that is still true.
pub(crate) async fn kept(house: &House, region: Region) -> Result<Arc<Kept>, Refusal> {
    let slot = slot(house, region);
    let mut kept = slot.kept.lock().await;
    let known = kept.as_ref().map(|k| (k.stamp, k.others.clone()));
    let now = house.db().world().now();
    let fresh = match house.db().read(&Actor::system("duties"), Load { region, known }).await? {
        Loaded::Same => None,
        Loaded::Duties(stamp, rows) => kept.as_ref().map(|was| {
            let duties = rows.iter().map(|r| r.duty.clone()).collect();
            Kept {
                book: Arc::new(was.book.with_duties(duties)),
                rows: Arc::new(rows),
                stamp,
                others: was.others.clone(),
                made: was.made,
            }
        }),
        // Laying places over grids takes a while: not on the threads that answer others.
        Loaded::All(own, others) => {
            let made = tokio::task::spawn_blocking(move || make(*own, others, now)).await;
            Some(made.map_err(|e| rules::INTERNAL.refuse().because(e))?)
        }
    };
    if let Some(fresh) = fresh {
        *kept = Some(Arc::new(fresh));
    }
    kept.clone().ok_or_else(|| rules::INTERNAL.refuse().because("duties that were neither kept nor read"))
}

fn make(mut own: Stored, others: Vec<Stored>, now: Moment) -> Kept {
    let maps: Vec<(Region, Spots)> = others.iter().map(|o| (o.region, Spots::new(o, now))).collect();
    let neighbours: BTreeMap<Region, Arc<DutyBook>> = others
        .iter()
        // The other region is asked about single spots only: it needs no cells.
        .map(|o| (o.region, Arc::new(DutyBook::new(o.bare_world(), BTreeMap::new()))))
        .collect();
    let book = DutyBook::new(own.world(&maps, now), neighbours);
    Kept {
        book: Arc::new(book),
        rows: Arc::new(std::mem::take(&mut own.duties)),
        stamp: own.stamp,
        others: others.iter().map(|o| (o.region, o.stamp)).collect(),
        made: now,
    }
}

/// The duties of a region as one book, for whoever asks many questions. Those with [`Power::ReadBase`] there.
pub async fn book(house: &House, actor: &Actor, region: Region) -> Result<Arc<DutyBook>, Refusal> {
    actor.may(Power::ReadBase, Some(region))?;
    Ok(kept(house, region).await?.book.clone())
}

/// What the check of a region finds, as of now: asked again only where something has changed.
pub(crate) async fn checked(house: &House, region: Region) -> Result<Arc<Checked>, Refusal> {
    let kept = kept(house, region).await?;
    let slot = slot(house, region);
    let mut checked = slot.checked.lock().await;
    let now = house.db().world().now();
    if let Some(was) = checked.as_ref().filter(|c| Arc::ptr_eq(c.matrix.book(), &kept.book)) {
        // A day later the same matrix still stands, but some of it has passed.
        if (0..Moment::DAY).contains(&now.since(was.matrix.from())) {
            return Ok(was.clone());
        }
    }
    let was = checked.clone().filter(|c| (0..Moment::DAY).contains(&now.since(c.matrix.from())));
    let began = tokio::time::Instant::now();
    let made = tokio::task::spawn_blocking(move || {
        let matrix = match was {
            Some(was) => was.matrix.after(kept.book.clone()),
            None => Matrix::new(kept.book.clone(), now),
        };
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        let report = Report::new(&matrix);
        Checked { matrix, report, took_ms }
    });
    let made = Arc::new(made.await.map_err(|e| rules::INTERNAL.refuse().because(e))?);
    *checked = Some(made.clone());
    Ok(made)
}
