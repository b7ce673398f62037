//! What stands in front of a gateway in a house: it speaks TLS with some certificate and hands on
//! what it reads. And the authority that makes such certificates.

use std::net::SocketAddr;
use std::sync::Arc;

use mass_alexa::clock::unix_seconds;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Both versions.
pub(crate) const BOTH: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];
pub(crate) const ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub(crate) const ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// An authority with one authority below it, which issues.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    middle: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate should be like.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) name: String,
    /// Days from now, negative in the past.
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) is_self_signed: bool,
    /// Whether the certificate of the issuer is sent along.
    pub(crate) is_complete: bool,
}

impl Order {
    /// A good one.
    pub(crate) fn of(name: &str) -> Self {
        let name = name.to_owned();
        Self { name, from: -10, until: 80, is_self_signed: false, is_complete: true }
    }
}

/// A certificate with what is sent along, and its key.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
        let middle = CertifiedIssuer::signed_by(authority("Between"), key(), &root).unwrap();
        Self { root, middle }
    }

    pub(crate) fn pem(&self) -> String {
        self.root.pem()
    }

    pub(crate) fn issue(&self, order: &Order) -> Issued {
        let mut params = CertificateParams::new([order.name.clone()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, &order.name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let now = i64::try_from(unix_seconds(std::time::SystemTime::now())).unwrap();
        let epoch = date_time_ymd(1970, 1, 1);
        let after =
            |days: i64| epoch + (date_time_ymd(1970, 1, 2) - epoch) * (now / 86_400 + days) as i32;
        (params.not_before, params.not_after) = (after(order.from), after(order.until));
        let key = key();
        let leaf = if order.is_self_signed {
            params.self_signed(&key).unwrap()
        } else {
            params.signed_by(&key, &self.middle).unwrap()
        };
        let mut chain = leaf.pem();
        if order.is_complete && !order.is_self_signed {
            chain.push_str(&self.middle.pem());
        }
        Issued { chain, key: key.serialize_pem() }
    }

    /// A client that trusts this authority.
    pub(crate) fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem().as_bytes()).unwrap()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2044, 1, 1));
    params
}

/// Something in front of a gateway that speaks TLS.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    work: JoinHandle<()>,
}

impl Front {
    pub(crate) async fn start(
        to: SocketAddr,
        certificate: &Issued,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let chain = CertificateDer::pem_slice_iter(certificate.chain.as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let work = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut outside) = acceptor.accept(stream).await else { return };
                    let Ok(mut inside) = TcpStream::connect(to).await else { return };
                    // Either side may go away.
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self { address, work }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.work.abort();
    }
}
