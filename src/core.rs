//! `NativeCore`: open, drain, release, cancel. One per Node environment; worker threads have their own.

use std::collections::HashMap;
use std::sync::Arc;

use auriko_client::outbox::{Drained, Kind, Outbox, Sender};
use auriko_client::{Client, ErrorKind, deliver_reply, deliver_stream, failure_json};
use napi::bindgen_prelude::{Function, Int32ArraySlice};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, JsString, Status};
use napi_derive::napi;
use tokio::task::AbortHandle;

use crate::body::Supply;
use crate::options::{Delivery, NativeRequest, NativeStream};
use crate::runtime;

type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The client core and the outbox of one environment.
#[napi]
pub struct NativeCore {
    client: Client,
    outbox: Arc<Outbox>,
    drained: Drained,
    /// Never called: it only holds the process open while requests are in flight.
    keep_alive: Wake,
    holds_process: bool,
    /// Streams whose body is still being supplied.
    supplies: HashMap<u32, Supply>,
    waker: AbortHandle,
}

#[napi]
impl NativeCore {
    /// `wake` is called once after each first append; it must drain.
    #[napi(constructor)]
    pub fn new(env: &Env, wake: Function<'_, (), ()>) -> napi::Result<Self> {
        let runtime = runtime::handle()?;
        let outbox = Outbox::new();
        let waker = runtime.spawn(wake_when_due(Arc::clone(&outbox), build(&wake)?)).abort_handle();
        let closing = Arc::clone(&outbox);
        let waker_at_exit = waker.clone();
        env.add_env_cleanup_hook((), move |()| {
            closing.close();
            waker_at_exit.abort();
        })?;
        Ok(Self {
            client: Client::new(),
            outbox,
            drained: Drained::default(),
            keep_alive: build(&wake)?,
            holds_process: false,
            supplies: HashMap::new(),
            waker,
        })
    }

    /// Starts a request and returns the number of its stream.
    #[napi]
    pub fn open(&mut self, env: &Env, mut request: NativeRequest, stream: NativeStream) -> napi::Result<u32> {
        let delivery = stream.delivery()?;
        let (body, supply) = request.take_body();
        let mut request = request.into_request()?;
        let client = self.client.clone();
        let max_event_bytes = stream.max_event_bytes as usize;
        self.start(env, &stream, supply, move |sender| async move {
            match body.assemble().await {
                Ok(body) => request.body = body,
                Err(message) => return refuse(sender, message),
            }
            match delivery {
                Delivery::Reply => deliver_reply(client, request, sender).await,
                Delivery::Stream(mode) => {
                    deliver_stream(client, request, mode, max_event_bytes, sender).await;
                }
            }
        })
    }

    /// Hands over what waits: integers into `records`, text as the result. THE line where a token becomes JavaScript.
    #[napi(ts_return_type = "string")]
    pub fn drain<'env>(
        &mut self,
        env: &'env Env,
        mut records: Int32ArraySlice<'env>,
    ) -> napi::Result<JsString<'env>> {
        // SAFETY is the caller's: ts/transport/native.ts owns the array and does not touch it during the call.
        #[expect(unsafe_code, reason = "napi can't know that nobody else writes to the array meanwhile")]
        let records = unsafe { records.as_mut() };
        self.outbox.drain(records, &mut self.drained);
        let Drained { text, chunks } = &mut self.drained;
        text.push_str(chunks);
        let string =
            if text.is_ascii() { env.create_string_latin1(&*text) } else { env.create_string(&*text) };
        if text.capacity() > KEEP_BYTES {
            self.drained = Drained::default();
        }
        self.hold_process(env)?;
        string
    }

    /// Takes the next bytes of a body, a copy of them; says whether more are wanted. All but the last slice of a payload
    /// must be a multiple of three long.
    #[napi]
    pub fn supply(&mut self, stream: u32, bytes: &[u8]) -> bool {
        let more = self.supplies.get_mut(&stream).is_some_and(|supply| supply.add(bytes));
        if !more {
            self.supplies.remove(&stream);
        }
        more
    }

    /// Says that `amount` units of a stream were consumed.
    #[napi]
    pub fn release(&self, stream: u32, amount: u32) {
        self.outbox.release(stream, amount as usize);
    }

    /// Ends a stream and closes its connection; unknown numbers are ignored.
    #[napi]
    pub fn cancel(&mut self, env: &Env, stream: u32) -> napi::Result<()> {
        self.outbox.cancel(stream);
        self.supplies.remove(&stream);
        self.hold_process(env)
    }

    /// Streams that have not been drained to their end.
    #[napi]
    pub fn in_flight(&self) -> u32 {
        u32::try_from(self.outbox.in_flight()).unwrap_or(u32::MAX)
    }
}

impl NativeCore {
    pub(crate) fn start<F>(
        &mut self,
        env: &Env,
        stream: &NativeStream,
        supply: Option<Supply>,
        task: impl FnOnce(Sender) -> F,
    ) -> napi::Result<u32>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = runtime::handle()?;
        let sender = self.outbox.open(stream.coalesce(), stream.window_bytes);
        let id = sender.id();
        let task = runtime.spawn(task(sender));
        self.outbox.attach(id, task.abort_handle());
        if let Some(supply) = supply {
            self.supplies.insert(id, supply);
        }
        self.hold_process(env)?;
        Ok(id)
    }

    /// The process may end when nothing is in flight.
    #[expect(deprecated, reason = "the successors only release; there is no other way to refer again")]
    fn hold_process(&mut self, env: &Env) -> napi::Result<()> {
        let hold = self.outbox.in_flight() > 0;
        if hold != self.holds_process {
            self.holds_process = hold;
            if hold { self.keep_alive.refer(env)? } else { self.keep_alive.unref(env)? }
        }
        Ok(())
    }
}

impl Drop for NativeCore {
    fn drop(&mut self) {
        self.outbox.close();
        self.waker.abort();
    }
}

/// A drained string whose buffer grew past this gives it back.
const KEEP_BYTES: usize = 1024 * 1024;

/// Ends a stream whose request can't be sent.
pub(crate) fn refuse(sender: Sender, message: &str) {
    sender.end(Kind::Failed, &failure_json(&ErrorKind::Request, message));
}

fn build(wake: &Function<'_, (), ()>) -> napi::Result<Wake> {
    wake.build_threadsafe_function::<()>().weak::<true>().build()
}

async fn wake_when_due(outbox: Arc<Outbox>, wake: Wake) {
    loop {
        outbox.due().await;
        if wake.call((), ThreadsafeFunctionCallMode::NonBlocking) == Status::Closing {
            return;
        }
    }
}
