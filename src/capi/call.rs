//! Operations whose arguments are texts.

use std::ffi::c_char;

use super::text;
use crate::door::guard;
use crate::door::operation::Operation;

/// Runs an operation and hands its answer to the caller. The place of the answer has a name for
/// the case that it is NULL.
///
/// # Safety
/// The texts are NULL or NUL-terminated strings that nobody changes meanwhile, and `answer` is
/// NULL or may be written.
pub unsafe fn answer<const N: usize>(
    bridge: u32,
    operation: &Operation,
    arguments: [*const c_char; N],
    options: *const c_char,
    (answer, name): (*mut *mut c_char, &str),
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's promise is ours.
        let out = unsafe { text::Out::new(answer, name) }?;
        // SAFETY: as above.
        let (arguments, options) =
            unsafe { (arguments.map(|it| text::bytes(it)), text::bytes(options)) };
        out.set(door.call(bridge, operation, &arguments, options)?.unwrap_or_default())
    })
}

/// Runs an operation that has no answer.
///
/// # Safety
/// As for [`answer`].
pub unsafe fn nothing<const N: usize>(
    bridge: u32,
    operation: &Operation,
    arguments: [*const c_char; N],
    options: *const c_char,
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's promise is ours.
        let (arguments, options) =
            unsafe { (arguments.map(|it| text::bytes(it)), text::bytes(options)) };
        door.call(bridge, operation, &arguments, options).map(drop)
    })
}
