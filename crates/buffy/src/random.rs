//! Random bytes, asked of the kernel itself.
//!
//! The crate `getrandom` looks for the C library's function by its name, and a static program has
//! no names: it would read `/dev/urandom`, which is not there in an empty root.

use std::io;

use rustix::io::retry_on_intr;
use rustix::rand::{GetRandomFlags, getrandom};

/// So many bytes, at most 256: as many as the kernel gives at once.
///
/// # Errors
///
/// The kernel's, where it lets this process have none.
pub(crate) fn bytes<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    const { assert!(BYTES <= 256) };
    let mut bytes = [0; BYTES];
    let given = retry_on_intr(|| getrandom(&mut bytes, GetRandomFlags::empty()))?;
    if given == BYTES {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike_and_none_is_left_out() {
        assert_ne!(bytes::<16>().unwrap(), bytes::<16>().unwrap());
        assert!(bytes::<256>().unwrap()[240..].iter().any(|byte| *byte != 0));
    }
}
