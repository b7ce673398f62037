//! Every request that an account may make, and how often on one day.

use std::collections::{BTreeMap, BTreeSet};

use amazon_simulator::JournalEntry;

/// See [`BUDGET`].
type Rule = (&'static str, &'static str, &'static str, u64);

/// Method, host, path and the most on one day. A star stands for a part of a host or path.
///
/// About twice what was seen. Lists are read more often on days of trouble: without events two of
/// them a minute.
const BUDGET: [Rule; 20] = [
    ("GET", "eu-api-alexa.amazon.de", "/api/devices-v2/device", 200),
    ("GET", "eu-api-alexa.amazon.de", "/api/device-preferences", 20),
    ("POST", "eu-api-alexa.amazon.de", "/nexus/v1/graphql", 20),
    ("GET", "eu-api-alexa.amazon.de", "/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes", 400),
    ("GET", "eu-api-alexa.amazon.de", "/api/np/list-media-sessions", 800),
    ("GET", "eu-api-alexa.amazon.de", "/api/dnd/device-status-list", 80),
    ("GET", "eu-api-alexa.amazon.de", "/api/users/me", 20),
    ("POST", "eu-api-alexa.amazon.de", "/api/np/command", 30),
    ("POST", "eu-api-alexa.amazon.de", "/api/np/control-media-session", 20),
    ("POST", "eu-api-alexa.amazon.de", "/api/behaviors/preview", 60),
    ("PUT", "eu-api-alexa.amazon.de", "/api/devices/*/*/audio/v2/speakerVolume", 20),
    ("PUT", "eu-api-alexa.amazon.de", "/api/dnd/status", 20),
    ("GET", "alexa-comms-mobile-service.amazon.de", "/devicesTypes/*/deviceId/*/preferences", 20),
    ("GET", "alexa.amazon.de", "/api/language", 8),
    ("POST", "www.amazon.de", "/ap/exchangetoken/cookies", 6),
    ("POST", "api.amazon.com", "/auth/token", 40),
    ("PUT", "api.amazonalexa.com", "/v1/devices/@self/capabilities", 4),
    ("GET", "bob-dispatch-prod-*.amazon.com", "/ping", 20),
    ("GET", "bob-dispatch-prod-*.amazon.com", "/v20160207/directives", 60),
    ("POST", "bob-dispatch-prod-*.amazon.com", "/v20160207/events", 30),
];

/// The most on one day, all together.
const ALL: u64 = 1_200;

/// What Amazon was asked on one day.
#[derive(Debug, Default)]
pub(super) struct Asked {
    counts: BTreeMap<String, u64>,
    unexpected: BTreeSet<String>,
    pub(super) all: u64,
}

impl Asked {
    /// Counts requests; those that may not be made are noted.
    pub(super) fn count(&mut self, journal: &[JournalEntry]) {
        for entry in journal {
            self.all += 1;
            if let Some(rule) = BUDGET.iter().find(|rule| fits(entry, rule)) {
                *self.counts.entry(named(rule)).or_default() += 1;
            } else {
                let JournalEntry { method, host, path, .. } = entry;
                self.unexpected.insert(format!("unexpected: {method} {host}{path}"));
            }
        }
    }

    /// What was asked more often than it may be, or should not have been asked at all.
    pub(super) fn excess(&self) -> Vec<String> {
        let mut excess: Vec<String> = self.unexpected.iter().cloned().collect();
        excess.extend(BUDGET.iter().filter_map(|rule| {
            let (count, most) = (self.of(rule), rule.3);
            (count > most).then(|| format!("{}: {count} of {most}", named(rule)))
        }));
        if self.all > ALL {
            excess.push(format!("{} of {ALL} requests", self.all));
        }
        excess
    }

    fn of(&self, rule: &Rule) -> u64 {
        self.counts.get(&named(rule)).copied().unwrap_or_default()
    }

    /// Adds another day to the greatest numbers seen so far.
    pub(super) fn raise(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            let most = self.counts.entry(name.clone()).or_default();
            *most = (*most).max(*count);
        }
        self.all = self.all.max(other.all);
    }

    #[allow(clippy::print_stdout)]
    pub(super) fn print(&self) {
        println!("{:>6}{:>8}  requests of one account on one day", "most", "allowed");
        for rule in &BUDGET {
            println!("{:>6}{:>8}  {}", self.of(rule), rule.3, named(rule));
        }
        println!("{:>6}{ALL:>8}  all together", self.all);
    }
}

fn named((method, host, path, _): &Rule) -> String {
    format!("{method} {host}{path}")
}

fn fits(entry: &JournalEntry, (method, host, path, _): &Rule) -> bool {
    entry.method == *method && alike(&entry.host, host, '.') && alike(&entry.path, path, '/')
}

/// Compares part by part; a star stands for letters and digits within one part.
fn alike(text: &str, pattern: &str, between: char) -> bool {
    let (mut texts, mut patterns) = (text.split(between), pattern.split(between));
    loop {
        match (texts.next(), patterns.next()) {
            (None, None) => return true,
            (Some(text), Some(pattern)) => {
                let fits = match pattern.split_once('*') {
                    None => text == pattern,
                    Some((begin, end)) => {
                        text.len() > begin.len() + end.len()
                            && text.starts_with(begin)
                            && text.ends_with(end)
                    }
                };
                if !fits {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[test]
fn the_list_tells_endpoints_apart() {
    let path = "/api/devices/*/*/audio/v2/speakerVolume";
    assert!(alike("/api/devices/A1/G1/audio/v2/speakerVolume", path, '/'));
    assert!(!alike("/api/devices/A1/audio/v2/speakerVolume", path, '/'));
    assert!(!alike("/api/devices/A1//audio/v2/speakerVolume", path, '/'));
    assert!(alike("bob-dispatch-prod-eu.amazon.com", "bob-dispatch-prod-*.amazon.com", '.'));
    assert!(!alike("bob-dispatch-prod-eu.x.amazon.com", "bob-dispatch-prod-*.amazon.com", '.'));
}
