use proptest::prelude::*;
use scraper::{Html, Selector};

use super::super::address::Addresses;
use super::*;

fn shown(html: &str) -> String {
    let url = Url::parse("https://www.amazon.com/ap/cvf/approval?arb=1").unwrap();
    let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/ap/cvf/approval");
    rewrite(html, &View { url: &url, place, charset: None }).unwrap()
}

const UP: &str = "./../../../";

#[test]
fn links_forms_and_pictures_stay_inside() {
    for (before, after) in [
        (
            r#"<a href="https:&#x2F;&#x2F;www.amazon.de/x?a=1&amp;b=2#c">"#,
            r#"<a href="UPwww.amazon.de/x?a=1&amp;b=2#c">"#,
        ),
        (r"<a href=/gp/help>", r#"<a href="UPwww.amazon.com/gp/help">"#),
        (r#"<A HREF="verify?x">"#, r#"<A href="UPwww.amazon.com/ap/cvf/verify?x">"#),
        (r#"<a href="//www.amazon.co.jp">"#, r#"<a href="UPwww.amazon.co.jp/">"#),
        (r##"<a href="#top">"##, r##"<a href="#top">"##),
        (r#"<a href="http://evil.example/x">"#, r#"<a href="UPevil.example/x">"#),
        (r#"<a href="java&Tab;script:alert(1)">"#, "<a>"),
        (r#"<a href=" JAVASCRIPT&colon;x">"#, "<a>"),
        (r#"<a href="com.amazon.app://x">"#, "<a>"),
        (r#"<a href="mailto:a@example.org">"#, r#"<a href="mailto:a@example.org">"#),
        (
            r#"<a href="https://www.amazon.com/1" href="https://www.amazon.com/2">"#,
            r#"<a href="UPwww.amazon.com/1">"#,
        ),
        (
            r#"<form method="post" action="verify">"#,
            r#"<form method="post" action="UPwww.amazon.com/ap/cvf/verify">"#,
        ),
        ("<form>", r#"<form action="UPwww.amazon.com/ap/cvf/approval?arb=1">"#),
        ("<form action=''>", r#"<form action="UPwww.amazon.com/ap/cvf/approval?arb=1">"#),
        (
            r#"<button formaction="https://www.amazon.com/b">"#,
            r#"<button formaction="UPwww.amazon.com/b">"#,
        ),
        (
            r#"<input type="image" src="/i.png" formaction="/c">"#,
            r#"<input type="image" src="UPwww.amazon.com/i.png" formaction="UPwww.amazon.com/c">"#,
        ),
        (r#"<area href="/map">"#, r#"<area href="UPwww.amazon.com/map">"#),
        (
            r#"<img src="http://m.media-amazon.com/a.png">"#,
            r#"<img src="https://m.media-amazon.com/a.png">"#,
        ),
        (
            r#"<img src="https://opfcaptcha.amazon.com/c.jpg">"#,
            r#"<img src="UPopfcaptcha.amazon.com/c.jpg">"#,
        ),
        (r#"<img src="data:image/png;base64,AA==">"#, r#"<img src="data:image/png;base64,AA==">"#),
        (r#"<img src="https://evil.example/pixel">"#, "<img>"),
        (
            r#"<img srcset="/a.png 1x, https://evil.example/b 2x, https://m.media-amazon.com/c 3x">"#,
            r#"<img srcset="UPwww.amazon.com/a.png 1x, https://m.media-amazon.com/c 3x">"#,
        ),
        (
            r#"<link rel="stylesheet" href="https://m.media-amazon.com/a.css">"#,
            r#"<link rel="stylesheet" href="https://m.media-amazon.com/a.css">"#,
        ),
        (r#"<link rel="preload" href="https://www.amazon.com/x.js">"#, ""),
    ] {
        assert_eq!(shown(before), after.replace("UP", UP), "{before}");
    }
}

#[test]
fn taking_something_out_makes_no_tag_of_what_is_left() {
    for (before, after) in [
        ("<<iframe></iframe>img src=x onerror=x>", "&lt;img src=x onerror=x>"),
        ("<<!-- -->meta http-equiv=refresh>", "&lt;meta http-equiv=refresh>"),
        ("<<<script></script>script></script>script>x</script>", "&lt;script>x</script>"),
        (
            "<<noscript><iframe></iframe></noscript>a href=//evil.example>",
            "&lt;a href=//evil.example>",
        ),
        ("1 < 2 &lt; 3<style>a<b</style>", "1 &lt; 2 &lt; 3<style>a<b</style>"),
    ] {
        assert_eq!(shown(before), after, "{before}");
    }
}

#[test]
fn the_code_for_an_approval_is_sent_without_a_script() {
    let form = r#"<input type="tel" id="input-box-otp"><input type="hidden" name="otpCode" id="otpCode"/>"#;
    let html = Html::parse_fragment(&shown(form));
    let inputs = html.select(&Selector::parse("input").unwrap()).collect::<Vec<_>>();
    assert_eq!(inputs.len(), 1);
    assert_eq!(inputs[0].value().attr("name"), Some("otpCode"));
    assert_eq!(inputs[0].value().attr("type"), Some("tel"));
}

#[test]
fn what_amazon_reads_stays_as_it_is() {
    let hidden = r#"<input type="hidden" name="openid.return_to" value="https://www.amazon.com/ap/x?a=1&amp;b"><p style="color:red" class="a">&eacute; x &lt; y</p>"#;
    assert_eq!(shown(hidden), hidden);
}

#[test]
fn nothing_runs() {
    for (before, after) in [
        ("a<script>b</script>c<SCRIPT src=x></SCRIPT>d", "acd"),
        (r#"<b onclick="x" ONLOAD=y onclick='z' id="i">"#, r#"<b id="i">"#),
        ("a<iframe src='https://www.amazon.com'>x</iframe><object data=x></object>b", "ab"),
        ("a<svg><script>x</script><a href='/x'></a></svg>b", "ab"),
        ("a<!-- <a href='/x'> -->b<template><a href='/x'></template>", "ab"),
        ("<a ping='https://www.amazon.com/p' nonce=n>", "<a>"),
    ] {
        assert_eq!(shown(before), after, "{before}");
    }
}

#[test]
fn what_is_meant_for_browsers_without_scripts_is_shown() {
    assert_eq!(
        shown("<noscript><p>Hi</p><a href='/x' onclick=y>x</a><script>z</script></noscript>"),
        format!("<p>Hi</p><a href=\"{UP}www.amazon.com/x\">x</a>")
    );
    assert_eq!(shown("<noscript>a<noscript>b</noscript>c</noscript>"), "a");
    // A script that writes such an element is still a script.
    assert_eq!(shown("<script>'<noscript>'</script>a<script>'</noscript>'</script>"), "a");
}

#[test]
fn the_base_counts_and_goes() {
    assert_eq!(
        shown("<a href='x'></a><base href='/deep/er/'><base href='/other/'><a href='../y'>"),
        format!(
            "<a href=\"{UP}www.amazon.com/deep/er/x\"></a><a href=\"{UP}www.amazon.com/deep/y\">"
        )
    );
}

#[test]
fn only_refreshes_and_sizes_are_left_of_the_head() {
    assert_eq!(
        shown(concat!(
            "<meta charset=utf-8><meta http-equiv=Content-Security-Policy content=x>",
            "<meta name=referrer content=unsafe-url><meta name=viewport content='width=1'>",
            "<meta name='apple-itunes-app' content='app-id=1'><META HTTP-EQUIV=Refresh ",
            "content='5; URL=\"/ap/next\"'>"
        )),
        format!(
            "<meta name=viewport content='width=1'><META HTTP-EQUIV=Refresh \
             content=\"5; url={UP}www.amazon.com/ap/next\">"
        )
    );
}

#[test]
fn refreshes_are_understood_as_browsers_do() {
    let base = Url::parse("https://www.amazon.com/ap/x").unwrap();
    let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/ap/x");
    for (value, meant) in [
        ("3", Some("3")),
        (" 3.5 ;", Some("3")),
        ("0;url=y", Some("0; url=./../../www.amazon.com/ap/y")),
        ("0, URL = 'y' z", Some("0; url=./../../www.amazon.com/ap/y")),
        ("1 urly", Some("1; url=./../../www.amazon.com/ap/urly")),
        (".5;url=//evil.example", Some("0; url=./../../evil.example/")),
        ("0;url=javascript:x", None),
        ("x", None),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(refresh(value, &base, place).as_deref(), meant, "{value}");
    }
}

#[test]
fn forms_of_other_encodings_say_so() {
    let url = Url::parse("https://www.amazon.co.jp/").unwrap();
    let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.co.jp/");
    let view = View { url: &url, place, charset: Some("Shift_JIS") };
    let html = rewrite("<form action=/a>", &view).unwrap();
    assert!(html.contains("accept-charset=\"Shift_JIS\""), "{html}");
}

#[test]
fn markup_that_can_be_read_in_two_ways_is_refused() {
    let url = Url::parse("https://www.amazon.com/").unwrap();
    let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/");
    let view = View { url: &url, place, charset: None };
    let error = rewrite("<select><xmp><script>x</script></select>", &view).unwrap_err();
    assert!(matches!(error, RewritingError::ParsingAmbiguity(_)));
}

/// Everything in a page that could act or lead out, as a browser's own parser sees it.
fn leaks(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let all = Selector::parse("*").unwrap();
    let mut found = Vec::new();
    for element in document.select(&all) {
        let name = element.value().name();
        if ["script", "iframe", "object", "embed", "base", "svg", "math"].contains(&name) {
            found.push(name.to_owned());
        }
        for (attribute, value) in element.value().attrs() {
            let leads = ["href", "action", "formaction", "src", "srcset", "data", "ping", "poster"];
            let lower = value.trim().to_ascii_lowercase();
            let is_out = lower.starts_with("http")
                && !lower.starts_with("https://m.media-amazon.com/")
                || lower.contains("script:")
                || lower.starts_with('/')
                || lower.starts_with('\\');
            let refreshes = name == "meta" && attribute == "content" && lower.contains("http");
            if attribute.starts_with("on") || leads.contains(&attribute) && is_out || refreshes {
                found.push(format!("{name} {attribute}={value}"));
            }
        }
    }
    found
}

fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "<a href=\"https://www.amazon.de/x\">",
        "<a href='//www.amazon.de'>",
        "<a\thref=&#104;ttps://www.amazon.de>",
        "<A HREF = \"\nhttps://www.amazon.de\">",
        "<form action=https://www.amazon.de/ap>",
        "<button formaction=https://www.amazon.de>",
        "<img src=https://www.amazon.de/i onerror=x>",
        "<img srcset='https://www.amazon.de/i 1x, /j 2x'>",
        "<link rel=stylesheet href=https://www.amazon.de/c>",
        "<meta http-equiv=refresh content='0;url=https://www.amazon.de'>",
        "<a href=javascript:x>",
        "<a href='java\nscript:x' onclick=x>",
        "<base href=https://www.amazon.de/b/>",
        "<script>'<a href=https://www.amazon.de>'",
        "</script>",
        "<noscript>",
        "</noscript>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<svg>",
        "</svg>",
        "<math><mtext>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<table><tr><td>",
        "</table>",
        "<template>",
        "</template>",
        "<p>",
        "</p>",
        "</form>",
        "</a>",
        "\"",
        "'",
        ">",
        "<",
        "&amp;",
        "x y",
        "\u{e4}\u{3042}",
        "\0",
    ]);
    prop::collection::vec(scrap, 0..12).prop_map(|scraps| scraps.concat())
}

#[test]
fn a_section_that_outlives_its_drawing_hides_nothing() {
    let link = "<a href=\"https://www.amazon.de/x\">";
    for end in ["", "]]>", "]]> x"] {
        let html = format!("<table><tr><td><svg></table><![CDATA[{link}{link}{end}");
        let url = Url::parse("https://www.amazon.com/ap/signin").unwrap();
        let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/ap/signin");
        let shown = rewrite(&html, &View { url: &url, place, charset: None }).unwrap();
        assert_eq!(leaks(&shown), Vec::<String>::new(), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_page_leads_out(html in scraps()) {
        let url = Url::parse("https://www.amazon.com/ap/signin").unwrap();
        let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/ap/signin");
        if let Ok(shown) = rewrite(&html, &View { url: &url, place, charset: None }) {
            prop_assert_eq!(leaks(&shown), Vec::<String>::new(), "{} -> {}", html, shown);
        }
    }

    #[test]
    fn any_text_is_a_page(html in "\\PC{0,200}") {
        let url = Url::parse("https://www.amazon.com/ap/signin").unwrap();
        let place = Addresses::new("/b/NAME").place("/b/NAME/window/www.amazon.com/ap/signin");
        let _ = rewrite(&html, &View { url: &url, place, charset: None });
    }
}
