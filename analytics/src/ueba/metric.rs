//! What is counted of an entity by the hour, and the scale it is compared on.

use serde::{Deserialize, Serialize};

/// A metric of an entity. The order is part of baselines and snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Metric {
    Events,
    Failures,
    /// Rows read or changed in databases.
    Rows,
    /// Bytes sent out (hosts), or obtained (accounts).
    Bytes,
    /// Distinct destinations, addresses, paths or databases touched.
    Targets,
}

pub(crate) const METRICS: usize = 5;

/// One value of each metric.
pub(crate) type Amounts = [u64; METRICS];

impl Metric {
    pub(crate) const ALL: [Self; METRICS] =
        [Self::Events, Self::Failures, Self::Rows, Self::Bytes, Self::Targets];

    /// As `ward.rollups` names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Failures => "failures",
            Self::Rows => "rows",
            Self::Bytes => "bytes",
            Self::Targets => "targets",
        }
    }

    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Events => "操作次数",
            Self::Failures => "失败次数",
            Self::Rows => "数据库返回行数",
            Self::Bytes => "传输字节数",
            Self::Targets => "访问目标数",
        }
    }

    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Failures => "failures",
            Self::Rows => "database rows",
            Self::Bytes => "bytes transferred",
            Self::Targets => "distinct targets",
        }
    }

    /// Less than this in an hour is nobody's bulk, however quiet the past was.
    pub(crate) const fn floor(self) -> u64 {
        match self {
            Self::Events => 500,
            Self::Failures => 30,
            Self::Rows => 2_000,
            Self::Bytes => 64 << 20,
            Self::Targets => 40,
        }
    }
}

/// Steps of the scale in a doubling.
pub(crate) const STEPS_PER_DOUBLING: f64 = 4.0;

/// A value on a logarithmic scale of four steps a doubling: 0 for nothing, monotone, whole numbers
/// only, so that no rounding mode can change a baseline. Between powers of two it is linear.
pub(crate) const fn scaled(value: u64) -> u8 {
    let x = value.saturating_add(1);
    let power = x.ilog2();
    let quarter = if power >= 2 { (x >> (power - 2)) & 3 } else { (x << (2 - power)) & 3 };
    // At most 63 * 4 + 3.
    (power as u64 * 4 + quarter) as u8
}

/// The last days of one metric on the logarithmic scale, newest first; 0 for a day without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ring(pub(crate) [u8; RING_DAYS]);

/// Four weeks, so that each weekday is seen four times; a baseline never looks back further.
pub(crate) const RING_DAYS: usize = 28;

impl Default for Ring {
    fn default() -> Self {
        Self([0; RING_DAYS])
    }
}

impl Ring {
    pub(crate) fn push(&mut self, value: u8) {
        self.0.rotate_right(1);
        self.0[0] = value;
    }

    fn active(&self, days: usize) -> impl Iterator<Item = u8> + '_ {
        self.0[..days.min(RING_DAYS)].iter().copied().filter(|v| *v > 0)
    }

    pub(crate) fn max(&self, days: usize) -> u8 {
        self.active(days).max().unwrap_or(0)
    }

    /// Median of the days that had any, and the median distance from it. None without any.
    pub(crate) fn middle(&self, days: usize) -> Option<(u8, u8)> {
        let mut values: Vec<u8> = self.active(days).collect();
        let median = median(&mut values)?;
        let mut distances: Vec<u8> = values.iter().map(|v| v.abs_diff(median)).collect();
        Some((median, self::median(&mut distances)?))
    }
}

/// The lower median; sorts what it is given.
pub(crate) fn median(values: &mut [u8]) -> Option<u8> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// As hex text without the trailing days that had nothing: most rings are short.
impl Serialize for Ring {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let used = self.0.iter().rposition(|v| *v > 0).map_or(0, |i| i + 1);
        s.serialize_str(&ward_event::alert::hex(&self.0[..used]))
    }
}

impl<'de> Deserialize<'de> for Ring {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        let mut ring = Self::default();
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or(""));
        for (slot, pair) in ring.0.iter_mut().zip(pairs) {
            *slot = u8::from_str_radix(pair, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(ring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_rises_by_four_steps_a_doubling() {
        assert_eq!([0, 1, 3, 7, 1023].map(scaled), [0, 4, 8, 12, 40]);
        assert_eq!(scaled(u64::MAX), 255);
        let mut last = 0;
        for power in 0..63 {
            for value in [1u64 << power, (1 << power) + (1 << power) / 2] {
                assert!(scaled(value) >= last, "{value}");
                last = scaled(value);
            }
        }
    }

    #[test]
    fn a_ring_forgets_after_its_days_and_survives_json() {
        let mut ring = Ring::default();
        for value in 1..=40 {
            ring.push(value);
        }
        assert_eq!((ring.0[0], ring.0[27], ring.max(28), ring.max(3)), (40, 13, 40, 40));
        assert_eq!(ring.middle(3), Some((39, 1)));
        let json = serde_json::to_string(&ring).expect("JSON");
        assert_eq!(serde_json::from_str::<Ring>(&json).expect("a ring"), ring);
        assert_eq!(serde_json::to_string(&Ring::default()).expect("JSON"), "\"\"");
    }
}
