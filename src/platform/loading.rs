//! What is done when the library is loaded.
//!
//! On Linux, what a fork must not catch half-made is made then: no thread can be inside yet, and a
//! child that finds the lock of a vanished thread would wait for ever. On Windows the library sees
//! to it that it stays loaded, which a flag of the file does on Linux.

// SAFETY: the section holds addresses of functions that the loader calls once, without any
// argument that ours would read.
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[used]
static WHEN_LOADED: extern "C" fn() = when_loaded;

extern "C" fn when_loaded() {
    let made = std::panic::catch_unwind(|| {
        #[cfg(target_os = "linux")]
        {
            jiff::tz::db();
            super::prepare_sqlite_for_fork()
        }
        #[cfg(windows)]
        super::system::stay_loaded()
    });
    // What failed is tried again at the first use, which can tell.
    drop(made);
}
