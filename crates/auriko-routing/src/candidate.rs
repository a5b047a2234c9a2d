//! Enumeration: which offerings a request could use at all, with whose key, before anything is asked of them.

use std::sync::Arc;

use auriko_wire::request::warning;
use auriko_wire::routing_metadata::{Warning, WarningType};

use crate::catalog::file::DataPolicy;
use crate::catalog::{Found, Offering};
use crate::keys::KeySource;
use crate::plan::Input;

/// An offering, and the key it would be called with.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What would serve the request.
    pub offering: Arc<Offering>,
    /// Whose key would be used.
    pub key_source: KeySource,
    /// What is promised about prompts under that key.
    pub data_policy: DataPolicy,
    /// Position of its model among those of the request.
    pub(crate) group: usize,
}

/// What the names of a request stand for.
#[derive(Debug, Default)]
pub(crate) struct Enumerated {
    pub(crate) candidates: Vec<Candidate>,
    /// Offered by providers that nobody has a key for.
    pub(crate) unconfigured: Vec<Arc<Offering>>,
    /// Switched off by their providers since.
    pub(crate) retired: Vec<Arc<Offering>>,
    /// Names that mean nothing.
    pub(crate) unknown: Vec<String>,
}

/// Every candidate of the request, each once.
pub(crate) fn enumerate(input: &Input<'_>) -> Enumerated {
    let mut found = Enumerated::default();
    for (group, name) in input.wishes.models.names.iter().enumerate() {
        match input.catalog.resolve(name) {
            Some(Found::Model(model)) => found.add(input, group, &model.offerings),
            Some(Found::AtProvider(offerings)) => found.add(input, group, &offerings),
            None => found.unknown.push(name.clone()),
        }
    }
    found
}

/// One per name that was skipped (G-03).
pub(crate) fn skipped(unknown: &[String]) -> impl Iterator<Item = Warning> {
    unknown.iter().map(|name| {
        let message = format!("`gateway.models`: there is no model `{name}`; it was skipped.");
        warning(WarningType::UnsupportedField, "field_ignored", message)
    })
}

impl Enumerated {
    pub(crate) fn add(&mut self, input: &Input<'_>, group: usize, offerings: &[Arc<Offering>]) {
        self.candidates.reserve(offerings.len());
        let policy = &input.wishes.policy;
        for offering in offerings {
            if !offering.is_offered_at(input.now_ms) {
                self.retired.push(Arc::clone(offering));
                continue;
            }
            let own = input.own_keys.find(&offering.provider);
            if let Some(key) = own {
                let data_policy = key.data_policy.unwrap_or(offering.data_policy);
                self.push(offering, KeySource::Own, data_policy, group);
            }
            // Without any key there is still something to refuse for who insists on one kind of key.
            let insists = own.is_none() && (policy.only_byok || policy.only_platform);
            if offering.has_platform_key {
                self.push(offering, KeySource::Platform, offering.data_policy, group);
            } else if insists {
                let absent = if policy.only_byok { KeySource::Platform } else { KeySource::Own };
                self.push(offering, absent, offering.data_policy, group);
            } else if own.is_none() {
                self.unconfigured.push(Arc::clone(offering));
            }
        }
    }

    fn push(
        &mut self,
        offering: &Arc<Offering>,
        key_source: KeySource,
        data_policy: DataPolicy,
        group: usize,
    ) {
        // Only another name of the request can lead to the same offering again.
        let is_known = group > 0
            && self
                .candidates
                .iter()
                .any(|it| it.offering.key == offering.key && it.key_source == key_source);
        if !is_known {
            self.candidates.push(Candidate {
                offering: Arc::clone(offering),
                key_source,
                data_policy,
                group,
            });
        }
    }
}
