//! Accounts, posts, sessions and tokens: who somebody is, and what their posts allow at this moment.
//!
//! * [`layer`] settles the caller of every request. A change made through this process counts at once; on
//!   other processes within a second.
//! * Five wrong passwords in a row, in signing in or in changing the password, lock an account for a quarter
//!   of an hour. Who does not know the password cannot tell unknown, disabled and locked accounts from others:
//!   all answer 401, after as long; only the right password is told of a lock (423).
//! * Sessions and tokens are managed by people who are signed in; a token finds nothing there (404).
//! * Security administrators look after accounts with a post in their regions, or with none at all. What would
//!   let them act as somebody or shut somebody out is refused (404) where that person holds a post outside
//!   their regions, and nobody administers their own account (403).
//! * A post that has ended does not change any more.
#![forbid(unsafe_code)]

mod account;
mod handlers;
mod layer;
mod password;
mod post;
mod refusal;
mod session;
mod token;

pub use account::{
    AccountRow, CreateAccount, FindAccounts, LoadAccounts, NewAccount, SetDisabled, SetPassword, Unlock,
    account_named,
};
pub use layer::{layer, refresh};
pub use password::{check_password, hash_password};
pub use post::{EndPost, NewPost, PutPost};
pub use refusal::RULES;
pub use session::Session;
pub use token::{MakeToken, NewToken, RevokeToken, TokenRow, list_tokens};

use edge::House;
use store::{Migration, Table};
use utoipa_axum::router::OpenApiRouter;

/// The tables of this room.
pub const TABLES: &[Table] = &[
    Table::directory("accounts"),
    Table::directory("posts"),
    Table::directory("sessions"),
    Table::directory("tokens"),
];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "access/1-accounts",
    sql: "
CREATE TABLE accounts (
  id {uuid} NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  name TEXT NOT NULL,
  password TEXT,
  disabled {bool} NOT NULL,
  failures {int} NOT NULL,
  locked_until {int},
  created_at {int} NOT NULL
) {rows};
CREATE UNIQUE INDEX accounts_username ON accounts (username);

-- One account in one role, for a region, unit or area, between two dates.
CREATE TABLE posts (
  id {uuid} NOT NULL PRIMARY KEY,
  account {uuid} NOT NULL,
  role TEXT NOT NULL,
  region {int} NOT NULL,
  unit {uuid},
  area {int},
  from_at {int} NOT NULL,
  until_at {int}
) {rows};
CREATE INDEX posts_account ON posts (account);
CREATE INDEX posts_role ON posts (region, role, unit);

CREATE TABLE sessions (
  id {uuid} NOT NULL PRIMARY KEY,
  account {uuid} NOT NULL,
  secret {bytes} NOT NULL,
  created_at {int} NOT NULL,
  seen_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  address TEXT,
  agent TEXT
) {rows};
CREATE UNIQUE INDEX sessions_secret ON sessions (secret);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE tokens (
  id {uuid} NOT NULL PRIMARY KEY,
  account {uuid} NOT NULL,
  secret {bytes} NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  revoked {bool} NOT NULL
) {rows};
CREATE UNIQUE INDEX tokens_secret ON tokens (secret);
CREATE INDEX tokens_account ON tokens (account);
",
}];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(account::routes())
        .merge(post::routes())
        .merge(token::routes())
        .merge(handlers::routes())
}
