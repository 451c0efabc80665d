//! Unmark a duplicate (取消重复标记).

reasoned! {
    /// Unmark a duplicate (取消重复标记).
    unlink: Unlink, "/api/regions/{region}/cases/{case}/unlink", "unlink_case"
}
