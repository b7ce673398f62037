use super::*;
use std::fs;

const DAY: u64 = 86_400;

fn enrolled() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    store.keep_installation(&store.installation()).unwrap();
    (folder, store)
}

#[test]
fn nothing_is_written_before_the_first_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    note_sign_in(folder.path(), "wrong-password", 5);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    note_sign_in(folder.path(), OK, 6);
    let records = Store::new(folder.path()).records();
    assert_eq!(records.sign_ins, BTreeMap::from([(OK.to_owned(), 1)]));
    assert_eq!((records.first_sign_in_at, records.mean_days_between_sign_ins), (Some(6), None));
}

#[test]
fn counters_add_up_over_handles_and_sign_ins() {
    let (folder, store) = enrolled();
    note_sign_in(folder.path(), OK, 0);
    note_sign_in(folder.path(), "wrong-code", DAY);
    note_sign_in(folder.path(), OK, 10 * DAY);
    note_sign_in(folder.path(), OK, 25 * DAY);
    let (one, two) = (Tally::default(), Tally::default());
    one.note(|records| records.refreshes.cookies += 2);
    two.note(|records| records.refreshes.cookies += 3);
    two.note(|records| records.add_error(EndpointClass::State));
    assert_eq!(two.total(&store).refreshes.cookies, 3);
    one.flush(&store);
    two.flush(&store);
    two.flush(&store);
    let records = store.records();
    assert_eq!((records.refreshes.cookies, records.errors["state"]), (5, 1));
    assert_eq!((records.sign_ins[OK], records.sign_ins["wrong-code"]), (3, 1));
    assert_eq!(records.mean_days_between_sign_ins, Some(12.5));
}

#[test]
fn a_damaged_file_starts_anew() {
    let (folder, store) = enrolled();
    for text in ["", "{", "[]", r#"{"throttles": "many"}"#] {
        fs::write(folder.path().join("records.json"), text).unwrap();
        assert_eq!(store.records(), Records::default(), "{text}");
    }
    note_sign_in(folder.path(), OK, 7);
    assert_eq!(store.records().sign_ins[OK], 1);
    fs::write(folder.path().join("records.json"), r#"{"throttles": 4, "later": 1}"#).unwrap();
    assert_eq!(store.records().throttles, 4);
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_no_stranger() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = enrolled();
    note_sign_in(folder.path(), OK, 7);
    let mode = fs::metadata(folder.path().join("records.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(store.check_folder().is_ok());
}

#[test]
fn captchas_in_a_row_make_longer_waits_until_a_sign_in_works() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let mut now = 1_000_000;
    for wait in [60, 300, 900, 3_600, 3_600] {
        assert_eq!(store.records().captchas.rest(now), 0);
        let mut counted = Records::default();
        counted.add_captcha(now);
        store.add_records(&counted).unwrap();
        let captchas = store.records().captchas;
        assert_eq!((captchas.rest(now), captchas.rest(now + wait - 1)), (wait, 1));
        assert_eq!(captchas.rest(now - 1), 0, "a clock that was put back");
        now += wait;
    }
    note_sign_in(folder.path(), "wrong-code", now);
    assert_eq!(store.records().captchas.in_a_row, 5);
    note_sign_in(folder.path(), OK, now);
    assert_eq!(store.records().captchas, Captchas::default());
}
