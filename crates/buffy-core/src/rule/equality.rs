//! What a rule demands to be equal: by it, those that could hold are found without trying all.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::Rule;
use super::eval::On;
use super::expr::{Check, Expr, Subject, Test};
use super::value::{Number, Value};
use crate::facts::Facts;

/// A comparison `subject = literal` that holds wherever its rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equality {
    pub subject: SubjectKey,
    pub literal: Literal<'static>,
}

/// The left side of a comparison, as a key.
#[derive(Clone)]
pub struct SubjectKey {
    /// Canonical: subjects that are written alike are alike.
    text: String,
    subject: Subject,
}

/// What a value is equal to, as a key: equal values have a key in common. Two that are not equal
/// may have one too (numbers beyond 2^53), so a rule that is found by it is still to be tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal<'v> {
    Text(Cow<'v, str>),
    /// The bits of the number as a float.
    Number(u64),
}

impl Rule {
    /// The equalities of a rule of answers that every request fulfils for which it holds, from left
    /// to right. None of a rule that begins with `||`, and none of globs.
    pub fn equalities(&self) -> Vec<Equality> {
        let parts = match self.expr.as_ref() {
            Expr::All(parts) => parts.as_slice(),
            one @ (Expr::Test(_) | Expr::Any(_) | Expr::Not(_)) => std::slice::from_ref(one),
        };
        parts.iter().filter_map(equality).collect()
    }
}

impl SubjectKey {
    /// The keys of the values that a request has there, each once at most as a text and as a number.
    pub fn literals<'f>(&'f self, facts: &'f Facts<'f>) -> Vec<Literal<'f>> {
        let mut literals = Vec::new();
        self.subject.find(On::Reply(facts), &mut |found| {
            literals.extend(found.number().map(Literal::of_number));
            literals.extend(found.into_text().map(Literal::Text));
            false
        });
        literals
    }
}

impl Literal<'_> {
    fn of_number(number: Number) -> Self {
        let real = number.real();
        // The two zeros are equal and differ in their bits.
        Self::Number(if real == 0.0 { 0 } else { real.to_bits() })
    }
}

fn equality(part: &Expr) -> Option<Equality> {
    let Expr::Test(Test {
        subject,
        check: Check::Equal(value),
    }) = part
    else {
        return None;
    };
    let literal = match value {
        Value::Word(word) => Literal::Text(word.clone().into()),
        Value::Number { number, .. } => Literal::of_number(*number),
        Value::Glob(_) | Value::Codes(..) => return None,
    };
    Some(Equality {
        subject: SubjectKey {
            text: subject.to_string(),
            subject: subject.clone(),
        },
        literal,
    })
}

impl PartialEq for SubjectKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SubjectKey {}

impl Hash for SubjectKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
