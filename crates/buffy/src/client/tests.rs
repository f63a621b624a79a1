//! Calls to servers that behave, misbehave, or are not there.

use std::sync::Arc;
use std::time::Duration;

use buffy_test::{DEADLINE, FakeUpstream, OneThread, Reply as Script};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderValue};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Address, Call, Client, ClientError, Reply};

fn call(to: &Address) -> Call<'_> {
    Call {
        method: Method::POST,
        to,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        within: DEADLINE,
        body_max: 100,
    }
}

fn send(server: &FakeUpstream, path: &str) -> Result<Reply, ClientError> {
    let to = Address::parse(&format!("{}{path}", server.url())).unwrap();
    OneThread::new().run(Client::default().send(call(&to)))
}

#[test]
fn a_call_is_made_as_it_was_asked() {
    let server = FakeUpstream::start();
    server.reply_otherwise(Script::text(202, "taken"));
    let to = Address::parse(&format!("{}/in?secret=1", server.url())).unwrap();
    let mut call = call(&to);
    call.headers
        .insert("x-mark", HeaderValue::from_static("here"));

    let reply = OneThread::new().run(Client::default().send(call)).unwrap();

    assert_eq!(
        (reply.status, &reply.body[..], reply.cut),
        (202, &b"taken"[..], false)
    );
    let [got] = &server.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (got.method.as_str(), got.target.as_str()),
        ("POST", "/in?secret=1")
    );
    assert_eq!(
        got.field("host"),
        Some(format!("127.0.0.1:{}", server.port()).as_str())
    );
    assert_eq!(got.field("connection"), Some("close"));
    assert_eq!(
        (got.field("x-mark"), &got.body[..]),
        (Some("here"), &b"{}"[..])
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let server = FakeUpstream::start();
    let elsewhere = FakeUpstream::start();
    let location = elsewhere.url();
    server.reply_otherwise(Script::raw(format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}/\r\nContent-Length: 0\r\n\r\n"
    )));
    assert_eq!(send(&server, "/").unwrap().status, 302);
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_long_answer_is_cut() {
    let server = FakeUpstream::start();
    server.reply_otherwise(Script::text(200, &"x".repeat(5_000_000)));
    let reply = send(&server, "/").unwrap();
    assert!(reply.cut);
    assert_eq!(reply.body.len(), 100);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let said = |server: &FakeUpstream| send(server, "/").unwrap_err().in_words();
    assert_eq!(said(&FakeUpstream::absent()), "connection refused");

    let closes = FakeUpstream::start();
    closes.reply_otherwise(Script::close_unanswered());
    assert_eq!(
        said(&closes),
        "the connection was closed before the answer was complete"
    );

    let talks = FakeUpstream::start();
    talks.reply_otherwise(Script::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    assert_eq!(said(&talks), "what was answered is not HTTP");
}

#[test]
fn one_deadline_covers_the_whole_call() {
    let server = FakeUpstream::start();
    server.reply_otherwise(Script::silent());
    let to = Address::parse(&server.url()).unwrap();
    let within = Duration::from_millis(80);
    let call = Call {
        within,
        ..call(&to)
    };
    let error = OneThread::new()
        .run(Client::default().send(call))
        .unwrap_err();
    assert_eq!(error.in_words(), "timed out after 80ms");
}

#[test]
fn only_whole_urls_of_http_can_be_called() {
    let said = |url: &str| Address::parse(url).unwrap_err().to_string();
    assert_eq!(
        said("ftp://host/"),
        "the URL must begin with http:// or https://"
    );
    assert_eq!(said("/path"), "the URL must begin with http:// or https://");
    assert_eq!(said("http://a b/"), "not a URL");
    assert!(said("http://me:secret@host/").contains("name and password"));
    let six = Address::parse("https://[::1]/x").unwrap();
    assert_eq!((six.host.as_str(), six.port), ("::1", 443));
    assert_eq!(
        six.origin(),
        "https://[::1]",
        "never the path, which may be a secret"
    );
}

#[test]
fn a_certificate_must_be_vouched_for() {
    let rt = OneThread::new();
    let server = rt.run(TlsServer::start());
    let to = Address::parse(&server.url).unwrap();
    let send = |client: Client| {
        let (call, server) = (call(&to), &server);
        rt.run(async move {
            tokio::select! {
                reply = client.send(call) => reply,
                () = server.serve() => panic!("it serves for ever"),
            }
        })
    };

    let stranger = send(Client::default()).unwrap_err();
    assert!(
        matches!(
            stranger,
            ClientError::Tls { .. } | ClientError::Roots { .. }
        ),
        "{stranger}"
    );

    let reply = send(Client::new(vec![server.root.clone()])).unwrap();
    assert_eq!((reply.status, &reply.body[..]), (200, &b"hello"[..]));
}

/// Says `hello`, by a certificate for `localhost` of its own.
struct TlsServer {
    url: String,
    root: CertificateDer<'static>,
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl TlsServer {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let root = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![root.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self {
            url: format!("https://localhost:{port}/"),
            root,
            listener,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }

    async fn serve(&self) {
        loop {
            let (stream, _) = self.listener.accept().await.unwrap();
            // A client that does not trust us ends the handshake.
            let Ok(mut stream) = self.acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 1024];
            let read = stream.read(&mut head).await.unwrap();
            assert!(head[..read].starts_with(b"POST / HTTP/1.1\r\n"));
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    }
}
