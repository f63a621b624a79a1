//! Reading a rule: recursive descent, its depth and length bounded.

use super::RuleError;
use super::expr::{Check, Expr, Order, Subject, Test, continues_name};
use super::scan::{self, Literal, Scanner};
use super::value::{Number, Pattern, Value};
use crate::config::DocumentKind;

/// Characters of a rule.
const CHARS_MAX: usize = 4096;

/// Nested parentheses and `!`.
const DEPTH_MAX: usize = 32;

/// The longest first: `<=` is not `<` and then something.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::Unequal),
    ("!~", Operator::MatchesNot),
    ("<=", Operator::Order(Order::LessOrEqual)),
    (">=", Operator::Order(Order::GreaterOrEqual)),
    ("=", Operator::Equal),
    ("~", Operator::Matches),
    ("<", Operator::Order(Order::Less)),
    (">", Operator::Order(Order::Greater)),
];

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    Unequal,
    Matches,
    MatchesNot,
    Order(Order),
}

/// What a rule is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Document(DocumentKind),
    /// Held or forwarded, its body unseen.
    Request,
    /// Answered from the configuration.
    Reply,
    /// On a WebSocket.
    Message,
}

/// Reads a whole rule.
pub(super) fn parse(text: &str, kind: Kind) -> Result<Expr, RuleError> {
    let mut parser = Parser {
        scan: Scanner::new(text),
        kind,
    };
    if let Some((place, _)) = text.char_indices().nth(CHARS_MAX) {
        let message = format!("a rule has at most {CHARS_MAX} characters: write several rules");
        return Err(parser.scan.error(place, message));
    }
    let expr = parser.any(0)?;
    if parser.scan.rest().is_empty() {
        return Ok(expr);
    }
    Err(parser.unexpected())
}

/// Reads the rule that a scanner stands in.
pub(super) struct Parser<'t> {
    pub(super) scan: Scanner<'t>,
    pub(super) kind: Kind,
}

impl Kind {
    /// Of comparisons of what is always there.
    fn examples(self) -> &'static str {
        match self {
            Self::Document(_) => "`code=200` or `text=\"*ok*\"`",
            Self::Request | Self::Reply => "`method=POST` or `path=\"/api/*\"`",
            Self::Message => "`text=\"bye*\"`",
        }
    }
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Expr, RuleError> {
        let mut parts = vec![self.all(depth)?];
        while self.scan.take("||") {
            parts.push(self.all(depth)?);
        }
        Ok(alone(&mut parts).unwrap_or(Expr::Any(parts)))
    }

    fn all(&mut self, depth: usize) -> Result<Expr, RuleError> {
        let mut parts = vec![self.part(depth)?];
        while self.scan.take("&&") {
            parts.push(self.part(depth)?);
        }
        Ok(alone(&mut parts).unwrap_or(Expr::All(parts)))
    }

    /// A comparison, or a negated or parenthesised rule, and the space around it.
    fn part(&mut self, depth: usize) -> Result<Expr, RuleError> {
        self.scan.skip_space();
        let start = self.scan.place();
        if depth > DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} deep: write several rules");
            return Err(self.scan.error(start, message));
        }
        let expr = if self.scan.take("!") {
            Expr::Not(Box::new(self.part(depth + 1)?))
        } else if self.scan.take("(") {
            let inner = self.any(depth + 1)?;
            if !self.scan.take(")") {
                return Err(if self.scan.rest().is_empty() {
                    self.scan.error(
                        start,
                        "this `(` is never closed: write `)` where the group ends",
                    )
                } else {
                    self.unexpected()
                });
            }
            inner
        } else {
            Expr::Test(self.test()?)
        };
        self.scan.skip_space();
        Ok(expr)
    }

    fn test(&mut self) -> Result<Test, RuleError> {
        let start = self.scan.place();
        let Some(subject) = self.subject()? else {
            return self.lone_value(start);
        };
        self.scan.skip_space();
        if let Some(check) = self.membership(&subject)? {
            return Ok(Test { subject, check });
        }
        let operator = OPERATORS.into_iter().find(|(sign, _)| self.scan.take(sign));
        let Some((sign, operator)) = operator else {
            if subject.is_always_there() {
                let message = format!(
                    "`{subject}` is always there: compare it, as in {}",
                    self.kind.examples()
                );
                return Err(self.scan.error(start, message));
            }
            return Ok(Test {
                subject,
                check: Check::Present,
            });
        };
        let check = self.check(&subject, sign, operator)?;
        Ok(Test { subject, check })
    }

    /// `in [a, b]`.
    fn membership(&mut self, subject: &Subject) -> Result<Option<Check>, RuleError> {
        let Some(after) = self.scan.rest().strip_prefix("in") else {
            return Ok(None);
        };
        if after.starts_with(continues_name) {
            return Ok(None);
        }
        self.scan.take("in");
        self.scan.skip_space();
        let start = self.scan.place();
        let close = if self.scan.take("[") {
            "]"
        } else if self.scan.take("(") {
            ")"
        } else {
            let message = "a list must follow `in`: write `in [ok, fine]`";
            return Err(self.scan.error(start, message));
        };
        let mut values = Vec::new();
        loop {
            let after = if values.is_empty() {
                "the list's beginning"
            } else {
                "`,`"
            };
            let literal = self.value_after(after)?;
            values.push(self.comparable(subject, literal)?);
            self.scan.skip_space();
            if self.scan.take(close) {
                return Ok(Some(Check::In(values)));
            }
            if !self.scan.take(",") {
                let message = format!(
                    "`,` or `{close}` must follow a value of a list; quote a value that has blanks or signs"
                );
                return Err(self.scan.error(self.scan.place(), message));
            }
        }
    }

    fn check(
        &mut self,
        subject: &Subject,
        sign: &str,
        operator: Operator,
    ) -> Result<Check, RuleError> {
        if matches!(operator, Operator::Equal) {
            for (twin, instead) in [("=", "="), ("~", "~"), (">", ">="), ("<", "<=")] {
                if self.scan.rest().starts_with(twin) {
                    let place = self.scan.place() - 1;
                    let message = format!("`={twin}` is no operator: write `{instead}`");
                    return Err(self.scan.error(place, message));
                }
            }
        }
        let literal = self.value_after(&format!("`{sign}`"))?;
        let start = literal.start;
        let pattern = |parser: &Self, literal: Literal| {
            Pattern::new(&literal.text).map_err(|message| parser.scan.error(start, message))
        };
        Ok(match operator {
            Operator::Equal => Check::Equal(self.comparable(subject, literal)?),
            Operator::Unequal => Check::Unequal(self.comparable(subject, literal)?),
            Operator::Matches => Check::Matches(pattern(self, literal)?),
            Operator::MatchesNot => Check::MatchesNot(pattern(self, literal)?),
            Operator::Order(order) => {
                let Some(number) = Number::parse(&literal.text) else {
                    let message =
                        format!("`{sign}` compares numbers: write one, as in `num{sign}10`");
                    return Err(self.scan.error(start, message));
                };
                Check::Order(order, Value::new(literal.text, false), number)
            }
        })
    }

    /// In rules of type text and status: a value without a path.
    fn lone_value(&mut self, start: usize) -> Result<Test, RuleError> {
        let (subject, wanted, example) = if self.kind == Kind::Document(DocumentKind::Status) {
            (Subject::Code, "a status", "200")
        } else {
            (Subject::Text, "a text", "\"*ok*\"")
        };
        let Some(literal) = self.scan.literal()? else {
            return Err(self.no_name(wanted, example));
        };
        self.scan.skip_space();
        if OPERATORS
            .iter()
            .any(|(sign, _)| self.scan.rest().starts_with(sign))
        {
            let message = "this type of rule has no fields: compare `code`, `text`, `header.NAME` or a JSONPath";
            return Err(self.scan.error(start, message));
        }
        let value = self.comparable(&subject, literal)?;
        Ok(Test {
            subject,
            check: Check::Equal(value),
        })
    }

    fn comparable(&self, subject: &Subject, literal: Literal) -> Result<Value, RuleError> {
        if !matches!(subject, Subject::Code) {
            return Ok(Value::new(literal.text, literal.quoted));
        }
        Value::of_code(&literal.text).ok_or_else(|| {
            let message = "a status is a number, a range or a glob: write `200`, `200-299` or `2*`";
            self.scan.error(literal.start, message)
        })
    }

    fn value_after(&mut self, what: &str) -> Result<Literal, RuleError> {
        self.scan.skip_space();
        let place = self.scan.place();
        self.scan.literal()?.ok_or_else(|| {
            let message =
                format!("a value must follow {what}: a word, a number, or a text in quotes");
            self.scan.error(place, message)
        })
    }

    /// Something stands behind a comparison that joins nothing.
    fn unexpected(&self) -> RuleError {
        let rest = self.scan.rest();
        let message = match scan::leading_name(rest) {
            "" => match rest.chars().next() {
                Some(sign @ ('&' | '|')) => format!("a single `{sign}`: write `{sign}{sign}`"),
                Some(')') => {
                    "this `)` was never opened: write `(` where the group begins".to_owned()
                }
                Some(sign) => format!(
                    "`{sign}` cannot stand here: write `&&` or `||` between comparisons, and quote a value that has signs"
                ),
                None => "the rule ends too early".to_owned(),
            },
            "and" | "AND" => "`and` joins nothing: write `&&`".to_owned(),
            "or" | "OR" => "`or` joins nothing: write `||`".to_owned(),
            word => format!(
                "`{word}` joins nothing: write `&&` or `||` before it, and quote a value of several words"
            ),
        };
        self.scan.error(self.scan.place(), message)
    }
}

fn alone(parts: &mut Vec<Expr>) -> Option<Expr> {
    if parts.len() == 1 { parts.pop() } else { None }
}
