//! Unmerge (撤销并案): the case goes on by itself from where it was; its clocks have never stopped.

reasoned! {
    /// Unmerge (撤销并案): the case goes on by itself from where it was; its clocks have never stopped.
    unmerge: Unmerge, "/api/regions/{region}/cases/{case}/unmerge", "unmerge_case"
}
