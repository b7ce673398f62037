//! Chance that can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

/// Small numbers that look random (xorshift).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Everything follows from the seed; `stream` tells apart who throws.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = seed.wrapping_add(stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Seeds that are alike must not begin alike.
        for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(factor);
        }
        Self(mixed.max(1))
    }

    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 11) % u64::from(end)).unwrap()
    }

    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(list.len()).unwrap();
        if count == 0 { None } else { list.get(self.below(count) as usize) }
    }
}

/// The seed that was asked for.
pub(super) fn given_seed() -> Option<u64> {
    let text = std::env::var("SEED").ok().filter(|text| !text.is_empty());
    text.map(|text| text.parse().expect("SEED is a number"))
}

/// One that nobody had before.
pub(super) fn new_seed() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
