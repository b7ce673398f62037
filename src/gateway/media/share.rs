//! How much memory the sounds on their way may take.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds of what is kept of sounds on their way, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of one sound (*chosen*: three minutes of the best MP3; an Echo comes back within seconds
    /// after somebody has talked to it).
    pub ring: u64,
    /// Of all together; with many, each gets less.
    pub together: u64,
    /// The least that each gets all the same.
    pub least: u64,
    /// How much is fetched before it is wanted (*chosen*: 26 seconds of the best MP3).
    pub ahead: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { ring: 8 * MIB, together: 64 * MIB, least: MIB / 2, ahead: MIB }
    }
}

/// The limits, and how many share them.
#[derive(Debug)]
pub(super) struct Share {
    limits: Limits,
    sounds: AtomicU64,
}

impl Share {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, sounds: AtomicU64::new(0) }
    }

    /// So many sounds are on their way.
    pub(super) fn among(&self, sounds: usize) {
        self.sounds.store(sounds as u64, Ordering::Relaxed);
    }

    /// What each may keep.
    pub(super) fn ring(&self) -> u64 {
        let sounds = self.sounds.load(Ordering::Relaxed).max(1);
        (self.limits.together / sounds).max(self.limits.least).min(self.limits.ring)
    }

    /// What may be fetched before it is wanted: never more than half of what is kept, so that the
    /// other half is there for who comes back.
    pub(super) fn ahead(&self) -> u64 {
        self.limits.ahead.min(self.ring() / 2).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_get_less_each() {
        let share = Share::new(Limits::default());
        assert_eq!((share.ring() >> 20, share.ahead() >> 20), (8, 1));
        share.among(8);
        assert_eq!(share.ring() >> 20, 8);
        share.among(32);
        assert_eq!((share.ring() >> 20, share.ahead() >> 20), (2, 1));
        share.among(1_000);
        assert_eq!((share.ring() >> 10, share.ahead() >> 10), (512, 256));
    }
}
