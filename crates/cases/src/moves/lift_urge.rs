//! Lift the urging (解除督办).

reasoned! {
    /// Lift the urging (解除督办).
    lift_urge: LiftUrge, "/api/regions/{region}/cases/{case}/lift-urge", "lift_urge_case"
}
