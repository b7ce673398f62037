//! A look at how something speaks TLS, whatever it shows.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion, version,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::clock::Clock;

/// Longest wait for a connection, and for a handshake (*chosen*).
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];
pub(super) const ONLY_12: &[&SupportedProtocolVersion] = &[&version::TLS12];
pub(super) const ONLY_13: &[&SupportedProtocolVersion] = &[&version::TLS13];

/// How far it came.
#[derive(Debug)]
pub(super) enum Handshake {
    /// Nothing answers.
    NoConnection(io::Error),
    /// Something answers, and no handshake came about.
    NoTls,
    /// It came about, with these certificates.
    Done(Vec<CertificateDer<'static>>),
}

/// Takes every certificate and keeps it: judging comes later. Nothing secret is sent over what it
/// takes.
#[derive(Debug)]
pub(super) struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Vec<CertificateDer<'static>>>,
}

impl Recorder {
    pub(super) fn new() -> Arc<Self> {
        let provider = Arc::new(ring::default_provider());
        Arc::new(Self { provider, seen: Mutex::default() })
    }

    /// A client that takes everything, with these versions.
    pub(super) fn config(
        self: &Arc<Self>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<ClientConfig, rustls::Error> {
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(self) as _;
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(config)
    }

    fn taken(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        first: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(first).chain(others).map(|one| one.clone().into_owned());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = chain.collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        first: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            first,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        first: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            first,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Tries a handshake.
pub(super) async fn shake(
    at: SocketAddr,
    host: &str,
    versions: &[&'static SupportedProtocolVersion],
    clock: &dyn Clock,
) -> Handshake {
    let stream = match within(clock, TcpStream::connect(at)).await {
        Ok(stream) => stream,
        Err(error) => return Handshake::NoConnection(error),
    };
    let recorder = Recorder::new();
    let (config, name) = match (recorder.config(versions), ServerName::try_from(host.to_owned())) {
        (Ok(config), Ok(name)) => (config, name),
        _ => return Handshake::NoTls,
    };
    let shake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match within(clock, shake).await {
        Ok(_) => Handshake::Done(recorder.taken()),
        Err(error) => {
            tracing::debug!(%error, "no TLS handshake with the public address");
            Handshake::NoTls
        }
    }
}

async fn within<T>(clock: &dyn Clock, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::select! {
        result = work => result,
        () = clock.sleep(PATIENCE) => Err(io::ErrorKind::TimedOut.into()),
    }
}
