//! Authenticator codes by the simulator's clock.

use totp_rs::{Builder, Secret, Totp};

/// The authenticator of the account. One step of 30 s is tolerated either way.
#[derive(Debug)]
pub(crate) struct Authenticator {
    totp: Option<Totp>,
    last_used_step: Option<u64>,
}

/// Why a code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Wrong,
    UsedBefore,
}

const STEP: u64 = 30;

impl Authenticator {
    /// The authenticator of a base32 seed.
    pub(crate) fn new(seed: &str) -> Self {
        let totp = Secret::try_from_base32(seed)
            .ok()
            .map(|secret| Builder::new().with_secret(secret).build_noncompliant());
        Self { totp, last_used_step: None }
    }

    /// The code at a moment and the seconds it is still current.
    pub(crate) fn current(&self, now_s: u64) -> (String, u64) {
        let code = self.totp.as_ref().map(|t| t.generate(now_s).to_string()).unwrap_or_default();
        (code, STEP - now_s % STEP)
    }

    /// Whether a code would be accepted, without using it up.
    pub(crate) fn fits(&self, code: &str, now_s: u64) -> Option<u64> {
        let step = now_s / STEP;
        [step, step.saturating_sub(1), step + 1]
            .into_iter()
            .find(|s| !code.is_empty() && self.current(s * STEP).0 == code)
    }

    /// Accepts a code once.
    pub(crate) fn accept(
        &mut self,
        code: &str,
        now_s: u64,
        single_use: bool,
    ) -> Result<(), Refusal> {
        let step = self.fits(code, now_s).ok_or(Refusal::Wrong)?;
        if single_use && self.last_used_step.is_some_and(|last| step <= last) {
            return Err(Refusal::UsedBefore);
        }
        self.last_used_step = Some(step);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_published_vectors() {
        // RFC 6238 appendix B, SHA-1, last six digits.
        let authenticator = Authenticator::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(authenticator.current(59).0, "287082");
        assert_eq!(authenticator.current(1_111_111_109).0, "081804");
        assert_eq!(authenticator.current(59).1, 1);
    }

    #[test]
    fn a_code_is_tolerated_one_step_away_and_used_once() {
        let mut authenticator = Authenticator::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let now = 1_700_000_015;
        let code = authenticator.current(now).0;
        assert_eq!(authenticator.accept("000000", now, true), Err(Refusal::Wrong));
        assert_eq!(authenticator.accept(&code, now + 90, true), Err(Refusal::Wrong));
        assert_eq!(authenticator.accept(&code, now + 30, true), Ok(()));
        assert_eq!(authenticator.accept(&code, now, true), Err(Refusal::UsedBefore));
        assert_eq!(authenticator.accept(&code, now, false), Ok(()));
    }
}
