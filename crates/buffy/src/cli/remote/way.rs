//! Where the admin API of a running Buffy is, and what lets in there.
//!
//! Found by `--admin`, else by `BUFFY_ADMIN`, else by the configuration that `buffy run` would
//! read here. A token is sent where one was named; of those that the configuration or the state
//! folder has, only where the admin is bound wider than loopback, and only to the place that the
//! same configuration names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use buffy_core::config::{self, Config, Scope, Secret};
use clap::Args;

use super::super::file::{self, FileError, Found};
use super::trouble::Trouble;
use crate::app;

/// The path where nobody says another.
const PATH: &str = "/_admin";

/// Options that say where the admin API is.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which Buffy")]
pub(in crate::cli) struct Way {
    /// Its admin API; else `BUFFY_ADMIN`, else what the configuration says.
    #[arg(long, value_name = "URL|unix:SOCKET")]
    pub(super) admin: Option<String>,
    /// The configuration that it runs with; by default as for `run`.
    #[arg(short, long = "config", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A file with a token of the admin API; else `BUFFY_TOKEN`, else the one in the state folder.
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
}

/// A place where an admin API may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Scheme, authority and path, without a `/` at the end.
    Url(String),
    Unix {
        socket: PathBuf,
        path: String,
    },
}

/// Where to ask, and what lets in.
#[derive(Debug)]
pub(super) struct Directions {
    /// Tried in this order, each with its token.
    pub(super) doors: Vec<(Door, Option<Secret>)>,
    /// Why there is no token where one would be of use.
    pub(super) lack: Option<String>,
}

impl Way {
    /// Finds the admin API; nothing is contacted.
    pub(super) fn find(&self) -> Result<Directions, Trouble> {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let token = self.token(variable("BUFFY_TOKEN"))?;
        let place = self.admin.clone().or_else(|| variable("BUFFY_ADMIN"));
        match place {
            Some(written) => Ok(Directions {
                doors: vec![(Door::parse(&written)?, token)],
                lack: None,
            }),
            None => self.configured(token),
        }
    }

    fn token(&self, variable: Option<String>) -> Result<Option<Secret>, Trouble> {
        let text = match &self.token_file {
            Some(path) => {
                let read = std::fs::read_to_string(path);
                Some(read.map_err(|source| Trouble::TokenFile {
                    path: path.clone(),
                    source,
                })?)
            }
            None => variable,
        };
        let Some(text) = text else {
            return Ok(None);
        };
        let token = text.trim();
        let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Some(Secret::new(token.to_owned())))
            .ok_or(Trouble::Token)
    }

    fn configured(&self, token: Option<Secret>) -> Result<Directions, Trouble> {
        let found = file::find(self.config.as_deref()).map_err(|source| match source {
            FileError::None { .. } => Trouble::Nowhere { source },
            FileError::Read { .. } | FileError::NotText { .. } => Trouble::File { source },
        })?;
        let config = found.process().map_err(|problems| Trouble::Config {
            problems: problems.to_string(),
        })?;
        Directions::configured(&config, &found, token)
    }
}

impl Directions {
    fn configured(config: &Config, found: &Found, token: Option<Secret>) -> Result<Self, Trouble> {
        let Some(admin) = &config.admin else {
            let name = found.name.clone();
            return Err(Trouble::NoAdmin { name });
        };
        // The permissions of a socket let in, unless a token was named.
        let mut doors: Vec<_> = admin
            .unix
            .iter()
            .map(|socket| {
                let (socket, path) = (socket.clone(), admin.path.clone());
                (Door::Unix { socket, path }, token.clone())
            })
            .collect();
        let wide = !admin.bind.to_canonical().is_loopback();
        let (token, lack) = match token {
            None if wide => own_token(config, admin, &found.folder),
            named => (named, None),
        };
        if admin.port != 0 {
            let address = SocketAddr::new(reachable(admin.bind), admin.port);
            doors.push((Door::Url(format!("http://{address}{}", admin.path)), token));
        }
        if doors.is_empty() {
            let name = found.name.clone();
            return Err(Trouble::ChosenPort { name });
        }
        Ok(Self { doors, lack })
    }
}

/// The strongest token of the configuration, else the one that Buffy made for itself.
fn own_token(
    config: &Config,
    admin: &config::Admin,
    folder: &Path,
) -> (Option<Secret>, Option<String>) {
    let known = admin
        .tokens
        .iter()
        .filter(|token| !token.value.expose().is_empty());
    if let Some(strongest) = known.max_by_key(|token| token.scope) {
        let lack = (strongest.scope < Scope::Gate)
            .then(|| "the configuration has no token with the scope `gate`".to_owned());
        return (Some(strongest.value.clone()), lack);
    }
    // A relative folder is relative to where `buffy run` was started: here, or beside the file.
    let file = app::admin_token_file(config);
    let mut lack = None;
    for file in [folder.join(&file), file] {
        match std::fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => {
                return (Some(Secret::new(text.trim().to_owned())), None);
            }
            Ok(_) => {}
            Err(error) => {
                lack.get_or_insert_with(|| {
                    let why = crate::client::io_words(&error);
                    format!("the token in {} cannot be read: {why}", file.display())
                });
            }
        }
    }
    (None, lack)
}

/// An address of this machine, where the listener is bound to all of them.
fn reachable(bind: IpAddr) -> IpAddr {
    match bind {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => bind,
    }
}

impl Door {
    /// `http://HOST:PORT`, with a path where it is not `/_admin`; `unix:SOCKET`, or
    /// `unix:SOCKET:PATH`.
    pub(super) fn parse(written: &str) -> Result<Self, Trouble> {
        let fail = |why: &str| Trouble::Place {
            written: written.to_owned(),
            why: why.to_owned(),
        };
        if let Some(rest) = written.strip_prefix("unix:") {
            let (socket, path) = rest.split_once(":/").map_or_else(
                || (rest, PATH.to_owned()),
                |(socket, path)| (socket, format!("/{path}")),
            );
            if socket.is_empty() {
                return Err(fail("it names no socket"));
            }
            return Ok(Self::Unix {
                socket: PathBuf::from(socket),
                path: path.trim_end_matches('/').to_owned(),
            });
        }
        crate::client::Address::parse(written).map_err(|error| fail(&error.to_string()))?;
        if written.contains(['?', '#']) {
            return Err(fail("it has a query or a fragment"));
        }
        let has_path = written
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'));
        let path = if has_path { "" } else { PATH };
        Ok(Self::Url(
            format!("{written}{path}").trim_end_matches('/').to_owned(),
        ))
    }
}

impl std::fmt::Display for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Unix { socket, path } if path == PATH => write!(f, "unix:{}", socket.display()),
            Self::Unix { socket, path } => write!(f, "unix:{}:{path}", socket.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[track_caller]
    fn check(written: &str, expected: &str) {
        let found = Door::parse(written)
            .map_or_else(|trouble| trouble.to_string(), |door| door.to_string());
        assert!(found.contains(expected), "{written}: {found}");
    }

    #[test]
    fn a_place_is_a_url_or_a_socket() {
        check("http://127.0.0.1:7001", "http://127.0.0.1:7001/_admin");
        check("http://buffy:7001/ops/", "http://buffy:7001/ops");
        check("https://[::1]:7001", "https://[::1]:7001/_admin");
        check("unix:/run/buffy.sock", "unix:/run/buffy.sock");
        check("unix:/run/buffy.sock:/ops", "unix:/run/buffy.sock:/ops");
        check("unix:", "names no socket");
        check("127.0.0.1:7001", "`http://HOST:PORT/PATH` or `unix:SOCKET`");
        check("ftp://buffy", "must begin with http://");
        check("http://buffy/x?y", "a query");
    }
}
