//! The endpoints of the very same path: only their methods tell them apart.

use super::Found;

/// Endpoints that share a path, in file order.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    places: Vec<Place>,
    /// Their methods together, as `Allow` lists them.
    allow: String,
}

#[derive(Clone, Debug)]
struct Place {
    endpoint: usize,
    methods: Vec<String>,
}

impl Site {
    pub(super) fn add(&mut self, endpoint: usize, methods: &[String]) {
        let methods = methods.to_vec();
        self.places.push(Place { endpoint, methods });
        let mut listed: Vec<&str> = Vec::new();
        for method in self.places.iter().flat_map(|place| &place.methods) {
            let follows = if method == "GET" { "HEAD" } else { method };
            for method in [method, follows] {
                if !listed.contains(&method) {
                    listed.push(method);
                }
            }
        }
        self.allow = listed.join(", ");
    }

    /// The first that takes the method; HEAD goes to who lists it before who has it by GET.
    pub(super) fn pick(&self, method: &str, below: bool) -> Found<'_> {
        let places = || self.places.iter();
        let takes = places()
            .find(|place| takes(&place.methods, method))
            .or_else(|| places().find(|place| takes_by_get(&place.methods, method)));
        let refused = if takes.is_some() {
            None
        } else {
            Some(self.allow.as_str())
        };
        let place = takes.or_else(|| places().next());
        Found {
            endpoint: place
                .expect("a site is made by adding an endpoint")
                .endpoint,
            below,
            refused,
        }
    }
}

/// Whether a list of methods has one; an empty list has all.
pub(super) fn takes(methods: &[String], method: &str) -> bool {
    methods.is_empty() || methods.iter().any(|listed| listed == method)
}

/// Whether a method is HEAD and the list has GET.
pub(super) fn takes_by_get(methods: &[String], method: &str) -> bool {
    method == "HEAD" && takes(methods, "GET")
}
