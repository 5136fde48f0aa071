//! Checks by machine of what a unit says is put right. Each is a function of what was seen; absence counts only
//! where it was looked the whole time.

use ward_event::Micros;

/// What a check says, each with its reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Good(String),
    Bad(String),
    /// Nothing can be said: a person judges.
    Cannot(String),
}

impl Verdict {
    pub fn reason(&self) -> &str {
        match self {
            Self::Good(reason) | Self::Bad(reason) | Self::Cannot(reason) => reason,
        }
    }
}

/// From one moment to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
}

/// Whether a rule was quiet for its watch time. `fired` is when it fired on the same entity, `covered` when the
/// sources that it reads were heard of, in any order. None while the watch is not over and nothing has fired.
pub fn rule_quiet(watch: Span, fired: &[Micros], covered: &[Span], now: Micros) -> Option<Verdict> {
    if let Some(at) = fired.iter().filter(|at| (watch.from..watch.to).contains(at)).min() {
        return Some(Verdict::Bad(format!("观察期内规则于 {} 再次命中", at.rfc3339())));
    }
    if now < watch.to {
        return None;
    }
    Some(match first_gap(watch, covered) {
        Some(gap) => Verdict::Cannot(format!(
            "观察期内数据源 {} 至 {} 无数据，机器无法核查",
            gap.from.rfc3339(),
            gap.to.rfc3339()
        )),
        None => Verdict::Good("观察期内规则未再命中，数据源全程在线".into()),
    })
}

/// The first part of a span that nothing covers.
fn first_gap(span: Span, covered: &[Span]) -> Option<Span> {
    let mut covered = covered.to_vec();
    covered.sort_unstable();
    let mut reached = span.from;
    for part in covered {
        if part.from > reached {
            return Some(Span { from: reached, to: part.from.min(span.to) });
        }
        reached = reached.max(part.to);
        if reached >= span.to {
            return None;
        }
    }
    Some(Span { from: reached, to: span.to })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(from: i64, to: i64) -> Span {
        Span { from: Micros(from), to: Micros(to) }
    }

    #[test]
    fn quiet_counts_only_where_the_source_was_heard_throughout() {
        let watch = span(100, 200);
        let says = |fired: &[i64], covered: &[Span], now| {
            let fired: Vec<_> = fired.iter().map(|t| Micros(*t)).collect();
            rule_quiet(watch, &fired, covered, Micros(now))
        };
        assert!(matches!(says(&[], &[span(0, 300)], 200), Some(Verdict::Good(_))));
        assert!(matches!(says(&[], &[span(150, 300), span(0, 150)], 250), Some(Verdict::Good(_))));
        assert_eq!(says(&[], &[span(0, 300)], 199), None);
        // A sensor that was killed in between verifies nothing.
        assert!(matches!(says(&[], &[span(0, 149), span(150, 300)], 200), Some(Verdict::Cannot(_))));
        assert!(matches!(says(&[], &[span(0, 199)], 200), Some(Verdict::Cannot(_))));
        assert!(matches!(says(&[], &[span(101, 300)], 200), Some(Verdict::Cannot(_))));
        assert!(matches!(says(&[], &[], 200), Some(Verdict::Cannot(_))));
        // What fires again is said at once, whatever was covered.
        assert!(matches!(says(&[120], &[], 130), Some(Verdict::Bad(_))));
        assert!(matches!(says(&[99, 200], &[span(0, 300)], 200), Some(Verdict::Good(_))));
    }
}
