use super::*;

fn check(said: &Said, form: Form, expected: &str) {
    let mut out = Vec::new();
    said.write(form, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), expected, "{said:?}");
}

fn of_json(json: Json) -> Said {
    Said {
        data: Some(Data::Json(json)),
        ..Said::default()
    }
}

fn of_text(text: &str) -> Said {
    Said {
        data: Some(Data::Text(text.to_owned())),
        ..Said::default()
    }
}

#[test]
fn an_event_is_sent_in_each_form() {
    let object = of_json(json!({"a": [1, "x"]}));
    check(&object, Form::Sse, "data: {\"a\":[1,\"x\"]}\n\n");
    check(&object, Form::Ndjson, "{\"a\":[1,\"x\"]}\n");
    check(&object, Form::Chunked, "{\"a\":[1,\"x\"]}");
    check(&object, Form::Ws, "{\"a\":[1,\"x\"]}");
    let text = of_json(json!("[DONE]"));
    check(&text, Form::Sse, "data: [DONE]\n\n");
    check(&text, Form::Ndjson, "\"[DONE]\"\n");
    check(&text, Form::Chunked, "[DONE]");
    check(&text, Form::Ws, "[DONE]");
    check(&of_text("{broken"), Form::Ndjson, "{broken\n");
    check(&of_json(Json::Null), Form::Sse, "data: null\n\n");
}

#[test]
fn an_event_has_all_of_its_fields() {
    let said = Said {
        comment: Some("hello\nagain".into()),
        event: Some("tick".into()),
        id: Some("7".into()),
        retry: Some(Duration::from_millis(1500)),
        data: Some(Data::Text("x".into())),
    };
    check(
        &said,
        Form::Sse,
        ": hello\n: again\nid: 7\nevent: tick\nretry: 1500\ndata: x\n\n",
    );
    check(&said, Form::Ndjson, "x\n");
}

#[test]
fn no_text_can_break_out_of_its_field() {
    check(
        &of_text("a\nb\r\nc\rd"),
        Form::Sse,
        "data: a\ndata: b\ndata: c\ndata: d\n\n",
    );
    check(&of_text("\n"), Form::Sse, "data: \ndata: \n\n");
    check(&of_text(""), Form::Sse, "data: \n\n");
    let said = Said {
        event: Some("a\ndata: evil".into()),
        id: Some("1\r2".into()),
        ..of_text("x")
    };
    check(
        &said,
        Form::Sse,
        "id: 1 2\nevent: a data: evil\ndata: x\n\n",
    );
    let said = Said {
        id: Some("1\x002".into()),
        ..of_text("x")
    };
    check(&said, Form::Sse, "data: x\n\n");
}

#[test]
fn nothing_is_no_event() {
    for form in [Form::Sse, Form::Ndjson, Form::Chunked, Form::Ws] {
        check(&Said::default(), form, "");
    }
}

#[test]
fn pushes_are_read() {
    let pushed = Pushed::read(&json!({
        "data": {"x": 1}, "event": "e", "id": "9", "retry": 20, "comment": "c", "end": "reset",
    }));
    let expected = Pushed {
        said: Said {
            comment: Some("c".into()),
            event: Some("e".into()),
            id: Some("9".into()),
            retry: Some(Duration::from_millis(20)),
            data: Some(Data::Json(json!({"x": 1}))),
        },
        end: Some(End::Reset),
    };
    assert_eq!(pushed, Ok(expected));
    let pushed = Pushed::read(&json!({"text": "as it is"})).unwrap();
    assert_eq!(pushed.said, of_text("as it is"));
    assert_eq!(pushed.end, None);
}

#[test]
fn what_cannot_be_pushed_is_told() {
    for (document, expected) in [
        (json!([1]), "an event is an object"),
        (json!({}), "the event is empty"),
        (json!({"date": 1}), "an event has no `date`"),
        (json!({"data": 1, "text": "x"}), "not both"),
        (json!({"text": 1}), "`text` must be a text"),
        (
            json!({"retry": "1s"}),
            "`retry` must be a number of milliseconds",
        ),
        (
            json!({"end": "keep"}),
            "`end` must be close, reset or truncate",
        ),
    ] {
        let error = Pushed::read(&document).unwrap_err().to_string();
        assert!(error.contains(expected), "{document}: {error}");
    }
}
