//! Lanes: threads that serve connections, each with a runtime and connections to providers of its own.
//!
//! What belongs to one request (the caller's connection, the attempt, the provider's connection) stays on one thread.
//! On a runtime that spans threads each of them wakes another one several times per request, which costs more than the
//! gateway's own work.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

mod connection;

use connection::Connection;

/// Most lanes: each keeps connections to providers, which are dear to open. A guess; revisit with data.
const MOST: usize = 16;

/// What lanes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serve,
    /// Nothing new; what has begun may end.
    Drain,
}

/// All lanes of a server. Dropped, they stop at once.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    phase: watch::Sender<Phase>,
}

struct Lane {
    connections: mpsc::UnboundedSender<std::net::TcpStream>,
    /// Connections that are open.
    count: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
}

impl Lanes {
    /// One lane per processor.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(app: &Router) -> io::Result<Self> {
        let wanted = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST);
        let (phase, _) = watch::channel(Phase::Serve);
        let lanes = (0..wanted).map(|number| Lane::start(number, app.clone(), phase.subscribe()));
        Ok(Self { lanes: lanes.collect::<io::Result<_>>()?, phase })
    }

    /// Hands a connection to the lane that has the fewest, and of equals always to the same: whoever comes alone finds
    /// warm connections to the providers.
    ///
    /// # Errors
    /// What the system says of a connection that has ended already.
    pub(super) fn serve(&self, connection: TcpStream) -> io::Result<()> {
        let lane = self.lanes.iter().min_by_key(|lane| lane.count.load(Ordering::Relaxed));
        let lane = lane.ok_or(io::ErrorKind::NotConnected)?;
        let connection = connection.into_std()?;
        lane.count.fetch_add(1, Ordering::Relaxed);
        lane.connections.send(connection).map_err(|_| io::ErrorKind::NotConnected.into())
    }

    /// Waits until the open connections have ended, for `limit` at most.
    pub(super) async fn drain(mut self, limit: Duration) {
        self.phase.send_replace(Phase::Drain);
        let all = async {
            for lane in &mut self.lanes {
                // A lane that is gone has ended as well.
                let _ = (&mut lane.ended).await;
            }
        };
        let _ = timeout(limit, all).await;
    }
}

impl Lane {
    fn start(number: usize, app: Router, phase: watch::Receiver<Phase>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (connections, arriving) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let count = Arc::new(AtomicUsize::new(0));
        let listener = Arriving { connections: arriving, count: Arc::clone(&count) };
        std::thread::Builder::new().name(format!("auriko-lane-{number}")).spawn(move || {
            runtime.block_on(run(listener, app, phase));
            // A name that is being looked up must not hold the process.
            runtime.shutdown_background();
            // The server may be gone.
            let _ = end.send(());
        })?;
        Ok(Self { connections, count, ended })
    }
}

async fn run(listener: Arriving, app: Router, mut phase: watch::Receiver<Phase>) {
    let mut until_drained = phase.clone();
    let drained = async move { drop(until_drained.wait_for(|phase| *phase != Phase::Serve).await) };
    let serving = axum::serve(listener, app).with_graceful_shutdown(drained);
    let dropped = async { while phase.changed().await.is_ok() {} };
    tokio::select! {
        served = serving.into_future() => {
            if let Err(error) = served {
                tracing::error!(%error, "a lane of the server failed");
            }
        }
        () = dropped => {}
    }
}

/// The connections that a lane is given.
struct Arriving {
    connections: mpsc::UnboundedReceiver<std::net::TcpStream>,
    count: Arc<AtomicUsize>,
}

impl Listener for Arriving {
    type Io = Connection;
    type Addr = ();

    async fn accept(&mut self) -> (Connection, ()) {
        while let Some(connection) = self.connections.recv().await {
            let count = Arc::clone(&self.count);
            match TcpStream::from_std(connection) {
                Ok(stream) => return (Connection::new(stream, count), ()),
                Err(error) => {
                    count.fetch_sub(1, Ordering::Relaxed);
                    tracing::debug!(%error, "a connection ended before it was served");
                }
            }
        }
        // The server is gone, and so will be this lane.
        std::future::pending().await
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
