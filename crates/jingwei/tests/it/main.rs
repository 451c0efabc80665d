//! The assembled program, asked over HTTP as its clients ask it, on both databases.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod bad_input;
mod conflict;
mod feed;
mod lists;
mod loops;
mod matrix;
mod privacy;
mod rules;
mod walk;
mod world;
