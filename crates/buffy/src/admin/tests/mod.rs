//! The admin API over real sockets.

mod api;
mod connections;
mod fixture;
mod gate;
mod reading;
mod unix;
