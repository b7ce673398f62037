//! Times as Alexa writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Reads a time such as `2026-11-22T03:00:00Z` (*documented*: ISO 8601), also with fractions, which
/// are dropped, and with a difference from UTC. Times before 1970 are none.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once('T')?;
    let (clock, zone) = time.split_at(time.find(['Z', '+', '-'])?);
    let clock = match clock.split_once('.') {
        Some((clock, fraction)) => {
            digits(fraction, 1..=9)?;
            clock
        }
        None => clock,
    };
    let [year, month, day] = parts(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = parts(clock, ':', [2, 2, 2])?;
    let is_time = hour <= 23 && minute <= 59 && second <= 60;
    let is_date = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !is_time || !is_date || year < 1970 {
        return None;
    }
    let local = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let utc = local - difference(zone)?;
    Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(utc).ok()?))
}

/// Seconds that a zone is ahead of UTC.
fn difference(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let [hours, minutes] = parts(rest, ':', [2, 2])?;
    let seconds = hours * 3_600 + minutes * 60;
    (hours <= 23 && minutes <= 59).then_some(if sign == "-" { -seconds } else { seconds })
}

/// Exactly these numbers of digits between separators.
fn parts<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut pieces = text.split(separator);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(pieces.next()?, length..=length)?;
    }
    pieces.next().is_none().then_some(numbers)
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let is_number = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    (year - 1970) * 365 + leap_days(before) - leap_days(1969) + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{from_unix, unix_seconds};

    #[test]
    fn times_of_all_shapes_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2015-05-13T12:34:56Z", 1_431_520_496),
            ("2026-11-22T03:00:00Z", 1_795_316_400),
            ("2026-11-22T03:00:00.987Z", 1_795_316_400),
            ("2026-11-22T05:30:00+02:30", 1_795_316_400),
            ("2026-11-21T22:00:00-05:00", 1_795_316_400),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(from_unix(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "T",
            "Z",
            "TZ",
            "2026-11-22",
            "2026-11-22T03:00:00",
            "2026-11-22 03:00:00Z",
            "2026-11-22T03:00Z",
            "2026-11-22T03:00:00ZZ",
            "2026-11-22T03:00:00.Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T03:60:00Z",
            "2026-11-22T03:00:61Z",
            "1969-12-31T23:59:59Z",
            "+2026-11-22T03:00:00Z",
            "2026-11-22T+3:00:00Z",
            "2026-11-22T03:00:00+2",
            "2026-11-22T03:00:00+24:00",
            "1970-01-01T00:00:00+01:00",
            "02026-11-22T03:00:00Z",
            "\u{0662}026-11-22T03:00:00Z",
            "2026-11-22T03:00:00\u{e4}",
            "1795316400",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..2370 {
            for month in 1..=12 {
                for day in 1..=days_of(year, month) {
                    let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                    assert_eq!(parse(&text).map(unix_seconds), Some(expected), "{text}");
                    expected += 86_400;
                }
            }
        }
    }
}
