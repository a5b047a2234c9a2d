//! Plain data that crosses the boundary; milliseconds become `Duration` here.

use std::time::Duration;

use auriko_client::outbox::Coalesce;
use auriko_client::{Limits, Method, Mode, Request};
use auriko_gateway::Call;
use napi_derive::napi;

use crate::body::{NativeBody, NativePart, Supply};

/// One HTTP exchange. Limits are milliseconds, 0 for none.
#[napi(object, object_to_js = false)]
pub struct NativeRequest {
    pub method: String,
    pub url: String,
    /// Name, value, name, value …
    pub headers: Vec<String>,
    pub body: Option<String>,
    /// Instead of `body`: pieces of text, and bytes that go between them as base64. A number: so many bytes come later,
    /// through `supply`.
    #[napi(ts_type = "Array<string | Uint8Array | number>")]
    pub body_parts: Option<Vec<NativePart>>,
    pub connect_ms: f64,
    pub first_byte_ms: f64,
    pub idle_ms: f64,
    pub total_ms: f64,
    pub max_retries: u32,
}

/// How a stream is delivered.
#[napi(object, object_to_js = false)]
pub struct NativeStream {
    /// `reply`: head and whole body. `events`: decoded events. `chunks`: the JSON of each chunk.
    pub mode: String,
    pub include_raw: bool,
    /// Negative: merging off. 0: what waits. Positive: milliseconds between two hand-overs.
    pub coalesce_ms: f64,
    pub window_bytes: u32,
    pub max_event_bytes: u32,
}

/// What the reader wants, read once.
pub(crate) enum Delivery {
    Reply,
    Stream(Mode),
}

impl NativeRequest {
    /// Without its body, which [`Self::take_body`] gives.
    pub(crate) fn into_request(self) -> napi::Result<Request> {
        let limits = self.limits();
        let method = match self.method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            other => return Err(napi::Error::from_reason(format!("method '{other}' is not supported"))),
        };
        Ok(Request {
            method,
            url: self.url,
            headers: header_pairs(self.headers),
            body: None,
            limits,
            max_retries: self.max_retries,
        })
    }

    /// Takes the body out, with the end that takes what of it is supplied later.
    pub(crate) fn take_body(&mut self) -> (NativeBody, Option<Supply>) {
        match (self.body_parts.take(), self.body.take()) {
            (Some(parts), _) => NativeBody::from_parts(parts),
            (None, Some(text)) => (NativeBody::Text(text), None),
            (None, None) => (NativeBody::None, None),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connect: duration(self.connect_ms),
            first_byte: duration(self.first_byte_ms),
            idle: duration(self.idle_ms),
            total: duration(self.total_ms),
        }
    }

    /// For the gateway in this process, to which `url` is a path. Without its body.
    pub(crate) fn into_call(self) -> Call {
        let mut call = Call { method: self.method, ..Call::get(self.url) };
        for (name, value) in &header_pairs(self.headers) {
            call.add_header(name, value);
        }
        call
    }
}

impl NativeStream {
    pub(crate) fn delivery(&self) -> napi::Result<Delivery> {
        match self.mode.as_str() {
            "reply" => Ok(Delivery::Reply),
            "events" => Ok(Delivery::Stream(Mode::Events { include_raw: self.include_raw })),
            "chunks" => Ok(Delivery::Stream(Mode::Chunks)),
            other => Err(napi::Error::from_reason(format!("mode '{other}' is not known"))),
        }
    }

    pub(crate) fn coalesce(&self) -> Coalesce {
        if self.coalesce_ms < 0.0 || self.include_raw {
            return Coalesce::Off;
        }
        duration(self.coalesce_ms).map_or(Coalesce::Waiting, Coalesce::Every)
    }
}

fn header_pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut pairs = Vec::with_capacity(flat.len() / 2);
    let mut flat = flat.into_iter();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((name, value));
    }
    pairs
}

/// `None` for 0 and for what is not a number.
fn duration(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1000.0).ok().filter(|duration| !duration.is_zero())
}
