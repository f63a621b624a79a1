//! Why a request is not let in, and how it would be.

use axum::http::StatusCode;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Refusal {
    /// No Host, several, or one that is none.
    BadHost,
    /// A name that is not ours.
    Host,
    Upgrade,
    NoCors,
    Origin,
    NotJson,
    NoToken,
    WrongToken,
    /// The token is good for less.
    Scope,
}

impl Refusal {
    pub(in crate::admin) fn status(self) -> StatusCode {
        match self {
            Self::BadHost => StatusCode::BAD_REQUEST,
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Upgrade | Self::NoCors | Self::Origin | Self::Scope => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
        }
    }

    /// What RFC 6750, section 3.1, calls it.
    pub(in crate::admin) fn challenge(self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer realm=\"buffy\""),
            Self::WrongToken => Some("Bearer realm=\"buffy\", error=\"invalid_token\""),
            Self::Scope => Some("Bearer realm=\"buffy\", error=\"insufficient_scope\""),
            Self::BadHost
            | Self::Host
            | Self::Upgrade
            | Self::NoCors
            | Self::Origin
            | Self::NotJson => None,
        }
    }

    /// What is wrong, and how to get in.
    pub(in crate::admin) fn detail(self) -> &'static str {
        match self {
            Self::BadHost => "The request must name one host, in one Host field.",
            Self::Host => {
                "This name is not known here. Without a token, use an IP address or localhost, or \
                 add the name to `admin.hosts`."
            }
            Self::Upgrade => "The admin API has no upgrades. Leave out the Upgrade field.",
            Self::NoCors => "Pages may not ask with `mode: no-cors`.",
            Self::Origin => {
                "Only a page of this origin may ask this from a browser; from elsewhere use a \
                 client that sends neither Origin nor Sec-Fetch fields."
            }
            Self::NotJson => "From a browser, changes must be sent as application/json.",
            Self::NoToken => {
                "Send `Authorization: Bearer TOKEN` with a token of `admin.tokens`, or, where none \
                 is configured, the one in `admin.token` of the state folder; or use the unix \
                 socket. Where the admin API is bound to loopback only, clients of this machine \
                 need none, unless a proxy or a browser is between."
            }
            Self::WrongToken => {
                "This is no token of `admin.tokens`, nor the one in `admin.token` of the state \
                 folder. Send it as `Authorization: Bearer TOKEN`."
            }
            Self::Scope => {
                "This token may not do this: changes of gates need the scope `gate` or `admin`, a \
                 reload needs `admin`."
            }
        }
    }
}
