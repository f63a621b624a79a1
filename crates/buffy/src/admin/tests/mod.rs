//! The admin API over real sockets.

mod api;
mod connections;
mod fixture;
mod gate;
mod orders;
mod reading;
mod reference;
mod unix;
mod wrong;
