//! What goes wrong, and the ground truth of it: one file a kind of attack.

mod account_theft;
mod beacon;
mod brute_force;
mod bulk_read;
mod exfiltration;
mod lateral_movement;
mod log_clearing;
mod new_place;
mod ransomware;
pub mod schedule;
mod silence;
mod stage;
mod tongfang;
mod web_attack;

use serde::{Deserialize, Serialize};
use ward_event::{Micros, alert::Entity};

pub use schedule::{Attacks, Order, Schedule};
pub use silence::Mute;
use stage::Stage;

use crate::{
    emit::Batch,
    model::{HostKind, Region, Unit},
};

macro_rules! kinds {
    ($($name:ident $text:literal $module:ident;)*) => {
        /// The listed kinds of attack.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind { $($name),* }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            fn play(self, stage: &mut Stage<'_>) -> Option<()> {
                match self { $(Self::$name => $module::play(stage)),* }
            }
        }
    };
}

kinds! {
    BruteForce "brute-force" brute_force;
    Ransomware "ransomware" ransomware;
    Tongfang "tongfang" tongfang;
    BulkRead "bulk-read" bulk_read;
    AccountTheft "account-theft" account_theft;
    NewPlace "new-place" new_place;
    WebAttack "web-attack" web_attack;
    Beacon "beacon" beacon;
    LateralMovement "lateral-movement" lateral_movement;
    Exfiltration "exfiltration" exfiltration;
    LogClearing "log-clearing" log_clearing;
    Silence "silence" silence;
}

impl Kind {
    /// Whether a unit has what the attack needs.
    pub fn suits(self, unit: &Unit) -> bool {
        let has = |kind| !unit.of_kind(kind).is_empty();
        let own = !unit.spec.is_tenant();
        match self {
            Self::BruteForce => own && has(HostKind::Web),
            Self::Ransomware | Self::LateralMovement => {
                has(HostKind::DomainController) && unit.hosts.len() > 30
            }
            Self::BulkRead => has(HostKind::DbAudit) && own,
            Self::NewPlace | Self::AccountTheft => has(HostKind::Vpn),
            Self::WebAttack => has(HostKind::Web) && unit.spec.eve != crate::model::Eve::None,
            Self::Beacon => unit.spec.eve != crate::model::Eve::None && own,
            Self::Exfiltration => unit.spec.flow != crate::model::Flow::None && has(HostKind::Firewall),
            Self::LogClearing => has(HostKind::DomainController),
            Self::Tongfang => unit.hosts.len() > 20,
            Self::Silence => own,
        }
    }

    /// Belongs to the night.
    pub const fn off_hours(self) -> bool {
        matches!(self, Self::BulkRead)
    }
}

/// One line of the ground truth. Times are microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    pub attack_id: String,
    pub kind: Kind,
    pub hospital: String,
    pub start: Micros,
    /// The time of its last event.
    pub end: Micros,
    pub entities: Vec<Entity>,
    /// Texts that stand in its events and in no others.
    pub marks: Vec<String>,
}

/// An attack, ready to be sent.
#[derive(Debug)]
pub struct Attack {
    pub truth: Truth,
    pub events: Batch,
    /// What falls silent while it goes on.
    pub mute: Option<Mute>,
}

/// Works out everything that an order does; none when the unit has not what it needs.
pub fn prepare(region: &Region, order: &Order) -> Option<Attack> {
    let unit = &region.units[order.unit];
    if !order.kind.suits(unit) {
        return None;
    }
    let mut stage = Stage::new(unit, order);
    order.kind.play(&mut stage)?;
    Some(stage.finish(order))
}

#[cfg(test)]
mod tests;
