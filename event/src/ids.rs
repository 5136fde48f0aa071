//! Identifiers. Each is its own type, so that a sender can never be passed where a unit is meant.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} id {text:?} must be 1 to {max} of a-z, 0-9, '-', '_', '.', beginning with a letter or digit")]
pub struct InvalidId {
    pub kind: &'static str,
    pub text: String,
    pub max: usize,
}

/// Identifiers stand in topic and file names and in every event: short enough to be stored inline.
const ID_BYTES_MAX: usize = 48;

fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= ID_BYTES_MAX
        && bytes[0].is_ascii_alphanumeric()
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// Checks the alphabet and the length.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                if is_id(text) {
                    Ok(Self(CompactString::new(text)))
                } else {
                    Err(InvalidId { kind: $kind, text: text.chars().take(64).collect(), max: ID_BYTES_MAX })
                }
            }

            #[inline]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// True for the value an event has before its identity is known.
            pub fn is_unset(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                if text.is_empty() {
                    // As an unset one was written: state that is kept may hold what is numbered later.
                    return Ok(Self::default());
                }
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A unit of the register: a hospital, a community centre, a cloud tenant, the commission itself.
    UnitId, "unit"
);
id!(
    /// A collector with its own spool, topic and TLS identity. One sender may speak for many units.
    SenderId, "sender"
);
id!(
    /// One life of a spool: made when the spool is made, lost only with it. `seq` is contiguous within it.
    ProducerId, "producer"
);

impl UnitId {
    /// Where events land whose unit the register cannot tell.
    pub fn unattributed() -> Self {
        Self(CompactString::const_new("unattributed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_in_a_topic_or_file_name_is_an_id() {
        assert!(SenderId::new("h01").is_ok());
        assert!(SenderId::new("cloud-his.east_1").is_ok());
        for bad in ["", "-a", "../x", "A", "a/b", "a b", "医院", &"a".repeat(49)] {
            assert!(SenderId::new(bad).is_err(), "{bad}");
        }
    }
}
