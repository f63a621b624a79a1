use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use buffy_http::Limits;
use serde_json::json;

use super::*;

/// A head whose path tells it apart from others.
fn head(path: &str) -> RequestHead {
    let text =
        format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer abc\r\n\r\n");
    let mut head = RequestHead::new();
    let whole = head.parse(text.as_bytes(), &mut 0, &Limits::DEFAULT);
    assert_eq!(whole.unwrap(), Some(text.len()));
    head
}

fn entry(head: &RequestHead, subject: Subject) -> Entry<'_> {
    Entry {
        arrived: Instant::now(),
        peer: Ipv4Addr::LOCALHOST.into(),
        head,
        body: None,
        subject,
        session: "",
        status: 200,
        resumes: false,
        closest: None,
    }
}

/// The targets of the newest requests.
fn targets(journal: &Journal, filter: &Filter<'_>, limit: usize) -> Vec<String> {
    let newest = journal.newest(filter, limit);
    newest.into_iter().map(|seen| seen.target).collect()
}

/// `endpoint/response: requests`, of those that were asked.
fn counts(journal: &Journal, session: Option<&str>) -> Vec<String> {
    let counts = journal.counts(session).into_iter();
    let line = |(named, count): (Named, Count)| {
        format!("{}/{}: {}", named.endpoint, named.response, count.requests)
    };
    counts.map(line).collect()
}

#[test]
fn the_newest_come_first_whichever_worker_took_them() {
    let journal = Journal::new(2, 3);
    let ok = journal.subject("orders", "ok");
    for (at, path) in ["/1", "/2", "/3", "/4", "/5"].into_iter().enumerate() {
        journal.record(at % 2, &entry(&head(path), ok));
    }
    let all = Filter::default();
    assert_eq!(targets(&journal, &all, 10), ["/5", "/4", "/3"]);
    assert_eq!(targets(&journal, &all, 1), ["/5"]);
    assert_eq!(counts(&journal, None), ["orders/ok: 5"]);

    journal.set_entries_max(2);
    assert_eq!(targets(&journal, &all, 10), ["/5", "/4"]);
    journal.set_entries_max(0);
    journal.record(0, &entry(&head("/6"), ok));
    assert_eq!(targets(&journal, &all, 10), [""; 0]);
    assert_eq!(counts(&journal, None), ["orders/ok: 6"]);
}

#[test]
fn what_is_shown_has_the_head_and_the_body_but_no_secret() {
    let journal = Journal::new(1, 10);
    let subject = journal.subject("orders", "ok");
    let head = head("/api/orders?x=1");
    let long = vec![b'x'; 20_000];
    let one = Entry {
        body: Some(&long),
        session: "s1",
        resumes: true,
        ..entry(&head, subject)
    };
    journal.record(0, &one);
    let seen = journal.newest(&Filter::default(), 1).remove(0);
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/api/orders?x=1")
    );
    let fields = [
        ("Host", "a.example"),
        ("Authorization", "Bearer [redacted]"),
    ];
    assert_eq!(
        seen.fields,
        fields.map(|(name, value)| (name.into(), value.into()))
    );
    assert_eq!(
        (seen.body.unwrap().len(), seen.body_bytes),
        (16 * 1024, 20_000)
    );
    assert_eq!(
        (seen.endpoint.as_ref(), seen.response.as_ref()),
        ("orders", "ok")
    );
    assert_eq!((seen.session.as_str(), seen.status), ("s1", 200));
    assert!(seen.resumes);
}

#[test]
fn an_endpoint_a_session_and_the_unmatched_are_told_apart() {
    let journal = Journal::new(1, 10);
    let closest = Closest {
        endpoint: "orders".to_owned(),
        response: "paid".to_owned(),
        failed: "query.expand=items".to_owned(),
        got: json!(null),
    };
    let (orders, shop) = (
        journal.subject("orders", "ok"),
        journal.subject("shop", "ok"),
    );
    let none = journal.subject("orders", "");
    journal.record(0, &entry(&head("/a"), orders));
    journal.record(
        0,
        &Entry {
            session: "s1",
            ..entry(&head("/b"), orders)
        },
    );
    journal.record(0, &entry(&head("/c"), shop));
    journal.record(0, &entry(&head("/d"), Subject::NO_ENDPOINT));
    journal.record(
        0,
        &Entry {
            closest: Some(&closest),
            ..entry(&head("/e"), none)
        },
    );

    let at = Some("orders");
    let table: [(Filter<'_>, &[&str]); 6] = [
        (meant(at, None, false), &["/e", "/b", "/a"]),
        (meant(None, Some("s1"), false), &["/b"]),
        (meant(None, Some("s"), false), &[]),
        (meant(None, Some(""), false), &["/e", "/d", "/c", "/a"]),
        (meant(None, None, true), &["/e", "/d"]),
        (meant(at, None, true), &["/e"]),
    ];
    for (filter, expected) in table {
        assert_eq!(targets(&journal, &filter, 10), expected, "{filter:?}");
    }
    let unmatched = journal.newest(&meant(None, None, true), 1).remove(0);
    assert_eq!(unmatched.closest, Some(closest));
}

fn meant<'a>(endpoint: Option<&'a str>, session: Option<&'a str>, unmatched: bool) -> Filter<'a> {
    Filter {
        endpoint,
        session,
        unmatched,
    }
}

#[test]
fn counts_are_exact_per_session_and_a_reset_takes_them_back() {
    let journal = Journal::new(2, 10);
    let (ok, slow) = (
        journal.subject("orders", "ok"),
        journal.subject("orders", "slow"),
    );
    assert_eq!(journal.subject("orders", "ok"), ok);
    let head = head("/");
    for worker in [0, 1] {
        journal.record(worker, &entry(&head, ok));
        journal.record(
            worker,
            &Entry {
                session: "s1",
                ..entry(&head, ok)
            },
        );
        journal.record(
            worker,
            &Entry {
                session: "s1",
                resumes: true,
                ..entry(&head, slow)
            },
        );
    }
    assert_eq!(counts(&journal, None), ["orders/ok: 4", "orders/slow: 2"]);
    assert_eq!(counts(&journal, Some("")), ["orders/ok: 2"]);
    assert_eq!(
        counts(&journal, Some("s1")),
        ["orders/ok: 2", "orders/slow: 2"]
    );
    assert_eq!(counts(&journal, Some("s2")), [""; 0]);
    let resumed: u64 = journal
        .counts(None)
        .iter()
        .map(|(_, count)| count.resumed)
        .sum();
    assert_eq!(resumed, 2);

    journal.reset(Some("s1"));
    assert_eq!(counts(&journal, None), ["orders/ok: 2"]);
    assert_eq!(journal.newest(&Filter::default(), 10).len(), 2);
    journal.reset(None);
    assert_eq!(counts(&journal, None), [""; 0]);
    assert!(journal.newest(&Filter::default(), 10).is_empty());
}

#[test]
fn the_ring_has_a_bound_of_bytes_and_the_counts_one_of_sessions() {
    let journal = Journal::new(16, 100_000);
    let ok = journal.subject("orders", "ok");
    let (head, body) = (head("/"), vec![b'x'; 16 * 1024]);
    for session in 0..SESSIONS_MAX + 5 {
        let session = session.to_string();
        journal.record(
            0,
            &Entry {
                session: &session,
                body: Some(&body),
                ..entry(&head, ok)
            },
        );
    }
    let kept = journal.newest(&Filter::default(), usize::MAX).len();
    assert!((50..=64).contains(&kept), "{kept} of 16 KiB fit into 1 MiB");
    assert_eq!(
        counts(&journal, None),
        [format!("orders/ok: {}", SESSIONS_MAX + 5)]
    );
    assert_eq!(counts(&journal, Some("4")), [""; 0]);
    assert_eq!(counts(&journal, Some("5")), ["orders/ok: 1"]);
    assert_eq!(journal.sessions_forgotten(), 5);
}

#[tokio::test]
async fn whoever_waits_is_told_by_the_request_that_he_waits_for() {
    let journal = Arc::new(Journal::new(1, 10));
    let ok = journal.subject("orders", "ok");
    let count = |journal: &Journal| {
        journal
            .counts(None)
            .iter()
            .map(|(_, one)| one.requests)
            .sum::<u64>()
    };
    let until = journal.until(|| count(&journal) == 2);
    let mut until = std::pin::pin!(until);
    let early = tokio::time::timeout(Duration::ZERO, until.as_mut()).await;
    assert!(early.is_err());
    journal.record(0, &entry(&head("/"), ok));
    assert!(
        tokio::time::timeout(Duration::ZERO, until.as_mut())
            .await
            .is_err()
    );
    journal.record(0, &entry(&head("/"), ok));
    let waited = tokio::time::timeout(Duration::from_secs(10), until).await;
    assert_eq!(waited, Ok(Ok(())));
}
