//! PostgreSQL: one transaction for each write, statements sent ahead of their answers.

use crate::{StoreError, Value};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::{FutureExt, future::BoxFuture};
use std::time::Duration;
use tokio_postgres::{NoTls, Statement, types::ToSql};

pub(crate) fn pool(url: &str, size: usize) -> Result<Pool, StoreError> {
    let mut config: tokio_postgres::Config =
        url.parse().map_err(|e: tokio_postgres::Error| StoreError::Unavailable(e.to_string()))?;
    config.application_name("jingwei");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(Duration::from_secs(10)))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build()
        .map_err(|e| StoreError::Unavailable(e.to_string()))
}

/// A transaction on one connection. If it is dropped before its end, the connection is closed with
/// it, so that no half-done work can meet the next caller.
pub(crate) struct PgTx {
    client: Option<Object>,
    begin: Option<&'static str>,
    later: Vec<(Statement, Vec<Value>)>,
    broken: Option<StoreError>,
    /// One statement is its own snapshot and needs no transaction around it.
    single: bool,
}

enum Sent<'a> {
    Now(Result<u64, tokio_postgres::Error>),
    Waiting(BoxFuture<'a, Result<u64, tokio_postgres::Error>>),
}

fn params(binds: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    binds.iter().map(|b| b as &(dyn ToSql + Sync)).collect()
}

impl PgTx {
    pub(crate) const WRITE: &'static str = "BEGIN";
    pub(crate) const READ: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

    pub(crate) fn new(client: Object, begin: &'static str) -> PgTx {
        PgTx { client: Some(client), begin: Some(begin), later: Vec::new(), broken: None, single: false }
    }

    pub(crate) fn single(client: Object) -> PgTx {
        PgTx { client: Some(client), begin: None, later: Vec::new(), broken: None, single: true }
    }

    fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or_else(|| StoreError::Internal("the transaction has ended".into()))
    }

    /// Sends the opening, everything put off, and then `last`; awaits all answers in order.
    async fn send<T>(
        &mut self,
        last: impl for<'a> FnOnce(&'a Object) -> BoxFuture<'a, Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        if let Some(e) = &self.broken {
            return Err(e.clone());
        }
        let begin = self.begin.take();
        let later = std::mem::take(&mut self.later);
        let sent = async {
            let client = self.client()?;
            // Polling a request once puts it on the wire; the answers come back in the same order.
            let mut waiting: Vec<Sent<'_>> = Vec::with_capacity(later.len() + 1);
            let mut opening = begin.map(|sql| client.batch_execute(sql).boxed());
            let mut opened = None;
            if let Some(f) = opening.as_mut() {
                opened = f.now_or_never();
            }
            for (stmt, binds) in &later {
                let p = params(binds);
                let mut f = async move { client.execute(stmt, &p).await }.boxed();
                match (&mut f).now_or_never() {
                    Some(done) => waiting.push(Sent::Now(done)),
                    None => waiting.push(Sent::Waiting(f)),
                }
            }
            let mut end = last(client);
            let mut ended = (&mut end).now_or_never();
            match (opened, opening) {
                (Some(done), _) => done?,
                (None, Some(f)) => f.await?,
                (None, None) => {}
            }
            for w in waiting {
                match w {
                    Sent::Now(done) => done?,
                    Sent::Waiting(f) => f.await?,
                };
            }
            let out = match ended.take() {
                Some(done) => done?,
                None => end.await?,
            };
            Ok::<T, StoreError>(out)
        }
        .await;
        if let Err(e) = &sent {
            self.broken = Some(e.clone());
        }
        sent
    }

    async fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(e) = &self.broken {
            return Err(e.clone());
        }
        let prepared = self.client()?.prepare_cached(sql).await;
        prepared.map_err(|e| {
            let e = StoreError::from(e);
            self.broken = Some(e.clone());
            e
        })
    }

    pub(crate) async fn query(
        &mut self,
        sql: &str,
        binds: Vec<Value>,
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let stmt = self.prepare(sql).await?;
        self.send(move |c| async move { c.query(&stmt, &params(&binds)).await }.boxed()).await
    }

    pub(crate) async fn execute(&mut self, sql: &str, binds: Vec<Value>) -> Result<u64, StoreError> {
        let stmt = self.prepare(sql).await?;
        self.send(move |c| async move { c.execute(&stmt, &params(&binds)).await }.boxed()).await
    }

    pub(crate) async fn put(&mut self, sql: &str, binds: Vec<Value>) -> Result<(), StoreError> {
        let stmt = self.prepare(sql).await?;
        self.later.push((stmt, binds));
        Ok(())
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.send(move |c| async move { c.batch_execute(&sql).await }.boxed()).await
    }

    pub(crate) async fn stream(&mut self, sql: &str) -> Result<tokio_postgres::RowStream, StoreError> {
        let stmt = self.prepare(sql).await?;
        let none: [&(dyn ToSql + Sync); 0] = [];
        self.send(move |c| async move { c.query_raw(&stmt, none).await }.boxed()).await
    }

    pub(crate) async fn copy_in(
        &mut self,
        sql: &str,
    ) -> Result<tokio_postgres::CopyInSink<bytes::Bytes>, StoreError> {
        let sql = sql.to_owned();
        self.send(move |c| async move { c.copy_in(sql.as_str()).await }.boxed()).await
    }

    /// Ends well: what was put off and the commit travel together. Were a statement to fail, the
    /// server answers the commit with a rollback, and we answer with the failure.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.begin.is_some() && self.later.is_empty() {
            self.client.take();
            return Ok(());
        }
        self.send(|c| c.batch_execute("COMMIT").boxed()).await?;
        // Only now may the connection meet another caller.
        drop(self.client.take());
        Ok(())
    }

    /// Ends a snapshot: nothing hangs on the answer, so nobody waits for it.
    pub(crate) fn release(mut self) {
        let opened = self.begin.is_none();
        let Some(client) = self.client.take() else { return };
        if self.broken.is_some() {
            drop(Object::take(client));
        } else if opened && !self.single {
            let _ = client.batch_execute("COMMIT").now_or_never();
        }
    }

    /// Ends without effect.
    pub(crate) async fn rollback(mut self) {
        self.later.clear();
        if self.begin.is_none()
            && let Some(client) = &self.client
            && client.batch_execute("ROLLBACK").await.is_err()
        {
            return;
        }
        drop(self.client.take());
    }
}

impl Drop for PgTx {
    fn drop(&mut self) {
        if let Some(client) = self.client.take()
            && self.begin.is_none()
        {
            drop(Object::take(client));
        }
    }
}
