//! First review of an appeal (申诉初审): by a dispatcher outside the unit.

reviewed! {
    /// First review of an appeal (申诉初审): by a dispatcher outside the unit.
    review_appeal: ReviewAppeal, "/api/regions/{region}/cases/{case}/review-appeal", "review_appeal_case"
}
