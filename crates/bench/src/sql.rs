//! A look into the database past the server, one text for both.

use crate::{Fallible, server::Place};
use rusqlite::{Connection, types::ValueRef};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// A row of texts.
pub type TextRow = Vec<Option<String>>;

/// A database.
pub enum Sql {
    /// SQLite.
    Lite(Connection),
    /// PostgreSQL.
    Pg(Client),
}

/// Connects to a PostgreSQL database.
pub async fn connect(url: &str) -> Fallible<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes a fresh database on a server and gives its address.
pub async fn fresh(admin: &str, name: &str) -> Fallible<String> {
    connect(admin).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let (start, query) = admin.split_once('?').map_or((admin, String::new()), |(a, q)| (a, format!("?{q}")));
    let at = start.rfind('/').ok_or("the address names no database")?;
    Ok(format!("{}/{name}{query}", &start[..at]))
}

impl Sql {
    /// Opens the database of a place.
    pub async fn of(place: &Place) -> Fallible<Sql> {
        match &place.url {
            Some(url) => Ok(Sql::Pg(connect(url).await?)),
            None => {
                let conn = Connection::open(place.file())?;
                conn.busy_timeout(std::time::Duration::from_secs(15))?;
                Ok(Sql::Lite(conn))
            }
        }
    }

    /// Whether it is PostgreSQL.
    pub fn on_postgres(&self) -> bool {
        matches!(self, Sql::Pg(_))
    }

    /// The text with `idhex(column)!` written for this database: 32 lower-case digits of a UUID.
    fn text(&self, sql: &str) -> String {
        match self {
            Sql::Lite(_) => sql.replace("idhex(", "lower(hex(").replace(")!", "))"),
            Sql::Pg(_) => sql.replace("idhex(", "replace((").replace(")!", ")::text, '-', '')"),
        }
    }

    /// Rows as texts. A UUID column is written `idhex(column)!`.
    pub async fn rows(&self, sql: &str) -> Fallible<Vec<TextRow>> {
        let sql = self.text(sql);
        match self {
            Sql::Lite(conn) => {
                let mut statement = conn.prepare(&sql)?;
                let n = statement.column_count();
                let mut rows = statement.query([])?;
                let mut all = Vec::new();
                while let Some(row) = rows.next()? {
                    let mut texts = Vec::with_capacity(n);
                    for i in 0..n {
                        texts.push(match row.get_ref(i)? {
                            ValueRef::Null => None,
                            ValueRef::Integer(n) => Some(n.to_string()),
                            ValueRef::Real(r) => Some(r.to_string()),
                            ValueRef::Text(t) | ValueRef::Blob(t) => {
                                Some(String::from_utf8_lossy(t).into_owned())
                            }
                        });
                    }
                    all.push(texts);
                }
                Ok(all)
            }
            Sql::Pg(client) => {
                let mut all = Vec::new();
                for m in client.simple_query(&sql).await? {
                    if let SimpleQueryMessage::Row(row) = m {
                        all.push((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect());
                    }
                }
                Ok(all)
            }
        }
    }

    /// One number.
    pub async fn number(&self, sql: &str) -> Fallible<i64> {
        let rows = self.rows(sql).await?;
        Ok(rows.first().and_then(|r| r.first()?.as_deref()?.parse().ok()).unwrap_or(0))
    }

    /// Changes something: for tampering and for filling.
    pub async fn change(&self, sql: &str) -> Fallible<()> {
        let sql = self.text(sql);
        match self {
            Sql::Lite(conn) => conn.execute_batch(&sql)?,
            Sql::Pg(client) => {
                let done = client.batch_execute(&sql).await;
                done.map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string))?;
            }
        }
        Ok(())
    }

    /// Rows of each table of ours, by name.
    pub async fn counts(&self) -> Fallible<Vec<(String, i64)>> {
        let names = match self {
            Sql::Lite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            }
            Sql::Pg(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
        };
        let mut all = Vec::new();
        for row in self.rows(names).await? {
            let Some(Some(name)) = row.into_iter().next() else { continue };
            let n = self.number(&format!("SELECT count(*) FROM {name}")).await?;
            all.push((name, n));
        }
        all.sort();
        Ok(all)
    }
}
