//! Hot state of a cluster, in Redis or Valkey. Every step that must be whole is one script.
//!
//! Counters of spend are loaded from PostgreSQL once per period, and again when Redis has lost its memory. A claim
//! belongs to its replica, the owner, which gives a sign of life several times per lease; what a silent owner holds
//! becomes spend. All keys of a workspace share a hash tag, so that a script stays on one node.
//!
//! Redis may lose its memory, all of it or, where it writes a file now and then, the last moments. So counters are good
//! for one life of the server only (its run id): after a restart or a failover owners assert what they hold, and
//! counters are loaded again when all had the time for that and for writing spend to PostgreSQL (`generation.lua`).
//! What can still be missed is the spend of a replica that dies in the same moment.
//!
//! While it does not answer, nobody waits for it: one who looks again several times a second (`reach.rs`) does.

mod background;
mod claims;
mod reach;
mod record;
mod scripts;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, FromRedisValue, RedisError, ScriptInvocation};
use secrecy::ExposeSecret;
use tokio::sync::{RwLock, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{CallEnd, CallState, HotState, Verdict};
use crate::breaker::OpenBreaker;
use crate::budget::{Budget, Claim, Counter, End};
use crate::clock::{Day, Period, Timestamp};
use crate::config::Cluster;
use crate::database::Database;
use crate::error::StoreError;
use crate::id;
use crate::idempotency::{KEPT_FOR, RUNS_FOR};
use crate::journal::Journal;
use crate::limit::bucket::{Charge, Levels, UNIT};
use reach::Reach;
use scripts::Scripts;

/// How long an answer, or a connection, is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Claims that this replica holds at most while Redis is out of reach, some 400 bytes each.
const MOST_ADOPTED: usize = 200_000;

/// Hot state in Redis, with its background work.
pub(crate) struct Redis {
    shared: Arc<Shared>,
    unended: mpsc::UnboundedSender<Unended>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What waits for the background to end it.
enum Unended {
    Claim(Claim, End),
    /// Answered when all before it have ended.
    Mark(oneshot::Sender<()>),
}

/// What background tasks work with.
struct Shared {
    connection: ConnectionManager,
    prefix: String,
    owner: String,
    lease: Duration,
    scripts: Scripts,
    database: Arc<dyn Database>,
    journal: Arc<Journal>,
    /// Claims of this replica that have not ended, by workspace.
    live: Mutex<HashMap<Arc<str>, HashMap<String, Claim>>>,
    /// Whether some of them may be unknown to Redis.
    has_adopted: AtomicBool,
    /// Held by whoever makes a claim, so that none is half made while all of them are asserted.
    making: RwLock<()>,
    /// The memory of Redis that knows them.
    generation: Mutex<String>,
    reach: Reach,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Redis").field("owner", &self.shared.owner).finish_non_exhaustive()
    }
}

impl Redis {
    pub(crate) async fn open(
        cluster: &Cluster,
        database: Arc<dyn Database>,
        journal: Arc<Journal>,
    ) -> Result<Self, StoreError> {
        let wrong = |field, problem: &str| StoreError::Configuration { field, problem: problem.to_owned() };
        if cluster.lease < Duration::from_millis(100) {
            return Err(wrong("lease", "must be at least 100 ms"));
        }
        // The error may quote the URL, and with it the password.
        let client = redis::Client::open(cluster.redis_url.expose_secret())
            .map_err(|_| wrong("redis_url", "is not a Redis URL such as redis://:password@host:6379/0"))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(2)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200));
        let connection =
            ConnectionManager::new_with_config(client, config).await.map_err(StoreError::hot_state)?;
        let shared = Arc::new(Shared {
            connection,
            prefix: cluster.prefix.clone(),
            owner: id::new("owner_"),
            lease: cluster.lease,
            scripts: Scripts::new(),
            database,
            journal,
            live: Mutex::default(),
            has_adopted: AtomicBool::new(false),
            making: RwLock::default(),
            reach: Reach::default(),
            generation: Mutex::default(),
        });
        // Waits out the beginning of a fresh memory here rather than in the first request.
        shared.await_generation().await?;
        let (unended, queue) = mpsc::unbounded_channel();
        let tasks = background::start(&shared, queue);
        Ok(Self { shared, unended, tasks: Mutex::new(tasks) })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.abandon();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unexpected() -> StoreError {
    StoreError::Corrupt { what: "reply of Redis" }
}

impl Shared {
    /// Runs a script for a request.
    async fn invoke<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let mut connection = self.connection();
        self.reach.with(async { call.invoke_async(&mut connection).await }).await
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Begins the names of all keys of a workspace. Its id is in braces: Redis Cluster keeps such names together.
    fn base(&self, workspace: &str) -> String {
        format!("{}{{{workspace}}}:", self.prefix)
    }

    fn bucket(&self, subject: &str, charge: Charge) -> String {
        format!("{}{{limit:{subject}}}:{}", self.prefix, charge.pool.as_str())
    }

    fn call(&self, id: &str) -> String {
        format!("{}call:{id}", self.prefix)
    }

    fn breakers(&self) -> String {
        format!("{}breakers", self.prefix)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl HotState for Redis {
    async fn reserve(&self, claim: &Claim, budgets: &[Arc<Budget>]) -> Result<Verdict, StoreError> {
        self.shared.ask(claim, budgets).await
    }

    fn adopt(&self, claim: &Claim) -> bool {
        let held: usize = lock(&self.shared.live).values().map(HashMap::len).sum();
        if held >= MOST_ADOPTED {
            return false;
        }
        self.shared.remember(claim);
        self.shared.has_adopted.store(true, Ordering::Relaxed);
        true
    }

    async fn end(&self, claim: &Claim, end: End) -> Result<bool, StoreError> {
        self.shared.end(&self.shared.owner, claim, end).await
    }

    fn end_later(&self, claim: &Claim, end: End) {
        // Nobody listens any more after `close`; then the lease ends it.
        let _ = self.unended.send(Unended::Claim(claim.clone(), end));
    }

    async fn counters(
        &self,
        workspace: &str,
        day: Day,
        budgets: &[Arc<Budget>],
    ) -> Result<Vec<Counter>, StoreError> {
        let account = crate::budget::Account { workspace: workspace.into(), key: None, byok_provider: None };
        let amount = auriko_wire::money::NanoUsd::ZERO;
        let draws_credit = budgets.iter().any(|budget| budget.period == Period::Lifetime);
        let nothing = Claim { id: String::new(), account, amount, day, draws_credit };
        self.shared.ask(&nothing, budgets).await.map(|verdict| verdict.counters)
    }

    async fn take(&self, subject: &str, charges: &[Charge], now: Timestamp) -> Result<Levels, StoreError> {
        if charges.is_empty() {
            return Ok(Levels { is_admitted: true, levels: Vec::new() });
        }
        let mut call = self.shared.scripts.take.prepare_invoke();
        call.arg(now.0);
        for charge in charges {
            call.key(self.shared.bucket(subject, *charge)).arg(charge.per_minute).arg(charge.amount);
        }
        let reply: Vec<String> = self.shared.invoke(&call).await?;
        let numbers: Option<Vec<u64>> = reply.iter().map(|number| number.parse().ok()).collect();
        let mut numbers =
            numbers.filter(|numbers| numbers.len() == 1 + charges.len()).ok_or_else(unexpected)?;
        let is_admitted = numbers.remove(0) == 1;
        Ok(Levels { is_admitted, levels: numbers })
    }

    async fn adjust(
        &self,
        subject: &str,
        charge: Charge,
        tokens: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let level = i128::from(tokens) * i128::from(UNIT);
        let mut call = self.shared.scripts.adjust.key(self.shared.bucket(subject, charge));
        call.arg(now.0).arg(charge.per_minute).arg(level.to_string());
        self.shared.invoke::<String>(&call).await.map(drop)
    }

    async fn begin_call(&self, id: &str, fingerprint: &str, now: Timestamp) -> Result<CallState, StoreError> {
        let mut call = self.shared.scripts.begin_call.key(self.shared.call(id));
        call.arg(fingerprint).arg(now.0).arg(now.after(RUNS_FOR).0).arg(now.after(KEPT_FOR).0);
        let reply: Vec<String> = self.shared.invoke(&call).await?;
        if reply.is_empty() {
            return Ok(CallState::Ours);
        }
        let [fingerprint, state, runs_until, status, body] =
            <[String; 5]>::try_from(reply).map_err(|_| unexpected())?;
        Ok(match (state.as_str(), status.parse()) {
            ("running", _) if runs_until.parse().is_ok_and(|until: i64| now.0 < until) => {
                CallState::Running { fingerprint }
            }
            ("done", Ok(status)) => CallState::Done { fingerprint, status, body },
            _ => CallState::Unknown { fingerprint },
        })
    }

    async fn end_call(
        &self,
        id: &str,
        fingerprint: &str,
        end: CallEnd,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, status, body) = match end {
            CallEnd::Done { status, body } => ("done", status, body),
            CallEnd::Unknown => ("unknown", 0, String::new()),
            CallEnd::Undone => ("", 0, String::new()),
        };
        let mut call = self.shared.scripts.end_call.key(self.shared.call(id));
        call.arg(fingerprint).arg(state).arg(status).arg(body);
        self.shared.invoke::<String>(&call).await.map(drop)
    }

    async fn open_breaker(&self, breaker: &OpenBreaker) -> Result<(), StoreError> {
        let mut call = self.shared.scripts.open_breaker.key(self.shared.breakers());
        call.arg(&breaker.name).arg(breaker.until.0).arg(breaker.asked_until.0);
        self.shared.invoke::<String>(&call).await.map(drop)
    }

    async fn close_breaker(&self, name: &str) -> Result<(), StoreError> {
        let (key, mut connection) = (self.shared.breakers(), self.shared.connection());
        self.shared.reach.with(async { connection.hdel(key, name).await }).await
    }

    async fn open_breakers(&self, now: Timestamp) -> Result<Vec<OpenBreaker>, StoreError> {
        let mut call = self.shared.scripts.list_breakers.key(self.shared.breakers());
        call.arg(now.0);
        let all: Vec<(String, String)> = self.shared.invoke(&call).await?;
        let read = |(name, times): (String, String)| {
            let (until, asked_until) = times.split_once(' ')?;
            let (until, asked_until) = (Timestamp(until.parse().ok()?), Timestamp(asked_until.parse().ok()?));
            Some(OpenBreaker { name, until, asked_until })
        };
        all.into_iter().map(|one| read(one).ok_or_else(unexpected)).collect()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let pong: Result<String, RedisError> = self.shared.connection().ping().await;
        self.shared.reach.heard(pong).map(drop)
    }

    async fn close(&self) {
        let (mark, reached) = oneshot::channel();
        if self.unended.send(Unended::Mark(mark)).is_ok() {
            // If Redis is out of reach, the lease ends what is left.
            let _ = tokio::time::timeout(PATIENCE, reached).await;
        }
        self.abandon();
    }

    fn abandon(&self) {
        lock(&self.tasks).drain(..).for_each(|task| task.abort());
    }
}
