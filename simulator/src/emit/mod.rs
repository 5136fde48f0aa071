//! How each source writes down what happened: exact formats, one file each.

pub mod batch;
pub mod dbaudit;
pub mod eve;
pub mod firewall;
pub mod flow;
pub mod gear;
pub mod his;
pub mod linux;
pub mod stamp;
pub mod syslog;
pub mod windows;

pub use batch::{Batch, Channel, Item};

/// Appends formatted text to a byte buffer.
macro_rules! put {
    ($buffer:expr, $($arg:tt)*) => {{
        // Writing to a Vec cannot fail.
        let _ = std::io::Write::write_fmt(&mut $buffer, format_args!($($arg)*));
    }};
}
pub(crate) use put;

/// Text as the inside of a JSON string.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(pub &'a str);

impl std::fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut plain = 0;
        for (at, byte) in self.0.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            f.write_str(&self.0[plain..at])?;
            plain = at + 1;
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                other => write!(f, "\\u{other:04x}")?,
            }
        }
        f.write_str(&self.0[plain..])
    }
}
