#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oyer_fuzz::feedback(data));
