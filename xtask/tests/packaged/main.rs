//! What is built and shipped, looked at with the tools of those who will receive it.
//!
//! The products are those of `cargo xtask dist --profile dev`; the tools are those of
//! `cargo xtask tools`. `cargo xtask test` makes both first.

mod alerts;
mod chart;
mod deb;
mod debian;
mod hooks;
mod image;
mod kube;
mod kustomize;
mod made;
mod peers;
mod release;
mod running;
mod scripts;
mod service;
mod sums;
mod tarball;
mod tools;
mod units;
mod workflows;
