//! What the access room promises, over its routes and on both databases.

mod accounts;
mod callers;
mod house;
mod sign_in;
mod tokens;
