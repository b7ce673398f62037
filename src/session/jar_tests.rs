use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn learn(jar: &Jar, at: &str, lines: &[&str]) {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(SET_COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    jar.learn(&url(at), &headers);
}

fn sent(jar: &Jar, to: &str) -> String {
    jar.header(&url(to)).map(|h| h.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn cookies_stay_with_their_domain() {
    let jar = Jar::default();
    jar.put(&CookieRecord::new("at-acbde", "\"x\"", ".amazon.de"));
    learn(
        &jar,
        "https://www.amazon.com/ap",
        &["session-id=1; Domain=.amazon.com; Path=/", "host=2; Path=/"],
    );
    assert_eq!(sent(&jar, "https://alexa.amazon.de/api/x"), "at-acbde=x");
    assert_eq!(sent(&jar, "https://alexa.amazon.com/"), "session-id=1");
    assert!(sent(&jar, "https://www.amazon.com/").contains("host=2"));
    assert_eq!(sent(&jar, "http://alexa.amazon.de/"), "");
    assert_eq!(sent(&jar, "https://amazon.de.example/"), "");
}

#[test]
fn odd_cookies_do_not_spoil_the_rest() {
    let jar = Jar::default();
    let lines = [
        "",
        "=",
        "a\u{7}b",
        "x=1; Partitioned; Future=thing",
        "evil=1; Domain=.com",
        "q=\"v\"; Secure",
    ];
    for line in lines {
        if HeaderValue::from_bytes(line.as_bytes()).is_ok() {
            learn(&jar, "https://www.amazon.com/", &[line]);
        }
    }
    let mut all: Vec<_> =
        sent(&jar, "https://www.amazon.com/").split("; ").map(str::to_owned).collect();
    all.sort();
    assert_eq!(all, ["q=v", "x=1"]);
}

#[test]
fn every_shape_seen_in_the_field_is_read() {
    let value = |line: &str, name: &str| {
        let jar = Jar::default();
        learn(
            &jar,
            "https://www.amazon.de/ap/signin",
            &[line, "after=1; Domain=.amazon.de; Path=/"],
        );
        assert!(jar.value(&url("https://alexa.amazon.de/"), "after").is_some(), "{line}");
        jar.value(&url("https://www.amazon.de/ap/x"), name).map(|v| v.expose().to_owned())
    };
    for (line, name, expected) in [
        ("at-acbde=Atza|x; Domain=.amazon.de; Path=/; Secure; Partitioned", "at-acbde", "Atza|x"),
        ("sess=\"a/b+c==\"; Version=1; Domain=.amazon.de; Path=/", "sess", "a/b+c=="),
        ("x-acbde=\"a,b{c:[1]}\"; Path=/", "x-acbde", "a,b{c:[1]}"),
        ("s=1; Domain=.amazon.de; Expires=Tue, 01-Jan-2036 08:00:01 GMT; Path=/", "s", "1"),
        ("s=2; Domain=.amazon.de; Expires=Tue, 01-Jan-36 08:00:01 GMT; Path=/", "s", "2"),
        ("s=3; Domain=.amazon.de; Expires=22 Oct 2045 13:29:57 GMT; Path=/", "s", "3"),
        ("s=4; Domain=.amazon.de; Expires=; Path=/", "s", "4"),
        ("s=5; Domain=.amazon.de; Expires=whenever; Path=/", "s", "5"),
        ("s=6; Domain=.amazon.de; Max-Age=3600.5; Path=/", "s", "6"),
        ("s=7; Domain=amazon.de; SameSite=Whatever; Priority=High; Path=/", "s", "7"),
        ("s=8;Domain=.amazon.de;Path=/;;HttpOnly;", "s", "8"),
        ("s = 9 ; domain=.AMAZON.de ; path=/", "s", "9"),
    ] {
        assert_eq!(value(line, name).as_deref(), Some(expected), "{line}");
    }
    for line in [
        "gone=-; Domain=.amazon.de; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/",
        "gone=-; Domain=.amazon.de; Expires=Thu, 01 Jan 1970 00:00:10 GMT; Path=/",
        "gone=-; Domain=.amazon.de; Max-Age=-1; Path=/",
    ] {
        assert_eq!(value(line, "gone"), None, "{line}");
        let jar = Jar::default();
        learn(&jar, "https://www.amazon.de/", &["gone=1; Domain=.amazon.de; Path=/", line]);
        assert!(jar.value(&url("https://www.amazon.de/"), "gone").is_none(), "{line}");
    }
}

#[test]
fn one_malformed_cookie_of_ten_costs_one() {
    let lines: Vec<_> = (0..10)
        .map(|n| if n == 4 { "=;=;,\"{".to_owned() } else { format!("c{n}=v; Path=/") })
        .collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let jar = Jar::default();
    learn(&jar, "https://www.amazon.de/", &lines);
    assert_eq!(sent(&jar, "https://www.amazon.de/").matches("=v").count(), 9);
}

#[test]
fn one_name_on_two_domains_is_two_cookies() {
    let jar = Jar::default();
    for (value, domain) in [("1", ".amazon.de"), ("2", ".amazon.com")] {
        jar.put(&CookieRecord::new("session-id", value, domain));
    }
    assert_eq!(sent(&jar, "https://alexa.amazon.de/"), "session-id=1");
    assert_eq!(sent(&jar, "https://alexa.amazon.com/"), "session-id=2");
    jar.forget(&url("https://alexa.amazon.com/"), "session-id");
    assert_eq!(sent(&jar, "https://alexa.amazon.de/"), "session-id=1");
}

#[test]
fn deletions_are_honoured() {
    let jar = Jar::default();
    learn(&jar, "https://alexa.amazon.de/", &["csrf=-12; Domain=.amazon.de; Path=/"]);
    assert_eq!(jar.value(&url("https://alexa.amazon.de/api"), "csrf").unwrap().expose(), "-12");
    learn(&jar, "https://alexa.amazon.de/", &["csrf=; Domain=.amazon.de; Path=/; Max-Age=0"]);
    assert!(jar.value(&url("https://alexa.amazon.de/api"), "csrf").is_none());
    learn(&jar, "https://alexa.amazon.de/", &["csrf=-13; Domain=.amazon.de; Path=/"]);
    jar.forget(&url("https://alexa.amazon.de/api"), "csrf");
    assert!(jar.value(&url("https://alexa.amazon.de/api"), "csrf").is_none());
}

#[test]
fn survives_a_round_trip_with_all_attributes() {
    let jar = Jar::default();
    learn(
        &jar,
        "https://www.amazon.com/ap/x",
        &["host=2; Path=/ap; Secure; Max-Age=1000", "wide=1; Domain=.amazon.com; Path=/"],
    );
    let mut records = jar.records();
    let again = Jar::from_records(&records);
    let mut copies = again.records();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    copies.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(records, copies);
    assert_eq!(sent(&again, "https://alexa.amazon.com/ap/x"), "wide=1");
}

#[test]
fn the_header_is_marked_as_secret() {
    let jar = Jar::default();
    jar.put(&CookieRecord::new("a", "canary", ".amazon.de"));
    let header = jar.header(&url("https://www.amazon.de/")).unwrap();
    assert!(!format!("{header:?} {jar:?}").contains("canary"));
}
