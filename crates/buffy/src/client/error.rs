//! What goes wrong with an outgoing call, and how it is said.

use std::io;
use std::time::Duration;

/// Why a URL cannot be called. The URL itself is not repeated: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    #[error("not a URL")]
    Syntax {
        source: hyper::http::uri::InvalidUri,
    },
    #[error("the URL must begin with http:// or https://")]
    Scheme,
    #[error("the URL names no host")]
    Host,
    #[error("a name and password in a URL are not sent: write them elsewhere")]
    Userinfo,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The look-up failed, or no address could be connected to.
    #[error("cannot connect")]
    Connect { source: io::Error },
    #[error("no certificate authority can be had from the system")]
    Roots { source: rustls::Error },
    #[error("{host} cannot be verified by a certificate")]
    ServerName {
        host: String,
        source: rustls::pki_types::InvalidDnsNameError,
    },
    #[error("the TLS handshake failed")]
    Tls { source: io::Error },
    /// What was answered was not HTTP, or it broke off.
    #[error("the exchange broke")]
    Exchange { source: hyper::Error },
    #[error("timed out after {after:?}")]
    TimedOut { after: Duration },
}

impl ClientError {
    /// The error with its cause, in one line of words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Connect { source } => io_words(source),
            Self::Tls { source } => format!("{self}: {}", io_words(source)),
            Self::Roots { source } => format!("{self}: {source}"),
            Self::ServerName { source, .. } => format!("{self}: {source}"),
            Self::Exchange { source } => exchange_words(source),
            Self::TimedOut { .. } => self.to_string(),
        }
    }
}

/// An error of the system in words: "connection refused", without its number.
pub fn io_words(error: &io::Error) -> String {
    if error.raw_os_error().is_none() {
        return error.to_string();
    }
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

fn exchange_words(error: &hyper::Error) -> String {
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return "the connection was closed before the answer was complete".to_owned();
    }
    if error.is_parse() {
        return "what was answered is not HTTP".to_owned();
    }
    match std::error::Error::source(error) {
        Some(cause) => cause
            .downcast_ref::<io::Error>()
            .map_or_else(|| format!("the exchange broke: {cause}"), io_words),
        None => format!("the exchange broke: {error}"),
    }
}
