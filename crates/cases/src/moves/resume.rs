//! Resume (恢复办理): a suspended case is worked on again before its date; both clocks run on.

noted! {
    /// Resume (恢复办理): a suspended case is worked on again before its date; both clocks run on.
    resume: Resume, "/api/regions/{region}/cases/{case}/resume", "resume_case"
}
