//! Why a call failed, in the terms a caller can act on.

use std::fmt;
use std::time::Duration;

/// One of the four named limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "explained at `Limits`")]
pub enum Limit {
    Connect,
    FirstByte,
    Idle,
    Total,
}

impl Limit {
    /// The word used in messages and across the addon boundary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::FirstByte => "first-byte",
            Self::Idle => "idle",
            Self::Total => "total",
        }
    }
}

/// What happened.
#[derive(Debug)]
pub enum ErrorKind {
    /// The server answered with a status of 400 or more.
    Status {
        /// HTTP status.
        status: u16,
        /// Names in lower case.
        headers: Vec<(String, String)>,
        /// Text, at most 1 MiB of it.
        body: String,
    },
    /// DNS, TCP, TLS, proxy, or a reset before the response headers.
    Connect,
    /// One of our limits.
    Timeout {
        /// Which one.
        limit: Limit,
        /// Its value.
        after: Duration,
    },
    /// The connection broke after the response headers.
    Interrupted,
    /// An event of the stream is larger than the reader accepts.
    TooLarge,
    /// The body of a reply is larger than the reader accepts.
    ReplyTooLarge {
        /// What it accepts.
        limit_bytes: usize,
    },
    /// The request can't be sent as it is: bad URL, bad header.
    Request,
}

/// A failed call. Small, since it is boxed.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { inner: Box::new(Inner { kind, source: None }) }
    }

    pub(crate) fn because(
        kind: ErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { inner: Box::new(Inner { kind, source: Some(source.into()) }) }
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// Whether the same request may succeed when sent again (errors.md §4).
    pub fn is_retryable(&self) -> bool {
        match &self.inner.kind {
            ErrorKind::Status { body, .. } => auriko_wire::error_body::is_retryable_body(body),
            ErrorKind::Connect | ErrorKind::Interrupted => true,
            ErrorKind::Timeout { limit, .. } => *limit != Limit::Total,
            ErrorKind::TooLarge | ErrorKind::ReplyTooLarge { .. } | ErrorKind::Request => false,
        }
    }

    /// The system's code of a connection failure, such as `ECONNREFUSED`, in the words that Node uses.
    pub fn system_code(&self) -> Option<&'static str> {
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            if let Some(error) = cause.downcast_ref::<std::io::Error>()
                && let Some(code) = io_code(error.kind())
            {
                return Some(code);
            }
            if let Some(error) = cause.downcast_ref::<reqwest::Error>()
                && error.is_dns()
            {
                return Some("ENOTFOUND");
            }
            if cause.is::<crate::direct::UnknownHost>() {
                return Some("ENOTFOUND");
            }
            next = cause.source();
        }
        None
    }

    /// The causes below, innermost last, joined by `: `. Holds no key and no body.
    pub fn causes(&self) -> Option<String> {
        let mut text = String::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        (!text.is_empty()).then_some(text)
    }
}

const fn io_code(kind: std::io::ErrorKind) -> Option<&'static str> {
    use std::io::ErrorKind as Io;
    match kind {
        Io::ConnectionRefused => Some("ECONNREFUSED"),
        Io::ConnectionReset => Some("ECONNRESET"),
        Io::ConnectionAborted => Some("ECONNABORTED"),
        Io::BrokenPipe => Some("EPIPE"),
        Io::TimedOut => Some("ETIMEDOUT"),
        Io::HostUnreachable => Some("EHOSTUNREACH"),
        Io::NetworkUnreachable => Some("ENETUNREACH"),
        Io::AddrNotAvailable => Some("EADDRNOTAVAIL"),
        _ => None,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.kind {
            ErrorKind::Status { status, .. } => write!(formatter, "the server answered with status {status}"),
            ErrorKind::Connect => formatter.write_str("the connection to the server failed"),
            ErrorKind::Timeout { limit, after } => {
                write!(formatter, "the {} limit of {} ms was reached", limit.as_str(), after.as_millis())
            }
            ErrorKind::Interrupted => {
                formatter.write_str("the connection broke before the reply was complete")
            }
            ErrorKind::TooLarge => formatter.write_str("an event of the stream is too large"),
            ErrorKind::ReplyTooLarge { limit_bytes } => {
                write!(formatter, "the reply is larger than {limit_bytes} bytes")
            }
            ErrorKind::Request => formatter.write_str("the request can't be sent"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
