//! A QR code as the path of an SVG.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it that readers need.
const MARGIN: i32 = 4;

pub(crate) struct Qr {
    /// Of the square, in modules.
    pub side: i32,
    pub path: String,
}

/// `None` for a text that is too long for any code.
pub(crate) fn code(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN));
        }
    }
    Some(Qr { side: code.size() + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_margin() {
        let qr = code("otpauth://totp/Ward:a?secret=JBSWY3DPEHPK3PXP").expect("a code");
        assert!(qr.side > 21 + 2 * MARGIN);
        let last = qr.side - MARGIN - 1;
        for (x, y) in [(MARGIN, MARGIN), (last, MARGIN), (MARGIN, last)] {
            assert!(qr.path.contains(&format!("M{x} {y}h")), "{x} {y}");
        }
        assert!(code(&"x".repeat(5_000)).is_none());
    }
}
