use super::*;
use crate::api::household::Household;
use crate::error::code;
use serde_json::json;
use std::time::Duration;

fn device(serial: &str) -> Arc<Device> {
    let entry = json!({"serialNumber": serial, "accountName": serial, "deviceFamily": "ECHO"});
    let home = Household::merge(&json!({"devices": [entry]}), None, None);
    Arc::clone(home.get(serial).unwrap())
}

fn sent(step: Step) -> Vec<Level> {
    match step {
        Step::Send(levels) => levels,
        other => panic!("{other:?}"),
    }
}

fn until(step: Step) -> f64 {
    match step {
        Step::Until(at) => at,
        other => panic!("{other:?}"),
    }
}

fn shown(levels: &[Level]) -> Vec<(&str, u8)> {
    levels.iter().map(|one| (one.device.serial.as_str(), one.level)).collect()
}

#[test]
fn s_v2_the_latest_of_each_device_goes_out_together_a_second_apart() {
    let mut mixer = Mixer::default();
    let (one, other) = (device("A"), device("B"));
    mixer.want(&one, 10, 100.0);
    let first = sent(mixer.next(100.0, true));
    assert_eq!(shown(&first), [("A", 10)]);
    let (_, ended) = mixer.want(&one, 11, 100.1);
    assert!(matches!(ended.as_slice(), [(1, Outcome::Replaced)]));
    mixer.want(&other, 20, 100.2);
    mixer.want(&one, 12, 100.3);
    mixer.sent(&first, 100.3);
    assert_eq!(until(mixer.next(100.4, true)), 101.0);
    let second = sent(mixer.next(101.0, true));
    assert_eq!(shown(&second), [("A", 12), ("B", 20)]);
    mixer.sent(&second, 101.1);
    let ended = mixer.heard(|serial| Some((if serial == "A" { 12 } else { 9 }, 101.2)));
    assert!(matches!(ended.as_slice(), [(4, Outcome::Seen)]));
}

#[test]
fn what_is_near_enough_counts_only_when_it_is_said_afterwards() {
    let mut mixer = Mixer::default();
    mixer.want(&device("A"), 65, 100.0);
    let levels = sent(mixer.next(100.0, true));
    mixer.sent(&levels, 100.0);
    assert!(mixer.heard(|_| Some((64, 99.0))).is_empty(), "that is the volume from before");
    assert!(mixer.heard(|_| Some((68, 101.0))).is_empty());
    assert_eq!(mixer.heard(|_| Some((67, 101.0))).len(), 1);
    assert!(matches!(mixer.next(101.0, true), Step::Rest));
}

#[test]
fn what_is_not_seen_goes_out_singly_and_not_for_ever() {
    let mut mixer = Mixer::default();
    for serial in ["A", "B"] {
        mixer.want(&device(serial), 50, 100.0);
    }
    let mut now = 100.0;
    let mut batches = Vec::new();
    let mut ended = Vec::new();
    while now < 200.0 {
        match mixer.next(now, false) {
            Step::Send(levels) => {
                mixer.sent(&levels, now);
                batches.push((now, levels.len()));
            }
            Step::Look => ended.extend(mixer.looked(true, now, false)),
            Step::Until(at) => {
                assert!(at > now);
                now = at;
            }
            Step::Rest => break,
        }
    }
    assert_eq!(batches.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 1, 1, 1, 1]);
    assert!(batches.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 0.69), "{batches:?}");
    assert!(now < 120.0, "{now}");
    assert!(ended.len() == 2 && ended.iter().all(|(_, end)| matches!(end, Outcome::Disobeyed)));
}

#[test]
fn patience_has_an_end_and_other_refusals_are_final() {
    let throttled =
        |seconds| Error::new(code::THROTTLED, "").with_retry_after(Duration::from_secs(seconds));
    let mut mixer = Mixer::default();
    mixer.want(&device("A"), 50, 100.0);
    let levels = sent(mixer.next(100.0, true));
    assert!(mixer.refused(&levels, &throttled(12), 100.5).is_empty());
    assert_eq!(until(mixer.next(101.0, true)), 112.5);
    let levels = sent(mixer.next(112.5, true));
    let ended = mixer.refused(&levels, &throttled(12), 113.0);
    assert!(
        matches!(&ended[..], [(1, Outcome::Refused(error))] if error.code() == code::THROTTLED)
    );
    for (code, tries) in [(code::RESTING, 1), (code::UNREACHABLE, 1), (code::AMAZON_DOWN, 2)] {
        let mut mixer = Mixer::default();
        mixer.want(&device("A"), 50, 100.0);
        for number in 1..=tries {
            let levels = sent(mixer.next(100.0 + f64::from(number) * 5.0, true));
            let ended =
                mixer.refused(&levels, &Error::new(code, ""), 100.0 + f64::from(number) * 5.0);
            assert_eq!(ended.len(), usize::from(number == tries), "{code:?}");
        }
    }
}

#[test]
fn one_device_that_is_refused_does_not_keep_the_others_from_their_volumes() {
    for code in [code::DEVICE_OFFLINE, code::UNEXPECTED_ANSWER, code::THROTTLED, code::CLOSED] {
        let mut mixer = Mixer::default();
        for serial in ["A", "B"] {
            mixer.want(&device(serial), 50, 100.0);
        }
        let error = Error::new(code, "").with_retry_after(Duration::from_secs(60));
        let both = sent(mixer.next(100.0, true));
        let ended = mixer.refused(&both, &error, 100.1);
        if [code::THROTTLED, code::CLOSED].contains(&code) {
            assert_eq!(ended.len(), 2, "{code:?}");
            continue;
        }
        assert!(ended.is_empty());
        let first = sent(mixer.next(101.0, true));
        assert_eq!(shown(&first), [("A", 50)]);
        assert!(matches!(&mixer.refused(&first, &error, 101.1)[..], [(1, Outcome::Refused(_))]));
        let second = sent(mixer.next(102.0, true));
        mixer.sent(&second, 102.1);
        assert!(matches!(&mixer.heard(|_| Some((50, 102.3)))[..], [(2, Outcome::Seen)]));
    }
}

#[test]
fn nobody_looks_while_more_is_to_be_sent_and_a_clock_that_is_put_back_stops_nothing() {
    let mut mixer = Mixer::default();
    let device = device("A");
    mixer.want(&device, 50, 100.0);
    let levels = sent(mixer.next(100.0, false));
    mixer.sent(&levels, 100.0);
    assert_eq!(until(mixer.next(100.0, false)), 100.3);
    mixer.want(&device, 51, 100.2);
    assert_eq!(until(mixer.next(100.5, false)), 101.0);
    assert!(until(mixer.next(10.0, false)) <= 30.0);
    assert_eq!(mixer.give_up(&Error::new(code::CLOSED, "")).len(), 1);
    assert_eq!(mixer.wanted("A"), None);
}
