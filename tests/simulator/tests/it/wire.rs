//! Codings, cookies, clock and journal: what travels beside the content.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use crate::support::{self, VERIFIER, World, world};
use amazon_simulator::{Encoding, Requests};
use reqwest::Response;
use reqwest::cookie::CookieStore;

async fn page(world: &World, accepted: &str) -> Response {
    let client = support::builder(&world.simulator);
    let client = client.no_gzip().no_deflate().no_brotli().http1_only().build().unwrap();
    let request = client.get(support::sign_in_url(VERIFIER)).header("accept-encoding", accepted);
    request.send().await.unwrap()
}

#[tokio::test]
async fn pages_travel_in_every_coding() {
    let world = world().await;
    let set = |encoding| world.simulator.knobs(|k| k.encoding = encoding);
    let header = |r: &Response, name: &str| {
        r.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let whole = |text: &str| text.contains("id=\"ap_email\"") && text.ends_with("</html>\n");

    set(Encoding::Identity);
    let answer = page(&world, "gzip").await;
    let length: usize = header(&answer, "content-length").unwrap().parse().unwrap();
    let text = answer.text().await.unwrap();
    assert!(whole(&text) && text.len() == length);

    set(Encoding::Gzip);
    let answer = page(&world, "gzip, deflate, br").await;
    assert_eq!(header(&answer, "content-encoding").as_deref(), Some("gzip"));
    let mut text = String::new();
    let bytes = answer.bytes().await.unwrap();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    assert!(whole(&text));

    set(Encoding::Deflate);
    let answer = page(&world, "gzip, deflate, br").await;
    assert_eq!(header(&answer, "content-encoding").as_deref(), Some("deflate"));
    let mut text = String::new();
    let bytes = answer.bytes().await.unwrap();
    flate2::read::ZlibDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    assert!(whole(&text));

    set(Encoding::Br);
    let answer = page(&world, "gzip, deflate, br").await;
    assert_eq!(header(&answer, "content-encoding").as_deref(), Some("br"));
    let answer = page(&world, "gzip, deflate").await;
    assert_eq!(header(&answer, "content-encoding"), None, "only what the client accepts");
    assert!(whole(&answer.text().await.unwrap()));

    set(Encoding::Gzip);
    let code = world.sign_in().await;
    assert!(!code.is_empty(), "a whole sign-in with compressed pages");
}

#[tokio::test]
async fn odd_cookies_surround_the_ones_that_matter() {
    let world = world().await;
    world.simulator.knobs(|k| k.odd_cookies = true);
    let answer = page(&world, "").await;
    let raw: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    let has = |text: &str| raw.iter().any(|cookie| cookie.contains(text));
    for mark in
        ["; Partitioned", "=\"a/b, c=d\"", "{\"a\":[1,2]", "Max-Age=3600.0", ";;= no cookie"]
    {
        assert!(has(mark), "{mark}");
    }
    assert_eq!(raw.iter().filter(|cookie| cookie.starts_with("odd-twice=")).count(), 2);
    let last = raw.last().unwrap();
    assert!(last.starts_with("session-id-time=") && last.contains("; Partitioned"));
    assert!(last.contains("-20"), "a date with dashes: {last}");

    let session = world.session("amazon.de").await;
    let jar = world.jar.cookies(&"https://www.amazon.com/ap/signin".parse().unwrap()).unwrap();
    let jar = jar.to_str().unwrap();
    assert!(jar.contains("odd-plain=1") && !jar.contains("odd-gone"));
    assert!(session.csrf().is_some());
}

#[tokio::test]
async fn codes_and_dates_follow_a_clock_that_is_off() {
    let world = world().await;
    for seconds in [95_i64, -600] {
        world.simulator.shift_clock(seconds);
        let answer = page(&world, "").await;
        let date = answer.headers()["date"].to_str().unwrap();
        let date = httpdate::parse_http_date(date).unwrap();
        let now = SystemTime::now();
        let off = date.duration_since(now).unwrap_or_else(|e| e.duration()).as_secs();
        assert!(off.abs_diff(seconds.unsigned_abs()) <= 2, "{off}");
        let stale = {
            let code = world.simulator.code().code;
            world.simulator.shift_clock(95);
            code
        };
        let open = world.after_password().await;
        assert!(world.send(&open, &[("otpCode", &stale)]).await.has("not valid"));
        let code = world.simulator.code().code;
        assert_eq!(world.send(&open, &[("otpCode", &code)]).await.status, 302);
        world.simulator.shift_clock(-95 - seconds);
        world.simulator.knobs(|k| k.otp_single_use = false);
    }
    let url = format!("{}/control/clock", world.simulator.control_url());
    let body = serde_json::json!({ "advance_s": -600.5 });
    let answer = world.client.post(url).json(&body).send().await.unwrap();
    let now: serde_json::Value = answer.json().await.unwrap();
    let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let behind = real - Duration::from_millis(now["now_ms"].as_u64().unwrap());
    assert!((595..606).contains(&behind.as_secs()), "{behind:?}");
}

#[tokio::test]
async fn the_journal_tells_who_sent_what_and_how_often() {
    let world = world().await;
    let page = world.open().await;
    let mut form = page.hidden();
    form.push(("email".to_owned(), "alex@example.org".to_owned()));
    let url = "https://www.amazon.com/ap/signin";
    let post = world.client.post(url).form(&form).header("origin", "https://www.amazon.com");
    post.header("referer", page.url.as_str()).send().await.unwrap();
    world.client.get("https://alexa.amazon.de/api/welcome").send().await.unwrap();

    let posts = world.simulator.requests(&Requests::to("POST", "/ap/").at("www.amazon.com"));
    let [post] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!(post.header("origin"), "https://www.amazon.com");
    assert_eq!(post.header("referer"), page.url.as_str());
    assert_eq!(post.header("user-agent"), "simulator-test");
    assert_eq!(post.header("x-none"), "");
    let mut cookies = post.cookie_names();
    cookies.sort_unstable();
    assert_eq!(cookies, ["session-id", "session-id-time"]);
    assert!(post.posts("email") && !post.posts("password"));
    assert_eq!(world.simulator.count("GET", "/api/"), 1);
    let counts = world.simulator.request_counts();
    assert_eq!(counts["POST www.amazon.com/ap/signin"], 1);

    let control = format!("{}/control/journal", world.simulator.control_url());
    let get = async |query: &str| -> serde_json::Value {
        let answer = world.client.get(format!("{control}{query}")).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let some = get("?host=alexa.amazon.de&path=/api/&method=GET").await;
    assert_eq!(some["entries"].as_array().unwrap().len(), 1);
    assert_eq!(get(&format!("?since={}", post.n)).await["entries"].as_array().unwrap().len(), 1);
    assert_eq!(get("/counts?method=POST").await["POST www.amazon.com/ap/signin"], 1);
}

#[tokio::test]
async fn every_new_setting_has_its_words_in_the_control_interface() {
    let world = world().await;
    let url = format!("{}/control/knobs", world.simulator.control_url());
    let wanted = serde_json::json!({
        "pages_after_email": ["create_account", "cvf_captcha", "waf", "passkey"],
        "pages_after_password": ["second_password", "unknown", "code", "hop", "approval"],
        "password_problem": "A sentence", "password_problem_box": "warning",
        "approval_after_polls": 2, "approval_refused": "denied", "approval_by_code": true,
        "passkey_only": true, "sms_only": true, "create_account_first": true,
        "wanted_handle": "amzn_dp_project_dee_ios_de", "waf_unless_language": "ja_JP",
        "waf_after_email": true, "landing_without_code": true,
        "encoding": "br", "odd_cookies": true, "push_region": "fe",
        "country": "PL", "marketplace_shape": "bare", "users_me_refused": true,
        "missing_fields": ["alexaHostName"], "missing_hosts": [], "register_refused": true,
    });
    let answer = world.client.put(&url).json(&wanted).send().await.unwrap();
    let knobs: serde_json::Value = answer.json().await.unwrap();
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&knobs[name], value, "{name}");
    }
    let unknown = serde_json::json!({ "pages_after_mail": [] });
    assert_eq!(world.client.put(&url).json(&unknown).send().await.unwrap().status(), 422);
}
