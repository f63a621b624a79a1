#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| buffy_fuzz::template_render(bytes));

#[cfg(not(feature = "libfuzzer"))]
fn main() -> anyhow::Result<()> {
    buffy_fuzz::replay::replay("template_render", buffy_fuzz::template_render)
}
