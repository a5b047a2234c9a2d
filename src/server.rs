//! The gateway as an HTTP server inside the Node process, on threads of its own.

use std::sync::Mutex;

use auriko_gateway::Server;
use napi::bindgen_prelude::PromiseRaw;
use napi::{Env, JsValue};
use napi_derive::napi;
use tokio::sync::{oneshot, watch};

use crate::gateway::NativeGateway;
use crate::runtime;

/// A running server.
#[napi]
pub struct NativeServer {
    host: String,
    port: u16,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    /// `None` while it runs, then how it ended.
    ended: watch::Receiver<Option<Result<(), String>>>,
}

#[napi]
impl NativeServer {
    /// Binds and serves. Port 0 picks a free one.
    #[napi(ts_return_type = "Promise<NativeServer>")]
    pub fn start<'env>(
        env: &'env Env,
        gateway: &NativeGateway,
        host: String,
        port: u16,
    ) -> napi::Result<PromiseRaw<'env, NativeServer>> {
        let (deferred, promise) = env.create_deferred()?;
        let gateway = gateway.gateway.clone();
        std::thread::Builder::new()
            .name("auriko-server".to_owned())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return deferred.reject(napi::Error::from_reason(error.to_string())),
                };
                runtime.block_on(async move {
                    let server = match Server::bind(gateway, &host, port).await {
                        Ok(server) => server,
                        Err(error) => return deferred.reject(napi::Error::from_reason(error.to_string())),
                    };
                    let address = server.local_addr();
                    let (stop, stopped) = oneshot::channel();
                    let (end, ended) = watch::channel(None);
                    deferred.resolve(move |_| {
                        Ok(NativeServer {
                            host: address.ip().to_string(),
                            port: address.port(),
                            stop: Mutex::new(Some(stop)),
                            ended,
                        })
                    });
                    let result = server.serve(async move { drop(stopped.await) }).await;
                    let _ = end.send(Some(result.map_err(|error| error.to_string())));
                });
            })
            .map_err(|error| {
                napi::Error::from_reason(format!("the server's thread can't be started: {error}"))
            })?;
        Ok(PromiseRaw::new(env.raw(), promise.raw()))
    }

    /// The address that it listens on.
    #[napi(getter)]
    pub fn host(&self) -> String {
        self.host.clone()
    }

    /// The port that it listens on; never 0.
    #[napi(getter)]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops accepting; streams may finish. Safe to call twice.
    #[napi]
    pub fn stop(&self) {
        if let Some(stop) = self.stop.lock().ok().and_then(|mut stop| stop.take()) {
            // The server may have ended by itself.
            let _ = stop.send(());
        }
    }

    /// Resolves when the server has ended, and holds the process open until then.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn ended<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let (deferred, promise) = env.create_deferred()?;
        let mut ended = self.ended.clone();
        runtime::handle()?.spawn(async move {
            let result = match ended.wait_for(Option::is_some).await {
                Ok(result) => result.clone().unwrap_or(Ok(())),
                Err(_) => Err("the server's thread ended early".to_owned()),
            };
            match result {
                Ok(()) => deferred.resolve(|_| Ok(())),
                Err(reason) => deferred.reject(napi::Error::from_reason(reason)),
            }
        });
        Ok(PromiseRaw::new(env.raw(), promise.raw()))
    }
}
