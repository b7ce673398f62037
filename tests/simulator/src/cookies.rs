//! Odd `Set-Cookie` headers as field reports describe them, around those that matter.
//!
//! The ones that matter come last and in odd forms themselves: who gives up at the first bad one
//! loses them.

use http::HeaderValue;
use http::header::SET_COOKIE;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::sites::Site;

const YEAR_S: u64 = 365 * 86_400;

/// Adds every odd cookie and makes the present ones odd.
pub(crate) fn odd(mut answer: Answer, site: &Site, clock: Clock) -> Answer {
    let plain: Vec<HeaderValue> = answer.headers().get_all(SET_COOKIE).iter().cloned().collect();
    answer.headers_mut().remove(SET_COOKIE);
    let domain = site.domain;
    let full = clock.http_date_in(YEAR_S);
    let common = format!("; Domain=.{domain}; Path=/; Secure");
    let list = [
        format!("odd-short-year=1{common}; Expires={}", dashed(&full, true)),
        format!("odd-dashes=1{common}; expires={}", dashed(&full, false)),
        format!("odd-braces={{\"a\":[1,2],\"b\":{{}}}}{common}"),
        format!("odd-quoted=\"a/b, c=d\"{common}; HttpOnly"),
        format!("odd-age=1{common}; Max-Age=3600.0"),
        "odd-plain=1".to_owned(),
        format!("odd-partitioned=1{common}; SameSite=None; Partitioned"),
        format!("odd-twice=wide{common}"),
        format!("odd-twice=narrow; Domain=www.{domain}; Path=/"),
        format!("odd-gone=1{common}"),
        format!("odd-gone=-{common}; Expires=Thu, 01-Jan-1970 00:00:10 GMT"),
        ";;= no cookie {at, all".to_owned(),
    ];
    let headers = answer.headers_mut();
    let mut add = |value: Result<HeaderValue, _>| {
        if let Ok(value) = value {
            headers.append(SET_COOKIE, value);
        }
    };
    for cookie in &list {
        add(HeaderValue::from_str(cookie));
    }
    add(HeaderValue::from_bytes(b"odd-latin=caf\xe9; Path=/"));
    for cookie in plain {
        let text = cookie.to_str().unwrap_or_default();
        add(HeaderValue::from_str(&(with_dashes(text) + "; Partitioned")));
    }
    answer
}

/// `Wed, 21 Oct 2045 07:28:00 GMT` with dashes and, if asked for, a year of two digits.
fn dashed(date: &str, short: bool) -> String {
    let parts: Vec<&str> = date.split(' ').collect();
    let [weekday, day, month, year, time, zone] = parts.as_slice() else {
        return date.to_owned();
    };
    let year = if short { year.get(2..).unwrap_or(year) } else { year };
    format!("{weekday} {day}-{month}-{year} {time} {zone}")
}

fn with_dashes(cookie: &str) -> String {
    let pieces = cookie.split("; ").map(|piece| match piece.split_once('=') {
        Some(("Expires", date)) => format!("Expires={}", dashed(date, false)),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_take_the_old_forms() {
        let date = "Wed, 21 Oct 2045 07:28:00 GMT";
        assert_eq!(dashed(date, true), "Wed, 21-Oct-45 07:28:00 GMT");
        assert_eq!(
            with_dashes(&format!("a=b; Expires={date}; Path=/")),
            "a=b; Expires=Wed, 21-Oct-2045 07:28:00 GMT; Path=/"
        );
    }
}
