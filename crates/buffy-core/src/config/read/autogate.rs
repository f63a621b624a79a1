//! The rules that move a gate by a status document.

use super::fields::Fields;
use super::known::Known;
use super::upstream;
use super::written::Written;
use crate::config::url::Url;
use crate::config::{
    Autogate, AutogateUri, DocumentKind, Match, Target, Then, Unmatched, Unreachable,
};

/// The autogate of the upstream whose targets these are.
pub(super) fn read(section: &Fields<'_>, targets: Option<&[Target]>) -> Option<Autogate> {
    let uri = section.written("uri").and_then(|uri| self::uri(&uri));
    let unmatched = [Unmatched::Keep, Unmatched::Close];
    let unreachable = section.choice("unreachable", &[Unreachable::Close, Unreachable::Keep]);
    let (rise, fall) = (
        section.number_or_preset("rise"),
        section.number_or_preset("fall"),
    );
    let unmatched = section.choice_or_preset("unmatched", &unmatched);
    let settle = section.duration_or_preset("settle");
    let matches = matches(section);
    let uri = uri?;
    let unreachable =
        unreachable.unwrap_or_else(|| usual_unreachable(&uri, targets.unwrap_or_default()));
    Some(Autogate {
        uri,
        rise,
        fall,
        unmatched,
        unreachable,
        settle,
        matches: matches?,
    })
}

/// The backend tells of itself: where it cannot be asked, it is not there.
fn usual_unreachable(uri: &AutogateUri, targets: &[Target]) -> Unreachable {
    let own = targets
        .iter()
        .any(|target| (&target.host, target.port) == (&uri.host, uri.port));
    if own {
        Unreachable::Close
    } else {
        Unreachable::Keep
    }
}

fn uri(written: &Written<'_>) -> Option<AutogateUri> {
    let text = written.text()?;
    let Url {
        https,
        host,
        port,
        authority,
        rest,
    } = written.url(text)?;
    let path = if rest.starts_with('/') {
        rest
    } else {
        format!("/{rest}")
    };
    Some(AutogateUri {
        url: text.to_owned(),
        https,
        host,
        port,
        authority,
        path,
    })
}

/// All rules, or none if one of them could not be read: the others would not mean the same.
fn matches(section: &Fields<'_>) -> Option<Vec<Match>> {
    let sections = section.sections("matches");
    let count = sections.len();
    section.refuse_empty("matches", "write a rule, or remove `autogate`");
    let mut known = Known::new("rule");
    for (index, section) in sections.iter().enumerate() {
        let id = section.written("id").map(|id| id.id());
        let id = id.unwrap_or_else(|| Some(format!("match-{}", index + 1)));
        let rule = read_match(section, id.clone());
        let place = section.key_place("id");
        known.add(
            section.reader.report,
            id,
            place,
            rule.map(|rule| (rule, place)),
        );
    }
    let rules = known.into_values();
    let whole = rules.len() == count && count > 0;
    if whole && rules.iter().all(|rule: &Match| rule.then == Then::Close) {
        section.reader.report.warn(
            section.key_place("matches"),
            "no rule says OPEN: this gate will never open",
            "add one, at the end for example `{type: status, if: 2*, then: OPEN}`",
        );
    }
    whole.then_some(rules)
}

fn read_match(section: &Fields<'_>, id: Option<String>) -> Option<Match> {
    let kinds = [
        DocumentKind::Json,
        DocumentKind::Text,
        DocumentKind::Status,
        DocumentKind::Header,
    ];
    let kind = section.choice_or_preset("type", &kinds);
    let then = section.choice("then", &[Then::Open, Then::Close]);
    let rule = section
        .written("if")
        .and_then(|rule| upstream::rule(&rule, kind));
    Some(Match {
        id: id?,
        kind,
        rule: rule?,
        then: then?,
    })
}
