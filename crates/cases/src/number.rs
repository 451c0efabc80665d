//! Case numbers: `region-seven digits or more`, leased in blocks so that no write waits for a counter. A
//! process that stops leaves a gap.

use edge::House;
use kernel::{Actor, Refusal, Region};
use std::{collections::HashMap, sync::Mutex};
use store::{Tx, Write, binds};

/// Numbers leased at once.
const BLOCK: i64 = 1000;

#[derive(Default)]
struct Leases(Mutex<HashMap<Region, (i64, i64)>>);

struct Lease(Region);

impl Write for Lease {
    type Out = i64;
    async fn run(&self, tx: &mut Tx) -> Result<i64, Refusal> {
        let (next,): (i64,) = tx
            .one(
                "INSERT INTO number_blocks (region, next) VALUES ($1, $2)
                 ON CONFLICT (region) DO UPDATE SET next = number_blocks.next + $3 RETURNING next",
                binds![self.0, BLOCK + 1, BLOCK],
            )
            .await?;
        Ok(next - BLOCK)
    }
}

/// The next number of a region.
pub(crate) async fn next(house: &House, region: Region) -> Result<String, Refusal> {
    let leases = house.keep::<Leases>();
    let take = |leases: &Leases| {
        let mut all = leases.0.lock().unwrap_or_else(|e| e.into_inner());
        let (next, end) = all.get_mut(&region).map(|(n, e)| (n, *e))?;
        (*next < end).then(|| {
            *next += 1;
            *next - 1
        })
    };
    loop {
        if let Some(n) = take(&leases) {
            return Ok(format!("{region}-{n:07}"));
        }
        let first = house.db().write(&Actor::system("case numbers"), Lease(region)).await?;
        let mut all = leases.0.lock().unwrap_or_else(|e| e.into_inner());
        let lease = all.entry(region).or_insert((0, 0));
        if lease.0 >= lease.1 {
            *lease = (first, first + BLOCK);
        }
    }
}
