//! Refuse (驳回): the extension or suspension that was asked for; the clocks stay as they are.

reasoned! {
    /// Refuse (驳回): the extension or suspension that was asked for; the clocks stay as they are.
    refuse: Refuse, "/api/regions/{region}/cases/{case}/refuse", "refuse_case"
}
