//! One value of the file, read as what its key says it is.

use std::net::IpAddr;
use std::time::Duration;

use super::Reader;
use crate::config::keys::{self, Bare, COUNT_MAX};
use crate::config::nearest::nearest;
use crate::config::report::Place;
use crate::config::tree::{Node, Scalar, Style, Value};
use crate::config::url::Url;
use crate::config::{Network, unit};
use crate::delay::{Chance, Delay};

/// What is written there is wrong, or unknown; where it is wrong, that is told.
pub(super) struct Unread;

/// A value, and the key it belongs to. Its readers tell what is wrong and give `None`; they give
/// `None` without a word where the value is unknown.
#[derive(Clone, Copy)]
pub(super) struct Written<'r> {
    pub reader: Reader<'r>,
    pub name: &'r str,
    pub node: &'r Node,
}

impl<'r> Written<'r> {
    pub(super) fn error(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reader.report.error(self.node.place, message, hint);
    }

    /// A warning about what begins at one character (from 0) of its text.
    pub(super) fn warn_at(&self, character: usize, message: &str, hint: &str) {
        let place = self.node.place_of(self.reader.report, character);
        self.reader.report.warn(place, message, hint);
    }

    pub(super) fn warn(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reader.report.warn(self.node.place, message, hint);
    }

    /// An error at one character (from 0) of its text.
    pub(super) fn error_at(&self, character: usize, message: &str, hint: &str) {
        let place = self.node.place_of(self.reader.report, character);
        // A message about a value of the environment could show it.
        let expanded = matches!(&self.node.value, Value::Scalar(scalar) if scalar.expanded);
        if expanded {
            let message = format!("`{}` is wrong once its variables are expanded", self.name);
            self.reader.report.error(place, message, hint);
        } else {
            self.reader.report.error(place, message, hint);
        }
    }

    pub(super) fn place(&self) -> Place {
        self.node.place
    }

    /// Whether it is a variable without a value.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.node.value, Value::Unknown)
    }

    pub(super) fn scalar(&self, what: &str) -> Option<&'r Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Unknown => None,
            Value::Null | Value::List(_) | Value::Map(_) => {
                let (name, is) = (self.name, self.node.is_a());
                self.error(format!("`{name}` must be {what}, and is {is}"), "");
                None
            }
        }
    }

    pub(super) fn text(&self) -> Option<&'r str> {
        self.scalar("text").map(|scalar| scalar.text.as_str())
    }

    /// Letters, digits, `-`, `_`, `.`: what can stand in a URL, a label and a field.
    pub(super) fn id(&self) -> Option<String> {
        let text = self.text()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 128 || !text.chars().all(fits) {
            let hint = "use letters, digits, `-`, `_` and `.`, at most 128 of them";
            self.error(format!("{} cannot be a name", self.shown()), hint);
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn number(&self, min: u64, max: u64) -> Option<u64> {
        let text = self.plain("a whole number")?;
        let number = text
            .chars()
            .all(|c| c.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten();
        match number {
            Some(number) if (min..=max).contains(&number) => Some(number),
            Some(_) | None => {
                let range = match max {
                    COUNT_MAX => format!("of at least {min}"),
                    _ => format!("from {min} to {max}"),
                };
                let message = format!("{} is not a whole number {range}", self.shown());
                self.error(message, self.about_quotes());
                None
            }
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        let (text, shown) = (self.plain("true or false")?, self.shown());
        match text {
            "true" => return Some(true),
            "false" => return Some(false),
            "yes" | "Yes" | "on" | "On" | "y" | "True" | "TRUE" => {
                self.error(
                    format!("{shown} is text here, not a boolean"),
                    "write `true`",
                );
            }
            "no" | "No" | "off" | "Off" | "n" | "False" | "FALSE" => {
                self.error(
                    format!("{shown} is text here, not a boolean"),
                    "write `false`",
                );
            }
            _ => self.error(
                format!("{shown} is not a boolean"),
                "write `true` or `false`",
            ),
        }
        None
    }

    /// `on` or `off`; what editors make of them, `true` and `false`, is the same.
    pub(super) fn switch(&self) -> Option<bool> {
        match self.plain("on or off")? {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            _ => {
                self.error(
                    format!("{} is neither on nor off", self.shown()),
                    "write `on` or `off`",
                );
                None
            }
        }
    }

    pub(super) fn duration(&self, bare: Bare, zero: bool) -> Option<Duration> {
        let duration = match unit::duration(self.plain("a duration")?, bare) {
            Ok(duration) => duration,
            Err(hint) => {
                self.error(format!("{} is not a duration", self.shown()), hint);
                return None;
            }
        };
        if duration.is_zero() && !zero {
            self.error(format!("`{}` must be more than zero", self.name), "");
            return None;
        }
        Some(duration)
    }

    pub(super) fn size(&self, min: u64, max: u64) -> Option<u64> {
        match unit::size(self.plain("a size")?) {
            Ok(size) if (min..=max).contains(&size) => Some(size),
            Ok(_) => {
                let (min, max) = (unit::size_text(min), unit::size_text(max));
                self.error(
                    format!("{} is out of range: {min} to {max}", self.shown()),
                    "",
                );
                None
            }
            Err(hint) => {
                self.error(format!("{} is not a size", self.shown()), hint);
                None
            }
        }
    }

    /// A time, or what it is drawn from; quotes may be needed around its comma.
    pub(super) fn delay(&self) -> Option<Delay> {
        let text = self.text()?;
        let told = |hint| {
            let cut = text.contains('(') && !text.contains(')');
            let hint = if cut {
                "between `{` and `}` it needs quotes: `\"lognormal(80ms, 0.4)\"`".to_owned()
            } else {
                hint
            };
            self.error(format!("{} is not a time", self.shown()), hint);
        };
        Delay::parse(text).map_err(told).ok()
    }

    pub(super) fn chance(&self) -> Option<Chance> {
        let text = self.plain("a percentage")?;
        let chance = Chance::parse(text);
        chance
            .map_err(|hint| self.error(format!("{} is not a percentage", self.shown()), hint))
            .ok()
    }

    /// A number that need not be whole.
    pub(super) fn factor(&self, zero: bool) -> Option<f64> {
        let text = self.plain("a number")?;
        let factor: Option<f64> = text.parse().ok();
        let factor = factor
            .filter(|factor| factor.is_finite() && (*factor > 0.0 || (zero && *factor == 0.0)));
        if factor.is_none() {
            let least = if zero { "of at least 0" } else { "above 0" };
            self.error(format!("{} is not a number {least}", self.shown()), "");
        }
        factor
    }

    /// Which of the names it is.
    pub(super) fn one_of(&self, names: &[&'static str]) -> Option<usize> {
        let text = self.text()?;
        let found = names.iter().position(|&name| name == text);
        if found.is_none() && keys::is_later_value(names, text) {
            let message = format!("{} as `{}` is not built yet", self.shown(), self.name);
            self.error(message, "it is planned: until then remove it");
        } else if found.is_none() {
            let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let hint = match nearest(text, names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("write {}", listed.join(" or ")),
            };
            self.error(format!("unknown `{}`: {}", self.name, self.shown()), hint);
        }
        found
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        let text = self.text()?;
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        let address = bare.parse().ok();
        if address.is_none() {
            let hint = "write `127.0.0.1`, `0.0.0.0`, `::1` or `::`";
            self.error(format!("{} is not an IP address", self.shown()), hint);
        }
        address
    }

    pub(super) fn network(&self) -> Option<Network> {
        let network = network(self.text()?);
        if network.is_none() {
            let hint = "write `10.0.0.0/8`, `::1/128` or one address";
            self.error(
                format!("{} is not a range of addresses", self.shown()),
                hint,
            );
        }
        network
    }

    /// The URL that the text is: of the value itself, or of what it refers to.
    pub(super) fn url(&self, text: &str) -> Option<Url> {
        match Url::parse(text) {
            Ok(url) => Some(url),
            Err(error) => {
                if text.contains('@') {
                    self.reader.report.blot(self.node.place);
                }
                let message = format!("`{}` is not a URL: {}", self.name, error.message);
                self.error(message, error.hint);
                None
            }
        }
    }

    /// The value as it stands in the file, for messages: never what a variable expanded to.
    pub(super) fn shown(&self) -> String {
        let source = self.reader.report.source(self.node.place);
        let first = source.lines().next().unwrap_or_default();
        let mut shown: String = first.chars().take(SHOWN_CHARACTERS).collect();
        if shown.len() < source.trim_end().len() {
            shown.push('…');
        }
        format!("`{shown}`")
    }

    /// A scalar that must stand without quotes.
    fn plain(&self, what: &str) -> Option<&'r str> {
        let scalar = self.scalar(what)?;
        if scalar.style == Style::Plain {
            return Some(&scalar.text);
        }
        self.error(
            format!("`{}` must be {what}, and is text", self.name),
            self.about_quotes(),
        );
        None
    }

    fn about_quotes(&self) -> &'static str {
        let quoted = |scalar: &Scalar| scalar.style != Style::Plain;
        match &self.node.value {
            Value::Scalar(scalar) if quoted(scalar) => "write it without quotes",
            Value::Scalar(_) | Value::Null | Value::Unknown | Value::List(_) | Value::Map(_) => "",
        }
    }
}

const SHOWN_CHARACTERS: usize = 40;

/// `10.0.0.0/8`, or one address.
fn network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (bits, all): (u128, u8) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let prefix: u8 = prefix.map_or(Some(all), |prefix| prefix.parse().ok())?;
    let beyond = bits.checked_shl(u32::from(prefix)).unwrap_or(0);
    (prefix <= all && beyond == 0).then_some(Network { address, prefix })
}
