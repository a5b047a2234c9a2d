//! One request and its reply, without a socket: what the HTTP server and the addon both speak.

use std::fmt;

use auriko_wire::headers;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::relay::EventBody;

/// A request.
#[derive(Clone)]
pub struct Call {
    /// `GET` or `POST`, in capitals.
    pub method: String,
    /// Such as `/v1/chat/completions`, with its query if there is one.
    pub path: String,
    /// Of a name that is given twice, the first counts.
    pub headers: HeaderMap,
    /// Empty when there is none.
    pub body: Bytes,
}

impl fmt::Debug for Call {
    /// Headers hold keys, and the body is what was said.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, body, .. } = self;
        let body = format_args!("{} bytes", body.len());
        let mut call = formatter.debug_struct("Call");
        call.field("method", method).field("path", path).field("body", &body).finish_non_exhaustive()
    }
}

impl Call {
    /// A POST without headers.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: "POST".to_owned(), path: path.into(), headers: HeaderMap::new(), body: body.into() }
    }

    /// A GET without headers.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), path: path.into(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Adds a header, its name in any case. What HTTP does not allow in a name or a value is left out: nobody could have sent
    /// it.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            self.headers.append(name, value);
        }
    }

    /// The first header of that name, which is given in lower case. `None` too for a value that is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }
}

/// The answer to a [`Call`].
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case; `x-request-id` is always among them.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: ReplyBody,
}

/// A reply's body.
pub enum ReplyBody {
    /// One JSON text.
    Json(String),
    /// Events, to be read until there are none.
    Events(Box<EventBody>),
}

impl Reply {
    pub(crate) fn json(status: u16, request_id: &str, body: String) -> Self {
        let headers = vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            (headers::REQUEST_ID.to_owned(), request_id.to_owned()),
        ];
        Self { status, headers, body: ReplyBody::Json(body) }
    }

    pub(crate) fn events(request_id: &str, body: EventBody) -> Self {
        let headers = vec![
            ("content-type".to_owned(), "text/event-stream".to_owned()),
            ("cache-control".to_owned(), "no-cache".to_owned()),
            (headers::REQUEST_ID.to_owned(), request_id.to_owned()),
        ];
        Self { status: 200, headers, body: ReplyBody::Events(Box::new(body)) }
    }
}
