//! The two loops.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::Plan;
use crate::connection::{Connection, Exchange};
use crate::report::Report;

/// Runs to the end of the last reply. The first failure ends it.
pub(crate) async fn run(plan: Plan) -> Result<Report, String> {
    let plan = Rc::new(plan);
    let started_at = Instant::now();
    let ends_at = started_at + plan.duration;
    let exchanges = match plan.rate {
        None => closed_loop(&plan, ends_at).await?,
        Some(rate) => open_loop(&plan, rate, ends_at).await?,
    };
    Ok(Report::new(exchanges, started_at.elapsed(), plan.tokens))
}

async fn closed_loop(plan: &Rc<Plan>, ends_at: Instant) -> Result<Vec<Exchange>, String> {
    let mut callers = JoinSet::new();
    for _ in 0..plan.connections {
        let plan = Rc::clone(plan);
        callers.spawn_local(async move {
            let mut connection = Connection::default();
            let mut exchanges = Vec::new();
            // At least one, so that a server slower than the duration is measured too.
            loop {
                exchanges.push(connection.exchange(&plan, Instant::now()).await?);
                if Instant::now() >= ends_at {
                    return Ok::<_, String>(exchanges);
                }
            }
        });
    }
    let mut exchanges = Vec::new();
    while let Some(caller) = callers.join_next().await {
        exchanges.extend(caller.map_err(|error| error.to_string())??);
    }
    Ok(exchanges)
}

/// Connections that are not in use, and how many may be at once.
struct Pool {
    idle: RefCell<Vec<Connection>>,
    free: Semaphore,
}

async fn open_loop(plan: &Rc<Plan>, rate: u32, ends_at: Instant) -> Result<Vec<Exchange>, String> {
    let free = Semaphore::new(plan.connections as usize);
    let pool = Rc::new(Pool { idle: RefCell::new(Vec::new()), free });
    let mut ticks = interval_at(Instant::now(), Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut requests = JoinSet::new();
    loop {
        ticks.tick().await;
        // The timer's own delay, up to a millisecond, is not the server's.
        let due_at = Instant::now();
        if due_at >= ends_at && !requests.is_empty() {
            break;
        }
        requests.spawn_local(one(Rc::clone(plan), Rc::clone(&pool), due_at));
    }
    let mut exchanges = Vec::new();
    while let Some(exchange) = requests.join_next().await {
        exchanges.push(exchange.map_err(|error| error.to_string())??);
    }
    Ok(exchanges)
}

async fn one(plan: Rc<Plan>, pool: Rc<Pool>, due_at: Instant) -> Result<Exchange, String> {
    let _permit = pool.free.acquire().await.map_err(|error| error.to_string())?;
    let mut connection = pool.idle.borrow_mut().pop().unwrap_or_default();
    let exchange = connection.exchange(&plan, due_at).await;
    pool.idle.borrow_mut().push(connection);
    exchange
}
