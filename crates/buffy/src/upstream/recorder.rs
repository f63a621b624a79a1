//! What an upstream answers, while somebody records it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use buffy_core::record::{Body, Sample};

/// More samples are not kept: they are counted.
const SAMPLES_MAX: usize = 1_000;
/// Of all samples together.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Samples of an upstream's answers. It costs nothing while nobody records.
#[derive(Debug, Default)]
pub struct Recorder {
    on: AtomicBool,
    tape: Mutex<Tape>,
}

#[derive(Debug, Default)]
struct Tape {
    /// When it ends by itself.
    until: Option<Instant>,
    samples: Vec<Sample>,
    bytes: usize,
    dropped: usize,
}

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    pub on: bool,
    pub samples: usize,
    /// Answers that came when there was no more room.
    pub dropped: usize,
}

impl Recorder {
    /// Records until then, or until it is stopped. What was recorded before is forgotten.
    pub fn start(&self, until: Instant) {
        *self.tape() = Tape {
            until: Some(until),
            ..Tape::default()
        };
        self.on.store(true, Ordering::Relaxed);
    }

    /// Whether an answer that begins now is recorded.
    pub fn is_on(&self, now: Instant) -> bool {
        self.on.load(Ordering::Relaxed) && self.is_due(now)
    }

    /// Keeps a sample, where there is room.
    pub fn add(&self, sample: Sample) {
        let bytes = size(&sample);
        let mut tape = self.tape();
        if tape.samples.len() >= SAMPLES_MAX || tape.bytes + bytes > BYTES_MAX {
            tape.dropped += 1;
            return;
        }
        tape.bytes += bytes;
        tape.samples.push(sample);
    }

    pub fn recording(&self) -> Recording {
        let on = self.is_on(Instant::now());
        let tape = self.tape();
        Recording {
            on,
            samples: tape.samples.len(),
            dropped: tape.dropped,
        }
    }

    /// Ends the recording, and gives what it has.
    pub fn stop(&self) -> (Recording, Vec<Sample>) {
        self.on.store(false, Ordering::Relaxed);
        let recording = self.recording();
        (recording, std::mem::take(&mut *self.tape()).samples)
    }

    fn is_due(&self, now: Instant) -> bool {
        let due = self.tape().until.is_some_and(|until| now < until);
        if !due {
            self.on.store(false, Ordering::Relaxed);
        }
        due
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About what a sample takes.
fn size(sample: &Sample) -> usize {
    let content = match &sample.body {
        Body::Json(json) => json.to_string().len(),
        Body::Text(text) => text.len(),
        Body::Binary(bytes) => bytes.len(),
        Body::Stream(stream) => stream.frames.len() * 256,
        Body::Left => 0,
    };
    let asked = sample
        .asked
        .as_ref()
        .map_or(0, |json| json.to_string().len());
    content + asked + sample.path.len() + 512
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use buffy_core::record::Raw;

    use super::*;

    fn sample(bytes: usize) -> Sample {
        Sample::new(Raw {
            answered: Some(vec![b'x'; bytes]),
            ..Raw::default()
        })
    }

    #[test]
    fn it_records_until_it_is_stopped_or_over() {
        let recorder = Recorder::default();
        let now = Instant::now();
        assert!(!recorder.is_on(now));
        recorder.start(now + Duration::from_mins(1));
        assert!(recorder.is_on(now));
        recorder.add(sample(10));
        assert!(!recorder.is_on(now + Duration::from_mins(1)));
        let (recording, samples) = recorder.stop();
        assert_eq!((recording.on, samples.len()), (false, 1));
        assert_eq!(recorder.recording().samples, 0);
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let recorder = Recorder::default();
        recorder.start(Instant::now() + Duration::from_mins(1));
        for _ in 0..SAMPLES_MAX + 2 {
            recorder.add(sample(10));
        }
        let recording = recorder.recording();
        assert_eq!((recording.samples, recording.dropped), (SAMPLES_MAX, 2));
        recorder.start(Instant::now() + Duration::from_mins(1));
        for _ in 0..300 {
            recorder.add(sample(64 * 1024));
        }
        assert!(recorder.recording().dropped > 0);
    }
}
