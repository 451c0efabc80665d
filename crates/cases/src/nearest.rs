//! The grid worker nearest to a place. Nobody's position is asked or kept: near is whose grid is near.

use crate::Case;
use kernel::{AccountId, AreaCode, Refusal, Region};
use store::{Tx, binds};

/// Whether an account holds a grid worker's post now.
pub(crate) async fn is_worker(tx: &mut Tx, region: Region, account: AccountId) -> Result<bool, Refusal> {
    let at = tx.at();
    let post: Option<(i64,)> = tx
        .maybe(
            "SELECT 1 FROM posts p JOIN accounts a ON a.id = p.account
             WHERE p.region = $1 AND p.role = 'grid_worker' AND p.account = $2 AND NOT a.disabled
               AND p.from_at <= $3 AND (p.until_at IS NULL OR p.until_at > $3) LIMIT 1",
            binds![region, account, at],
        )
        .await?;
    Ok(post.is_some())
}

type Candidate = (AccountId, Option<AreaCode>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64);

/// The grid worker whose grid holds the place; else the one whose area lies nearest. Among equals whoever
/// has fewest checks to make. None if there is neither a grid nor a point, or no worker. Whoever has recused
/// themselves is not asked.
pub(crate) async fn worker(tx: &mut Tx, case: &Case) -> Result<Option<AccountId>, Refusal> {
    let at = tx.at();
    let all: Vec<Candidate> = tx
        .all(
            "SELECT p.account, p.area, a.west, a.south, a.east, a.north,
               (SELECT count(*) FROM cases c WHERE c.region = $1 AND c.checker = p.account)
             FROM posts p JOIN accounts u ON u.id = p.account
             LEFT JOIN areas a ON a.region = p.region AND a.code = p.area
               AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $2)
             WHERE p.region = $1 AND p.role = 'grid_worker' AND p.area IS NOT NULL AND NOT u.disabled
               AND p.from_at <= $2 AND (p.until_at IS NULL OR p.until_at > $2)
             ORDER BY p.account",
            binds![case.region, at],
        )
        .await?;
    let covers = |area: &AreaCode| {
        let (low, high) = area.grids();
        case.grid.is_some_and(|g| (low..=high).contains(&g.get()))
    };
    // Smaller areas first: the worker of the grid before one of the whole community.
    let size = |area: &AreaCode| {
        let (low, high) = area.grids();
        high - low
    };
    let away = |c: &Candidate| -> Option<i64> {
        if covers(&c.1?) {
            return Some(0);
        }
        let (lon, lat) = (case.lon?, case.lat?);
        let (x, y) = ((lon * 1e7) as i64, (lat * 1e7) as i64);
        let outside = |v: i64, low: i64, high: i64| (low - v).max(v - high).max(0);
        // A degree of longitude is shorter the farther from the equator.
        let dx = outside(x, c.2?, c.4?) as f64 * lat.to_radians().cos();
        let dy = outside(y, c.3?, c.5?) as f64;
        Some(1 + dx.hypot(dy) as i64)
    };
    let recused = &case.state.side.recused;
    Ok(all
        .iter()
        .filter(|c| !recused.contains(&c.0))
        .filter_map(|c| Some(((away(c)?, size(&c.1?), c.6), c.0)))
        .min_by_key(|(key, _)| *key)
        .map(|(_, account)| account))
}
