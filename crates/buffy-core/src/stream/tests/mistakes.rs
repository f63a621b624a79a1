use super::*;

/// Where mistakes are.
fn check(script: &Script, expected: &[At]) {
    let found: Vec<At> = script.mistakes().iter().map(|mistake| mistake.at).collect();
    assert_eq!(found, expected, "{script:?}");
}

fn reply() -> Reply {
    Reply {
        rule: None,
        wait: None,
        send: Some(json_payload(&json!("hi"))),
        to_all: false,
        end: None,
    }
}

#[test]
fn a_stream_that_makes_sense_has_no_mistakes() {
    let event = Event {
        event: Some(template("tick")),
        id: Some(template("{{ query.id }}")),
        retry: Some(Duration::from_secs(1)),
        comment: Some(template("x")),
        end: Some(End::Reset),
        ..data(&json!({"n": "{{ count }}"}))
    };
    check(&script(Form::Sse, vec![event, data(&json!(1))]), &[]);
    let mut socket = script(Form::Ws, Vec::new());
    socket.replies = vec![reply()];
    check(&socket, &[]);
}

#[test]
fn fields_of_server_sent_events_are_theirs_alone() {
    let with_id = Event {
        id: Some(template("1")),
        ..data(&json!(1))
    };
    for form in [Form::Ndjson, Form::Chunked, Form::Ws] {
        check(
            &script(form, vec![data(&json!(1)), with_id.clone()]),
            &[At::Event(1, "id")],
        );
    }
    let without_data = Event {
        event: Some(template("tick")),
        ..Event::default()
    };
    check(
        &script(Form::Sse, vec![without_data]),
        &[At::Event(0, "event")],
    );
}

#[test]
fn an_event_that_is_nothing_is_told() {
    check(
        &script(Form::Sse, vec![Event::default()]),
        &[At::Event(0, "data")],
    );
    let kept = Event {
        end: Some(End::Keep),
        ..data(&json!(1))
    };
    check(&script(Form::Sse, vec![kept]), &[At::Event(0, "end")]);
}

#[test]
fn replies_are_for_messages() {
    let mut script = script(Form::Sse, vec![data(&json!(1))]);
    script.replies = vec![reply()];
    check(&script, &[At::Stream("reply")]);
    script.form = Form::Ws;
    script.replies = vec![
        Reply {
            send: None,
            ..reply()
        },
        Reply {
            send: None,
            end: Some(End::Close),
            ..reply()
        },
        Reply {
            send: None,
            end: Some(End::Close),
            to_all: true,
            ..reply()
        },
    ];
    check(&script, &[At::Reply(0, "send"), At::Reply(2, "to")]);
}

#[test]
fn what_goes_on_for_ever_breathes() {
    let mut endless = script(Form::Sse, vec![data(&json!(1)), data(&json!(2))]);
    endless.repeat = Repeat::Forever;
    check(&endless, &[At::Stream("repeat")]);
    endless.pace = Pace::Every(Some(delay("0s")));
    check(&endless, &[At::Stream("repeat")]);
    endless.pace = Pace::Every(Some(delay("1ms")));
    check(&endless, &[]);
    let pause = Event {
        wait: Some(delay("1s")),
        ..data(&json!(1))
    };
    endless.pace = Pace::Every(None);
    endless.told = Told::Events(vec![pause, data(&json!(2))]);
    check(&endless, &[]);
}

#[test]
fn keys_that_exclude_each_other_are_keys() {
    let keys = ["file", "events", "every", "profile", "delay"];
    for (one, other, reason) in APART {
        assert!(keys.contains(one) && keys.contains(other), "{one}, {other}");
        assert!(!reason.is_empty());
    }
}
