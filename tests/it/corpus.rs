//! Every file of the fuzz corpus, and every file cut short, through the bodies of the fuzz targets.

use std::any::Any;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../fuzz/bodies/answers.rs"]
mod answers;
#[path = "../fuzz/bodies/board.rs"]
mod board;
#[path = "../fuzz/bodies/cookies.rs"]
mod cookies;
#[path = "../fuzz/bodies/envelopes.rs"]
mod envelopes;
#[path = "../fuzz/bodies/events.rs"]
mod events;
#[path = "../fuzz/bodies/frames.rs"]
mod frames;
#[path = "../fuzz/bodies/hosts.rs"]
mod hosts;
#[path = "../fuzz/bodies/pages.rs"]
mod pages;
#[path = "../fuzz/bodies/requests.rs"]
mod requests;
#[path = "../fuzz/bodies/sealed.rs"]
mod sealed;
#[path = "../fuzz/bodies/tokens.rs"]
mod tokens;

use sealed::Outcome::{Content, NoContent, Opened, Refused};

/// Runs a body over all files of its corpus and over parts of them; gives what whole files led to.
fn play<T>(target: &str, body: fn(&[u8]) -> T) -> Vec<(String, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "the corpus of {target} is gone");
    let guarded = |data: &[u8], what: &str| {
        catch_unwind(|| body(data)).unwrap_or_else(|cause| panic!("{what}: {}", words(&*cause)))
    };
    files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let data = fs::read(path).unwrap();
            // A whole cut at every byte would take minutes for the pages.
            for part in 1..8 {
                let length = data.len() * part / 8;
                guarded(&data[..length], &format!("{target}/{name}, {length} bytes"));
                guarded(&data[length..], &format!("{target}/{name}, from byte {length}"));
            }
            let outcome = guarded(&data, &format!("{target}/{name}"));
            (name, outcome)
        })
        .collect()
}

fn words(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn no_page_of_the_corpus_breaks_a_promise() {
    let played = play("pages", pages::run);
    let of = |name: &str| &played.iter().find(|(other, _)| other == name).unwrap().1;
    let usual = of("usual-seed");
    assert_eq!((usual.forms, usual.passwords, usual.codes, usual.landed), (3, 1, 1, true));
    assert_eq!(of("asked-code").questions, 1);
    assert_eq!(of("password-again").causes, ["wrong-password"]);
    for name in ["foreign-form", "clear-form", "other-port", "final-dot", "user-in-address"] {
        assert_eq!(
            (of(name).causes.as_slice(), of(name).passwords),
            (["foreign-host"].as_slice(), 0)
        );
    }
    assert_eq!(of("unknown").causes, ["unknown-page"]);
    let approval = of("approval");
    assert_eq!((approval.polls, approval.visits, approval.landed), (3, 1, true));
    assert_eq!(of("approval-denied").causes, ["approval"]);
    assert_eq!(of("approval-foreign-return").causes, ["foreign-host"]);
    assert_eq!((of("create-account").visits, of("create-account").passwords), (1, 1));
    assert_eq!(of("create-account-foreign").causes, ["foreign-host"]);
    assert_eq!((of("restart-then-usual").restarts, of("restart-then-usual").passwords), (1, 1));
    assert_eq!((of("captcha").questions, of("claims").questions), (1, 3));
}

#[test]
fn no_cookie_of_the_corpus_affects_others() {
    let played = play("cookies", cookies::run);
    let of = |name: &str| played.iter().find(|(other, _)| other == name).unwrap().1;
    assert_eq!(of("usual"), 4);
    assert_eq!((of("deletions"), of("other-sites")), (0, 0));
}

#[test]
fn no_file_of_the_corpus_opens_unless_it_is_genuine() {
    for (name, outcome) in play("sealed", sealed::run) {
        let expected = match name.as_str() {
            "unchanged" | "there-and-back" | "own-key" => Opened,
            "other-key" | "flip-fingerprint" => Refused("key-mismatch"),
            "newer" | "flip-version" => Refused("store-newer"),
            "content" | "content-odd-cookies" | "content-odd-times" | "content-newer" => Content,
            "content-cut" => NoContent,
            "backup-newer" => Refused("store-newer"),
            name if name.starts_with("backup") => Refused("backup-damaged"),
            // Its fingerprint is made up too.
            "forged" | "header-only" => Refused("key-mismatch"),
            _ => Refused("store-damaged"),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn no_answer_of_the_corpus_ends_a_session_by_mistake() {
    let played = play("tokens", tokens::run);
    let names = |holds: fn(&tokens::Outcome) -> bool| -> Vec<&str> {
        played.iter().filter(|(_, o)| holds(o)).map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(names(|o| o.refused), ["refused", "refused-nested", "registration-refused"]);
    assert_eq!(names(|o| o.registered), ["registered", "registered-lists"]);
    assert_eq!(names(|o| o.cookies), ["cookies", "cookies-foreign"]);
    assert!(names(|o| o.token).contains(&"token-text-life"));
    assert_eq!(
        names(|o| o.site),
        ["endpoints", "endpoints-final-dot", "users-me", "users-me-lists", "welcome"]
    );
}

#[test]
fn no_stream_of_the_corpus_goes_unheard() {
    let played = play("frames", frames::run);
    let of = |name: &str| &played.iter().find(|(other, _)| other == name).unwrap().1;
    for name in ["volume", "several-lines", "lf-only", "unprefixed", "quoted", "no-boundary"] {
        assert_eq!((of(name).events, of(name).unknown), (1, 0), "{name}");
    }
    assert_eq!((of("all-kinds").events, of("all-kinds").unknown), (12, 0));
    for name in ["no-headers", "closed", "two-in-one-part"] {
        assert_eq!(of(name).events, 2, "{name}");
    }
    assert_eq!((of("now-playing-null").events, of("many-in-one").events), (3, 5));
    assert_eq!((of("unknown").events, of("unknown").unknown), (0, 3));
    assert_eq!((of("smart-home"), of("no-parts")), (&Default::default(), &Default::default()));
    assert_eq!((of("keep-alives").blanks, of("audio").others), (5, 1));
    assert_eq!((of("broken-json").events, of("broken-json").unknown), (1, 1));
}

#[test]
fn no_list_of_the_corpus_makes_anything_up() {
    let played = play("answers", answers::run);
    let of = |name: &str| &played.iter().find(|(other, _)| other == name).unwrap().1;
    assert_eq!((of("whole-house").changes, of("whole-house").playing), (4, 3));
    assert_eq!((of("nulls-after-values").changes, of("nulls-after-values").playing), (6, 1));
    assert_eq!((of("gone-twice").players, of("gone-twice").changes), (6, 4));
    assert_eq!((of("gone-and-back").players, of("gone-and-back").changes), (6, 3));
    assert_eq!((of("groups-in-circles").players, of("groups-in-circles").playing), (4, 4));
    assert_eq!((of("doubled-serials").players, of("odd-shapes").players), (1, 0));
    assert_eq!((of("music-ends").playing, of("music-ends").sessions), (0, 1));
    assert_eq!((of("unknown-serials").playing, of("unknown-serials").devices), (1, 1));
    assert_eq!((of("odd-positions").playing, of("player-no-more").players), (3, 5));
}

#[test]
fn no_event_of_the_corpus_makes_anything_up() {
    let played = play("events", events::run);
    let of = |name: &str| &played.iter().find(|(other, _)| other == name).unwrap().1;
    // The list of the house is the first change.
    for (name, changes) in
        [("knobs", 5), ("too-late", 3), ("many-in-one", 5), ("disturb", 2), ("nothing", 1)]
    {
        assert_eq!(of(name).changes, changes, "{name}");
    }
    assert_eq!((of("group-music").playing, of("music-moves").playing), (6, 0));
    assert_eq!((of("online").sessions, of("online").volumes), (2, 2));
    assert_eq!((of("asks-for-lists").sessions, of("asks-for-lists").devices), (2, 3));
    assert_eq!((of("replay").playing, of("replay").sessions), (0, 2));
    assert_eq!((of("clock-back").volumes, of("positions").playing), (1, 1));
}

#[test]
fn no_request_of_the_corpus_is_taken_unless_it_is_genuine() {
    for (name, outcome) in play("requests", requests::run) {
        let expected = match name.as_str() {
            "launch" | "launch-with-chain" | "event-late" => "ok",
            "chain-in-any-order" | "address-up-and-down" => "ok",
            "chain-of-amazon-now" | "chain-expired" => "expired",
            "chain-of-amazon-then" | "changed" => "bad-signature",
            "chain-other-name" | "chain-wildcard" => "wrong-name",
            "too-old" | "from-the-future" => "too-old",
            "other-skill" | "no-context" => "other-skill",
            "no-json" | "no-request" => "not-json",
            "unsigned" | "no-base64" => "no-signature",
            name if name.starts_with("address-") => "bad-address",
            _ => "bad-chain",
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn every_envelope_of_the_corpus_is_read_as_what_it_says() {
    let played = play("envelopes", envelopes::run);
    let of = |name: &str| {
        let outcome = &played.iter().find(|(other, _)| other == name).unwrap().1;
        (outcome.kind, outcome.is_message, outcome.has_player)
    };
    assert_eq!(of("launch"), ("launch", true, true));
    assert_eq!(of("playback-nearlyfinished"), ("nearly-finished", true, true));
    assert_eq!(of("playback-failed"), ("failed", true, false));
    assert_eq!(of("playback-without-token"), ("unknown", true, false));
    assert_eq!(of("odd-offsets"), ("stopped", true, true));
    assert_eq!(of("odd-time"), ("launch", true, false));
    assert_eq!(of("nulls"), ("launch", false, false));
    assert_eq!((of("doubled"), of("unknown")), (("intent", true, false), ("unknown", true, false)));
    assert_eq!((of("no-request"), of("list")), (("", false, false), ("", false, false)));
}
