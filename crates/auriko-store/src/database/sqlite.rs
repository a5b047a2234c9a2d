//! SQLite: one connection on a thread of its own, which commits whatever waits in one transaction.
//!
//! The file belongs to one process (`locking_mode = EXCLUSIVE`): the store keeps counters in memory, which a
//! second process would not see. The lock goes with the process, also when it is killed.
//!
//! With WAL and `synchronous = NORMAL` a commit is a write without an fsync: it survives the death of the
//! process at any instant; a power failure may take the last commits, never the file's consistency.
//!
//! There is no timer: a statement waits only while the statements before it are committed, and all that came
//! meanwhile share the next commit.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, types::ValueRef};
use tokio::sync::oneshot;

use super::{Database, Row, Statement, Value, schema};
use crate::error::StoreError;

/// Jobs in one transaction at most, so that the first of them does not wait for thousands.
const BATCH: usize = 512;

/// Which replies to a job.
enum Reply {
    Rows(oneshot::Sender<Result<Vec<Row>, StoreError>>),
    Counts(oneshot::Sender<Result<Vec<u64>, StoreError>>),
    /// Asks for a copy in this file.
    Copy(oneshot::Sender<Result<(), StoreError>>, PathBuf),
}

struct Job {
    statements: Vec<Statement>,
    reply: Reply,
}

/// The embedded database.
pub(crate) struct Sqlite {
    thread: Mutex<Option<(Sender<Job>, JoinHandle<()>)>>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sqlite")
    }
}

impl Sqlite {
    /// Opens or creates the file, takes its lock and brings its tables up to date. `None`: in memory.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, StoreError> {
        let connection = match file {
            Some(file) => open_file(file)?,
            None => Connection::open_in_memory().map_err(StoreError::database)?,
        };
        connection.set_prepared_statement_cache_capacity(64);
        migrate(&connection)?;
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("auriko-store".to_owned())
            .spawn(move || run(&connection, &queue))
            .map_err(StoreError::database)?;
        Ok(Self { thread: Mutex::new(Some((jobs, thread))) })
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let thread = self.thread.lock().map_err(|_| closed())?;
        let (jobs, _) = thread.as_ref().ok_or_else(closed)?;
        jobs.send(job).map_err(|_| closed())
    }

    fn stop(&self) {
        let Some((jobs, thread)) = self.thread.lock().ok().and_then(|mut thread| thread.take()) else {
            return;
        };
        drop(jobs);
        // Waits for what is queued, milliseconds; then the lock is free for the next who opens the file.
        let _ = thread.join();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.stop();
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { statements: vec![statement], reply: Reply::Rows(reply) })?;
        result.await.map_err(|_| closed())?
    }

    async fn transact(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { statements, reply: Reply::Counts(reply) })?;
        result.await.map_err(|_| closed())?
    }

    async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { statements: Vec::new(), reply: Reply::Copy(reply, file.to_owned()) })?;
        result.await.map_err(|_| closed())?
    }

    async fn close(&self) {
        self.stop();
    }
}

fn closed() -> StoreError {
    StoreError::database("the store was closed")
}

fn open_file(file: &Path) -> Result<Connection, StoreError> {
    create_private(file).map_err(StoreError::database)?;
    let connection = Connection::open(file).map_err(StoreError::database)?;
    let settings = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; COMMIT;";
    connection.busy_timeout(std::time::Duration::ZERO).map_err(StoreError::database)?;
    connection.execute_batch(settings).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::InUse { path: file.display().to_string() }
        }
        _ => StoreError::database(error),
    })?;
    Ok(connection)
}

/// The file holds hashes and ciphertexts: nobody but its owner reads it.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(schema::META).map_err(StoreError::database)?;
    let version: Option<String> = connection
        .query_row(schema::VERSION, [], |row| row.get(0))
        .optional()
        .map_err(StoreError::database)?;
    for step in super::pending_steps(version.as_deref(), schema::Engine::Sqlite)? {
        let script = format!("BEGIN; {step} COMMIT;");
        connection.execute_batch(&script).map_err(StoreError::database)?;
    }
    Ok(())
}

fn run(connection: &Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(queue.try_iter()).take(BATCH).collect();
        commit(connection, jobs);
    }
}

/// Must be outside of any transaction.
fn copy(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    if file.exists() {
        return Err(StoreError::Duplicate { what: "file", fields: "path" });
    }
    create_private(file).map_err(StoreError::database)?;
    let path = file.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [&*path]).map(drop).map_err(|error| {
        // Half a copy is none.
        let _ = std::fs::remove_file(file);
        StoreError::database(error)
    })
}

/// Runs jobs in one transaction and answers them when it is committed.
fn commit(connection: &Connection, jobs: Vec<Job>) {
    let (copies, jobs): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|job| matches!(job.reply, Reply::Copy(..)));
    let begun = execute(connection, "BEGIN");
    let results: Vec<_> = jobs
        .into_iter()
        .filter_map(|job| {
            Some(match job.reply {
                Reply::Copy(..) => return None,
                Reply::Rows(reply) => {
                    let rows = job.statements.iter().try_fold(Vec::new(), |_, one| rows(connection, one));
                    Done::Rows(reply, rows)
                }
                Reply::Counts(reply) => Done::Counts(reply, all_or_nothing(connection, &job.statements)),
            })
        })
        .collect();
    let committed = begun.and_then(|()| execute(connection, "COMMIT"));
    if committed.is_err() && !connection.is_autocommit() {
        // A disk that is full may refuse the commit and keep the transaction open.
        let _ = execute(connection, "ROLLBACK");
    }
    let committed = committed.map_err(|error| error.to_string());
    for result in results {
        // Whoever asked may be gone.
        match result {
            Done::Rows(reply, rows) => drop(reply.send(after(&committed, rows))),
            Done::Counts(reply, counts) => drop(reply.send(after(&committed, counts))),
        }
    }
    for job in copies {
        if let Reply::Copy(reply, file) = job.reply {
            drop(reply.send(copy(connection, &file)));
        }
    }
}

enum Done {
    Rows(oneshot::Sender<Result<Vec<Row>, StoreError>>, rusqlite::Result<Vec<Row>>),
    Counts(oneshot::Sender<Result<Vec<u64>, StoreError>>, rusqlite::Result<Vec<u64>>),
}

fn after<T>(committed: &Result<(), String>, result: rusqlite::Result<T>) -> Result<T, StoreError> {
    match committed {
        Ok(()) => result.map_err(StoreError::database),
        Err(error) => Err(StoreError::database(error.clone())),
    }
}

fn all_or_nothing(connection: &Connection, statements: &[Statement]) -> rusqlite::Result<Vec<u64>> {
    if statements.len() == 1 {
        return execute_all(connection, statements);
    }
    execute(connection, "SAVEPOINT job")?;
    let counts = execute_all(connection, statements);
    if counts.is_err() {
        execute(connection, "ROLLBACK TO job")?;
    }
    execute(connection, "RELEASE job")?;
    counts
}

/// Runs what has no parameters and is run again and again.
fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// A batch holds many of the same statement, one behind the other: it is looked up once for all of them.
fn execute_all(connection: &Connection, statements: &[Statement]) -> rusqlite::Result<Vec<u64>> {
    let mut counts = Vec::with_capacity(statements.len());
    for alike in statements.chunk_by(|one, next| std::ptr::eq(one.sql, next.sql)) {
        let mut prepared = connection.prepare_cached(alike[0].sql)?;
        for statement in alike {
            bind(&mut prepared, &statement.params)?;
            counts.push(prepared.raw_execute()? as u64);
        }
    }
    Ok(counts)
}

fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    bind(&mut prepared, &statement.params)?;
    let columns = prepared.column_count();
    let mut found = prepared.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| value(row, column)).collect();
        rows.push(Row(values?.into_iter()));
    }
    Ok(rows)
}

fn bind(prepared: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    for (index, param) in params.iter().enumerate() {
        match param {
            Value::Null => prepared.raw_bind_parameter(index + 1, rusqlite::types::Null)?,
            Value::Int(number) => prepared.raw_bind_parameter(index + 1, number)?,
            Value::Text(text) => prepared.raw_bind_parameter(index + 1, text)?,
        }
    }
    Ok(())
}

fn value(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Value> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    })
}
