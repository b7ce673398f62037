//! How long a session is expected to last, for those who must act before it ends.

use super::data::SessionData;

/// How long cookies live (*observed*: documentation of one public client). The refresh token has no
/// known end, so a session only ends when renewing fails that long.
const COOKIE_LIFE: u64 = 14 * DAY;
/// How long before the end a person is told (*chosen*).
const WARN_BEFORE: u64 = 3 * DAY;
const DAY: u64 = 86_400;

/// What is to be expected of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// When it ends, in Unix seconds, unless it is renewed before. `None` while renewing works.
    pub ends_at: Option<u64>,
    /// What a person should know and do, from three days before that end.
    pub warning: Option<String>,
}

/// What is to be expected at `now`.
pub fn outlook(data: &SessionData, now: u64) -> Outlook {
    let is_refused = data.refused_at.is_some();
    if !is_refused && data.learned.failing_since.is_none() {
        return Outlook::default();
    }
    let ends_at = data.cookies_at.saturating_add(COOKIE_LIFE);
    let warning = (now >= ends_at.saturating_sub(WARN_BEFORE)).then(|| {
        let end = when(ends_at.saturating_sub(now));
        if is_refused {
            format!(
                "Amazon refuses to renew this session; it is expected to end {end}. Sign in again."
            )
        } else {
            let days = now.saturating_sub(data.cookies_at) / DAY;
            format!(
                "This session could not be renewed for {days} days; it is expected to end {end}. \
                 Check that this machine reaches Amazon, and sign in again if it does."
            )
        }
    });
    Outlook { ends_at: Some(ends_at), warning }
}

fn when(left: u64) -> String {
    match left.div_ceil(DAY) {
        0 => "any moment".to_owned(),
        1 => "within a day".to_owned(),
        days => format!("within {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::store::tests::data;

    fn at(day: u64, failing: bool, refused: bool) -> Outlook {
        let mut data = SessionData { cookies_at: 1_000, ..data() };
        data.learned.failing_since = failing.then_some(2_000);
        data.refused_at = refused.then_some(2_000);
        outlook(&data, 1_000 + day * DAY)
    }

    #[test]
    fn a_healthy_session_has_no_end() {
        assert_eq!(at(30, false, false), Outlook::default());
    }

    #[test]
    fn the_warning_comes_three_days_before_the_end() {
        for refused in [false, true] {
            let early = at(10, true, refused);
            assert_eq!((early.ends_at, early.warning), (Some(1_000 + 14 * DAY), None));
            let text = at(11, !refused, refused).warning.unwrap();
            assert!(text.contains("within 3 days") && text.contains("ign in again"), "{text}");
        }
        assert!(at(11, true, false).warning.unwrap().contains("for 11 days"));
        assert!(at(13, true, true).warning.unwrap().contains("within a day"));
        assert!(at(20, true, true).warning.unwrap().contains("any moment"));
    }
}
