//! Where the configuration of a running gateway comes from, and how it notices that it has changed.
//!
//! Files are looked at every second: their times and lengths cost nothing to read, and unlike notifications of the
//! system they work on every file system and survive editors that replace a file.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use auriko_routing::catalog::file::CatalogFile;
use tokio::time::{MissedTickBehavior, interval};

use super::catalog::FILE_NAME;
use super::{environment, read, read_config};
use crate::config::{Config, IN_MEMORY};
use crate::gateway::Gateway;

/// How often files are looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// The files of a gateway.
#[derive(Debug, Clone)]
pub(super) struct Source {
    config: Option<PathBuf>,
    catalog: Option<PathBuf>,
    /// Of the store, unless the configuration names one.
    data_dir: PathBuf,
}

/// What shows that a file is another one. `None`: it is not there.
pub(super) type Mark = Option<(Option<SystemTime>, u64)>;

impl Source {
    pub(super) fn new(config: Option<&Path>, data_dir: Option<&Path>) -> Self {
        Self {
            config: config.map(Path::to_owned),
            catalog: data_dir.map(|directory| directory.join(FILE_NAME)),
            data_dir: data_dir.unwrap_or(Path::new(IN_MEMORY)).to_owned(),
        }
    }

    /// Reads everything.
    pub(super) fn load(&self) -> Result<Config, String> {
        let config = read_config(self.config.as_deref())?.with_data_dir(&self.data_dir);
        let config = config.with_standard_variables(&environment).map_err(|error| error.to_string())?;
        let Some(path) = self.catalog.as_deref().filter(|path| path.exists()) else { return Ok(config) };
        let catalog = CatalogFile::from_json(&read("the catalogue", path)?);
        Ok(config.with_catalog(catalog.map_err(|error| format!("{}: {error}", path.display()))?))
    }

    /// Keeps a gateway at what the files say, until it is dropped. `seen` is how they were when the gateway was made. What
    /// is wrong is logged once, and the gateway stays as it was.
    pub(super) async fn follow(&self, gateway: &Gateway, mut seen: [Mark; 2]) -> Infallible {
        let mut hangups = Hangups::new();
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_asked = tokio::select! {
                _ = ticks.tick() => false,
                () = hangups.next() => true,
            };
            let marks = self.marks();
            if marks == seen && !is_asked {
                continue;
            }
            seen = marks;
            let reloaded =
                self.load().and_then(|config| gateway.reload(config).map_err(|error| error.to_string()));
            match reloaded {
                Ok(()) => {
                    let description = gateway.describe();
                    let (models, providers) = (description.models.len(), description.providers.join(", "));
                    tracing::info!(models, providers, "the configuration was read again");
                }
                Err(reason) => tracing::error!(reason, "the configuration was not taken; the old one stays"),
            }
        }
    }

    pub(super) fn marks(&self) -> [Mark; 2] {
        [&self.config, &self.catalog].map(|path| {
            let metadata = std::fs::metadata(path.as_deref()?).ok()?;
            Some((metadata.modified().ok(), metadata.len()))
        })
    }
}

/// Requests of the operating system to read the configuration again.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    fn new() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signal = signal(SignalKind::hangup());
            if let Err(error) = &signal {
                tracing::warn!(%error, "SIGHUP can't be heard; changes of the files are still noticed");
            }
            Self { signal: signal.ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Never ends where there is no such signal.
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
