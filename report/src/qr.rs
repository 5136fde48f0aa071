//! A QR code (ISO/IEC 18004): as the path of an SVG for pages and PDF, as PNG for Word.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::ReportError;

/// Light modules around it that readers need.
const MARGIN: i32 = 4;

/// Pixels of a module's side in a picture: sharp on paper at the size it is printed in.
const PIXELS: usize = 8;

/// A code and the quiet zone around it.
pub struct Qr {
    /// Of the square, in modules.
    pub side: i32,
    /// Its dark modules, for the `d` of an SVG path.
    pub path: String,
    code: QrCode,
}

impl Qr {
    /// `None` for a text that is too long for any code.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path.push_str(&format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN));
            }
        }
        Some(Self { side: code.size() + 2 * MARGIN, path, code })
    }

    /// A whole SVG, black on white.
    pub(crate) fn svg(&self) -> String {
        let Self { side, path, .. } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
        )
    }

    /// A picture of one bit a pixel.
    pub(crate) fn png(&self) -> Result<Vec<u8>, ReportError> {
        let side = usize::try_from(self.side).unwrap_or_default() * PIXELS;
        let length = u32::try_from(side).unwrap_or_default();
        let row_bytes = side.div_ceil(8);
        let mut pixels = vec![0xff; row_bytes * side];
        for (y, row) in pixels.chunks_exact_mut(row_bytes).enumerate() {
            for x in (0..side).filter(|x| self.is_dark(x / PIXELS, y / PIXELS)) {
                row[x / 8] &= !(0x80 >> (x % 8));
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, length, length);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(picture)?;
        writer.write_image_data(&pixels).map_err(picture)?;
        writer.finish().map_err(picture)?;
        Ok(file)
    }

    /// By its place with the margin; light outside of the code.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let at = |n: usize| i32::try_from(n).unwrap_or(i32::MAX) - MARGIN;
        self.code.get_module(at(x), at(y))
    }
}

fn picture(error: png::EncodingError) -> ReportError {
    ReportError::Picture(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_margin() {
        let qr = Qr::of("otpauth://totp/Ward:a?secret=JBSWY3DPEHPK3PXP").expect("a code");
        assert!(qr.side > 21 + 2 * MARGIN);
        let last = qr.side - MARGIN - 1;
        for (x, y) in [(MARGIN, MARGIN), (last, MARGIN), (MARGIN, last)] {
            assert!(qr.path.contains(&format!("M{x} {y}h")), "{x} {y}");
        }
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn the_picture_has_the_same_modules() {
        let qr = Qr::of("https://ward.example/receipt?link=abc").expect("a code");
        let file = qr.png().expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a header");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!(info.width, u32::try_from(qr.side).expect("a side") * 8);
        let dark = |x: usize, y: usize| {
            let at = x * PIXELS + PIXELS / 2;
            pixels[(y * PIXELS + PIXELS / 2) * info.line_size + at / 8] & (0x80 >> (at % 8)) == 0
        };
        let side = usize::try_from(qr.side).expect("a side");
        let count =
            (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter(|(x, y)| dark(*x, *y)).count();
        assert_eq!(count, qr.path.matches('M').count());
        assert!(dark(4, 4) && !dark(3, 4) && !dark(0, 0));
    }
}
