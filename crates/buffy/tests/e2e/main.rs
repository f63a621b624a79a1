//! The built binary, from outside: its command line, its signals, its death and return.

mod cli;
mod demo;
mod descriptors;
mod kit;
mod refusals;
mod seed;
mod signals;
