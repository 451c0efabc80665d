use crate::{FromRow, Row, Sql, StoreError, Value, postgres::PgTx};
use kernel::{Actor, Moment, World};
use std::sync::Arc;
use vault::Vault;

/// An open transaction (or, for a [`crate::Read`], a snapshot) in the name of an actor.
///
/// Statements use `$1`, `$2`, … on both databases. `at` is the one moment of this transaction:
/// everything it writes bears the same time.
pub struct Tx {
    pub(crate) back: Back,
    pub(crate) actor: Actor,
    pub(crate) world: World,
    pub(crate) at: Moment,
    pub(crate) vault: Arc<Vault>,
}

pub(crate) enum Back {
    Sqlite(rusqlite::Connection),
    Postgres(PgTx),
}

/// SQLite wants `?1` where PostgreSQL wants `$1`. Done for every statement of every transaction, so by whole
/// pieces: a character at a time it took a tenth of a move.
pub(crate) fn sqlite_text(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut pieces = sql.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push(if piece.starts_with(|c: char| c.is_ascii_digit()) { '?' } else { '$' });
        out.push_str(piece);
    }
    out
}

impl Tx {
    /// In whose name.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The moment of this transaction.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// Time and randomness.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The keys.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Whether this runs on PostgreSQL: only for the few files that exist once per dialect.
    pub fn on_postgres(&self) -> bool {
        matches!(self.back, Back::Postgres(_))
    }

    /// Every row.
    pub async fn all<T: FromRow>(
        &mut self,
        sql: impl Into<Sql>,
        binds: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = sql.into();
        match &mut self.back {
            Back::Sqlite(conn) => {
                let mut stmt = conn.prepare_cached(&sqlite_text(&sql.0))?;
                let mut rows = stmt.query(rusqlite::params_from_iter(&binds))?;
                let mut out = Vec::new();
                while let Some(row) = rows.next()? {
                    out.push(T::from_row(&mut Row::sqlite(row))?);
                }
                Ok(out)
            }
            Back::Postgres(pg) => {
                let rows = pg.query(&sql.0, binds).await?;
                rows.iter().map(|r| T::from_row(&mut Row::postgres(r))).collect()
            }
        }
    }

    /// The first row, if any.
    pub async fn maybe<T: FromRow>(
        &mut self,
        sql: impl Into<Sql>,
        binds: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        let sql = sql.into();
        match &mut self.back {
            Back::Sqlite(conn) => {
                let mut stmt = conn.prepare_cached(&sqlite_text(&sql.0))?;
                let mut rows = stmt.query(rusqlite::params_from_iter(&binds))?;
                rows.next()?.map(|row| T::from_row(&mut Row::sqlite(row))).transpose()
            }
            Back::Postgres(pg) => {
                let rows = pg.query(&sql.0, binds).await?;
                rows.first().map(|r| T::from_row(&mut Row::postgres(r))).transpose()
            }
        }
    }

    /// The one row there must be.
    pub async fn one<T: FromRow>(&mut self, sql: impl Into<Sql>, binds: Vec<Value>) -> Result<T, StoreError> {
        let row = self.maybe(sql, binds).await?;
        row.ok_or_else(|| StoreError::Internal("a row that must exist does not".into()))
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn run(&mut self, sql: impl Into<Sql>, binds: Vec<Value>) -> Result<u64, StoreError> {
        let sql = sql.into();
        match &mut self.back {
            Back::Sqlite(conn) => run_sqlite(conn, &sql.0, &binds),
            Back::Postgres(pg) => pg.execute(&sql.0, binds).await,
        }
    }

    /// Runs a statement whose count nobody needs. On PostgreSQL it travels with the next question or
    /// the commit; if it fails, the whole transaction does.
    pub async fn put(&mut self, sql: impl Into<Sql>, binds: Vec<Value>) -> Result<(), StoreError> {
        let sql = sql.into();
        match &mut self.back {
            Back::Sqlite(conn) => run_sqlite(conn, &sql.0, &binds).map(drop),
            Back::Postgres(pg) => pg.put(&sql.0, binds).await,
        }
    }

    /// Runs several statements of a migration.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match &mut self.back {
            Back::Sqlite(conn) => Ok(conn.execute_batch(sql)?),
            Back::Postgres(pg) => pg.batch(sql).await,
        }
    }
}

fn run_sqlite(conn: &rusqlite::Connection, sql: &str, binds: &[Value]) -> Result<u64, StoreError> {
    let mut stmt = conn.prepare_cached(&sqlite_text(sql))?;
    Ok(stmt.execute(rusqlite::params_from_iter(binds))? as u64)
}
