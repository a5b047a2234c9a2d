//! What was used: by a key in the running period (api.md §7.2), and by a workspace, in groups.

use std::time::SystemTime;

use auriko_store::clock::Timestamp;
use auriko_store::key::Scope;
use auriko_store::ledger::{GroupBy, Usage, UsageFilter, UsagePeriod};
use serde_json::{Value, json};

use super::body::invalid;
use super::{Answer, Request};
use crate::error::ApiError;

/// A month, for who does not say since when.
const USUAL_MICROSECONDS: i64 = 30 * 86_400 * 1_000_000;

pub(super) async fn of_key(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::KeysRead, Scope::UsageRead])?;
    let period = match request.parameter("period") {
        None => UsagePeriod::default(),
        Some(word) => {
            UsagePeriod::parse(&word).ok_or_else(|| invalid("period", "must be one of day, week, month"))?
        }
    };
    let store = &request.store;
    store.ledger().flush().await?;
    let used = store.ledger().key_usage(&request.workspace, id, period).await?;
    let Usage { requests, errors, rate_limited, input_tokens, output_tokens, cost, .. } = used.usage;
    let body = json!({
        "key_id": id,
        "workspace_id": &*request.workspace,
        "period": period.as_str(),
        "start_date": used.start.to_string(),
        "end_date": used.end.to_string(),
        "request_count": requests,
        "error_count": errors,
        "rate_limit_count": rate_limited,
        "tokens_input": input_tokens,
        "tokens_output": output_tokens,
        "tokens_total": input_tokens + output_tokens,
        "cost_usd": cost.as_usd(),
    });
    Ok((200, body))
}

/// `?by=model|provider|key|tag|day&since=…&until=…`, instants as in RFC 3339. Ours: no such call is published.
pub(super) async fn of_workspace(request: &Request<'_>) -> Answer {
    request.require(&[Scope::UsageRead])?;
    let (by, word) = match request.parameter("by").as_deref() {
        None | Some("model") => (GroupBy::Model, "model"),
        Some("provider") => (GroupBy::Provider, "provider"),
        Some("key") => (GroupBy::Key, "key"),
        Some("tag") => (GroupBy::Tag, "tag"),
        Some("day") => (GroupBy::Day, "day"),
        Some(_) => return Err(invalid("by", "must be one of model, provider, key, tag, day")),
    };
    let now: Timestamp = SystemTime::now().into();
    let until = instant(request, "until")?.unwrap_or(Timestamp(now.0.saturating_add(1)));
    let since = instant(request, "since")?.unwrap_or(Timestamp(now.0.saturating_sub(USUAL_MICROSECONDS)));
    let store = &request.store;
    store.ledger().flush().await?;
    let key = request.parameter("key").map(Into::into);
    let filter = UsageFilter { workspace: request.workspace.clone(), key, since, until };
    let groups = store.ledger().usage(&filter, by).await?;
    let data: Vec<_> = groups.iter().map(|(name, usage)| show(word, name, usage)).collect();
    let body = json!({
        "object": "list",
        "by": word,
        "since": since.to_rfc3339(),
        "until": until.to_rfc3339(),
        "count": data.len(),
        "data": data,
    });
    Ok((200, body))
}

fn instant(request: &Request<'_>, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = request.parameter(name) else { return Ok(None) };
    let read = Timestamp::parse_rfc3339(&text);
    read.map(Some).ok_or_else(|| invalid(name, "must be an instant such as 2026-11-01T00:00:00Z"))
}

fn show(by: &str, name: &str, usage: &Usage) -> Value {
    json!({
        by: name,
        "requests": usage.requests,
        "errors": usage.errors,
        "rate_limited": usage.rate_limited,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": usage.cost.as_usd(),
        "byok_requests": usage.byok_requests,
        "byok_cost_usd": usage.byok_cost.as_usd(),
    })
}
