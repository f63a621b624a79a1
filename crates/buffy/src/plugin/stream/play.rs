//! A stream as it is played: waits, and what is said then.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use buffy_core::delay::Wait;
use buffy_core::dice::Dice;
use buffy_core::facts::{Facts, Message};
use buffy_core::moment::Moment;
use buffy_core::stream::{End, Reel, Said, Saying};
use buffy_core::template::{RenderError, Rendered};

use super::kept::Kept;
use crate::session::Clock;

/// The events of a stream on their way to one client.
pub(super) struct Play {
    reel: Arc<Reel>,
    kept: Kept,
    clock: Clock,
    dice: Dice,
    position: u64,
    first: bool,
    /// Whether events have their numbers for ids.
    numbers: bool,
    /// When what was told last was due: events keep their pace however long sending takes.
    due: Moment,
    waiting: Waiting,
}

/// What a stream says next.
#[derive(Debug)]
pub(super) enum Next {
    Said {
        said: Said,
        /// The stream ends behind it.
        end: Option<End>,
    },
    End(End),
}

enum Waiting {
    /// For nothing: what comes next is to be asked.
    Not,
    Until(Pin<Box<dyn Future<Output = ()>>>),
    /// Nothing comes any more.
    Over,
}

impl Play {
    /// Throws for the waits come from these dice.
    pub(super) fn new(reel: Arc<Reel>, kept: Kept, clock: Clock, dice: Dice) -> Self {
        Self {
            reel,
            kept,
            dice,
            position: 0,
            first: true,
            numbers: false,
            due: clock.now(),
            clock,
            waiting: Waiting::Not,
        }
    }

    /// From this position on, with numbers for ids.
    pub(super) fn numbered_from(mut self, position: u64) -> Self {
        self.position = position;
        self.numbers = true;
        self
    }

    /// What is said next, when it is due. Where nothing is any more and the stream stays open, it is
    /// never ready.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        if matches!(self.waiting, Waiting::Not) {
            match self.reel.wait(self.position, self.first, &mut self.dice) {
                Some(Wait::For(wait)) => {
                    self.due = self.due.after(wait);
                    let (clock, due) = (self.clock.clone(), self.due);
                    let until = async move { clock.sleep_until(due).await };
                    self.waiting = Waiting::Until(Box::pin(until));
                }
                Some(Wait::Forever) => self.waiting = Waiting::Over,
                None => {
                    self.waiting = Waiting::Over;
                    if self.reel.end() != End::Keep {
                        return Poll::Ready(Next::End(self.reel.end()));
                    }
                }
            }
        }
        match &mut self.waiting {
            Waiting::Until(until) => ready!(until.as_mut().poll(cx)),
            Waiting::Not | Waiting::Over => return Poll::Pending,
        }
        self.waiting = Waiting::Not;
        Poll::Ready(self.say())
    }

    /// Says what is due, and goes on to what comes next.
    fn say(&mut self) -> Next {
        let reel = Arc::clone(&self.reel);
        let Some((beat, number)) = reel.beat(self.position) else {
            return Next::End(reel.end());
        };
        let mut said = match &beat.saying {
            Saying::Fixed(said) => said.clone(),
            Saying::Rendered(event) => {
                let rendered = self.render(None, |facts, rendered| event.render(facts, rendered));
                rendered.unwrap_or_default()
            }
        };
        if self.numbers && said.id.is_none() {
            said.id = number.map(|number| number.to_string());
        }
        self.position += 1;
        self.first = false;
        Next::Said {
            said,
            end: beat.end,
        }
    }

    /// Throws a wait.
    pub(super) fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Renders something as of now; what cannot be rendered is told in the log, and is nothing.
    pub(super) fn render<T>(
        &self,
        message: Option<Message<'_>>,
        render: impl FnOnce(&Facts<'_>, &mut Rendered) -> Result<T, RenderError>,
    ) -> Option<T> {
        let mut rendered = Rendered::default();
        let result = self.kept.with(self.clock.now_ms(), message, |facts| {
            render(facts, &mut rendered)
        });
        match result {
            Ok(made) => {
                if rendered.undefined > 0 {
                    let endpoint = self.kept.id();
                    let undefined = rendered.undefined;
                    tracing::debug!(
                        endpoint,
                        undefined,
                        "a stream's template named what is not there"
                    );
                }
                Some(made)
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    endpoint = self.kept.id(),
                    error,
                    "an event of a stream is left out"
                );
                None
            }
        }
    }
}
