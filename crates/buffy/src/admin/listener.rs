//! The sockets of the admin API; that of the file system lets in by its permissions alone.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

const BACKLOG: i32 = 128;

/// A bound socket of the admin API.
#[derive(Debug)]
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixSocket),
}

/// A listening unix socket; its file is removed when this is dropped.
#[derive(Debug)]
pub struct UnixSocket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

/// Why there is no unix socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("cannot bind the admin's unix socket {}", path.display())]
    Bind { path: PathBuf, source: io::Error },
    #[error(
        "the admin's unix socket {} is in use by another process: stop it, or write another \
         `admin.unix`",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "{} exists and is no socket: remove it, or write another `admin.unix`",
        path.display()
    )]
    NoSocket { path: PathBuf },
}

/// Binds a unix socket that only this user may connect to, and takes the place of one that nobody
/// listens to any more. Called on the control runtime.
pub fn bind_unix(path: &Path) -> Result<Listener, BindError> {
    make_way(path)?;
    UnixSocket::replace(path).map(Listener::Unix)
}

impl UnixSocket {
    /// Binds a unix socket that only this user may connect to, and takes the place of one that was
    /// there, whoever listens to it. Called on the control runtime.
    pub fn replace(path: &Path) -> Result<Self, BindError> {
        let fail = |source| BindError::Bind {
            path: path.to_owned(),
            source,
        };
        let (listener, inode) = bind_private(path).map_err(fail)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            inode,
        })
    }

    /// The next connection, as one that blocks.
    pub async fn accept(&self) -> io::Result<StdUnixStream> {
        let (stream, _) = self.listener.accept().await?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    }
}

/// Only what nobody listens to may be replaced.
fn make_way(path: &Path) -> Result<(), BindError> {
    let fail = |source| BindError::Bind {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(fail(source)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(BindError::NoSocket {
                path: path.to_owned(),
            });
        }
        Ok(_) => {}
    }
    match StdUnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(BindError::InUse {
            path: path.to_owned(),
        }),
        Err(source) => Err(fail(source)),
    }
}

/// Bound beside its path, made private, listened to and only then moved there: nobody can connect
/// before the permissions are right, and the path never names nothing. Its folder is made, if only
/// that is missing.
fn bind_private(path: &Path) -> io::Result<(UnixListener, u64)> {
    // `state_dir` is made when there is something to keep in it, and this may be the first.
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty())
        && !folder.exists()
    {
        DirBuilder::new().mode(0o700).create(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(&beside)?)?;
    fs::set_permissions(&beside, Permissions::from_mode(0o600))?;
    let inode = fs::symlink_metadata(&beside)?.ino();
    socket.set_nonblocking(true)?;
    socket.listen(BACKLOG)?;
    fs::rename(&beside, path)?;
    Ok((UnixListener::from_std(socket.into())?, inode))
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // One that was bound there since is somebody else's.
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the admin's socket is left behind");
        }
    }
}
