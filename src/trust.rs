//! Whom the library trusts at the other end of a TLS connection.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::file;

/// More than any bundle of authorities, in bytes.
pub const MAX_PEM: u64 = 16 * 1024 * 1024;

/// Trusts the platform's authorities and those in `ca_file`. Costs some milliseconds, so it is
/// done once; sessions are resumed from the configuration that it returns.
///
/// On Linux the platform's authorities are where OpenSSL looks for them, which includes the
/// variables `SSL_CERT_FILE` and `SSL_CERT_DIR`. The cryptography is ring's, whatever default
/// the process has.
///
/// # Errors
/// Names the file, when it cannot be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let refused = |error: rustls::Error| {
        let file = ca_file.map(|file| format!(" and {}", file.display())).unwrap_or_default();
        format!("the authorities' certificates (the platform's{file}) are no use: {error}")
    };
    let own = ca_file.map(authorities).transpose()?.unwrap_or_default();
    let verifier = Verifier::new_with_extra_roots(own, provider.clone()).map_err(refused)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        // "Dangerous" is any verifier of one's own; this one is the platform's.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
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
