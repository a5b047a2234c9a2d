//! What is sent, and how long it may take.

use std::time::Duration;

use bytes::Bytes;

/// The verbs of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the verbs say it")]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// Four named limits; `None` means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Opening a connection, TLS included. Default 10 s.
    pub connect: Option<Duration>,
    /// From sending to the response headers, per attempt. Default 60 s.
    pub first_byte: Option<Duration>,
    /// Between two data events of a stream, or two reads of a plain body. Default 60 s.
    pub idle: Option<Duration>,
    /// The whole call, retries included. Default: none.
    pub total: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            first_byte: Some(Duration::from_secs(60)),
            idle: Some(Duration::from_secs(60)),
            total: None,
        }
    }
}

/// One HTTP exchange.
#[derive(Clone)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// In order; names in any case.
    pub headers: Vec<(String, String)>,
    /// Sent as it is.
    pub body: Option<Bytes>,
    /// How long each phase may take.
    pub limits: Limits,
    /// Attempts after the first one (errors.md §4). Default 0.
    pub max_retries: u32,
}

impl Request {
    /// A request without headers, body or retries, under the default limits.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            limits: Limits::default(),
            max_retries: 0,
        }
    }
}
