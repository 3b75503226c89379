//! The arguments of a call, as the class `Arguments` writes them.

use jni::Env;
use jni::objects::JByteArray;

use crate::door::operation::MAX_PARAMETERS;
use crate::error::{Error, Result};

/// The bytes of an array that may be null.
pub fn optional(env: &Env<'_>, array: &JByteArray<'_>) -> jni::errors::Result<Option<Vec<u8>>> {
    if array.is_null() {
        return Ok(None);
    }
    env.convert_byte_array(array).map(Some)
}

/// The arguments themselves, and the options.
type Read<'a> = ([Option<&'a [u8]>; MAX_PARAMETERS], Option<&'a [u8]>);

/// Of each of `count` arguments, and then of the options, its length as four bytes, the highest
/// first (-1: null), and its bytes.
pub fn read(bytes: &[u8], count: usize) -> Result<Read<'_>> {
    let wrong = || Error::internal("arguments that are not those of this operation");
    let mut rest = bytes;
    let mut next = || -> Result<Option<&[u8]>> {
        let (length, after) = rest.split_first_chunk().ok_or_else(wrong)?;
        rest = after;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else { return Ok(None) };
        let (argument, after) = rest.split_at_checked(length).ok_or_else(wrong)?;
        rest = after;
        Ok(Some(argument))
    };
    let mut arguments = [None; MAX_PARAMETERS];
    for argument in arguments.get_mut(..count).ok_or_else(wrong)? {
        *argument = next()?;
    }
    let options = next()?;
    match rest.is_empty() {
        true => Ok((arguments, options)),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_empty() {
        let (arguments, options) = read(b"\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\0", 2).unwrap();
        assert_eq!(arguments[..2], [Some(&b"ab"[..]), None]);
        assert_eq!(options, Some(&b""[..]));
    }

    #[test]
    fn what_java_did_not_write_is_an_error_and_nothing_worse() {
        let bytes = b"\0\0\0\x02ab\xff\xff\xff\xff";
        assert!(read(bytes, 1).is_ok());
        for (length, count) in [(10, 0), (10, 2), (10, 9), (9, 1), (3, 1), (0, 0)] {
            assert!(read(&bytes[..length], count).is_err(), "{length} {count}");
        }
        assert!(read(b"\x7f\xff\xff\xff", 0).is_err());
    }
}
