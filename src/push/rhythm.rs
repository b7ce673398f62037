//! The numbers of the push stream in one place, and a time that never goes back.

use std::time::{Duration, SystemTime};

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// Longest wait for the headers of the stream (*observed*: 15 s in one client).
pub const OPENING: Duration = seconds(15);
/// Longest wait for its first bytes (*chosen*; a delimiter is sent at once).
pub const FIRST_BYTES: Duration = seconds(30);
/// After this long without a byte the host is asked for a sign of life (*chosen*; clients that do so
/// whatever happens do it every 280 to 300 s).
pub const QUIET: Duration = seconds(120);
/// Longest wait for that sign (*chosen*).
pub const REPLY: Duration = seconds(10);
/// After this long without a byte the stream is given up, even by a host that is alive (*chosen*,
/// so that it takes less than five minutes; bare delimiters come more often: a client that gives up
/// after 300 s does well with that).
pub const SILENT: Duration = seconds(240);
/// Where giving up brought nothing, silence is normal: the limit doubles up to this (*chosen*).
pub const LONGEST_SILENCE: Duration = seconds(3_600);
/// Between two signs of life in one silence (*chosen*).
pub const QUIET_STILL: Duration = seconds(1_800);
/// So many changes that the stream did not tell, with nothing told in between, and it is given up
/// (*chosen*).
pub const MISSED: u32 = 2;
/// Longest life of a stream (*chosen*).
pub const LONGEST_LIFE: Duration = seconds(12 * 3_600);
/// HTTP/2 pings (*observed*: one client sends them every 180 s and waits 30 s).
pub const LIBRARY_PING: Duration = seconds(180);
/// Longest wait for the answer to one.
pub const LIBRARY_REPLY: Duration = seconds(30);
/// The first wait after a failure; it doubles with each (*observed*: 5 s and 600 s in one client).
pub const FIRST_WAIT: Duration = seconds(5);
/// The longest.
pub const LONGEST_WAIT: Duration = seconds(600);
/// Waits are longer by up to this part of them, so that not everybody comes at once (*chosen*; never
/// shorter: twelve tries must fill an hour).
pub const JITTER: f64 = 0.2;
/// A stream that lived for so long was a good one: waits start anew (*chosen*).
pub const STABLE: Duration = seconds(60);
/// Least time between two connections (*chosen*).
pub const APART: Duration = seconds(5);
/// Most connections within an hour, however well each begins (*chosen*: too many get an installation
/// blocked).
pub const HOURLY: usize = 20;
/// Between two declarations of what the device can do (*chosen*).
pub const DECLARATIONS_APART: Duration = seconds(86_400);
/// After so many failures in a row that are about reaching the host, another one is asked for
/// (*chosen*; about ten minutes).
pub const UNREACHED: u32 = 7;

/// Turns the time of day into time that passes: what the clock is put back by is left out.
#[derive(Debug)]
pub struct Steady {
    last: SystemTime,
    passed: Duration,
}

impl Steady {
    /// Starts at zero.
    pub fn new(now: SystemTime) -> Self {
        Self { last: now, passed: Duration::ZERO }
    }

    /// What has passed since the start.
    pub fn at(&mut self, now: SystemTime) -> Duration {
        self.passed += now.duration_since(self.last).unwrap_or_default();
        self.last = now;
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_unix;

    #[test]
    fn a_clock_that_is_put_back_loses_nothing() {
        let mut steady = Steady::new(from_unix(10_000));
        assert_eq!(steady.at(from_unix(10_030)), seconds(30));
        assert_eq!(steady.at(from_unix(400)), seconds(30));
        assert_eq!(steady.at(from_unix(460)), seconds(90));
    }
}
