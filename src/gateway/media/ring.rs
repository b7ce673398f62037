//! The last bytes of a sound, with their places in it.

use std::collections::VecDeque;

use axum::body::Bytes;

/// Bytes from one place of a sound to another. Places count from the beginning of the sound.
#[derive(Debug, Default)]
pub(super) struct Ring {
    pieces: VecDeque<(u64, Bytes)>,
    /// The place after the last byte.
    end: u64,
}

/// What is at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum At {
    /// These bytes, and maybe more behind them.
    Bytes(Bytes),
    /// Not there any more.
    Gone,
    /// Not there yet.
    Later,
}

impl Ring {
    /// An empty one, whose first byte will be at `begin`.
    pub(super) fn at(begin: u64) -> Self {
        Self { pieces: VecDeque::new(), end: begin }
    }

    /// The place of the first byte that is there.
    pub(super) fn begin(&self) -> u64 {
        self.pieces.front().map_or(self.end, |(begin, _)| *begin)
    }

    /// The place after the last one.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// How many bytes are held.
    pub(super) fn len(&self) -> u64 {
        self.end - self.begin()
    }

    /// Adds bytes at the end.
    pub(super) fn push(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let at = self.end;
        self.end += bytes.len() as u64;
        self.pieces.push_back((at, bytes));
    }

    /// What is at a place, at most `most` bytes of it, without copying.
    pub(super) fn read(&self, place: u64, most: usize) -> At {
        if place >= self.end {
            return At::Later;
        }
        let after = self.pieces.partition_point(|(begin, _)| *begin <= place);
        let Some((begin, bytes)) = after.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return At::Gone;
        };
        let rest = bytes.slice(usize::try_from(place - begin).unwrap_or(bytes.len())..);
        At::Bytes(rest.slice(..rest.len().min(most)))
    }

    /// Forgets what lies before a place.
    pub(super) fn forget(&mut self, before: u64) {
        while let Some((begin, bytes)) = self.pieces.front_mut() {
            let over = before.saturating_sub(*begin);
            if over == 0 {
                return;
            }
            match usize::try_from(over) {
                Ok(over) if over < bytes.len() => {
                    // The part is copied when little is left: a slice keeps the whole alive.
                    let rest = bytes.slice(over..);
                    *bytes = if rest.len() * 2 < bytes.len() {
                        Bytes::copy_from_slice(&rest)
                    } else {
                        rest
                    };
                    *begin = before;
                    return;
                }
                _ => {
                    self.pieces.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The byte of a place.
    fn byte(place: u64) -> u8 {
        (place * 31 % 251) as u8
    }

    fn bytes(from: u64, count: u64) -> Bytes {
        (from..from + count).map(byte).collect()
    }

    #[test]
    fn says_what_is_gone_and_what_comes_later() {
        let mut ring = Ring::at(100);
        assert_eq!((ring.begin(), ring.end(), ring.len()), (100, 100, 0));
        assert_eq!(ring.read(100, 9), At::Later);
        ring.push(bytes(100, 50));
        assert_eq!(ring.read(99, 9), At::Gone);
        assert_eq!(ring.read(100, 9), At::Bytes(bytes(100, 9)));
        assert_eq!(ring.read(149, 9), At::Bytes(bytes(149, 1)));
        assert_eq!(ring.read(150, 9), At::Later);
        ring.forget(120);
        assert_eq!(ring.read(119, 9), At::Gone);
        assert_eq!((ring.begin(), ring.len()), (120, 30));
        ring.forget(1_000);
        assert_eq!((ring.begin(), ring.end(), ring.len()), (150, 150, 0));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push(u64),
        Forget(u64),
        Read(u64, usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..300u64).prop_map(Step::Push),
            (0..2_000u64).prop_map(Step::Forget),
            (0..2_000u64, 1..200usize).prop_map(|(at, most)| Step::Read(at, most)),
        ]
    }

    proptest! {
        #[test]
        fn every_byte_is_where_it_was_put(begin in 0..500u64, steps in prop::collection::vec(step(), 0..60)) {
            let mut ring = Ring::at(begin);
            let (mut first, mut end) = (begin, begin);
            for step in steps {
                match step {
                    Step::Push(count) => {
                        ring.push(bytes(end, count));
                        end += count;
                    }
                    Step::Forget(before) => {
                        ring.forget(before);
                        first = first.max(before.min(end));
                    }
                    Step::Read(at, most) => match ring.read(at, most) {
                        At::Bytes(found) => {
                            prop_assert!(at >= first && !found.is_empty() && found.len() <= most);
                            prop_assert_eq!(&found, &bytes(at, found.len() as u64));
                        }
                        At::Gone => prop_assert!(at < first),
                        At::Later => prop_assert!(at >= end),
                    },
                }
                prop_assert_eq!((ring.begin(), ring.end()), (first, end));
                prop_assert_eq!(ring.len(), end - first);
            }
        }
    }
}
