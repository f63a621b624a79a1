//! The close that a command runs behind: made, kept alive, lifted.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::admin::{Admin, Answer, PATIENCE};
use super::super::gate::{order, path};
use super::super::trouble::Trouble;
use super::super::{complain, drain};

/// Between two tries to renew or to lift.
const AGAIN: Duration = Duration::from_millis(500);
/// To lift, where the admin API is away: it may be starting again.
const LIFTING: Duration = Duration::from_secs(10);
const TOKEN_BYTES: usize = 16;

/// A close with a lease, known by a token of our own making: so it can be lifted even when its
/// making was not answered.
#[derive(Debug)]
pub(super) struct Lease<'a> {
    pub(super) admin: &'a Admin,
    pub(super) upstream: &'a str,
    pub(super) token: String,
    pub(super) ttl: Duration,
}

/// A token that nobody can guess.
pub(super) fn token() -> Result<String, Trouble> {
    let bytes = crate::random::bytes::<TOKEN_BYTES>().map_err(|source| Trouble::System {
        subject: "a random token",
        source,
    })?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

impl Lease<'_> {
    /// Closes the gate and waits until nothing is in flight.
    pub(super) async fn close(&self, said: Value, drain: Duration) -> Result<Answer, Trouble> {
        let mut said = said;
        if let Some(fields) = said.as_object_mut() {
            fields.insert("token".to_owned(), self.token.clone().into());
            fields.insert("ttl".to_owned(), self.ttl.as_secs_f64().into());
        }
        drain::close(self.admin, self.upstream, said, drain).await
    }

    /// Renews it at a third of its time, until that cannot be done any more; returns why.
    pub(super) async fn keep(&self) -> Trouble {
        let mut renewed = Instant::now();
        loop {
            sleep(self.ttl / 3).await;
            renewed = match self.renew(renewed).await {
                Ok(at) => at,
                Err(trouble) => return trouble,
            };
        }
    }

    /// Tries until it is renewed, or has run out.
    async fn renew(&self, last: Instant) -> Result<Instant, Trouble> {
        let path = path(self.upstream, "renew");
        let said = json!({ "token": self.token, "ttl": self.ttl.as_secs_f64() });
        let within = PATIENCE.min(self.ttl / 3);
        loop {
            let at = Instant::now();
            let asked = self
                .admin
                .ask(Method::POST, &path, Some(said.clone()), within);
            match asked.await.and_then(Answer::yes) {
                Ok(_) => return Ok(at),
                Err(trouble) if trouble.may_pass() && last.elapsed() < self.ttl => {
                    sleep(AGAIN.min(within)).await;
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Lifts it; none where it was not there any more.
    pub(super) async fn lift(&self) -> Result<Option<Answer>, Trouble> {
        let said = json!({ "token": self.token });
        let lifted = self.insist("open", said).await;
        match lifted {
            Ok(answer) => Ok(Some(answer)),
            Err(trouble) if trouble.is_gone() => Ok(None),
            Err(trouble) => {
                let (upstream, token) = (self.upstream, &self.token);
                complain(&format!(
                    "buffy: {upstream} could not be opened: its lease ends by itself within {} s; \
                     sooner with `buffy gate open {upstream} --token {token}`\n",
                    self.ttl.as_secs(),
                ));
                Err(trouble)
            }
        }
    }

    /// Has something done to the gate, again and again while nobody answers.
    pub(super) async fn insist(&self, word: &str, said: Value) -> Result<Answer, Trouble> {
        let began = Instant::now();
        loop {
            match self.order(word, said.clone()).await {
                Err(trouble) if trouble.may_pass() && began.elapsed() < LIFTING => {
                    sleep(AGAIN).await;
                }
                ended => return ended,
            }
        }
    }

    async fn order(&self, word: &str, said: Value) -> Result<Answer, Trouble> {
        order(self.admin, self.upstream, word, said).await
    }
}
