//! A source that goes silent: broken, or switched off so that it sees nothing (T1562).

use ward_event::Micros;

use super::stage::Stage;
use crate::emit::Item;

/// Longer than any source may be silent by the register, with the time to notice it.
const SILENT_MINUTES: (i64, i64) = (60, 100);

/// What is not sent, of whom, from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mute {
    pub unit: u16,
    /// None: everything the unit sends.
    pub format: Option<ward_event::Format>,
    pub from: Micros,
    pub to: Micros,
}

impl Mute {
    pub fn covers(&self, item: &Item) -> bool {
        self.unit == item.unit
            && self.from <= item.time
            && item.time < self.to
            && self.format.is_none_or(|f| f == item.channel.format())
    }
}

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let minutes = stage.rng.between(SILENT_MINUTES.0, SILENT_MINUTES.1);
    let formats = stage.unit.formats();
    let name = stage.rng.pick(&formats);
    let to = stage.at(minutes as f64 * 60.0);
    let format = ward_event::Format::from_name(name);
    stage.mute = Some(Mute { unit: stage.unit.index as u16, format, from: stage.start, to });
    stage.entity("source", name);
    stage.entity("hospital", stage.unit.spec.id);
    stage.ends_at(to);
    Some(())
}
