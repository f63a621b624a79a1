use std::error::Error;

use super::*;

#[test]
fn a_recording_is_read_and_written() {
    let text = "{\"at\":0,\"data\":{\"a\":1}}\n\n{\"at\":120,\"data\":\"x\",\"event\":\"e\",\"id\":\"1\"}\r\n\
                {\"at\":120,\"data\":null}\n{\"at\":500,\"comment\":\"c\"}";
    let recording = Recording::parse(text.as_bytes()).unwrap();
    let at: Vec<u64> = recording.frames.iter().map(|frame| frame.at).collect();
    assert_eq!(at, [0, 120, 120, 500]);
    assert_eq!(recording.frames[1].event.as_deref(), Some("e"));
    assert_eq!(recording.frames[2].data, Some(Json::Null));
    assert_eq!(recording.frames[3].data, None);
    let lines = recording
        .frames
        .iter()
        .map(|frame| serde_json::to_string(frame).unwrap());
    let lines: Vec<String> = lines.collect();
    assert_eq!(
        Recording::parse(lines.join("\n").as_bytes()).unwrap(),
        recording
    );
}

#[test]
fn a_recording_is_played_at_its_speed() {
    let text = "{\"at\":100,\"data\":1}\n{\"at\":400,\"data\":2}\n{\"at\":400,\"data\":3}";
    let recording = Recording::parse(text.as_bytes()).unwrap();
    for (speed, expected) in [
        (1.0, [100, 300, 0]),
        (10.0, [10, 30, 0]),
        (0.5, [200, 600, 0]),
    ] {
        let waits: Vec<Duration> = recording.waits(speed).collect();
        assert_eq!(waits, expected.map(Duration::from_millis), "{speed}");
    }
}

#[test]
fn what_is_no_recording_is_told_with_its_line() {
    for (text, expected) in [
        ("", "the recording has no line"),
        ("\n \n", "the recording has no line"),
        (
            "{\"at\":1,\"data\":1}\nnonsense",
            "line 2 of the recording is not",
        ),
        ("{\"at\":1,\"date\":1}", "line 1 of the recording is not"),
        ("{\"data\":1}", "line 1 of the recording is not"),
        ("{\"at\":-1}", "line 1 of the recording is not"),
        (
            "{\"at\":5}\n\n{\"at\":4}",
            "line 3 of the recording is earlier",
        ),
    ] {
        let error = Recording::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert_eq!(
            error.source().is_some(),
            expected.ends_with("not"),
            "{text}"
        );
    }
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let long = vec![b' '; 16 * 1024 * 1024 + 1];
    let error = Recording::parse(&long).unwrap_err();
    assert_eq!(error.to_string(), "a recording is 16 MiB at most");
}
