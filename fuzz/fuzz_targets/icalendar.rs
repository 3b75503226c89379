#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meetbridge_fuzz::icalendar::run(data));
