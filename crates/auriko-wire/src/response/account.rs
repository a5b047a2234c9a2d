//! What a reply consumed, cost and where it ran, as the completion object says it. Written field by field, since a
//! serializer looks at every letter of the names for something to escape; tests hold it against the serializer.

use serde::Serialize;
use serde_json::{Map, Value};

use super::body::Body;
use crate::routing_metadata::{CostInfo, RoutingMetadata};
use crate::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};

impl Body {
    /// The field `usage`.
    pub(super) fn usage(&mut self, usage: &Usage) {
        let Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens,
            prompt_tokens_details,
            completion_tokens_details,
            extra,
        } = usage;
        self.raw(b",\"usage\":{\"prompt_tokens\":");
        self.value(prompt_tokens);
        self.raw(b",\"completion_tokens\":");
        self.value(completion_tokens);
        self.raw(b",\"total_tokens\":");
        self.value(total_tokens);
        if let Some(PromptTokensDetails { cached_tokens, cache_write_tokens, extra }) = prompt_tokens_details
        {
            self.raw(b",\"prompt_tokens_details\":{");
            self.next(b"\"cached_tokens\":", cached_tokens.as_ref());
            self.next(b"\"cache_write_tokens\":", cache_write_tokens.as_ref());
            self.others(extra);
            self.raw(b"}");
        }
        if let Some(CompletionTokensDetails { reasoning_tokens, extra }) = completion_tokens_details {
            self.raw(b",\"completion_tokens_details\":{");
            self.next(b"\"reasoning_tokens\":", reasoning_tokens.as_ref());
            self.others(extra);
            self.raw(b"}");
        }
        self.others(extra);
        self.raw(b"}");
    }

    /// The field `routing_metadata`.
    pub(super) fn routing(&mut self, routing: &RoutingMetadata) {
        let RoutingMetadata {
            provider,
            provider_model_id,
            model_canonical,
            routing_strategy,
            cost,
            ttft_ms,
            throughput_tps,
            warnings,
        } = routing;
        self.raw(b",\"routing_metadata\":{\"provider\":");
        self.text(provider);
        self.raw(b",\"provider_model_id\":");
        self.text(provider_model_id);
        self.raw(b",\"model_canonical\":");
        self.text(model_canonical);
        self.raw(b",\"routing_strategy\":");
        self.text(routing_strategy);
        if let Some(cost) = cost {
            let CostInfo { usd, cache_savings_percent, cache_savings_usd, hosted_tool_usd, byok } = cost;
            self.raw(b",\"cost\":{\"usd\":");
            self.value(usd);
            self.next(b"\"cache_savings_percent\":", cache_savings_percent.as_ref());
            self.next(b"\"cache_savings_usd\":", cache_savings_usd.as_ref());
            self.next(b"\"hosted_tool_usd\":", hosted_tool_usd.as_ref());
            self.next(b"\"byok\":", byok.as_ref());
            self.raw(b"}");
        }
        self.next(b"\"ttft_ms\":", ttft_ms.as_ref());
        self.next(b"\"throughput_tps\":", throughput_tps.as_ref());
        self.next(b"\"warnings\":", Some(warnings).filter(|warnings| !warnings.is_empty()));
        self.raw(b"}");
    }

    /// A field, if it is there; others may stand in front of it.
    fn next(&mut self, name: &[u8], value: Option<&impl Serialize>) {
        if let Some(value) = value {
            self.comma();
            self.raw(name);
            self.value(value);
        }
    }

    fn others(&mut self, fields: &Map<String, Value>) {
        for (name, value) in fields {
            self.comma();
            self.text(name);
            self.raw(b":");
            self.value(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::encode::ChunkIdentity;

    fn written(write: impl FnOnce(&mut Body)) -> String {
        let identity = ChunkIdentity { id: String::new(), model: String::new(), created: 0 };
        let head = Body::new(&identity, 0).finish();
        let mut body = Body::new(&identity, 0);
        write(&mut body);
        let text = body.finish();
        text.strip_prefix(head.trim_end_matches('}')).expect("the head").to_owned()
    }

    #[test]
    fn usage_is_written_as_it_serialises() {
        let details = json!({ "cached_tokens": 1, "cache_write_tokens": 2, "audio\"": [3] });
        for given in [
            json!({}),
            json!({ "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 }),
            json!({ "prompt_tokens_details": {}, "completion_tokens_details": {}, "cost": { "a": null } }),
            json!({ "prompt_tokens_details": details, "completion_tokens_details": { "reasoning_tokens": 0 }, "x": 1 }),
            json!({ "prompt_tokens_details": { "cache_write_tokens": 2 }, "completion_tokens_details": { "y": 1 } }),
            json!({ "prompt_tokens_details": { "z": 1, "w": "\n" }, "z": 1.5 }),
        ] {
            let usage: Usage = serde_json::from_value(given).expect("usage");
            let expected = format!(",\"usage\":{}}}", serde_json::to_string(&usage).expect("serialises"));
            assert_eq!(written(|body| body.usage(&usage)), expected);
        }
    }

    #[test]
    fn routing_metadata_is_written_as_it_serialises() {
        let cost = json!({ "usd": 0.000_001, "cache_savings_percent": 3, "cache_savings_usd": 1.0, "hosted_tool_usd": 2.5, "byok": true });
        let warning = json!({ "type": "unsupported_field", "code": "c", "message": "\"m\"" });
        for more in [
            json!({}),
            json!({ "cost": { "usd": 0.0 }, "throughput_tps": 1.5 }),
            json!({ "cost": cost, "ttft_ms": 12.0, "throughput_tps": 0.1, "warnings": [warning] }),
            json!({ "cost": { "usd": 1e-9, "byok": false }, "warnings": [warning, warning] }),
        ] {
            let mut given = json!({ "provider": "p", "provider_model_id": "a\"b", "model_canonical": "é", "routing_strategy": "cost" });
            given.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            let routing: RoutingMetadata = serde_json::from_value(given).expect("routing metadata");
            let expected =
                format!(",\"routing_metadata\":{}}}", serde_json::to_string(&routing).expect("serialises"));
            assert_eq!(written(|body| body.routing(&routing)), expected);
        }
    }
}
