//! Which passwords are taken, and how they are kept: Argon2id with OWASP's parameters (19 MiB, two passes,
//! one lane), which are the library's own defaults.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};

use crate::{DeskError, keys};

/// Characters of a password. A passphrase is as good as a mixture, and easier.
const CHARS_MIN: usize = 12;

/// Nobody types more; without an end a stranger could send megabytes to be hashed.
const CHARS_MAX: usize = 128;

/// What everybody tries first, and what this platform invites. Compared without digits and signs at the end.
const COMMON: [&str; 24] = [
    "password",
    "passw0rd",
    "administrator",
    "admin",
    "qwertyuiop",
    "qwerty",
    "1qaz2wsx3edc",
    "1qaz2wsx",
    "abc",
    "abcdefghijkl",
    "abcd",
    "iloveyou",
    "welcome",
    "letmein",
    "changeme",
    "woaini",
    "yiyuan",
    "hospital",
    "weishengju",
    "weijianwei",
    "huawei",
    "wardward",
    "weishao",
    "p@ssw0rd",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFlaw {
    #[error("it has fewer than 12 characters")]
    Short,
    #[error("it has more than 128 characters")]
    Long,
    #[error("the name is part of it")]
    HasName,
    #[error("everybody tries it first")]
    Common,
}

/// Whether `password` may be the one of the account `name`.
pub(crate) fn check(name: &str, password: &str) -> Result<(), PasswordFlaw> {
    let chars = password.chars().count();
    if chars < CHARS_MIN {
        return Err(PasswordFlaw::Short);
    }
    if chars > CHARS_MAX {
        return Err(PasswordFlaw::Long);
    }
    let lower = password.to_lowercase();
    if !name.is_empty() && lower.contains(&name.to_lowercase()) {
        return Err(PasswordFlaw::HasName);
    }
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    if distinct < 5 || is_run(&lower) || stem.is_empty() || COMMON.contains(&stem) {
        return Err(PasswordFlaw::Common);
    }
    Ok(())
}

/// Whether each character is the one before, plus or minus one: `123456789012`, `abcdefghijkl`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let near = codes.windows(2).filter(|w| (w[1] - w[0]).abs() <= 1).count();
    near + 2 >= codes.len()
}

/// The form in which a password is kept. Slow, by design: not on an asynchronous thread.
pub(crate) fn hash(password: &str) -> Result<String, DeskError> {
    let salt: [u8; 16] = keys::random()?;
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| DeskError::Key(format!("password hash: {e}")))?;
    Ok(hash.to_string())
}

/// Whether the password is the one kept. As slow.
pub(crate) fn is_right(password: &str, kept: &str) -> bool {
    // The trait's method on the text form: parses it, then compares in constant time.
    PasswordVerifier::<str>::verify_password(&Argon2::default(), password.as_bytes(), kept).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_asks_for_length_and_for_nothing_that_is_tried_first() {
        for (password, flaw) in [
            ("short", PasswordFlaw::Short),
            ("十一个汉字还是不够长", PasswordFlaw::Short),
            (&"long ".repeat(40), PasswordFlaw::Long),
            ("xx-Li.Lei-2026-yy", PasswordFlaw::HasName),
            ("Password2026!!!", PasswordFlaw::Common),
            ("aaaaaaaaaaaaaaa", PasswordFlaw::Common),
            ("1234567890123", PasswordFlaw::Common),
            ("abcdefghijklm", PasswordFlaw::Common),
            ("837465920174", PasswordFlaw::Common),
        ] {
            assert_eq!(check("li.lei", password), Err(flaw), "{password}");
        }
        for good in ["correct horse battery", "南山的雪去年化得很晚很晚", "Tz7#kw!92_qLp0"] {
            assert_eq!(check("li.lei", good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_is_kept_as_argon2id_with_owasps_parameters() {
        let kept = hash("correct horse battery").expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse battery").expect("a hash"), "a salt each");
        assert!(is_right("correct horse battery", &kept));
        assert!(!is_right("correct horse batterx", &kept));
        assert!(!is_right("correct horse battery", "no hash"));
    }
}
