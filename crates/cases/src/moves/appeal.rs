//! Appeal (超时申诉): by the unit, after closing, once, against its overdue mark; two reviews follow.

reasoned! {
    /// Appeal (超时申诉): by the unit, after closing, once, against its overdue mark; two reviews follow.
    appeal: Appeal, "/api/regions/{region}/cases/{case}/appeal", "appeal_case"
}
