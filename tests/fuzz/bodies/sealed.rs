//! Whatever a session file holds: it opens only if it was sealed with that key and nothing was
//! changed, and whatever was sealed, no cookie of it goes to a host that is not Amazon's.
//!
//! The first byte of an input says what the rest is: `f` a file, `e` changes to a genuine file (two
//! bytes of place and one that is flipped in, each), `c` such a file cut to that length, `k` another
//! key, `d` the content of a file, `b` a backup.

use std::sync::OnceLock;

use mass_alexa::session::backup;
use mass_alexa::session::seal::{self, Key};
use mass_alexa::session::{Jar, SessionData};
use url::Url;

use super::hosts::FOREIGN;

const KEY: [u8; 32] = *b"a key for nothing but this test.";
const CONTENT: &[u8] = br#"{"version":1,"refresh_token":"Atnr|none","cookies":[]}"#;
/// All that may be said of a file that does not open.
const CAUSES: &[&str] = &["store-damaged", "store-newer", "key-mismatch"];

/// All that may be said of a backup that cannot be right.
const BACKUP_CAUSES: &[&str] = &["backup-damaged", "store-newer", "bad-passphrase"];

/// What an input was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refused with this code.
    Refused(&'static str),
    /// Opened.
    Opened,
    /// Content that could be read.
    Content,
    /// Content that could not be read.
    NoContent,
}

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let (kind, rest) = data.split_first().unwrap_or((&b'f', &[]));
    match kind {
        b'e' => open(&edited(rest), &key()),
        b'c' => {
            let digits = std::str::from_utf8(rest).unwrap_or_default().trim_end();
            let length: usize = digits.parse().unwrap_or_default();
            open(genuine().get(..length % (genuine().len() + 1)).unwrap_or_default(), &key())
        }
        b'k' => {
            let mut other = [0; 32];
            other.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            open(genuine(), &Key::from_bytes(&other).unwrap())
        }
        b'd' => content(rest),
        b'b' => backup(rest),
        _ => open(rest, &key()),
    }
}

fn key() -> Key {
    Key::from_bytes(&KEY).unwrap()
}

/// One file that was sealed for real; the same for a whole run.
fn genuine() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| seal::seal(CONTENT, &key()).unwrap())
}

fn edited(edits: &[u8]) -> Vec<u8> {
    let mut file = genuine().to_vec();
    for edit in edits.chunks_exact(3) {
        let place = (usize::from(edit[0]) << 8 | usize::from(edit[1])) % (file.len() + 8);
        match file.get_mut(place) {
            Some(byte) => *byte ^= edit[2],
            None => file.push(edit[2]),
        }
    }
    file
}

fn open(file: &[u8], with: &Key) -> Outcome {
    let is_genuine = file == genuine() && with.expose() == &KEY;
    match seal::open(file, with) {
        Ok(plain) => {
            assert!(is_genuine, "a file opened that was not sealed with this key");
            assert_eq!(plain.as_slice(), CONTENT);
            Outcome::Opened
        }
        Err(error) => {
            assert!(!is_genuine, "a genuine file did not open: {error}");
            assert!(CAUSES.contains(&error.code().id()), "{error:?}");
            Outcome::Refused(error.code().id())
        }
    }
}

/// Nobody can make a backup without sealing one; what is refused leaves nothing behind. Whatever is
/// asked for memory and time in it, the sum at its end comes first.
fn backup(file: &[u8]) -> Outcome {
    let folder = std::env::temp_dir().join("mass-alexa-never-restored");
    let refused = backup::import(&folder, file, &"a passphrase".into(), false).unwrap_err();
    assert!(BACKUP_CAUSES.contains(&refused.code().id()), "{refused:?}");
    assert!(!folder.exists(), "a refused backup left something behind");
    Outcome::Refused(refused.code().id())
}

/// Content is sealed by us, but a later version may have written it.
fn content(json: &[u8]) -> Outcome {
    let Ok(data) = serde_json::from_slice::<SessionData>(json) else {
        return Outcome::NoContent;
    };
    if let Some(token) = &data.access {
        let ends = token.expires_at();
        assert!(token.is_due(ends) || ends == u64::MAX || token.life == 0);
        let _ = token.is_due(0);
    }
    let jar = Jar::from_records(&data.cookies);
    for foreign in FOREIGN.iter().filter_map(|text| Url::parse(text).ok()) {
        assert!(jar.header(&foreign).is_none(), "a cookie would go to {foreign}");
    }
    let shown = format!("{data:?}");
    let token = data.refresh_token.expose();
    // Short ones may be part of anything.
    assert!(token.len() < 16 || json_has_it_elsewhere(&data, token) || !shown.contains(token));
    Outcome::Content
}

/// Whether the text of the token also stands in a field that is no secret.
fn json_has_it_elsewhere(data: &SessionData, token: &str) -> bool {
    let mut open = data.clone();
    open.refresh_token = "".into();
    format!("{open:?}").contains(token)
}
