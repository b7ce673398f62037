//! Which part of a sound is asked for, and how that is answered (*documented*: RFC 9110, section 14).

use super::stream::Length;

/// The end that is told where none is known: an Echo that comes back wants to know where it is, and
/// the rule for that answer asks for an end (*chosen*: as if it went on for days).
const FAR_AWAY: u64 = 1 << 40;

/// No place lies behind this one.
const LARGEST: u64 = 1 << 62;

/// A part as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// From this byte on.
    From(u64),
    /// From the first to the second, which is included.
    Between(u64, u64),
    /// The last so many bytes.
    Last(u64),
}

impl Wanted {
    /// Reads a `Range` header. What is not understood, and several parts at once, count as none:
    /// that is what the rules want, and no player asks for it.
    pub(super) fn read(header: Option<&str>) -> Self {
        header.and_then(Self::parse).unwrap_or(Self::Whole)
    }

    fn parse(header: &str) -> Option<Self> {
        let (unit, set) = header.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = set.trim().split_once('-')?;
        match (first, last) {
            ("", last) => Some(Self::Last(digits(last)?)),
            (first, "") => Some(Self::From(digits(first)?)),
            (first, last) => {
                let (first, last) = (digits(first)?, digits(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The first byte that is needed to answer.
    pub(super) fn first(self) -> u64 {
        match self {
            Self::Whole | Self::Last(_) => 0,
            Self::From(first) | Self::Between(first, _) => first,
        }
    }
}

/// A number; one that is too large counts as the largest that can still be added to.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(LARGEST).min(LARGEST))
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200 with everything.
    Whole {
        /// Its length, where that is certain.
        length: Option<u64>,
    },
    /// 206 with a part.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte, included; without one, all that is left.
        last: Option<u64>,
        /// How many bytes that is, where that is certain.
        length: Option<u64>,
        /// The `Content-Range`.
        content_range: String,
    },
    /// 416: there is no such part.
    None {
        /// The `Content-Range`.
        content_range: String,
    },
}

impl Answer {
    /// Decides. `so_far` bytes are certain to exist.
    pub(super) fn to(wanted: Wanted, length: Length, so_far: u64) -> Self {
        match length {
            Length::Known(total) => Self::of_known(wanted, total),
            Length::About(_) | Length::Unknown => Self::of_unknown(wanted, length, so_far),
        }
    }

    fn of_known(wanted: Wanted, total: u64) -> Self {
        let end = total.saturating_sub(1);
        let (first, last) = match wanted {
            Wanted::Whole => return Self::Whole { length: Some(total) },
            Wanted::From(first) => (first, end),
            Wanted::Between(first, last) => (first, last.min(end)),
            Wanted::Last(count) => (total.saturating_sub(count), end),
        };
        if first >= total || wanted == Wanted::Last(0) {
            return Self::None { content_range: format!("bytes */{total}") };
        }
        Self::Part {
            first,
            last: Some(last),
            length: Some(last - first + 1),
            content_range: format!("bytes {first}-{last}/{total}"),
        }
    }

    /// The end is not known, so nothing is promised about it: the whole is answered with the whole,
    /// the last bytes as well, and a part without its length, with the expected end in its name.
    fn of_unknown(wanted: Wanted, length: Length, so_far: u64) -> Self {
        match wanted {
            Wanted::Whole | Wanted::From(0) | Wanted::Last(_) => Self::Whole { length: None },
            Wanted::From(first) => {
                let about = match length {
                    Length::About(total) => total.saturating_sub(1),
                    _ => 0,
                };
                let last = if about > first { about } else { first.saturating_add(FAR_AWAY) };
                let content_range = format!("bytes {first}-{last}/*");
                Self::Part { first, last: None, length: None, content_range }
            }
            Wanted::Between(first, last) => Self::Part {
                first,
                last: Some(last),
                length: (last < so_far).then(|| last - first + 1),
                content_range: format!("bytes {first}-{last}/*"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_as_the_rules_say() {
        for (header, wanted) in [
            ("bytes=0-", Wanted::From(0)),
            ("bytes=7-", Wanted::From(7)),
            ("Bytes=7-9", Wanted::Between(7, 9)),
            ("bytes=7-7", Wanted::Between(7, 7)),
            ("bytes=-5", Wanted::Last(5)),
            ("bytes=-0", Wanted::Last(0)),
            ("bytes=99999999999999999999-", Wanted::From(LARGEST)),
            ("bytes=0-18446744073709551615", Wanted::Between(0, LARGEST)),
            ("bytes=9-7", Wanted::Whole),
            ("bytes=1-2,4-5", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("frames=1-2", Wanted::Whole),
            ("bytes", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(Wanted::read(Some(header)), wanted, "{header}");
        }
        assert_eq!(Wanted::read(None), Wanted::Whole);
    }

    #[test]
    fn what_is_not_there_is_refused_with_the_length() {
        for wanted in [Wanted::From(100), Wanted::Between(100, 200), Wanted::Last(0)] {
            let content_range = "bytes */100".to_owned();
            assert_eq!(Answer::to(wanted, Length::Known(100), 0), Answer::None { content_range });
        }
    }

    #[test]
    fn an_unknown_end_is_not_promised() {
        let answer = |wanted, length| Answer::to(wanted, length, 50);
        let whole = Answer::Whole { length: None };
        for wanted in [Wanted::Whole, Wanted::From(0), Wanted::Last(9)] {
            assert_eq!(answer(wanted, Length::Unknown), whole);
            assert_eq!(answer(wanted, Length::About(9)), whole);
        }
        let part = |last, length, range: &str| {
            let content_range = range.to_owned();
            Answer::Part { first: 10, last, length, content_range }
        };
        let about = answer(Wanted::From(10), Length::About(100));
        assert_eq!(about, part(None, None, "bytes 10-99/*"));
        // The estimate was too short.
        let about = answer(Wanted::From(10), Length::About(5));
        assert_eq!(about, part(None, None, "bytes 10-1099511627786/*"));
        let sure = answer(Wanted::Between(10, 49), Length::Unknown);
        assert_eq!(sure, part(Some(49), Some(40), "bytes 10-49/*"));
        let unsure = answer(Wanted::Between(10, 50), Length::Unknown);
        assert_eq!(unsure, part(Some(50), None, "bytes 10-50/*"));
    }

    fn wanted() -> impl Strategy<Value = Wanted> {
        prop_oneof![
            Just(Wanted::Whole),
            (0..300u64).prop_map(Wanted::From),
            (0..300u64, 0..300u64).prop_map(|(first, more)| Wanted::Between(first, first + more)),
            (0..300u64).prop_map(Wanted::Last),
        ]
    }

    proptest! {
        #[test]
        fn a_known_length_gives_parts_inside_of_it(wanted in wanted(), total in 0..200u64) {
            match Answer::to(wanted, Length::Known(total), 0) {
                Answer::Whole { length } => prop_assert_eq!(length, Some(total)),
                Answer::Part { first, last, length, content_range } => {
                    let last = last.unwrap();
                    prop_assert!(first <= last && last < total);
                    prop_assert_eq!(length, Some(last - first + 1));
                    prop_assert_eq!(content_range, format!("bytes {first}-{last}/{total}"));
                }
                Answer::None { .. } => {
                    prop_assert!(wanted.first() >= total || wanted == Wanted::Last(0));
                }
            }
        }

        #[test]
        fn any_header_is_survived(text in ".{0,60}") {
            Wanted::read(Some(&text));
        }
    }
}
