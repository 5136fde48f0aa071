//! Keys in files of the data directory that only their owner can read, and what is done with them.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use sha2::{Digest, Sha256};
use ward_event::alert::hex;

use crate::DeskError;

/// Bytes of every key and every secret given out: 256 bits.
pub(crate) const SECRET_BYTES: usize = 32;

/// Bytes nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], DeskError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| DeskError::Key("no random bytes from the system".into()))?;
    Ok(bytes)
}

/// A secret as it is given out once; the database holds its [`fingerprint`] alone.
pub(crate) fn new_secret() -> Result<String, DeskError> {
    Ok(hex(&random::<SECRET_BYTES>()?))
}

/// What is kept of a secret. A secret has 256 random bits: nobody guesses it from its hash.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// The key of a file; made where `may_make`, and readable by nobody else.
///
/// # Errors
/// A file of another length, one that others can read, none where there must be one: with a new key
/// nothing that was written under the old one could be read or verified.
pub(crate) fn load(path: &Path, may_make: bool) -> Result<[u8; SECRET_BYTES], DeskError> {
    let failed = |source| DeskError::File { path: path.to_owned(), source };
    if may_make && !path.exists() {
        let key = random()?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(&key).and_then(|()| file.sync_all()).map_err(failed)?;
        let dir = path.parent().unwrap_or(Path::new("."));
        File::open(dir).and_then(|d| d.sync_all()).map_err(failed)?;
        return Ok(key);
    }
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(DeskError::Key(format!("{} can be read by others: chmod 600", path.display())));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    bytes.try_into().map_err(|_| DeskError::Key(format!("{} is no key of 32 bytes", path.display())))
}

/// What the desk's key is used for: secrets at rest, and values that follow from a secret.
pub(crate) struct DeskKey {
    seal: LessSafeKey,
    derive: hmac::Key,
}

impl DeskKey {
    pub(crate) fn new(key: &[u8; SECRET_BYTES]) -> Result<Self, DeskError> {
        // One key a purpose.
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let part = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
        let seal = UnboundKey::new(&CHACHA20_POLY1305, part("seal").as_ref())
            .map_err(|_| DeskError::Key("a key of a wrong length".into()))?;
        Ok(Self {
            seal: LessSafeKey::new(seal),
            derive: hmac::Key::new(hmac::HMAC_SHA256, part("derive").as_ref()),
        })
    }

    /// Encrypts a secret for one place (`context`): what is copied elsewhere cannot be opened.
    pub(crate) fn seal(&self, context: &str, secret: &[u8]) -> Result<String, DeskError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = secret.to_vec();
        self.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| DeskError::Key("a secret could not be sealed".into()))?;
        Ok(hex(&[&nonce[..], &sealed].concat()))
    }

    pub(crate) fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, DeskError> {
        let broken = || DeskError::Broken("a sealed secret does not open".into());
        let bytes = unhex(sealed).ok_or_else(broken)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        let mut secret = sealed.to_vec();
        let length = self
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context.as_bytes()), &mut secret)
            .map_err(|_| broken())?
            .len();
        secret.truncate(length);
        Ok(secret)
    }

    /// A value that only this desk can make of a secret.
    pub(crate) fn derive(&self, purpose: &str, secret: &str) -> String {
        hex(hmac::sign(&self.derive, format!("{purpose}\0{secret}").as_bytes()).as_ref())
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let key = DeskKey::new(&[7; 32]).expect("a key");
        let sealed = key.seal("totp 1", b"secret").expect("sealed");
        assert_eq!(key.open("totp 1", &sealed).expect("opened"), b"secret");
        assert!(key.open("totp 2", &sealed).is_err());
        let other = DeskKey::new(&[8; 32]).expect("a key");
        assert!(other.open("totp 1", &sealed).is_err());
        let flipped = format!("{}{}", if sealed.starts_with('0') { '1' } else { '0' }, &sealed[1..]);
        assert!(key.open("totp 1", &flipped).is_err());
        assert!(key.open("totp 1", "zz").is_err() && key.open("totp 1", "").is_err());
    }

    #[test]
    fn a_key_is_made_once_and_is_nobody_elses_to_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.key");
        assert!(load(&path, false).is_err(), "none is made where there must be one");
        let made = load(&path, true).expect("made");
        assert_eq!(load(&path, true).expect("read"), made);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(load(&path, true).expect_err("others may read").to_string().contains("chmod"));
    }
}
