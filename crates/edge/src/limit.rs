use kernel::Moment;
use std::{collections::HashMap, net::IpAddr, sync::Mutex};

/// Lets each address do something so many times in a span, refilled steadily (a token bucket). One per
/// purpose and process; addresses not heard of for a span are forgotten.
pub struct Limiter {
    times: f64,
    span_ms: f64,
    seen: Mutex<HashMap<IpAddr, (f64, Moment)>>,
}

/// Addresses remembered before the quiet ones are swept out.
const MANY: usize = 10_000;

impl Limiter {
    /// `times` in `span_ms`.
    pub fn new(times: u32, span_ms: i64) -> Limiter {
        Limiter { times: f64::from(times), span_ms: span_ms as f64, seen: Mutex::default() }
    }

    /// Whether it may be done once more now; counts it if so. Without an address (in-process callers)
    /// there is no limit.
    pub fn take(&self, now: Moment, address: Option<IpAddr>) -> bool {
        let Some(address) = address else { return true };
        // One network of IPv6 is one household: the first 64 bits.
        let address = match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & !u128::from(u64::MAX)).to_be_bytes()),
            v4 => v4,
        };
        let mut seen = self.seen.lock().unwrap_or_else(|e| e.into_inner());
        if seen.len() > MANY {
            seen.retain(|_, (_, at)| (now.since(*at) as f64) < self.span_ms);
        }
        let (left, at) = seen.get(&address).copied().unwrap_or((self.times, now));
        let refilled = now.since(at).max(0) as f64 * self.times / self.span_ms;
        let left = (left + refilled).min(self.times);
        let ok = left >= 1.0;
        seen.insert(address, (if ok { left - 1.0 } else { left }, now.max(at)));
        ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_bucket_that_refills() {
        let l = Limiter::new(3, 3000);
        let (a, b): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        assert_eq!((0..5).filter(|_| l.take(Moment(0), Some(a))).count(), 3);
        assert!(l.take(Moment(0), Some(b)));
        assert!(!l.take(Moment(900), Some(a)));
        assert!(l.take(Moment(1000), Some(a)));
        assert_eq!((0..9).filter(|_| l.take(Moment(60_000), Some(a))).count(), 3);
        assert_eq!((0..9).filter(|_| l.take(Moment(0), None)).count(), 9);
        // A clock set back neither refills nor locks out for good.
        assert!(!l.take(Moment(0), Some(a)));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let l = Limiter::new(1, 1000);
        assert!(l.take(Moment(0), Some("2001:db8::1".parse().unwrap())));
        assert!(!l.take(Moment(0), Some("2001:db8::2".parse().unwrap())));
        assert!(l.take(Moment(0), Some("2001:db8:0:1::2".parse().unwrap())));
        // Mapped IPv4 addresses are IPv4 addresses, each its own.
        assert!(l.take(Moment(0), Some("::ffff:10.0.0.1".parse().unwrap())));
        assert!(l.take(Moment(0), Some("::ffff:10.0.0.2".parse().unwrap())));
        assert!(!l.take(Moment(0), Some("10.0.0.2".parse().unwrap())));
    }
}
