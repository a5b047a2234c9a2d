//! `GET /metrics`: who may read it, and what is looked up only when somebody does.
//!
//! The page says which models are used, how much and at what cost, so strangers do not get it. Who calls from this
//! machine does, unless a proxy on this machine called for somebody else, which its headers tell.

use std::net::IpAddr;

use auriko_store::Part;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::headers;
use prometheus_client::encoding::text::encode;

use super::metrics::PartLabels;
use crate::call::{Call, Reply, ReplyBody};
use crate::clock::now_ms;
use crate::config::MetricsAccess;
use crate::dispatch::nothing_at;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::guard::presents;

/// The text format of `OpenMetrics`, which Prometheus reads.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Headers by which proxies say for whom they call.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A process on this machine, or this process.
    Local,
    /// Another machine.
    Remote,
}

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() { Self::Local } else { Self::Remote }
    }
}

/// Answers.
///
/// # Errors
/// `resource_not_found` where there are no metrics, `insufficient_permissions` for strangers.
pub(crate) fn page(gateway: &Inner, call: &Call, peer: Peer, request_id: &str) -> Result<Reply, ApiError> {
    let telemetry = &gateway.telemetry;
    match telemetry.metrics {
        MetricsAccess::Off => return Err(nothing_at("/metrics")),
        MetricsAccess::Open => {}
        MetricsAccess::Guarded => {
            let is_relayed = FORWARDED.iter().any(|name| call.header(name).is_some());
            let is_here = peer == Peer::Local && !is_relayed;
            let tokens = [telemetry.metrics_token.as_ref(), gateway.access.admin_token.as_ref()];
            if !is_here && !tokens.into_iter().flatten().any(|token| presents(call, token)) {
                let message = "Metrics are for this machine, and for those with a token.";
                let suggestion = "Send the token that `telemetry.metrics_token_env` names, or the admin token, as \
                                  `Authorization: Bearer …`.";
                return Err(
                    ApiError::new(ErrorCode::InsufficientPermissions, message).with_suggestion(suggestion)
                );
            }
        }
    }
    look(gateway);
    let mut text = String::new();
    encode(&mut text, &gateway.observer.metrics.registry).map_err(|error| {
        tracing::error!(%error, "the metrics could not be written; this is a defect");
        ApiError::new(ErrorCode::InternalError, "The metrics could not be written; this is a defect.")
    })?;
    let headers = vec![
        ("content-type".to_owned(), CONTENT_TYPE.to_owned()),
        ("cache-control".to_owned(), "no-store".to_owned()),
        (headers::REQUEST_ID.to_owned(), request_id.to_owned()),
    ];
    Ok(Reply { status: 200, headers, body: ReplyBody::Json(text) })
}

/// Sets what nobody counts as it happens.
fn look(gateway: &Inner) {
    let metrics = &gateway.observer.metrics;
    let open = gateway.health.open_lines(now_ms());
    let offerings = metrics.offerings.load();
    // Tiers of a model share their labels: it is open if one of them is.
    for counts in offerings.values() {
        counts.breaker.set(0);
    }
    for counts in open.iter().filter_map(|line| offerings.get(&line.offering)) {
        counts.breaker.set(1);
    }
    for part in Part::ALL {
        let word = match part {
            Part::Database => "database",
            Part::HotState => "hot_state",
        };
        let counter = metrics.store_failures.get_or_create_owned(&PartLabels { part: word });
        counter.inner().store(part.failures(), std::sync::atomic::Ordering::Relaxed);
    }
    if let Some(store) = gateway.vault.as_deref().and_then(crate::guard::Vault::opened) {
        let ledger = store.ledger();
        metrics.ledger_backlog.set(i64::try_from(ledger.backlog()).unwrap_or(i64::MAX));
        metrics.ledger_dropped.inner().store(ledger.dropped(), std::sync::atomic::Ordering::Relaxed);
    }
}
