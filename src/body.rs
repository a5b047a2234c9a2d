//! Request bodies as JavaScript gives them. Large payloads follow in slices, in later turns of the event loop: copying
//! sixteen megabytes at once would hold it up.

use auriko_client::{BodyPart, assemble};
use bytes::Bytes;
use napi::bindgen_prelude::{Either3, Uint8Array};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Text, bytes that go in as base64, or how many bytes will be supplied for this place.
pub(crate) type NativePart = Either3<String, Uint8Array, u32>;

/// A body that may still have to be put together.
pub(crate) enum NativeBody {
    None,
    Text(String),
    Parts { parts: Vec<Part>, slices: UnboundedReceiver<Vec<u8>> },
}

/// A piece of a body.
pub(crate) enum Part {
    Here(BodyPart),
    /// So many bytes that are still to be supplied.
    Supplied(usize),
}

/// The end that takes what is supplied.
pub(crate) struct Supply {
    slices: UnboundedSender<Vec<u8>>,
    left: usize,
}

impl Supply {
    /// Takes a copy of the next bytes; says whether more are to come.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> bool {
        self.left = self.left.saturating_sub(bytes.len());
        self.slices.send(bytes.to_vec()).is_ok() && self.left > 0
    }
}

impl NativeBody {
    /// Reads pieces. Bytes are copied: JavaScript may change its array as soon as the call returns.
    pub(crate) fn from_parts(parts: Vec<NativePart>) -> (Self, Option<Supply>) {
        let mut left = 0;
        let parts: Vec<Part> = parts
            .into_iter()
            .map(|part| match part {
                Either3::A(text) => Part::Here(BodyPart::Text(text)),
                Either3::B(bytes) => Part::Here(BodyPart::Base64(bytes.to_vec())),
                Either3::C(length) => {
                    left += length as usize;
                    Part::Supplied(length as usize)
                }
            })
            .collect();
        let (sender, slices) = unbounded_channel();
        let supply = (left > 0).then_some(Supply { slices: sender, left });
        (Self::Parts { parts, slices }, supply)
    }

    /// The body's bytes, once all of them are there; large ones are put together on a thread for it.
    ///
    /// # Errors
    /// A message: what was announced did not come.
    pub(crate) async fn assemble(self) -> Result<Option<Bytes>, &'static str> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(text.into())),
            Self::Parts { parts, slices } => {
                let parts = gather(parts, slices).await?;
                let assembled = tokio::task::spawn_blocking(move || assemble(&parts)).await;
                Ok(Some(assembled.expect("putting text and bytes together does not panic")))
            }
        }
    }
}

/// Puts what is supplied into its places.
async fn gather(
    parts: Vec<Part>,
    mut slices: UnboundedReceiver<Vec<u8>>,
) -> Result<Vec<BodyPart>, &'static str> {
    let mut gathered = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Here(part) => gathered.push(part),
            Part::Supplied(mut left) => {
                while left > 0 {
                    let slice = slices.recv().await.ok_or("the body was not supplied to its end")?;
                    let rest = left.checked_sub(slice.len()).ok_or("a slice of the body is too long")?;
                    // Each slice is encoded on its own, and only the last may need padding.
                    if slice.is_empty() || (rest > 0 && slice.len() % 3 != 0) {
                        return Err("a slice of the body has a length that base64 can't be cut at");
                    }
                    left = rest;
                    gathered.push(BodyPart::Base64(slice));
                }
            }
        }
    }
    Ok(gathered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> NativePart {
        Either3::A(text.to_owned())
    }

    #[tokio::test]
    async fn supplied_slices_go_where_they_were_announced() {
        let (body, supply) =
            NativeBody::from_parts(vec![text("a:"), Either3::C(5), text(",b:"), Either3::C(2), text(".")]);
        let mut supply = supply.expect("bytes are announced");
        assert!(supply.add(b"hel"));
        assert!(supply.add(b"lo"));
        assert!(!supply.add(b"hi"), "all are there");
        assert_eq!(body.assemble().await.unwrap().unwrap(), "a:aGVsbG8=,b:aGk=.");
    }

    #[tokio::test]
    async fn what_does_not_come_or_does_not_fit_is_an_error() {
        for slices in [&[&b"hello"[..]][..], &[b"he", b"llo!!!"], &[b"hello wor"], &[b""]] {
            let (body, supply) = NativeBody::from_parts(vec![Either3::C(8)]);
            let mut supply = supply.expect("bytes are announced");
            for slice in slices {
                supply.add(slice);
            }
            drop(supply);
            body.assemble().await.unwrap_err();
        }
    }

    #[tokio::test]
    async fn without_anything_announced_nothing_is_waited_for() {
        let (body, supply) = NativeBody::from_parts(vec![text("{}")]);
        assert!(supply.is_none());
        assert_eq!(body.assemble().await.unwrap().unwrap(), "{}");
    }
}
