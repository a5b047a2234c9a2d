//! Who is asked next. Candidates in trouble wait until the others failed; who asked to be left alone is.

use std::collections::VecDeque;

use auriko_wire::error_code::ErrorCode;

use crate::catalog::Offering;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::health::{Admission, Pass};

/// The candidates of one plan. Each comes up once at most.
pub(super) struct Queue<'a> {
    gateway: &'a Inner,
    candidates: std::slice::Iter<'a, Offering>,
    /// Last resorts.
    held: VecDeque<&'a Offering>,
    all: &'a [Offering],
    /// Providers that are not asked any more.
    left_out: Vec<String>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(gateway: &'a Inner, candidates: &'a [Offering]) -> Self {
        Self {
            gateway,
            candidates: candidates.iter(),
            held: VecDeque::new(),
            all: candidates,
            left_out: Vec::new(),
        }
    }

    /// From now on nobody of this provider comes up.
    pub(super) fn leave_out(&mut self, provider: &str) {
        self.left_out.push(provider.to_owned());
        self.held.retain(|offering| offering.provider.id != provider);
    }

    /// The next candidate, and its permission.
    pub(super) fn next(&mut self) -> Option<(&'a Offering, Pass)> {
        let health = &self.gateway.health;
        for offering in self.candidates.by_ref() {
            if self.left_out.contains(&offering.provider.id) {
                continue;
            }
            match health.admit(offering.line()) {
                Ok(pass) => return Some((offering, pass)),
                Err(Admission::Barred) => {}
                Err(_) => self.held.push_back(offering),
            }
        }
        let offering = self.held.pop_front()?;
        Some((offering, health.admit_anyway(offering.line())))
    }

    /// As [`Self::next`], but nobody in trouble, and nobody who is asked already, with another key: for an attempt beside
    /// `running` that is not necessary.
    pub(super) fn next_healthy(&mut self, running: &Offering) -> Option<(&'a Offering, Pass)> {
        let offering = self.candidates.as_slice().first()?;
        if offering.facts.key == running.facts.key || self.left_out.contains(&offering.provider.id) {
            return None;
        }
        let pass = self.gateway.health.admit(offering.line()).ok()?;
        self.candidates.next();
        Some((offering, pass))
    }

    /// Everybody asked to be left alone after the plan was made.
    pub(super) fn nobody_is_there(&self) -> ApiError {
        let pauses = self.all.iter().filter_map(|offering| self.gateway.health.pause(offering.line()));
        let message =
            "The model is not available at the moment: every provider of it asked to be left alone.";
        ApiError { retry_after: pauses.min(), ..ApiError::new(ErrorCode::ModelUnavailable, message) }
    }
}
