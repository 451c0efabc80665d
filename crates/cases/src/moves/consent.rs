//! Consent (同意承接): the community takes on a task outside its published list; the unit clock starts.

noted! {
    /// Consent (同意承接): the community takes on a task outside its published list; the unit clock starts.
    consent: Consent, "/api/regions/{region}/cases/{case}/consent", "consent_case"
}
