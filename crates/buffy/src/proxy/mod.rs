//! The data path: from a connection that is accepted to the last byte of its last answer.
//!
//! One worker per core; a connection is one task on one worker and reads like the story: a head,
//! a route, admission, forwarding, the answer, again.

mod accept;
mod admit;
mod answer;
mod answering;
mod apart;
mod asking;
mod attempt;
mod body;
mod bypass;
mod client;
mod connect;
mod connection;
mod deliver;
mod discard;
mod endless;
mod exchange;
mod forward;
mod group;
mod headers;
mod health;
mod held_on;
mod hold;
mod intake;
mod journey;
mod late;
pub mod listener;
mod places;
mod prefers;
pub mod process;
mod refusal;
mod refuse;
mod relay;
pub mod reply;
mod request;
mod respond;
mod roll;
mod send;
mod sending;
pub mod serve;
mod serving;
pub mod site;
mod success;
mod tape;
mod timer;
mod upload;
pub mod worker;
