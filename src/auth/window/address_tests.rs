use proptest::prelude::*;

use super::*;
use crate::site::is_amazon_host;

const PAGE: &str = "/mass_alexa/sign-in/Zq3_unguessable-Name";

fn addresses() -> Addresses {
    Addresses::new(PAGE)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// What a browser that shows `at` asks for when it follows a link, below two prefixes that the
/// server does not see.
fn follow(at: &str, link: &str) -> Asked {
    let asked = |prefix: &str| {
        let next = url(&format!("{prefix}{at}")).join(link).unwrap();
        let Some(seen) = next.as_str().strip_prefix(prefix) else {
            return Asked::Nothing;
        };
        let seen = seen.split('#').next().unwrap();
        let (path, query) = seen.split_once('?').unwrap_or((seen, ""));
        addresses().asked(path, query)
    };
    let [one, other] = ["http://ma.local:8095", "https://ha.example/api/ingress/x_y"].map(asked);
    assert_eq!(one, other);
    one
}

fn at(rest: &str) -> String {
    format!("{PAGE}/window{rest}")
}

#[test]
fn requests_name_pages_of_amazon_or_nothing() {
    let asked = |path: &str, query: &str| addresses().asked(path, query);
    let page = |text: &str| Asked::Page(url(text));
    assert_eq!(asked(&at(""), ""), Asked::First);
    assert_eq!(asked(&at("/"), "x=y"), Asked::First);
    assert_eq!(
        asked(&at("/www.amazon.de/ap/signin"), "a=b%20c+d&e"),
        page("https://www.amazon.de/ap/signin?a=b%20c+d&e")
    );
    assert_eq!(asked(&at("/WWW.amazon.DE"), ""), page("https://www.amazon.de/"));
    assert_eq!(
        asked(&at("/www.amazon.com/a/../%2e%2e/b%2Fc//d"), ""),
        page("https://www.amazon.com/b%2Fc//d")
    );
    for foreign in [
        "/evil.example/",
        "/www.amazon.de.evil.example/ap/signin",
        "/www.amazon.de:8443/ap/signin",
        "/user@www.amazon.de/ap/signin",
        "/www.amazon.de%2f.evil.example/",
        "/127.0.0.1/",
        "/[::1]/",
        "/m.media-amazon.com/x",
        "//www.amazon.de/",
        "/.amazon.de/",
        "/amazon..de/",
        "/\u{ff41}mazon.de/",
    ] {
        assert_eq!(asked(&at(foreign), ""), Asked::Foreign, "{foreign}");
    }
    for nothing in [PAGE, "/mass_alexa/sign-in/Zq3_unguessable-Name/windows/www.amazon.de/", "/"] {
        assert_eq!(asked(nothing, ""), Asked::Nothing, "{nothing}");
    }
}

#[test]
fn links_lead_to_where_they_point_from_everywhere() {
    let goal = url("https://www.amazon.co.jp/ap/cvf/approval?arb=a%26b&c=http://x/#end");
    let wanted = Asked::Page(url("https://www.amazon.co.jp/ap/cvf/approval?arb=a%26b&c=http://x/"));
    for from in ["", "/", "/www.amazon.com", "/www.amazon.com/", "/www.amazon.com/a//b/c.html"] {
        let place = addresses().place(&at(from));
        if from.len() > 1 {
            assert_eq!(follow(&at(from), &place.to(&goal)), wanted, "{from}");
            assert_eq!(follow(&at(from), &place.to_first()), Asked::First, "{from}");
        } else {
            let link = addresses().seen_from_window(&at(from), &goal);
            assert_eq!(follow(&at(from), &link), wanted, "{from}");
        }
    }
    assert_eq!(follow(PAGE, &addresses().seen_from_page(&goal)), wanted);
}

#[test]
fn links_to_others_lead_to_a_refusal() {
    let from = at("/www.amazon.com/ap/signin");
    for foreign in ["https://evil.example/x", "https://www.amazon.de:444/", "https://[::1]/"] {
        let link = addresses().place(&from).to(&url(foreign));
        assert_eq!(follow(&from, &link), Asked::Foreign, "{foreign}");
    }
}

#[test]
fn addresses_inside_of_queries_are_translated_back() {
    let shown = "http://ma.local:8095/mass_alexa/sign-in/Zq3_unguessable-Name/window/\
                 www.amazon.de/ap/x?a=1&b=2";
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let back = |query: &str| addresses().query_back(query).into_owned();
    let real = "https://www.amazon.de/ap/x?a=1&b=2";
    assert_eq!(
        back(&format!("x=%20y+z&openid.return_to={}&last", encode(shown))),
        format!("x=%20y+z&openid.return_to={}&last", encode(real))
    );
    // One inside of another, as approval pages pack them.
    let outer = |inner: &str| format!("https://www.amazon.com/ap/cvf?r={}", encode(inner));
    assert_eq!(
        back(&format!("r={}", encode(&outer(&outer(shown))))),
        format!("r={}", encode(&outer(&outer(real))))
    );
    let path = "/any/prefix/Zq3_unguessable-Name/window/www.amazon.de/ap/x?a=1&b=2#f";
    assert_eq!(back(&format!("r={}", encode(path))), format!("r={}", encode(&format!("{real}#f"))));
    // What is no page of Amazon's tells nobody the path.
    for odd in [
        "http://ma.local:8095/mass_alexa/sign-in/Zq3_unguessable-Name",
        "Zq3_unguessable-Name",
        "/Zq3_unguessable-Name/window/evil.example/",
        "https://www.amazon.de/Zq3_unguessable-Name",
    ] {
        assert_eq!(back(&format!("a=b&r={}", encode(odd))), "a=b&r=", "{odd}");
    }
    assert_eq!(back("Zq3_unguessable-Name=1&Zq3_unguessable-Name&a=%zz"), "a=%zz");
}

#[test]
fn referers_are_amazons_or_nothing() {
    let back = |referer: &str| addresses().referer_back(referer).map(String::from);
    let window = "http://ma.local:8095/x/Zq3_unguessable-Name/window";
    assert_eq!(
        back(&format!("{window}/www.amazon.com/ap/signin?q=a%2Fb")).unwrap(),
        "https://www.amazon.com/ap/signin?q=a%2Fb"
    );
    for other in [
        window.to_owned(),
        format!("{window}/evil.example/"),
        "http://ma.local:8095/x/Zq3_unguessable-Name".to_owned(),
        "https://www.amazon.com/ap/signin".to_owned(),
        "null".to_owned(),
    ] {
        assert_eq!(back(&other), None, "{other}");
    }
}

proptest! {
    #[test]
    fn no_request_reaches_a_foreign_host(path in "\\PC{0,60}", query in "\\PC{0,40}") {
        for rest in [format!("/{path}"), path.clone(), format!("/www.amazon.de{path}")] {
            if let Asked::Page(url) = addresses().asked(&at(&rest), &query) {
                prop_assert!(is_amazon_host(url.host_str().unwrap()));
                prop_assert_eq!((url.scheme(), url.port()), ("https", None));
                prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }
    }

    #[test]
    fn every_address_survives_the_way_there_and_back(
        path in "[a-zA-Z0-9/._~:;@!$&'()*+,=%?# -]{0,40}",
        host in prop::sample::select(vec!["www.amazon.com", "amazon.co.jp", "na.account.amazon.com"]),
        from in "(/[a-z.]{0,5}){0,6}",
    ) {
        // Browsers normalise once more what they send, so start from what stays as it is.
        let Ok(goal) = Url::parse(&format!("https://{host}/{path}")) else { return Ok(()) };
        let from = at(&format!("/www.amazon.de{from}"));
        let from = url(&format!("http://ma{from}")).path().to_owned();
        prop_assume!(matches!(addresses().asked(&from, ""), Asked::Page(_)));
        let mut wanted = goal.clone();
        wanted.set_fragment(None);
        if wanted.query() == Some("") {
            wanted.set_query(None);
        }
        let link = addresses().place(&from).to(&goal);
        prop_assert_eq!(follow(&from, &link), Asked::Page(wanted));
    }

    #[test]
    fn queries_of_others_stay_as_they_are(query in "\\PC{0,60}") {
        prop_assert_eq!(addresses().query_back(&query), query.as_str());
    }

    #[test]
    fn the_path_is_never_told(before in "\\PC{0,20}", after in "\\PC{0,20}") {
        let query = format!("{before}Zq3_unguessable-Name{after}&a=b");
        let back = addresses().query_back(&query).into_owned();
        let decoded: String = url::form_urlencoded::parse(back.as_bytes())
            .flat_map(|(name, value)| [name, value])
            .collect();
        prop_assert!(!decoded.contains("Zq3_unguessable-Name"), "{}", back);
    }
}
