//! What Echos and the cloud trust, and which TLS they speak.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// The TLS versions of Echos and of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SkillTls {
    /// Only 1.2: endpoints that offer nothing else than 1.3 fail (field reports).
    #[default]
    #[serde(rename = "1.2")]
    Only12,
    /// 1.2 and 1.3.
    #[serde(rename = "1.2+1.3")]
    Both,
    /// Only 1.3.
    #[serde(rename = "1.3")]
    Only13,
}

/// Ready-made configurations.
#[derive(Debug)]
pub(crate) struct Trust {
    only12: Arc<ClientConfig>,
    both: Arc<ClientConfig>,
    only13: Arc<ClientConfig>,
}

const V12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const V13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

impl Trust {
    /// Trusts one authority.
    pub(crate) fn new(authority_pem: &str) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for der in CertificateDer::pem_slice_iter(authority_pem.as_bytes()) {
            roots.add(der.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let config = |versions: &[&'static SupportedProtocolVersion]| {
            let provider = Arc::new(ring::default_provider());
            let mut config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(versions)
                .map_err(io::Error::other)?
                .with_root_certificates(roots.clone())
                .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            io::Result::Ok(Arc::new(config))
        };
        Ok(Self { only12: config(V12)?, both: config(BOTH)?, only13: config(V13)? })
    }

    pub(crate) fn config(&self, tls: SkillTls) -> Arc<ClientConfig> {
        Arc::clone(match tls {
            SkillTls::Only12 => &self.only12,
            SkillTls::Both => &self.both,
            SkillTls::Only13 => &self.only13,
        })
    }

    /// For endpoints whose own certificate was uploaded: only the name counts.
    pub(crate) fn uploaded(&self, tls: SkillTls) -> Arc<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let versions = match tls {
            SkillTls::Only12 => V12,
            SkillTls::Both => BOTH,
            SkillTls::Only13 => V13,
        };
        let verifier = Uploaded(provider.signature_verification_algorithms);
        let builder = ClientConfig::builder_with_provider(provider);
        match builder.with_protocol_versions(versions) {
            Ok(builder) => Arc::new(
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(verifier))
                    .with_no_client_auth(),
            ),
            Err(_) => self.config(tls),
        }
    }
}

/// Whether a certificate is also good for another name beside that of an address.
pub(crate) fn is_wildcard(certificate: &CertificateDer<'_>, url: &Url) -> bool {
    let Some((_, domain)) = url.host_str().and_then(|host| host.split_once('.')) else {
        return false;
    };
    let sibling = ServerName::try_from(format!("no-such-name-0.{domain}"));
    let parsed = ParsedCertificate::try_from(certificate);
    matches!((parsed, sibling), (Ok(p), Ok(s)) if verify_server_name(&p, &s).is_ok())
}

/// Takes every certificate of the right name.
#[derive(Debug)]
struct Uploaded(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Uploaded {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        verify_server_name(&parsed, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
