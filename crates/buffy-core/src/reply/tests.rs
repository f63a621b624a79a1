use std::cell::RefCell;

use proptest::prelude::*;
use serde_json::json;

use super::{Nearest, Pick, Pin, Sheet, Tally, Why};
use crate::config::{Carries, Content, Response, When};
use crate::delay::Chance;
use crate::dice::Dice;
use crate::facts::{Facts, Needs};
use crate::rule::Rule;
use crate::template::Template;

/// A response with conditions as they are written: `if`, `times`, `chance`.
fn response(name: &str, conditions: &[(&str, &str)]) -> Response {
    let mut when = When::default();
    for &(key, value) in conditions {
        match key {
            "if" => when.rule = Some(Rule::parse_reply(value).unwrap()),
            "times" => when.times = Some(value.parse().unwrap()),
            "chance" => when.chance = Some(Chance::parse(value).unwrap()),
            other => panic!("{other} is no condition"),
        }
    }
    Response {
        name: name.to_owned(),
        line: 1,
        return_code: 200,
        headers: Vec::new(),
        carries: Carries::Content(Content::Inline {
            template: Template::parse_reply(name).unwrap(),
            content_type: "text/plain",
        }),
        when,
        delay: None,
        fault: None,
        set: Vec::new(),
        then: Vec::new(),
    }
}

/// A session's requests at an endpoint.
struct Played {
    sheet: Sheet,
    tally: Tally,
    seed: u64,
}

impl Played {
    fn new(responses: &[Response], pick: Pick) -> Self {
        Self {
            sheet: Sheet::new(responses, pick),
            tally: Tally::default(),
            seed: 42,
        }
    }

    /// The name of what answers the next request, which asks for this.
    fn ask(&mut self, query: &str) -> String {
        let count = self.tally.ask();
        let dice = RefCell::new(Dice::new(self.seed, "", "e", count));
        let facts = Facts {
            query,
            count,
            dice: Some(&dice),
            ..Facts::default()
        };
        let Some(response) = self.sheet.choose(&facts, &self.tally).response else {
            return "-".to_owned();
        };
        self.sheet.serve(response, &mut self.tally);
        self.sheet.names[response].clone()
    }

    fn check(&mut self, queries: &[&str], expected: &str) {
        let answers: Vec<_> = queries.iter().map(|query| self.ask(query)).collect();
        assert_eq!(answers.join(" "), expected);
    }
}

fn facts(query: &str) -> Facts<'_> {
    Facts {
        query,
        ..Facts::default()
    }
}

#[test]
fn the_first_whose_conditions_hold_is_served() {
    let responses = [
        response("warming_up", &[("times", "2")]),
        response("a", &[("if", "query.x=a")]),
        response("b", &[("if", "query.x=b"), ("times", "1")]),
        response("not_found", &[]),
        response("ok", &[("if", "query.x")]),
    ];
    let mut played = Played::new(&responses, Pick::First);
    played.check(
        &["x=a", "x=a", "x=a", "x=b", "x=b", "x=c", "", "x=a"],
        "warming_up warming_up a b ok ok - a",
    );
}

#[test]
fn a_cycle_goes_round_among_those_that_hold() {
    let responses = [
        response("a", &[]),
        response("b", &[("if", "query.b")]),
        response("c", &[("times", "2")]),
    ];
    let mut played = Played::new(&responses, Pick::Cycle);
    played.check(&["", "", "", "b", "b", "b", "b", "b"], "a c a b c a b a");
}

#[test]
fn at_random_each_that_holds_is_as_likely() {
    let responses = [
        response("a", &[]),
        response("never", &[("if", "query.never")]),
        response("b", &[]),
        response("c", &[]),
    ];
    let mut played = Played::new(&responses, Pick::Random);
    let answers: Vec<_> = (0..3000).map(|_| played.ask("")).collect();
    for name in ["a", "b", "c"] {
        let count = answers.iter().filter(|&answer| answer == name).count();
        assert!((900..1100).contains(&count), "{name}: {count}");
    }
    let mut again = Played::new(&responses, Pick::Random);
    let replayed: Vec<_> = (0..3000).map(|_| again.ask("")).collect();
    assert_eq!(answers, replayed);
}

#[test]
fn a_chance_that_is_missed_falls_through() {
    let responses = [response("chaos", &[("chance", "20%")]), response("ok", &[])];
    let mut played = Played::new(&responses, Pick::First);
    let answers: Vec<_> = (0..2000).map(|_| played.ask("")).collect();
    let chaos = answers.iter().filter(|&answer| answer == "chaos").count();
    assert!((340..460).contains(&chaos), "{chaos}");
    let mut other = Played::new(&responses, Pick::First);
    other.seed = 43;
    let others: Vec<_> = (0..2000).map(|_| other.ask("")).collect();
    assert_ne!(answers, others);
}

#[test]
fn what_is_plain_needs_no_look_at_the_request() {
    let always = || response("ok", &[]);
    let when = |key, value| response("a", &[(key, value)]);
    let check = |responses: &[Response], pick: Pick, plain: Option<usize>, needs: Needs| {
        let sheet = Sheet::new(responses, pick);
        assert_eq!(sheet.plain(), plain);
        assert_eq!(sheet.needs(), needs);
    };
    let not_found = || response("not_found", &[]);
    let nothing = Needs::NOTHING;
    check(&[not_found(), always()], Pick::First, Some(1), nothing);
    check(
        &[always(), when("times", "1")],
        Pick::First,
        Some(0),
        Needs::COUNT,
    );
    check(&[not_found()], Pick::First, None, nothing);
    check(&[always()], Pick::Cycle, Some(0), nothing);
    check(&[always(), always()], Pick::Cycle, None, Needs::COUNT);
    check(&[always(), always()], Pick::Random, None, Needs::DICE);
    check(
        &[when("chance", "5%"), always()],
        Pick::First,
        None,
        Needs::DICE,
    );
    check(
        &[when("if", "state.a"), always()],
        Pick::First,
        None,
        Needs::STATE,
    );
    check(
        &[when("if", "query.a"), always()],
        Pick::First,
        None,
        nothing,
    );
}

#[test]
fn why_is_told_and_nothing_is_counted() {
    let responses = [
        response("twice", &[("times", "2")]),
        response("paid", &[("if", "query.x=a && query.expand=items")]),
        response("ok", &[("if", "query.x")]),
        response("last", &[]),
    ];
    let mut played = Played::new(&responses, Pick::First);
    played.check(&["", ""], "twice twice");
    let trace = played
        .sheet
        .explain(&facts("x=a"), &played.tally, None, None);
    assert_eq!(
        (trace.choice.response, trace.choice.why),
        (Some(2), Why::Conditions)
    );
    let shown: Vec<_> = trace
        .tried
        .iter()
        .map(|one| {
            let failed = one.failed.as_ref();
            let failed = failed.map(|failed| format!("{}, got {}", failed.clause, failed.got));
            format!("{}: {}", one.name, failed.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "twice: times: 2, got 2",
            "paid: query.expand=items, got null",
            "ok: ",
            "last: "
        ]
    );
    assert_eq!(trace.tried[1].terms.len(), 2);
    assert!(trace.tried[1].terms[0].held);
    assert_eq!(played.tally.served("ok"), 0);
    played.check(&["x=a"], "ok");
}

#[test]
fn an_explanation_tells_what_would_be_chosen() {
    let responses = [
        response("a", &[("chance", "30%")]),
        response("b", &[("chance", "50%")]),
        response("c", &[("times", "40")]),
        response("d", &[("if", "query.d")]),
    ];
    for pick in [Pick::First, Pick::Cycle, Pick::Random] {
        let mut played = Played::new(&responses, pick);
        for _ in 0..100 {
            let count = played.tally.asked() + 1;
            let dice = RefCell::new(Dice::new(played.seed, "", "e", count));
            let facts = Facts {
                count,
                dice: Some(&dice),
                ..facts("d=1")
            };
            let trace = played.sheet.explain(&facts, &played.tally, None, None);
            let response = trace.choice.response.unwrap();
            assert_eq!(played.ask("d=1"), responses[response].name, "{pick:?}");
        }
    }
}

#[test]
fn what_is_asked_for_wins_over_a_pin_and_a_pin_over_conditions() {
    let responses = [
        response("ok", &[]),
        response("busy", &[]),
        response("not_found", &[]),
    ];
    let sheet = Sheet::new(&responses, Pick::First);
    let pin = |name: &str| Pin {
        response: name.to_owned(),
        left: None,
    };
    let check = |pin: Option<&Pin>, asked: Option<usize>, expected: (usize, Why)| {
        let choice = sheet
            .explain(&facts(""), &Tally::default(), pin, asked)
            .choice;
        assert_eq!((choice.response.unwrap(), choice.why), expected);
    };
    check(None, None, (0, Why::Conditions));
    check(Some(&pin("busy")), None, (1, Why::Pinned));
    check(Some(&pin("gone")), None, (0, Why::Conditions));
    check(Some(&pin("busy")), Some(2), (2, Why::Asked));
}

#[test]
fn the_nearest_is_the_one_with_the_fewest_failing_clauses() {
    let responses = [
        response("far", &[("if", "query.a=1 && query.b=2")]),
        response("near", &[("if", "query.a=7 && query.expand=items")]),
        response("used", &[("times", "1")]),
    ];
    let mut played = Played::new(&responses, Pick::First);
    played.check(&[""], "used");
    let nearest = |query| played.sheet.nearest(&facts(query), &played.tally);
    let Nearest {
        name,
        failed,
        failing,
        ..
    } = nearest("a=7").unwrap();
    assert_eq!((name.as_str(), failing), ("near", 1));
    assert_eq!(failed.clause, "query.expand=items");
    assert_eq!(failed.got, json!(null));
    let used = nearest("").unwrap();
    assert_eq!(
        (used.name.as_str(), used.failed.clause.as_str()),
        ("used", "times: 1")
    );
    let none = Sheet::new(&[response("not_found", &[])], Pick::First);
    assert_eq!(none.nearest(&facts(""), &Tally::default()), None);
}

#[test]
fn a_missed_chance_can_be_the_nearest() {
    let sheet = Sheet::new(&[response("flaky", &[("chance", "10%")])], Pick::First);
    let nearest = sheet.nearest(&facts(""), &Tally::default()).unwrap();
    assert_eq!(nearest.failed.clause, "chance: 10%");
}

/// Rules of which some demand equalities and some do not.
fn rule() -> impl Strategy<Value = String> {
    let value = || prop_oneof![Just("1"), Just("1.0"), Just("2"), Just("x"), Just("\"1\"")];
    let subject = || {
        prop_oneof![
            Just("query.a"),
            Just("query.b"),
            Just("header.h"),
            Just("count")
        ]
    };
    prop_oneof![
        6 => (subject(), value()).prop_map(|(subject, value)| format!("{subject}={value}")),
        2 => (subject(), value(), subject(), value())
            .prop_map(|(a, b, c, d)| format!("{a}={b} && {c}={d}")),
        1 => (subject(), value(), subject(), value())
            .prop_map(|(a, b, c, d)| format!("{a}={b} || {c}={d}")),
        1 => Just("!query.a".to_owned()),
        1 => (subject(), value()).prop_map(|(subject, value)| format!("{subject}!={value}")),
    ]
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_of_all_does(
        rules in prop::collection::vec(rule(), 0..30),
        query in "((a|b)=(1|1\\.0|2|x|01)&){0,3}",
        header in "(1|2|x)",
        count in 0_u64..3,
    ) {
        let responses: Vec<_> = rules
            .iter()
            .enumerate()
            .map(|(index, rule)| response(&format!("r{index}"), &[("if", rule)]))
            .collect();
        let sheet = Sheet::new(&responses, Pick::First);
        let fields = [("H", header.as_str().into())];
        let facts = Facts { query: &query, fields: &fields, count, ..Facts::default() };
        let holds = |response: &Response| response.when.rule.as_ref().unwrap().judge_reply(&facts);
        let expected = responses.iter().position(holds);
        prop_assert_eq!(sheet.choose(&facts, &Tally::default()).response, expected);
    }
}
