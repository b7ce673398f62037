//! Which pages a sign-in met, for a report that can be shown to anybody.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::net::http::shown_path;

/// Pages that are remembered; a sign-in that meets more is stopped long before.
const MOST_STOPS: usize = 60;

/// The pages of one attempt, in order. Cheap to clone. Holds no query, no form and no text that a
/// person typed.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<Vec<(Stop, u32)>>>);

#[derive(Debug, PartialEq, Eq)]
struct Stop {
    method: String,
    host: String,
    path: String,
    status: u16,
    page: Option<String>,
}

impl Trail {
    /// Notes an answer.
    pub(super) fn note(&self, method: &str, url: &Url, status: u16) {
        let mut stops = self.lock();
        if stops.len() < MOST_STOPS {
            let stop = Stop {
                method: method.to_owned(),
                host: url.host_str().unwrap_or_default().to_owned(),
                path: shown_path(url),
                status,
                page: None,
            };
            stops.push((stop, 1));
            fold(&mut stops);
        }
    }

    /// Names the page of the last answer.
    pub(super) fn name(&self, page: &str) {
        let mut stops = self.lock();
        if let Some((stop, _)) = stops.last_mut() {
            stop.page = Some(page.to_owned());
        }
        fold(&mut stops);
    }

    /// The report: a line for each page, or nothing.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (number, (stop, times)) in self.lock().iter().enumerate() {
            let Stop { method, host, path, status, page } = stop;
            let page = page.as_deref().map(|page| format!(" {page}")).unwrap_or_default();
            let times = if *times > 1 { format!(", {times} times") } else { String::new() };
            let _ = writeln!(text, "{}. {method} {host}{path} {status}{page}{times}", number + 1);
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Stop, u32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes one of the last two when they are the same, as while an approval is waited for.
fn fold(stops: &mut Vec<(Stop, u32)>) {
    if let [.., (one, _), (other, _)] = stops.as_slice()
        && one == other
    {
        stops.pop();
        if let Some((_, times)) = stops.last_mut() {
            *times += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_pages_and_hides_queries() {
        let trail = Trail::default();
        let url = |text: &str| Url::parse(text).unwrap();
        trail.note("GET", &url("https://www.amazon.com/ap/signin?openid.secret=x"), 200);
        trail.name("e-mail page");
        trail.note("POST", &url("https://www.amazon.com/ap/signin/262-session-id"), 302);
        assert_eq!(
            trail.report(),
            "1. GET www.amazon.com/ap/signin 200 e-mail page\n2. POST www.amazon.com/ap/signin 302\n"
        );
    }
    #[test]
    fn repeats_are_one_line() {
        let (trail, url) = (Trail::default(), Url::parse("https://www.amazon.com/ap/x").unwrap());
        for _ in 0..100 {
            trail.note("GET", &url, 200);
            trail.name("state of the approval page");
        }
        trail.note("GET", &url, 503);
        assert_eq!(
            trail.report(),
            "1. GET www.amazon.com/ap/x 200 state of the approval page, 100 times\n\
             2. GET www.amazon.com/ap/x 503\n"
        );
    }
}
