#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meetbridge_fuzz::settings::run(data));
