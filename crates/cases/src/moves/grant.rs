//! Grant (批准): the extension or suspension that was asked for; both clocks move, and the case says so.

noted! {
    /// Grant (批准): the extension or suspension that was asked for; both clocks move, and the case says so.
    grant: Grant, "/api/regions/{region}/cases/{case}/grant", "grant_case"
}
