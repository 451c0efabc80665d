//! What the measuring and the fault-finding program share: a thin HTTP client, a server process, and a look
//! into the database past the server.
#![forbid(unsafe_code)]

pub mod http;
pub mod luck;
pub mod server;
pub mod sql;

/// Anything that went wrong, told in words.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;
/// A result told in words.
pub type Fallible<T> = Result<T, Trouble>;
