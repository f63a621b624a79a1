//! What `type: proxy` endpoints have beside the rest.

use super::fields::Fields;
use super::header_fields;
use super::known::Known;
use super::upstream;
use super::written::Written;
use crate::config::{HeadersMode, Proxy, ProxyMode, Rewrite, Upstream};

pub(super) fn read(section: &Fields<'_>, upstreams: &Known<Upstream>) -> Option<Proxy> {
    let upstream = upstream(section, upstreams);
    let mode = [ProxyMode::StoreAndForward, ProxyMode::Bypass];
    let mode = section.choice_or_preset("proxy_mode", &mode);
    let timeout = section.duration_or_preset("timeout");
    let max_queue = section.number_or_preset("max_queue");
    let written = section.section("timeouts");
    let under = upstream.and_then(|index| upstreams.values().get(index));
    let timeouts = upstream::timeouts(written.as_ref(), under.map(|upstream| upstream.timeouts));
    let headers = [HeadersMode::Full, HeadersMode::Minimal, HeadersMode::None];
    let headers = section.choice_or_preset("headers", &headers);
    let (via, preserve_host) = (section.flag("via"), section.flag("preserve_host"));
    let rewrite = rewrite(&section.section_or_presets("rewrite"));
    Some(Proxy {
        upstream: upstream?,
        mode,
        timeout,
        // To wait for no time is not to wait.
        max_queue: if timeout.is_zero() { 0 } else { max_queue },
        timeouts: timeouts?,
        headers,
        via,
        preserve_host,
        rewrite,
    })
}

fn upstream(section: &Fields<'_>, upstreams: &Known<Upstream>) -> Option<usize> {
    let report = section.reader.report;
    if !section.has("upstream") {
        let hint = "write `upstream: ID`, the id of one of the `upstreams`";
        report.error(
            section.key_place("type"),
            "a `proxy` endpoint needs `upstream`",
            hint,
        );
    }
    section.refuse_empty("upstream", "write the id of one of the `upstreams`");
    let items = section.items("upstream")?;
    if let Some(second) = items.get(1) {
        let hint = "groups of upstreams are not built yet: name one";
        second.error("an endpoint forwards to one upstream", hint);
    }
    upstreams.find(items.first()?)
}

fn rewrite(section: &Fields<'_>) -> Rewrite {
    let strip_prefix = section
        .written("strip_prefix")
        .and_then(|prefix| self::prefix(&prefix));
    let set = section.written("set_headers");
    let set_headers = set
        .map(|set| header_fields::of_requests(&set))
        .unwrap_or_default();
    let remove = section.items("remove_headers").unwrap_or_default();
    let remove_headers = remove.iter().filter_map(header_fields::removed).collect();
    Rewrite {
        strip_prefix,
        set_headers,
        remove_headers,
    }
}

fn prefix(written: &Written<'_>) -> Option<String> {
    let prefix = written.text()?.trim_end_matches('/');
    if !prefix.starts_with('/') {
        let hint = "write a path that begins with `/`, such as `/api`";
        written.error(format!("{} is not a prefix", written.shown()), hint);
        return None;
    }
    Some(prefix.to_owned())
}
