//! A user's own entries over a catalogue. What an entry does not say stays as it was, so that a new price is three lines
//! and not a copy of the model.

use serde::{Deserialize, Serialize};

use super::file::{CatalogFile, ModelEntry, OfferingEntry, ProviderEntry};
use super::load::{CatalogError, content_version};

/// Entries that are laid over a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogOverlay {
    /// A provider replaces the one with its id.
    pub providers: Vec<ProviderEntry>,
    /// Models by id.
    pub models: Vec<ModelOverlay>,
}

/// What is different about a model, or a new model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelOverlay {
    /// A canonical id; an alias of the catalogue's is understood as its model.
    pub id: String,
    /// Absent: as it was; the id for a new model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Absent: as it was; the id for a new model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Added to those it has. A name that means another model of the catalogue is taken from that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Unix seconds. Absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<u64>,
    /// Each replaces the offering of the same provider and upstream id, whole, or is added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offerings: Vec<OfferingEntry>,
}

impl CatalogFile {
    /// The catalogue with `overlay` laid over it, checked. Without entries it is the same, version included.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Invalid`] when the result contradicts itself; a new model without offerings is one reason.
    pub fn merge(mut self, overlay: CatalogOverlay) -> Result<Self, CatalogError> {
        if overlay == CatalogOverlay::default() {
            return Ok(self);
        }
        for provider in overlay.providers {
            match self.providers.iter_mut().find(|known| known.id == provider.id) {
                Some(known) => *known = provider,
                None => self.providers.push(provider),
            }
        }
        for model in overlay.models {
            self.merge_model(model);
        }
        self.providers.sort_by(|a, b| a.id.cmp(&b.id));
        self.models.sort_by(|a, b| a.id.cmp(&b.id));
        self.version = content_version(&self.providers, &self.models);
        self.checked()
    }

    fn merge_model(&mut self, overlay: ModelOverlay) {
        let id = self.find(&overlay.id).map_or_else(|| overlay.id.clone(), |model| model.id.clone());
        for model in self.models.iter_mut().filter(|model| model.id != id) {
            model.aliases.retain(|alias| !overlay.aliases.contains(alias));
        }
        let index = self.models.iter().position(|model| model.id == id).unwrap_or_else(|| {
            self.models.push(empty_model(id));
            self.models.len() - 1
        });
        let model = &mut self.models[index];
        if let Some(family) = overlay.family {
            model.family = family;
        }
        if let Some(display_name) = overlay.display_name {
            model.display_name = display_name;
        }
        if overlay.author.is_some() {
            model.author = overlay.author;
        }
        if let Some(created) = overlay.created {
            model.created = created;
        }
        for alias in overlay.aliases {
            if !model.aliases.contains(&alias) {
                model.aliases.push(alias);
            }
        }
        model.aliases.sort();
        for offering in overlay.offerings {
            let same = |known: &&mut OfferingEntry| {
                known.provider == offering.provider && known.upstream_id == offering.upstream_id
            };
            match model.offerings.iter_mut().find(same) {
                Some(known) => *known = offering,
                None => model.offerings.push(offering),
            }
        }
        model.offerings.sort_by(|a, b| (&a.provider, &a.upstream_id).cmp(&(&b.provider, &b.upstream_id)));
    }
}

fn empty_model(id: String) -> ModelEntry {
    ModelEntry {
        family: id.clone(),
        display_name: id.clone(),
        id,
        author: None,
        aliases: Vec::new(),
        created: 0,
        offerings: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
