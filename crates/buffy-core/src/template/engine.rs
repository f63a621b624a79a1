//! Templates with filters, functions and blocks, which minijinja runs.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value as Json;

use super::place::Root;
use super::roots;
use super::run::{self, Run};
use super::{Escape, TemplateError};
use crate::facts::{Facts, Needs};

/// Steps that one rendering may take: some milliseconds.
const FUEL: u64 = 2_000_000;

/// Calls inside of calls.
const DEPTH_MAX: usize = 100;

/// Under which the one template of an environment is kept.
const NAME: &str = "answer";

/// A compiled template; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    environment: Arc<Environment<'static>>,
    text: String,
    /// What it names: `header.user_agent`, `body`.
    names: BTreeSet<String>,
}

/// What came of a rendering besides its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Values that were not there, in place of which nothing was written.
    pub undefined: u32,
}

/// Why a template gave no content.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template cannot be rendered")]
    Failed {
        #[source]
        source: minijinja::Error,
    },
    #[error("the rendered content is longer than {max} bytes")]
    TooLong { max: usize },
}

impl Engine {
    pub(super) fn new(text: &str) -> Result<Self, TemplateError> {
        let mut environment = BASE.clone();
        environment
            .add_template_owned(NAME, text.to_owned())
            .map_err(|error| told(&error, text))?;
        let names = environment
            .get_template(NAME)
            .map_err(|error| told(&error, text))?
            .undeclared_variables(true);
        let is_own = |name: &String| environment.globals().all(|(own, _)| own != name);
        let names = names.into_iter().filter(is_own).collect();
        Ok(Self {
            environment: Arc::new(environment),
            text: text.to_owned(),
            names,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn unknown(&self) -> Vec<String> {
        let roots = self.names.iter().map(|name| root_of(name));
        let unknown: BTreeSet<&str> = roots.filter(|name| Root::named(name).is_none()).collect();
        unknown.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn needs(&self) -> Needs {
        let roots = self
            .names
            .iter()
            .filter_map(|name| Root::named(root_of(name)));
        roots.fold(Needs::NOTHING, |needs, root| needs | root.needs())
    }

    pub(super) fn render(
        &self,
        facts: &Facts<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<Rendered, RenderError> {
        let (text, rendered, _) = self.run(facts, Run::new(escape))?;
        out.extend_from_slice(text.as_bytes());
        Ok(rendered)
    }

    /// The value of its one expression, with its type.
    pub(super) fn value(
        &self,
        facts: &Facts<'_>,
        rendered: &mut Rendered,
    ) -> Result<Json, RenderError> {
        let (_, own, value) = self.run(facts, Run::lone())?;
        rendered.undefined += own.undefined;
        Ok(value.unwrap_or_default())
    }

    fn run(
        &self,
        facts: &Facts<'_>,
        run: Run,
    ) -> Result<(String, Rendered, Option<Json>), RenderError> {
        let run = Arc::new(run);
        let mut values = roots::values(&self.names, facts);
        values.push((run::NAME, Value::from_dyn_object(Arc::clone(&run))));
        let failed = |source| RenderError::Failed { source };
        let template = self.environment.get_template(NAME).map_err(failed)?;
        let text = template.render(Value::from_pairs(values)).map_err(failed)?;
        if text.len() > super::BYTES_MAX {
            return Err(RenderError::TooLong {
                max: super::BYTES_MAX,
            });
        }
        let undefined = run.undefined();
        Ok((text, Rendered { undefined }, run.value()))
    }
}

/// Equal if written alike.
impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What every template's own environment is cloned from, which shares all but the template.
static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("answer".into()));
    environment.set_formatter(run::format);
    environment
});

fn root_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(root, _)| root)
}

/// The engine's complaint, at its place.
fn told(error: &minijinja::Error, text: &str) -> TemplateError {
    let start = error.range().map_or(0, |range| range.start);
    let before = text
        .get(..text.floor_char_boundary(start))
        .unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::SyntaxError => format!("this is no template: {detail}"),
        kind => format!("this is no template: {kind}: {detail}"),
    };
    TemplateError {
        column: before.chars().count() + 1,
        message,
    }
}
