//! `buffy try`: which response would answer a request, and why; by the configuration alone, without
//! a Buffy that runs.

mod finding;
mod request;
#[cfg(test)]
mod tests;

use std::num::NonZeroU64;
use std::path::PathBuf;

use buffy_core::config::Unset;
use clap::Args;
use serde_json::{Map, Value};

use super::header_field::field;
use super::{CONFIGURATION, DONE, NO, complain, file, say, with_causes};
use finding::Finding;
use request::Line;

#[derive(Debug, Args)]
pub(super) struct Trial {
    /// Method and target, such as `PUT /api/orders/7?x=1`; without a method GET, or POST where there
    /// is a body.
    request: String,
    /// Its body.
    #[arg(short, long, value_name = "BODY")]
    data: Option<String>,
    /// A field of its head.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = field)]
    header: Vec<(String, String)>,
    /// How manieth it is of its kind: those before it came, too, and were answered.
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU64,
    /// What responses have set before, such as `{"orders": {"7": "paid"}}`.
    #[arg(long, value_name = "JSON", value_parser = object)]
    state: Option<Map<String, Value>>,
    /// The session that it names.
    #[arg(long, value_name = "ID", default_value = "")]
    session: String,
    /// The listener that it comes to; else the first that has an endpoint for it.
    #[arg(long, value_name = "ID")]
    listener: Option<String>,
    /// The configuration, `-` for standard input; by default as for `run`.
    #[arg(short, long = "config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints a JSON document.
    #[arg(long)]
    json: bool,
}

/// Tries it out. No response for it is a no.
pub(super) fn trial(typed: &Trial) -> u8 {
    let found = match file::find(typed.config.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            complain(&format!("buffy: {}\n", with_causes(&error)));
            return CONFIGURATION;
        }
    };
    let checked = match found.check(Unset::Unknown) {
        Ok(checked) => checked,
        Err(problems) => {
            complain(&format!("{problems}\n"));
            return CONFIGURATION;
        }
    };
    let line = match Line::read(&typed.request, typed.data.is_some()) {
        Ok(line) => line,
        Err(why) => {
            complain(&format!("buffy: {why}\n"));
            return super::USAGE;
        }
    };
    let finding = Finding::of(&checked.config, typed, &line);
    if typed.json {
        say(&format!("{:#}\n", finding.to_json()));
    } else {
        say(&finding.to_string());
    }
    if finding.is_answer() { DONE } else { NO }
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("write a JSON object ({error})"))
}
