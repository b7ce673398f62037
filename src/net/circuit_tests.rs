use super::*;
use crate::clock::from_unix;
use EndpointClass::{Commands, Devices, State};

fn unreachable() -> Outcome {
    Outcome::of_error(&Error::new(code::UNREACHABLE, "Away."))
}

/// Seconds at which a caller who never gives up gets through, when nothing gets better.
fn tries(class: EndpointClass, lane: Lane, seconds: u64, fail: fn() -> Outcome) -> Vec<u64> {
    let mut circuits = Circuits::default();
    let mut tried = Vec::new();
    for second in 0..seconds {
        let now = from_unix(1_000 + second);
        if circuits.admit(class, lane, now).is_ok() {
            circuits.note(class, fail(), now);
            tried.push(second);
        }
    }
    tried
}

#[test]
fn five_failures_in_a_row_open_it_and_probes_get_rarer() {
    let tried = tries(State, Lane::Read, 3_600, || Outcome::Failed);
    assert_eq!(tried, [0, 1, 2, 3, 4, 34, 94, 214, 454, 934, 1_534, 2_134, 2_734, 3_334]);
}

#[test]
fn a_person_is_let_through_every_ten_seconds() {
    let tried = tries(Commands, Lane::Command, 60, || Outcome::Failed);
    assert_eq!(tried, [0, 1, 2, 3, 4, 14, 24, 34, 44, 54]);
}

#[test]
fn a_network_that_is_away_makes_no_longer_rests() {
    let tried = tries(State, Lane::Read, 200, unreachable);
    assert_eq!(tried, [0, 1, 2, 3, 4, 34, 64, 94, 124, 154, 184]);
    assert_eq!(tries(Commands, Lane::Command, 60, unreachable).len(), 60);
}

fn opened(class: EndpointClass, fail: fn() -> Outcome) -> Circuits {
    let mut circuits = Circuits::default();
    for number in 1..=CIRCUIT_FAILURES {
        assert!(circuits.admit(class, Lane::Read, from_unix(1_000)).is_ok());
        let change = circuits.note(class, fail(), from_unix(1_000));
        let is_last = number == CIRCUIT_FAILURES;
        let is_amazon = matches!(fail(), Outcome::Failed);
        assert_eq!(change, (is_last && is_amazon).then_some(Change::Opened));
    }
    circuits
}

#[test]
fn says_what_rests_and_until_when() {
    let mut circuits = opened(Devices, || Outcome::Failed);
    let error = circuits.admit(Devices, Lane::Read, from_unix(1_010)).unwrap_err();
    assert_eq!((error.code(), error.kind()), (code::RESTING, ErrorKind::Throttled));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    let text =
        "Amazon failed 5 times in a row with the device list; it is asked again in 20 seconds.";
    assert_eq!(error.message(), text);
    assert!(circuits.admit(State, Lane::Read, from_unix(1_010)).is_ok(), "others go on");
    assert_eq!(circuits.resting(from_unix(1_010)), [(Devices, Duration::from_secs(20))]);
    let mut circuits = opened(Devices, unreachable);
    let error = circuits.admit(Devices, Lane::Read, from_unix(1_010)).unwrap_err();
    assert_eq!((error.code(), error.message()), (code::UNREACHABLE, "Away."));
}

#[test]
fn one_probe_at_a_time_and_any_success_closes_it() {
    let mut circuits = opened(State, || Outcome::Failed);
    let later = from_unix(1_030);
    assert!(circuits.admit(State, Lane::Read, later).is_ok());
    assert!(circuits.admit(State, Lane::Read, later).is_err(), "the probe is under way");
    assert_eq!(circuits.note(State, Outcome::Answered, later), Some(Change::Closed));
    for _ in 0..10 {
        assert!(circuits.admit(State, Lane::Read, later).is_ok());
    }
    assert_eq!(circuits.note(State, Outcome::Failed, later), None, "it counts anew");
}

#[test]
fn a_probe_that_is_given_up_is_followed_by_another() {
    let mut circuits = opened(State, || Outcome::Failed);
    assert!(circuits.admit(State, Lane::Read, from_unix(1_030)).is_ok());
    assert!(circuits.admit(State, Lane::Read, from_unix(1_059)).is_err());
    assert!(circuits.admit(State, Lane::Read, from_unix(1_060)).is_ok());
}

#[test]
fn an_answer_to_anything_ends_rests_of_the_network() {
    let mut circuits = opened(State, unreachable);
    circuits.note(Commands, Outcome::Answered, from_unix(1_001));
    assert!(circuits.admit(State, Lane::Read, from_unix(1_001)).is_ok());
    circuits.note(State, Outcome::Answered, from_unix(1_001));
    assert!(!circuits.is_open(State));
    let mut circuits = opened(State, || Outcome::Failed);
    circuits.note(Commands, Outcome::Answered, from_unix(1_001));
    assert!(circuits.admit(State, Lane::Read, from_unix(1_001)).is_err(), "but not Amazon's");
}

#[test]
fn an_outage_on_top_of_a_failure_of_amazons_ends_with_the_outage() {
    let mut circuits = opened(State, || Outcome::Failed);
    let mut now = 1_000;
    for _ in 0..100 {
        now += 30;
        if circuits.admit(State, Lane::Read, from_unix(now)).is_ok() {
            circuits.note(State, unreachable(), from_unix(now));
        }
    }
    circuits.note(Devices, Outcome::Answered, from_unix(now + 1));
    assert!(circuits.admit(State, Lane::Read, from_unix(now + 1)).is_ok());
    circuits.note(State, Outcome::Failed, from_unix(now + 1));
    let error = circuits.admit(State, Lane::Read, from_unix(now + 2)).unwrap_err();
    assert!(error.retry_after().unwrap() < Duration::from_secs(60), "it did not grow meanwhile");
}

#[test]
fn a_class_that_alone_hears_nothing_is_amazons_fault() {
    let mut circuits = Circuits::default();
    let mut tried = Vec::new();
    for second in 0..400 {
        let now = from_unix(1_000 + second);
        circuits.note(Devices, Outcome::Answered, now);
        if circuits.admit(State, Lane::Read, now).is_ok() {
            circuits.note(State, unreachable(), now);
            tried.push(second);
        }
    }
    assert_eq!(tried, [0, 1, 2, 3, 4, 34, 94, 214]);
    assert_eq!(
        circuits.admit(State, Lane::Read, from_unix(1_400)).unwrap_err().code(),
        code::RESTING
    );
}

#[test]
fn a_clock_that_is_put_back_ends_a_rest() {
    let mut circuits = opened(State, || Outcome::Failed);
    assert!(circuits.admit(State, Lane::Read, from_unix(10)).is_ok());
}

#[test]
fn answers_with_a_meaning_are_no_failures() {
    let error = |code, status| Error::new(code, "").with_status(status);
    for (verdict, is_failure) in [
        (Verdict::Fine, false),
        (Verdict::Forbidden, false),
        (Verdict::SignInWanted, false),
        (Verdict::NothingToControl, false),
        (Verdict::Failed(error(code::DEVICE_OFFLINE, 400)), false),
        (Verdict::Failed(error(code::ENDPOINT_GONE, 404)), false),
        (Verdict::Failed(error(code::UNEXPECTED_ANSWER, 400)), false),
        (Verdict::Failed(error(code::UNEXPECTED_ANSWER, 200)), true),
        (Verdict::WebPage(error(code::HTML_ANSWER, 200)), false),
        (Verdict::Unavailable(error(code::AMAZON_DOWN, 503)), true),
    ] {
        let outcome = Outcome::of(&verdict);
        assert_eq!(matches!(outcome, Outcome::Failed), is_failure, "{verdict:?}");
    }
    assert!(matches!(Outcome::of_error(&error(code::TIMEOUT, 0)), Outcome::Unanswered(_)));
    assert!(matches!(Outcome::of_error(&error(code::UNEXPECTED_ANSWER, 200)), Outcome::Failed));
    assert!(matches!(Outcome::of_error(&error(code::THROTTLED, 0)), Outcome::Unknown));
}
