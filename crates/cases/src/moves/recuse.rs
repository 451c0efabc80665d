//! Recuse oneself (回避): whoever has a conflict takes no further part in the case and never sees who complained.

reasoned! {
    /// Recuse oneself (回避): whoever has a conflict takes no further part in the case and never sees who complained.
    recuse: Recuse, "/api/regions/{region}/cases/{case}/recuse", "recuse_case"
}
