use calendar::{Limit, LimitUnit};
use kernel::Checks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The limits of the desks: how long each may take over its part. Working minutes by default; for urgent
/// items they run round the clock (FIELD.md §3.10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskLimits {
    /// From the report to filing or declining.
    pub file: Limit,
    /// For an on-the-spot check before filing.
    pub check: Limit,
    /// From filing, or a send-back, to dispatch.
    pub dispatch: Limit,
    /// For a community to consent to a task outside the published list.
    pub consent: Limit,
    /// From the result to its verification.
    pub verify: Limit,
    /// For a call-back that was drawn.
    pub call_back: Limit,
    /// For the ruling after the second refusal.
    pub arbitrate: Limit,
}

/// What a region settles for itself. Versioned: a case keeps the rules it was filed under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The limits of the desks.
    pub desk: DeskLimits,
    /// Extensions granted at the most; refusals don't count. Never more than 2.
    #[schema(minimum = 0, maximum = 2)]
    pub extensions: i64,
    /// Days a suspension may last at the most, up to a year. Suspended once at the most.
    #[schema(minimum = 1, maximum = 366)]
    pub suspension_days: i64,
    /// Refusals by units after which the case goes to arbitration.
    #[schema(minimum = 1, maximum = 5)]
    pub refusals: i64,
    /// Days after closing within which a case may be reopened.
    #[schema(minimum = 0, maximum = 3650)]
    pub reopen_days: i64,
    /// Of a thousand verified cases with somebody to call, how many are called back.
    #[schema(minimum = 0, maximum = 1000)]
    pub call_back_permille: i64,
    /// The seed of that sample: with it anybody can draw it again.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub sample_seed: i64,
    /// Pictures a result needs at least.
    #[schema(minimum = 0, maximum = 6)]
    pub submit_pictures: i64,
    /// Pictures a verification needs at least.
    #[schema(minimum = 0, maximum = 6)]
    pub verify_pictures: i64,
    /// Hours before its deadline that a unit is reminded; half of a shorter limit.
    #[schema(minimum = 1, maximum = 240)]
    pub remind_hours: i64,
    /// After the first escalation (at the deadline), when the second and the third follow.
    #[schema(value_type = Vec<Limit>, min_items = 2, max_items = 2)]
    pub climb: [Limit; 2],
}

impl Default for Rules {
    fn default() -> Rules {
        use LimitUnit::*;
        Rules {
            desk: DeskLimits {
                file: Limit::of(15, WorkMinute),
                check: Limit::of(4, WorkHour),
                dispatch: Limit::of(15, WorkMinute),
                consent: Limit::of(1, WorkDay),
                verify: Limit::of(30, WorkMinute),
                call_back: Limit::of(1, WorkDay),
                arbitrate: Limit::of(1, WorkDay),
            },
            extensions: 2,
            suspension_days: 366,
            refusals: 2,
            reopen_days: 15,
            call_back_permille: 100,
            sample_seed: 20_260_101,
            submit_pictures: 0,
            verify_pictures: 0,
            remind_hours: 24,
            climb: [Limit::of(1, WorkDay), Limit::of(2, WorkDay)],
        }
    }
}

impl Rules {
    /// Checks the numbers; limits are checked where they are read.
    pub fn check(&self, c: &mut Checks) {
        c.number("extensions", self.extensions, 0..=2);
        c.number("suspension_days", self.suspension_days, 1..=366);
        c.number("refusals", self.refusals, 1..=5);
        c.number("reopen_days", self.reopen_days, 0..=3650);
        c.number("call_back_permille", self.call_back_permille, 0..=1000);
        c.number("sample_seed", self.sample_seed, 0..=9_007_199_254_740_991);
        c.number("submit_pictures", self.submit_pictures, 0..=6);
        c.number("verify_pictures", self.verify_pictures, 0..=6);
        c.number("remind_hours", self.remind_hours, 1..=240);
    }

    /// Whether a case is drawn for a call-back: the same for everybody who knows the seed. Splitmix64
    /// (Steele, Lea, Flood 2014) over the seed, the case's id and its round.
    pub fn drawn(&self, case: kernel::CaseId, round: i64) -> bool {
        let (high, low) = case.0.as_u64_pair();
        let mut x = self.sample_seed as u64;
        for part in [high, low, round as u64] {
            x = mix(x ^ part);
        }
        (x % 1000) < self.call_back_permille.clamp(0, 1000) as u64
    }
}

fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
