use proptest::prelude::*;

use super::*;

#[test]
fn ten_thousand_endpoints() {
    let written: Vec<String> = (0..5000)
        .flat_map(|n| [format!("/exact/{n}/x"), format!("/by/{n}/{{id}} respond")])
        .collect();
    let endpoints: Vec<Endpoint> = written.iter().map(|written| endpoint(written)).collect();
    assert_eq!(conflicts(&endpoints, None), []);
    let router = Router::new(&endpoints, None);
    for n in 0..5000 {
        let found = |path: String| router.find(Some("h"), &path, "GET").unwrap().endpoint;
        assert_eq!(found(format!("/exact/{n}/x")), 2 * n);
        assert_eq!(found(format!("/by/{n}/7")), 2 * n + 1);
        assert_eq!(found(format!("/by/{n}/7/below")), 2 * n + 1);
    }
}

/// What an endpoint's path makes of another path, found by trying: its rank, the least being best.
fn reference_rank(endpoint: &Endpoint, path: &[&str]) -> Option<(usize, usize, usize, bool)> {
    let mut pattern: Vec<&str> = endpoint.path.split('/').skip(1).collect();
    let last = pattern.pop()?;
    let is_rest = last.ends_with("*}");
    let is_tail = is_rest || last.is_empty();
    if !is_tail {
        pattern.push(last);
    }
    let fits = pattern.iter().zip(path).all(|(wanted, segment)| {
        if wanted.starts_with('{') {
            !segment.is_empty()
        } else {
            wanted == segment
        }
    });
    let literals = pattern
        .iter()
        .filter(|wanted| !wanted.starts_with('{'))
        .count();
    let narrow = (usize::MAX - pattern.len(), usize::MAX - literals);
    let is_respond = matches!(endpoint.kind, EndpointKind::Respond(_));
    let class = if !is_tail && path.len() == pattern.len() {
        usize::from(literals < pattern.len())
    } else if is_tail && path.len() > pattern.len() {
        2
    } else if is_respond && path.len() > pattern.len() {
        3
    } else {
        return None;
    };
    fits.then_some((class, narrow.0, narrow.1, is_rest))
}

fn paths() -> impl Strategy<Value = String> {
    let segments = proptest::sample::select(vec!["a", "b", "c", "{x}", ""]);
    let ends = proptest::sample::select(vec!["", "", "/", "/{r*}"]);
    (proptest::collection::vec(segments, 1..4), ends)
        .prop_map(|(segments, end)| format!("/{}{end}", segments.join("/")))
}

proptest! {
    #[test]
    fn the_router_finds_what_a_search_of_all_finds(
        written in proptest::collection::vec((paths(), any::<bool>(), any::<bool>()), 0..12),
        path in proptest::collection::vec(proptest::sample::select(vec!["a", "b", "c", ""]), 1..5),
    ) {
        let mut endpoints: Vec<Endpoint> = written
            .iter()
            .map(|(path, responds, has_host)| {
                let host = if *has_host { "h" } else { "" };
                endpoint(&format!("{host}{path}{}", if *responds { " respond" } else { "" }))
            })
            .collect();
        let refused = conflicts(&endpoints, None);
        let mut indices = 0..;
        endpoints.retain(|_| {
            let index = indices.next();
            refused.iter().all(|(_, later)| Some(*later) != index)
        });
        for host in [None, Some("h"), Some("other")] {
            let candidates = endpoints.iter().enumerate().filter_map(|(index, endpoint)| {
                let (class, longer, literal, is_rest) = reference_rank(endpoint, &path)?;
                let is_asked = endpoint.host.is_empty() || host == Some("h");
                let order = (class == 3, endpoint.host.is_empty(), class, longer, literal, is_rest);
                is_asked.then_some((order, index))
            });
            let expected = candidates.min().map(|(order, index)| (index, order.0));
            let router = Router::new(&endpoints, None);
            let found = router.find(host, &format!("/{}", path.join("/")), "GET");
            prop_assert_eq!(found.map(|found| (found.endpoint, found.below)), expected);
        }
    }

    #[test]
    fn no_path_or_pattern_panics(pattern in any::<String>(), path in any::<String>(), contains in any::<bool>()) {
        let checked = check_path(&pattern, contains);
        if let Err(error) = checked {
            prop_assert!((1..=pattern.chars().count() + 1).contains(&error.column));
        }
        let odd = Endpoint { path: format!("/{pattern}"), contains, ..endpoint("/") };
        let router = Router::new(&[odd], None);
        let found = router.find(Some(&pattern), &format!("/{path}"), "GET");
        prop_assert!(found.is_none_or(|found| found.endpoint == 0));
    }
}
