//! The admin API over real sockets.

mod api;
mod connections;
mod fixture;
mod gate;
mod orders;
mod reading;
mod unix;
mod wrong;
