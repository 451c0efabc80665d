//! The machine's own clock and randomness: the only place that touches them.

use kernel::{Clock, Dice, Moment, World};
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    sync::Arc,
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// The machine's clock, which never runs backwards while the process lives: set back, it stands still
/// until it has caught up.
struct Machine {
    random: SystemRandom,
    latest: AtomicI64,
}

impl Clock for Machine {
    #[allow(clippy::disallowed_methods, reason = "this is where time comes in")]
    fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
        let now = i64::try_from(since).unwrap_or(i64::MAX);
        Moment(self.latest.fetch_max(now, Ordering::Relaxed).max(now))
    }
}

impl Dice for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        // The operating system's generator does not fail once it has been seeded; a machine without one
        // must not make keys.
        if self.random.fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// The world of a running process.
#[allow(clippy::disallowed_methods, reason = "this is where randomness comes in")]
pub fn world() -> World {
    let machine = Arc::new(Machine { random: SystemRandom::new(), latest: AtomicI64::new(0) });
    World::new(machine.clone(), machine)
}

/// A world that stands at `at`, with this world's dice: for telling of the past.
pub fn world_at(world: &World, at: Moment) -> World {
    struct At(Moment);
    impl Clock for At {
        fn now(&self) -> Moment {
            self.0
        }
    }
    struct Of(World);
    impl Dice for Of {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(16) {
                let random: [u8; 16] = self.0.bytes();
                chunk.copy_from_slice(&random[..chunk.len()]);
            }
        }
    }
    World::new(Arc::new(At(at)), Arc::new(Of(world.clone())))
}
