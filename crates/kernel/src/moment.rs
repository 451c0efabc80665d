use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// One hour in milliseconds.
    pub const HOUR: i64 = 3_600_000;
    /// One day of 24 hours in milliseconds.
    pub const DAY: i64 = 24 * Self::HOUR;

    /// This moment moved by `ms`, stopping at the ends of the range instead of wrapping.
    pub fn plus(self, ms: i64) -> Moment {
        Moment(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when it came before.
    pub fn since(self, earlier: Moment) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where the time comes from: the machine's clock, or one that a test turns.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// Where randomness comes from: the operating system, or a seeded sequence in tests and demos.
pub trait Dice: Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and randomness, handed down from the roof to whoever needs them.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    dice: Arc<dyn Dice>,
}

impl World {
    /// A world of this clock and these dice.
    pub fn new(clock: Arc<dyn Clock>, dice: Arc<dyn Dice>) -> World {
        World { clock, dice }
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut b = [0; N];
        self.dice.fill(&mut b);
        b
    }

    /// A UUID of version 7 (RFC 9562): the present moment and 74 random bits.
    pub fn uuid(&self) -> Uuid {
        let ms = u64::try_from(self.now().0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid()
    }
}
