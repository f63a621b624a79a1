use super::*;
use crate::delay::Wait;
use crate::dice::Dice;
use crate::template::Rendered;

fn rendered_id(saying: &Saying) -> Option<String> {
    match saying {
        Saying::Fixed(said) => said.id.clone(),
        Saying::Rendered(event) => {
            event
                .render(&Facts::default(), &mut Rendered::default())
                .unwrap()
                .id
        }
    }
}

/// What is told from a position on: `WAIT:NUMBER` in milliseconds, then the end; at most nine.
#[track_caller]
fn check(reel: &Reel, from: u64, expected: &str) {
    let mut dice = Dice::new(1, "", "test", 1);
    let mut told = Vec::new();
    for position in from..from + 9 {
        let Some(wait) = reel.wait(position, position == from, &mut dice) else {
            told.push(reel.end().name().to_owned());
            break;
        };
        let wait = match wait {
            Wait::For(wait) => wait.as_millis().to_string(),
            Wait::Forever => "forever".to_owned(),
        };
        let (beat, number) = reel.beat(position).unwrap();
        let number = number.map_or("-".to_owned(), |number| number.to_string());
        told.push(format!("{wait}:{number}{}", beat.end.map_or("", End::name)));
    }
    assert_eq!(told.join(" "), expected);
}

fn three() -> Vec<Event> {
    vec![data(&json!(1)), data(&json!(2)), data(&json!(3))]
}

#[test]
fn events_follow_each_other_and_end() {
    check(
        &Reel::new(&script(Form::Sse, three())),
        0,
        "0:1 0:2 0:3 close",
    );
    check(
        &Reel::new(&script(Form::Ws, three())),
        0,
        "0:1 0:2 0:3 keep",
    );
    check(&Reel::new(&script(Form::Sse, Vec::new())), 0, "close");
}

#[test]
fn waits_come_from_the_stream_or_the_event() {
    let mut events = three();
    events[1].wait = Some(delay("300ms"));
    let mut script = script(Form::Sse, events);
    script.delay = Some(delay("800ms"));
    script.pace = Pace::Every(Some(delay("20ms")));
    check(&Reel::new(&script), 0, "800:1 300:2 20:3 close");
    check(&Reel::new(&script), 1, "1100:2 20:3 close");
    script.delay = Some(delay("forever"));
    check(&Reel::new(&script), 1, "forever:2 20:3 close");
}

#[test]
fn a_profile_waits_for_the_first_token_and_then_keeps_its_rate() {
    let mut script = script(Form::Sse, three());
    let mut profile = Profile {
        ttft: Duration::from_millis(800),
        tps: 50.0,
        jitter: 0.0,
    };
    script.pace = Pace::Profile(profile);
    check(&Reel::new(&script), 0, "800:1 20:2 20:3 close");
    profile.jitter = 0.5;
    script.pace = Pace::Profile(profile);
    let (jittered, mut dice) = (Reel::new(&script), Dice::new(1, "", "test", 1));
    let waits = (0..100).map(|_| match jittered.wait(1, false, &mut dice) {
        Some(Wait::For(wait)) => wait.as_micros(),
        other => panic!("{other:?}"),
    });
    let waits: Vec<u128> = waits.collect();
    assert!(
        waits.iter().all(|wait| (10_000..=30_000).contains(wait)),
        "{waits:?}"
    );
    assert!(waits.iter().any(|wait| *wait < 15_000) && waits.iter().any(|wait| *wait > 25_000));
}

#[test]
fn events_are_repeated_with_new_numbers() {
    let mut script = script(Form::Sse, three());
    script.delay = Some(delay("5ms"));
    script.pace = Pace::Every(Some(delay("1ms")));
    script.repeat = Repeat::Times(NonZeroU32::new(2).unwrap());
    check(&Reel::new(&script), 0, "5:1 1:2 1:3 1:4 1:5 1:6 close");
    script.repeat = Repeat::Forever;
    check(
        &Reel::new(&script),
        6,
        "5:7 1:8 1:9 1:10 1:11 1:12 1:13 1:14 1:15",
    );
}

#[test]
fn what_carries_nothing_has_no_number() {
    let comment = Event {
        comment: Some(template("still here")),
        ..Event::default()
    };
    let reel = Reel::new(&script(
        Form::Sse,
        vec![data(&json!(1)), comment, data(&json!(2))],
    ));
    check(&reel, 0, "0:1 0:- 0:2 close");
    assert_eq!(reel.behind("1", rendered_id), Some(1));
    assert_eq!(reel.behind("2", rendered_id), Some(3));
}

#[test]
fn whoever_comes_back_goes_on_behind_the_reset() {
    let mut events = three();
    events[1].end = Some(End::Reset);
    let reel = Reel::new(&script(Form::Sse, events));
    check(&reel, 0, "0:1 0:2reset 0:3 close");
    assert_eq!(reel.behind("2", rendered_id), Some(2));
    check(&reel, 2, "0:3 close");
    assert!(!reel.is_over(2) && reel.is_over(3));
}

#[test]
fn ids_are_found_over_all_rounds() {
    let mut script = script(Form::Sse, three());
    script.repeat = Repeat::Times(NonZeroU32::new(2).unwrap());
    let limited = Reel::new(&script);
    script.repeat = Repeat::Forever;
    let endless = Reel::new(&script);
    for (id, in_two_rounds, for_ever) in [
        ("1", Some(1), Some(1)),
        ("4", Some(4), Some(4)),
        ("6", Some(6), Some(6)),
        ("7", None, Some(7)),
        ("3000000", None, Some(3_000_000)),
        ("0", None, None),
        ("-1", None, None),
        ("x", None, None),
        ("", None, None),
        ("99999999999999999999", None, None),
    ] {
        assert_eq!(limited.behind(id, rendered_id), in_two_rounds, "{id}");
        assert_eq!(endless.behind(id, rendered_id), for_ever, "{id}");
    }
    assert_eq!(endless.behind(&u64::MAX.to_string(), rendered_id), None);
}

#[test]
fn ids_of_the_configuration_are_found_and_their_numbers_are_not() {
    let with = |id: &str, n: u32| Event {
        id: Some(template(id)),
        ..data(&json!(n))
    };
    let events = vec![with("a", 1), with("{{ID}}b", 2), data(&json!(3))];
    let reel = Reel::new(&script(Form::Sse, events));
    assert_eq!(reel.behind("a", rendered_id), Some(1));
    assert_eq!(reel.behind("b", rendered_id), Some(2));
    assert_eq!(reel.behind("1", rendered_id), None);
    assert_eq!(reel.behind("3", rendered_id), Some(3));
}

#[test]
fn a_stream_without_events_goes_on_nowhere() {
    let reel = Reel::new(&script(Form::Sse, Vec::new()));
    assert_eq!(reel.behind("1", rendered_id), None);
    assert!(reel.is_over(0));
}

#[test]
fn a_recording_is_told_with_its_gaps() {
    let recording = Recording::parse(b"{\"at\":100,\"data\":1}\n{\"at\":400,\"data\":2}").unwrap();
    let mut script = script(Form::Sse, Vec::new());
    script.repeat = Repeat::Times(NonZeroU32::new(2).unwrap());
    script.told = Told::Recording {
        path: "rec.ndjson".into(),
        recording: Arc::new(recording),
        speed: 2.0,
    };
    check(&Reel::new(&script), 0, "50:1 150:2 50:3 150:4 close");
}
