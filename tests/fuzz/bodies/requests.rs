//! Whatever comes as a skill request: nothing is taken but what was signed, for our skill and in
//! time, and nothing is fetched from anywhere but where Amazon keeps certificates.
//!
//! An input is the signature, the address of the certificates and our time, a line each, then the
//! body, and behind a line `-----CHAIN-----` what the address leads to; without, a good chain.

use http::header::{HeaderMap, HeaderValue};
use mass_alexa::clock::{from_unix, unix_seconds};
use mass_alexa::gateway::skill::verify::{
    Chain, ChainAddress, LARGEST_BODY, Message, Proof, Reason, judge,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};

pub(crate) const SKILL: &str = "amzn1.ask.skill.ours";
const ROOT: &[u8] = include_bytes!("../../fixtures/skill/root.pem");
const CHAIN: &[u8] = include_bytes!("../../fixtures/skill/chain.pem");
const MARK: &[u8] = b"\n-----CHAIN-----\n";
/// All that was ever signed with the key of the chain and may pass.
const GENUINE: [&[u8]; 2] = [
    include_bytes!("../../fixtures/skill/launch.json"),
    include_bytes!("../../fixtures/skill/event.json"),
];

/// What became of an input: `ok` or the name of the reason.
pub(crate) type Outcome = &'static str;

/// Plays one input.
pub(crate) fn run(data: &[u8]) -> Outcome {
    let mut parts = data.splitn(4, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (signature, address, now, rest) = (part(), part(), part(), part());
    let now = std::str::from_utf8(now).ok().and_then(|text| text.trim().parse().ok());
    let now = now.unwrap_or(1_795_316_400).min(1 << 40);
    let mark = rest.windows(MARK.len()).position(|bytes| bytes == MARK);
    let (body, chain) = match mark {
        Some(place) => (&rest[..place], &rest[place + MARK.len()..]),
        None => (rest, CHAIN),
    };
    check_address(&String::from_utf8_lossy(address));
    check_message(body);
    let verdict = verdict(signature, address, now, body, chain);
    if verdict.is_ok() {
        assert!(GENUINE.contains(&body), "taken, but never signed");
        assert!(body.len() <= LARGEST_BODY);
    }
    verdict.err().map_or("ok", Reason::name)
}

fn verdict(
    signature: &[u8],
    address: &[u8],
    now: u64,
    body: &[u8],
    chain: &[u8],
) -> Result<(), Reason> {
    let mut headers = HeaderMap::new();
    for (name, value) in [("signature-256", signature), ("signaturecertchainurl", address)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let proof = Proof::read(&headers)?;
    let chain = Chain::read(chain)?;
    chain.check(&roots(), from_unix(now))?;
    judge(&chain, &proof.signature, body, from_unix(now), Some(SKILL)).map(|_| ())
}

/// Ours and those of the world, so that Amazon's own chain leads somewhere.
fn roots() -> Vec<TrustAnchor<'static>> {
    let ours = CertificateDer::from_pem_slice(ROOT).unwrap();
    let ours = webpki::anchor_from_trusted_cert(&ours).unwrap().to_owned();
    let mut roots = vec![ours];
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}

fn check_address(text: &str) {
    let Ok(address) = ChainAddress::parse(text) else { return };
    let url = address.url();
    assert_eq!((url.scheme(), url.host_str()), ("https", Some("s3.amazonaws.com")), "{text}");
    assert_eq!((url.port(), url.query(), url.fragment()), (None, None, None), "{text}");
    assert!(url.username().is_empty() && url.password().is_none(), "{text}");
    assert!(url.as_str().starts_with("https://s3.amazonaws.com/echo.api/"), "{text}");
    assert!(!url.path().split('/').any(|step| step == ".."), "{text}");
    // What is fetched would pass again, as the same.
    assert_eq!(ChainAddress::parse(url.as_str()).as_ref(), Ok(&address), "{text}");
}

fn check_message(body: &[u8]) {
    let Ok(message) = Message::read(body) else { return };
    assert!(!message.id.is_empty());
    let sent = unix_seconds(message.sent);
    for (age, passes) in [(0, true), (150, true), (3_601, false)] {
        let now = from_unix(sent + age);
        assert_eq!(message.check_time(now).is_ok(), passes, "{age} s old");
    }
    assert_eq!(message.check_time(from_unix(sent.saturating_sub(151))).is_ok(), sent == 0);
    assert!(message.good_until() > message.sent);
    assert_eq!(message.check_skill(None), Err(Reason::OtherSkill));
    let named = message.content.pointer("/context/System/application/applicationId");
    let is_ours = message.check_skill(Some(SKILL)).is_ok();
    assert!(!is_ours || named.and_then(serde_json::Value::as_str) == Some(SKILL));
}
