#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| buffy_fuzz::rule_parse(bytes));

#[cfg(not(feature = "libfuzzer"))]
fn main() -> anyhow::Result<()> {
    buffy_fuzz::replay::replay("rule_parse", buffy_fuzz::rule_parse)
}
