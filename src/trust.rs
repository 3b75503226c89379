//! Whom the library trusts at the other end of a TLS connection.

use std::path::Path;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

use crate::file;

/// More than any bundle of authorities, in bytes.
pub const MAX_PEM: u64 = 16 * 1024 * 1024;

/// Trusts the platform's authorities and those in `ca_file`. Made once, because the platform's
/// are read then, and because sessions are resumed from the configuration that it returns.
///
/// On Linux the platform's authorities are where OpenSSL looks for them, which includes the
/// variables `SSL_CERT_FILE` and `SSL_CERT_DIR`. The cryptography is ring's, whatever default
/// the process has.
///
/// # Errors
/// Names the file, when it cannot be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let refused = |error: &dyn std::fmt::Display| {
        let file = ca_file.map(|file| format!(" and {}", file.display())).unwrap_or_default();
        format!("the authorities' certificates (the platform's{file}) are no use: {error}")
    };
    let verifier: Arc<dyn ServerCertVerifier> = match ca_file.map(authorities).transpose()? {
        Some(own) => {
            let own = own_verifier(own, provider.clone()).map_err(|why| refused(&why))?;
            Arc::new(OwnFirst { own, platform: OnceCell::new(), provider: provider.clone() })
        }
        None => Arc::new(Verifier::new(provider.clone()).map_err(|why| refused(&why))?),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| refused(&why))?
        // "Dangerous" is any verifier of one's own; those at work here are the platform's and
        // WebPKI's.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn own_verifier(
    authorities: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).map_err(|error| error.to_string())?;
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    builder.build().map_err(|error| error.to_string())
}

/// Trusts whom `own` trusts, and else whom the platform trusts.
///
/// A chain ends at one authority, so that two verifiers in turn accept what one that has all
/// authorities would. But the platform's, a hundred and more files on many a Linux, need not be
/// read for a server that `own` knows: they cost more than all else of the first call.
#[derive(Debug)]
struct OwnFirst {
    own: Arc<WebPkiServerVerifier>,
    platform: OnceCell<Verifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OwnFirst {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &dyn ServerCertVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let Err(refused) = by(&*self.own) else { return Ok(ServerCertVerified::assertion()) };
        // A platform may have no authorities of its own.
        let platform = self.platform.get_or_try_init(|| Verifier::new(self.provider.clone()));
        let Ok(platform) = platform else { return Err(refused) };
        by(platform).map_err(|error| match error {
            // Who knows the issuer can say more.
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => refused,
            error => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let refused = |why: String| format!("no certificates in {}: {why}", path.display());
    let text = file::read(path, MAX_PEM).map_err(&refused)?;
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("there is none in PEM format".to_owned()));
    }
    Ok(certificates)
}
