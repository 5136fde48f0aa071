//! What makes digits an identifier.

/// One written digit: where it stands and what it is. `X` as a check character is [`X`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Digit {
    pub(super) at: u32,
    pub(super) len: u8,
    pub(super) value: u8,
}

pub(super) const X: u8 = 10;

impl Digit {
    pub(super) const fn end(self) -> usize {
        self.at as usize + self.len as usize
    }
}

/// Eleven digits `1[3-9]…`.
pub(super) fn is_mobile(digits: &[Digit]) -> bool {
    digits.len() == 11 && digits[0].value == 1 && (3..=9).contains(&digits[1].value) && digits[10].value != X
}

/// A mobile number as it is dialled: bare, or behind 0, 86 or 0086.
pub(super) fn is_dialled_mobile(digits: &[Digit]) -> bool {
    let prefix: &[u8] = match digits.len() {
        11 => &[],
        12 => &[0],
        13 => &[8, 6],
        15 => &[0, 0, 8, 6],
        _ => return false,
    };
    digits.iter().zip(prefix).all(|(d, p)| d.value == *p) && is_mobile(&digits[prefix.len()..])
}

/// Eighteen digits of GB 11643: a date of birth in the years 1800 to 2099 and the check character of
/// ISO 7064 MOD 11-2.
pub(super) fn is_id(digits: &[Digit]) -> bool {
    if digits.len() != 18 {
        return false;
    }
    let pair = |i: usize| digits[i].value * 10 + digits[i + 1].value;
    if !(18..=20).contains(&pair(6)) || !(1..=12).contains(&pair(10)) || !(1..=31).contains(&pair(12)) {
        return false;
    }
    const WEIGHTS: [u8; 18] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d.value) * u32::from(w)).sum();
    sum % 11 == 1
}

/// The first two digits are a province's, 11 to 91 (GB/T 2260). Asked for only where the number is
/// cut out of a longer run of digits.
pub(super) fn has_province(digits: &[Digit]) -> bool {
    matches!(digits[0].value * 10 + digits[1].value,
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91)
}
