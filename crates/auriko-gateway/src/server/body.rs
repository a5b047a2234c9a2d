//! Reads a request's body: as much as is allowed, and as long as it keeps coming.

use auriko_wire::error_code::ErrorCode;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::config::Connections;
use crate::dispatch::too_large;
use crate::error::ApiError;

/// Memory that is taken on the word of a caller, bytes.
const MOST_AHEAD: usize = 1024 * 1024;

/// Bodies up to this length, bytes, are read before it is known whose they are.
const SMALL: u64 = 64 * 1024;

/// Whether a body may take memory that is not for everybody.
pub(super) fn may_be_large(body: &Incoming) -> bool {
    Body::size_hint(body).upper().is_none_or(|length| length > SMALL)
}

/// Refuses a body by its announced length.
///
/// # Errors
/// 413.
pub(super) fn check_length(body: &Incoming, limit_bytes: usize) -> Result<(), ApiError> {
    if announced(body) > limit_bytes { Err(too_large(limit_bytes)) } else { Ok(()) }
}

fn announced(body: &Incoming) -> usize {
    usize::try_from(Body::size_hint(body).lower()).unwrap_or(usize::MAX)
}

/// The whole body.
///
/// # Errors
/// 413 as soon as it is too much; 400 when it stops coming.
pub(super) async fn read(
    mut body: Incoming,
    limit_bytes: usize,
    limits: &Connections,
) -> Result<Bytes, ApiError> {
    let announced = announced(&body);
    if Body::is_end_stream(&body) {
        return Ok(Bytes::new());
    }
    let mut last_at = Instant::now();
    let ends_at = last_at + limits.body;
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    loop {
        let wake_at = ends_at.min(last_at + limits.body_idle);
        let Ok(next) = timeout_at(wake_at, body.frame()).await else {
            return Err(unreadable("The request body did not arrive in time."));
        };
        let Some(frame) = next else { break };
        let frame = frame.map_err(|_| unreadable("The request body could not be read."))?;
        // Trailers say nothing to us.
        let Ok(piece) = frame.into_data() else { continue };
        if first.len() + all.len() + piece.len() > limit_bytes {
            return Err(too_large(limit_bytes));
        }
        last_at = Instant::now();
        // Most bodies come in one piece, which need not be copied.
        if first.is_empty() && all.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            all.reserve(announced.min(MOST_AHEAD).max(first.len() + piece.len()));
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&piece);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn unreadable(message: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}
