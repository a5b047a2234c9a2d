//! Tables, as a list of steps from the empty database to the newest version.
//!
//! A step that was released is never edited: a change is a new step at the end.

/// Holds the version and the canary of the master key.
pub(super) const META: &str = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)";

/// What the version is read with.
pub(super) const VERSION: &str = "SELECT value FROM meta WHERE name = 'schema_version'";

/// Which database the tables are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// What a version changes.
pub(super) enum Step {
    /// The same everywhere.
    Both(&'static [&'static str]),
    /// How SQLite keeps its rows, which is nothing to PostgreSQL.
    Sqlite(&'static [&'static str]),
}

impl Step {
    pub(super) fn statements(&self, engine: Engine) -> &'static [&'static str] {
        match self {
            Self::Both(statements) => statements,
            Self::Sqlite(statements) if engine == Engine::Sqlite => statements,
            Self::Sqlite(_) => &[],
        }
    }
}

/// The versions, first version first.
pub(super) const STEPS: &[Step] = &[Step::Both(FIRST), Step::Both(CREDIT), Step::Sqlite(LEDGER_BY_TIME)];

const FIRST: &[&str] = &[
    "CREATE TABLE workspaces (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at BIGINT NOT NULL)",
    "CREATE TABLE api_keys (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id), name TEXT NOT NULL,
        prefix TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, rpm BIGINT, tpm BIGINT,
        created_by TEXT, created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT, last_used_at BIGINT)",
    "CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, created_at)",
    "CREATE TABLE budgets (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id), scope TEXT NOT NULL,
        target TEXT NOT NULL, period TEXT NOT NULL, limit_nano_usd BIGINT NOT NULL, enforce BIGINT NOT NULL,
        include_byok BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
        UNIQUE (workspace_id, scope, target, period))",
    "CREATE TABLE own_keys (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id), provider TEXT NOT NULL,
        name TEXT NOT NULL, masked TEXT NOT NULL, sealed TEXT NOT NULL, is_default BIGINT NOT NULL,
        disabled BIGINT NOT NULL, validation TEXT NOT NULL, account_tier TEXT, tier_source TEXT,
        validated_at BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)",
    "CREATE INDEX own_keys_by_provider ON own_keys (workspace_id, provider)",
    // What was spent, per period and target; the sum of settled and expired reservations.
    "CREATE TABLE spend (
        workspace_id TEXT NOT NULL, period TEXT NOT NULL, start_day BIGINT NOT NULL, target TEXT NOT NULL,
        amount BIGINT NOT NULL, PRIMARY KEY (workspace_id, period, start_day, target))",
    // Only the embedded store uses it: a cluster holds its reservations in Redis.
    "CREATE TABLE reservations (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, key_id TEXT, byok_provider TEXT, day BIGINT NOT NULL,
        amount BIGINT NOT NULL)",
    "CREATE TABLE ledger (
        id TEXT PRIMARY KEY, at BIGINT NOT NULL, day BIGINT NOT NULL, workspace_id TEXT NOT NULL, key_id TEXT,
        model TEXT NOT NULL, provider TEXT, byok BIGINT NOT NULL, input_tokens BIGINT NOT NULL,
        cached_tokens BIGINT NOT NULL, cache_write_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
        reasoning_tokens BIGINT NOT NULL, cost BIGINT NOT NULL, status BIGINT NOT NULL, error_code TEXT,
        latency_ms BIGINT NOT NULL, first_token_ms BIGINT, user_id TEXT, trace_id TEXT)",
    "CREATE INDEX ledger_by_time ON ledger (workspace_id, at)",
    "CREATE INDEX ledger_by_key ON ledger (key_id, at)",
    "CREATE TABLE ledger_tags (
        ledger_id TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (ledger_id, tag))",
    // Batches of the journal that were written, so that one whose commit was not answered is not written twice.
    "CREATE TABLE batches (id TEXT PRIMARY KEY, at BIGINT NOT NULL)",
    // Only the embedded store uses it.
    "CREATE TABLE idempotency (
        id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, state TEXT NOT NULL, runs_until BIGINT NOT NULL,
        reply_status BIGINT,
        reply_body TEXT, expires_at BIGINT NOT NULL)",
];

const CREDIT: &[&str] = &[
    // What workspaces bought. What they spent of it is in `spend`, with the period `lifetime`.
    "CREATE TABLE credit_purchases (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id), amount BIGINT NOT NULL,
        note TEXT, created_at BIGINT NOT NULL)",
    "CREATE INDEX credit_purchases_by_workspace ON credit_purchases (workspace_id, created_at)",
    "ALTER TABLE reservations ADD COLUMN draws_credit BIGINT NOT NULL DEFAULT 0",
];

/// Ids of requests are random: an index of them is written all over, a page per row once the ledger is large. In the order
/// of time rows go where the last ones went, and what was used in a month lies together. An index by key was used by no query of
/// SQLite's. PostgreSQL keeps its tables: it has no such order, and to copy a large one would keep the other replicas waiting.
const LEDGER_BY_TIME: &[&str] = &[
    "CREATE TABLE ledger_in_order (
        id TEXT NOT NULL, at BIGINT NOT NULL, day BIGINT NOT NULL, workspace_id TEXT NOT NULL, key_id TEXT,
        model TEXT NOT NULL, provider TEXT, byok BIGINT NOT NULL, input_tokens BIGINT NOT NULL,
        cached_tokens BIGINT NOT NULL, cache_write_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
        reasoning_tokens BIGINT NOT NULL, cost BIGINT NOT NULL, status BIGINT NOT NULL, error_code TEXT,
        latency_ms BIGINT NOT NULL, first_token_ms BIGINT, user_id TEXT, trace_id TEXT,
        PRIMARY KEY (workspace_id, at, id)) WITHOUT ROWID",
    "INSERT INTO ledger_in_order SELECT id, at, day, workspace_id, key_id, model, provider, byok, input_tokens,
        cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost, status, error_code, latency_ms,
        first_token_ms, user_id, trace_id FROM ledger ORDER BY workspace_id, at, id",
    "DROP TABLE ledger",
    "ALTER TABLE ledger_in_order RENAME TO ledger",
];
