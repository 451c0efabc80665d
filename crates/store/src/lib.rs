//! One door to SQLite and PostgreSQL.
//!
//! A room writes a [`Write`] or a [`Read`]: one short piece of work that awaits nothing but the
//! database, with SQL that runs on both. The door decides how it is carried out:
//!
//! * **SQLite**: one writer thread takes whatever is waiting, gives each its own savepoint, commits
//!   them together (one fsync) and only then answers; readers have their own threads and snapshots
//!   and never wait for the writer.
//! * **PostgreSQL**: each write has its own transaction; statements whose outcome nobody asks for
//!   ([`Tx::put`]) travel together with the next question or with the commit, so that a move of a
//!   case costs two round trips instead of ten.
//!
//! Nothing gets in without an [`kernel::Actor`], and no SQL text can be made from input: [`Sql`] comes
//! from `&'static str` or from a [`Filter`] whose pieces are `&'static str`.
#![forbid(unsafe_code)]

mod db;
mod dump;
mod error;
mod filter;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tx;
mod url;
mod value;

pub use db::{Db, Options, Read, Write};
pub use dump::{Dump, Load};
pub use error::{StoreError, rules};
pub use filter::{Cond, Filter, Sql};
pub use migrate::{Migration, Progress};
pub use row::{Column, FromRow, Row};
pub use tables::{Sharding, Table};
pub use tx::Tx;
pub use url::DbUrl;
pub use value::Value;
