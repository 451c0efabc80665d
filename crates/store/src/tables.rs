//! Every table says how it is spread when the database is sharded by region (Rule 6).

/// How a table is spread over a sharded database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharding {
    /// By region: every unique key starts with region, and statements name it.
    Distributed,
    /// The same everywhere: catalogue, calendar, areas.
    Reference,
    /// Found before a region is known: accounts, sessions, tokens, tracking codes.
    Directory,
    /// The platform's own bookkeeping, kept on one node: migrations, the sequencer's place.
    Local,
}

/// A table and how it is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How it is spread.
    pub sharding: Sharding,
}

impl Table {
    /// A table keyed by region.
    pub const fn distributed(name: &'static str) -> Table {
        Table { name, sharding: Sharding::Distributed }
    }
    /// A table that is the same everywhere.
    pub const fn reference(name: &'static str) -> Table {
        Table { name, sharding: Sharding::Reference }
    }
    /// A table looked up before a region is known.
    pub const fn directory(name: &'static str) -> Table {
        Table { name, sharding: Sharding::Directory }
    }
    /// The platform's own bookkeeping.
    pub const fn local(name: &'static str) -> Table {
        Table { name, sharding: Sharding::Local }
    }
}
