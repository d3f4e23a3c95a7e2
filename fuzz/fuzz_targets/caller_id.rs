//! `cargo fuzz run caller_id --sanitizer none`

#![no_main]

#[path = "../parsers.rs"]
mod parsers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| parsers::caller_id(data));
