//! Notices on both databases, with real servers for mail and robots on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod channels;
mod house;
mod pass;
mod routes;
mod stubs;
