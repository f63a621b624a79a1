//! A close that waits until nothing is in flight, and tells how far it is meanwhile.

use std::time::Duration;

use hyper::Method;
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::super::complain;
use super::admin::{Admin, Answer, PATIENCE};
use super::gate::path;
use super::status::of_upstream;
use super::trouble::Trouble;
use super::words::{requests, span};

/// A drain that takes longer is told of, again and again.
const QUIET: Duration = Duration::from_secs(2);
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// As the admin API is asked: none is no drain.
pub(super) fn asked(drain: Duration) -> Option<f64> {
    (!drain.is_zero()).then_some(drain.as_secs_f64())
}

/// Closes a gate. An answer that something is left is an answer: the close stands.
pub(super) async fn close(
    admin: &Admin,
    upstream: &str,
    said: Value,
    drain: Duration,
) -> Result<Answer, Trouble> {
    let path = path(upstream, "close");
    let closing = admin.ask(Method::POST, &path, Some(said), drain + PATIENCE);
    let answer = tokio::select! {
        answer = closing => answer?,
        never = tell(admin, upstream, drain) => match never {},
    };
    if answer.status == 409 && answer.value.get("left").is_some() {
        return Ok(answer);
    }
    answer.yes()
}

async fn tell(admin: &Admin, upstream: &str, drain: Duration) -> std::convert::Infallible {
    let began = Instant::now();
    let mut looks = interval_at(began + QUIET, TOLD_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        // Who cannot look now may do so next time: the close itself will tell what is wrong.
        let Ok((now, _)) = of_upstream(admin, upstream, PATIENCE).await else {
            continue;
        };
        complain(&format!(
            "{upstream}: {}; {} in flight after {} of {}\n",
            now.gate,
            requests(now.inflight),
            span(began.elapsed().as_secs_f64()),
            span(drain.as_secs_f64()),
        ));
    }
}
