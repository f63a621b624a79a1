//! `buffy record`: what an upstream answers, as a configuration that answers the same.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use hyper::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::super::{DONE, NO, complain, say};
use super::admin::{Admin, PATIENCE, escaped, time};
use super::trouble::Trouble;
use super::way::Way;

/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Where neither a time nor a number is said; the admin API takes no more.
const TIME_MAX: Duration = Duration::from_hours(1);

#[derive(Debug, Args)]
pub(in crate::cli) struct Record {
    /// The upstream whose answers are recorded.
    #[arg(long = "from", value_name = "UPSTREAM")]
    upstream: String,
    /// The configuration that is written. The files that it names go into a folder of its name
    /// beside it.
    #[arg(short, long, value_name = "FILE", default_value = "rec.yaml")]
    output: PathBuf,
    /// How long; else until Ctrl-C, or for an hour.
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    span: Option<Duration>,
    /// Until so many answers were recorded.
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// Writes over a file that is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    way: Way,
}

/// Of `GET record/ID`.
#[derive(Debug, Deserialize)]
struct Recording {
    on: bool,
    samples: usize,
}

/// Of `DELETE record/ID`.
#[derive(Debug, Deserialize)]
struct Recorded {
    samples: usize,
    left_out: usize,
    dropped: usize,
    endpoints: usize,
    configuration: String,
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    path: String,
    content: String,
}

impl Record {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        if !self.force && self.output.exists() {
            let path = self.output.clone();
            return Err(Trouble::Exists { path });
        }
        let admin = super::admin(&self.way)?;
        let path = format!("api/v1/record/{}", escaped(&self.upstream));
        let mut signals = Signals::listen()?;
        let span = self.span.unwrap_or(TIME_MAX);
        admin
            .post(&path, json!({ "ttl": span.as_secs_f64() }))
            .await?;
        complain(&format!(
            "recording `{}`: Ctrl-C ends it and writes {}\n",
            self.upstream,
            self.output.display()
        ));
        let waited = tokio::select! {
            waited = self.wait(&admin, &path, span) => waited,
            () = signals.came() => Ok(()),
        };
        let folder = self.folder();
        let end = format!("{path}?folder={}", escaped(&folder));
        let answer = admin.ask(Method::DELETE, &end, None, PATIENCE).await;
        let recorded: Recorded = answer?.yes()?.document()?;
        waited?;
        self.write(&recorded)?;
        self.tell(&recorded);
        Ok(if recorded.samples == 0 { NO } else { DONE })
    }

    /// Until the time is over, or as many answers are there as were wanted.
    async fn wait(&self, admin: &Admin, path: &str, span: Duration) -> Result<(), Trouble> {
        let end = Instant::now() + span;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(LOOK_EVERY)).await;
            let now: Recording = match admin.get(path).await {
                Ok(answer) => answer.document()?,
                Err(trouble) if trouble.may_pass() => continue,
                Err(trouble) => return Err(trouble),
            };
            if !now.on || self.samples.is_some_and(|wanted| now.samples >= wanted) {
                return Ok(());
            }
        }
    }

    /// For the files that the configuration names: a word that can stand in its paths.
    fn folder(&self) -> String {
        let stem = self.output.file_stem().unwrap_or_default();
        let letters = stem.to_string_lossy();
        let letters = letters.chars().map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        });
        letters.collect()
    }

    fn write(&self, recorded: &Recorded) -> Result<(), Trouble> {
        let beside = self.output.parent().unwrap_or(Path::new(""));
        for File { path, content } in &recorded.files {
            let bytes = STANDARD.decode(content).map_err(|_| Trouble::Strange {
                place: "record".to_owned(),
                why: format!("`{path}` is not base64"),
            })?;
            write(&beside.join(path), &bytes)?;
        }
        write(&self.output, recorded.configuration.as_bytes())
    }

    fn tell(&self, recorded: &Recorded) {
        let Recorded {
            samples,
            left_out,
            dropped,
            endpoints,
            ..
        } = recorded;
        let mut text = format!(
            "{}: answers: {samples}, endpoints: {endpoints}",
            self.output.display()
        );
        if *left_out > 0 {
            text = format!("{text}; longer than what is kept: {left_out}");
        }
        if *dropped > 0 {
            text = format!("{text}; come when there was no more room: {dropped}");
        }
        say(&format!("{text}\n"));
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, bytes))
        .map_err(|source| Trouble::Write {
            path: path.to_owned(),
            source,
        })
}

/// What ends a recording in order.
struct Signals(Signal, Signal);

impl Signals {
    fn listen() -> Result<Self, Trouble> {
        let listen = || -> io::Result<Self> {
            let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
            Ok(Self(signal(interrupt)?, signal(terminate)?))
        };
        listen().map_err(|source| Trouble::System {
            subject: "a signal",
            source,
        })
    }

    async fn came(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}
