use super::*;
use crate::budget::Account;
use crate::clock::ManualClock;
use crate::database::sqlite::Sqlite;

fn journal() -> Journal {
    let clock = ManualClock::new(Day(20_780).starts_at());
    Journal::new(Arc::new(Sqlite::open(None).expect("in memory")), Arc::new(clock))
}

fn row(id: &str) -> LedgerRow {
    LedgerRow {
        id: id.to_owned(),
        workspace: "ws".into(),
        tags: vec!["a".to_owned()],
        ..LedgerRow::default()
    }
}

fn claim(id: &str) -> Claim {
    let account = Account { workspace: "ws".into(), key: None, byok_provider: None };
    Claim { id: id.to_owned(), account, amount: NanoUsd(10), day: Day(20_780), draws_credit: false }
}

async fn number(journal: &Journal, sql: &'static str) -> i64 {
    let mut rows = journal.database.query(statement!(sql)).await.expect("answers");
    rows.remove(0).take("number").expect("a number")
}

#[tokio::test]
async fn writes_all_that_was_noted_in_one_batch() {
    let journal = journal();
    journal.record(row("1")).expect("taken");
    journal.record(row("2")).expect("taken");
    journal.note_end(&claim("c"), NanoUsd(3));
    journal.note_end(&claim("d"), NanoUsd(4));
    journal.flush().await.expect("written");
    journal.flush().await.expect("nothing to write");
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM ledger").await, 2);
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM ledger_tags").await, 2);
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM spend").await, 3);
    assert_eq!(number(&journal, "SELECT amount FROM spend WHERE period = 'weekly'").await, 7);
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM batches").await, 1);
}

#[tokio::test]
async fn a_batch_whose_commit_was_not_answered_is_written_once() {
    let journal = journal();
    journal.note_end(&claim("c"), NanoUsd(3));
    let content = journal.take();
    let batch = Batch { id: "lost".to_owned(), content };
    journal.write(&batch).await.expect("written");
    // As if the answer had not come: the batch is still there to be written.
    *journal.writing.lock().await = Some(batch);
    journal.flush().await.expect("written");
    assert_eq!(number(&journal, "SELECT amount FROM spend WHERE period = 'daily'").await, 3);
    assert!(journal.writing.lock().await.is_none());
}

#[tokio::test]
async fn what_can_not_be_written_waits_and_rows_beyond_the_buffer_are_dropped() {
    let journal = journal();
    journal.database.transact(vec![statement!("ALTER TABLE spend RENAME TO hidden")]).await.expect("renamed");
    journal.note_end(&claim("c"), NanoUsd(3));
    assert!(journal.flush().await.is_err());
    assert!(journal.flush().await.is_err(), "still");
    for _ in 0..CAPACITY {
        journal.record(row("1")).expect("taken");
    }
    assert!(matches!(journal.record(row("2")), Err(StoreError::LedgerFull)));
    assert_eq!(journal.dropped(), 1);
    journal.database.transact(vec![statement!("ALTER TABLE hidden RENAME TO spend")]).await.expect("renamed");
    journal.flush().await.expect("written");
    assert_eq!(number(&journal, "SELECT amount FROM spend WHERE period = 'daily'").await, 3);
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM ledger").await, 1, "all had the same id");
}
