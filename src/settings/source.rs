//! Where a secret comes from: the document itself, the environment, or a file.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretBox;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::document::given;
use super::{KeySource, absolute_path, refuse};
use crate::error::Result;
use crate::file;
use crate::json;

/// The longest file that can hold a secret, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// `"…"`, `{"env": NAME}` or `{"file": PATH}`.
pub enum Source {
    Text(String),
    Env(String),
    File(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default, deserialize_with = "given")]
    env: Option<String>,
    #[serde(default, deserialize_with = "given")]
    file: Option<String>,
}

impl Source {
    /// The secret itself. `path` is the member's, for errors, which never hold the secret.
    pub fn resolve(self, path: &str) -> Result<String> {
        let (text, whence) = match self {
            Source::Text(text) => (text, String::new()),
            Source::Env(variable) => (read_variable(&variable, path)?, json::name(&variable)),
            Source::File(name) => {
                let location = absolute_path(name, &format!("{path}.file"))?;
                (read_file(&location, path)?, location.display().to_string())
            }
        };
        match (text.is_empty(), whence.is_empty()) {
            (false, _) => Ok(text),
            (true, true) => Err(refuse(path, "is empty")),
            (true, false) => Err(refuse(path, format_args!("{whence} is empty"))),
        }
    }

    /// A key for the store. A file is left alone here: it may not exist yet.
    pub fn key(self, path: &str) -> Result<KeySource> {
        match self {
            Source::File(name) => absolute_path(name, &format!("{path}.file")).map(KeySource::File),
            other => {
                let text = Zeroizing::new(other.resolve(path)?);
                let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
                let key = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
                key.map(|key| KeySource::Value(SecretBox::new(Box::new(key))))
                    .ok_or_else(|| refuse(path, "not the base64 of 32 bytes"))
            }
        }
    }
}

fn read_variable(variable: &str, path: &str) -> Result<String> {
    let name = json::name(variable);
    match std::env::var(variable) {
        Ok(value) => Ok(value),
        Err(std::env::VarError::NotPresent) => {
            Err(refuse(path, format_args!("the environment variable {name} is not set")))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(refuse(path, format_args!("the environment variable {name} is not Unicode")))
        }
    }
}

fn read_file(location: &Path, path: &str) -> Result<String> {
    let mut text = file::read(location, MAX_BYTES).map_err(|why| refuse(path, why))?;
    // Editors and `echo` end a file with one line break, which belongs to no secret.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Source, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a string, {"env": NAME} or {"file": PATH}"#)
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Source, E> {
        Ok(Source::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> std::result::Result<Source, A::Error> {
        match Place::deserialize(MapAccessDeserializer::new(members))? {
            Place { env: Some(variable), file: None } => Ok(Source::Env(variable)),
            Place { env: None, file: Some(name) } => Ok(Source::File(name)),
            _ => Err(A::Error::custom("either env or file expected")),
        }
    }
}

/// One key, or a list of them.
pub fn ring<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Vec<Source>, D::Error> {
    from.deserialize_any(RingVisitor)
}

struct RingVisitor;

impl<'de> Visitor<'de> for RingVisitor {
    type Value = Vec<Source>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SourceVisitor.expecting(f)?;
        f.write_str(", or a list of those")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Vec<Source>, E> {
        SourceVisitor.visit_str(text).map(|source| vec![source])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Vec<Source>, A::Error> {
        SourceVisitor.visit_map(map).map(|source| vec![source])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Vec<Source>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list))
    }
}
