//! Reopen (重新打开): a new round, with its own clocks beside the old ones.

reasoned! {
    /// Reopen (重新打开): a new round, with its own clocks beside the old ones.
    reopen: Reopen, "/api/regions/{region}/cases/{case}/reopen", "reopen_case"
}
