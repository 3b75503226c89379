//! Another Rust library in the same process: it panics, and keeps something for each thread, and
//! takes it down when the thread ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic;

struct Kept(HashMap<u32, String>);

impl Drop for Kept {
    fn drop(&mut self) {
        assert!(!self.0.is_empty());
    }
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::new(Kept(HashMap::new()));
}

#[unsafe(no_mangle)]
pub extern "C" fn other_use(number: u32) -> u32 {
    panic::set_hook(Box::new(|_| {}));
    let caught = panic::catch_unwind(|| panic!("{number}"));
    let told = caught.unwrap_err().downcast_ref::<String>().and_then(|text| text.parse().ok());
    KEPT.with_borrow_mut(|kept| kept.0.insert(number, "kept".repeat(100)));
    told.map_or(0, |number: u32| number + 1)
}
