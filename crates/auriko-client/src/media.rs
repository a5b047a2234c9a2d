//! Fetches a file that a stranger named by its URL, without becoming the stranger's arm: only public addresses are
//! connected to, decided when the connection is made, so that a name which resolves differently the second time
//! gains nothing. What is not an image, a document or a sound is not handed on, nor is what is too large.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use tokio::time::timeout;

use crate::BlockedRanges;

/// Each one is checked like the URL before it.
const MOST_REDIRECTS: usize = 3;

/// How much a file may be, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaLimits {
    /// Bytes. Default 20 MiB.
    pub max_bytes: u64,
    /// Everything, redirects included. Default 10 s.
    pub time: Duration,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self { max_bytes: 20 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Such as `image/png`, in lower case, without parameters.
    pub mime: String,
    /// The file itself.
    pub bytes: Vec<u8>,
}

/// Why a file could not be had. Says nothing of what is behind an address that may not be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaError {
    /// No http(s) URL, or one with a user name or a password.
    BadUrl,
    /// Its host, or one that it leads to, is no public address or can't be reached.
    Unreachable,
    /// The server answered with this status.
    Status(u16),
    /// It leads from one place to the next.
    Redirects,
    /// It has another type.
    WrongType(String),
    /// It has more bytes than these.
    TooLarge(u64),
    /// It took longer than this.
    Timeout(Duration),
}

impl fmt::Display for MediaError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl => formatter.write_str("it must be an http(s) URL without user name and password"),
            Self::Unreachable => {
                formatter.write_str("its host is not at a public address, or can't be reached")
            }
            Self::Status(status) => write!(formatter, "its server answered with status {status}"),
            Self::Redirects => write!(formatter, "it was redirected more than {MOST_REDIRECTS} times"),
            Self::WrongType(kind) => {
                write!(
                    formatter,
                    "its type is `{kind}`, and only image/*, audio/* and application/pdf are taken"
                )
            }
            Self::TooLarge(limit) => write!(formatter, "it is larger than {limit} bytes"),
            Self::Timeout(limit) => write!(formatter, "it took longer than {} ms", limit.as_millis()),
        }
    }
}

impl std::error::Error for MediaError {}

/// Fetches files. Cloning is cheap.
#[derive(Clone)]
pub struct MediaFetcher {
    blocked: BlockedRanges,
    /// Made with the first file: most gateways never fetch one.
    client: Arc<Mutex<Option<reqwest::Client>>>,
}

impl MediaFetcher {
    /// One that connects to nobody in `blocked`.
    pub fn new(blocked: BlockedRanges) -> Self {
        Self { blocked, client: Arc::default() }
    }

    /// The file at `url`.
    ///
    /// # Errors
    /// [`MediaError`].
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection.
    pub async fn fetch(&self, url: &str, limits: MediaLimits) -> Result<Media, MediaError> {
        let fetched = timeout(limits.time, self.follow(url, limits.max_bytes)).await;
        fetched.unwrap_or(Err(MediaError::Timeout(limits.time)))
    }

    async fn follow(&self, url: &str, max_bytes: u64) -> Result<Media, MediaError> {
        let client = self.client()?;
        let mut url = Url::parse(url).map_err(|_| MediaError::BadUrl)?;
        for _ in 0..=MOST_REDIRECTS {
            self.check(&url)?;
            let reply = client.get(url.clone()).send().await.map_err(|_| MediaError::Unreachable)?;
            let status = reply.status();
            if is_redirect(status)
                && let Some(next) = reply.headers().get(LOCATION)
            {
                let next = next.to_str().map_err(|_| MediaError::BadUrl)?;
                url = url.join(next).map_err(|_| MediaError::BadUrl)?;
                continue;
            }
            if !status.is_success() {
                return Err(MediaError::Status(status.as_u16()));
            }
            return read(reply, max_bytes).await;
        }
        Err(MediaError::Redirects)
    }

    /// What a resolver never sees: a host that is an address already.
    fn check(&self, url: &Url) -> Result<(), MediaError> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_plain {
            return Err(MediaError::BadUrl);
        }
        // As the URL parser reads it: `127.1` and `0x7f000001` have become 127.0.0.1.
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) if self.blocked.contains(address) => Err(MediaError::Unreachable),
            _ => Ok(()),
        }
    }

    fn client(&self) -> Result<reqwest::Client, MediaError> {
        let mut made = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*made {
            return Ok(client.clone());
        }
        // A second install fails, which is fine: somebody in this process chose a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(PublicOnly(self.blocked.clone())))
            .redirect(Policy::none())
            // A proxy would resolve names itself, and is inside more often than not.
            .no_proxy()
            .referer(false)
            // A kept connection is no connection that was checked by the ranges of now.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| MediaError::Unreachable)?;
        *made = Some(client.clone());
        Ok(client)
    }
}

impl fmt::Debug for MediaFetcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MediaFetcher").field("blocked", &self.blocked).finish_non_exhaustive()
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

async fn read(mut reply: reqwest::Response, max_bytes: u64) -> Result<Media, MediaError> {
    let too_large = || MediaError::TooLarge(max_bytes);
    let named = reply.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let named = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_vague = matches!(named.as_str(), "" | "application/octet-stream" | "binary/octet-stream");
    if !is_vague && !is_taken(&named) {
        return Err(MediaError::WrongType(named));
    }
    if reply.content_length().is_some_and(|length| length > max_bytes) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = reply.chunk().await.map_err(|_| MediaError::Unreachable)? {
        let length = (bytes.len() as u64).saturating_add(piece.len() as u64);
        if length > max_bytes {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    let mime =
        if is_vague { by_signature(&bytes).ok_or(MediaError::WrongType(named))?.to_owned() } else { named };
    Ok(Media { mime, bytes })
}

fn is_taken(mime: &str) -> bool {
    mime == "application/pdf" || mime.starts_with("image/") || mime.starts_with("audio/")
}

/// Object stores often do not know what they store.
fn by_signature(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        [b'%', b'P', b'D', b'F', ..] => Some("application/pdf"),
        _ => None,
    }
}

/// The system's resolver without what is blocked. Its answer is what is connected to; nobody asks twice.
struct PublicOnly(BlockedRanges);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let blocked = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| !blocked.contains(address.ip())).collect();
            if public.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
