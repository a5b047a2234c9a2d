//! Tells other replicas which breakers open and close here, and hears of theirs, through the store. No request waits for
//! it: what changed is told at once by a task of its own, and what others told is looked for twice a second.

use std::sync::Arc;
use std::time::Duration;

use auriko_routing::catalog::OfferingKey;
use auriko_store::breaker::OpenBreaker;
use auriko_store::clock::Timestamp;
use auriko_store::{Store, StoreError};
use foldhash::HashMap;
use tokio::time::{Instant, sleep_until};

use super::breaker::Pause;
use super::{Health, Line};

/// How often it is looked what others told; with the time of a look-up well below a second.
const PERIOD: Duration = Duration::from_millis(500);

/// Runs until it is aborted.
pub(crate) async fn run(store: Store, health: Arc<Health>) {
    health.gather();
    let mut due_at = Instant::now();
    let mut was_reached = true;
    loop {
        tokio::select! {
            () = health.changed() => {}
            () = sleep_until(due_at) => {}
        }
        let is_due = Instant::now() >= due_at;
        if is_due {
            due_at = Instant::now() + PERIOD;
        }
        let exchanged = exchange(&store, &health, is_due).await;
        if let Err(error) = &exchanged
            && was_reached
        {
            tracing::warn!(%error, "breakers are not shared with other replicas until the store answers");
        }
        was_reached = exchanged.is_ok();
    }
}

async fn exchange(store: &Store, health: &Health, is_due: bool) -> Result<(), StoreError> {
    for (line, pause) in health.take_untold() {
        let told = match pause {
            Some(pause) => store.breakers().open(&open(line, pause)).await,
            None => store.breakers().close(&name(line)).await,
        };
        if let Err(error) = told {
            health.untell(line);
            return Err(error);
        }
    }
    if is_due {
        let all = store.breakers().list().await?;
        let pauses: HashMap<Line, Pause> = all.iter().filter_map(read).collect();
        health.hear(&pauses);
    }
    Ok(())
}

fn open(line: Line, pause: Pause) -> OpenBreaker {
    let time = |ms: u64| Timestamp(i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX));
    OpenBreaker { name: name(line), until: time(pause.until_ms), asked_until: time(pause.wished_until_ms) }
}

/// The same on all replicas: both numbers are hashes of names.
fn name(line: Line) -> String {
    let offering = line.offering.as_u64();
    match line.own_key {
        None => format!("{offering:016x}"),
        Some(key) => format!("{offering:016x}:{key:016x}"),
    }
}

/// `None`: told by a version that names lines otherwise.
fn read(breaker: &OpenBreaker) -> Option<(Line, Pause)> {
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (offering, own_key) = match breaker.name.split_once(':') {
        Some((offering, key)) => (offering, Some(number(key)?)),
        None => (breaker.name.as_str(), None),
    };
    let line = Line { offering: OfferingKey::from_u64(number(offering)?), own_key };
    let ms = |time: Timestamp| u64::try_from(time.0 / 1000).ok();
    Some((line, Pause { until_ms: ms(breaker.until)?, wished_until_ms: ms(breaker.asked_until)? }))
}

#[cfg(test)]
mod tests {
    use auriko_store::StoreConfig;

    use super::*;
    use crate::health::{Admission, Verdict};

    const LINES: [Line; 2] = [
        Line { offering: OfferingKey::from_u64(7), own_key: None },
        Line { offering: OfferingKey::from_u64(7), own_key: Some(u64::MAX) },
    ];

    #[tokio::test]
    async fn a_pause_reaches_the_other_replica() {
        let store = Store::open(StoreConfig::in_memory()).await.expect("opens");
        let replicas = [Arc::new(Health::default()), Arc::new(Health::default())];
        for health in &replicas {
            health.gather();
        }
        let round = async || {
            for health in &replicas {
                exchange(&store, health, true).await.expect("the store answers");
            }
        };
        let wait = Some(Duration::from_secs(60));
        replicas[0].note(LINES[1], Verdict::Failing { wait });
        round().await;
        let far = |line| replicas[1].admit(line).map(drop);
        assert_eq!((far(LINES[0]), far(LINES[1])), (Ok(()), Err(Admission::Barred)));
        assert!(replicas[1].pause(LINES[1]).is_some_and(|left| left > Duration::from_secs(50)));
        // Told once more, it is no news, and nobody who only heard of it tells it.
        round().await;
        assert!(replicas[1].take_untold().is_empty());
        for _ in 0..3 {
            replicas[0].note(LINES[0], Verdict::Failing { wait: None });
        }
        round().await;
        assert_eq!(far(LINES[0]), Err(Admission::Held));
        // Nobody tells of what is over.
        store.breakers().close(&name(LINES[0])).await.expect("closes");
        let fresh = Arc::new(Health::default());
        exchange(&store, &fresh, true).await.expect("the store answers");
        assert!(fresh.admit(LINES[0]).is_ok() && fresh.admit(LINES[1]).is_err());
    }

    #[test]
    fn a_line_survives_its_name() {
        for line in LINES {
            let pause = Pause { until_ms: 2, wished_until_ms: 1 };
            assert_eq!(read(&open(line, pause)), Some((line, pause)));
        }
        let unknown = OpenBreaker {
            name: "p/m".to_owned(),
            ..open(LINES[0], Pause { until_ms: 2, wished_until_ms: 1 })
        };
        assert_eq!(read(&unknown), None);
    }
}
