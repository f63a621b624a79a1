//! The example of a deploy: its script replaces the backend under load, and nobody loses anything.

use std::collections::BTreeMap;

use buffy_test::{eventually, request};
use serde_json::Value;

use super::load::Load;
use super::recipe::{Program, Recipe};
use crate::verb::Said;

struct Shop {
    recipe: Recipe,
    _buffy: Program,
}

impl Shop {
    fn start() -> Self {
        let recipe = Recipe::of("deploy");
        let buffy = recipe.buffy();
        Self {
            recipe,
            _buffy: buffy,
        }
    }

    fn deploy(&self, release: &str) -> Said {
        self.recipe.runs(&format!("./deploy.sh {release}"))
    }

    /// How often each POST was answered by a backend, by its id.
    fn posts(&self) -> BTreeMap<String, usize> {
        let mut posts = BTreeMap::new();
        let log = self.recipe.read("backend.log");
        let lines = log.lines();
        for line in lines.filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let field = |name: &str| line.get(name).and_then(Value::as_str);
            if let (Some("POST"), Some(id)) = (field("method"), field("request_id")) {
                *posts.entry(id.to_owned()).or_default() += 1;
            }
        }
        posts
    }
}

/// Every other one is a POST.
fn basket(number: usize) -> Vec<u8> {
    let id = number.to_string();
    let fields = [("Host", "shop"), ("X-Request-Id", id.as_str())];
    if number.is_multiple_of(2) {
        request("POST", "/checkout/", &fields, b"one basket")
    } else {
        request("GET", "/checkout/", &fields, b"")
    }
}

#[test]
fn the_example_replaces_its_backend_under_load_and_nothing_is_lost() {
    let shop = Shop::start();
    shop.deploy("1.0")
        .ended(0, &["the gate is", "shop: open after"]);
    let port = shop.recipe.port(7000);
    let load = Load::start(port, basket);
    load.goes_on(50);
    for release in ["1.1", "1.2"] {
        shop.deploy(release)
            .ended(0, &["requests held, median wait", "shop: open after"]);
        let answer = buffy_test::get(port, "/checkout/");
        assert_eq!(answer.text(), format!("release {release}"));
        load.goes_on(50);
    }
    let exchanges = load.end_with_nothing_lost();
    let released = |text: &str| text.starts_with("release ");
    assert!(exchanges.iter().all(|one| released(&one.text)));
    let numbers = exchanges.iter().map(|one| one.number);
    let posts: Vec<_> = numbers.filter(|number| number.is_multiple_of(2)).collect();
    let answered = || {
        posts
            .iter()
            .all(|id| shop.posts().contains_key(&id.to_string()))
    };
    eventually("the backends told of every POST", answered);
    let mut told = shop.posts();
    told.retain(|_, count| *count != 1);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(shop.posts().len(), posts.len());
}
