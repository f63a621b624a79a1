//! Templates with filters, functions and blocks, which minijinja runs.

use std::sync::{Arc, LazyLock};

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value as Json;

use super::roots::Names;
use super::run::{self, Mistake, Run};
use super::{BYTES_MAX, Escape, RenderError, Rendered, TemplateError, filters, functions};
use crate::facts::{Facts, Needs};

/// What one rendering may do: as many steps, or 64 times as many bytes. Some milliseconds.
const FUEL: u64 = 500_000;

/// Calls inside of calls.
const DEPTH_MAX: usize = 100;

/// Under which the one template of an environment is kept.
const NAME: &str = "answer";

/// A compiled template; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Engine(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    environment: Environment<'static>,
    text: String,
    names: Names,
    needs: Needs,
}

impl Engine {
    pub(super) fn new(text: &str) -> Result<Self, TemplateError> {
        let mut environment = BASE.clone();
        let told = |error: minijinja::Error| told(&error, text);
        environment
            .add_template_owned(NAME, text.to_owned())
            .map_err(told)?;
        let template = environment.get_template(NAME).map_err(told)?;
        let all = template.undeclared_variables(true);
        let is_global = |name: &str| environment.globals().any(|(own, _)| own == name);
        let facts = all
            .iter()
            .map(String::as_str)
            .filter(|name| !is_global(name));
        let names = Names::new(facts, text);
        let of_facts = names.roots().map(super::place::Root::needs);
        let of_functions = all.iter().filter_map(|name| functions::needs(name));
        let needs = of_facts
            .chain(of_functions)
            .fold(Needs::NOTHING, |sum, needs| sum | needs);
        let engine = Self(Arc::new(Compiled {
            environment,
            text: text.to_owned(),
            names,
            needs,
        }));
        engine.try_out(text)?;
        for (at, filter) in filters::named(text) {
            try_filter(filter, text, at)?;
        }
        Ok(engine)
    }

    pub(super) fn text(&self) -> &str {
        &self.0.text
    }

    pub(super) fn unknown(&self) -> Vec<String> {
        self.0.names.unknown.iter().cloned().collect()
    }

    pub(super) fn needs(&self) -> Needs {
        self.0.needs
    }

    pub(super) fn render(
        &self,
        facts: &Facts<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<Rendered, RenderError> {
        let (text, _, rendered) = self.run(facts, Some(escape))?;
        if text.len() > BYTES_MAX {
            return Err(RenderError::TooLong { max: BYTES_MAX });
        }
        out.extend_from_slice(text.as_bytes());
        Ok(rendered)
    }

    /// The value of its one expression, with its type.
    pub(super) fn value(&self, facts: &Facts<'_>) -> Result<(Json, Rendered), RenderError> {
        let (_, value, rendered) = self.run(facts, None)?;
        Ok((value.unwrap_or_default(), rendered))
    }

    fn run(
        &self,
        facts: &Facts<'_>,
        escape: Option<Escape>,
    ) -> Result<(String, Option<Json>, Rendered), RenderError> {
        let run = Arc::new(Run::new(facts, escape));
        let mut values = self.0.names.values(facts);
        values.push((run::NAME, Value::from_dyn_object(Arc::clone(&run))));
        let text = self
            .0
            .environment
            .get_template(NAME)
            .and_then(|template| template.render(Value::from_pairs(values)));
        let (value, undefined) = run.end(facts);
        let text = text.map_err(|source| RenderError::Failed { source })?;
        Ok((text, value, Rendered { undefined }))
    }

    /// Renders it once for nothing: a function that is called wrongly is found at load.
    fn try_out(&self, text: &str) -> Result<(), TemplateError> {
        let Err(RenderError::Failed { source }) = self.run(&Facts::default(), Some(Escape::Plain))
        else {
            return Ok(());
        };
        let kind = source.kind();
        let is_mistake = matches!(
            kind,
            ErrorKind::UnknownFilter
                | ErrorKind::UnknownTest
                | ErrorKind::UnknownFunction
                | ErrorKind::MissingArgument
                | ErrorKind::TooManyArguments
        );
        let message = match source.detail() {
            _ if !is_mistake => Mistake::of(&source).map(str::to_owned),
            Some(detail) => Some(format!("{kind}: {detail}")),
            None => Some(kind.to_string()),
        };
        let column = column(&source, text);
        message.map_or(Ok(()), |message| Err(TemplateError { column, message }))
    }
}

/// Equal if written alike.
impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

/// What every template's own environment is cloned from, which shares all but the template.
static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("answer".into()));
    environment.set_formatter(run::format);
    if let Ok(syntax) = minijinja::syntax::SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    functions::add_to(&mut environment);
    environment
});

/// The engine's complaint, at its place.
fn told(error: &minijinja::Error, text: &str) -> TemplateError {
    if let Some((before, after)) = text.rsplit_once("{{")
        && !after.contains("}}")
    {
        return TemplateError::unclosed(before.chars().count() + 1);
    }
    let detail = error.detail().unwrap_or_default();
    TemplateError {
        column: column(error, text),
        message: format!("this is no template: {detail}"),
    }
}

fn column(error: &minijinja::Error, text: &str) -> usize {
    column_at(error.range().map_or(0, |range| range.start), text)
}

fn column_at(byte: usize, text: &str) -> usize {
    let before = text.get(..text.floor_char_boundary(byte));
    before.unwrap_or_default().chars().count() + 1
}

/// Whether there is such a filter: one in a branch that no rendering took yet is found too.
fn try_filter(name: &str, text: &str, at: usize) -> Result<(), TemplateError> {
    let lone = format!("none|{name}");
    let tried = BASE.compile_expression(&lone);
    let tried = tried.and_then(|expression| expression.eval(()));
    match tried {
        Err(error) if error.kind() == ErrorKind::UnknownFilter => Err(TemplateError {
            column: column_at(at, text),
            message: format!("{}: filter {name} is unknown", ErrorKind::UnknownFilter),
        }),
        Err(_) | Ok(_) => Ok(()),
    }
}
