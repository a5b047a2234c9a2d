//! What strangers may do to the server's sockets, and where the gateway goes for callers: the tables `[connections]` and
//! `[media]`.

use std::time::Duration;

use auriko_client::{BlockedRanges, MediaLimits};
use serde::Deserialize;

use super::ConfigError;

/// Connections of callers. Milliseconds where a name ends in `_ms`.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Connections"))]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConnections {
    /// Most connections at a time; more wait until one ends. Each takes a file, and so does each connection to a provider.
    /// Counts from the start of the server. Default 16384.
    #[cfg_attr(test, schemars(range(min = 1)))]
    max: Option<usize>,
    /// From the first byte of a request to the end of its headers. Default 15000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    head_ms: Option<u64>,
    /// Between two pieces of a request body. Default 30000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    body_idle_ms: Option<u64>,
    /// A request body as a whole. Default 300000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    body_ms: Option<u64>,
    /// A connection without a request. Default 300000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    idle_ms: Option<u64>,
    /// A caller that takes nothing of a reply. Default 60000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    unread_ms: Option<u64>,
}

/// Files that callers name by their URL, for providers that can't fetch them themselves.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Media"))]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMedia {
    /// Whether the gateway fetches them. Default `true`.
    fetch: Option<bool>,
    /// Files of one request together, bytes. Default 20971520 (20 MiB).
    #[cfg_attr(test, schemars(range(min = 1)))]
    max_bytes: Option<u64>,
    /// One file, redirects included, milliseconds. Default 10000.
    #[cfg_attr(test, schemars(range(min = 1)))]
    timeout_ms: Option<u64>,
    /// Addresses that are never connected to for a caller, such as `10.0.0.0/8`. Default: everything that is not public:
    /// this machine, private and shared networks, link-local, multicast and reserved addresses, and IPv6 addresses that
    /// stand for such ones. An empty list blocks nothing.
    blocked_ranges: Option<Vec<String>>,
}

/// A checked `[connections]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) max: usize,
    pub(crate) head: Duration,
    pub(crate) body_idle: Duration,
    pub(crate) body: Duration,
    pub(crate) idle: Duration,
    pub(crate) unread: Duration,
}

impl Default for Connections {
    /// Guesses, with what browsers, load balancers and pools of clients expect in mind; revisit with data.
    fn default() -> Self {
        Self {
            max: 16 * 1024,
            head: Duration::from_secs(15),
            body_idle: Duration::from_secs(30),
            body: Duration::from_secs(300),
            // Longer than the pools of clients and load balancers keep theirs, so that they are the ones to close.
            idle: Duration::from_secs(300),
            unread: Duration::from_secs(60),
        }
    }
}

/// A checked `[media]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) fetch: bool,
    pub(crate) limits: MediaLimits,
    pub(crate) blocked: BlockedRanges,
}

impl Default for Media {
    fn default() -> Self {
        Self { fetch: true, limits: MediaLimits::default(), blocked: BlockedRanges::default() }
    }
}

impl RawConnections {
    pub(super) fn check(&self) -> Result<Connections, ConfigError> {
        let usual = Connections::default();
        let positive = |field: &str, given: Option<u64>, default: Duration| match given {
            Some(0) => Err(ConfigError::new(format!("`connections.{field}` must be at least 1"))),
            Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
            None => Ok(default),
        };
        if self.max == Some(0) {
            return Err(ConfigError::new("`connections.max` must be at least 1"));
        }
        Ok(Connections {
            max: self.max.unwrap_or(usual.max),
            head: positive("head_ms", self.head_ms, usual.head)?,
            body_idle: positive("body_idle_ms", self.body_idle_ms, usual.body_idle)?,
            body: positive("body_ms", self.body_ms, usual.body)?,
            idle: positive("idle_ms", self.idle_ms, usual.idle)?,
            unread: positive("unread_ms", self.unread_ms, usual.unread)?,
        })
    }
}

impl RawMedia {
    pub(super) fn check(self) -> Result<Media, ConfigError> {
        let usual = Media::default();
        for (field, number) in [("max_bytes", self.max_bytes), ("timeout_ms", self.timeout_ms)] {
            if number == Some(0) {
                return Err(ConfigError::new(format!("`media.{field}` must be at least 1")));
            }
        }
        let blocked = match self.blocked_ranges {
            None => usual.blocked,
            Some(ranges) => BlockedRanges::parse(ranges.iter().map(String::as_str)).map_err(|wrong| {
                ConfigError::new(format!(
                    "`media.blocked_ranges`: `{wrong}` is no range of addresses such as `10.0.0.0/8` or `fc00::/7`"
                ))
            })?,
        };
        let limits = MediaLimits {
            max_bytes: self.max_bytes.unwrap_or(usual.limits.max_bytes),
            time: self.timeout_ms.map_or(usual.limits.time, Duration::from_millis),
        };
        Ok(Media { fetch: self.fetch.unwrap_or(usual.fetch), limits, blocked })
    }
}
