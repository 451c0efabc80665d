//! Refuse the task (不同意承接): the community does not take on a task outside its published list. Not a refusal of a case: it stands on no clause and counts towards no arbitration.

reasoned! {
    /// Refuse the task (不同意承接): the community does not take on a task outside its published list. Not a refusal of a case: it stands on no clause and counts towards no arbitration.
    refuse_consent: RefuseConsent, "/api/regions/{region}/cases/{case}/refuse-consent", "refuse_consent_case"
}
