//! Memory with a page on either side that nobody may touch: a byte read or written outside of it
//! ends the process.

use std::ptr;

/// What fills the rest of the pages; a stray write changes it.
const POISON: u8 = 0xa5;

/// To which of its two guards a text is next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    Before,
    Behind,
}

pub struct Guarded {
    mapping: *mut u8,
    mapped: usize,
    page: usize,
    /// Where the bytes begin, counted from the mapping.
    start: usize,
    length: usize,
}

impl Guarded {
    pub fn new(bytes: &[u8], next: Next) -> Guarded {
        // SAFETY: no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        let usable = bytes.len().div_ceil(page).max(1) * page;
        let mapped = usable + 2 * page;
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: memory of its own.
        let mapping = unsafe { libc::mmap(ptr::null_mut(), mapped, protection, flags, -1, 0) };
        assert_ne!(mapping, libc::MAP_FAILED);
        let mapping: *mut u8 = mapping.cast();
        let start = match next {
            Next::Before => page,
            Next::Behind => page + usable - bytes.len(),
        };
        // SAFETY: all within the mapping; its first and last page are of no use to anybody.
        unsafe {
            mapping.add(page).write_bytes(POISON, usable);
            ptr::copy_nonoverlapping(bytes.as_ptr(), mapping.add(start), bytes.len());
            for guard in [mapping, mapping.add(page + usable)] {
                assert_eq!(libc::mprotect(guard.cast(), page, libc::PROT_NONE), 0);
            }
        }
        Guarded { mapping, mapped, page, start, length: bytes.len() }
    }

    pub fn pointer(&self) -> *mut u8 {
        // SAFETY: within the mapping, or one behind its last usable byte.
        unsafe { self.mapping.add(self.start) }
    }

    /// What the bytes are now, after a look at those around them.
    pub fn bytes(&self) -> Vec<u8> {
        // SAFETY: what lies between the two guards.
        let usable = unsafe {
            std::slice::from_raw_parts(self.mapping.add(self.page), self.mapped - 2 * self.page)
        };
        let start = self.start - self.page;
        let around = usable[..start].iter().chain(&usable[start + self.length..]);
        assert!(around.copied().all(|byte| byte == POISON), "a byte beside the text was written");
        usable[start..start + self.length].to_vec()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: our own, unmapped once.
        unsafe { libc::munmap(self.mapping.cast(), self.mapped) };
    }
}
