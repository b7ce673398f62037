//! What Echos and the cloud trust, and which TLS they speak.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde::{Deserialize, Serialize};

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
        Ok(Self {
            only12: config(&[&rustls::version::TLS12])?,
            both: config(&[&rustls::version::TLS13, &rustls::version::TLS12])?,
            only13: config(&[&rustls::version::TLS13])?,
        })
    }

    pub(crate) fn config(&self, tls: SkillTls) -> Arc<ClientConfig> {
        Arc::clone(match tls {
            SkillTls::Only12 => &self.only12,
            SkillTls::Both => &self.both,
            SkillTls::Only13 => &self.only13,
        })
    }
}
