//! Buffy as a whole, in this process, over real sockets.
//!
//! Every test starts a Buffy of its own on ports that the system chooses, and waits on states with
//! a deadline. What a figure is worth is the bench's business: here it is order, counts, states.

mod admin;
mod answers;
mod api;
mod bodies;
mod bounds;
mod bypass;
mod calls;
mod data;
mod drain;
mod endless;
mod explain;
mod faults;
mod files;
mod forward;
mod framing;
mod gate;
mod groups;
mod headers;
mod health;
mod held_body;
mod held_on;
mod hold;
mod interim;
mod journal;
mod judged;
mod kit;
mod leave;
mod listeners;
mod lost;
mod notify;
mod operated;
mod operator;
mod overrides;
mod priority;
mod probes;
mod release;
mod reload;
mod removal;
mod reply;
mod respond;
mod schema;
mod seed;
mod sessions;
mod slots;
mod sockets;
mod stop;
mod stream;
mod streams;
mod stress;
mod takeover;
mod talker;
mod targets;
mod verify;
