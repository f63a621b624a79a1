//! The built binary, from outside: its command line, its signals, its death and return.

mod cli;
mod demo;
mod descriptors;
mod disk;
mod health;
mod hold;
mod init;
mod kill;
mod kit;
mod packaging;
mod ports;
mod recipes;
mod record;
mod refusals;
mod reload;
mod remote;
mod retries;
mod seed;
mod signals;
mod streams;
mod systemd;
mod takeover;
mod verb;
mod verbs;
mod verify;
