//! Authenticated encryption of everything secret that leaves memory, and the ring of its keys.
//!
//! Every message is sealed with AES-256-GCM under a key of its own: HKDF-SHA256 (RFC 5869) of the
//! master key, with the purpose and 16 fresh random bytes as its context. So a master key seals any
//! number of messages with random nonces, and a message for one purpose opens for no other.
//!
//! ```text
//! format (1 byte) | key id (8) | salt (16) | nonce (12) | ciphertext | tag (16)
//! ```

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::{Zeroizing, optimization_barrier};
use secrecy::{ExposeSecret, SecretBox};

use super::key_file;
use crate::error::{Error, Result, Status};

const FORMAT: u8 = 1;
const ID_LEN: usize = 8;
const SALT_LEN: usize = 16;
const SALT_AT: usize = 1 + ID_LEN;
const NONCE_AT: usize = SALT_AT + SALT_LEN;
const CIPHERTEXT_AT: usize = NONCE_AT + NONCE_LEN;

/// What keys of different uses are derived with, so that none equals another.
const USE_IDENTITY: &[u8] = b"meetbridge 1 key id";
const USE_SEAL: &[u8] = b"meetbridge 1 seal ";

/// Tells keys apart without telling anything about them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; ID_LEN]);

impl KeyId {
    /// The key that sealed this; none if it is not a sealed message.
    pub fn of_sealed(sealed: &[u8]) -> Option<KeyId> {
        let (format, rest) = sealed.split_first()?;
        (*format == FORMAT).then_some(KeyId(*rest.first_chunk()?))
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<KeyId> {
        if text.len() != 2 * ID_LEN || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|number| KeyId(number.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a sealed message does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The ring does not hold the key that sealed it.
    UnknownKey(KeyId),
    /// It was changed, cut, made for another purpose or place, or is no sealed message.
    Damaged,
}

/// A key that seals the store, or where it is.
#[derive(Debug)]
pub enum KeySource {
    /// From the document or the environment.
    Value(SecretBox<[u8; 32]>),
    /// A file, neither read nor made here.
    File(PathBuf),
}

impl PartialEq for KeySource {
    fn eq(&self, other: &KeySource) -> bool {
        match (self, other) {
            (KeySource::Value(one), KeySource::Value(two)) => {
                one.expose_secret() == two.expose_secret()
            }
            (KeySource::File(one), KeySource::File(two)) => one == two,
            _ => false,
        }
    }
}

/// The master keys: the first seals, all open.
pub struct KeyRing {
    keys: Vec<Key>,
    warnings: Vec<String>,
}

struct Key {
    id: KeyId,
    /// What RFC 5869 extracts from the master key, once for all messages.
    extracted: Prk,
}

/// What only a message's own key gives beside the message, and from which nothing else follows.
pub type Companion = Zeroizing<[u8; 32]>;

/// What is to be sealed, or was; wiped at the end. `Zeroizing` would do it byte by byte, which
/// takes longer than all else about a message.
pub struct Plain(pub(super) Vec<u8>);

impl Deref for Plain {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.0.fill(0);
        // Else the compiler could leave it out, as nobody reads it any more.
        optimization_barrier(self.0.as_slice());
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl KeyRing {
    /// Reads the keys. A key file that does not exist is created if the store is new, and
    /// WRONG_KEY otherwise, because then it must have been lost or misplaced.
    ///
    /// WRONG_KEY as well if a file holds no key, STORE_UNAVAILABLE if one cannot be read or
    /// created; both name the file.
    pub fn load(sources: &[KeySource], store_is_new: bool) -> Result<KeyRing> {
        // Never moved by growing, which would leave copies behind.
        let keys = Vec::with_capacity(sources.len());
        let mut ring = KeyRing { keys, warnings: Vec::new() };
        for source in sources {
            let key = match source {
                KeySource::Value(secret) => Key::new(secret),
                KeySource::File(path) => {
                    let file = key_file::read_or_create(path, store_is_new)?;
                    if file.visible_to_others {
                        let path = path.display();
                        ring.warnings.push(format!("others than its owner may read {path}"));
                    }
                    Key::new(&file.secret)
                }
            };
            ring.keys.push(key);
        }
        match ring.keys.is_empty() {
            true => Err(Error::new(Status::InvalidSettings, "key: there is none")),
            false => Ok(ring),
        }
    }

    /// What an administrator should know about the key files.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The key that seals.
    pub fn first(&self) -> KeyId {
        self.keys[0].id
    }

    pub fn contains(&self, id: KeyId) -> bool {
        self.find(id).is_ok()
    }

    /// Seals `plain` for a purpose and a place. The place (`aad`) is not part of the result: the
    /// same fields must be given to open it.
    ///
    /// INTERNAL if the system has no randomness.
    pub fn seal(&self, purpose: &str, aad: &[&[u8]], plain: &[u8]) -> Result<Vec<u8>> {
        Ok(self.seal_with_key(purpose, aad, plain)?.0)
    }

    /// The same, with a secret that `open_with_companion` gives again.
    pub fn seal_with_companion(
        &self,
        purpose: &str,
        aad: &[&[u8]],
        plain: &[u8],
    ) -> Result<(Vec<u8>, Companion)> {
        let (sealed, key) = self.seal_with_key(purpose, aad, plain)?;
        let companion = companion(&key, nonce_bytes(&sealed));
        Ok((sealed, companion.map_err(|_| Error::internal("no key stream"))?))
    }

    fn seal_with_key(
        &self,
        purpose: &str,
        aad: &[&[u8]],
        plain: &[u8],
    ) -> Result<(Vec<u8>, LessSafeKey)> {
        let key = &self.keys[0];
        // No more than Linux makes at once: above 32 bytes it takes twice as long.
        let mut drawn = [0; SALT_LEN + NONCE_LEN];
        let failed = |_: Unspecified| Error::internal("the system gives no random numbers");
        SystemRandom::new().fill(&mut drawn).map_err(failed)?;
        let mut sealed = Vec::with_capacity(CIPHERTEXT_AT + plain.len() + AES_256_GCM.tag_len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.id.0);
        sealed.extend_from_slice(&drawn);
        sealed.extend_from_slice(plain);
        let (nonce, aad) = (nonce(&sealed), associated_data(&sealed, aad));
        let (key, tag) = key
            .for_message(purpose, &sealed)
            .and_then(|key| {
                let cipher = &mut sealed[CIPHERTEXT_AT..];
                let tag = key.seal_in_place_separate_tag(nonce, aad, cipher)?;
                Ok((key, tag))
            })
            .map_err(|_| Error::internal("too long to be sealed"))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok((sealed, key))
    }

    /// Opens what `seal` made with the same purpose and `aad`, by whichever key of the ring, and in
    /// the place where it lies.
    pub fn open(
        &self,
        purpose: &str,
        aad: &[&[u8]],
        sealed: Vec<u8>,
    ) -> std::result::Result<Plain, SealError> {
        let key = self.key_of(purpose, &sealed)?;
        open_with_key(&key, aad, sealed)
    }

    /// Opens what `seal_with_companion` made, and gives its secret again.
    pub fn open_with_companion(
        &self,
        purpose: &str,
        aad: &[&[u8]],
        sealed: Vec<u8>,
    ) -> std::result::Result<(Plain, Companion), SealError> {
        let key = self.key_of(purpose, &sealed)?;
        let nonce = nonce_bytes(&sealed);
        // Whose nonce it is must be known before it is used.
        let plain = open_with_key(&key, aad, sealed)?;
        Ok((plain, companion(&key, nonce).map_err(|_| SealError::Damaged)?))
    }

    /// The key of one message, which is long enough to be one.
    fn key_of(&self, purpose: &str, sealed: &[u8]) -> std::result::Result<LessSafeKey, SealError> {
        let id = KeyId::of_sealed(sealed).ok_or(SealError::Damaged)?;
        if sealed.len() < CIPHERTEXT_AT {
            return Err(SealError::Damaged);
        }
        self.find(id)?.for_message(purpose, sealed).map_err(|_| SealError::Damaged)
    }

    fn find(&self, id: KeyId) -> std::result::Result<&Key, SealError> {
        self.keys.iter().find(|key| key.id == id).ok_or(SealError::UnknownKey(id))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.id)).finish()
    }
}

impl Key {
    fn new(master: &SecretBox<[u8; 32]>) -> Key {
        let extracted = Salt::new(HKDF_SHA256, &[]).extract(master.expose_secret());
        Key { id: KeyId(expand(&extracted, &[USE_IDENTITY])), extracted }
    }

    /// The key of one message, whose salt is part of the message.
    fn for_message(
        &self,
        purpose: &str,
        message: &[u8],
    ) -> std::result::Result<LessSafeKey, Unspecified> {
        let info = [USE_SEAL, purpose.as_bytes(), &message[SALT_AT..NONCE_AT]];
        Ok(LessSafeKey::new(UnboundKey::from(self.extracted.expand(&info, &AES_256_GCM)?)))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // Another one in its place: `Prk` has no way to be wiped.
        self.extracted = Prk::new_less_safe(HKDF_SHA256, &[0; 32]);
        std::hint::black_box(&self.extracted);
    }
}

/// The salt of a sealed message, by which anybody can tell it from all others.
pub fn salt_of(sealed: &[u8]) -> Option<[u8; SALT_LEN]> {
    sealed.get(SALT_AT..)?.first_chunk().copied()
}

fn nonce(message: &[u8]) -> Nonce {
    Nonce::assume_unique_for_key(nonce_bytes(message))
}

fn nonce_bytes(message: &[u8]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&message[NONCE_AT..CIPHERTEXT_AT]);
    nonce
}

/// The key stream of the message's own key under the only other nonce that it is used with: a
/// second derivation would take longer than all else about a message.
fn companion(
    key: &LessSafeKey,
    mut nonce: [u8; NONCE_LEN],
) -> std::result::Result<Companion, Unspecified> {
    nonce[0] ^= 1;
    let mut companion = Companion::default();
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Nobody opens it.
    let _tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut *companion)?;
    Ok(companion)
}

fn open_with_key(
    key: &LessSafeKey,
    aad: &[&[u8]],
    sealed: Vec<u8>,
) -> std::result::Result<Plain, SealError> {
    let (nonce, aad) = (nonce(&sealed), associated_data(&sealed, aad));
    let mut plain = Plain(sealed);
    let opened = key.open_within(nonce, aad, &mut plain.0, CIPHERTEXT_AT..);
    let length = opened.map_err(|_| SealError::Damaged)?.len();
    plain.0[length..].fill(0);
    plain.0.truncate(length);
    Ok(plain)
}

/// Format, key id and fields, each after its length, so that no two lists give the same bytes.
fn associated_data(message: &[u8], fields: &[&[u8]]) -> Aad<Vec<u8>> {
    let head = [&message[..1], &message[1..SALT_AT]];
    let mut data = Vec::with_capacity(128);
    for field in head.iter().chain(fields) {
        data.extend_from_slice(&(field.len() as u64).to_be_bytes());
        data.extend_from_slice(field);
    }
    Aad::from(data)
}

fn expand<const N: usize>(extracted: &Prk, info: &[&[u8]]) -> [u8; N] {
    struct Bytes(usize);
    impl KeyType for Bytes {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut output = [0; N];
    extracted
        .expand(info, Bytes(N))
        .and_then(|key| key.fill(&mut output))
        .expect("HKDF gives up to 8160 bytes");
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(byte: u8) -> KeySource {
        KeySource::Value(SecretBox::new(Box::new([byte; 32])))
    }

    fn ring(bytes: &[u8]) -> KeyRing {
        let sources: Vec<_> = bytes.iter().map(|byte| value(*byte)).collect();
        KeyRing::load(&sources, false).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_purpose_and_place() {
        let ring = ring(&[1]);
        let sealed = ring.seal("grant", &[b"zoom", b"anna"], b"secret").unwrap();
        assert_eq!(sealed.len(), CIPHERTEXT_AT + 6 + 16);
        assert_eq!(KeyId::of_sealed(&sealed), Some(ring.first()));
        assert_eq!(*ring.open("grant", &[b"zoom", b"anna"], sealed.clone()).unwrap(), *b"secret");
        for (purpose, aad) in [
            ("state", &[&b"zoom"[..], b"anna"][..]),
            ("grant", &[b"zoom", b"bert"]),
            ("grant", &[b"zooma", b"nna"]),
            ("grant", &[b"zoom"]),
            ("grant", &[b"zoom", b"anna", b""]),
        ] {
            let opened = ring.open(purpose, aad, sealed.clone());
            assert_eq!(opened.unwrap_err(), SealError::Damaged, "{purpose} {aad:?}");
        }
        assert_ne!(sealed, ring.seal("grant", &[b"zoom", b"anna"], b"secret").unwrap());
        assert!(ring.seal("grant", &[], b"").is_ok_and(|empty| empty.len() == 53));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let ring = ring(&[1]);
        let sealed = ring.seal("grant", &[], b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(ring.open("grant", &[], changed).is_err(), "byte {position}");
            assert!(
                ring.open("grant", &[], sealed[..position].to_vec()).is_err(),
                "cut at {position}"
            );
        }
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = (ring(&[1]), ring(&[2]));
        let sealed = old.seal("grant", &[], b"secret").unwrap();
        let refused = new.open("grant", &[], sealed.clone()).unwrap_err();
        assert_eq!(refused, SealError::UnknownKey(old.first()));
        let both = ring(&[2, 1]);
        assert_eq!(both.first(), new.first());
        assert_eq!(*both.open("grant", &[], sealed).unwrap(), *b"secret");
    }

    #[test]
    fn a_companion_comes_with_its_message_alone() {
        let ring = ring(&[1]);
        let seal = || ring.seal_with_companion("state", &[], &[0; 32]).unwrap();
        let ((sealed, companion), (other, others)) = (seal(), seal());
        assert_ne!(companion, others);
        assert_ne!(salt_of(&sealed), salt_of(&other));
        // Nor is it what the message itself is made with.
        assert_ne!(companion[..], sealed[CIPHERTEXT_AT..CIPHERTEXT_AT + 32]);
        let opened = ring.open_with_companion("state", &[], sealed.clone()).unwrap();
        assert_eq!((&*opened.0, opened.1), (&[0; 32][..], companion));
        assert!(ring.open_with_companion("grant", &[], sealed.clone()).is_err());
        assert!(ring.open_with_companion("state", &[], sealed[..CIPHERTEXT_AT].to_vec()).is_err());
        assert_eq!(salt_of(&sealed[..SALT_AT + SALT_LEN - 1]), None);
    }

    #[test]
    fn key_ids_are_written_and_read() {
        let id = ring(&[1]).first();
        assert_eq!(KeyId::parse(&id.to_string()), Some(id));
        for text in ["", "0", "+123456789abcdef", "00000000000000001", "zzzzzzzzzzzzzzzz"] {
            assert_eq!(KeyId::parse(text), None);
        }
    }

    #[test]
    fn a_ring_shows_no_key() {
        let ring = ring(&[1]);
        assert_eq!(format!("{ring:?}"), format!("[{}]", ring.first()));
        assert!(KeyRing::load(&[], true).is_err());
    }
}
