//! The HTTP server: a thin skin over [`Gateway::handle`], so that both ways in give the same answers.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::gateway::Gateway;

mod answer;
mod body;
mod connections;
mod event_stream;
mod lanes;
mod outgoing;
mod patience;

use answer::Answers;
use lanes::Lanes;

/// How long connections may take to end once their replies were cut off.
const CUT_LIMIT: Duration = Duration::from_secs(5);

/// A bound server.
pub struct Server {
    gateway: Gateway,
    listener: TcpListener,
    local_addr: SocketAddr,
}

impl Server {
    /// Binds; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::PermissionDenied`] for an address that other machines can reach where
    /// callers need no key, so that anybody could spend the keys configured here; [`io::ErrorKind::Other`] when the
    /// store can't be opened.
    pub async fn bind(gateway: Gateway, host: &str, port: u16) -> io::Result<Self> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<_> = tokio::net::lookup_host((host, port)).await?.collect();
        let needs_keys = gateway.open().await.map_err(io::Error::other)?;
        let addresses_of_others = || addresses.iter().find(|address| !address.ip().is_loopback());
        if let Some(address) = if needs_keys { None } else { addresses_of_others() } {
            let message = format!(
                "{} can be reached from other machines, and this gateway has no keys yet, so it serves whoever \
                 reaches it. Make a key first (`auriko keys create`), name an admin token (`access.admin_token_env`), \
                 or bind to 127.0.0.1 or ::1",
                address.ip()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let listener = TcpListener::bind(&*addresses).await?;
        let local_addr = listener.local_addr()?;
        Ok(Self { gateway, listener, local_addr })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` completes. Then nothing new is accepted, and what has begun may finish within
    /// `limits.drain_ms`; what has not is cut off, and settled like a request whose caller left. Returns when everything is
    /// written.
    ///
    /// # Errors
    /// What the system says.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let gateway = self.gateway.clone();
        let (cut_off, is_cut) = watch::channel(false);
        let mut lanes = Lanes::start(&Answers::new(self.gateway, is_cut))?;
        // Who connects later is told that nobody listens.
        connections::accept_until(self.listener, &gateway, &lanes, shutdown).await;
        gateway.drain();
        let limit = gateway.drain_limit();
        tracing::info!(limit_ms = limit.as_millis(), "stopping: what has begun may finish");
        lanes.drain();
        if timeout(limit, lanes.ended()).await.is_err() {
            tracing::warn!("requests that have not finished are cut off");
            cut_off.send_replace(true);
            // What is still open then has a caller who does not read.
            let _ = timeout(CUT_LIMIT, lanes.ended()).await;
        }
        lanes.stop().await;
        gateway.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}
