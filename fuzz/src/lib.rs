//! What each fuzz target does with an input, and what must hold whatever the input is.
//!
//! The targets run it under libFuzzer and AddressSanitizer; `tests/fuzz_seeds.rs` includes this
//! file and runs the seeds and what was once found. A panic is a finding.

pub mod answers;
pub mod callback;
pub mod door;
pub mod files;
pub mod icalendar;
pub mod meeting;
pub mod oracle;
pub mod recurrence;
pub mod sealed;
pub mod settings;
pub mod webhook;

/// What a target does with an input.
pub type Run = fn(&[u8]);

/// All targets, by their names.
pub const TARGETS: [(&str, Run); 10] = [
    ("answers", answers::run),
    ("callback", callback::run),
    ("door", door::run),
    ("files", files::run),
    ("icalendar", icalendar::run),
    ("meeting", meeting::run),
    ("recurrence", recurrence::run),
    ("sealed", sealed::run),
    ("settings", settings::run),
    ("webhook", webhook::run),
];
