//! Why a rule of answers does not hold.

use super::eval::On;
use super::expr::{Check, Expr, Test, is_bare_name};
use super::value::Value;
use super::{Rule, Term};
use crate::facts::Facts;

impl Rule {
    /// The clauses that do not hold for a request, from left to right: those that `&&` joins, each
    /// as a whole, with what was found instead. Empty where the rule holds.
    pub fn failing_reply(&self, facts: &Facts<'_>) -> Vec<Term> {
        let on = On::Reply(facts);
        let clauses = match self.expr.as_ref() {
            Expr::All(clauses) => clauses.as_slice(),
            one @ (Expr::Test(_) | Expr::Any(_) | Expr::Not(_)) => std::slice::from_ref(one),
        };
        let failing = clauses.iter().filter(|clause| !clause.holds(on));
        let term = |clause: &Expr| Term {
            text: text(clause),
            got: got(clause, on),
            held: false,
        };
        failing.map(term).collect()
    }
}

/// As people write it, where that is not canonical: `query.expand=items`.
fn text(clause: &Expr) -> String {
    let Expr::Test(Test { subject, check }) = clause else {
        return clause.to_string();
    };
    match check {
        Check::Equal(Value::Word(word)) if is_bare_name(word) => format!("{subject}={word}"),
        Check::Unequal(Value::Word(word)) if is_bare_name(word) => format!("{subject}!={word}"),
        Check::Present
        | Check::Equal(_)
        | Check::Unequal(_)
        | Check::Matches(_)
        | Check::MatchesNot(_)
        | Check::Order(..)
        | Check::In(_) => clause.to_string(),
    }
}

/// What was found, by its subject where there are several.
fn got(clause: &Expr, on: On<'_>) -> String {
    let tests = clause.tests();
    let several = |test: &Test| tests.iter().any(|other| other.subject != test.subject);
    let mut found: Vec<String> = Vec::new();
    for test in &tests {
        let got = test.got(on);
        let got = if several(test) {
            format!("{}: {got}", test.subject)
        } else {
            got
        };
        if !found.contains(&got) {
            found.push(got);
        }
    }
    found.join(", ")
}
