//! Amazon's own chain of 2019, and generated ones that lack one thing each.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, date_time_ymd,
};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::clock::from_unix;

const AMAZON: &[u8] = include_bytes!("../../../../tests/fixtures/skill/amazon-2019.pem");
const KEY: &str = include_str!("../../../../tests/fixtures/skill/signer-key.pem");

/// 2019-09-01, 2021-01-01 and 2026-11-22.
const IN_2019: u64 = 1_567_296_000;
const IN_2021: u64 = 1_609_459_200;
const NOW: u64 = 1_795_316_400;

fn rsa_key() -> KeyPair {
    KeyPair::from_pkcs8_pem_and_sign_algo(KEY, &PKCS_RSA_SHA256).unwrap()
}

fn signed(body: &[u8], scheme: SignatureScheme) -> Vec<u8> {
    let key = any_supported_type(&PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap()).unwrap();
    key.choose_scheme(&[scheme]).unwrap().sign(body).unwrap()
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn root() -> Self {
        let (params, key) = (ca("Root"), KeyPair::generate().unwrap());
        let made = params.self_signed(&key).unwrap();
        Self { der: made.der().clone(), pem: made.pem(), issuer: Issuer::new(params, key) }
    }

    fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        Self { der: made.der().clone(), pem: made.pem(), issuer: Issuer::new(params, key) }
    }

    fn leaf(&self, params: &CertificateParams) -> String {
        params.signed_by(&rsa_key(), &self.issuer).unwrap().pem()
    }

    fn anchors(&self) -> Vec<TrustAnchor<'static>> {
        vec![webpki::anchor_from_trusted_cert(&self.der).unwrap().to_owned()]
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn alexa() -> CertificateParams {
    named(&[NAME])
}

fn named(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    // A name in the subject alone never counts.
    params.distinguished_name.push(DnType::CommonName, NAME);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2026, 6, 1);
    params.not_after = date_time_ymd(2027, 6, 1);
    params
}

/// What comes of a chain of these files, now and with this authority.
fn judged(files: &[&str], root: &Authority) -> Result<(), Reason> {
    Chain::read(files.concat().as_bytes())?.check(&root.anchors(), from_unix(NOW))
}

#[test]
fn the_chain_of_amazon_is_good_in_its_time_and_expired_later() {
    let chain = Chain::read(AMAZON).unwrap();
    assert_eq!(chain.others.len(), 3);
    let roots = webpki_roots::TLS_SERVER_ROOTS;
    assert_eq!(chain.check(roots, from_unix(IN_2019)), Ok(()));
    assert_eq!(chain.check(roots, from_unix(IN_2021)), Err(Reason::Expired));
    assert_eq!(chain.check(roots, from_unix(1_558_000_000)), Err(Reason::Expired));
    assert_eq!(chain.check(&[], from_unix(IN_2019)), Err(Reason::BadChain));
    let ours = Authority::root().anchors();
    assert_eq!(chain.check(&ours, from_unix(IN_2019)), Err(Reason::BadChain));
    // Nobody but Amazon can sign for it.
    let body = b"{}";
    let signature = signed(body, SignatureScheme::RSA_PKCS1_SHA256);
    assert_eq!(chain.check_signature(body, &signature), Err(Reason::BadSignature));
}

#[test]
fn the_leaf_of_amazon_alone_or_not_in_front_is_no_chain() {
    let roots = webpki_roots::TLS_SERVER_ROOTS;
    let whole = Chain::read(AMAZON).unwrap();
    let alone = Chain { signer: whole.signer.clone(), others: Vec::new() };
    assert_eq!(alone.check(roots, from_unix(IN_2019)), Err(Reason::BadChain));
    let mut turned = whole.others.clone();
    turned.reverse();
    let turned = Chain { signer: whole.signer.clone(), others: turned };
    assert_eq!(turned.check(roots, from_unix(IN_2019)), Ok(()));
    let behind = Chain { signer: whole.others[0].clone(), others: vec![whole.signer] };
    assert_eq!(behind.check(roots, from_unix(IN_2019)), Err(Reason::BadChain));
}

#[test]
fn a_good_chain_passes_with_and_without_what_is_optional() {
    let root = Authority::root();
    let middle = root.below(ca("Middle"));
    let second = middle.below(ca("Second"));
    let leaf = second.leaf(&alexa());
    assert_eq!(judged(&[&leaf, &second.pem, &middle.pem], &root), Ok(()));
    assert_eq!(judged(&[&leaf, &middle.pem, &root.pem, &second.pem], &root), Ok(()));
    assert_eq!(judged(&[&root.leaf(&alexa())], &root), Ok(()));
    let mut plain = alexa();
    plain.extended_key_usages.clear();
    plain.key_usages.clear();
    assert_eq!(judged(&[&root.leaf(&plain)], &root), Ok(()));
    let mut both = named(&["other.amazon.com", "ECHO-API.amazon.com"]);
    both.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    assert_eq!(judged(&[&root.leaf(&both)], &root), Ok(()));
    let mut unsaid = ca("Unsaid");
    unsaid.key_usages.clear();
    let unsaid = root.below(unsaid);
    assert_eq!(judged(&[&unsaid.leaf(&alexa()), &unsaid.pem], &root), Ok(()));
}

#[test]
fn only_the_name_itself_in_the_alternative_names_counts() {
    let root = Authority::root();
    for names in [
        &[][..],
        &["evil.example.com"],
        &["*.amazon.com"],
        &["amazon.com"],
        &["echo-api.amazon.com.evil.example"],
        &["x.echo-api.amazon.com"],
        &["xecho-api.amazon.com"],
        &["echo-api.amazon.co"],
        &["192.0.2.1"],
    ] {
        let leaf = root.leaf(&named(names));
        assert_eq!(judged(&[&leaf], &root), Err(Reason::WrongName), "{names:?}");
    }
}

#[test]
fn time_is_checked_all_along_the_chain() {
    let root = Authority::root();
    let mut old = alexa();
    old.not_after = date_time_ymd(2026, 11, 1);
    assert_eq!(judged(&[&root.leaf(&old)], &root), Err(Reason::Expired));
    let mut young = alexa();
    young.not_before = date_time_ymd(2027, 1, 1);
    assert_eq!(judged(&[&root.leaf(&young)], &root), Err(Reason::Expired));
    let mut middle = ca("Middle");
    middle.not_after = date_time_ymd(2026, 11, 1);
    let middle = root.below(middle);
    assert_eq!(judged(&[&middle.leaf(&alexa()), &middle.pem], &root), Err(Reason::Expired));
    // To the second.
    let chain = Chain::read(root.leaf(&alexa()).as_bytes()).unwrap();
    let at = |seconds| chain.check(&root.anchors(), from_unix(seconds));
    let (first, last) = (1_780_272_000, 1_811_808_000);
    assert_eq!((at(first - 1), at(first)), (Err(Reason::Expired), Ok(())));
    assert_eq!((at(last), at(last + 1)), (Ok(()), Err(Reason::Expired)));
}

#[test]
fn only_authorities_may_issue_and_only_what_they_may() {
    let root = Authority::root();
    // Another authority of the same name.
    let forged = Authority::root();
    assert_eq!(judged(&[&forged.leaf(&alexa()), &root.pem], &root), Err(Reason::BadChain));
    assert_eq!(judged(&[&forged.leaf(&alexa()), &forged.pem], &root), Err(Reason::BadChain));
    // A missing link.
    let middle = root.below(ca("Middle"));
    assert_eq!(judged(&[&middle.leaf(&alexa())], &root), Err(Reason::BadChain));
    // An ordinary certificate that issues.
    let server = root.below(named(&["shop.example"]));
    assert_eq!(judged(&[&server.leaf(&alexa()), &server.pem], &root), Err(Reason::BadChain));
    // An authority whose key may not sign certificates.
    let mut unfit = ca("Unfit");
    unfit.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let unfit = root.below(unfit);
    assert_eq!(judged(&[&unfit.leaf(&alexa()), &unfit.pem], &root), Err(Reason::BadChain));
    // A path that is longer than allowed.
    let mut last = ca("Last");
    last.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let last = root.below(last);
    assert_eq!(judged(&[&last.leaf(&alexa()), &last.pem], &root), Ok(()));
    let below = last.below(ca("Below"));
    let files = [&*below.leaf(&alexa()), &below.pem, &last.pem];
    assert_eq!(judged(&files, &root), Err(Reason::BadChain));
    // An authority for other names.
    let mut narrow = ca("Narrow");
    narrow.name_constraints = Some(rcgen::NameConstraints {
        permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName("example.com".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let narrow = root.below(narrow);
    assert_eq!(judged(&[&narrow.leaf(&alexa()), &narrow.pem], &root), Err(Reason::BadChain));
}

#[test]
fn a_signer_that_is_for_something_else_is_refused() {
    let root = Authority::root();
    let mut client = alexa();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(judged(&[&root.leaf(&client)], &root), Err(Reason::BadChain));
    let mut authority = alexa();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(judged(&[&root.leaf(&authority)], &root), Err(Reason::BadChain));
    let mut signing = alexa();
    signing.key_usages.push(KeyUsagePurpose::KeyCertSign);
    assert_eq!(judged(&[&root.leaf(&signing)], &root), Err(Reason::BadChain));
    let alone = alexa().self_signed(&rsa_key()).unwrap();
    assert_eq!(judged(&[&alone.pem()], &root), Err(Reason::BadChain));
}

#[test]
fn what_is_no_chain_is_refused() {
    let root = Authority::root();
    let leaf = root.leaf(&alexa());
    let garbled = leaf.replacen("MII", "MIA", 1);
    let cut = &leaf[..leaf.len() / 2];
    let many = leaf.repeat(MOST + 1);
    let large = format!("{leaf}{}", " ".repeat(LARGEST));
    let key_only = KEY;
    for text in ["", "not found", "<xml/>", &garbled, cut, &many, &large, key_only] {
        let start = &text[..text.len().min(60)];
        assert_eq!(judged(&[text], &root), Err(Reason::BadChain), "{start}");
    }
    assert_eq!(judged(&[&leaf.repeat(MOST)], &root), Ok(()));
    // What is around the certificates does not matter.
    assert_eq!(judged(&["some words\n", &leaf, "\nmore"], &root), Ok(()));
}

#[test]
fn a_signature_holds_for_every_byte_of_the_body_and_one_algorithm() {
    let root = Authority::root();
    let chain = Chain::read(root.leaf(&alexa()).as_bytes()).unwrap();
    let body = br#"{"version":"1.0",  "request":{"type":"LaunchRequest"}}"#;
    let signature = signed(body, SignatureScheme::RSA_PKCS1_SHA256);
    assert_eq!(chain.check_signature(body, &signature), Ok(()));
    for place in 0..body.len() {
        let mut other = body.to_vec();
        other[place] ^= 1;
        assert_eq!(chain.check_signature(&other, &signature), Err(Reason::BadSignature));
    }
    // The same JSON written differently is another body.
    let tidy = br#"{"version":"1.0","request":{"type":"LaunchRequest"}}"#;
    assert_eq!(chain.check_signature(tidy, &signature), Err(Reason::BadSignature));
    for scheme in [
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
        SignatureScheme::RSA_PSS_SHA256,
    ] {
        let other = signed(body, scheme);
        assert_eq!(chain.check_signature(body, &other), Err(Reason::BadSignature), "{scheme:?}");
    }
    for other in [&[][..], &signature[1..], &[0; 256], &[0xff; 256]] {
        assert_eq!(chain.check_signature(body, other), Err(Reason::BadSignature));
    }
    // A key that is no RSA key cannot have signed.
    let key = KeyPair::generate().unwrap();
    let elliptic = alexa().signed_by(&key, &root.issuer).unwrap().pem();
    let elliptic = Chain::read(elliptic.as_bytes()).unwrap();
    assert_eq!(elliptic.check(&root.anchors(), from_unix(NOW)), Ok(()));
    assert_eq!(elliptic.check_signature(body, &signature), Err(Reason::BadSignature));
}
