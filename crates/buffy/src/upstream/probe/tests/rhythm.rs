//! When looks are taken.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use buffy_test::OneThread;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::super::Asked;
use super::super::limiter::Limiter;
use super::super::rhythm::{Rhythm, look_forever};

static UNUSED: Limiter = Limiter::new();

fn rhythm(document: bool) -> Rhythm {
    let ms = Duration::from_millis;
    Rhythm {
        interval: ms(2000),
        fast: ms(100),
        document,
        fast_since: None,
    }
}

/// Looks that end when they are let go.
#[derive(Default)]
struct Stage {
    begun: AtomicUsize,
    ended: AtomicUsize,
    let_go: Option<Arc<Semaphore>>,
    kick: Arc<Notify>,
    waiting: Arc<AtomicBool>,
}

impl Stage {
    fn run(self, rt: &OneThread, rhythm: Rhythm) -> Arc<Self> {
        let stage = Arc::new(self);
        let waiting = Arc::clone(&stage.waiting);
        let asked = Asked {
            kick: Arc::clone(&stage.kick),
            waiting: Box::new(move || waiting.load(Ordering::SeqCst)),
        };
        let looking = Arc::clone(&stage);
        let looks = look_forever(rhythm, asked, &UNUSED, move || {
            let stage = Arc::clone(&looking);
            async move {
                stage.begun.fetch_add(1, Ordering::SeqCst);
                if let Some(let_go) = &stage.let_go {
                    let_go.acquire().await.unwrap().forget();
                }
                stage.ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        rt.run(async { drop(crate::tasks::spawn("looks", looks)) });
        stage
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }
}

#[test]
fn it_is_fast_while_requests_wait_and_documents_are_spared_after_a_while() {
    let start = Instant::now();
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let mut documents = rhythm(true);
    let mut connects = rhythm(false);
    let mut both = |waiting, seconds| {
        let pause = |rhythm: &mut Rhythm| rhythm.pause(waiting, at(seconds)).as_millis();
        (pause(&mut documents), pause(&mut connects))
    };
    assert_eq!(both(false, 0), (2000, 2000));
    assert_eq!(both(true, 1), (100, 100));
    assert_eq!(both(true, 30), (100, 100));
    assert_eq!(both(true, 31), (500, 100));
    assert_eq!(both(false, 40), (2000, 2000));
    assert_eq!(
        both(true, 41),
        (100, 100),
        "the next outage begins fast again"
    );
}

#[test]
fn fast_is_never_slower_than_the_interval() {
    let start = Instant::now();
    let interval = Duration::from_millis(300);
    let mut rhythm = Rhythm {
        interval,
        ..rhythm(true)
    };
    assert_eq!(rhythm.pause(true, start), Duration::from_millis(100));
    assert_eq!(rhythm.pause(true, start + Duration::from_mins(1)), interval);
}

#[test]
fn the_first_look_is_at_once_and_others_follow_at_the_interval() {
    let rt = OneThread::new();
    let interval = Duration::from_millis(5);
    let stage = Stage::default().run(
        &rt,
        Rhythm {
            interval,
            ..rhythm(false)
        },
    );
    rt.eventually("five looks", || stage.ended() >= 5);
}

#[test]
fn a_kick_is_a_look_at_once() {
    let rt = OneThread::new();
    let interval = Duration::from_hours(1);
    let stage = Stage::default().run(
        &rt,
        Rhythm {
            interval,
            ..rhythm(false)
        },
    );
    rt.eventually("the first look", || stage.ended() == 1);
    stage.kick.notify_one();
    stage.kick.notify_one();
    rt.eventually("a second, for both kicks", || stage.ended() == 2);
    stage.waiting.store(true, Ordering::SeqCst);
    stage.kick.notify_one();
    rt.eventually("fast from then on", || stage.ended() >= 5);
}

#[test]
fn a_kick_does_not_wait_for_a_look_that_hangs() {
    let rt = OneThread::new();
    let let_go = Arc::new(Semaphore::new(0));
    let stage = Stage {
        let_go: Some(Arc::clone(&let_go)),
        ..Stage::default()
    };
    let stage = stage.run(&rt, rhythm(false));
    rt.eventually("the first look hangs", || stage.begun() == 1);
    stage.kick.notify_one();
    rt.eventually("another beside it", || stage.begun() == 2);
    for _ in 0..3 {
        stage.kick.notify_one();
        rt.run(async { tokio::task::yield_now().await });
    }
    assert_eq!(stage.begun(), 2, "never more than two");
    let_go.add_permits(1);
    rt.eventually("the kicks meanwhile are one look", || stage.begun() == 3);
    let_go.add_permits(2);
    rt.eventually("all ended", || stage.ended() == 3);
    assert_eq!(stage.begun(), 3);
}

#[test]
fn the_process_takes_two_hundred_looks_in_any_second() {
    let limiter = Limiter::new();
    let start = Instant::now();
    let mut turns: VecDeque<Instant> = VecDeque::new();
    // Two storms and what is asked for between them.
    for asked in [0; 300].into_iter().chain([2500; 10]).chain([6000; 300]) {
        let asked = start + Duration::from_millis(asked);
        let turn = limiter.book(asked);
        assert!(turn >= asked, "nobody goes before he asked");
        turns.push_back(turn);
    }
    assert!(turns.iter().is_sorted(), "first come, first served");
    assert_eq!(
        turns.iter().filter(|&&turn| turn == start).count(),
        20,
        "a burst goes at once"
    );
    while let Some(first) = turns.pop_front() {
        let second = turns
            .iter()
            .take_while(|&&turn| turn < first + Duration::from_secs(1));
        assert!(second.count() < 200);
    }
}
