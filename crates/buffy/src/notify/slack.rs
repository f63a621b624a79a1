//! Slack: an incoming webhook, one message of blocks per event.

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::damper::Notice;
use super::delivery::Delivery;
use super::message::Message;

/// Slack refuses a text block past 3,000 characters.
const TEXT_MAX: usize = 2900;

/// Delivers notices, one after the other, until nobody can send any more.
pub(super) async fn run(mut notices: Receiver<Notice>, delivery: Delivery) {
    while let Some(notice) = notices.recv().await {
        let dropped = delivery.tally.take_untold();
        let body = Bytes::from(body(&Message::of(&notice), dropped).to_string());
        if !delivery.deliver(body, HeaderMap::new).await {
            delivery.tally.dropped(1);
            delivery.tally.still_untold(dropped);
        }
    }
}

/// `text` is what a phone shows; the mark says good or bad in a word too, never by colour alone.
pub(super) fn body(message: &Message, dropped: u64) -> Value {
    let mark = if message.bad {
        ":warning: *Attention*"
    } else {
        ":white_check_mark: *Good*"
    };
    let sentence = escape(&message.sentence);
    let lost = match dropped {
        0 => String::new(),
        _ => format!(" · {dropped} earlier events were dropped"),
    };
    let small = format!("Buffy · {} · {}{lost}", message.kind, message.timestamp());
    json!({
        "text": sentence,
        "blocks": [
            {
                "type": "section",
                "text": { "type": "mrkdwn", "text": format!("{mark}\n{sentence}") },
            },
            { "type": "context", "elements": [{ "type": "mrkdwn", "text": small }] },
        ],
    })
}

/// The three characters that Slack's markup gives a meaning; shortened where it must be.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
        if escaped.len() > TEXT_MAX {
            escaped.push('…');
            break;
        }
    }
    escaped
}
