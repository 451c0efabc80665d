//! What the access room promises, over its routes and on both databases.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on fails")]

mod accounts;
mod callers;
mod house;
mod sign_in;
mod tokens;
