//! For tests only: an upstream that behaves (and misbehaves) as told, and raw HTTP clients.
//!
//! Everything here blocks and lives on 127.0.0.1. Nothing here shares code with Buffy's own HTTP:
//! what is tested is read and written by a second hand. Whatever cannot be had within
//! [`DEADLINE`] ends the test with a sentence that says what was waited for.

mod client;
mod eventually;
mod folder;
mod message;
mod one_thread;
pub mod plain_http;
mod reply;
mod upstream;

pub use client::{RawClient, delete, get, post};
pub use eventually::{DEADLINE, POLL, eventually, eventually_some, for_a_while};
pub use folder::TempFolder;
pub use message::{Broken, Response, count_of, request};
pub use one_thread::OneThread;
pub use reply::{Reply, Step};
pub use upstream::{FakeUpstream, Fate, Received};
