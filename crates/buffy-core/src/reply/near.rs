//! The endpoint that a path without one was perhaps meant for.

use std::cmp::Reverse;

/// The index of the path that comes nearest to the requested one: it has as many segments, or one
/// more or less, and half of them at least are the same. Of several, the one whose other segments
/// begin the most alike; and then the first.
///
/// `paths` are written as in the configuration: `/orders/{id}`, `/static/`, `/files/{rest*}`.
pub fn near<'p>(requested: &str, paths: impl IntoIterator<Item = &'p str>) -> Option<usize> {
    let requested: Vec<_> = segments(requested).collect();
    let rated = paths.into_iter().enumerate().filter_map(|(index, path)| {
        let misses = misses(&requested, path)?;
        Some((index, (misses, Reverse(alike(&requested, path)))))
    });
    let (index, _) = rated.min_by_key(|&(_, rating)| rating)?;
    Some(index)
}

/// In how many segments they differ; none where that is too many.
fn misses(requested: &[&str], path: &str) -> Option<usize> {
    let is_open = path.ends_with('/') || path.ends_with("*}");
    let written: Vec<_> = segments(path).filter(|one| !one.ends_with("*}")).collect();
    let pairs = requested.iter().zip(&written);
    let is_param = |written: &str| written.starts_with('{');
    let same = pairs
        .clone()
        .filter(|(asked, written)| asked == written)
        .count();
    let params = pairs.filter(|(_, written)| is_param(written)).count();
    let longest = requested.len().max(written.len());
    let compared = if is_open { written.len() } else { longest };
    let misses = compared.checked_sub(same + params)?;
    let near_in_length = is_open || requested.len().abs_diff(written.len()) <= 1;
    (near_in_length && same > 0 && misses <= same + params).then_some(misses)
}

/// Characters with which segments that differ begin alike.
fn alike(requested: &[&str], path: &str) -> usize {
    let pairs = requested.iter().zip(segments(path));
    let differ = pairs.filter(|(asked, written)| *asked != written);
    let same = |(asked, written): (&&str, &str)| {
        let pairs = asked.chars().zip(written.chars());
        pairs
            .take_while(|(asked, written)| asked == written)
            .count()
    };
    differ.map(same).sum()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn the_path_that_differs_least_is_near() {
        let paths = [
            "/api/orders/{id}",
            "/api/orders",
            "/api/shop/",
            "/ws/feed",
            "/files/{rest*}",
        ];
        let check = |requested: &str, expected: Option<&str>| {
            let found = near(requested, paths).map(|index| paths[index]);
            assert_eq!(found, expected, "{requested}");
        };
        check("/api/order/7", Some("/api/orders/{id}"));
        check("/api/orders/7/items", Some("/api/orders/{id}"));
        check("/api/orderz", Some("/api/orders"));
        check("/v1/shop/x", Some("/api/shop/"));
        check("/api/shops/x", Some("/api/shop/"));
        check("/ws/feeds", Some("/ws/feed"));
        check("/ws", Some("/ws/feed"));
        check("/elsewhere", None);
        check("/", None);
    }
}
