//! Judges skill requests, one JSON object for each line: so that tests in other languages can compare
//! verdicts. Each gets a line back: `ok` or the name of the reason.
//!
//! `{"roots": PEM, "chain": PEM, "headers": {...}, "body": base64, "now": seconds, "skill": id}`

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use mass_alexa::clock::from_unix;
use mass_alexa::gateway::skill::verify::{Chain, Proof, Reason, judge};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    roots: String,
    chain: String,
    headers: HashMap<String, String>,
    body: String,
    now: u64,
    skill: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        let verdict = verdict(&case)?;
        writeln!(out, "{}", verdict.err().map_or("ok", Reason::name))?;
    }
    Ok(())
}

fn verdict(case: &Case) -> Result<Result<(), Reason>, Box<dyn Error>> {
    let mut roots: Vec<TrustAnchor<'static>> = Vec::new();
    for root in CertificateDer::pem_slice_iter(case.roots.as_bytes()) {
        roots.push(webpki::anchor_from_trusted_cert(&root?)?.to_owned());
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &case.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let body = STANDARD.decode(&case.body)?;
    Ok(judged(case, &roots, &headers, &body))
}

fn judged(
    case: &Case,
    roots: &[TrustAnchor<'_>],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Reason> {
    let now = from_unix(case.now);
    let proof = Proof::read(headers)?;
    let chain = Chain::read(case.chain.as_bytes())?;
    chain.check(roots, now)?;
    judge(&chain, &proof.signature, body, now, Some(&case.skill)).map(|_| ())
}
