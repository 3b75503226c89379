//! What a fork must not catch half-made is made when the library is loaded: no thread can be inside
//! then, and a child that finds the lock of a vanished thread would wait for ever.

use super::prepare_sqlite_for_fork;

// SAFETY: the section holds addresses of functions that the loader calls once, without any
// argument that ours would read.
#[unsafe(link_section = ".init_array")]
#[used]
static WHEN_LOADED: extern "C" fn() = when_loaded;

extern "C" fn when_loaded() {
    let made = std::panic::catch_unwind(|| {
        jiff::tz::db();
        prepare_sqlite_for_fork()
    });
    // What failed is tried again at the first use, which can tell.
    drop(made);
}
