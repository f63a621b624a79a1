//! Everything at once, by one seed: bodies of all sizes, clients that leave, a gate that moves, an
//! upstream that dies and comes back. Nothing is mixed up, nothing is sent twice, nothing is left.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use buffy_test::{Broken, FakeUpstream, Received, Response, eventually, for_a_while};

use crate::kit::{More, TestBuffy};

const SEED: u64 = 0x00b0_ffe5;
const CLIENTS: u64 = 12;
const ROUNDS: u64 = 100;
const SPAN: Duration = Duration::from_secs(5);

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn bytes(&mut self, below: u64) -> usize {
        usize::try_from(self.roll(below)).expect("a length")
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.roll(of) == 0
    }

    fn pause(&mut self, most: u64) {
        let span = Duration::from_millis(1 + self.roll(most));
        for_a_while("nothing is done", span, || true);
    }
}

/// A request, and what its client does.
#[derive(Clone)]
struct Ask {
    id: String,
    method: &'static str,
    body: Vec<u8>,
    chunked: bool,
    message: Vec<u8>,
    /// Where it ends in `message`.
    length: usize,
    /// A GET follows at once, on the same connection.
    followed: bool,
    /// So much of it is sent, and then he leaves.
    leaves: Option<usize>,
    resets: bool,
}

impl Ask {
    fn new(number: u64, dice: &mut Dice) -> Self {
        let id = format!("{number:x}");
        let method = match dice.roll(6) {
            0 => "GET",
            1 | 2 => "PUT",
            _ => "POST",
        };
        let length = match (method, dice.roll(4)) {
            ("GET", _) => 0,
            (_, 0) => dice.bytes(200),
            (_, 1) => dice.bytes(20_000),
            (_, 2) => dice.bytes(90_000),
            (_, _) => dice.bytes(300_000),
        };
        let body: Vec<u8> = (number..).map(|n| (n % 251) as u8).take(length).collect();
        let chunked = length > 0 && dice.one_in(2);
        let mut message =
            format!("{method} /{id} HTTP/1.1\r\nHost: a\r\nX-Id: {id}\r\n").into_bytes();
        if length > 0 && dice.one_in(6) {
            message.extend(b"Expect: 100-continue\r\n");
        }
        if chunked {
            message.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            let mut rest = body.as_slice();
            while !rest.is_empty() {
                let (chunk, behind) = rest.split_at((1 + dice.bytes(40_000)).min(rest.len()));
                message.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                message.extend(chunk);
                message.extend(b"\r\n");
                rest = behind;
            }
            message.extend(format!("0\r\nX-Sum: {id}\r\n\r\n").into_bytes());
        } else if length > 0 {
            message.extend(format!("Content-Length: {length}\r\n\r\n").into_bytes());
            message.extend(&body);
        } else {
            message.extend(b"\r\n");
        }
        let end = message.len();
        let followed = dice.one_in(6);
        if followed {
            let next = format!("GET /{id}/next HTTP/1.1\r\nHost: a\r\n\r\n");
            message.extend(next.into_bytes());
        }
        let leaves = dice.one_in(6).then(|| 1 + dice.bytes(message.len() as u64));
        let resets = dice.one_in(2);
        Self {
            id,
            method,
            body,
            chunked,
            message,
            length: end,
            followed,
            leaves,
            resets,
        }
    }

    /// What the upstream tells back.
    fn echo(&self) -> Vec<u8> {
        if self.body.is_empty() {
            format!("{} /{}", self.method, self.id).into_bytes()
        } else {
            self.body.clone()
        }
    }

    fn check(&self, answer: &Response) {
        assert_eq!(
            (answer.status, answer.field("x-id")),
            (200, Some(&*self.id)),
            "{answer:?}"
        );
        assert!(answer.body == self.echo(), "{}: another answer", self.id);
    }

    fn check_next(&self, answer: &Response) {
        if answer.status != 502 {
            let told = format!("GET /{}/next", self.id);
            assert_eq!((answer.status, answer.text()), (200, told));
        }
    }

    /// What reached the upstream, if anything did.
    fn check_received(&self, tries: &[&Received], answered: bool) {
        let Self { id, method, .. } = self;
        let most = if *method == "POST" { 1 } else { 3 };
        assert!(
            tries.len() <= most,
            "{method} {id}: sent {} times",
            tries.len()
        );
        let whole: Vec<_> = tries.iter().filter(|one| one.whole).collect();
        assert!(
            !answered || !whole.is_empty(),
            "{method} {id}: answered by nobody"
        );
        let may_be_whole = self.leaves.is_none_or(|sent| sent >= self.length);
        assert!(
            may_be_whole || whole.is_empty(),
            "{method} {id}: more than was sent"
        );
        for one in whole {
            assert!(one.body == self.body, "{method} {id}: another body");
            let sum = one.trailers.iter().map(|(_, value)| value.as_str());
            let expected = if self.chunked {
                vec![id.as_str()]
            } else {
                Vec::new()
            };
            assert_eq!(sum.collect::<Vec<_>>(), expected, "{method} {id}");
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Came {
    Answered,
    /// 502, maybe: its upstream died.
    Maybe,
    /// Its upstream died within the answer.
    Cut,
    Left,
}

fn ask(buffy: &TestBuffy, dice: &mut Dice, ask: &Ask) -> Came {
    let mut client = buffy.client();
    let sent = ask.leaves.unwrap_or(ask.message.len());
    let (mut rest, _) = ask.message.split_at(sent);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at((1 + dice.bytes(200_000)).min(rest.len()));
        client.send(piece);
        rest = behind;
    }
    if ask.leaves.is_some() {
        dice.pause(50);
        if ask.resets {
            client.reset();
        }
        return Came::Left;
    }
    match client.try_response() {
        Ok(answer) if answer.status == 502 => {
            assert_eq!(
                answer.field("x-buffy-forwarded"),
                Some("maybe"),
                "{answer:?}"
            );
            Came::Maybe
        }
        Ok(answer) if answer.complete => {
            ask.check(&answer);
            if ask.followed && answer.field("connection") != Some("close") {
                ask.check_next(&client.response());
            }
            Came::Answered
        }
        Ok(answer) => {
            assert_eq!(answer.status, 200, "{answer:?}");
            Came::Cut
        }
        // A 502 is lost where too much of a body is still on its way.
        Err(Broken::Reset) if ask.body.len() > 60_000 => Came::Maybe,
        Err(broken) => panic!("{} {}: {broken:?}", ask.method, ask.id),
    }
}

/// Moves the gate and kills the upstream until there is nobody to be troubled.
fn trouble(buffy: &TestBuffy, upstream: &FakeUpstream, dice: &mut Dice, end: Instant) {
    while Instant::now() < end {
        match dice.roll(4) {
            0 | 1 => {
                buffy.gate("close");
                dice.pause(200);
                buffy.gate("open");
            }
            2 => {
                upstream.kill();
                dice.pause(150);
                upstream.listen();
            }
            _ => {
                upstream.pause();
                dice.pause(50);
                upstream.resume();
            }
        }
        dice.pause(100);
    }
}

/// Files of bodies that are open: they have no name any more.
fn open_files(state: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").expect("Linux shows it");
    let links = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let ours = links.filter(|link| link.starts_with(state));
    ours.filter(|link| link.to_string_lossy().ends_with("(deleted)"))
        .count()
}

#[test]
fn nothing_is_lost_mixed_up_or_sent_twice_whatever_happens() {
    println!("seed {SEED:#x}");
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {held_memory: 256KiB, held_spill: 1MiB}",
        endpoint: "body: {memory: 16KiB, buffer: 128KiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    let asked = Mutex::new(Vec::new());
    let end = Instant::now() + SPAN;
    thread::scope(|scope| {
        for client in 1..=CLIENTS {
            let (buffy, asked) = (&buffy, &asked);
            scope.spawn(move || {
                let mut dice = Dice(SEED + client);
                for round in (0..ROUNDS).take_while(|_| Instant::now() < end) {
                    let one = Ask::new(client * 1000 + round, &mut dice);
                    let came = ask(buffy, &mut dice, &one);
                    asked.lock().unwrap().push((one, came));
                    dice.pause(20);
                }
            });
        }
        trouble(&buffy, &upstream, &mut Dice(SEED), end);
    });

    eventually("nothing is held or in flight", || {
        buffy.held() == 0 && buffy.inflight() == 0
    });
    for name in ["memory_bytes", "spill_bytes", "bytes{upstream=\"up\"}"] {
        eventually("nothing is counted", || {
            buffy.metric(&format!("buffy_held_{name}")) == 0
        });
    }
    let state = buffy.folder().path().join("state");
    eventually("no file is open", || open_files(&state) == 0);
    assert_eq!(buffy.get("/after").status, 200);

    let received = upstream.requests();
    let mut tries: HashMap<&str, Vec<&Received>> = HashMap::new();
    for one in &received {
        tries.entry(one.id()).or_default().push(one);
    }
    let mut counts: HashMap<Came, usize> = HashMap::new();
    for (one, came) in asked.lock().unwrap().iter() {
        *counts.entry(*came).or_default() += 1;
        let tries = tries.remove(&*one.id).unwrap_or_default();
        one.check_received(&tries, *came == Came::Answered);
    }
    println!("{counts:?}");
    assert!(
        counts[&Came::Answered] > counts.values().sum::<usize>() / 4,
        "{counts:?}"
    );
}
