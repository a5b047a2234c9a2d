//! Who calls, and what they may: everything about a request that needs the store begins here.
//!
//! A gateway without a store serves whoever reaches it. One with a store does so until there is a key or an admin token;
//! from then on callers are identified, whatever becomes of the keys later.

mod books;
mod tab;
mod vault;
mod visit;

pub(crate) use books::{Entry, status};
pub(crate) use tab::{Hold, Size, Tab};
pub(crate) use vault::Vault;
pub(crate) use visit::{Caller, Visit, presents};

use auriko_store::StoreError;
use auriko_wire::error_code::ErrorCode;

use crate::error::ApiError;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = format!("{error}.");
        match &error {
            StoreError::NotFound { .. } => Self::new(ErrorCode::ResourceNotFound, sentence(&message)),
            StoreError::Duplicate { .. } => Self::new(ErrorCode::DuplicateResource, sentence(&message)),
            StoreError::Invalid { field, .. } => {
                Self::new(ErrorCode::InvalidParameterValue, message).with_param(field)
            }
            StoreError::Closed => Self::new(ErrorCode::ServiceUnavailable, "The gateway is closed."),
            StoreError::Unavailable { .. } | StoreError::LedgerFull => {
                tracing::error!(%error, "the store does not answer");
                Self::new(ErrorCode::ServiceUnavailable, "The gateway's store does not answer; try again.")
            }
            _ => {
                tracing::error!(%error, "the store failed");
                Self::new(ErrorCode::InternalError, "The gateway's store failed.")
            }
        }
    }
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}
