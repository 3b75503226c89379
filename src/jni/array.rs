//! Arrays of bytes, with as few steps into the JVM as it takes. The crate's own functions ask
//! before and after each of theirs whether an exception is pending; here none can be, or whoever
//! calls asks once.

use std::mem::MaybeUninit;
use std::{ptr, slice};

use jni::sys::{JNIEnv, jbyteArray, jint, jsize};

/// A function of the JVM, which gets its environment first. All of these are of JNI 1.1.
macro_rules! jvm {
    ($env:expr, $function:ident $(, $argument:expr)*) => {
        ((**$env).v1_1.$function)($env $(, $argument)*)
    };
}

/// Enough for the arguments of most calls, as in the class `Arguments`.
const USUAL: usize = 2048;

/// Where bytes are read to: memory of the stack for as many as is usual, since no allocator gives
/// a kilobyte as fast as a few bytes.
pub struct Room {
    usual: [MaybeUninit<u8>; USUAL],
    large: Vec<MaybeUninit<u8>>,
}

impl Room {
    pub const fn new() -> Room {
        Room { usual: [MaybeUninit::uninit(); USUAL], large: Vec::new() }
    }

    fn of(&mut self, length: usize) -> &mut [MaybeUninit<u8>] {
        if length > USUAL {
            self.large.resize(length, MaybeUninit::uninit());
            return &mut self.large;
        }
        &mut self.usual[..length]
    }
}

/// The first `length` bytes; none if there is no array, or not so long a one.
///
/// # Safety
/// The environment is this thread's and no exception is pending; the array is null or a reference
/// that is valid here.
pub unsafe fn read(
    env: *mut JNIEnv,
    array: jbyteArray,
    length: jint,
    room: &mut Room,
) -> Option<&[u8]> {
    // SAFETY: the caller's promise; an array that is not null may be asked for its length.
    if array.is_null() || length > unsafe { jvm!(env, GetArrayLength, array) } {
        return None;
    }
    let bytes = room.of(usize::try_from(length).ok()?);
    // SAFETY: the array has that many bytes, as was just asked, and there is room for them. So
    // nothing is thrown, and all of them are written.
    unsafe {
        jvm!(env, GetByteArrayRegion, array, 0, length, bytes.as_mut_ptr().cast());
        Some(slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()))
    }
}

/// Writes the length of a text (four bytes, the highest first) and the text itself into the array,
/// if it has room for them, else into a new one. Null if there is no memory for that: an exception
/// is pending then.
///
/// # Safety
/// As for [`read`], and the array is not null.
pub unsafe fn answer(env: *mut JNIEnv, array: jbyteArray, text: &str) -> jbyteArray {
    // What an operation answers is bounded, far below that.
    let Ok(length) = jsize::try_from(text.len() + 4) else { return ptr::null_mut() };
    // SAFETY: the caller's promise. What is written fits: the array is as long as it says, or was
    // made just long enough.
    unsafe {
        let array = match length <= jvm!(env, GetArrayLength, array) {
            true => array,
            false => jvm!(env, NewByteArray, length),
        };
        if !array.is_null() {
            let head = (length - 4).to_be_bytes();
            jvm!(env, SetByteArrayRegion, array, 0, 4, head.as_ptr().cast());
            jvm!(env, SetByteArrayRegion, array, 4, length - 4, text.as_ptr().cast());
        }
        array
    }
}
