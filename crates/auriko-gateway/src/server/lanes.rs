//! Lanes: threads that serve connections, each with a runtime and connections to providers of its own.
//!
//! What belongs to one request (the caller's connection, the attempt, the provider's connection) stays on one thread.
//! On a runtime that spans threads each of them wakes another one several times per request, which costs more than the
//! gateway's own work.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, watch};

use super::answer::Answers;
use super::connections::{Accepted, Servant};

/// Most lanes: each keeps connections to providers, which are dear to open. A guess; revisit with data.
const MOST: usize = 16;

/// What lanes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serve,
    /// Nothing new; what has begun may end.
    Drain,
    /// What has not ended is dropped.
    Stop,
}

/// All lanes of a server. Dropped, they stop at once, and nobody waits for them.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    phase: watch::Sender<Phase>,
}

struct Lane {
    connections: mpsc::UnboundedSender<(Accepted, Open)>,
    /// Connections that are open.
    count: Arc<AtomicUsize>,
    /// Becomes true, or is dropped, when the lane has ended.
    has_ended: watch::Receiver<bool>,
}

/// A connection that counts as open until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lanes {
    /// One lane per processor.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(answers: &Answers) -> io::Result<Self> {
        let wanted = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST);
        let (phase, _) = watch::channel(Phase::Serve);
        let lanes = (0..wanted).map(|number| Lane::start(number, answers.clone(), phase.subscribe()));
        Ok(Self { lanes: lanes.collect::<io::Result<_>>()?, phase })
    }

    /// Hands a connection to the lane that has the fewest, and of equals always to the same: whoever comes alone finds
    /// warm connections to the providers.
    ///
    /// # Errors
    /// There is no lane any more.
    pub(super) fn serve(&self, connection: Accepted) -> io::Result<()> {
        let lane = self.lanes.iter().min_by_key(|lane| lane.count.load(Ordering::Relaxed));
        let lane = lane.ok_or(io::ErrorKind::NotConnected)?;
        let open = Open::count(&lane.count);
        lane.connections.send((connection, open)).map_err(|_| io::ErrorKind::NotConnected.into())
    }

    /// Takes nothing new, and lets what has begun end.
    pub(super) fn drain(&self) {
        self.phase.send_replace(Phase::Drain);
    }

    /// Completes when every connection has ended.
    pub(super) async fn ended(&mut self) {
        for lane in &mut self.lanes {
            // A lane that is gone has ended as well.
            drop(lane.has_ended.wait_for(|has_ended| *has_ended).await);
        }
    }

    /// Drops what has not ended.
    pub(super) async fn stop(mut self) {
        self.phase.send_replace(Phase::Stop);
        self.ended().await;
    }
}

impl Lane {
    fn start(number: usize, answers: Answers, phase: watch::Receiver<Phase>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (connections, arriving) = mpsc::unbounded_channel();
        let (end, has_ended) = watch::channel(false);
        std::thread::Builder::new().name(format!("auriko-lane-{number}")).spawn(move || {
            runtime.block_on(run(arriving, Servant::new(answers), phase));
            // A name that is being looked up must not hold the process.
            runtime.shutdown_background();
            end.send_replace(true);
        })?;
        Ok(Self { connections, count: Arc::default(), has_ended })
    }
}

async fn run(
    mut arriving: mpsc::UnboundedReceiver<(Accepted, Open)>,
    servant: Servant,
    mut phase: watch::Receiver<Phase>,
) {
    let mut until_drained = phase.clone();
    let mut drained = std::pin::pin!(until_drained.wait_for(|phase| *phase >= Phase::Drain));
    loop {
        let (connection, open) = tokio::select! {
            arrived = arriving.recv() => match arrived {
                Some(arrived) => arrived,
                None => break,
            },
            _ = &mut drained => break,
        };
        if let Err(error) = servant.serve(connection, open) {
            tracing::debug!(%error, "a connection ended before it was served");
        }
    }
    tokio::select! {
        () = servant.finish() => {}
        _ = phase.wait_for(|phase| *phase == Phase::Stop) => {}
    }
}
