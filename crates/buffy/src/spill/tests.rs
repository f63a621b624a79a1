use std::fs;
use std::future::poll_fn;
use std::path::Path;
use std::task::{Wake, Waker};

use buffy_test::TempFolder;

use super::*;

fn spills(folder: &Path, limit: u64) -> Arc<Spills> {
    let folder = StateDir::open(folder.join("state")).unwrap();
    Spills::new(Arc::new(folder), ByteLimit::new(limit), Permits::new(1000))
}

/// Puts all of it in that there is room for, and says how much that was.
async fn put(spill: &mut Spill, mut bytes: &[u8]) -> usize {
    let all = bytes.len();
    while !bytes.is_empty() {
        let room = poll_fn(|cx| spill.poll_room(cx, bytes.len())).await;
        if room == 0 {
            break;
        }
        let (piece, rest) = bytes.split_at(room);
        spill.piece().extend_from_slice(piece);
        bytes = rest;
    }
    poll_fn(|cx| spill.poll_flush(cx)).await;
    all - bytes.len()
}

async fn get(spill: &mut Spill) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let piece = poll_fn(|cx| spill.poll_read(cx, all.len() as u64)).await;
        let piece = piece.unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend(piece);
    }
}

fn pattern(bytes: usize) -> Vec<u8> {
    (0..=250).cycle().take(bytes).collect()
}

#[tokio::test]
async fn what_goes_in_comes_out_and_nobody_finds_it_in_the_folder() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1 << 30);
    let body = pattern(1_000_000);
    let mut spill = spills.begin().unwrap();
    assert_eq!(put(&mut spill, &body[..300_000]).await, 300_000);
    assert_eq!(put(&mut spill, &body[300_000..]).await, 700_000);
    assert_eq!(
        (spill.len(), spills.limit.taken(), spill.piece.len()),
        (1_000_000, 1_000_000, 0)
    );
    for _ in 0..2 {
        assert!(get(&mut spill).await == body, "each time it is read");
    }
    let names: Vec<_> = fs::read_dir(folder.path().join("state"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["lock"]);
    drop(spill);
    assert_eq!((spills.limit.taken(), spills.descriptors.used()), (0, 0));
}

#[tokio::test]
async fn a_body_that_is_in_memory_already_goes_in_before_the_rest() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 100_000);
    let body = pattern(100_000);
    let mut spill = spills.begin_with(body[..60_000].to_vec()).unwrap();
    assert_eq!(put(&mut spill, &body[60_000..]).await, 40_000);
    assert!(get(&mut spill).await == body);

    let refused = spills.begin_with(vec![1; 10]).unwrap_err();
    assert_eq!(refused, vec![1; 10], "the limit is reached");
    drop(spill);
    assert_eq!(spills.limit.taken(), 0);
}

#[tokio::test]
async fn a_full_disk_takes_no_more_and_loses_nothing() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1 << 30);
    let mut spill = spills.begin().unwrap();
    // This device answers every write as a full disk does.
    let full = File::options().write(true).open("/dev/full").unwrap();
    spill.file.opened.set(full).unwrap();
    let body = pattern(1_000_000);
    let taken = put(&mut spill, &body).await;
    assert_eq!(taken, PIECE, "one piece, and then it was known");
    assert!(get(&mut spill).await == body[..taken]);
    assert_eq!(poll_fn(|cx| spill.poll_room(cx, 1)).await, 0);
    drop(spill);
    assert_eq!(spills.limit.taken(), 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_loses_nothing_either() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1 << 30);
    fs::write(folder.path().join("state"), "in the way").unwrap();
    let mut spill = spills.begin().unwrap();
    let body = pattern(1000);
    assert_eq!(put(&mut spill, &body).await, 1000);
    assert!(get(&mut spill).await == body);
    assert_eq!(poll_fn(|cx| spill.poll_room(cx, 1)).await, 0);

    fs::remove_file(folder.path().join("state")).unwrap();
    let mut next = spills.begin().unwrap();
    assert_eq!(put(&mut next, &pattern(1_000_000)).await, 1_000_000);
}

#[tokio::test]
async fn the_limit_is_reached_and_never_passed() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1_000_000);
    let body = pattern(300_000);
    let mut all: Vec<_> = (0..10).map(|_| spills.begin().unwrap()).collect();
    let mut sum = 0;
    for spill in &mut all {
        sum += put(spill, &body).await;
    }
    assert_eq!((sum, spills.limit.taken()), (1_000_000, 1_000_000));
    drop(all);
    assert_eq!(spills.limit.taken(), 0);
}

#[tokio::test]
async fn descriptors_are_left_for_connections() {
    let folder = TempFolder::new();
    let folder = Arc::new(StateDir::open(folder.path().join("state")).unwrap());
    let permits = Permits::new(DESCRIPTORS_LEFT + 2);
    let spills = Spills::new(folder, ByteLimit::new(1000), Arc::clone(&permits));
    let two = (spills.begin(), spills.begin());
    assert!(two.0.is_some() && two.1.is_some());
    assert!(spills.begin().is_none());
    assert_eq!(spills.begin_with(vec![7]).unwrap_err(), [7]);
    drop(two);
    assert!(spills.begin().is_some());
}

#[test]
fn a_piece_is_memory_until_it_is_written_though_its_request_is_gone() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let folder = TempFolder::new();
        let spills = spills(folder.path(), 1000);
        let (disk, stalls) = std::sync::mpsc::sync_channel::<()>(1);
        let stalled = tasks::spawn_blocking(move || stalls.recv().is_err());
        let mut spill = spills.begin().unwrap();
        assert_eq!(poll_fn(|cx| spill.poll_room(cx, 10)).await, 10);
        spill.piece().extend_from_slice(b"0123456789");
        assert!(
            poll_fn(|cx| Poll::Ready(spill.poll_flush(cx)))
                .await
                .is_pending()
        );
        drop(spill);
        assert_eq!((spills.staging.used(), spills.limit.taken()), (1, 10));
        drop(disk);
        assert!(stalled.await.unwrap());
        // One thread: whatever is done after this was behind it.
        tasks::spawn_blocking(|| {}).await.unwrap();
        assert_eq!((spills.staging.used(), spills.limit.taken()), (0, 0));
    });
}

#[test]
fn who_leaves_the_line_for_a_piece_wakes_the_next() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1 << 30);
    let mut permits: Vec<_> = (0..PIECES_MAX).map(|_| spills.staging.take()).collect();
    let [mut first, mut next] = [spills.begin().unwrap(), spills.begin().unwrap()];
    let mut cx = Context::from_waker(Waker::noop());
    assert!(first.poll_room(&mut cx, 10).is_pending());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let room = next.poll_room(&mut Context::from_waker(&waker), 10);
    assert!(room.is_pending());
    // The first is told of a free one, and has no use for it any more.
    permits.pop();
    assert!(!woken.0.load(Ordering::Relaxed));
    first.leave_line();
    assert!(woken.0.load(Ordering::Relaxed) && !first.is_busy());
    assert_eq!(next.poll_room(&mut cx, 10), Poll::Ready(10));
}

/// Whether it was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn only_so_many_pieces_are_in_memory_at_once() {
    let folder = TempFolder::new();
    let spills = spills(folder.path(), 1 << 30);
    let mut all: Vec<_> = (0..PIECES_MAX).map(|_| spills.begin().unwrap()).collect();
    for spill in &mut all {
        assert_eq!(poll_fn(|cx| spill.poll_room(cx, 10)).await, 10);
        spill.piece().extend_from_slice(b"0123456789");
    }
    let mut next = spills.begin().unwrap();
    let room = poll_fn(|cx| Poll::Ready(next.poll_room(cx, 10))).await;
    assert!(room.is_pending() && next.is_busy());

    poll_fn(|cx| all[7].poll_flush(cx)).await;
    assert_eq!(poll_fn(|cx| next.poll_room(cx, 10)).await, 10);
    next.give_back(10);
    assert!(next.is_empty() && spills.staging.used() == PIECES_MAX - 1);
}
