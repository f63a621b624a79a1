//! The admin API over real sockets.

mod connections;
mod fixture;
mod gate;
mod reading;
mod unix;
