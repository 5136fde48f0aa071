//! Checks by machine of what a unit says is put right. Each is a function of what was seen; absence counts only
//! where it was looked the whole time.

use serde::{Deserialize, Serialize};
use ward_event::{Micros, time::MICROS_PER_HOUR};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
}

/// One that would have told, had it happened again: a log source, or one device of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ear {
    pub name: String,
    /// When it was heard, ascending: from some time before the watch on, as far as is known.
    pub heard: Vec<Micros>,
    /// Microseconds of silence that are normal for it.
    pub allowed: i64,
}

/// What a watch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing happened, and every ear was there throughout.
    Quiet,
    /// It happened again, first at that time.
    Again(Micros),
    /// This ear was not there for that time.
    Deaf(String, Span),
    /// There is no ear, so nothing can be said.
    NoEar,
    /// Detection did not come to the end of the watch in time.
    Behind(Micros),
}

/// So long detection may lag behind the end of a watch.
const LAG_MAX: i64 = 2 * MICROS_PER_HOUR;

/// How far an ear covers a span.
enum Cover {
    Whole,
    Broken(Span),
    /// Up to here; whether the rest is silence is not known yet.
    Until(Micros),
}

impl Ear {
    fn cover(&self, span: Span) -> Cover {
        let before = self.heard.iter().copied().take_while(|at| *at <= span.from).last();
        let mut last = before.unwrap_or(span.from);
        for at in self.heard.iter().copied().filter(|at| *at > span.from) {
            if at.0 - last.0 > self.allowed {
                return Cover::Broken(Span { from: last, to: at.min(span.to) });
            }
            last = at;
            if at >= span.to {
                return Cover::Whole;
            }
        }
        Cover::Until(last)
    }
}

/// Whether something stayed away for a watch's time. `again` is when it was seen in it, in any order; `reached` is up
/// to when detection has worked. None while nothing was seen and the watch is not over, or what was said in it may
/// still be on its way.
pub fn stayed_away(
    watch: Span,
    again: &[Micros],
    ears: &[Ear],
    reached: Micros,
    now: Micros,
) -> Option<Outcome> {
    if let Some(at) = again.iter().filter(|at| (watch.from..watch.to).contains(at)).min() {
        return Some(Outcome::Again(*at));
    }
    if now < watch.to {
        return None;
    }
    if ears.is_empty() {
        return Some(Outcome::NoEar);
    }
    let mut waits = false;
    for ear in ears {
        match ear.cover(watch) {
            Cover::Whole => {}
            Cover::Broken(gap) => return Some(Outcome::Deaf(ear.name.clone(), gap)),
            Cover::Until(last) if now.0 - last.0 > ear.allowed => {
                return Some(Outcome::Deaf(ear.name.clone(), Span { from: last, to: watch.to }));
            }
            Cover::Until(_) => waits = true,
        }
    }
    if reached < watch.to {
        return (now.0 - watch.to.0 > LAG_MAX).then_some(Outcome::Behind(reached));
    }
    (!waits).then_some(Outcome::Quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATCH: Span = Span { from: Micros(100), to: Micros(200) };

    fn ear(name: &str, heard: &[i64]) -> Ear {
        Ear { name: name.into(), heard: heard.iter().map(|at| Micros(*at)).collect(), allowed: 20 }
    }

    fn says(again: &[i64], ears: &[Ear], now: i64) -> Option<Outcome> {
        let again: Vec<_> = again.iter().map(|at| Micros(*at)).collect();
        stayed_away(WATCH, &again, ears, Micros(now), Micros(now))
    }

    const STEADY: [i64; 9] = [80, 95, 110, 125, 140, 155, 170, 185, 201];

    #[test]
    fn quiet_counts_only_where_every_ear_was_there_throughout() {
        let steady = ear("s", &STEADY);
        assert_eq!(says(&[], std::slice::from_ref(&steady), 205), Some(Outcome::Quiet));
        assert_eq!(says(&[], std::slice::from_ref(&steady), 199), None, "the watch is not over");
        assert_eq!(says(&[], &[], 205), Some(Outcome::NoEar));
        // A sensor that was killed in between verifies nothing, whatever the others say.
        let killed = ear("k", &[90, 105, 120, 160, 180, 201]);
        let gap = Span { from: Micros(120), to: Micros(160) };
        assert_eq!(says(&[], &[steady.clone(), killed], 205), Some(Outcome::Deaf("k".into(), gap)));
        // One that came too late, and one that was never heard.
        for heard in [&[125, 140, 155, 170, 185, 201][..], &[]] {
            assert!(matches!(says(&[], &[ear("k", heard)], 205), Some(Outcome::Deaf(..))), "{heard:?}");
        }
    }

    #[test]
    fn what_may_still_be_on_its_way_is_waited_for() {
        let nearly = ear("s", &STEADY[..8]);
        assert_eq!(says(&[], std::slice::from_ref(&nearly), 204), None, "its next record is not due yet");
        let gap = Span { from: Micros(185), to: Micros(200) };
        assert_eq!(says(&[], &[nearly], 206), Some(Outcome::Deaf("s".into(), gap)), "killed at the end");
        // Detection that lags has not said that the rule was quiet.
        let ears = [ear("s", &STEADY)];
        assert_eq!(stayed_away(WATCH, &[], &ears, Micros(199), Micros(205)), None);
        let late = Micros(201 + LAG_MAX);
        assert_eq!(stayed_away(WATCH, &[], &ears, Micros(199), late), Some(Outcome::Behind(Micros(199))));
    }

    #[test]
    fn what_happens_again_is_said_at_once() {
        assert_eq!(says(&[150, 120], &[], 130), Some(Outcome::Again(Micros(120))));
        assert_eq!(says(&[99, 200], &[ear("s", &STEADY)], 205), Some(Outcome::Quiet), "not in the watch");
    }
}
