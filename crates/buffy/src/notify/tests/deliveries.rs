//! At least once, in order, and never at anybody else's cost.

use std::time::Duration;

use buffy_core::config::{EventGroup, Notify, Secret};
use buffy_core::event::{Event, What};
use buffy_test::{FakeUpstream, OneThread, Reply};

use super::super::{Notifier, Pace, StartError};
use super::{bodies, event, hasty, held, hook, start, webhook};
use crate::client::Client;
use crate::outbox::HookFigures;

fn figures(ok: u64, failed: u64, dropped: u64) -> Vec<HookFigures> {
    vec![HookFigures {
        hook: "webhook",
        ok,
        failed,
        dropped,
    }]
}

#[test]
fn what_failed_is_sent_again_before_what_came_later() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    receiver.reply_next(Reply::text(500, "not now"));
    receiver.reply_next(Reply::close_unanswered());
    receiver.reply_next(Reply::text(429, "slower"));
    let (_notifier, sender) = start(&rt, &webhook(&receiver), &hasty());
    sender.send(event(1));
    sender.send(event(2));

    rt.eventually("two were taken", || sender.figures() == figures(2, 3, 0));

    assert_eq!(held(&receiver), [1, 1, 1, 1, 2]);
    let requests = receiver.requests();
    let ids: Vec<_> = requests
        .iter()
        .map(|one| one.field("webhook-id").unwrap())
        .collect();
    assert!(
        ids[..4].iter().all(|id| *id == ids[0]),
        "one delivery, one id: {ids:?}"
    );
    assert_ne!(ids[4], ids[0]);
}

#[test]
fn a_receiver_that_is_away_is_waited_for() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::absent());
    let (_notifier, sender) = start(&rt, &webhook(&receiver), &hasty());
    sender.send(event(1));
    sender.send(event(2));
    rt.eventually("some tries failed", || sender.figures()[0].failed >= 3);
    receiver.listen();
    rt.eventually("both were taken", || sender.figures()[0].ok == 2);
    assert_eq!(held(&receiver), [1, 2]);
}

#[test]
fn a_definite_no_is_taken_and_told_of_next_time() {
    for no in [400, 401, 404, 410] {
        let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
        receiver.reply_next(Reply::text(no, "no"));
        let (_notifier, sender) = start(&rt, &webhook(&receiver), &hasty());
        sender.send(event(1));
        sender.send(event(2));
        rt.eventually("the second was taken", || {
            sender.figures() == figures(1, 1, 1)
        });
        assert_eq!(held(&receiver), [1, 2], "{no}");
        let bodies = bodies(&receiver);
        assert_eq!(bodies[0].get("dropped"), None);
        assert_eq!(bodies[1]["dropped"], 1);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let elsewhere = FakeUpstream::start();
    receiver.reply_next(Reply::raw(format!(
        "HTTP/1.1 307 Over\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url()
    )));
    let (_notifier, sender) = start(&rt, &webhook(&receiver), &hasty());
    sender.send(event(1));
    rt.eventually("it was given up", || sender.figures() == figures(0, 1, 1));
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_slow_receiver_costs_others_nothing_and_is_told_what_it_missed() {
    let (rt, slow, quick) = (
        OneThread::new(),
        FakeUpstream::start(),
        FakeUpstream::start(),
    );
    slow.pause();
    let config = Notify {
        slack: Some(hook(&quick.url())),
        ..webhook(&slow)
    };
    let pace = Pace {
        queue: 4,
        ..hasty()
    };
    let (_notifier, sender) = start(&rt, &config, &pace);
    sender.send(event(0));
    rt.eventually("the slow one has the first", || slow.count() == 1);
    for number in 1..=10 {
        sender.send(event(number));
        rt.eventually("the quick one has it", || {
            sender.figures()[1].ok == number as u64 + 1
        });
    }
    assert_eq!(
        sender.figures()[0].dropped,
        6,
        "four wait, six found no room"
    );
    slow.resume();
    rt.eventually("the slow one has what waited", || {
        sender.figures()[0].ok == 5
    });
    assert_eq!(held(&slow), [0, 1, 2, 3, 4]);
    assert_eq!(bodies(&slow)[1]["dropped"], 6, "told at the first chance");
    assert!(bodies(&slow)[2].get("dropped").is_none(), "and once");
}

#[test]
fn an_answer_is_awaited_no_longer_than_one_try() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    receiver.reply_next(Reply::silent());
    let pace = Pace {
        one_try: Duration::from_millis(50),
        ..hasty()
    };
    let (_notifier, sender) = start(&rt, &webhook(&receiver), &pace);
    sender.send(event(1));
    rt.eventually("the second try was taken", || {
        sender.figures() == figures(1, 1, 0)
    });
}

#[test]
fn only_the_events_that_were_asked_for_are_told() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let config = Notify {
        events: vec![EventGroup::Upstream],
        ..webhook(&receiver)
    };
    let (_notifier, sender) = start(&rt, &config, &hasty());
    sender.send(event(1));
    let (url, error) = ("http://shop".to_owned(), "connection refused".to_owned());
    sender.send(Event {
        what: What::TargetDown { url, error },
        ..event(2)
    });
    rt.eventually("one was taken", || sender.figures() == figures(1, 0, 0));
    assert_eq!(bodies(&receiver)[0]["type"], "upstream.down");
}

#[test]
fn what_waits_at_the_end_is_delivered() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let pace = Pace {
        lasting: Duration::from_mins(1),
        ..hasty()
    };
    let (notifier, sender) = start(&rt, &webhook(&receiver), &pace);
    sender.send(event(1));
    let url = "http://shop".to_owned();
    sender.send(Event {
        what: What::TargetUp { url },
        ..event(2)
    });
    assert!(rt.run(notifier.finish(buffy_test::DEADLINE)));
    let kinds: Vec<_> = bodies(&receiver)
        .iter()
        .map(|body| body["type"].clone())
        .collect();
    assert_eq!(kinds, ["hold.near_limit", "upstream.up"]);
    sender.send(event(3));
    assert_eq!(
        sender.figures(),
        figures(2, 0, 1),
        "later events are counted as dropped"
    );
}

#[test]
fn the_end_does_not_wait_for_a_receiver_that_is_away() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::absent());
    let (notifier, sender) = start(&rt, &webhook(&receiver), &hasty());
    sender.send(event(1));
    rt.eventually("a try failed", || sender.figures()[0].failed > 0);
    assert!(!rt.run(notifier.finish(Duration::from_millis(20))));
}

#[test]
fn a_hook_that_cannot_be_used_does_not_start() {
    let rt = OneThread::new();
    let refused = |config: &Notify| {
        let made = rt.run(async { Notifier::start(config, &Client::default(), &hasty()) });
        let error = made.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(matches!(
            error,
            StartError::Url { .. } | StartError::Secret { .. }
        ));
        format!("{error}: {source}")
    };
    let webhook = Some(hook("ftp://receiver/"));
    assert_eq!(
        refused(&Notify {
            webhook,
            ..Notify::default()
        }),
        "webhook: its URL cannot be used: the URL must begin with http:// or https://"
    );
    let secret = Some(Secret::new("whsec_***".to_owned()));
    let webhook = Some(hook("http://receiver/"));
    let said = refused(&Notify {
        webhook,
        webhook_secret: secret,
        ..Notify::default()
    });
    assert!(
        said.starts_with("`notify.secret` begins with `whsec_`"),
        "{said}"
    );
}

#[test]
fn whoever_tells_goes_another_way_when_the_hooks_change() {
    let rt = OneThread::new();
    let (first, second) = (FakeUpstream::start(), FakeUpstream::start());
    let (old, sender) = start(&rt, &webhook(&first), &hasty());
    let elsewhere = sender.clone();
    elsewhere.send(event(1));
    let (_new, next) = start(&rt, &webhook(&second), &hasty());
    sender.redirect(&next);
    elsewhere.send(event(2));
    assert!(rt.run(old.finish(buffy_test::DEADLINE)));
    assert_eq!(held(&first), [1]);
    rt.eventually("the other one was taken", || held(&second) == [2]);
    rt.eventually("it is counted", || elsewhere.figures() == figures(1, 0, 0));
}
