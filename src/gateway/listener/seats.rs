//! Who may be connected at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::{CONNECTIONS, PER_ADDRESS};
use super::pulse::Pulse;

/// The connections that there are.
#[derive(Default)]
pub(super) struct Seats(Mutex<Hall>);

#[derive(Default)]
struct Hall {
    next: u64,
    taken: HashMap<u64, Taken>,
}

struct Taken {
    /// `None` for proxies, through which many come.
    guest: Option<IpAddr>,
    pulse: Arc<Pulse>,
}

/// The place of one connection, until dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

impl Seats {
    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection, unless its address has too many. When all are taken, the one that
    /// was idle for longest has to go, so that nobody keeps Amazon out by doing nothing.
    pub(super) fn take(
        self: &Arc<Self>,
        peer: IpAddr,
        is_proxy: bool,
        pulse: &Arc<Pulse>,
    ) -> Option<Seat> {
        let guest = (!is_proxy).then(|| household(peer));
        let mut hall = self.hall();
        let same = hall.taken.values().filter(|taken| taken.guest == guest).count();
        if guest.is_some() && same >= PER_ADDRESS {
            return None;
        }
        if hall.taken.len() >= CONNECTIONS {
            let idle = hall
                .taken
                .iter()
                .filter_map(|(number, taken)| Some((taken.pulse.idle_since()?, *number)))
                .min();
            let gone = hall.taken.remove(&idle?.1)?;
            gone.pulse.evict();
        }
        let number = hall.next;
        hall.next += 1;
        hall.taken.insert(number, Taken { guest, pulse: Arc::clone(pulse) });
        Some(Seat { seats: Arc::clone(self), number })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.hall().taken.remove(&self.number);
    }
}

/// Whose address it is: a household has a whole /64 of IPv6.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock, from_unix};
    use std::time::Duration;

    fn pulse(clock: &ManualClock) -> Arc<Pulse> {
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let pulse = Pulse::new(clock);
        pulse.open(false);
        pulse
    }

    #[test]
    fn an_address_has_its_share_and_a_proxy_is_no_address() {
        let clock = ManualClock::new(from_unix(1_000));
        let (seats, pulse) = (Arc::new(Seats::default()), pulse(&clock));
        let peer = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut taken: Vec<_> = (0..PER_ADDRESS)
            .map(|n| seats.take(peer(&format!("2001:db8::{n}")), false, &pulse).unwrap())
            .collect();
        assert!(seats.take(peer("2001:db8::ffff"), false, &pulse).is_none());
        assert!(seats.take(peer("2001:db8:0:1::1"), false, &pulse).is_some());
        assert!(seats.take(peer("2001:db8::ffff"), true, &pulse).is_some());
        taken.pop();
        assert!(seats.take(peer("2001:db8::ffff"), false, &pulse).is_some());
    }

    #[test]
    fn the_longest_idle_makes_room_and_the_busy_stay() {
        let clock = ManualClock::new(from_unix(1_000));
        let seats = Arc::new(Seats::default());
        let mut all = Vec::new();
        let mut requests = Vec::new();
        for _ in 0..CONNECTIONS {
            let pulse = pulse(&clock);
            clock.advance(Duration::from_secs(1));
            let seat = seats.take(IpAddr::from([10, 0, 0, 1]), true, &pulse).unwrap();
            all.push((pulse, seat));
        }
        requests.push(all[0].0.begin());
        let late = pulse(&clock);
        let seat = seats.take(IpAddr::from([10, 0, 0, 2]), false, &late).unwrap();
        assert!(!all[0].0.is_evicted() && all[1].0.is_evicted() && !all[2].0.is_evicted());
        drop(seat);
        drop(all.remove(1));
        requests.extend(all.iter().map(|(pulse, _)| pulse.begin()));
        let busy = pulse(&clock);
        let _one = seats.take(IpAddr::from([10, 0, 0, 3]), false, &busy).unwrap();
        requests.push(busy.begin());
        assert!(seats.take(IpAddr::from([10, 0, 0, 4]), false, &pulse(&clock)).is_none());
    }
}
