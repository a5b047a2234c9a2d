//! The row that a request leaves in the ledger of the store. Nothing of what was said goes into it.

use std::sync::Arc;
use std::time::Duration;

use auriko_store::Store;
use auriko_store::key::ApiKey;
use auriko_store::ledger::LedgerRow;
use auriko_store::limit::Pool;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::ChatRequest;
use serde_json::Value;

use super::{Tab, Visit};
use crate::error::ApiError;
use crate::ledger::{Outcome, Served};
use crate::meter::output_tokens;

/// What servers write for a caller who left before there was a reply.
const LEFT: u16 = 499;

/// The row of a request that is not over.
#[derive(Debug)]
pub(crate) struct Entry {
    store: Store,
    key: Option<Arc<ApiKey>>,
    tab: Arc<Tab>,
    estimated_tokens: u64,
    row: LedgerRow,
}

impl Entry {
    pub(crate) fn open(
        visit: &Visit,
        tab: &Arc<Tab>,
        request_id: &str,
        request: &ChatRequest,
        model: &str,
        estimated_tokens: u64,
    ) -> Option<Self> {
        let metadata = &request.gateway.get("metadata");
        let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
        let tags = field("tags").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            store: visit.store.clone()?,
            key: visit.key().cloned(),
            tab: Arc::clone(tab),
            estimated_tokens,
            row: LedgerRow {
                model: model.to_owned(),
                tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
                user: text("user_id"),
                trace: text("trace_id"),
                ..blank(visit, request_id)
            },
        })
    }

    /// Writes it.
    pub(crate) fn close(mut self, outcome: Outcome, served: Option<&Served>, duration: Duration) {
        let row = &mut self.row;
        (row.status, row.error_code) = match outcome {
            Outcome::Completed => (200, None),
            Outcome::Failed(code) => (status(code), Some(code.as_str().to_owned())),
            Outcome::Abandoned if served.is_some() => (200, None),
            Outcome::Abandoned => (LEFT, None),
        };
        row.cost = self.tab.spent();
        row.latency_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        if let Some(served) = served {
            let usage = &served.usage;
            row.model = served.model.to_string();
            row.provider = Some(served.provider.clone());
            row.is_byok = served.is_byok;
            row.input_tokens = usage.prompt_tokens;
            row.cached_tokens = usage.cached_tokens();
            row.cache_write_tokens = usage.cache_write_tokens();
            row.output_tokens = output_tokens(usage);
            row.reasoning_tokens = usage
                .completion_tokens_details
                .as_ref()
                .and_then(|details| details.reasoning_tokens)
                .unwrap_or_default();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time, never negative"
            )]
            let first_token_ms = served.ttft_ms.map(|ms| ms.round() as u64);
            row.first_token_ms = first_token_ms;
        }
        self.correct_tokens();
        record(&self.store, self.row);
    }

    /// The pool of tokens was charged with an estimate.
    fn correct_tokens(&self) {
        let Some(key) = &self.key else { return };
        let Some(per_minute) = key.tokens_per_minute else { return };
        let tokens = i64::try_from(self.row.input_tokens + self.row.output_tokens).unwrap_or(i64::MAX);
        let missing = tokens.saturating_sub_unsigned(self.estimated_tokens);
        // Without a runtime there is no next request either.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (store, id) = (self.store.clone(), Arc::clone(&key.id));
        runtime.spawn(async move {
            let corrected = store.limits().adjust(&id, Pool::InferenceTokens, per_minute, missing).await;
            if let Err(error) = corrected {
                tracing::debug!(%error, "a limit of tokens could not be corrected");
            }
        });
    }
}

/// Notes a request that was refused before it was planned. One that has a row already keeps it.
pub(super) fn note_refusal(visit: &Visit, request_id: &str, error: &ApiError) {
    let Some(store) = &visit.store else { return };
    let row = LedgerRow {
        status: status(error.code),
        error_code: Some(error.code.as_str().to_owned()),
        ..blank(visit, request_id)
    };
    record(store, row);
}

fn blank(visit: &Visit, request_id: &str) -> LedgerRow {
    LedgerRow {
        id: request_id.to_owned(),
        at: visit.arrived_at,
        workspace: visit.workspace(),
        key: visit.key().map(|key| Arc::clone(&key.id)),
        ..LedgerRow::default()
    }
}

/// Codes that occur in streams alone have no status of their own.
pub(crate) fn status(code: ErrorCode) -> u16 {
    match code.facts().status {
        0 => 500,
        status => status,
    }
}

fn record(store: &Store, row: LedgerRow) {
    if let Err(error) = store.ledger().record(row) {
        tracing::warn!(%error, "a request is missing in the ledger");
    }
}
