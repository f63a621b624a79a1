//! The stubs of a shop's API, asked as its pages ask.

use buffy_test::{RawClient, Response, eventually, request};
use serde_json::{Value, json};

use super::recipe::Recipe;

/// A page of another origin, in a session of its own.
struct Page<'a> {
    recipe: &'a Recipe,
    session: &'a str,
}

impl Page<'_> {
    fn connect(&self) -> RawClient {
        RawClient::connect(self.recipe.port(7000))
    }

    fn message(&self, method: &str, target: &str, more: &[(&str, &str)], body: &str) -> Vec<u8> {
        let own = [
            ("Host", "127.0.0.1"),
            ("Origin", "http://127.0.0.1:5173"),
            ("X-Buffy-Session", self.session),
            ("Content-Type", "application/json"),
        ];
        request(method, target, &[&own, more].concat(), body.as_bytes())
    }

    fn ask(&self, method: &str, target: &str, body: &Value) -> Response {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let message = self.message(method, target, &[], &body);
        self.connect().send(message).response()
    }

    fn get(&self, target: &str) -> Value {
        let answer = self.ask("GET", target, &Value::Null);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    /// The next event of a stream.
    fn event(stream: &mut RawClient) -> String {
        let mut text = String::new();
        while !text.contains("\n\n") {
            text.extend(stream.bytes(1).into_iter().map(char::from));
        }
        text
    }
}

#[test]
fn products_are_searched_and_baskets_are_each_sessions_own() {
    let recipe = Recipe::of("frontend-stubs");
    let _buffy = recipe.buffy();
    let (ann, bob) = (
        Page {
            recipe: &recipe,
            session: "ann",
        },
        Page {
            recipe: &recipe,
            session: "bob",
        },
    );
    let cheapest = ann.get("/api/products?name:contains=tea&_sort=price&_limit=1");
    assert_eq!(cheapest[0]["name"], "Black tea");
    assert_eq!(
        ann.get("/api/products/3?_embed=reviews")["reviews"][0]["stars"],
        5
    );

    let basket = ann.ask("POST", "/api/baskets", &json!({"productId": 3, "count": 2}));
    assert_eq!(basket.status, 201);
    assert_eq!(ann.get("/api/baskets")[0]["productId"], 3);
    assert_eq!(bob.get("/api/baskets"), json!([]));
    let empty = ann.ask("POST", "/api/baskets", &json!({"productId": 3, "count": 0}));
    assert_eq!(empty.status, 422, "{}", empty.text());

    assert_eq!(ann.ask("GET", "/api/session", &Value::Null).status, 401);
    let login = json!({"user": "ann", "password": "secret"});
    assert_eq!(ann.ask("POST", "/api/session", &login).status, 204);
    assert_eq!(ann.get("/api/session"), json!({"user": "ann"}));
    assert_eq!(bob.ask("GET", "/api/session", &Value::Null).status, 401);
    assert_eq!(ann.ask("DELETE", "/api/session", &Value::Null).status, 204);
    assert_eq!(ann.ask("GET", "/api/session", &Value::Null).status, 401);
}

#[test]
fn what_goes_wrong_goes_wrong_when_asked_to_and_other_origins_may_see_it() {
    let recipe = Recipe::of("frontend-stubs");
    let _buffy = recipe.buffy();
    let page = Page {
        recipe: &recipe,
        session: "ann",
    };
    let preflight = [
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "x-buffy-session"),
    ];
    let asked = page.message("OPTIONS", "/api/payments", &preflight, "");
    assert_eq!(page.connect().send(asked).response().status, 204);
    let declined = page.ask(
        "POST",
        "/api/payments",
        &json!({"card": "4000-1", "amount": 5}),
    );
    assert_eq!(declined.status, 402);
    assert!(declined.field("Access-Control-Allow-Origin").is_some());
    let paid = page.ask(
        "POST",
        "/api/payments",
        &json!({"card": "4242", "amount": 5}),
    );
    assert_eq!((paid.status, &paid.json()["amount"]), (201, &json!(5)));
    let down = page.message("GET", "/api/products", &[("X-Test", "down")], "");
    assert_eq!(page.connect().send(down).response().status, 503);
}

#[test]
fn an_order_moves_and_moves_again_when_it_is_pushed() {
    let recipe = Recipe::of("frontend-stubs");
    let _buffy = recipe.buffy();
    let page = Page {
        recipe: &recipe,
        session: "ann",
    };
    let mut stream = page.connect();
    stream.send(page.message("GET", "/api/orders/7/events", &[], ""));
    assert_eq!(stream.head().status, 200);
    let mut text = String::new();
    for state in ["packed", "sent"] {
        while !text.contains(state) {
            text += &Page::event(&mut stream);
        }
    }
    assert!(text.contains("\"order\":\"7\""), "{text}");
    let push = "buffy push tracking '{\"state\": \"lost\"}' --event state --session ann";
    recipe.runs(push).ended(0, &[]);
    eventually("the push arrives", || {
        Page::event(&mut stream).contains("lost")
    });
}

#[test]
fn the_chat_greets_and_answers_a_websocket_until_it_says_bye() {
    let recipe = Recipe::of("frontend-stubs");
    let _buffy = recipe.buffy();
    let client = "python3 - <<'END'
import asyncio, json, websockets

async def talk():
    async with websockets.connect('ws://127.0.0.1:7000/api/chat') as chat:
        print(json.loads(await chat.recv())['text'])
        for text in ['Where is my tea?', 'bye then']:
            await chat.send(json.dumps({'text': text}))
            print(json.loads(await chat.recv())['text'])
        await chat.wait_closed()

asyncio.run(talk())
END";
    let said = recipe.runs(client).ended(0, &[]).out.clone();
    let expected = "How can we help you?\nYou said: Where is my tea?\nGood bye.\n";
    assert_eq!(said, expected);
}
