//! What LotusScript passes: strings that end with a NUL, numbers by reference, and buffers of a
//! fixed length. Nothing is assumed about how they are aligned.

use std::ffi::c_char;
use std::ptr;

use crate::door::{MAX_TEXT, guard};
use crate::error::{Error, Result, Status};

/// The longest plain string, in bytes: any text that is taken, with each of its characters escaped.
const MAX_ESCAPED: usize = 6 * MAX_TEXT;

/// A plain string as it came. Of one that is too long only as much as shows that.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that nobody changes meanwhile.
pub unsafe fn plain<'a>(text: *const c_char, name: &str) -> Result<&'a [u8]> {
    if text.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise; nothing behind the bound or the NUL is read.
    let length = unsafe { libc::strnlen(text, MAX_ESCAPED + 1) };
    // SAFETY: `strnlen` has found that many bytes readable.
    Ok(unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) })
}

/// A plain string in ASCII. LotusScript writes anything else in the platform's character set,
/// which is not known here.
///
/// # Safety
/// As for [`plain`].
pub unsafe fn ascii<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise is ours.
    let bytes = unsafe { plain(text, name) }?;
    if bytes.len() > MAX_ESCAPED {
        return Err(too_long(name));
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii());
    text.ok_or_else(|| Error::invalid_argument(format!("{name}: not ASCII")))
}

/// A UTF-16 string. Half a surrogate pair becomes U+FFFD: a subject that was cut in the middle of
/// an emoji must not prevent a meeting.
///
/// # Safety
/// As for [`plain`].
pub unsafe fn unicode(text: *const u16, name: &str) -> Result<String> {
    if text.is_null() {
        return Err(null(name));
    }
    let mut units = Vec::new();
    loop {
        // SAFETY: the caller's promise; nothing behind the bound or the NUL is read.
        match unsafe { text.add(units.len()).read_unaligned() } {
            0 => return Ok(String::from_utf16_lossy(&units)),
            _ if units.len() == MAX_TEXT => return Err(too_long(name)),
            unit => units.push(unit),
        }
    }
}

/// Where a number goes. 0 is written at once, so that it is defined on failure too.
pub struct Out(*mut i32);

impl Out {
    /// # Safety
    /// `place` is NULL or may be written.
    pub unsafe fn new(place: *mut i32, name: &str) -> Result<Out> {
        if place.is_null() {
            return Err(null(name));
        }
        let out = Out(place);
        out.set(0);
        guard::enter()?;
        Ok(out)
    }

    pub fn set(&self, number: i32) {
        // SAFETY: checked in `new`.
        unsafe { self.0.write_unaligned(number) };
    }

    pub fn set_length(&self, length: usize) -> Result<()> {
        let length = i32::try_from(length);
        self.set(length.map_err(|_| Error::internal("a length of more than 31 bits"))?);
        Ok(())
    }
}

/// Where a text goes, in units of `T`.
pub struct Buffer<T> {
    start: *mut T,
    capacity: usize,
    length: Out,
}

impl<T: Copy + Default> Buffer<T> {
    /// # Safety
    /// `capacity` units may be written at `start`, and `length` is as for [`Out::new`].
    pub unsafe fn new(start: *mut T, capacity: i32, length: *mut i32) -> Result<Buffer<T>> {
        // SAFETY: the caller's promise is ours.
        let length = unsafe { Out::new(length, "length") }?;
        let capacity = usize::try_from(capacity)
            .map_err(|_| Error::invalid_argument("capacity: must not be negative"))?;
        match start.is_null() && capacity > 0 {
            true => Err(null("buffer")),
            false => Ok(Buffer { start, capacity, length }),
        }
    }

    /// Hands over the text and, if there is room, a NUL behind it. If there is no room for the
    /// text, only its length is told.
    pub fn fill(self, mut text: Vec<T>) -> Result<()> {
        let length = text.len();
        self.length.set_length(length)?;
        if length > self.capacity {
            let detail = format!("buffer: {length} units are needed, {} are there", self.capacity);
            return Err(Error::new(Status::BufferTooSmall, detail));
        }
        if length < self.capacity {
            text.push(T::default());
        }
        if text.is_empty() {
            return Ok(());
        }
        // SAFETY: not more than the caller says; bytes, since the place may not be aligned.
        unsafe {
            ptr::copy_nonoverlapping(
                text.as_ptr().cast::<u8>(),
                self.start.cast::<u8>(),
                size_of_val(text.as_slice()),
            );
        }
        Ok(())
    }
}

fn null(name: &str) -> Error {
    Error::invalid_argument(format!("{name}: NULL"))
}

fn too_long(name: &str) -> Error {
    Error::invalid_argument(format!("{name}: longer than 1 MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(capacity: usize, text: &str) -> (Result<()>, Vec<u16>, i32) {
        let (mut buffer, mut length) = (vec![0xffff; capacity + 1], 7);
        // SAFETY: there are more units than it is told.
        let done = unsafe { Buffer::new(buffer.as_mut_ptr(), capacity as i32, &mut length) }
            .and_then(|buffer| buffer.fill(text.encode_utf16().collect()));
        assert_eq!(buffer.pop(), Some(0xffff), "nothing is written behind the capacity");
        (done, buffer, length)
    }

    #[test]
    fn a_buffer_takes_the_text_whole_or_not_at_all() {
        let units: Vec<u16> = "あ😀".encode_utf16().collect();
        assert_eq!(fill(3, "あ😀"), (Ok(()), units.clone(), 3));
        assert_eq!(fill(4, "あ😀"), (Ok(()), [&units[..], &[0]].concat(), 3));
        assert_eq!(fill(0, ""), (Ok(()), vec![], 0));
        assert_eq!(fill(1, ""), (Ok(()), vec![0], 0));
        for capacity in [0, 1, 2] {
            let (done, buffer, length) = fill(capacity, "あ😀");
            assert_eq!(done.unwrap_err().status(), Status::BufferTooSmall);
            assert_eq!((buffer, length), (vec![0xffff; capacity], 3));
        }
    }

    #[test]
    fn nothing_needs_to_be_aligned() {
        let mut bytes = vec![0xff; 1];
        bytes.extend("é\u{10ffff}\0".encode_utf16().flat_map(u16::to_ne_bytes));
        // SAFETY: NUL-terminated, at an odd place.
        let read = unsafe { unicode(bytes.as_ptr().add(1).cast(), "text") };
        assert_eq!(read.unwrap(), "é\u{10ffff}");
        let (mut buffer, mut length) = ([0u8; 9], [0u8; 5]);
        // SAFETY: four units and a number, each at an odd place or at the one before.
        let (buffer_at, length_at) =
            unsafe { (buffer.as_mut_ptr().add(1), length.as_mut_ptr().add(1)) };
        let before = (buffer.as_mut_ptr(), length.as_mut_ptr());
        for (buffer_at, length_at) in [(buffer_at, length_at), before] {
            // SAFETY: as above.
            let out = unsafe { Buffer::<u16>::new(buffer_at.cast(), 4, length_at.cast()) };
            out.unwrap().fill("abc".encode_utf16().collect()).unwrap();
        }
        let units: Vec<u8> = "abc\0".encode_utf16().flat_map(u16::to_ne_bytes).collect();
        assert_eq!(buffer[..8], units);
        assert_eq!(length[..4], 3i32.to_ne_bytes());
    }

    #[test]
    fn halves_of_pairs_are_replaced_and_bad_texts_refused() {
        for (units, wanted) in [
            (&[0xd83d, 0][..], "\u{fffd}"),
            (&[0xde00, 0x41, 0], "\u{fffd}A"),
            (&[0xd83d, 0xde00, 0xd83d, 0], "😀\u{fffd}"),
            (&[0], ""),
        ] {
            // SAFETY: NUL-terminated.
            assert_eq!(unsafe { unicode(units.as_ptr(), "text") }.unwrap(), wanted);
        }
        let long = [vec![0x41u16; MAX_TEXT + 1], vec![0]].concat();
        let long_bytes = [vec![0x41u8; MAX_ESCAPED + 1], vec![0]].concat();
        // SAFETY: NULL or NUL-terminated.
        let told = unsafe {
            [
                unicode(long.as_ptr(), "text").map(drop),
                unicode(ptr::null(), "text").map(drop),
                ascii(long_bytes.as_ptr().cast(), "json").map(drop),
                ascii(c"\xe9".as_ptr(), "json").map(drop),
                ascii(ptr::null(), "json").map(drop),
            ]
        };
        assert_eq!(
            told.map(|outcome| outcome.unwrap_err().detail().to_owned()),
            [
                "text: longer than 1 MiB",
                "text: NULL",
                "json: longer than 1 MiB",
                "json: not ASCII",
                "json: NULL",
            ]
        );
    }
}
