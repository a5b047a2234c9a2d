//! Who is asked next. Candidates in trouble wait until the others failed; who asked to be left alone is.

use std::collections::VecDeque;

use auriko_routing::catalog;
use auriko_wire::error_code::ErrorCode;

use crate::catalog::Offering;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::health::{Admission, Line, Pass};

/// The candidates of one plan. Each comes up once at most.
pub(super) struct Queue<'a> {
    gateway: &'a Inner,
    candidates: std::slice::Iter<'a, Offering>,
    /// Last resorts.
    held: VecDeque<&'a Offering>,
    all: &'a [Offering],
}

impl<'a> Queue<'a> {
    pub(super) fn new(gateway: &'a Inner, candidates: &'a [Offering]) -> Self {
        Self { gateway, candidates: candidates.iter(), held: VecDeque::new(), all: candidates }
    }

    /// The next candidate, and its permission.
    pub(super) fn next(&mut self) -> Option<(&'a Offering, Pass)> {
        let health = &self.gateway.health;
        for offering in self.candidates.by_ref() {
            match health.admit(line(&offering.facts)) {
                Ok(pass) => return Some((offering, pass)),
                Err(Admission::Barred) => {}
                Err(_) => self.held.push_back(offering),
            }
        }
        let offering = self.held.pop_front()?;
        Some((offering, health.admit_anyway(line(&offering.facts))))
    }

    /// As [`Self::next`], but nobody in trouble: for an attempt that is not necessary.
    pub(super) fn next_healthy(&mut self) -> Option<(&'a Offering, Pass)> {
        let offering = self.candidates.as_slice().first()?;
        let pass = self.gateway.health.admit(line(&offering.facts)).ok()?;
        self.candidates.next();
        Some((offering, pass))
    }

    /// Everybody asked to be left alone after the plan was made.
    pub(super) fn nobody_is_there(&self) -> ApiError {
        let pauses = self.all.iter().filter_map(|offering| self.gateway.health.pause(line(&offering.facts)));
        let message =
            "The model is not available at the moment: every provider of it asked to be left alone.";
        ApiError { retry_after: pauses.min(), ..ApiError::new(ErrorCode::ModelUnavailable, message) }
    }
}

/// Callers have no keys of their own yet.
fn line(offering: &catalog::Offering) -> Line {
    Line { offering: offering.key, own_key_of: None }
}
