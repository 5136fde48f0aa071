//! Timestamps in local time (+08:00) or UTC, written without a library: they stand in every line.

use std::fmt;

use ward_event::{Micros, time::Calendar};

/// The civil parts of an instant.
struct Civil {
    year: i64,
    month: u32,
    day: u32,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
}

/// Days to civil date after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(local_micros: i64) -> Civil {
    let days = local_micros.div_euclid(86_400_000_000);
    let rest = local_micros.rem_euclid(86_400_000_000);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Civil {
        year: yoe + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: (doy - (153 * mp + 2) / 5 + 1) as u32,
        hour: rest / 3_600_000_000,
        minute: rest / 60_000_000 % 60,
        second: rest / 1_000_000 % 60,
        micro: rest % 1_000_000,
    }
}

fn local(t: Micros) -> Civil {
    civil(t.0 + Calendar::shanghai().offset_secs() * 1_000_000)
}

/// `2026-08-01T08:00:00.123456+08:00` (RFC 5424).
#[derive(Debug, Clone, Copy)]
pub struct Local(pub Micros);

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = local(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+08:00",
            c.year, c.month, c.day, c.hour, c.minute, c.second, c.micro
        )
    }
}

/// `2026-08-01 08:00:00`, local, as applications write it.
#[derive(Debug, Clone, Copy)]
pub struct Plain(pub Micros);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = local(self.0);
        write!(f, "{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }
}

/// `Aug  1 08:00:00`, local (RFC 3164).
#[derive(Debug, Clone, Copy)]
pub struct Bsd(pub Micros);

impl fmt::Display for Bsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let c = local(self.0);
        let month = MONTHS[(c.month - 1) as usize];
        write!(f, "{month} {:>2} {:02}:{:02}:{:02}", c.day, c.hour, c.minute, c.second)
    }
}

/// `2026-08-01T00:00:00.123Z` (Winlogbeat).
#[derive(Debug, Clone, Copy)]
pub struct Utc(pub Micros);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = civil(self.0.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            c.year,
            c.month,
            c.day,
            c.hour,
            c.minute,
            c.second,
            c.micro / 1_000
        )
    }
}

/// `2026-08-01T08:00:00.123456+0800` (Suricata).
#[derive(Debug, Clone, Copy)]
pub struct Suricata(pub Micros);

impl fmt::Display for Suricata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = local(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+0800",
            c.year, c.month, c.day, c.hour, c.minute, c.second, c.micro
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_say_what_a_time_library_says() {
        for secs in [0_i64, 951_782_400, 1_709_164_799, 1_785_542_400, 1_798_761_599, 4_102_444_800] {
            let t = Micros(secs * 1_000_000 + 123_456);
            let parsed: jiff::Timestamp = Local(t).to_string().parse().expect("RFC 3339");
            assert_eq!(parsed.as_microsecond(), t.0);
            let parsed: jiff::Timestamp = Utc(t).to_string().parse().expect("RFC 3339");
            assert_eq!(parsed.as_microsecond(), secs * 1_000_000 + 123_000);
        }
        let t = Micros(1_785_542_400_000_000); // 2026-08-01T00:00:00Z
        assert_eq!(Bsd(t).to_string(), "Aug  1 08:00:00");
        assert_eq!(Plain(t).to_string(), "2026-08-01 08:00:00");
        assert_eq!(Suricata(t).to_string(), "2026-08-01T08:00:00.000000+0800");
    }
}
