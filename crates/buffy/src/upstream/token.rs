//! Secrets that Buffy makes for itself, in hexadecimal.

use std::io;

use buffy_core::gate::Token;

/// 128 bits: nobody meets one by chance, and nobody guesses one.
const TOKEN_BYTES: usize = 16;

/// A token that no other entry has.
pub(super) fn new_token() -> io::Result<Token> {
    random_hex::<TOKEN_BYTES>().map(Token::new)
}

/// So many random bytes.
pub(super) fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let bytes = crate::random::bytes::<BYTES>()?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    }))
}
