//! Notifications of the providers as hosts see them: the headers that come in, the document that
//! goes out, and which events are echoes of our own calls.

mod echo;
mod headers;
mod outcome;

pub use echo::is_echo;
pub use headers::parse as parse_headers;
pub use outcome::{Event, Outcome, Respond};

/// The longest body that is looked at, in bytes.
pub const MAX_BODY: usize = crate::json::MAX_BYTES;
