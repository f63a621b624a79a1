//! Keys that are planned and not built: refused like unknown ones, but not as if they were typos.

/// The keys by the path of their section.
const LATER: &[(&str, &[&str])] = &[
    ("buffy.listen", &["tls", "unix", "proxy_protocol"]),
    ("upstreams[]", &["tls", "tolerant"]),
    ("endpoints[]", &["upgrade_timeout"]),
];

/// The values, each beside another one of the same choice.
const LATER_VALUES: &[(&str, &str)] = &[("hold", "delivery"), ("hold", "config")];

/// Whether the key is planned for the section of this path.
pub(in crate::config) fn is_later_key(path: &str, name: &str) -> bool {
    LATER
        .iter()
        .any(|(section, names)| *section == path && names.contains(&name))
}

/// Whether the value is planned for the choice that has these names.
pub(in crate::config) fn is_later_value(names: &[&str], value: &str) -> bool {
    LATER_VALUES
        .iter()
        .any(|(beside, later)| *later == value && names.contains(beside))
}
