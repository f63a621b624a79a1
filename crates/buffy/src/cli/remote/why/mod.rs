//! `buffy why`: what a request would meet now, and why.

mod explained;
#[cfg(test)]
mod tests;

use clap::Args;

use super::super::header_field::field;
use super::super::{DONE, say};
use super::admin::escaped;
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;
use explained::Explained;

#[derive(Debug, Args)]
pub(in crate::cli) struct Why {
    /// Its path, with the query.
    path: String,
    /// Its method.
    #[arg(long, default_value = "GET")]
    method: String,
    /// The host that it names.
    #[arg(long)]
    host: Option<String>,
    /// The listener that it comes to; else the first that has an endpoint for it.
    #[arg(long, value_name = "ID")]
    listener: Option<String>,
    /// A field of its head, for rules that ask for one.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = field)]
    header: Vec<(String, String)>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

impl Why {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let answer = admin.get(&format!("api/v1/why?{}", self.query())).await?;
        let explained: Explained = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&explained.to_string());
        }
        Ok(DONE)
    }

    fn query(&self) -> String {
        let said = [
            ("method", Some(&self.method)),
            ("path", Some(&self.path)),
            ("host", self.host.as_ref()),
            ("listener", self.listener.as_ref()),
        ];
        let said = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let header = |(name, value)| (format!("header.{}", escaped(name)), value);
        let fields = self
            .header
            .iter()
            .map(|(name, value)| header((name, value)));
        said.chain(fields)
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect::<Vec<_>>()
            .join("&")
    }
}
