//! The embedded gateway: the same router, called without a socket.

use std::time::Duration;

use auriko_client::outbox::{Kind, Sender};
use auriko_client::{ErrorKind, Limit, Limits, Mode, failure_json, head_json};
use auriko_gateway::{Call, Config, Encoder, EventBody, Gateway, ReplyBody};
use auriko_wire::event::Event;
use napi::bindgen_prelude::PromiseRaw;
use napi::{Env, JsValue};
use napi_derive::napi;
use tokio::time::Instant;

use crate::core::{NativeCore, refuse};
use crate::options::{Delivery, NativeRequest, NativeStream};
use crate::runtime;

/// How long the end of a process waits for what a gateway has to write.
const LONGEST_FLUSH: Duration = Duration::from_secs(5);

/// A router in this process.
#[napi]
pub struct NativeGateway {
    pub(crate) gateway: Gateway,
}

impl Drop for NativeGateway {
    /// Collected as garbage: what waits is written by whoever still has it, for as long as the process lives.
    fn drop(&mut self) {
        let gateway = self.gateway.clone();
        if let Ok(runtime) = runtime::handle() {
            runtime.spawn(async move { gateway.flush().await });
        }
    }
}

#[napi]
impl NativeGateway {
    /// `config` is the configuration as JSON; without it the environment's vendor keys decide.
    #[napi(constructor)]
    pub fn new(config: Option<String>) -> napi::Result<Self> {
        let config = match config {
            Some(json) => {
                Config::from_json(&json).map_err(|error| napi::Error::from_reason(error.to_string()))?
            }
            None => Config::zero(&|name| std::env::var(name).ok()),
        };
        let gateway = Gateway::new(config).map_err(|error| napi::Error::from_reason(error.to_string()))?;
        Ok(Self { gateway })
    }

    /// Writes what waits, and closes the store; resolves when that is done. Requests that come later are refused.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let (deferred, promise) = env.create_deferred()?;
        let gateway = self.gateway.clone();
        runtime::handle()?.spawn(async move {
            gateway.close().await;
            deferred.resolve(|_| Ok(()));
        });
        Ok(PromiseRaw::new(env.raw(), promise.raw()))
    }

    /// Writes what waits, and waits for that itself: for the end of the process, when no promise is kept any more.
    #[napi]
    pub fn flush(&self) -> napi::Result<()> {
        let gateway = self.gateway.clone();
        let (done, is_done) = std::sync::mpsc::channel();
        runtime::handle()?.spawn(async move {
            gateway.flush().await;
            // Nobody waits any more.
            let _ = done.send(());
        });
        // A process that ends is not held up for ever.
        let _ = is_done.recv_timeout(LONGEST_FLUSH);
        Ok(())
    }

    /// What it serves, as JSON.
    #[napi]
    pub fn describe(&self) -> napi::Result<String> {
        serde_json::to_string(&self.gateway.describe())
            .map_err(|error| napi::Error::from_reason(error.to_string()))
    }
}

#[napi]
impl NativeCore {
    /// Starts a request to a gateway in this process. `url` is the path; retries are the gateway's own business.
    #[napi]
    pub fn open_embedded(
        &mut self,
        env: &Env,
        gateway: &NativeGateway,
        mut request: NativeRequest,
        stream: NativeStream,
    ) -> napi::Result<u32> {
        let delivery = stream.delivery()?;
        let limits = request.limits();
        let (body, supply) = request.take_body();
        let mut call = request.into_call();
        let gateway = gateway.gateway.clone();
        self.start(env, &stream, supply, move |sender| async move {
            match body.assemble().await {
                Ok(body) => call.body = body.unwrap_or_default(),
                Err(message) => return refuse(sender, message),
            }
            deliver(gateway, call, limits, delivery, sender).await;
        })
    }
}

async fn deliver(gateway: Gateway, call: Call, limits: Limits, delivery: Delivery, mut sender: Sender) {
    let ends_at = limits.total.map(|total| Instant::now() + total);
    // Large, and moved into the limits that it is waited for under.
    let handling = Box::pin(gateway.handle(call));
    let reply = match within(limits, ends_at, Limit::FirstByte, handling).await {
        Ok(reply) => reply,
        Err(failure) => return sender.end(Kind::Failed, &failure),
    };
    let head = head_json(reply.status, &reply.headers);
    match reply.body {
        ReplyBody::Json(body) if reply.status >= 400 => {
            let kind = ErrorKind::Status { status: reply.status, headers: reply.headers, body };
            sender.end(Kind::Failed, &failure_json(&kind, "the gateway refused the request"));
        }
        ReplyBody::Json(body) => {
            sender.push(Kind::Head, 0, &head);
            sender.push(Kind::Body, 0, &body);
            sender.end(Kind::Done, "");
        }
        ReplyBody::Events(events) => {
            sender.push(Kind::Head, 0, &head);
            let mode = match delivery {
                Delivery::Stream(mode) => mode,
                // The caller asked for a whole reply and sent `stream: true`; there is no body to give.
                Delivery::Reply => return sender.end(Kind::Eof, ""),
            };
            relay(*events, mode, limits, ends_at, sender).await;
        }
    }
}

async fn relay(
    mut events: EventBody,
    mode: Mode,
    limits: Limits,
    ends_at: Option<Instant>,
    mut sender: Sender,
) {
    let mut chunks = Chunks { encoder: events.encoder(), json: Vec::new() };
    loop {
        if !sender.window().is_open() {
            sender.flush_all();
            sender.window().open().await;
        }
        let flush_at = sender.flush_at();
        let mut is_done = false;
        let mut emit = |choice, event: Event<'_>| {
            is_done |= event.is_last();
            chunks.push(choice, &event, mode, &mut sender);
        };
        let batch = within(limits, ends_at, Limit::Idle, events.next_with(&mut emit));
        let result = match flush_at {
            None => batch.await,
            Some(at) => match tokio::time::timeout_at(at, batch).await {
                Ok(result) => result,
                Err(_) => Ok(true),
            },
        };
        match result {
            Ok(_) if is_done => return sender.end(Kind::Done, ""),
            Ok(true) => sender.flush(),
            Ok(false) => return sender.end(Kind::Eof, ""),
            Err(failure) => return sender.end(Kind::Failed, &failure),
        }
    }
}

/// Writes chunks for readers that want the wire's JSON.
struct Chunks {
    encoder: Encoder,
    json: Vec<u8>,
}

impl Chunks {
    fn push(&mut self, choice: u32, event: &Event<'_>, mode: Mode, sender: &mut Sender) {
        let (is_chunk, kind) = match mode {
            Mode::Events { include_raw } => (include_raw, Kind::Raw),
            Mode::Chunks => (true, Kind::Chunk),
        };
        // An error is an event in both modes; its chunk would say the same again.
        if is_chunk && !matches!(event, Event::Error { .. }) {
            self.encoder.encode_json(choice, event, &mut self.json, &mut |json| sender.push(kind, 0, json));
        }
        if event.is_last() || (mode != Mode::Chunks && choice == 0) {
            sender.push_event(event);
        }
    }
}

/// Waits under the named limit and the total one; the error is the failure's JSON.
async fn within<T>(
    limits: Limits,
    ends_at: Option<Instant>,
    limit: Limit,
    work: impl Future<Output = T>,
) -> Result<T, String> {
    let after = if limit == Limit::Idle { limits.idle } else { limits.first_byte };
    let phase_ends_at = after.map(|after| Instant::now() + after);
    let (deadline, limit, after) = match (phase_ends_at, ends_at) {
        (Some(phase), Some(total)) if total < phase => (total, Limit::Total, limits.total),
        (Some(phase), _) => (phase, limit, after),
        (None, Some(total)) => (total, Limit::Total, limits.total),
        (None, None) => return Ok(work.await),
    };
    tokio::time::timeout_at(deadline, work).await.map_err(|_| {
        let kind = ErrorKind::Timeout { limit, after: after.unwrap_or(Duration::ZERO) };
        failure_json(&kind, "a limit was reached")
    })
}
