//! What must stay secret: the master key, and everything that is derived from it.
//!
//! One key from the caller gives three by HMAC with a label each: one that hashes gateway keys, one that
//! encrypts own keys, one that fingerprints request bodies. Nothing here prints what it holds.

use std::fmt;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::StoreError;

const NONCE_BYTES: usize = 24;

/// The key that protects the store: 32 bytes that only the operator has.
///
/// Gateway keys and own keys can't be checked or read without it, so it belongs into a secret store or a file
/// of its own, not beside the database's backups.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// From raw bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh one from the system's random source.
    pub fn generate() -> Self {
        Self(rand::rng().random())
    }

    /// From base64, as written by [`Self::to_base64`] or by `openssl rand -base64 32`.
    ///
    /// # Errors
    /// `Configuration` when it is not base64 of exactly 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, StoreError> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| StoreError::Configuration {
            field: "master_key",
            problem: "must be 32 bytes in base64, as `openssl rand -base64 32` prints them".to_owned(),
        })
    }

    /// From a file, which is made with a fresh key if there is none, for its owner only. For a gateway that nobody
    /// has configured.
    ///
    /// # Errors
    /// `Configuration` when the file can't be read or made, or holds something else.
    pub fn load_or_create(file: &Path) -> Result<Self, StoreError> {
        match create_private(file) {
            Ok(mut made) => {
                let fresh = Self::generate();
                let written = made.write_all(fresh.to_base64().expose_secret().as_bytes());
                written.and_then(|()| made.sync_all()).map_err(|error| unusable(file, &error))?;
                Ok(fresh)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let text = std::fs::read_to_string(file).map_err(|error| unusable(file, &error))?;
                Self::from_base64(&text)
            }
            Err(error) => Err(unusable(file, &error)),
        }
    }

    /// The key itself, for writing it to the operator's file.
    pub fn to_base64(&self) -> SecretString {
        STANDARD.encode(self.0).into()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

fn create_private(file: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn unusable(file: &Path, error: &std::io::Error) -> StoreError {
    let problem = format!("can't be kept in {}: {error}", file.display());
    StoreError::Configuration { field: "master_key", problem }
}

/// The derived keys.
pub(crate) struct Keyring {
    hashing: [u8; 32],
    fingerprinting: [u8; 32],
    cipher: XChaCha20Poly1305,
    canary: String,
}

impl Keyring {
    pub(crate) fn new(master: &MasterKey) -> Self {
        let derive = |label: &str| digest(&master.0, &[label.as_bytes()]);
        Self {
            hashing: derive("auriko gateway keys 1"),
            fingerprinting: derive("auriko request bodies 1"),
            cipher: XChaCha20Poly1305::new(&derive("auriko own keys 1").into()),
            canary: URL_SAFE_NO_PAD.encode(derive("auriko canary 1")),
        }
    }

    /// Stored in clear; tells whether a store was created with this master key.
    pub(crate) fn canary(&self) -> &str {
        &self.canary
    }

    /// What is stored of a gateway key.
    pub(crate) fn hash(&self, secret: &str) -> String {
        URL_SAFE_NO_PAD.encode(digest(&self.hashing, &[secret.as_bytes()]))
    }

    /// Identifies a request without keeping it. Parts can't run into each other.
    pub(crate) fn fingerprint(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(digest(&self.fingerprinting, parts))
    }

    /// Encrypts for storage. `context` must be the same when it is opened, so that a record's ciphertext is of
    /// no use in another record.
    pub(crate) fn seal(&self, plain: &str, context: &str) -> Result<String, StoreError> {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let payload = Payload { msg: plain.as_bytes(), aad: context.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::invalid("api_key", "is too long to be encrypted"))?;
        Ok(STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    pub(crate) fn open(&self, sealed: &str, context: &str) -> Result<SecretString, StoreError> {
        let corrupt = || StoreError::Corrupt { what: "BYOK key" };
        let bytes = STANDARD.decode(sealed).map_err(|_| corrupt())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(corrupt)?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| corrupt())?;
        String::from_utf8(plain).map(Into::into).map_err(|_| corrupt())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keyring(…)")
    }
}

/// Compares in a time that does not depend on where they differ.
pub(crate) fn is_equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_the_same_key_and_context_only() {
        let keyring = Keyring::new(&MasterKey::new([1; 32]));
        let other = Keyring::new(&MasterKey::new([2; 32]));
        let sealed = keyring.seal("sk-upstream-secret", "byok_1").expect("seals");
        assert!(!sealed.contains("upstream"));
        assert_ne!(sealed, keyring.seal("sk-upstream-secret", "byok_1").expect("seals"), "nonces differ");
        assert_eq!(keyring.open(&sealed, "byok_1").expect("opens").expose_secret(), "sk-upstream-secret");
        assert!(keyring.open(&sealed, "byok_2").is_err());
        assert!(other.open(&sealed, "byok_1").is_err());
        for broken in ["", "!", "AAAA", &sealed[4..]] {
            assert!(keyring.open(broken, "byok_1").is_err(), "{broken}");
        }
    }

    #[test]
    fn hashes_depend_on_the_master_key_and_parts_do_not_run_together() {
        let (first, second) =
            (Keyring::new(&MasterKey::new([1; 32])), Keyring::new(&MasterKey::new([2; 32])));
        assert_eq!(first.hash("ak_live_x"), first.hash("ak_live_x"));
        assert_ne!(first.hash("ak_live_x"), second.hash("ak_live_x"));
        assert_ne!(first.hash("ak_live_x"), first.fingerprint(&[b"ak_live_x"]));
        assert_ne!(first.fingerprint(&[b"ab", b"c"]), first.fingerprint(&[b"a", b"bc"]));
        assert!(is_equal("abc", "abc") && !is_equal("abc", "abd") && !is_equal("abc", "ab"));
    }

    #[test]
    fn a_master_key_is_32_bytes_in_base64_and_is_not_printed() {
        let key = MasterKey::generate();
        let text = key.to_base64();
        let again =
            MasterKey::from_base64(&format!("{}\n", text.expose_secret())).expect("reads its own form");
        assert_eq!(again.0, key.0);
        for wrong in ["", "secret", "AAAA"] {
            let error = MasterKey::from_base64(wrong).expect_err("too short").to_string();
            assert!(error.contains("master_key") && error.contains("openssl rand -base64 32"), "{error}");
        }
        assert_eq!(format!("{key:?} {:?}", Keyring::new(&key)), "MasterKey(…) Keyring(…)");
        assert_eq!(format!("{text:?}"), "SecretBox<str>([REDACTED])");
    }

    #[test]
    fn a_master_key_file_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&file).expect("made");
        assert_eq!(MasterKey::load_or_create(&file).expect("read").0, made.0);
        #[cfg(unix)]
        {
            let metadata = std::fs::metadata(&file).expect("metadata");
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077, 0);
        }
        let error = MasterKey::load_or_create(&folder.path().join("none/master.key")).expect_err("no folder");
        assert!(error.to_string().contains("master.key"), "{error}");
        std::fs::write(&file, "changed").expect("written");
        assert!(MasterKey::load_or_create(&file).is_err(), "a key is never replaced");
    }
}
