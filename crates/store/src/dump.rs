//! Whole tables out of one snapshot and into a fresh database, in a form neither database owns: what
//! was saved from SQLite can be restored into PostgreSQL and the other way round.

use crate::{Db, Row, StoreError, Value, postgres::PgTx, sqlite};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt, pin_mut};
use kernel::Refusal;

/// The columns of a table as both databases know them, by name in their order.
async fn columns(pg: &mut PgTx, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let rows = pg
        .query(
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
            vec![table.into()],
        )
        .await?;
    rows.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect()
}

fn sqlite_columns(conn: &rusqlite::Connection, table: &str) -> Result<Vec<String>, StoreError> {
    let mut stmt = conn.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = stmt.query_map([table], |r| r.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(names)
}

/// A name from our own schema, quoted; anything else is refused.
fn quoted(name: &str) -> Result<String, StoreError> {
    let plain =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain {
        Ok(format!("\"{name}\""))
    } else {
        Err(StoreError::Internal(format!("{name:?} is no name of our schema")))
    }
}

/// One snapshot of the whole database, read table by table while others go on writing.
pub struct Dump(Source);

enum Source {
    Sqlite(rusqlite::Connection),
    Postgres(PgTx),
}

impl Db {
    /// Opens a snapshot for saving.
    pub async fn dump(&self) -> Result<Dump, Refusal> {
        if let Some(path) = self.sqlite_path() {
            let conn = sqlite::connect(path, 8 * 1024)?;
            conn.execute_batch("BEGIN; SELECT count(*) FROM migrations;").map_err(StoreError::from)?;
            return Ok(Dump(Source::Sqlite(conn)));
        }
        let pool = self.pool().ok_or_else(|| StoreError::Internal("no database".into()))?;
        let client = pool.get().await.map_err(StoreError::from)?;
        let mut tx = PgTx::new(client, PgTx::READ);
        tx.query("SELECT count(*) FROM migrations", vec![]).await?;
        Ok(Dump(Source::Postgres(tx)))
    }

    /// Opens a fresh database for loading.
    pub async fn load(&self) -> Result<Load, Refusal> {
        if let Some(path) = self.sqlite_path() {
            let conn = sqlite::connect(path, 32 * 1024)?;
            conn.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys=ON;").map_err(StoreError::from)?;
            return Ok(Load(Source::Sqlite(conn)));
        }
        let pool = self.pool().ok_or_else(|| StoreError::Internal("no database".into()))?;
        let client = pool.get().await.map_err(StoreError::from)?;
        Ok(Load(Source::Postgres(PgTx::new(client, PgTx::WRITE))))
    }
}

impl Dump {
    /// Gives every row of `table` to `each`, the columns' names first. Order is the table's own.
    pub async fn table(
        &mut self,
        table: &str,
        mut each: impl FnMut(&[String], Vec<Value>) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let from = quoted(table)?;
        let mut n = 0;
        match &mut self.0 {
            Source::Sqlite(conn) => {
                let names = sqlite_columns(conn, table)?;
                let list = names.iter().map(|c| quoted(c)).collect::<Result<Vec<_>, _>>()?.join(",");
                let mut stmt =
                    conn.prepare(&format!("SELECT {list} FROM {from}")).map_err(StoreError::from)?;
                let mut rows = stmt.query([]).map_err(StoreError::from)?;
                while let Some(row) = rows.next().map_err(StoreError::from)? {
                    let mut row = Row::sqlite(row);
                    let values = (0..names.len()).map(|_| row.value()).collect::<Result<Vec<_>, _>>()?;
                    each(&names, values)?;
                    n += 1;
                }
            }
            Source::Postgres(pg) => {
                let names: Vec<String> =
                    columns(pg, table).await?.into_iter().map(|(name, _)| name).collect();
                let list = names.iter().map(|c| quoted(c)).collect::<Result<Vec<_>, _>>()?.join(",");
                let rows = pg.stream(&format!("SELECT {list} FROM {from}")).await?;
                pin_mut!(rows);
                while let Some(row) = rows.next().await {
                    let row = row.map_err(StoreError::from)?;
                    let mut row = Row::postgres(&row);
                    let values = (0..names.len()).map(|_| row.value()).collect::<Result<Vec<_>, _>>()?;
                    each(&names, values)?;
                    n += 1;
                }
            }
        }
        Ok(n)
    }
}

/// A fresh database being loaded in one transaction: nothing is there until [`Load::done`].
pub struct Load(Source);

impl Load {
    /// Puts rows into `table`; `names` are the columns of each row, in order.
    pub async fn table(
        &mut self,
        table: &str,
        names: &[String],
        rows: &mut (dyn Iterator<Item = Result<Vec<Value>, Refusal>> + Send),
    ) -> Result<u64, Refusal> {
        let into = quoted(table)?;
        let list = names.iter().map(|c| quoted(c)).collect::<Result<Vec<_>, _>>()?.join(",");
        let mut n = 0;
        match &mut self.0 {
            Source::Sqlite(conn) => {
                let places = (1..=names.len()).map(|i| format!("?{i}")).collect::<Vec<_>>().join(",");
                let mut stmt = conn
                    .prepare(&format!("INSERT INTO {into} ({list}) VALUES ({places})"))
                    .map_err(StoreError::from)?;
                for row in rows {
                    stmt.execute(rusqlite::params_from_iter(row?)).map_err(StoreError::from)?;
                    n += 1;
                }
            }
            Source::Postgres(pg) => {
                let types = columns(pg, table).await?;
                let kinds = names
                    .iter()
                    .map(|name| {
                        types
                            .iter()
                            .find(|(c, _)| c == name)
                            .map(|(_, ty)| ty.clone())
                            .ok_or_else(|| StoreError::Internal(format!("{table} has no column {name}")))
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                let sink = pg.copy_in(&format!("COPY {into} ({list}) FROM STDIN BINARY")).await?;
                pin_mut!(sink);
                // The binary COPY format: https://www.postgresql.org/docs/15/sql-copy.html
                let mut out = BytesMut::new();
                out.put_slice(b"PGCOPY\n\xff\r\n\0");
                out.put_i64(0);
                for row in rows {
                    let row = row?;
                    out.put_i16(row.len() as i16);
                    for (value, kind) in row.iter().zip(&kinds) {
                        copy_value(&mut out, value, kind)?;
                    }
                    n += 1;
                    if out.len() > 1 << 16 {
                        sink.send(out.split().freeze()).await.map_err(StoreError::from)?;
                    }
                }
                out.put_i16(-1);
                sink.send(Bytes::from(out)).await.map_err(StoreError::from)?;
                sink.finish().await.map_err(StoreError::from)?;
            }
        }
        Ok(n)
    }

    /// Makes everything loaded there, durably.
    pub async fn done(self) -> Result<(), Refusal> {
        match self.0 {
            Source::Sqlite(conn) => conn.execute_batch("COMMIT").map_err(StoreError::from)?,
            Source::Postgres(mut pg) => {
                // Identity columns go on after what was loaded.
                let rows = pg
                    .query(
                        "SELECT table_name::text FROM information_schema.columns
                         WHERE table_schema = current_schema() AND is_identity = 'YES' AND column_name = 'id'",
                        vec![],
                    )
                    .await?;
                for row in rows {
                    let table: String = row.try_get(0).map_err(StoreError::from)?;
                    let name = quoted(&table)?;
                    pg.batch(&format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest((SELECT max(id) FROM {name}), 1))"
                    ))
                    .await?;
                }
                pg.commit().await?;
            }
        }
        Ok(())
    }
}

fn copy_value(out: &mut BytesMut, value: &Value, kind: &str) -> Result<(), StoreError> {
    let bad = || StoreError::Internal(format!("a value of the backup does not fit {kind}"));
    match (value, kind) {
        (Value::Null, _) => out.put_i32(-1),
        (Value::Bool(b), "boolean") => {
            out.put_i32(1);
            out.put_u8(u8::from(*b));
        }
        (Value::Int(n @ (0 | 1)), "boolean") => {
            out.put_i32(1);
            out.put_u8(*n as u8);
        }
        (Value::Int(n), "bigint") => {
            out.put_i32(8);
            out.put_i64(*n);
        }
        (Value::Real(x), "double precision") => {
            out.put_i32(8);
            out.put_f64(*x);
        }
        (Value::Text(t), "text") => {
            out.put_i32(i32::try_from(t.len()).map_err(|_| bad())?);
            out.put_slice(t.as_bytes());
        }
        (Value::Bytes(b), "bytea") | (Value::Bytes(b), "uuid") => {
            out.put_i32(i32::try_from(b.len()).map_err(|_| bad())?);
            out.put_slice(b);
        }
        (Value::Uuid(u), "uuid") => {
            out.put_i32(16);
            out.put_slice(u.as_bytes());
        }
        _ => return Err(bad()),
    }
    Ok(())
}
