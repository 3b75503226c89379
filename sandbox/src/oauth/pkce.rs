//! Proof Key for Code Exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

/// A challenge as it came with the authorization request.
#[derive(Clone, Debug)]
pub enum Challenge {
    /// The verifier itself. Also what an omitted method means (RFC 7636 4.3).
    Plain(String),
    /// Base64url of the verifier's SHA-256.
    S256(String),
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`.
    pub fn read(
        challenge: Option<&str>,
        method: Option<&str>,
    ) -> Result<Option<Challenge>, &'static str> {
        let Some(challenge) = challenge else {
            return Ok(None);
        };
        if !well_formed(challenge) {
            return Err("code_challenge is not 43 to 128 unreserved characters");
        }
        match method.unwrap_or("plain") {
            "plain" => Ok(Some(Challenge::Plain(challenge.to_owned()))),
            "S256" => Ok(Some(Challenge::S256(challenge.to_owned()))),
            _ => Err("code_challenge_method is neither S256 nor plain"),
        }
    }

    /// Whether a verifier belongs to the challenge (RFC 7636 4.6).
    pub fn fits(&self, verifier: &str) -> bool {
        if !well_formed(verifier) {
            return false;
        }
        match self {
            Challenge::Plain(challenge) => super::equal(challenge, verifier),
            Challenge::S256(challenge) => super::equal(challenge, &s256(verifier)),
        }
    }
}

/// The S256 challenge of a verifier.
pub fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// `43*128unreserved` (RFC 7636 4.1 and 4.2).
fn well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(s256(verifier), challenge);
        let read = Challenge::read(Some(challenge), Some("S256")).unwrap().unwrap();
        assert!(read.fits(verifier));
        assert!(!read.fits(challenge));
        let plain = Challenge::read(Some(verifier), None).unwrap().unwrap();
        assert!(plain.fits(verifier));
        assert!(Challenge::read(Some("short"), None).is_err());
        assert!(Challenge::read(Some(challenge), Some("S512")).is_err());
    }
}
