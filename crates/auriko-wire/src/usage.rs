//! Token counts as the wire reports them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The `usage` object of a completion. Fields that a provider adds are kept in `extra`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Usage {
    /// All input tokens, those read from and written to a cache included (G-22).
    pub prompt_tokens: u64,
    /// All output tokens as the provider counts them; some leave reasoning tokens out.
    pub completion_tokens: u64,
    /// Sum as reported by the provider.
    pub total_tokens: u64,
    /// `None`: the provider reports no details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    /// `None`: the provider reports no details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_details: Option<CompletionTokensDetails>,
    /// Everything else the provider sent.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the input consisted of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PromptTokensDetails {
    /// Read from a prompt cache. `None`: not reported. `Some(0)`: reported as zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Written to a prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Further kinds, such as image tokens.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the output consisted of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CompletionTokensDetails {
    /// Spent on thinking. `None`: not reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Further kinds.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Usage {
    /// Tokens read from a prompt cache; zero when not reported.
    pub fn cached_tokens(&self) -> u64 {
        self.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens).unwrap_or(0)
    }

    /// Tokens written to a prompt cache; zero when not reported.
    pub fn cache_write_tokens(&self) -> u64 {
        self.prompt_tokens_details.as_ref().and_then(|details| details.cache_write_tokens).unwrap_or(0)
    }
}

/// Read field by field: `flatten` reads every object twice, once as values without names, and each request has one.
trait Fields: Default {
    /// Reads the value of a field.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: Name<'de>, fields: &mut A) -> Result<(), A::Error>;
}

impl Fields for Usage {
    fn read<'de, A: MapAccess<'de>>(&mut self, name: Name<'de>, fields: &mut A) -> Result<(), A::Error> {
        match &*name.0 {
            "prompt_tokens" => self.prompt_tokens = fields.next_value()?,
            "completion_tokens" => self.completion_tokens = fields.next_value()?,
            "total_tokens" => self.total_tokens = fields.next_value()?,
            "prompt_tokens_details" => self.prompt_tokens_details = fields.next_value()?,
            "completion_tokens_details" => self.completion_tokens_details = fields.next_value()?,
            _ => name.keep(&mut self.extra, fields)?,
        }
        Ok(())
    }
}

impl Fields for PromptTokensDetails {
    fn read<'de, A: MapAccess<'de>>(&mut self, name: Name<'de>, fields: &mut A) -> Result<(), A::Error> {
        match &*name.0 {
            "cached_tokens" => self.cached_tokens = fields.next_value()?,
            "cache_write_tokens" => self.cache_write_tokens = fields.next_value()?,
            _ => name.keep(&mut self.extra, fields)?,
        }
        Ok(())
    }
}

impl Fields for CompletionTokensDetails {
    fn read<'de, A: MapAccess<'de>>(&mut self, name: Name<'de>, fields: &mut A) -> Result<(), A::Error> {
        match &*name.0 {
            "reasoning_tokens" => self.reasoning_tokens = fields.next_value()?,
            _ => name.keep(&mut self.extra, fields)?,
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Usage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for PromptTokensDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for CompletionTokensDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor(PhantomData))
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Name<'de> {
    fn keep<A: MapAccess<'de>>(self, extra: &mut Map<String, Value>, fields: &mut A) -> Result<(), A::Error> {
        extra.insert(self.0.into_owned(), fields.next_value()?);
        Ok(())
    }
}

struct FieldsVisitor<T>(PhantomData<T>);

impl<'de, T: Fields> Visitor<'de> for FieldsVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of token counts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut read = T::default();
        while let Some(name) = fields.next_key()? {
            read.read(name, &mut fields)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_is_read_and_the_rest_kept() {
        let sent = json!({
            "prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46, "queue_time": 0.5,
            "prompt_tokens_details": { "cached_tokens": 4, "cache_write_tokens": 0, "image_tokens": 2 },
            "completion_tokens_details": { "reasoning_tokens": 7, "audio_tokens": null },
        });
        let usage: Usage = serde_json::from_value(sent.clone()).expect("a usage");
        assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (12, 34, 46));
        assert_eq!((usage.cached_tokens(), usage.cache_write_tokens()), (4, 0));
        assert_eq!(usage.extra["queue_time"], 0.5);
        assert_eq!(serde_json::to_value(&usage).expect("plain data"), sent);
    }

    #[test]
    fn what_is_missing_is_zero_or_not_reported() {
        let usage: Usage =
            serde_json::from_str(r#"{"prompt_tokens_details":null,"completion_tokens_details":{}}"#)
                .expect("a usage");
        let details = Some(CompletionTokensDetails::default());
        assert_eq!(usage, Usage { completion_tokens_details: details, ..Usage::default() });
    }

    #[test]
    fn a_count_that_is_none_is_refused() {
        for wrong in [r#"{"prompt_tokens":-1}"#, r#"{"total_tokens":"3"}"#, "[]", "7"] {
            assert!(serde_json::from_str::<Usage>(wrong).is_err(), "{wrong}");
        }
    }
}
