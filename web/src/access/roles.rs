//! Roles, and the sets of them that routes name.

use crate::routes::Who;

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Leader,
    Analyst,
    County,
    Officer,
    Inspector,
    SystemAdmin,
    SecurityAdmin,
    AuditAdmin,
    /// No person: a screen on a wall, by its token.
    Wall,
    /// No person: a program, by its token.
    Api,
}

use Role::{Analyst, AuditAdmin, County, Inspector, Leader, Officer, SecurityAdmin, SystemAdmin, Wall};

/// Also who is not signed in.
pub(crate) const PUBLIC: Who = Who::Anyone;
/// Every person who is signed in: what belongs to himself.
pub(crate) const PEOPLE: Who =
    Who::Roles(&[Leader, Analyst, County, Officer, Inspector, SystemAdmin, SecurityAdmin, AuditAdmin]);
/// Those who see what happens in their units: alerts, entities, events, state.
pub(crate) const BUSINESS: Who = Who::Roles(&[Leader, Analyst, County, Officer]);
/// And the inspector, who reads cases and notices.
pub(crate) const CASES: Who = Who::Roles(&[Leader, Analyst, County, Officer, Inspector]);
/// The commission: sees all units.
pub(crate) const REGION: Who = Who::Roles(&[Leader, Analyst]);
/// Those who handle alerts.
pub(crate) const ANALYSTS: Who = Who::Roles(&[Analyst]);
pub(crate) const LEADERS: Who = Who::Roles(&[Leader]);
/// A hospital's own, and the county above it.
pub(crate) const HOSPITALS: Who = Who::Roles(&[County, Officer]);
/// Those who read the audit.
pub(crate) const AUDITORS: Who = Who::Roles(&[Inspector, AuditAdmin]);
/// Accounts, sessions, walls' and programs' tokens.
pub(crate) const SECURITY: Who = Who::Roles(&[SecurityAdmin]);
/// Collectors, disks, upgrades: no business data and no audit.
pub(crate) const SYSTEM: Who = Who::Roles(&[SystemAdmin]);
/// A wall's page and stream, for the wall itself and for those who may see all of it anyway.
pub(crate) const WALLS: Who = Who::Roles(&[Leader, Analyst, Wall]);
