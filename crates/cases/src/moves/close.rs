//! Close (结案): the verified case is done.

noted! {
    /// Close (结案): the verified case is done.
    close: Close, "/api/regions/{region}/cases/{case}/close", "close_case"
}
