//! Two readings: a message that we accept, and that the plain reader of `buffy-test` accepts, must
//! be the same message to both. Where they differ, so may we and a peer: that is smuggling.

use buffy_http::{ChunkedDecoder, Framing, Limits, RequestHead, ResponseFraming, ResponseHead};
use buffy_test::plain_http::{self, Message};

/// Reads `bytes` as a request, and as the responses to a GET and to a HEAD, both ways.
pub fn differential(bytes: &[u8]) {
    if let (Some(ours), Ok(theirs)) = (read_request(bytes), plain_http::read_request(bytes)) {
        let [method, target, _] = &theirs.first;
        check(&ours, &theirs, [method, target]);
    }
    for to_head in [false, true] {
        let ours = read_response(bytes, to_head);
        if let (Some(ours), Ok(theirs)) = (ours, plain_http::read_response(bytes, to_head)) {
            let [_, status, reason] = &theirs.first;
            check(&ours, &theirs, [status, reason]);
        }
    }
}

/// A whole message as we understand it, with those trailers only that may be forwarded.
#[derive(Debug)]
pub struct Reading {
    /// The first line's parts that are passed on: method and target, or status and reason.
    pub first: [Vec<u8>; 2],
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// How many bytes came after it.
    pub left: usize,
}

/// Our reading of a request, or `None` if it is refused or not whole.
pub fn read_request(bytes: &[u8]) -> Option<Reading> {
    let mut head = RequestHead::new();
    let end = head.parse(bytes, &mut 0, &Limits::DEFAULT).ok()??;
    let rest = bytes.get(end..)?;
    let (body, trailers, left) = match head.framing() {
        Framing::None => (Vec::new(), Vec::new(), rest),
        Framing::Length(length) => exactly(rest, length)?,
        Framing::Chunked => chunks(rest)?,
    };
    Some(Reading {
        first: [head.method().into(), head.target().into()],
        fields: head
            .fields()
            .map(|field| (field.name.into(), field.value.into()))
            .collect(),
        body,
        trailers,
        left: left.len(),
    })
}

/// Our reading of a response after which the connection was closed.
pub fn read_response(bytes: &[u8], to_head: bool) -> Option<Reading> {
    let mut head = ResponseHead::new();
    let end = head.parse(bytes, &mut 0, &Limits::DEFAULT).ok()??;
    let rest = bytes.get(end..)?;
    let (body, trailers, left) = match head.framing(to_head) {
        ResponseFraming::None => (Vec::new(), Vec::new(), rest),
        ResponseFraming::Length(length) => exactly(rest, length)?,
        ResponseFraming::Chunked => chunks(rest)?,
        ResponseFraming::Close => (rest.to_vec(), Vec::new(), [].as_slice()),
    };
    Some(Reading {
        first: [head.status().to_string().into(), head.reason().into()],
        fields: head
            .fields()
            .map(|field| (field.name.into(), field.value.into()))
            .collect(),
        body,
        trailers,
        left: left.len(),
    })
}

type Body<'a> = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>, &'a [u8]);

fn exactly(rest: &[u8], length: u64) -> Option<Body<'_>> {
    let (body, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((body.to_vec(), Vec::new(), left))
}

fn chunks(rest: &[u8]) -> Option<Body<'_>> {
    let mut decoder = ChunkedDecoder::new();
    let mut body = Vec::new();
    let taken = decoder.decode(rest, &mut body, usize::MAX).ok()?;
    let left = rest.get(taken..)?;
    decoder
        .is_done()
        .then(|| (body, decoder.trailers().to_vec(), left))
}

fn check(ours: &Reading, theirs: &Message, [one, two]: [&Vec<u8>; 2]) {
    assert_eq!(ours.first, [one.as_slice(), two.as_slice()]);
    assert_eq!(ours.fields, theirs.fields);
    assert_eq!(ours.body, theirs.body);
    assert_eq!(ours.left, theirs.left);
    let mut seen = theirs.trailers.iter();
    assert!(
        ours.trailers
            .iter()
            .all(|trailer| seen.any(|theirs| theirs == trailer)),
        "{:?} are not among {:?}",
        ours.trailers,
        theirs.trailers
    );
}
