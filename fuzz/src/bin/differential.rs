#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| buffy_fuzz::differential(bytes));

#[cfg(not(feature = "libfuzzer"))]
fn main() -> anyhow::Result<()> {
    buffy_fuzz::replay::replay("differential", buffy_fuzz::differential)
}
