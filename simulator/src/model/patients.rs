//! Invented personal numbers, of the right form and checksum, so that the masker has work.

use crate::rng::Rng;

/// A resident's ID number (GB 11643-1999) with a valid checksum. The county code 3799xx exists nowhere,
/// so the number is nobody's.
pub fn id_number(rng: &mut Rng) -> String {
    let mut text = format!(
        "3799{:02}{}{:02}{:02}{:03}",
        rng.between(50, 89),
        rng.between(1938, 2018),
        rng.between(1, 12),
        rng.between(1, 28),
        rng.between(1, 999),
    );
    text.push(id_checksum(text.as_bytes()));
    text
}

/// ISO 7064 MOD 11-2 over the first 17 digits.
fn id_checksum(digits: &[u8]) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// A mobile number of a block that is kept for examples here.
pub fn mobile(rng: &mut Rng) -> String {
    format!("1990000{:04}", rng.below(10_000))
}

/// A hospital's own patient number: not personal outside it.
pub fn patient(rng: &mut Rng) -> u64 {
    10_000_000 + rng.below(900_000) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_checks_and_so_do_ours() {
        assert_eq!(id_checksum(b"11010519491231002"), 'X');
        assert_eq!(id_checksum(b"44052418800101001"), '4');
        let mut rng = Rng::keyed(1, &[]);
        for _ in 0..100 {
            let id = id_number(&mut rng);
            assert_eq!(id.len(), 18);
            assert_eq!(id.chars().last(), Some(id_checksum(&id.as_bytes()[..17])));
            assert_eq!(mobile(&mut rng).len(), 11);
        }
    }
}
