//! The load: wrk, or in the self-check a few clients of our own.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::CORE_REST;
use super::client::Client;
use super::process::on_core;
use crate::command;

/// Who sends requests, and how many or how long.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// wrk with one thread and 64 connections, for so many seconds.
    Wrk { seconds: u32 },
    /// One after the other on one connection.
    Own { requests: u64 },
}

impl Load {
    /// Sends, and counts the answers. One that is not a success makes the sample worthless.
    pub(super) fn send(self, address: SocketAddr, target: &str) -> Result<u64> {
        match self {
            Load::Wrk { seconds } => wrk(address, target, seconds),
            Load::Own { requests } => own(address, target, requests),
        }
    }
}

fn wrk(address: SocketAddr, target: &str, seconds: u32) -> Result<u64> {
    let mut wrk = Command::new("wrk");
    wrk.args([
        "-t1",
        "-c64",
        &format!("-d{seconds}s"),
        &format!("http://{address}{target}"),
    ]);
    let said = command::output(&mut on_core(Some(CORE_REST), &wrk))?;
    requests(&said).with_context(|| format!("wrk said:\n{said}"))
}

fn own(address: SocketAddr, target: &str, requests: u64) -> Result<u64> {
    let mut client = Client::connect(address)?;
    for _ in 0..requests {
        let answer = client.ask("GET", target)?;
        ensure!(
            answer.status == 200,
            "{target} answers {}: {}",
            answer.status,
            answer.body
        );
    }
    Ok(requests)
}

/// The count of `N requests in 3.00s, …`, where wrk complains of nothing.
fn requests(said: &str) -> Result<u64> {
    for line in said.lines().map(str::trim) {
        if line.starts_with("Non-2xx") || line.starts_with("Socket errors") {
            bail!("not every request was answered: {line}");
        }
    }
    let counted = said
        .lines()
        .find_map(|line| line.split_once(" requests in "));
    let (count, _) = counted.context("no count of requests")?;
    count
        .trim()
        .parse()
        .with_context(|| format!("`{count}` is no count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_counted_unless_it_complains() {
        let said = "Running 3s test\n  1 threads and 64 connections\n  183472 requests in 3.00s, \
                    40.1MB read\nRequests/sec:  61157.33\n";
        assert_eq!(requests(said).unwrap(), 183_472);
        assert!(requests(&format!("{said}  Non-2xx or 3xx responses: 3\n")).is_err());
        let errors = "  Socket errors: connect 0, read 4, write 0, timeout 0\n";
        let error = requests(&format!("{said}{errors}")).unwrap_err();
        assert!(error.to_string().contains("read 4"), "{error}");
        assert!(requests("nothing").is_err());
    }
}
