//! The second factor: RFC 6238 with SHA-1, six digits, 30 seconds, which is what authenticator programs do.

use totp_rs::{Builder, Secret, Totp};
use ward_event::{Micros, time::MICROS_PER_SECOND};

use crate::{DeskError, keys};

/// What authenticator programs show beside the name.
const ISSUER: &str = "Ward";

/// RFC 4226 recommends 160 bits.
const SECRET_BYTES: usize = 20;

pub(crate) fn new_secret() -> Result<[u8; SECRET_BYTES], DeskError> {
    keys::random()
}

fn totp(secret: &[u8], name: &str) -> Result<Totp, DeskError> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_skew(1)
        .with_issuer(Some(ISSUER))
        .with_account_name(name)
        .build()
        .map_err(|e| DeskError::Broken(format!("TOTP secret: {e}")))
}

/// The step whose code this is: the present one, the one before or the one after. The caller takes each
/// step once.
pub(crate) fn step(secret: &[u8], code: &str, now: Micros) -> Result<Option<i64>, DeskError> {
    // People type it as it is shown, in two groups.
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.0 / MICROS_PER_SECOND).unwrap_or(0);
    Ok(totp(secret, "")?.check(&code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// For typing in, and for a QR code.
pub(crate) fn shown(secret: &[u8], name: &str) -> Result<(String, String), DeskError> {
    let url = totp(secret, name)?.to_url().map_err(|e| DeskError::Broken(format!("TOTP address: {e}")))?;
    Ok((Secret::from(secret.to_vec()).to_base32(), url))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B; the last six of its eight digits.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (seconds, code) in VECTORS {
            let at =
                |seconds: i64| step(secret, code, Micros(seconds * MICROS_PER_SECOND)).expect("a secret");
            assert_eq!(at(seconds), Some(seconds / 30), "{seconds}");
            assert_eq!(at(seconds + 30), Some(seconds / 30), "one step late");
            assert_eq!(at(seconds - 30), Some(seconds / 30), "one step early");
            assert_eq!(at(seconds + 60), None, "two steps late");
            // Before the epoch there is no step.
            assert!(seconds < 60 || at(seconds - 60).is_none(), "two steps early");
        }
        assert_eq!(step(secret, "287 082", Micros(59 * MICROS_PER_SECOND)).expect("a secret"), Some(1));
        for bad in ["", "28708", "2870820", "abcdef", "２８７０８２"] {
            assert_eq!(step(secret, bad, Micros(59 * MICROS_PER_SECOND)).expect("a secret"), None, "{bad}");
        }
    }

    #[test]
    fn the_address_is_what_authenticators_read() {
        let (typed, url) = shown(b"12345678901234567890", "li.lei").expect("a secret");
        assert_eq!(typed, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(url, format!("otpauth://totp/Ward:li.lei?secret={typed}&issuer=Ward"));
    }
}
