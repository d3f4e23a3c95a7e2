//! `cargo fuzz run q931 --sanitizer none`

#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::q931(data));
