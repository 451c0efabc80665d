//! When something is due: public holidays with their make-up days, working hours, time limits and
//! the clocks that run, stop and are extended (FIELD.md §3, rules 4, 5 and 10).
//!
//! Pure: no I/O, and the present moment comes in by parameter.
//!
//! - Working time is when the wall clock of the zone shows a time inside the hours of that day. A
//!   day on which the clocks go forward inside a shift has less of it, one on which they go back
//!   has more: what counts is the time that really passes.
//! - A limit used up exactly at the end of a shift is due at that end, never the next morning.
//! - [`Calendar`] is compiled once and then answers in well under a microsecond; moments before
//!   1970 and after 2200 count as those years' ends.
//! - The holiday calendar ends with the last notice. A deadline that counts working time past that
//!   end is [provisional](Run::provisional) and can be [computed again](Run::again).
#![forbid(unsafe_code)]

mod explain;
mod hours;
mod limit;
mod run;
mod table;
mod year;

pub use explain::{Explanation, Line, What};
pub use hours::{BadHours, Hours, MonthDay, Season, Span};
pub use limit::{BadLimit, Limit, LimitUnit};
pub use run::{BadHistory, Left, Run, Turn, deadline};
pub use table::{BadCalendar, Calendar};
pub use year::{BadYear, Change, Day, Year, diff, mainland};
