//! A small client for the tests: every host leads to the simulator, forms are filled in by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amazon_simulator::{Options, Simulator};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const KITCHEN: &str = "G0911W0000000001";
pub(crate) const KITCHEN_TYPE: &str = "A3RMGO6LYLH7YN";
pub(crate) const BEDROOM: &str = "G0911W0000000002";
pub(crate) const STUDIO: &str = "G0911W0000000004";
pub(crate) const GARAGE: &str = "G0911W0000000007";
pub(crate) const GROUP: &str = "6c89564531ef42f0acef41e580da58e7";
pub(crate) const GROUP_TYPE: &str = "A3C9PE6TNYLTCH";
pub(crate) const PAIR: &str = "5d1f6a0c3b7e4c2f9a8b7c6d5e4f3a21";
pub(crate) const SERIAL: &str = "0123456789ABCDEF0123456789ABCDEF";
pub(crate) const DIRECTIVES: &str = "https://bob-dispatch-prod-eu.amazon.com/v20160207/directives";
pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

struct Everywhere(SocketAddr);

impl Resolve for Everywhere {
    fn resolve(&self, _: Name) -> Resolving {
        let addrs: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addrs)))
    }
}

/// A simulator and a client of it with cookies.
pub(crate) struct World {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) client: Client,
    pub(crate) jar: Arc<Jar>,
}

pub(crate) fn builder(simulator: &Simulator) -> ClientBuilder {
    // The second caller in a process finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pem = std::fs::read(simulator.ca_path()).unwrap();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
        .dns_resolver(Arc::new(Everywhere(simulator.address())))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("simulator-test")
}

pub(crate) async fn world() -> World {
    world_of(Simulator::start(Options::default()).await.unwrap())
}

pub(crate) fn world_of(simulator: Simulator) -> World {
    World::around(Arc::new(simulator))
}

fn around(simulator: Arc<Simulator>) -> World {
    let jar = Arc::new(Jar::default());
    let client = builder(&simulator).cookie_provider(Arc::clone(&jar)).build().unwrap();
    World { simulator, client, jar }
}

pub(crate) fn client_id() -> String {
    format!("{SERIAL}#A2IVLV5VM2W81").bytes().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn sign_in_url(verifier: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    format!(
        "https://www.amazon.com/ap/signin?openid.oa2.response_type=code\
         &openid.return_to=https://www.amazon.com/ap/maplanding\
         &openid.oa2.client_id=device:{}&openid.oa2.code_challenge_method=S256\
         &openid.oa2.code_challenge={challenge}&language=en_US",
        client_id()
    )
}

/// A page with its form, read with nothing but string functions.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) url: url::Url,
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Page {
    pub(crate) async fn of(response: Response) -> Self {
        let location = response.headers().get("location");
        Self {
            url: response.url().clone(),
            status: response.status().as_u16(),
            location: location.map(|l| l.to_str().unwrap().to_owned()),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for piece in self.body.split("type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = piece.split_once('"').unwrap();
            let value = rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
            fields.push((name.to_owned(), value.replace("&amp;", "&")));
        }
        fields
    }

    /// Where a form of this page goes, found by a mark in its opening tag.
    pub(crate) fn action(&self, mark: &str) -> url::Url {
        let form = self.body.split("<form ").find(|form| form.contains(mark)).unwrap();
        let action = form.split_once("action=\"").unwrap().1.split_once('"').unwrap().0;
        self.url.join(&action.replace("&amp;", "&")).unwrap()
    }

    /// The authorization code of a redirect to the landing page.
    pub(crate) fn code(&self) -> String {
        let url = url::Url::parse(self.location.as_deref().unwrap()).unwrap();
        assert_eq!(url.path(), "/ap/maplanding");
        let found = url.query_pairs().find(|(n, _)| n == "openid.oa2.authorization_code");
        found.unwrap().1.into_owned()
    }
}

impl World {
    /// A client of a simulator that others use as well.
    pub(crate) fn around(simulator: Arc<Simulator>) -> Self {
        around(simulator)
    }

    pub(crate) async fn open(&self) -> Page {
        let response = self.client.get(sign_in_url(VERIFIER)).send().await.unwrap();
        Page::of(response).await
    }

    pub(crate) async fn send(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let mut form = page.hidden();
        form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let request = self.client.post("https://www.amazon.com/ap/signin").form(&form);
        Page::of(request.send().await.unwrap()).await
    }

    /// Follows redirects as GET, over hosts, up to the one to the landing page.
    pub(crate) async fn follow(&self, mut page: Page) -> Page {
        while let Some(location) = page.location.clone() {
            if location.contains("/ap/maplanding") {
                break;
            }
            let target = page.url.join(&location).unwrap();
            page = Page::of(self.client.get(target).send().await.unwrap()).await;
        }
        page
    }

    pub(crate) async fn get(&self, url: &str) -> Page {
        self.follow(Page::of(self.client.get(url).send().await.unwrap()).await).await
    }

    /// Sends the form that has `mark` in its opening tag, where it says, and follows.
    pub(crate) async fn fill(&self, page: &Page, mark: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = page.hidden();
        form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let request = self.client.post(page.action(mark)).form(&form);
        self.follow(Page::of(request.send().await.unwrap()).await).await
    }

    /// Signs in up to the page after the password.
    pub(crate) async fn after_password(&self) -> Page {
        let account = self.simulator.account();
        let page = self.fill(&self.open().await, "signIn", &[("email", &account.email)]).await;
        self.fill(&page, "signIn", &[("password", &account.password)]).await
    }

    /// Signs in up to the redirect and returns the authorization code.
    pub(crate) async fn sign_in(&self) -> String {
        let account = self.simulator.account();
        let page = self.open().await;
        let page = self.send(&page, &[("email", &account.email)]).await;
        let page = self.send(&page, &[("password", &account.password)]).await;
        let code = self.simulator.code().code;
        let page = self.send(&page, &[("otpCode", &code), ("rememberDevice", "false")]).await;
        assert_eq!(page.status, 302, "{}", page.body);
        page.code()
    }

    pub(crate) async fn register(&self, auth_data: Value) -> (u16, Value) {
        self.register_as(SERIAL, auth_data).await
    }

    pub(crate) async fn register_as(&self, serial: &str, auth_data: Value) -> (u16, Value) {
        let body = json!({
            "requested_extensions": ["device_info", "customer_info"],
            "requested_token_type":
                ["bearer", "mac_dms", "website_cookies", "store_authentication_cookie"],
            "cookies": { "domain": ".amazon.com", "website_cookies": [] },
            "registration_data": {
                "domain": "Device", "app_version": "2.2.1", "app_name": "Test App",
                "device_type": "A2IVLV5VM2W81", "device_serial": serial,
                "device_name": "%FIRST_NAME%'s%DUPE_STRATEGY_1ST%Test App",
                "os_version": "16.6", "software_version": "1", "device_model": "iPhone",
            },
            "auth_data": auth_data,
            "user_context_map": { "frc": "x" },
        });
        let url = "https://api.amazon.com/auth/register";
        let response = self.client.post(url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn form(&self, url: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let response = self.client.post(url).form(fields).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    /// Signs in, registers, exchanges cookies for a site and puts them into the jar.
    pub(crate) async fn session(&self, site: &str) -> Session<'_> {
        let code = self.sign_in().await;
        let (status, answer) = self.register(code_form(&code, VERIFIER)).await;
        assert_eq!(status, 200, "{answer}");
        let text = |pointer: &str| answer.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let refresh_token = text("/response/success/tokens/bearer/refresh_token");
        let access_token = text("/response/success/tokens/bearer/access_token");
        self.exchange(&refresh_token, site).await;
        let url = format!("https://alexa.{site}/api/language");
        let response = self.client.get(&url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let session = Session { world: self, site: site.to_owned(), refresh_token, access_token };
        assert!(session.csrf().is_some());
        session
    }

    pub(crate) async fn exchange(&self, refresh_token: &str, site: &str) {
        let url = format!("https://www.{site}/ap/exchangetoken/cookies");
        let (status, answer) = self
            .form(
                &url,
                &[
                    ("app_name", "Test App"),
                    ("requested_token_type", "auth_cookies"),
                    ("source_token_type", "refresh_token"),
                    ("source_token", refresh_token),
                    ("domain", &format!(".{site}")),
                ],
            )
            .await;
        assert_eq!(status, 200, "{answer}");
        let list = answer["response"]["tokens"]["cookies"][format!(".{site}")].as_array().unwrap();
        let url = format!("https://www.{site}/").parse().unwrap();
        for cookie in list {
            let (name, value) =
                (cookie["Name"].as_str().unwrap(), cookie["Value"].as_str().unwrap());
            self.jar.add_cookie_str(&format!("{name}={value}; Domain=.{site}; Path=/"), &url);
        }
    }
}

pub(crate) fn code_form(code: &str, verifier: &str) -> Value {
    json!({
        "client_id": client_id(), "authorization_code": code, "code_verifier": verifier,
        "code_algorithm": "SHA-256", "client_domain": "DeviceLegacy",
    })
}

/// A signed-in client.
pub(crate) struct Session<'a> {
    pub(crate) world: &'a World,
    pub(crate) site: String,
    pub(crate) refresh_token: String,
    pub(crate) access_token: String,
}

impl Session<'_> {
    pub(crate) fn csrf(&self) -> Option<String> {
        let url = format!("https://alexa.{}/", self.site).parse().unwrap();
        let cookies = self.world.jar.cookies(&url)?;
        let text = cookies.to_str().unwrap().to_owned();
        text.split("; ").find_map(|c| c.strip_prefix("csrf=")).map(str::to_owned)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://alexa.{}{path}", self.site)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.world.client.get(self.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.world.client.get(self.url(path)).send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> Response {
        let csrf = self.csrf().unwrap_or_default();
        let request = self.world.client.request(method, self.url(path)).header("csrf", csrf);
        request.json(body).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.call(reqwest::Method::POST, path, body).await
    }

    /// Declares capabilities, which push streams need; returns the status.
    pub(crate) async fn declare(&self) -> u16 {
        let url = "https://api.amazonalexa.com/v1/devices/@self/capabilities";
        let body = json!({ "envelopeVersion": "20160207", "capabilities": [] });
        let request = self.world.client.put(url).bearer_auth(&self.access_token).json(&body);
        request.send().await.unwrap().status().as_u16()
    }

    /// Asks for a push stream.
    pub(crate) async fn ask_push(&self) -> Response {
        let request = self.world.client.get(DIRECTIVES).bearer_auth(&self.access_token);
        request.send().await.unwrap()
    }

    /// Opens a push stream.
    pub(crate) async fn push(&self) -> Stream {
        assert_eq!(self.declare().await, 204);
        Stream::of(self.ask_push().await)
    }

    /// Posts a sequence with one start node.
    pub(crate) async fn run(&self, node: Value) -> u16 {
        let sequence = json!({
            "@type": "com.amazon.alexa.behaviors.model.Sequence", "startNode": node,
        });
        let body = json!({
            "behaviorId": "PREVIEW", "status": "ENABLED", "sequenceJson": sequence.to_string(),
        });
        self.post("/api/behaviors/preview", &body).await.status().as_u16()
    }

    pub(crate) async fn np(&self, serial: &str, kind: &str, body: &Value) -> Response {
        let path = format!("/api/np/command?deviceSerialNumber={serial}&deviceType={kind}");
        self.post(&path, body).await
    }
}

/// A push stream, read with nothing but string functions.
pub(crate) struct Stream {
    pub(crate) response: Response,
    text: String,
}

impl Stream {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// The next piece; `None` at the end of the body.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.response.chunk());
            let bytes = next.await.unwrap().unwrap()?;
            // The end of the body may come as an empty frame first.
            if !bytes.is_empty() {
                return Some(String::from_utf8(bytes.to_vec()).unwrap());
            }
        }
    }

    /// The next directive.
    pub(crate) async fn directive(&mut self) -> Value {
        loop {
            while let Some((line, rest)) = self.text.split_once('\n') {
                let directive = line.starts_with('{').then(|| serde_json::from_str(line).unwrap());
                self.text = rest.to_owned();
                if let Some(directive) = directive {
                    return directive;
                }
            }
            let chunk = self.chunk().await.unwrap();
            self.text.push_str(&chunk);
        }
    }

    /// The next event: its command, payload and time stamp.
    pub(crate) async fn event(&mut self) -> (String, Value, i64) {
        let directive = self.directive().await;
        let update = &directive["directive"]["payload"]["renderingUpdates"][0];
        let metadata: Value =
            serde_json::from_str(update["resourceMetadata"].as_str().unwrap()).unwrap();
        assert_eq!(update["resourceId"], metadata["command"]);
        let payload = serde_json::from_str(metadata["payload"].as_str().unwrap()).unwrap();
        let command = metadata["command"].as_str().unwrap().to_owned();
        (command, payload, metadata["timeStamp"].as_i64().unwrap())
    }

    /// The commands of the next events.
    pub(crate) async fn commands(&mut self, count: usize) -> Vec<String> {
        let mut commands = Vec::new();
        while commands.len() < count {
            commands.push(self.event().await.0);
        }
        commands
    }
}

/// An operation node.
pub(crate) fn node(kind: &str, serial: &str, payload: Value) -> Value {
    let mut payload = payload;
    payload["deviceSerialNumber"] = serial.into();
    payload["deviceType"] = "ANY".into();
    payload["customerId"] = "A1SIMULATOR001".into();
    json!({
        "@type": "com.amazon.alexa.behaviors.model.OpaquePayloadOperationNode",
        "type": kind, "operationPayload": payload,
    })
}
