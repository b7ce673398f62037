//! Whatever a host sets: no other site's cookies change, no odd line drops a good one, nothing goes
//! to a host that is not Amazon's, and what is kept in the session file is what is sent.
//!
//! An input is text: the first line names the path of the answer, each further one is the value of
//! a `Set-Cookie` header.

use std::collections::BTreeSet;

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use mass_alexa::session::Jar;
use mass_alexa::session::jar::CookieRecord;
use url::Url;

use super::hosts::{FOREIGN, word_of};

/// Lines that are played of one input; more only take time.
const MOST_LINES: usize = 50;
const SENDER: &str = "https://www.amazon.com/";
/// Where cookies of the sender may go and where they may not.
const OWN: &[&str] = &[
    "https://www.amazon.com/",
    "https://www.amazon.com/ap/signin",
    "https://alexa.amazon.com/api/devices",
    "https://amazon.com/",
];
const OTHERS: &[&str] = &[
    "https://www.amazon.de/",
    "https://alexa.amazon.de/api/x",
    "https://api.amazon.co.uk/",
    "https://www.amazon.com.au/ap",
    "https://www.amazon.com.mx/ap",
    "https://api.amazonalexa.com/v1",
];

/// Plays one input; the number of cookies that were taken over.
pub(crate) fn run(data: &[u8]) -> usize {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let sender = Url::parse(SENDER).unwrap();
    let path = lines.next().unwrap_or_default();
    let sender = sender.join(path).ok().filter(|u| u.host() == sender.host()).unwrap_or(sender);
    let lines: Vec<_> = lines
        .take(MOST_LINES)
        .filter_map(|line| HeaderValue::from_bytes(line.as_bytes()).ok())
        .collect();
    let canary = format!("canary-{}", word_of(data));
    check_isolation(&sender, &lines);
    let jar = check_good_lines(&sender, &lines, &canary);
    check_restart(&jar);
    check_foreign_sender(&lines);
    jar.records().len() - 1
}

/// What other sites get is the same before and after.
fn check_isolation(sender: &Url, lines: &[HeaderValue]) {
    let records: Vec<_> = OTHERS
        .iter()
        .filter_map(|text| Url::parse(text).ok()?.host_str().map(str::to_owned))
        .map(|host| CookieRecord::new("session", "kept", &host))
        .collect();
    let jar = Jar::from_records(&records);
    let before = sent_to(&jar, OTHERS);
    assert!(before.iter().all(|(_, sent)| !sent.is_empty()), "{before:?}");
    learn(&jar, sender, lines);
    assert_eq!(before, sent_to(&jar, OTHERS), "another site's cookies changed");
}

/// A good line first and last: both arrive, whatever stands between; nothing goes elsewhere.
fn check_good_lines(sender: &Url, lines: &[HeaderValue], canary: &str) -> Jar {
    let jar = Jar::default();
    let first = HeaderValue::from_str(&format!("{canary}-a=1; Path=/; Secure; HttpOnly")).unwrap();
    let last = HeaderValue::from_str(&format!("{canary}-z=1; Path=/; Domain=.amazon.com")).unwrap();
    let all: Vec<_> = [first].into_iter().chain(lines.iter().cloned()).chain([last]).collect();
    learn(&jar, sender, &all);
    for name in ["a", "z"] {
        let found = jar.value(sender, &format!("{canary}-{name}"));
        assert_eq!(found.as_ref().map(|value| value.expose()), Some("1"), "a good cookie is lost");
    }
    let plain = Url::parse("http://www.amazon.com/").unwrap();
    assert!(jar.value(&plain, &format!("{canary}-a")).is_none(), "sent in the clear");
    for (_, sent) in sent_to(&jar, FOREIGN) {
        assert!(sent.is_empty(), "cookies went to a foreign host");
    }
    jar.forget(sender, &format!("{canary}-a"));
    assert!(jar.value(sender, &format!("{canary}-a")).is_none(), "a cookie was not forgotten");
    assert!(jar.value(sender, &format!("{canary}-z")).is_some(), "another one was forgotten too");
    jar
}

/// A jar made from the records of the session file sends the same.
fn check_restart(jar: &Jar) {
    // Cookies may expire while this runs, so it must be like one of the two.
    let before = sent_to(jar, OWN);
    let restored = sent_to(&Jar::from_records(&jar.records()), OWN);
    let after = sent_to(jar, OWN);
    assert!(restored == before || restored == after, "{before:?} became {restored:?}");
}

/// Nobody else can set cookies for Amazon.
fn check_foreign_sender(lines: &[HeaderValue]) {
    let jar = Jar::default();
    for sender in FOREIGN.iter().filter_map(|text| Url::parse(text).ok()) {
        learn(&jar, &sender, lines);
    }
    for (_, sent) in sent_to(&jar, OWN).into_iter().chain(sent_to(&jar, OTHERS)) {
        assert!(sent.is_empty(), "a foreign host set a cookie for Amazon");
    }
}

fn learn(jar: &Jar, sender: &Url, lines: &[HeaderValue]) {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(SET_COOKIE, line.clone());
    }
    jar.learn(sender, &headers);
}

/// The cookies each address would get, in no order.
fn sent_to(jar: &Jar, addresses: &[&'static str]) -> Vec<(&'static str, BTreeSet<Vec<u8>>)> {
    let sent = |address: &&'static str| {
        let header = jar.header(&Url::parse(address).ok()?);
        let bytes = header.map(|header| header.as_bytes().to_vec()).unwrap_or_default();
        let pairs = bytes.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        Some((*address, pairs.filter(|pair| !pair.is_empty()).map(<[u8]>::to_vec).collect()))
    };
    addresses.iter().filter_map(sent).collect()
}
