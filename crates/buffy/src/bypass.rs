//! Signed values by which a request passes a closed gate: `UPSTREAM.EXPIRY.SIGNATURE`.
//!
//! The expiry is in seconds since the Unix epoch, the signature the HMAC-SHA256 (RFC 2104) of what
//! stands before it, in hexadecimal digits. Nothing is kept: whoever has the secret can make one,
//! and it is good until it expires or the secret is changed.

use std::fmt;
use std::time::Duration;

use buffy_core::config;
use ring::hmac;

/// Makes the values of one upstream, and knows them again.
pub struct Signer {
    upstream: String,
    header: String,
    key: hmac::Key,
}

impl Signer {
    /// Of an upstream that has `gate.bypass`; none where it has not.
    pub fn of(upstream: &config::Upstream) -> Option<Self> {
        let settings = upstream.gate.bypass.as_ref()?;
        Some(Self {
            upstream: upstream.id.clone(),
            header: settings.header.clone(),
            key: hmac::Key::new(hmac::HMAC_SHA256, settings.secret.expose().as_bytes()),
        })
    }

    /// The name of the field, and of the cookie, that carries a value.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// A value that is good until then, in seconds since the Unix epoch.
    pub fn value(&self, expires: u64) -> String {
        let signed = format!("{}.{expires}", self.upstream);
        let tag = hmac::sign(&self.key, signed.as_bytes());
        let mut value = signed;
        value.push('.');
        for byte in tag.as_ref() {
            for digit in [byte >> 4, byte & 15] {
                value.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        value
    }

    /// What a browser is given, as the value of `Set-Cookie` (RFC 6265 §4.1).
    pub fn cookie(&self, value: &str, lasts: Duration) -> String {
        format!(
            "{}={value}; Max-Age={}; Path=/; Secure; HttpOnly; SameSite=Lax",
            self.header,
            lasts.as_secs()
        )
    }

    /// Whether a value is one of these, and is still good; compared in constant time.
    pub fn knows(&self, value: &[u8], now: u64) -> bool {
        self.tag(value, now)
            .is_some_and(|(signed, tag)| hmac::verify(&self.key, signed.as_bytes(), &tag).is_ok())
    }

    /// What is signed and its signature, of a value that is for this upstream and not expired.
    fn tag<'v>(&self, value: &'v [u8], now: u64) -> Option<(&'v str, Vec<u8>)> {
        let value = std::str::from_utf8(value).ok()?;
        let (signed, tag) = value.rsplit_once('.')?;
        let (upstream, expires) = signed.rsplit_once('.')?;
        let digits = !expires.is_empty() && expires.bytes().all(|byte| byte.is_ascii_digit());
        if upstream != self.upstream || !digits || expires.parse::<u64>().ok()? <= now {
            return None;
        }
        Some((signed, bytes(tag)?))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer of {} in {}", self.upstream, self.header)
    }
}

/// The bytes that hexadecimal digits in lower case stand for: a value has one way to be written.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let pairs = pairs.iter();
    pairs
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use buffy_core::config::{Surroundings, Unset, read};

    use super::*;

    fn signer(id: &str, secret: &str) -> Signer {
        let text = format!(
            "version: 0.1\nupstreams:\n- {{id: {id}, endpoint: \"http://a\", \
             gate: {{bypass: {{secret: {secret}}}}}}}\n"
        );
        let around = Surroundings {
            env: &|_| None,
            file: &|_| Err(String::new()),
            folder: &|_| Err("there is none".to_owned()),
            unset: Unset::Refuse,
        };
        let (config, _) = read("buffy.yaml", &text, &around).unwrap();
        Signer::of(&config.upstreams[0]).unwrap()
    }

    const SECRET: &str = "0123456789abcdef";

    #[test]
    fn a_value_is_good_for_its_upstream_until_it_expires() {
        let shop = signer("shop.eu", SECRET);
        let value = shop.value(1_000);
        assert!(value.starts_with("shop.eu.1000."), "{value}");
        assert!(shop.knows(value.as_bytes(), 999));
        for (what, knows) in [
            ("it has expired", shop.knows(value.as_bytes(), 1_000)),
            (
                "for another upstream",
                signer("shop", SECRET).knows(value.as_bytes(), 0),
            ),
            (
                "signed with another secret",
                signer("shop.eu", "fedcba9876543210").knows(value.as_bytes(), 0),
            ),
        ] {
            assert!(!knows, "{what}");
        }
    }

    #[test]
    fn nothing_can_be_changed_in_a_value() {
        let shop = signer("shop", SECRET);
        let value = shop.value(1_000);
        for at in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[at] ^= 1;
            assert!(!shop.knows(&changed, 0), "{at}");
        }
        for changed in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            value.replace("1000", "+1000"),
            value.replace("1000", "01000"),
            value.to_ascii_uppercase(),
            format!("{value}0"),
            format!("{value}00"),
            format!(" {value}"),
            value[..value.len() - 2].to_owned(),
            "shop.1000.".to_owned(),
            "shop.99999999999999999999999.00".to_owned(),
        ] {
            assert!(!shop.knows(changed.as_bytes(), 0), "{changed}");
        }
    }

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        // printf 'shop.1000' | openssl dgst -sha256 -hmac 0123456789abcdef
        assert_eq!(
            signer("shop", SECRET).value(1_000),
            "shop.1000.0045f4a15bcabd46cfc6c8e7f877973c2b8665bf43c27fb8096b1d5d95fec8b9"
        );
    }

    #[test]
    fn a_cookie_goes_by_https_only_and_is_kept_from_scripts() {
        let cookie = signer("shop", SECRET).cookie("value", Duration::from_mins(10));
        assert_eq!(
            cookie,
            "X-Buffy-Bypass=value; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
    }
}
