//! Return for rework (返工): the result does not hold; the unit clock goes on from where the result was submitted.

reasoned! {
    /// Return for rework (返工): the result does not hold; the unit clock goes on from where the result was submitted.
    rework: Rework, "/api/regions/{region}/cases/{case}/rework", "rework_case"
}
