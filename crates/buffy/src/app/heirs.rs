//! Whoever takes over from this Buffy, at its control socket: one at a time, and each answered on
//! a thread of his own, which asks the control thread for what only it can give.

use std::net::IpAddr;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::admin::{self, Control, UnixSocket};
use crate::takeover::{self, Ask, CONTROL_SOCKET, Left, NamedSocket, Told};
use crate::tasks;
use crate::upstream::state::StateDir;

/// An heir that is getting ready says something within.
const HEIR_SILENT: Duration = Duration::from_mins(1);
/// So many sockets go with one message.
const SOCKETS: usize = 32;
/// Between two tries to accept, while there is no descriptor for it.
const ACCEPT_ANEW: Duration = Duration::from_millis(100);

/// A listening socket once more, and whose it is.
pub(super) type Lent = (NamedSocket, OwnedFd);

/// What an heir wishes of the control thread.
pub(super) enum Wish {
    Sockets(oneshot::Sender<Result<Vec<Lent>, String>>),
    /// The operators' state, which is not changed any more.
    State(oneshot::Sender<Result<Option<OwnedFd>, String>>),
    /// He will not take over after all.
    GoOn,
    /// He accepts: we leave.
    Ready(oneshot::Sender<Result<(), String>>),
}

/// Where heirs come.
pub(super) struct Heirs {
    socket: Option<UnixSocket>,
    desk: Desk,
    wishes: mpsc::Receiver<Wish>,
}

/// Where an heir's wishes are taken.
#[derive(Clone)]
struct Desk {
    wishes: mpsc::Sender<Wish>,
    control: Arc<Control>,
    runtime: Handle,
    /// An heir is there.
    taken: Arc<AtomicBool>,
}

impl Heirs {
    /// Listens in the folder of the operators' state, where that can be written. Called on the
    /// control runtime.
    pub(super) fn listen(kept: &StateDir, control: &Arc<Control>) -> Self {
        let (wishes, taken) = mpsc::channel(1);
        let path = kept.path().join(CONTROL_SOCKET);
        let socket = match kept.make() {
            Ok(()) => UnixSocket::replace(&path)
                .inspect_err(|error| {
                    let cause = std::error::Error::source(error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "nobody can take over from this Buffy");
                })
                .ok(),
            Err(error) => {
                tracing::debug!(%error, "nobody can take over from this Buffy");
                None
            }
        };
        Self {
            socket,
            desk: Desk {
                wishes,
                control: Arc::clone(control),
                runtime: Handle::current(),
                taken: Arc::default(),
            },
            wishes: taken,
        }
    }

    /// What an heir wishes next. May be dropped at any time.
    pub(super) async fn wish(&mut self) -> Wish {
        loop {
            let came = async {
                match &self.socket {
                    Some(socket) => socket.accept().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(wish) = self.wishes.recv() => {
                    if matches!(wish, Wish::Ready(_)) {
                        // He listens at this path next: it must not be removed under him.
                        self.socket = None;
                    }
                    return wish;
                }
                stream = came => match stream {
                    Ok(stream) => self.desk.clone().attend(stream),
                    Err(error) => {
                        tracing::warn!(%error, "nobody could come to take over");
                        tokio::time::sleep(ACCEPT_ANEW).await;
                    }
                }
            }
        }
    }
}

impl Desk {
    fn attend(self, stream: UnixStream) {
        let thread = tasks::spawn_thread("buffy-heir".to_owned(), move || self.serve(&stream));
        if let Err(error) = thread {
            tracing::error!(%error, "an heir is not attended to");
        }
    }

    fn serve(self, stream: &UnixStream) {
        if self.taken.swap(true, Ordering::AcqRel) {
            let why = Told::Refused("another Buffy is taking over already".to_owned());
            // He asks first, and reads the answer then.
            if let Ok((Ask::Sockets { .. }, _)) = takeover::receive::<Ask>(stream)
                && let Err(error) = takeover::send(stream, &why, &[])
            {
                tracing::debug!(%error, "a second heir has gone");
            }
            return;
        }
        let mut heir = Heir {
            desk: &self,
            sockets: None,
            has_state: false,
            is_ready: false,
        };
        if let Err(error) = heir.talk(stream) {
            tracing::debug!(%error, "the heir has gone");
        }
        if heir.has_state && !heir.is_ready && self.wishes.blocking_send(Wish::GoOn).is_err() {
            tracing::debug!("the control thread has gone before the heir");
        }
        self.taken.store(false, Ordering::Release);
    }
}

/// One who takes over.
struct Heir<'d> {
    desk: &'d Desk,
    /// Lent, and not all given yet.
    sockets: Option<Vec<Lent>>,
    has_state: bool,
    is_ready: bool,
}

impl Heir<'_> {
    fn talk(&mut self, stream: &UnixStream) -> std::io::Result<()> {
        loop {
            let silent = if self.is_ready {
                None
            } else {
                Some(HEIR_SILENT)
            };
            stream.set_read_timeout(silent)?;
            let (ask, _) = takeover::receive(stream)?;
            if matches!(ask, Ask::Ready) && !takeover::is_there(stream) {
                // He waited too long for us. We do not leave for nobody.
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let (told, descriptors) = match self.answer(ask) {
                Ok(answer) => answer,
                Err(why) => (Told::Refused(why), Vec::new()),
            };
            let borrowed: Vec<BorrowedFd<'_>> = descriptors.iter().map(|one| one.as_fd()).collect();
            takeover::send(stream, &told, &borrowed)?;
        }
    }

    fn answer(&mut self, ask: Ask) -> Result<(Told, Vec<OwnedFd>), String> {
        match ask {
            Ask::Sockets { version, .. } if version != takeover::VERSION => Err(format!(
                "it speaks version {} of this, and not {version}: stop it, and start the other",
                takeover::VERSION
            )),
            Ask::Sockets { from, .. } => self.sockets(from),
            Ask::State => {
                let lock = self.wish(Wish::State)?;
                self.has_state = true;
                Ok((Told::Done, lock.into_iter().collect()))
            }
            Ask::Ready if self.has_state => {
                if let Err(why) = self.wish(Wish::Ready) {
                    // One that stops accepts no more, either.
                    tracing::info!(why, "another Buffy goes on");
                }
                self.is_ready = true;
                Ok((Told::Done, Vec::new()))
            }
            Ask::Ready => Err("it was not asked for the operators' state".to_owned()),
            Ask::Operators(text) => self.obey(&text).map(|()| (Told::Done, Vec::new())),
            Ask::Left => Ok((Told::Left(self.left()), Vec::new())),
            Ask::Admin {
                method,
                target,
                body,
            } => {
                let control = &self.desk.control;
                let answer = admin::answer(control, &method, &target, &body);
                let answer = self.desk.runtime.block_on(answer);
                let (status, body) = answer.map_err(|error| error.to_string())?;
                Ok((Told::Admin { status, body }, Vec::new()))
            }
        }
    }

    fn sockets(&mut self, from: usize) -> Result<(Told, Vec<OwnedFd>), String> {
        let mut lent = match self.sockets.take() {
            Some(lent) if from > 0 => lent,
            Some(_) | None => self.wish(Wish::Sockets)?,
        };
        let all = from + lent.len();
        let now = lent.drain(..lent.len().min(SOCKETS));
        let (sockets, descriptors) = now.unzip();
        self.sockets = Some(lent);
        Ok((Told::Sockets { sockets, all }, descriptors))
    }

    /// What operators tell the heir is done here, too.
    fn obey(&self, text: &str) -> Result<(), String> {
        if !self.is_ready {
            return Err("it obeys who is ready".to_owned());
        }
        let mut operators = StateDir::told(text).map_err(|error| error.to_string())?;
        for upstream in &self.desk.control.present().upstreams {
            let said = operators.remove(upstream.id()).unwrap_or_default();
            upstream.obey(said);
        }
        match self.desk.control.elder() {
            Some(elder) => elder.follow(text).map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }

    fn left(&self) -> Vec<Left> {
        let control = &self.desk.control;
        let elder = control.elder().and_then(|elder| elder.left().ok());
        let earlier = |id: &str| {
            let mut left = elder.iter().flatten();
            left.find(|left| left.upstream == id)
                .map_or(0, |left| left.held)
        };
        let present = control.present();
        let left = present.upstreams.iter().map(|upstream| Left {
            upstream: upstream.id().to_owned(),
            held: upstream.status().held + earlier(upstream.id()),
            inflight: upstream.inflight(),
        });
        left.collect()
    }

    fn wish<T>(
        &self,
        wish: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Wish,
    ) -> Result<T, String> {
        let gone = || "it is stopping".to_owned();
        let (fulfil, fulfilled) = oneshot::channel();
        let asked = self.desk.wishes.blocking_send(wish(fulfil));
        asked.map_err(|_| gone())?;
        fulfilled.blocking_recv().map_err(|_| gone())?
    }
}

/// How the admin's socket is named to an heir.
pub(super) fn admin_socket(bind: IpAddr, port: u16) -> NamedSocket {
    NamedSocket {
        listener: None,
        bind,
        port,
    }
}
