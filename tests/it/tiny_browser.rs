//! A browser without scripts, just able to get through a sign-in by web page.

use scraper::{ElementRef, Html, Selector};
use tracing::subscriber::{NoSubscriber, with_default};
use url::Url;
use zeroize::Zeroizing;

use super::{PageRequest, PageResponse};

/// One tab. The server is asked for paths below `prefix`, which it does not get to see.
pub(crate) struct Browser<S> {
    server: S,
    prefix: String,
    /// Cookies it sends with everything; those it is given are added.
    pub(crate) cookies: Vec<String>,
    /// Headers it sends besides its own.
    pub(crate) extra: Vec<(String, String)>,
    /// Where it is.
    pub(crate) address: Url,
    /// What it shows.
    pub(crate) page: PageResponse,
    /// Every answer it got, in order.
    pub(crate) answers: Vec<(String, PageResponse)>,
}

impl<S: AsyncFn(PageRequest) -> PageResponse> Browser<S> {
    pub(crate) fn new(prefix: &str, server: S) -> Self {
        Self {
            server,
            prefix: prefix.to_owned(),
            cookies: Vec::new(),
            extra: Vec::new(),
            address: Url::parse(&format!("{prefix}/")).unwrap(),
            page: PageResponse { status: 0, headers: Vec::new(), body: Vec::new() },
            answers: Vec::new(),
        }
    }

    /// Types an address of the server into the address bar.
    pub(crate) async fn open(&mut self, path: &str) {
        self.page.headers.clear();
        let address = Url::parse(&format!("{}{path}", self.prefix)).unwrap();
        self.load("GET", address, "").await;
    }

    /// Follows a link of the page.
    pub(crate) async fn visit(&mut self, link: &str) {
        self.load("GET", self.address.join(link).unwrap(), "").await;
    }

    /// Waits for the reload that the page announces.
    pub(crate) async fn reload(&mut self) {
        let refresh = self.header("refresh").expect("no reload").to_owned();
        let (_, link) = refresh.split_once("; url=").expect("no address to reload");
        self.visit(link).await;
    }

    /// Fills the form with these fields and sends it.
    pub(crate) async fn submit(&mut self, form: &str, typed: &[(&str, &str)]) {
        let (method, address, body) = self.form(form, typed);
        if method == "GET" {
            let mut address = address;
            address.set_query(Some(&body));
            self.load("GET", address, "").await;
        } else {
            self.load("POST", address, &body).await;
        }
    }

    /// The parser logs all that it reads, tokens included: this is the user's browser, whose log is
    /// none of ours.
    fn form(&self, form: &str, typed: &[(&str, &str)]) -> (String, Url, String) {
        with_default(NoSubscriber::default(), || self.filled(form, typed))
    }

    fn filled(&self, form: &str, typed: &[(&str, &str)]) -> (String, Url, String) {
        let document = Html::parse_document(&self.text());
        let all = |selector: &str| Selector::parse(selector).unwrap();
        let form = document.select(&all(form)).next();
        let form = form.unwrap_or_else(|| panic!("no such form: {}", self.text()));
        let attribute = |element: ElementRef<'_>, name: &str| {
            element.value().attr(name).unwrap_or_default().to_owned()
        };
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for input in form.select(&all("input[name]")) {
            let name = attribute(input, "name");
            let value = typed.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
            let kind = attribute(input, "type");
            match (value, kind.as_str()) {
                (Some(value), "radio" | "checkbox") if value != attribute(input, "value") => {}
                (None, "radio" | "checkbox" | "submit") => {}
                (Some(value), _) => {
                    body.append_pair(&name, value);
                }
                (None, _) => {
                    body.append_pair(&name, &attribute(input, "value"));
                }
            }
        }
        let method = attribute(form, "method").to_ascii_uppercase();
        (method, self.address.join(&attribute(form, "action")).unwrap(), body.finish())
    }

    async fn load(&mut self, method: &str, address: Url, body: &str) {
        let referer = match self.header("referrer-policy") {
            Some("same-origin") => Some(self.address.to_string()),
            _ => None,
        };
        let (mut method, mut address, mut body) = (method.to_owned(), address, body.to_owned());
        for _ in 0..10 {
            let response = self.send(&method, &address, &body, referer.as_deref()).await;
            self.answers.push((address.to_string(), response.clone()));
            self.address = address;
            self.page = response;
            let Some(location) = self.header("location") else {
                return;
            };
            address = self.address.join(location).unwrap();
            if !matches!(self.page.status, 307 | 308) {
                (method, body) = ("GET".to_owned(), String::new());
            }
        }
        panic!("redirected in circles");
    }

    async fn send(
        &mut self,
        method: &str,
        address: &Url,
        body: &str,
        referer: Option<&str>,
    ) -> PageResponse {
        let seen = address.as_str().strip_prefix(&self.prefix);
        let seen = seen.unwrap_or_else(|| panic!("left the server for {address}"));
        let seen = seen.split('#').next().unwrap();
        let (path, query) = seen.split_once('?').unwrap_or((seen, ""));
        let mut headers = vec![
            ("User-Agent".to_owned(), "Tiny/1".to_owned()),
            ("Accept-Language".to_owned(), "tlh".to_owned()),
            ("Accept".to_owned(), "text/html,*/*;q=0.8".to_owned()),
            ("Cookie".to_owned(), self.cookies.join("; ")),
        ];
        headers.extend(self.extra.clone());
        if let Some(referer) = referer {
            headers.push(("Referer".to_owned(), referer.to_owned()));
        }
        if method == "POST" {
            let kind = "application/x-www-form-urlencoded";
            headers.push(("Content-Type".to_owned(), kind.to_owned()));
            headers.push(("Origin".to_owned(), address.origin().ascii_serialization()));
        }
        let response = (self.server)(PageRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Zeroizing::new(body.as_bytes().to_vec()),
        })
        .await;
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.cookies.push(value.split(';').next().unwrap().to_owned());
            }
        }
        response
    }

    /// A header of the page.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.page.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The page as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.page.body).into_owned()
    }

    /// Asserts that the page holds a text.
    #[track_caller]
    pub(crate) fn sees(&self, text: &str) {
        assert!(self.text().contains(text), "{} at {}: {}", text, self.address, self.text());
    }
}
