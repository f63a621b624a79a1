//! Streaming: a response that carries a stream, be it of server-sent events, lines of JSON, chunks,
//! or the messages of a WebSocket.
//!
//! What is told is `buffy_core::stream`'s. Here it is told: `play` waits and renders, `flow` is
//! an answer's content, `socket` a WebSocket behind its `handshake`, and a `hub` knows the open
//! streams of an endpoint, for what is pushed to them.

use std::sync::Arc;

use buffy_core::config::Carries;
use buffy_core::dice::Dice;
use buffy_core::facts::{Facts, Needs};
use buffy_core::stream::{Form, Reel, Said, Saying, Script};
use buffy_core::template::Rendered;
use buffy_http::write;
use serde_json::json;

use super::{Answer, Asked, Content, Making, Missing, Source};
use flow::{Telling, Untold};
use handshake::NoSocket;
pub use hub::{Hub, HubCounts, Hubs, Seat};
use kept::Kept;
use play::Play;
use socket::Talking;

mod flow;
mod handshake;
mod hub;
mod kept;
mod play;
mod socket;

pub(super) fn make(making: &Making<'_>) -> Option<Arc<dyn Source>> {
    let Carries::Stream(script) = &making.response?.carries else {
        return None;
    };
    Some(Arc::new(Streaming {
        script: Arc::new(Script::clone(script)),
        reel: Arc::new(Reel::new(script)),
        hub: making.hubs.of(&making.endpoint.id),
    }))
}

/// A response's stream.
struct Streaming {
    script: Arc<Script>,
    reel: Arc<Reel>,
    hub: Arc<Hub>,
}

impl Source for Streaming {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        Ok(match self.script.form {
            Form::Ws => self.talk(asked),
            form @ (Form::Sse | Form::Ndjson | Form::Chunked) => self.tell(form, asked),
        })
    }

    /// Header fields always: who comes back says behind which event.
    fn needs(&self) -> Needs {
        self.script.needs() | Needs::FIELDS
    }
}

impl Streaming {
    fn tell(&self, form: Form, asked: &Asked<'_>) -> Answer {
        let mut fields = Vec::new();
        if let Some(content_type) = form.content_type() {
            write::field(&mut fields, b"Content-Type", content_type.as_bytes());
        }
        // What is told is told once.
        write::field(&mut fields, b"Cache-Control", b"no-store");
        let answer = |status, fields, content| Answer {
            status,
            fields,
            content,
        };
        if asked.head_only {
            return answer(None, fields, Content::Flow(Box::new(Untold)));
        }
        let last = asked.facts.header("last-event-id").next();
        let last = last.filter(|last| form == Form::Sse && !last.is_empty());
        let position = last.and_then(|last| self.behind(last, asked.facts));
        if position.is_some_and(|position| self.reel.is_over(position)) {
            // The one answer after which a browser does not come back again (HTML standard,
            // "Server-sent events").
            return answer(Some(204), Vec::new(), Content::Nothing);
        }
        let mut play = self.play(asked);
        // Whoever cannot come back, or does not count, gets the events as they were written.
        if form == Form::Sse && (asked.facts.method == "GET" || last.is_some()) {
            play = play.numbered_from(position.unwrap_or_default());
        }
        let seat = self.hub.sit(asked.facts.session, last.is_some());
        let telling = Telling::new(play, form, seat, self.reel.is_endless());
        answer(None, fields, Content::Flow(Box::new(telling)))
    }

    fn talk(&self, asked: &Asked<'_>) -> Answer {
        let mut fields = Vec::new();
        match handshake::accept(asked.facts.method, asked.facts.fields, &mut fields) {
            Ok(()) => {
                let session = asked.facts.session;
                let seat = self.hub.sit(session, false);
                let script = Arc::clone(&self.script);
                let talking = Talking::new(script, self.play(asked), seat, session.to_owned());
                Answer {
                    status: Some(101),
                    fields,
                    content: Content::Upgrade(Box::new(talking)),
                }
            }
            Err(why) => refused(why),
        }
    }

    fn play(&self, asked: &Asked<'_>) -> Play {
        let facts = asked.facts;
        let dice = facts.dice.map(|dice| dice.borrow().clone());
        let mut dice = dice.unwrap_or_else(|| Dice::new(0, "", facts.id, facts.count));
        // What templates throw and what waits throw is apart, whoever is first.
        let waits = Dice::new(dice.next_u64(), "", "", 0);
        let kept = Kept::of(asked, self.script.needs(), dice);
        Play::new(Arc::clone(&self.reel), kept, asked.clock.clone(), waits)
    }

    /// The position behind the event with this id.
    fn behind(&self, id: &str, facts: &Facts<'_>) -> Option<u64> {
        self.reel.behind(id, |saying| match saying {
            Saying::Fixed(Said { id, .. }) => id.clone(),
            Saying::Rendered(event) => {
                let rendered = event.render_id(facts, &mut Rendered::default());
                rendered.ok().flatten()
            }
        })
    }
}

fn refused(why: NoSocket) -> Answer {
    let (status, mut fields) = (why.status(), Vec::new());
    write::field(&mut fields, b"Content-Type", b"application/problem+json");
    why.write_fields(&mut fields);
    let problem = json!({"title": "no WebSocket", "status": status, "detail": why.to_string()});
    Answer {
        status: Some(status),
        fields,
        content: Content::Bytes(problem.to_string().into_bytes()),
    }
}
