//! Accept (接收): the unit takes it on; from now it alone is answerable.

noted! {
    /// Accept (接收): the unit takes it on; from now it alone is answerable.
    accept: Accept, "/api/regions/{region}/cases/{case}/accept", "accept_case"
}
