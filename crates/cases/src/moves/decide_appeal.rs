//! Second review of an appeal (申诉复审): by a supervisor who is not the first reviewer; upheld, the overdue mark is lifted and the fact stays.

reviewed! {
    /// Second review of an appeal (申诉复审): by a supervisor who is not the first reviewer; upheld, the overdue mark is lifted and the fact stays.
    decide_appeal: DecideAppeal, "/api/regions/{region}/cases/{case}/decide-appeal", "decide_appeal_case"
}
