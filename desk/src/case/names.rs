//! Names of states and acts, as the database, addresses and forms have them.

/// An enumeration with a name for each value.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// The name in the database, in addresses and in forms.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|v| v.as_str() == name)
            }

            /// What stands in the database.
            #[allow(dead_code, reason = "not every name is read back")]
            pub(crate) fn stored(name: &str) -> Result<Self, crate::DeskError> {
                Self::from_name(name).ok_or_else(|| crate::DeskError::Broken(format!("no {} {name:?}", stringify!($name))))
            }
        }
    };
}
pub(crate) use named;
