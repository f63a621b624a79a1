#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| buffy_fuzz::chunked(bytes));

#[cfg(not(feature = "libfuzzer"))]
fn main() -> anyhow::Result<()> {
    buffy_fuzz::replay::replay("chunked", buffy_fuzz::chunked)
}
