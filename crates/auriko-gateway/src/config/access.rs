//! Who may call and what is remembered: the tables `[store]` and `[access]`.

use std::path::{Path, PathBuf};

use std::time::Duration;

use auriko_store::{Backend, Cluster, MasterKey, SecretString, StoreConfig, StoreError, WhenUnreachable};
use serde::Deserialize;

use super::ConfigError;

/// Says that a store is to be kept in memory.
pub(crate) const IN_MEMORY: &str = ":memory:";

/// The master key in a data directory, when no variable holds one.
const MASTER_KEY_FILE: &str = "master.key";

/// Tokens that a request without an output limit may answer with under an enforced budget. A guess; revisit with data.
const UNSTATED_OUTPUT_TOKENS: u64 = 4096;

/// How long requests wait for what others hold: worst cases are many times what requests cost, and most of them are short.
const BUDGET_WAIT: Duration = Duration::from_secs(2);

/// A request that waits holds a connection.
const LONGEST_BUDGET_WAIT: Duration = Duration::from_secs(60);

/// A shorter admin token could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Where keys, budgets and the ledger are kept. Without it nothing is remembered, and callers need no key.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Store"))]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawStore {
    /// Directory of the embedded store, for one gateway process; `:memory:` keeps everything in memory.
    data_dir: Option<String>,
    /// Variable with the URL of a PostgreSQL database, for any number of gateways; needs `redis_url_env` too.
    database_url_env: Option<String>,
    /// Variable with the URL of a Redis or Valkey server.
    redis_url_env: Option<String>,
    /// Variable with the master key: 32 bytes in base64. Default: the file `master.key` in the data directory, which is
    /// made when it is not there. A cluster needs the variable.
    master_key_env: Option<String>,
    /// What becomes of requests while the store does not answer. Default `refuse`.
    when_unreachable: Option<RawWhenUnreachable>,
    /// Days that rows of the ledger are kept, 31 to 36500. Default 90.
    #[cfg_attr(test, schemars(range(min = 31, max = 36500)))]
    ledger_days: Option<u32>,
    /// Seconds, 1 to 3600, after which a gateway of a cluster that gives no sign of life is taken for dead: what it had
    /// reserved becomes spend. Default 15.
    #[cfg_attr(test, schemars(range(min = 1, max = 3600)))]
    lease_seconds: Option<u64>,
}

/// What becomes of requests while the store does not answer.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "WhenUnreachable"))]
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawWhenUnreachable {
    /// They are refused with 503, so that no budget is exceeded and nothing goes uncounted.
    Refuse,
    /// They go on with keys that this gateway has seen within the hour, without rate limits and unchecked by budgets; what
    /// they spend is booked when the store is back.
    Allow,
}

/// Who may call, and how often.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Access"))]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAccess {
    /// Variable with the token that may manage every workspace, of at least 16 characters. With it, callers need a key even
    /// before there is one. Default: none.
    admin_token_env: Option<String>,
    /// Inference requests per minute of keys that have no limit of their own. Default: no limit.
    #[cfg_attr(test, schemars(range(min = 1)))]
    requests_per_minute: Option<u32>,
    /// Management calls per minute and key that read. Default 300.
    #[cfg_attr(test, schemars(range(min = 1)))]
    management_reads_per_minute: Option<u32>,
    /// Management calls per minute and key that write. Default 60.
    #[cfg_attr(test, schemars(range(min = 1)))]
    management_writes_per_minute: Option<u32>,
    /// Output tokens that are reserved, and allowed, when an enforced budget applies to a request without a limit. Default
    /// 4096.
    #[cfg_attr(test, schemars(range(min = 1)))]
    unstated_output_tokens: Option<u64>,
    /// Milliseconds, 0–60000, that a request waits for what requests in flight hold of a budget, before it is refused; never
    /// longer than half of what its own time limits allow. Default 2000.
    #[cfg_attr(test, schemars(range(max = 60000)))]
    budget_wait_ms: Option<u64>,
    /// Ids of the providers that workspaces may bring keys of their own for; `[]`: none. Default: every one that is asked
    /// over HTTP, configured here or known by name.
    own_key_providers: Option<Vec<String>>,
}

/// A checked `[store]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StorePlace {
    Memory,
    Directory(PathBuf),
    /// Names of the variables with the URLs.
    Cluster {
        database: String,
        redis: String,
    },
}

/// How the store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreSettings {
    pub(crate) place: StorePlace,
    pub(crate) master_key_env: Option<String>,
    pub(crate) when_unreachable: WhenUnreachable,
    /// `None`: as the store does.
    pub(crate) ledger_days: Option<u32>,
    /// `None`: as the store does.
    pub(crate) lease: Option<Duration>,
    /// What `[credits]` says.
    pub(crate) counts_credit: bool,
}

/// A checked `[access]`.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) admin_token_env: Option<String>,
    /// Once it is known.
    pub(crate) admin_token: Option<SecretString>,
    /// `None`: no limit.
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) management_reads_per_minute: u32,
    pub(crate) management_writes_per_minute: u32,
    pub(crate) unstated_output_tokens: u64,
    pub(crate) budget_wait: Duration,
    /// `None`: all that are asked over HTTP.
    pub(crate) own_key_providers: Option<Vec<String>>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            admin_token_env: None,
            admin_token: None,
            requests_per_minute: None,
            management_reads_per_minute: 300,
            management_writes_per_minute: 60,
            unstated_output_tokens: UNSTATED_OUTPUT_TOKENS,
            budget_wait: BUDGET_WAIT,
            own_key_providers: None,
        }
    }
}

impl RawStore {
    pub(super) fn check(self) -> Result<StoreSettings, ConfigError> {
        let wrong = |problem: &str| ConfigError::new(format!("`store`: {problem}"));
        let place = match (self.data_dir, self.database_url_env, self.redis_url_env) {
            (Some(directory), None, None) => StorePlace::at(&directory),
            (None, Some(database), Some(redis)) => StorePlace::Cluster { database, redis },
            (Some(_), ..) => return Err(wrong("`data_dir` excludes `database_url_env` and `redis_url_env`")),
            (None, None, None) => {
                return Err(wrong("needs `data_dir`, or `database_url_env` and `redis_url_env`"));
            }
            (None, ..) => return Err(wrong("`database_url_env` and `redis_url_env` need each other")),
        };
        if matches!(place, StorePlace::Cluster { .. }) && self.master_key_env.is_none() {
            return Err(wrong("`master_key_env` is required beside `database_url_env`"));
        }
        if self.ledger_days.is_some_and(|days| !(31..=36_500).contains(&days)) {
            return Err(wrong("`ledger_days` must be 31–36500"));
        }
        if self.lease_seconds.is_some_and(|seconds| !(1..=3600).contains(&seconds)) {
            return Err(wrong("`lease_seconds` must be 1–3600"));
        }
        if self.lease_seconds.is_some() && !matches!(place, StorePlace::Cluster { .. }) {
            return Err(wrong("`lease_seconds` is for `database_url_env` and `redis_url_env`"));
        }
        let when_unreachable = match self.when_unreachable {
            Some(RawWhenUnreachable::Allow) => WhenUnreachable::Allow,
            Some(RawWhenUnreachable::Refuse) | None => WhenUnreachable::Refuse,
        };
        Ok(StoreSettings {
            place,
            master_key_env: self.master_key_env,
            when_unreachable,
            ledger_days: self.ledger_days,
            lease: self.lease_seconds.map(Duration::from_secs),
            counts_credit: false,
        })
    }
}

impl RawAccess {
    pub(super) fn check(self) -> Result<Access, ConfigError> {
        let usual = Access::default();
        let numbers = [
            ("requests_per_minute", self.requests_per_minute.map(u64::from)),
            ("management_reads_per_minute", self.management_reads_per_minute.map(u64::from)),
            ("management_writes_per_minute", self.management_writes_per_minute.map(u64::from)),
            ("unstated_output_tokens", self.unstated_output_tokens),
        ];
        if let Some((field, _)) = numbers.into_iter().find(|(_, number)| *number == Some(0)) {
            return Err(ConfigError::new(format!("`access.{field}` must be at least 1")));
        }
        let budget_wait = self.budget_wait_ms.map_or(usual.budget_wait, Duration::from_millis);
        if budget_wait > LONGEST_BUDGET_WAIT {
            return Err(ConfigError::new("`access.budget_wait_ms` must be 0–60000"));
        }
        Ok(Access {
            admin_token_env: self.admin_token_env,
            admin_token: None,
            requests_per_minute: self.requests_per_minute,
            management_reads_per_minute: self
                .management_reads_per_minute
                .unwrap_or(usual.management_reads_per_minute),
            management_writes_per_minute: self
                .management_writes_per_minute
                .unwrap_or(usual.management_writes_per_minute),
            unstated_output_tokens: self.unstated_output_tokens.unwrap_or(usual.unstated_output_tokens),
            budget_wait,
            own_key_providers: self.own_key_providers,
        })
    }
}

impl Access {
    /// Fetches the token.
    pub(super) fn fetch_token(&mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let Some(variable) = self.admin_token_env.as_ref().filter(|_| self.admin_token.is_none()) else {
            return Ok(());
        };
        let Some(token) = env(variable).map(|token| token.trim().to_owned()).filter(|it| !it.is_empty())
        else {
            return Err(ConfigError::new(format!(
                "the variable {variable}, which holds the admin token, is not set"
            )));
        };
        check_length("admin token", variable, &token)?;
        self.admin_token = Some(token.into());
        Ok(())
    }
}

/// Refuses a token that could be guessed.
pub(super) fn check_length(what: &str, variable: &str, token: &str) -> Result<(), ConfigError> {
    if token.chars().count() < SHORTEST_TOKEN {
        return Err(ConfigError::new(format!(
            "the {what} in {variable} must have at least {SHORTEST_TOKEN} characters, such as those of \
             `openssl rand -base64 32`"
        )));
    }
    Ok(())
}

impl StorePlace {
    pub(crate) fn at(directory: &str) -> Self {
        if directory == IN_MEMORY { Self::Memory } else { Self::Directory(PathBuf::from(directory)) }
    }
}

impl StoreSettings {
    pub(crate) fn at(directory: &Path) -> Self {
        Self {
            place: StorePlace::at(&directory.to_string_lossy()),
            master_key_env: None,
            when_unreachable: WhenUnreachable::default(),
            ledger_days: None,
            lease: None,
            counts_credit: false,
        }
    }

    /// What the store is opened with.
    ///
    /// # Errors
    /// `Configuration` for a variable that is not set, a file that can't be read and a key that is none.
    pub(crate) fn resolve(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<StoreConfig, StoreError> {
        let given = |field, variable: &str| {
            let value = env(variable).filter(|value| !value.trim().is_empty());
            value.ok_or_else(|| StoreError::Configuration {
                field,
                problem: format!("names the variable {variable}, which is not set"),
            })
        };
        let master_key = match &self.master_key_env {
            Some(variable) => Some(MasterKey::from_base64(&given("master_key_env", variable)?)?),
            None => None,
        };
        let (backend, master_key) = match &self.place {
            StorePlace::Memory => (Backend::Memory, master_key.unwrap_or_else(MasterKey::generate)),
            StorePlace::Directory(directory) => {
                let key = if let Some(key) = master_key {
                    key
                } else {
                    let failed = |error: std::io::Error| StoreError::Configuration {
                        field: "data_dir",
                        problem: format!("{} can't be made: {error}", directory.display()),
                    };
                    std::fs::create_dir_all(directory).map_err(failed)?;
                    MasterKey::load_or_create(&directory.join(MASTER_KEY_FILE))?
                };
                (Backend::Directory(directory.clone()), key)
            }
            StorePlace::Cluster { database, redis } => {
                let mut cluster =
                    Cluster::new(given("database_url_env", database)?, given("redis_url_env", redis)?);
                cluster.lease = self.lease.unwrap_or(cluster.lease);
                let missing = || StoreError::Configuration {
                    field: "master_key_env",
                    problem: "is required for a cluster".to_owned(),
                };
                (Backend::Cluster(cluster), master_key.ok_or_else(missing)?)
            }
        };
        let usual = StoreConfig::new(backend, master_key);
        let ledger_days = self.ledger_days.unwrap_or(usual.ledger_days);
        let Self { when_unreachable, counts_credit, .. } = *self;
        Ok(StoreConfig { when_unreachable, ledger_days, counts_credit, ..usual })
    }
}
