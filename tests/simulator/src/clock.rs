//! The simulator's clock: real time plus what a test has advanced.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Real time with an offset in milliseconds, which may be negative.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Clock {
    offset_ms: i64,
    /// The real time at which it was told to stand still.
    held_ms: Option<i64>,
}

impl Clock {
    /// Milliseconds since 1970.
    pub(crate) fn now_ms(self) -> i64 {
        let real = self.held_ms.unwrap_or_else(real_ms);
        real.saturating_add(self.offset_ms).max(0)
    }

    /// Stands still but for what is advanced, or runs again from where it stands.
    pub(crate) fn hold(&mut self, holds: bool) {
        let now_ms = self.now_ms();
        self.held_ms = holds.then(real_ms);
        self.offset_ms = 0;
        self.offset_ms = now_ms - self.now_ms();
    }

    /// Seconds since 1970.
    pub(crate) fn now_s(self) -> u64 {
        u64::try_from(self.now_ms() / 1000).unwrap_or(0)
    }

    /// Moves the clock; negative values move it back.
    pub(crate) fn advance_ms(&mut self, by: i64) {
        self.offset_ms = self.offset_ms.saturating_add(by);
    }

    /// The current time in the form of the `Date` header.
    pub(crate) fn http_date(self) -> String {
        http_date(self.now_s())
    }

    /// A moment some seconds from now, in the form of a `Set-Cookie` header.
    pub(crate) fn http_date_in(self, seconds: u64) -> String {
        http_date(self.now_s().saturating_add(seconds))
    }

    /// A moment some seconds from now, in the form Amazon gives cookie expiry in JSON:
    /// `22 Oct 2045 13:29:57 GMT` (observed in field reports of registration answers).
    pub(crate) fn cookie_expiry(self, seconds: u64) -> String {
        let full = http_date(self.now_s().saturating_add(seconds));
        full.split_once(", ").map_or(full.clone(), |(_, rest)| rest.to_owned())
    }
}

fn real_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// `2026-11-21T14:05:00Z` for a moment in seconds since 1970.
pub(crate) fn iso_utc(seconds: u64) -> String {
    let days = i64::try_from(seconds / 86_400).unwrap_or(0);
    let rest = seconds % 86_400;
    // Civil date from days since 1970, after Howard Hinnant's published algorithm.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_both_ways() {
        let mut clock = Clock::default();
        let before = clock.now_s();
        clock.advance_ms(3_600_000);
        assert!(clock.now_s() >= before + 3600);
        clock.advance_ms(-7_200_000);
        assert!(clock.now_s() < before);
    }

    #[test]
    fn dates_have_the_known_forms() {
        assert_eq!(iso_utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso_utc(1_798_761_599), "2026-12-31T23:59:59Z");
        assert!(Clock::default().cookie_expiry(10).ends_with(" GMT"));
        assert!(!Clock::default().cookie_expiry(10).contains(','));
    }
}
