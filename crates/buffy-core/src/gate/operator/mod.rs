//! What operators said: the closes and stops that stand, perhaps a force, and the version that is
//! expected.

mod entry;
mod expiry;
mod rules;

pub use entry::{
    Close, Coverage, EntryKind, ExpectVersion, Force, Holds, Lease, Lifted, Rejected, Stop, Token,
};
pub(super) use expiry::Expired;
pub use rules::{RULES_MAX, Standing, StandingRule};

use super::Asks;

/// Who is written beside the close that `gate.initial: closed` makes.
pub const CONFIGURATION: &str = "configuration";

/// The entries of operators, in the order in which they were made; none: the gate is left to its
/// rules and to health.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operator {
    closes: Vec<Close>,
    stops: Vec<Stop>,
    force: Option<Force>,
    expected: Option<ExpectVersion>,
    standing: Standing,
}

/// What the operators' entries say of a request, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Stop,
    Close,
    Force,
    Silence,
}

impl Operator {
    /// The entries as they were kept.
    pub fn new(
        closes: Vec<Close>,
        stops: Vec<Stop>,
        force: Option<Force>,
        expected: Option<ExpectVersion>,
    ) -> Self {
        let mut operator = Self {
            closes,
            stops,
            force,
            expected,
            standing: Standing::default(),
        };
        operator.standing.follow(&operator.closes);
        operator
    }

    /// The same entries, which stand in the place of others: whoever was judged by the rules of
    /// those is to be judged anew.
    #[must_use]
    pub(super) fn instead_of(mut self, other: &Self) -> Self {
        self.standing.count_on(&other.standing);
        self
    }

    /// The same entries stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.closes, &self.stops, &self.force, &self.expected)
            == (&other.closes, &other.stops, &other.force, &other.expected)
    }

    pub fn closes(&self) -> &[Close] {
        &self.closes
    }

    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    pub fn force(&self) -> Option<&Force> {
        self.force.as_ref()
    }

    /// What every OPEN must come with, if anything.
    pub fn expected(&self) -> Option<&ExpectVersion> {
        self.expected.as_ref()
    }

    /// The rules of the closes by rule.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Nobody closed, stopped or forced the gate.
    pub fn is_auto(&self) -> bool {
        self.closes.is_empty() && self.stops.is_empty() && self.force.is_none()
    }

    /// There is nothing to be kept.
    pub fn is_empty(&self) -> bool {
        self.is_auto() && self.expected.is_none()
    }

    /// Whether a close holds a request that asks this.
    pub fn covers(&self, close: &Close, asks: Asks) -> bool {
        self.coverage(close).holds(asks)
    }

    /// What the close or stop of this token holds; none where it does not stand.
    pub fn coverage_of(&self, token: &Token) -> Option<Coverage> {
        let is_meant = |own: &Option<Token>| own.as_ref() == Some(token);
        let close = self.closes.iter().find(|close| is_meant(&close.token));
        let close = close.map(|close| self.coverage(close));
        let stop = self.stops.iter().find(|stop| is_meant(&stop.token));
        close.or(stop.map(|_| Coverage::All))
    }

    /// The lease of the close or stop of this token, if it stands and has one.
    pub fn lease(&self, token: &Token) -> Option<Lease> {
        let is_meant = |own: &Option<Token>| own.as_ref() == Some(token);
        let closes = self.closes.iter().map(|close| (&close.token, close.lease));
        let stops = self.stops.iter().map(|stop| (&stop.token, stop.lease));
        closes.chain(stops).find(|(own, _)| is_meant(own))?.1
    }

    /// When the entry of this token ends by itself, in milliseconds since the Unix epoch: its lease,
    /// or the force. None where it stands until it is lifted, or does not stand.
    pub fn until_ms(&self, token: &Token) -> Option<u64> {
        let force = self.force.iter();
        let force = force.filter(|force| force.token.as_ref() == Some(token));
        let lease = self.lease(token).map(|lease| lease.until_ms);
        lease.or_else(|| force.map(|force| force.until_ms).next())
    }

    /// When the first lease or the force is over, in milliseconds since the Unix epoch.
    pub fn next_expiry_ms(&self) -> Option<u64> {
        let closes = self.closes.iter().filter_map(|close| close.lease);
        let stops = self.stops.iter().filter_map(|stop| stop.lease);
        let leases = closes.chain(stops).map(|lease| lease.until_ms);
        leases
            .chain(self.force.iter().map(|force| force.until_ms))
            .min()
    }

    /// The same entries say the same, whatever was moved of their ends.
    pub(super) fn stands_as(&self, other: &Self) -> bool {
        let closes = |operator: &Self| -> Vec<u64> {
            operator.closes.iter().map(|close| close.id).collect()
        };
        let stops =
            |operator: &Self| -> Vec<u64> { operator.stops.iter().map(|stop| stop.id).collect() };
        let force = |operator: &Self| {
            operator
                .force
                .as_ref()
                .map(|force| (force.at_ms, force.token.clone()))
        };
        let said = |operator| (closes(operator), stops(operator), force(operator));
        said(self) == said(other)
    }

    /// There is a close by rule that the other has not.
    pub(super) fn holds_by_other_rule(&self, other: &Self) -> bool {
        let mut ids = self.standing.ids();
        ids.any(|id| !other.standing.ids().any(|known| known == id))
    }

    pub(super) fn on(&self, asks: Asks) -> Word {
        if !self.stops.is_empty() {
            Word::Stop
        } else if self.closes.iter().any(|close| self.covers(close, asks)) {
            Word::Close
        } else if self.force.is_some() {
            Word::Force
        } else {
            Word::Silence
        }
    }

    /// The close of `gate.initial: closed`.
    pub(super) fn close_initially(&mut self, now_ms: u64) {
        self.closes.push(Close {
            id: self.next_id(),
            token: None,
            actor: CONFIGURATION.to_owned(),
            reason: "gate.initial".to_owned(),
            holds: Holds::All,
            at_ms: now_ms,
            lease: None,
        });
    }

    /// Adds a close; one with the same token is said anew, and stands since it was said first.
    pub(super) fn close(&mut self, mut close: Close) -> Result<(), Rejected> {
        let at = position(&self.closes, |old| &old.token, close.token.as_ref());
        let by_rule = |close: &Close| matches!(close.holds, Holds::Rule(_));
        let others = self.closes.iter().enumerate();
        let rules = others
            .filter(|(index, old)| Some(*index) != at && by_rule(old))
            .count();
        if by_rule(&close) && rules >= RULES_MAX {
            return Err(Rejected::TooManyRules);
        }
        close.id = self.next_id();
        if let Some(old) = at.and_then(|at| self.closes.get_mut(at)) {
            close.at_ms = old.at_ms;
            *old = close;
        } else {
            self.closes.push(close);
        }
        self.standing.follow(&self.closes);
        Ok(())
    }

    /// Adds a stop; one with the same token is said anew, and stands since it was said first.
    pub(super) fn stop(&mut self, mut stop: Stop) {
        stop.id = self.next_id();
        let at = position(&self.stops, |old| &old.token, stop.token.as_ref());
        if let Some(old) = at.and_then(|at| self.stops.get_mut(at)) {
            stop.at_ms = old.at_ms;
            *old = stop;
        } else {
            self.stops.push(stop);
        }
    }

    /// Takes away the entry of a token, or all of them.
    pub(super) fn lift(&mut self, token: Option<&Token>) -> Result<Vec<Lifted>, Rejected> {
        let is_meant = |own: &Option<Token>| token.is_none_or(|token| own.as_ref() == Some(token));
        let closes = self.closes.extract_if(.., |close| is_meant(&close.token));
        let mut lifted: Vec<Lifted> = closes.map(|close| Lifted::from(&close)).collect();
        let stops = self.stops.extract_if(.., |stop| is_meant(&stop.token));
        lifted.extend(stops.map(|stop| Lifted::from(&stop)));
        let force = self.force.take_if(|force| is_meant(&force.token));
        lifted.extend(force.iter().map(Lifted::from));
        self.standing.follow(&self.closes);
        if lifted.is_empty() && token.is_some() {
            return Err(Rejected::NoSuchToken);
        }
        Ok(lifted)
    }

    pub(super) fn force_open(&mut self, force: Force) {
        self.force = Some(force);
    }

    pub(super) fn expect(&mut self, expected: Option<ExpectVersion>) {
        self.expected = expected;
    }

    /// Moves the end of an entry's lease, or of a force. A lease whose drain is not over yet lasts
    /// as long from then on.
    pub(super) fn renew(
        &mut self,
        token: &Token,
        ttl_ms: u64,
        until_ms: u64,
    ) -> Result<(), Rejected> {
        let is_meant = |own: &Option<Token>| own.as_ref() == Some(token);
        if let Some(force) = self.force.as_mut().filter(|force| is_meant(&force.token)) {
            force.until_ms = until_ms;
            return Ok(());
        }
        let close = self.closes.iter_mut().find(|close| is_meant(&close.token));
        let stop = self.stops.iter_mut().find(|stop| is_meant(&stop.token));
        let lease = close
            .map(|close| &mut close.lease)
            .or(stop.map(|stop| &mut stop.lease));
        let lease = lease.ok_or(Rejected::NoSuchToken)?.as_mut();
        let lease = lease.ok_or(Rejected::NoLease)?;
        (lease.ttl_ms, lease.until_ms) = (ttl_ms, until_ms);
        Ok(())
    }

    fn coverage(&self, close: &Close) -> Coverage {
        match &close.holds {
            Holds::All => Coverage::All,
            Holds::Writes => Coverage::Writes,
            Holds::Rule(_) => Coverage::Rule(self.standing.bit_of(close.id)),
        }
    }

    fn next_id(&self) -> u64 {
        let closes = self.closes.iter().map(|close| close.id);
        let stops = self.stops.iter().map(|stop| stop.id);
        closes
            .chain(stops)
            .max()
            .map_or(1, |id| id.saturating_add(1))
    }
}

impl Word {
    /// It keeps requests from passing.
    pub(super) fn holds(self) -> bool {
        match self {
            Self::Stop | Self::Close => true,
            Self::Force | Self::Silence => false,
        }
    }
}

/// Where the entry of a token is.
fn position<T>(
    entries: &[T],
    own: impl Fn(&T) -> &Option<Token>,
    token: Option<&Token>,
) -> Option<usize> {
    let token = token?;
    entries
        .iter()
        .position(|entry| own(entry).as_ref() == Some(token))
}
