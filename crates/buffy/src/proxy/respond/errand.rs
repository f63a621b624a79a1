//! What follows an answer, made while its request is still known.

use buffy_core::config::{Call as Written, CallBody, GateOrder, Response, Step as WrittenStep};
use buffy_core::delay::{Delay, Wait};
use buffy_core::dice::Dice;
use buffy_core::facts::Facts;
use buffy_core::template::{Escape, RenderError, Template};

use super::case::Case;
use crate::calls::{Call, DEPTH_FIELD, Errand, Order, Step};

/// What follows a response; none where nothing does.
pub(super) fn of(case: Case<'_>, response: &Response, facts: &Facts<'_>) -> Option<Errand> {
    if response.then.is_empty() {
        return None;
    }
    let steps = response.then.iter().filter_map(|written| {
        let rendered = made(case, written, facts);
        if let Err(error) = &rendered {
            let source = std::error::Error::source(error).map(ToString::to_string);
            tracing::warn!(endpoint = facts.id, response = response.name, %error, source, "a step of `then` could not be rendered: it is left out");
        }
        rendered.ok().flatten()
    });
    let depth = facts
        .fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(DEPTH_FIELD));
    Some(Errand {
        endpoint: facts.id.to_owned(),
        response: response.name.clone(),
        depth: depth
            .and_then(|(_, depth)| depth.trim().parse().ok())
            .unwrap_or(0),
        steps: steps.collect(),
    })
}

fn made(
    case: Case<'_>,
    written: &WrittenStep,
    facts: &Facts<'_>,
) -> Result<Option<Step>, RenderError> {
    Ok(match written {
        WrittenStep::Call(written) => Some(Step::Call(call(written, facts)?)),
        WrittenStep::Gate { upstream, order } => {
            let upstream = case.site.upstreams.get(*upstream);
            upstream.map(|upstream| Step::Gate {
                upstream: std::sync::Arc::clone(upstream),
                order: match order {
                    GateOrder::Open => Order::Open,
                    GateOrder::Close => Order::Close,
                    GateOrder::Stop => Order::Stop,
                },
            })
        }
    })
}

fn call(written: &Written, facts: &Facts<'_>) -> Result<Call, RenderError> {
    let headers = written.headers.iter();
    let headers = headers.map(|(name, value)| Ok((name.clone(), text(value, facts)?)));
    let (content_type, body) = match &written.body {
        CallBody::Nothing => (None, Vec::new()),
        CallBody::Json(json) => {
            let (json, _) = json.render(facts)?;
            (Some("application/json"), json.to_string().into_bytes())
        }
        CallBody::Text(template) => (
            Some("text/plain; charset=utf-8"),
            text(template, facts)?.into_bytes(),
        ),
    };
    Ok(Call {
        method: written.method,
        url: text(&written.url, facts)?,
        headers: headers.collect::<Result<_, RenderError>>()?,
        content_type,
        body: body.into(),
        after: after(written.after.as_ref(), facts),
        retry: written.retry,
    })
}

fn text(template: &Template, facts: &Facts<'_>) -> Result<String, RenderError> {
    let mut text = Vec::new();
    template.render(facts, Escape::Plain, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn after(delay: Option<&Delay>, facts: &Facts<'_>) -> Wait {
    match (delay, facts.dice) {
        (None, _) => Wait::For(std::time::Duration::ZERO),
        (Some(delay), Some(dice)) => delay.sample(&mut dice.borrow_mut()),
        (Some(delay), None) => delay.sample(&mut Dice::new(1, "", "", 0)),
    }
}
