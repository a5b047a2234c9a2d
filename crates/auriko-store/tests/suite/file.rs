//! What only a file can suffer: a second process, a kill, a newer version.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use auriko_store::budget::Reserved;
use auriko_store::ledger::{GroupBy, LedgerRow, UsageFilter};
use auriko_store::{Backend, FILE_NAME, MasterKey, Store, StoreConfig, StoreError};
use auriko_wire::money::NanoUsd;
use rand::RngExt;

use crate::budgets::{account, daily, only};
use crate::stage::usd;

/// Tells the victim where to work. It is this test program, run once more.
const VICTIM_FOLDER: &str = "AURIKO_STORE_VICTIM_FOLDER";

fn config(folder: &Path) -> StoreConfig {
    StoreConfig::new(Backend::Directory(folder.to_owned()), MasterKey::new([7; 32]))
}

#[tokio::test]
async fn a_file_belongs_to_one_store_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(config(folder.path())).await.expect("opens");
    let error = Store::open(config(folder.path())).await.expect_err("in use");
    assert!(matches!(&error, StoreError::InUse { path } if path.ends_with(FILE_NAME)), "{error}");
    store.close().await.expect("closes");
    Store::open(config(folder.path())).await.expect("opens again");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let _store = Store::open(config(folder.path())).await.expect("opens");
    for file in std::fs::read_dir(folder.path()).expect("lists") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.path().display());
    }
}

#[tokio::test]
async fn no_secret_is_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(config(folder.path())).await.expect("opens");
    let (_, secret) = store.keys().create("default", crate::records::new_key("k")).await.expect("made");
    store.close().await.expect("closes");
    let hidden = &auriko_store::ExposeSecret::expose_secret(&secret)[16..];
    for file in std::fs::read_dir(folder.path()).expect("lists") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("reads");
        assert!(!bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes()));
    }
}

#[tokio::test]
async fn a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(FILE_NAME), "this is no database, it is a text of some length")
        .expect("written");
    let error = Store::open(config(folder.path())).await.expect_err("no database");
    assert!(error.is_unavailable(), "{error}");
}

#[test]
fn killing_the_process_loses_no_spend() {
    killing(5);
}

#[test]
#[ignore = "takes minutes"]
fn killing_the_process_loses_no_spend_many_times() {
    killing(200);
}

/// Reserve, settle and a ledger row, 64 at a time: the processor time of all threads, per request. Prints; run it in
/// a release build with `--ignored --nocapture`. The aim is 50 µs.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn what_a_request_costs() {
    const TASKS: u64 = 64;
    const EACH: u64 = 500;
    // Fields 14 and 15 of `proc(5)`: ticks in user and kernel mode, 100 per second.
    let ticks = || {
        let stat = std::fs::read_to_string("/proc/self/stat").expect("reads");
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
        fields.map(|field| field.parse::<u64>().expect("a number")).sum::<u64>()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(config(folder.path())).await.expect("opens");
    store.budgets().create("default", daily(usd(1_000))).await.expect("made");
    let before = ticks();
    let tasks = (0..TASKS).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            for request in 0..EACH {
                let held = crate::budgets::hold(&store, account(), NanoUsd(2)).await;
                held.settle(NanoUsd(1)).await.expect("ends");
                let id = format!("req_{task}_{request}");
                let row =
                    LedgerRow { id, workspace: "default".into(), cost: NanoUsd(1), ..LedgerRow::default() };
                store.ledger().record(row).expect("taken");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("runs");
    }
    store.close().await.expect("closes");
    let micros = (ticks() - before) * 10_000 / (TASKS * EACH);
    #[expect(clippy::print_stderr, reason = "the result")]
    {
        eprintln!("{micros} µs per request");
    }
}

/// Kills a victim at random instants and compares what its log says with what the store counts.
fn killing(rounds: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut random = rand::rng();
    let mut rows = 0;
    for round in 0..rounds {
        let mut victim = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "file::victim", "--ignored", "--nocapture"])
            .env(VICTIM_FOLDER, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let log = folder.path().join("log");
        let start = crate::servers::now();
        while std::fs::read_to_string(&log).unwrap_or_default().lines().count() < 40 * (round as usize + 1) {
            assert!(crate::servers::now() - start < Duration::from_secs(60), "the victim does nothing");
            assert!(victim.try_wait().expect("asks").is_none(), "the victim ended by itself");
            std::thread::sleep(Duration::from_millis(2));
        }
        // The last one lives until some of its rows must have been written.
        let least = if round + 1 == rounds { 500 } else { 0 };
        std::thread::sleep(Duration::from_millis(random.random_range(least..=500)));
        victim.kill().expect("killed");
        victim.wait().expect("ended");
        // The next round starts from where this one ended, so that all add up.
        rows = runtime.block_on(check(folder.path(), &std::fs::read_to_string(&log).expect("a log")));
    }
    assert!(rows > 0, "some rows were written before their process died");
}

/// Returns how many rows the ledger has.
async fn check(folder: &Path, log: &str) -> u64 {
    let store = Store::open(config(folder)).await.expect("opens");
    let status = only(&store).await;
    let amount = |line: &str| line.rsplit(' ').next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let sum = |word: &str| log.lines().filter(|line| line.starts_with(word)).map(amount).sum::<u64>();
    // Each attempt costs half of what is reserved for it. All that were sent must be counted; each at most in full, and the
    // room that rows keep for attempts to come a sixteenth at most (see `hot/cover.rs`): forty and more are asked for.
    let (asked, sent) = (sum("ask "), sum("sent "));
    assert!(status.spent.0 >= sent / 2, "spend was lost: {} of at least {}", status.spent.0, sent / 2);
    let most = asked + asked / 16;
    assert!(status.spent.0 <= most, "spend was invented: {} of at most {most}", status.spent.0);
    assert!(status.spent <= status.budget.limit);
    assert_eq!(status.reserved, NanoUsd::ZERO);
    let filter = UsageFilter {
        workspace: "default".into(),
        key: None,
        since: auriko_store::clock::Timestamp(0),
        until: auriko_store::clock::Timestamp(i64::MAX),
    };
    let rows = store.ledger().usage(&filter, GroupBy::Model).await.expect("sums");
    let (cost, count) =
        rows.iter().fold((0, 0), |(cost, count), (_, one)| (cost + one.cost.0, count + one.requests));
    assert!(cost <= status.spent.0, "no row without its spend: {cost} of {}", status.spent.0);
    store.close().await.expect("closes");
    count
}

/// Reserves, "sends", settles, until it is killed. What it has written to its log outlives it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the tests above"]
async fn victim() {
    let Some(folder) = std::env::var_os(VICTIM_FOLDER) else { return };
    let folder = Path::new(&folder);
    let store = Store::open(config(folder)).await.expect("opens");
    if store.budgets().list("default").await.expect("lists").is_empty() {
        let monthly =
            auriko_store::budget::NewBudget { period: auriko_store::clock::Period::Monthly, ..daily(usd(1)) };
        store.budgets().create("default", monthly).await.expect("made");
    }
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).expect("a log");
    let log = std::sync::Arc::new(log);
    let workers = (0..8).map(|_| {
        let (store, log) = (store.clone(), std::sync::Arc::clone(&log));
        tokio::spawn(async move {
            loop {
                let amount: u64 = 2 * rand::rng().random_range(1..500);
                let say =
                    |word: &str| (&*log).write_all(format!("{word} {amount}\n").as_bytes()).expect("written");
                say("ask");
                let Reserved::Held(held) =
                    store.budgets().reserve(account(), NanoUsd(amount)).await.expect("answers")
                else {
                    return;
                };
                say("sent");
                tokio::time::sleep(Duration::from_millis(1)).await;
                held.settle(NanoUsd(amount / 2)).await.expect("ends");
                let id = format!("req_{}", rand::rng().random::<u64>());
                let cost = NanoUsd(amount / 2);
                let at = std::time::SystemTime::now().into();
                let row = LedgerRow { id, at, workspace: "default".into(), cost, ..LedgerRow::default() };
                store.ledger().record(row).expect("taken");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("runs");
    }
}
