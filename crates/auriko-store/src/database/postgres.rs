//! PostgreSQL: a pool of connections, statements prepared once per connection.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use secrecy::ExposeSecret;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Database, Row, Statement, Value, schema};
use crate::config::Cluster;
use crate::error::StoreError;

/// Any number: all replicas must use the same for their migrations to wait for each other.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7263812640)";

/// How long a connection, or a place in the pool, is waited for.
const WAIT: Duration = Duration::from_secs(3);

/// How long an answer is waited for: sums over a large ledger take seconds, a server that hangs takes forever.
const ANSWER: Duration = Duration::from_secs(30);

/// The cluster's database.
pub(crate) struct Postgres {
    pool: Pool,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Postgres").field("status", &self.pool.status()).finish()
    }
}

impl Postgres {
    /// Connects and brings the tables up to date.
    pub(crate) async fn open(cluster: &Cluster) -> Result<Self, StoreError> {
        let mut config: Config =
            cluster.database_url.expose_secret().parse().map_err(|_| StoreError::Configuration {
                // The parser's own message may quote the URL, and with it the password.
                field: "database_url",
                problem: "is not a PostgreSQL URL such as postgresql://user:password@host:5432/auriko"
                    .to_owned(),
            })?;
        config.connect_timeout(WAIT).keepalives(true).application_name("auriko");
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == SslMode::Require {
            let (tls, _unreadable) = MakeRustlsConnect::with_native_certs().map_err(|_| no_roots())?;
            Manager::from_config(config, tls, recycling)
        } else {
            Manager::from_config(config, NoTls, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(cluster.connections.max(1))
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: Some(WAIT), create: Some(WAIT), recycle: Some(WAIT) })
            .build()
            .map_err(StoreError::database)?;
        let this = Self { pool };
        this.migrate().await?;
        Ok(this)
    }

    async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(StoreError::database)
    }

    /// Replicas that start together wait for the first.
    async fn migrate(&self) -> Result<(), StoreError> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(StoreError::database)?;
        transaction.batch_execute(MIGRATION_LOCK).await.map_err(StoreError::database)?;
        transaction.batch_execute(schema::META).await.map_err(StoreError::database)?;
        let version = transaction.query_opt(schema::VERSION, &[]).await.map_err(StoreError::database)?;
        let version: Option<String> = version.map(|row| row.get(0));
        for step in super::pending_steps(version.as_deref(), schema::Engine::Postgres)? {
            transaction.batch_execute(&step).await.map_err(StoreError::database)?;
        }
        transaction.commit().await.map_err(StoreError::database)
    }
}

#[async_trait]
impl Database for Postgres {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let rows = async {
            let prepared = client.prepare_cached(statement.sql).await?;
            client.query_raw(&prepared, &statement.params).await?.try_collect::<Vec<_>>().await
        };
        let rows = in_time(rows).await?;
        rows.iter().map(row).collect::<Result<_, _>>().map_err(StoreError::database)
    }

    async fn transact(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        let mut client = self.client().await?;
        let counts = async {
            let transaction = client.transaction().await?;
            let mut prepared = Vec::with_capacity(statements.len());
            for statement in &statements {
                prepared.push(transaction.prepare_cached(statement.sql).await?);
            }
            // Polled together, they go out in one stretch and in this order.
            let results = prepared
                .iter()
                .zip(&statements)
                .map(|(prepared, statement)| transaction.execute_raw(prepared, &statement.params));
            let counts = try_join_all(results).await?;
            transaction.commit().await?;
            Ok(counts)
        };
        in_time(counts).await
    }

    async fn copy_to(&self, _file: &Path) -> Result<(), StoreError> {
        let problem = "is PostgreSQL, which has its own tools for back-ups, such as pg_dump";
        Err(StoreError::invalid("store", problem))
    }

    async fn close(&self) {
        self.pool.close();
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(ANSWER, work).await {
        Ok(result) => result.map_err(StoreError::database),
        Err(elapsed) => Err(StoreError::database(elapsed)),
    }
}

fn no_roots() -> StoreError {
    StoreError::Configuration {
        field: "database_url",
        problem: "asks for TLS, but the system has no root certificates; install them or set SSL_CERT_FILE"
            .to_owned(),
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let values: Result<Vec<Value>, _> = (0..row.len())
        .map(|column| {
            Ok(match *row.columns()[column].type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map_or(Value::Null, Value::Int),
                Type::INT4 => row
                    .try_get::<_, Option<i32>>(column)?
                    .map_or(Value::Null, |number| Value::Int(number.into())),
                _ => row.try_get::<_, Option<String>>(column)?.map_or(Value::Null, Value::Text),
            })
        })
        .collect();
    values.map(|values| Row(values.into_iter()))
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::UNKNOWN)
    }

    to_sql_checked!();
}
