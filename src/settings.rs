//! What a caller can set about the connection.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result, code};
use crate::net::manners;

/// How to reach Amazon and how gently. The defaults are right for everyday use.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Address that every Amazon host resolves to, instead of asking DNS.
    pub connect_to: Option<SocketAddr>,
    /// A PEM file with certificate authorities to trust besides the public ones.
    pub extra_ca: Option<PathBuf>,
    /// How long one request may take.
    pub timeout: Duration,
    /// Sustained requests per second to Amazon's API; 0 lifts the limit; by default 1.
    pub requests_per_second: f64,
    /// Requests that may be sent at once after a pause; by default 4.
    pub burst: u32,
    /// Requests under way at the same time; by default 2.
    pub in_flight: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_to: None,
            extra_ca: None,
            timeout: Duration::from_secs(20),
            requests_per_second: manners::REQUESTS_PER_SECOND,
            burst: manners::BURST,
            in_flight: manners::IN_FLIGHT,
        }
    }
}

impl Settings {
    /// Refuses values that cannot work.
    ///
    /// # Errors
    /// `bad-setting` with the name of the setting.
    pub fn check(&self) -> Result<()> {
        let refuse = |text: &str| Err(Error::new(code::BAD_SETTING, text));
        if self.timeout.is_zero() {
            return refuse("The setting timeout must be longer than 0 seconds.");
        }
        let rate = self.requests_per_second;
        if !rate.is_finite() || rate < 0.0 || rate > 0.0 && rate < 0.01 {
            return refuse("The setting requests_per_second must be 0, or 0.01 or more.");
        }
        if self.burst == 0 || self.in_flight == 0 {
            return refuse("The settings burst and in_flight must be 1 or more.");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_nonsense_is_not() {
        assert!(Settings::default().check().is_ok());
        let stuck = Settings { in_flight: 0, ..Settings::default() };
        assert_eq!(stuck.check().unwrap_err().code(), code::BAD_SETTING);
        let tiny = Settings { requests_per_second: 1e-300, ..Settings::default() };
        assert!(tiny.check().is_err());
        let odd = Settings { requests_per_second: f64::NAN, ..Settings::default() };
        assert!(odd.check().is_err());
    }
}
