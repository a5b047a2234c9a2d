//! `npx auriko`: the command line of the gateway and its tools, run on threads of its own and stopped from JavaScript, which
//! owns the process's signals.

use std::sync::Mutex;

use napi::bindgen_prelude::PromiseRaw;
use napi::{Env, JsValue};
use napi_derive::napi;
use tokio::sync::oneshot;

/// One run of the command line.
#[napi]
pub struct NativeCommand {
    arguments: Vec<String>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

#[napi]
impl NativeCommand {
    /// `arguments` are those behind `auriko`.
    #[napi(constructor)]
    pub fn new(arguments: Vec<String>) -> Self {
        Self { arguments, stop: Mutex::new(None) }
    }

    /// Runs until it is stopped; resolves to the exit code, and holds the process open until then.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn run<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, u32>> {
        let (deferred, promise) = env.create_deferred()?;
        let arguments = std::iter::once("auriko".to_owned()).chain(self.arguments.iter().cloned());
        let arguments: Vec<_> = arguments.collect();
        let (stop, stopped) = oneshot::channel();
        if let Ok(mut held) = self.stop.lock() {
            *held = Some(stop);
        }
        std::thread::Builder::new()
            .name("auriko-gateway".to_owned())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return deferred.reject(napi::Error::from_reason(error.to_string())),
                };
                let shutdown = async move { drop(stopped.await) };
                let code = runtime.block_on(auriko_gateway::run_cli(arguments, shutdown));
                deferred.resolve(move |_| Ok(u32::from(code)));
            })
            .map_err(|error| {
                napi::Error::from_reason(format!("the gateway's thread can't be started: {error}"))
            })?;
        Ok(PromiseRaw::new(env.raw(), promise.raw()))
    }

    /// Stops accepting; streams may finish. Safe to call twice, or before `run`.
    #[napi]
    pub fn stop(&self) {
        if let Some(stop) = self.stop.lock().ok().and_then(|mut stop| stop.take()) {
            // The gateway may have ended by itself.
            let _ = stop.send(());
        }
    }
}
