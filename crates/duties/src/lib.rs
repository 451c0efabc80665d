//! Duties (责任): who answers for which matters where, and since when.
#![forbid(unsafe_code)]
