//! A private certificate authority, made afresh at every start, and the server's configuration.

use crate::error::{Error, Result};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;

/// The authority and what it signed.
pub struct Authority {
    /// What clients must trust.
    pub ca_pem: String,
    /// For the TLS listener.
    pub server: Arc<ServerConfig>,
    /// For webhook deliveries to receivers that have a certificate of this authority.
    pub client: Arc<ClientConfig>,
}

/// A certificate for a server, and what has signed it.
pub struct Issued {
    ca: CertifiedIssuer<'static, KeyPair>,
    certificate: Certificate,
    key: KeyPair,
}

impl Issued {
    /// What clients must trust.
    pub fn ca_pem(&self) -> String {
        self.ca.as_ref().pem()
    }

    /// What the server shows.
    pub fn chain_pem(&self) -> String {
        self.certificate.pem() + &self.ca_pem()
    }

    /// The server's private key.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

/// Makes an authority and a certificate for the loopback names and `more_names`.
pub fn issue(more_names: &[String]) -> Result<Issued> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Meetbridge sandbox authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend_from_slice(more_names);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name("Meetbridge sandbox");
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &ca)?;
    Ok(Issued { ca, certificate, key })
}

/// What the sandbox's own listener and its deliveries need of [`issue`].
pub fn authority(more_names: &[String]) -> Result<Authority> {
    let issued = issue(more_names)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let ca_der = CertificateDer::from(issued.ca.as_ref().der().to_vec());
    let chain = vec![CertificateDer::from(issued.certificate.der().to_vec()), ca_der.clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.key.serialize_der()));
    let mut server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // The library speaks HTTP/1.1; offering nothing else keeps every client on it.
    server.alpn_protocols = vec![b"http/1.1".to_vec()];

    let mut roots = RootCertStore::empty();
    roots.add(ca_der).map_err(|error| Error::Tls(error.to_string()))?;
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();

    Ok(Authority { ca_pem: issued.ca_pem(), server: Arc::new(server), client: Arc::new(client) })
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
