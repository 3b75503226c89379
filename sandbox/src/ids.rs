//! Every id, token and code of a sandbox comes from here: a keyed stream for each purpose.
//!
//! Without a seed the key is random, so nothing can be guessed; with one, the same calls in the
//! same order give the same values. A purpose names the user as well, so one user's values do not
//! depend on what others do meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{digest, hmac, rand::SecureRandom as _, rand::SystemRandom};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The sandbox's source of values.
pub struct Ids {
    key: hmac::Key,
    counters: Mutex<HashMap<String, u64>>,
}

impl Ids {
    /// A source with a random key, or with one made from a seed.
    pub fn new(seed: Option<u64>) -> Self {
        let mut key = [0_u8; 32];
        match seed {
            Some(seed) => {
                let text = format!("meetbridge-sandbox {seed}");
                key.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
            }
            // ring fails here only where the system has no randomness at all.
            None => SystemRandom::new().fill(&mut key).expect("the system has no randomness"),
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Ids { key, counters: Mutex::new(HashMap::new()) }
    }

    /// The next `length` bytes for a purpose.
    pub fn bytes(&self, purpose: &str, length: usize) -> Vec<u8> {
        let number = {
            let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
            match counters.get_mut(purpose) {
                Some(number) => {
                    *number += 1;
                    *number
                }
                None => {
                    counters.insert(purpose.to_owned(), 0);
                    0
                }
            }
        };
        self.stream(purpose, number, length)
    }

    /// Bytes that are always the same for a purpose: for ids that outlive a reset.
    pub fn fixed(&self, purpose: &str, length: usize) -> Vec<u8> {
        self.stream(purpose, u64::MAX, length)
    }

    fn stream(&self, purpose: &str, number: u64, length: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(length + 32);
        let mut block = 0_u32;
        while out.len() < length {
            let mut context = hmac::Context::with_key(&self.key);
            context.update(purpose.as_bytes());
            context.update(&[0]);
            context.update(&number.to_be_bytes());
            context.update(&block.to_be_bytes());
            out.extend_from_slice(context.sign().as_ref());
            block += 1;
        }
        out.truncate(length);
        out
    }

    /// URL-safe base64 of `length` bytes.
    pub fn base64url(&self, purpose: &str, length: usize) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(purpose, length))
    }

    /// Standard base64 with padding of `length` bytes, as Zoom's meeting UUIDs are.
    pub fn base64(&self, purpose: &str, length: usize) -> String {
        STANDARD.encode(self.bytes(purpose, length))
    }

    /// Lower-case hex of `length` bytes.
    pub fn hex(&self, purpose: &str, length: usize) -> String {
        hex(&self.bytes(purpose, length))
    }

    /// `length` letters and digits.
    pub fn letters(&self, purpose: &str, length: usize) -> String {
        let bytes = self.bytes(purpose, length);
        bytes.iter().map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect()
    }

    /// A number with exactly `digits` decimal digits.
    pub fn number(&self, purpose: &str, digits: u32) -> u64 {
        let bytes = self.bytes(purpose, 8);
        let mut raw = [0_u8; 8];
        raw.copy_from_slice(&bytes);
        let low = 10_u64.pow(digits - 1);
        low + u64::from_be_bytes(raw) % (low * 9)
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A UUID of 16 bytes, version bits as RFC 9562 wants them for version 4.
pub fn uuid(bytes: &[u8]) -> String {
    let mut raw = [0_u8; 16];
    raw.copy_from_slice(&bytes[..16]);
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    let text = hex(&raw);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}
