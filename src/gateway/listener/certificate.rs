//! The gateway's own certificate: read from files, and read again when they change.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use zeroize::Zeroizing;

use super::limits::RELOAD;
use crate::clock::Clock;
use crate::error::{Error, Result, code};
use crate::gateway::TlsFiles;

/// The certificate in use.
pub(super) struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    state: RwLock<State>,
}

struct State {
    key: Arc<CertifiedKey>,
    stamp: Stamp,
    /// Why the files that are there now are not used.
    problem: Option<Error>,
}

/// By what a changed file is noticed: time and length of both.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.files.certificates.display())
    }
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// `bad-certificate`, naming the file.
    pub(super) fn load(files: &TlsFiles) -> Result<Arc<Self>> {
        let provider = Arc::new(ring::default_provider());
        let stamp = stamp(files);
        let key = Arc::new(read(files, &provider)?);
        let state = RwLock::new(State { key, stamp, problem: None });
        Ok(Arc::new(Self { files: files.clone(), provider, state }))
    }

    /// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    pub(super) fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| Error::new(code::TLS, "TLS cannot be set up.").with_source(error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Why newer files are not used.
    pub(super) fn problem(&self) -> Option<Error> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.problem.as_ref().map(Error::copy)
    }

    /// Looks at the files again and again.
    pub(super) async fn watch(self: Arc<Self>, clock: Arc<dyn Clock>) {
        loop {
            clock.sleep(RELOAD).await;
            let this = Arc::clone(&self);
            // Files may live on a slow disk.
            let _ = tokio::task::spawn_blocking(move || this.refresh()).await;
        }
    }

    /// Takes what the files hold now if they changed. What cannot be used leaves the old one in
    /// place: both files are rarely written in one moment.
    fn refresh(&self) {
        let stamp = stamp(&self.files);
        if self.state.read().unwrap_or_else(PoisonError::into_inner).stamp == stamp {
            return;
        }
        let fresh = read(&self.files, &self.provider);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.stamp = stamp;
        match fresh {
            Ok(key) => {
                tracing::info!("the certificate was read anew");
                (state.key, state.problem) = (Arc::new(key), None);
            }
            Err(error) => {
                tracing::warn!(%error, "the certificate was not read anew; the old one stays");
                state.problem = Some(error);
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificates, &files.key].map(|path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey> {
    let chain = read_chain(&files.certificates)?;
    let key = read_key(&files.key)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => refuse(
            &files.key,
            &format!("is not the key of the certificate in {}.", files.certificates.display()),
        ),
        rustls::Error::InvalidCertificate(_) => {
            refuse(&files.certificates, "holds a certificate that cannot be read.")
        }
        error => {
            refuse(&files.key, "holds a key of a kind that cannot be used.").with_source(error)
        }
    })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read_file(path)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| refuse(path, "is damaged: its PEM cannot be read."))?;
    if chain.is_empty() {
        return Err(refuse(
            path,
            if PrivateKeyDer::from_pem_slice(&text).is_ok() {
                "holds a private key and no certificate: are the two files the wrong way round?"
            } else {
                "holds no certificate as PEM."
            },
        ));
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = read_file(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let text = String::from_utf8_lossy(&text);
        let why = if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("ENCRYPTED\n") {
            "holds a key under a passphrase; give one without."
        } else if text.contains("BEGIN CERTIFICATE") {
            "holds a certificate and no private key: are the two files the wrong way round?"
        } else {
            "holds no private key as PEM."
        };
        refuse(path, why)
    })
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    std::fs::read(path).map(Zeroizing::new).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist.",
            std::io::ErrorKind::PermissionDenied => "may not be read by this program.",
            _ => "cannot be read.",
        };
        refuse(path, why).with_source(error)
    })
}

fn refuse(path: &Path, why: &str) -> Error {
    Error::new(code::BAD_CERTIFICATE, format!("The file {} {why}", path.display()))
}
