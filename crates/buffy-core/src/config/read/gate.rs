//! The settings of a gate.

use super::fields::Fields;
use super::known::Known;
use super::written::Written;
use super::{Reader, header_fields, secret};
use crate::config::{
    Bypass, Endpoint, EndpointKind, GateInitial, GateSettings, Listener, OnExpiry, Upstream,
};
use crate::route::Router;

/// None where something of it could not be read: it is not the same as without.
pub(super) fn read(upstream: &Fields<'_>) -> Option<GateSettings> {
    let section = upstream.section_or_presets("gate");
    let initial = [GateInitial::Persisted, GateInitial::Closed];
    let initial = section.choice_or_preset("initial", &initial);
    let lease = section.duration("lease");
    let on_expiry = [OnExpiry::Lift, OnExpiry::Stop, OnExpiry::Keep];
    let on_expiry = section.choice_or_preset("on_expiry", &on_expiry);
    let health_path = section
        .written("health_path")
        .map(|written| health_path(&written));
    let bypass = section.section("bypass").map(|section| bypass(&section));
    Some(GateSettings {
        initial,
        lease,
        on_expiry,
        health_path: health_path.map_or(Some(None), |path| path.map(Some))?,
        bypass: bypass.map_or(Some(None), |bypass| bypass.map(Some))?,
    })
}

/// Tells of health paths that no request of a load balancer can reach.
pub(super) fn warn_of_unreached(
    reader: Reader<'_>,
    upstreams: &Known<Upstream>,
    endpoints: &[Endpoint],
    listeners: &[Listener],
) {
    let routers: Vec<Router> = listeners
        .iter()
        .map(|listener| Router::new(endpoints, listener.endpoints.as_deref()))
        .collect();
    for (index, upstream) in upstreams.values().iter().enumerate() {
        let Some(path) = &upstream.gate.health_path else {
            continue;
        };
        let forwards = |endpoint: &&Endpoint| match &endpoint.kind {
            EndpointKind::Proxy(proxy) => proxy.upstreams.contains(&index),
            EndpointKind::Respond(_) | EndpointKind::Data(_) => false,
        };
        let own = endpoints.iter().filter(forwards);
        let hosts = own.flat_map(|endpoint| endpoint.host.iter().map(String::as_str));
        let hosts: Vec<Option<&str>> = hosts.map(Some).chain([None]).collect();
        let reached = routers.iter().any(|router| {
            hosts.iter().any(|host| {
                let found = router.find(*host, path, "GET");
                let found = found.filter(|found| !found.below && found.refused.is_none());
                let endpoint = found.and_then(|found| endpoints.get(found.endpoint));
                endpoint.as_ref().is_some_and(forwards)
            })
        });
        if !reached {
            let id = &upstream.id;
            reader.report.warn(
                upstreams.place(index),
                format!("no GET of `{path}` reaches upstream `{id}`: its `health_path` is never answered"),
                "let an endpoint of this upstream take the path",
            );
        }
    }
}

/// A load balancer asks for one path: what would be a pattern elsewhere is a slip here.
fn health_path(written: &Written<'_>) -> Option<String> {
    let text = written.text()?;
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '{' | '}');
    if !text.starts_with('/') || !text.chars().all(fits) {
        written.error(
            format!("{} is not an exact path", written.shown()),
            "write one that begins with `/`, without a query: `/up`",
        );
        return None;
    }
    Some(text.to_owned())
}

/// Of 128 bits, one in characters has at least so many.
const SECRET_CHARACTERS: usize = 16;

fn bypass(section: &Fields<'_>) -> Option<Bypass> {
    let header = match section.written("header") {
        Some(written) => header_fields::carrier(&written),
        None => Some(section.preset("header").to_owned()),
    };
    let written = section.written("secret");
    let secret = written.and_then(|written| {
        let secret = secret::secret(&written)?;
        if secret.expose().len() < SECRET_CHARACTERS {
            written.error(
                format!(
                    "`secret` has fewer than {SECRET_CHARACTERS} characters, and can be guessed"
                ),
                "write a random one, such as `openssl rand -hex 32` prints",
            );
            return None;
        }
        Some(secret)
    });
    Some(Bypass {
        header: header?,
        secret: secret?,
    })
}
