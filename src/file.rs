//! Reading small text files that an administrator wrote.

use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;

/// The text of a file of at most `limit` bytes, without a byte order mark.
///
/// The error names the file and what is wrong with it, never its content.
pub fn read(path: &Path, limit: u64) -> Result<String, String> {
    let shown = path.display();
    let unreadable = |error: Error| format!("{shown} cannot be read: {error}");
    // Asked by name, because merely opening a pipe waits for its other end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("{shown} is no regular file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(format!("{shown} is longer than {limit} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
