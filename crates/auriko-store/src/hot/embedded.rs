//! Hot state of one process: in memory, with durable rows that cover all reservations (`cover`).
//!
//! A reservation is covered before its attempt may be sent; where a row has no room for it, in the next commit of the
//! database's thread, which takes what came meanwhile along. Its end is not waited for: it is written with the next
//! batch of the journal, together with the spend. So a process that is killed leaves rows for what it had not ended or
//! not written yet, and the next one, which finds them when it opens the file, counts them as spent.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::accounts::Accounts;
use super::{CallEnd, CallState, HotState, Verdict};
use crate::breaker::OpenBreaker;
use crate::budget::{Account, Budget, Claim, Counter, End, Target};
use crate::clock::{Day, Period, Timestamp};
use crate::database::{Database, Row, statement};
use crate::error::StoreError;
use crate::idempotency::{KEPT_FOR, RUNS_FOR};
use crate::journal::Journal;
use crate::limit::Pool;
use crate::limit::bucket::{Bucket, Charge, Levels, adjusted, take_all};

/// Buckets in memory before those that have leaked empty are looked for.
const MANY_BUCKETS: usize = 10_000;

/// The state.
#[derive(Debug)]
pub(crate) struct Embedded {
    database: Arc<dyn Database>,
    journal: Arc<Journal>,
    accounts: Mutex<Accounts>,
    /// Claims that no row covers.
    adopted: Mutex<HashSet<String>>,
    buckets: Mutex<Buckets>,
    /// Until when, and until when their providers asked for it.
    breakers: Mutex<HashMap<String, (Timestamp, Timestamp)>>,
    is_abandoned: AtomicBool,
}

#[derive(Debug, Default)]
struct Buckets {
    by_subject: HashMap<(String, Pool), (Bucket, u64)>,
    prune_at: usize,
}

impl Embedded {
    /// Counts what a former process left reserved as spent, then loads the counters.
    pub(crate) async fn open(
        database: Arc<dyn Database>,
        journal: Arc<Journal>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let sql =
            "SELECT id, workspace_id, key_id, byok_provider, amount, day, draws_credit FROM reservations";
        for row in database.query(statement!(sql)).await? {
            let left = read_claim(row)?;
            journal.note_left(&left);
        }
        journal.flush().await?;
        let mut accounts = Accounts::default();
        // The longest period is a month; one more lets late ends see their counters.
        let since = Day(now.day().0 - 62);
        let sql = "SELECT workspace_id, period, start_day, target, amount FROM spend
            WHERE start_day >= $1 OR period = 'lifetime'";
        for mut row in database.query(statement!(sql, since.0)).await? {
            let what = "spend counter";
            let (workspace, period): (String, String) = (row.take(what)?, row.take(what)?);
            let period = Period::of_counter(&period).ok_or(StoreError::Corrupt { what })?;
            let start = row.take(what)?;
            let target = Target::parse(&row.take::<String>(what)?).ok_or(StoreError::Corrupt { what })?;
            accounts.load(&workspace, (period, start), target, row.take(what)?);
        }
        Ok(Self {
            database,
            journal,
            accounts: Mutex::new(accounts),
            buckets: Mutex::new(Buckets { by_subject: HashMap::new(), prune_at: MANY_BUCKETS }),
            adopted: Mutex::default(),
            breakers: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
        })
    }

    fn end_now(&self, claim: &Claim, end: End) -> bool {
        if self.is_abandoned.load(Ordering::Relaxed) || !lock(&self.accounts).end(claim, end) {
            return false;
        }
        let spent = end.spent(claim.amount);
        if lock(&self.adopted).remove(&claim.id) {
            self.journal.note_end(claim, spent);
        } else {
            self.journal.note_covered_end(claim, spent);
        }
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_claim(mut row: Row) -> Result<Claim, StoreError> {
    let what = "reservation";
    let id = row.take(what)?;
    let workspace = row.take::<String>(what)?.into();
    let key = row.take::<Option<String>>(what)?.map(Into::into);
    let byok_provider = row.take::<Option<String>>(what)?.map(Into::into);
    let account = Account { workspace, key, byok_provider };
    Ok(Claim { id, account, amount: row.take(what)?, day: row.take(what)?, draws_credit: row.take(what)? })
}

#[async_trait]
impl HotState for Embedded {
    async fn reserve(&self, claim: &Claim, budgets: &[Arc<Budget>]) -> Result<Verdict, StoreError> {
        let verdict = lock(&self.accounts).reserve(claim, budgets);
        if verdict.is_held {
            let growth = self.journal.covers().take(claim);
            if let Some(growth) = growth {
                let written = self.database.transact(vec![growth.statement(claim)]).await;
                let mut covers = self.journal.covers();
                if let Err(error) = written {
                    covers.fail(claim);
                    drop(covers);
                    lock(&self.accounts).end(claim, End::Released);
                    return Err(error);
                }
                covers.confirm(claim);
            }
        }
        Ok(verdict)
    }

    fn adopt(&self, claim: &Claim) -> bool {
        lock(&self.adopted).insert(claim.id.clone());
        lock(&self.accounts).adopt(claim);
        true
    }

    async fn end(&self, claim: &Claim, end: End) -> Result<bool, StoreError> {
        Ok(self.end_now(claim, end))
    }

    fn end_later(&self, claim: &Claim, end: End) {
        self.end_now(claim, end);
    }

    async fn counters(
        &self,
        workspace: &str,
        day: Day,
        budgets: &[Arc<Budget>],
    ) -> Result<Vec<Counter>, StoreError> {
        Ok(lock(&self.accounts).counters(workspace, day, budgets))
    }

    async fn take(&self, subject: &str, charges: &[Charge], now: Timestamp) -> Result<Levels, StoreError> {
        let mut buckets = lock(&self.buckets);
        buckets.prune(now);
        let name = |charge: &Charge| (subject.to_owned(), charge.pool);
        let mut present: Vec<Bucket> = charges
            .iter()
            .map(|charge| {
                buckets.by_subject.get(&name(charge)).map(|(bucket, _)| *bucket).unwrap_or_default()
            })
            .collect();
        let levels = take_all(&mut present, charges, now);
        if levels.is_admitted {
            for (charge, bucket) in charges.iter().zip(present) {
                buckets.by_subject.insert(name(charge), (bucket, charge.per_minute));
            }
        }
        Ok(levels)
    }

    async fn adjust(
        &self,
        subject: &str,
        charge: Charge,
        tokens: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut buckets = lock(&self.buckets);
        let name = (subject.to_owned(), charge.pool);
        let (bucket, per_minute) = buckets.by_subject.entry(name).or_default();
        *per_minute = charge.per_minute;
        let level = adjusted(bucket.level_at(charge.per_minute, now), tokens);
        bucket.set(level, now);
        Ok(())
    }

    async fn begin_call(&self, id: &str, fingerprint: &str, now: Timestamp) -> Result<CallState, StoreError> {
        let delete = "DELETE FROM idempotency WHERE expires_at <= $1";
        let insert = "INSERT INTO idempotency (id, fingerprint, state, runs_until, expires_at)
            VALUES ($1, $2, 'running', $3, $4) ON CONFLICT DO NOTHING";
        let insert = statement!(insert, id, fingerprint, now.after(RUNS_FOR), now.after(KEPT_FOR));
        let counts = self.database.transact(vec![statement!(delete, now), insert]).await?;
        if counts.last() == Some(&1) {
            return Ok(CallState::Ours);
        }
        let select =
            "SELECT fingerprint, state, runs_until, reply_status, reply_body FROM idempotency WHERE id = $1";
        let what = "idempotency record";
        let row = self.database.query(statement!(select, id)).await?.pop();
        // It can end as undone between the two statements: then it runs, as far as this caller is concerned.
        let Some(mut row) = row else {
            return Ok(CallState::Running { fingerprint: fingerprint.to_owned() });
        };
        let fingerprint: String = row.take(what)?;
        let state: String = row.take(what)?;
        let runs_until: Timestamp = row.take(what)?;
        let reply: (Option<i64>, Option<String>) = (row.take(what)?, row.take(what)?);
        Ok(match (state.as_str(), reply) {
            ("running", _) if now < runs_until => CallState::Running { fingerprint },
            ("done", (Some(status), Some(body))) => {
                let status = u16::try_from(status).map_err(|_| StoreError::Corrupt { what })?;
                CallState::Done { fingerprint, status, body }
            }
            _ => CallState::Unknown { fingerprint },
        })
    }

    async fn end_call(
        &self,
        id: &str,
        _fingerprint: &str,
        end: CallEnd,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = "UPDATE idempotency SET state = $1, reply_status = $2, reply_body = $3 WHERE id = $4";
        let statement = match end {
            CallEnd::Done { status, body } => statement!(update, "done", u32::from(status), body, id),
            CallEnd::Unknown => statement!(update, "unknown", None::<i64>, None::<i64>, id),
            CallEnd::Undone => statement!("DELETE FROM idempotency WHERE id = $1", id),
        };
        self.database.transact(vec![statement]).await.map(drop)
    }

    async fn open_breaker(&self, breaker: &OpenBreaker) -> Result<(), StoreError> {
        let mut breakers = lock(&self.breakers);
        let (until, asked_until) = breakers.entry(breaker.name.clone()).or_default();
        *until = breaker.until.max(*until);
        *asked_until = breaker.asked_until.max(*asked_until);
        Ok(())
    }

    async fn close_breaker(&self, name: &str) -> Result<(), StoreError> {
        lock(&self.breakers).remove(name);
        Ok(())
    }

    async fn open_breakers(&self, now: Timestamp) -> Result<Vec<OpenBreaker>, StoreError> {
        let mut breakers = lock(&self.breakers);
        breakers.retain(|_, (until, _)| now < *until);
        let open = |(name, times): (&String, &(Timestamp, Timestamp))| OpenBreaker {
            name: name.clone(),
            until: times.0,
            asked_until: times.1,
        };
        Ok(breakers.iter().map(open).collect())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {
        self.journal.covers().close();
    }

    fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

impl Buckets {
    /// Forgets buckets that have leaked empty, now and then.
    fn prune(&mut self, now: Timestamp) {
        if self.by_subject.len() >= self.prune_at {
            self.by_subject.retain(|_, (bucket, per_minute)| bucket.level_at(*per_minute, now) > 0);
            self.prune_at = MANY_BUCKETS.max(self.by_subject.len() * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use auriko_wire::money::NanoUsd;

    use super::*;
    use crate::limit::bucket::UNIT;

    #[test]
    fn empty_buckets_are_forgotten_when_there_are_many() {
        let mut buckets = Buckets { by_subject: HashMap::new(), prune_at: 2 };
        let mut add = |name: &str, level| {
            let bucket = Bucket { level, at: Timestamp(0) };
            buckets.by_subject.insert((name.to_owned(), Pool::InferenceRequests), (bucket, 60));
        };
        add("idle", UNIT);
        add("busy", 60 * UNIT);
        buckets.prune(Timestamp(30_000_000));
        let names: Vec<&str> = buckets.by_subject.keys().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["busy"]);
        assert_eq!(buckets.prune_at, MANY_BUCKETS);
    }

    #[tokio::test]
    async fn an_adopted_claim_is_booked_and_takes_nothing_from_the_rows() {
        let day = Day(20_780);
        let clock = Arc::new(crate::clock::ManualClock::new(day.starts_at()));
        let database: Arc<dyn Database> =
            Arc::new(crate::database::sqlite::Sqlite::open(None).expect("in memory"));
        let journal = Arc::new(Journal::new(Arc::clone(&database), clock));
        let hot = Embedded::open(Arc::clone(&database), Arc::clone(&journal), day.starts_at()).await;
        let hot = hot.expect("opens");
        let claim = |id: &str| {
            let account = Account { workspace: "ws".into(), key: None, byok_provider: None };
            Claim { id: id.to_owned(), account, amount: NanoUsd(10), day, draws_credit: false }
        };
        assert!(hot.reserve(&claim("held"), &[]).await.expect("held").is_held);
        assert!(hot.adopt(&claim("adopted")));
        assert!(hot.end(&claim("adopted"), End::Settled(NanoUsd(4))).await.expect("ended"));
        assert!(!hot.end(&claim("adopted"), End::Settled(NanoUsd(4))).await.expect("once"));
        journal.flush().await.expect("written");
        let number = async |sql: &'static str| -> u64 {
            let mut rows = database.query(statement!(sql)).await.expect("answers");
            rows.remove(0).take::<NanoUsd>("number").expect("a number").0
        };
        assert_eq!(number("SELECT amount FROM reservations").await, 10, "what is held stays covered");
        assert_eq!(number("SELECT amount FROM spend WHERE period = 'weekly'").await, 4);
    }
}
