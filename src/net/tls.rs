//! Whom to trust, and where hosts live when the settings say so.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result, code};

/// The public roots and those of `extra_ca`.
///
/// # Errors
/// `bad-setting`.
pub(crate) fn roots(extra_ca: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = extra_ca {
        add_extra(&mut roots, path)?;
    }
    Ok(roots)
}

/// TLS with these roots, speaking HTTP/2 where offered.
pub(crate) fn config(extra_ca: Option<&Path>) -> Result<ClientConfig> {
    let roots = roots(extra_ca)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(code::TLS, "TLS cannot be set up.").with_source(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn add_extra(roots: &mut RootCertStore, path: &Path) -> Result<()> {
    let refuse = |text: &str| {
        Error::new(code::BAD_SETTING, format!("The setting extra_ca ({}) {text}", path.display()))
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|error| refuse("cannot be read.").with_source(error))?
        .collect::<Result<_, _>>()
        .map_err(|error| refuse("is not a PEM file.").with_source(error))?;
    if certificates.is_empty() {
        return Err(refuse("holds no certificate."));
    }
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| refuse("holds an unusable certificate.").with_source(error))?;
    }
    Ok(())
}

/// Resolves every host to one address, port included.
#[derive(Debug)]
pub(super) struct Everywhere(pub(super) SocketAddr);

impl Resolve for Everywhere {
    fn resolve(&self, _name: Name) -> Resolving {
        let address = self.0;
        Box::pin(async move {
            let addresses: Addrs = Box::new(std::iter::once(address));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_an_extra_authority() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let problem = |path: &Path| config(Some(path)).unwrap_err().message().to_owned();
        assert!(problem(&path).contains("cannot be read"), "{}", problem(&path));
        std::fs::write(&path, "nothing").unwrap();
        assert!(problem(&path).contains("no certificate"), "{}", problem(&path));
        assert!(config(None).is_ok());
    }
}
