//! A stand-in for where Amazon keeps the certificates of skill requests, with chains and keys of
//! its own, over real TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use mass_alexa::Settings;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, SignatureScheme};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The name in the certificate of Alexa.
pub(crate) const ALEXA: &str = "echo-api.amazon.com";
const KEY: &str = include_str!("../fixtures/skill/signer-key.pem");

/// What is given out at a path.
#[derive(Clone)]
pub(crate) enum Page {
    Chain(String),
    Moved(&'static str),
    Status(u16),
    Large(usize),
    Never,
}

/// The server and its authority.
pub(crate) struct Depot {
    issuer: Issuer<'static, KeyPair>,
    address: SocketAddr,
    folder: TempDir,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    asked: Mutex<Vec<String>>,
    date: Mutex<Option<SystemTime>>,
}

impl Depot {
    /// Starts it with a good chain at `/echo.api/good.pem`.
    pub(crate) async fn start() -> Self {
        let (issuer, root) = authority("Depot");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), root).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["s3.amazonaws.com".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&shared)));
        let depot = Self { issuer, address, folder, shared };
        depot.put("/echo.api/good.pem", Page::Chain(depot.chain(&leaf_params(ALEXA))));
        depot
    }

    /// Settings that lead here.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            connect_to: Some(self.address),
            extra_ca: Some(self.folder.path().join("ca.pem")),
            ..Settings::default()
        }
    }

    pub(crate) fn put(&self, path: &str, page: Page) {
        self.shared.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// What its clock shows from now on.
    pub(crate) fn set_date(&self, date: SystemTime) {
        *self.shared.date.lock().unwrap() = Some(date);
    }

    /// Paths that were asked for so far, which are forgotten by this.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    /// A certificate for the key that [`signed`] signs with, from the authority that is trusted.
    pub(crate) fn chain(&self, params: &CertificateParams) -> String {
        issued(params, &self.issuer)
    }

    /// The same from an authority that looks alike but is not trusted.
    pub(crate) fn forged_chain(params: &CertificateParams) -> String {
        let (issuer, root) = authority("Depot");
        format!("{}{root}", issued(params, &issuer))
    }
}

/// A certificate for this name.
pub(crate) fn leaf_params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// The headers of a request that is signed by the key of the chains.
pub(crate) fn signed(address: &str, body: &[u8]) -> HeaderMap {
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).unwrap();
    let signature = STANDARD.encode(signer.sign(body).unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("signaturecertchainurl", HeaderValue::from_str(address).unwrap());
    headers.insert("signature-256", HeaderValue::from_str(&signature).unwrap());
    headers
}

fn authority(name: &str) -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), root)
}

fn issued(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> String {
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(KEY, &PKCS_RSA_SHA256).unwrap();
    params.signed_by(&key, issuer).unwrap().pem()
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, tls.clone(), Arc::clone(&shared)));
    }
}

/// One request for each connection.
async fn answer(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) -> Option<()> {
    let mut stream = tls.accept(stream).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    assert!(head.to_lowercase().contains("\r\nhost: s3.amazonaws.com\r\n"), "{head}");
    let target = head.split(' ').nth(1)?.to_owned();
    let page = shared.pages.lock().unwrap().get(&target).cloned();
    shared.asked.lock().unwrap().push(target);
    let (status, location, body) = match page.unwrap_or(Page::Status(403)) {
        Page::Chain(text) => (200, "", text),
        Page::Moved(to) => (302, to, String::new()),
        Page::Status(status) => (status, "", String::new()),
        Page::Large(length) => (200, "", " ".repeat(length)),
        Page::Never => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return None;
        }
    };
    let date = shared.date.lock().unwrap().map(httpdate::fmt_http_date).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Something\r\nContent-Length: {length}\r\nDate: {date}\r\n\
         Location: {location}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}
