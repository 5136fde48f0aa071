//! 发文字号: 代字, 〔year〕, serial.

use serde::{Deserialize, Serialize};

/// `×卫网安〔2026〕12号`. A paper that is not numbered yet leaves the place for it free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// 机关代字
    pub prefix: String,
    pub year: u16,
    /// None until the number is taken.
    pub serial: Option<u32>,
}

impl std::fmt::Display for Number {
    /// The serial is neither padded nor called 第, as GB/T 9704 has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = crate::text::line(&self.prefix);
        match self.serial {
            Some(serial) => write!(f, "{prefix}〔{}〕{serial}号", self.year),
            None => write!(f, "{prefix}〔{}〕　　号", self.year),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_hexagonal_brackets_and_no_padding() {
        let number = |serial| Number { prefix: "江卫网安".into(), year: 2026, serial }.to_string();
        assert_eq!(number(Some(7)), "江卫网安〔2026〕7号");
        assert_eq!(number(None), "江卫网安〔2026〕　　号");
    }
}
