//! Secrets and hooks: texts that are never shown.

use std::path::{Component, Path};

use super::fields::Fields;
use super::written::Written;
use crate::config::keys::SECRET;
use crate::config::tree::Value;
use crate::config::{HookUrl, Secret, Unset};

const SECRET_FILE_HINT: &str = "the path is absolute, or relative to the folder of this file";

/// A secret: text, `{env: NAME}` or `{file: PATH}`. Without an environment the latter two are
/// unknown, whatever they name.
pub(super) fn secret(written: &Written<'_>) -> Option<Secret> {
    let text = match &written.node.value {
        Value::Map(_) => referred(written)?,
        Value::Null | Value::Unknown | Value::Scalar(_) | Value::List(_) => {
            written.reader.report.blot(written.place());
            written.text()?.to_owned()
        }
    };
    if text.is_empty() {
        written.error(format!("`{}` is empty", written.name), "");
        return None;
    }
    Some(Secret::new(text))
}

/// Where a hook is sent.
pub(super) fn hook(written: &Written<'_>) -> Option<HookUrl> {
    let text = match &written.node.value {
        Value::Map(_) => referred(written)?,
        Value::Null | Value::Unknown | Value::Scalar(_) | Value::List(_) => {
            written.text()?.to_owned()
        }
    };
    // What is none because its scheme is missing is no less a secret.
    written.reader.report.blot(written.place());
    written.url(&text)?;
    Some(HookUrl(Secret::new(text)))
}

/// What `{env: NAME}` or `{file: PATH}` refers to.
fn referred(written: &Written<'_>) -> Option<String> {
    let fields = Fields::open(written.reader, &SECRET, written.node)?;
    let (env, file) = (fields.text("env"), fields.text("file"));
    if fields.has("env") == fields.has("file") {
        let hint = "write `{env: NAME}` or `{file: PATH}`";
        written.error(
            format!("`{}` must have one of `env` and `file`", written.name),
            hint,
        );
        return None;
    }
    let around = written.reader.around;
    let found = match (env, file) {
        (Some(name), _) => {
            let message = || (format!("the environment has no `{name}`"), "set it");
            (around.env)(name).ok_or_else(message)
        }
        (None, Some(path)) => read_line(written, Path::new(path)).map_err(|error| {
            (
                format!("`{path}` cannot be read: {error}"),
                SECRET_FILE_HINT,
            )
        }),
        (None, None) => return None,
    };
    match found {
        Ok(text) => Some(text),
        Err((message, hint)) => {
            if around.unset == Unset::Refuse {
                written.error(message, hint);
            }
            None
        }
    }
}

fn read_line(written: &Written<'_>, path: &Path) -> Result<String, String> {
    let leads_out = path.components().any(|part| part == Component::ParentDir);
    if path.is_relative() && leads_out {
        return Err("it leads out of the configuration's folder".to_owned());
    }
    let bytes = (written.reader.around.file)(path)?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
