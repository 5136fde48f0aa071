//! The sets of roles that routes name, and what a role may see.

#![allow(dead_code, reason = "the sets that a route of the table may choose from")]

use ward_desk::{Role, Viewer};
use ward_event::register::Register;

use crate::{routes::Who, scope::Scope};

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
/// Those who read the list of notices: the commission, the counties, the inspector.
pub(crate) const NOTICES: Who = Who::Roles(&[Leader, Analyst, County, Inspector]);
/// Those who call and enter for a unit.
pub(crate) const CHASERS: Who = Who::Roles(&[Leader, Analyst, County]);
/// A hospital's security officer.
pub(crate) const OFFICERS: Who = Who::Roles(&[Officer]);
pub(crate) const COUNTIES: Who = Who::Roles(&[County]);
/// Those who handle alerts.
pub(crate) const ANALYSTS: Who = Who::Roles(&[Analyst]);
pub(crate) const LEADERS: Who = Who::Roles(&[Leader]);
/// A hospital's own, and the county above it.
pub(crate) const HOSPITALS: Who = Who::Roles(&[County, Officer]);
/// Who sees a hospital as it sees itself; the county and the analysts by its side.
pub(crate) const PORTAL: Who = Who::Roles(&[Officer, County, Analyst]);
/// The region, or a county's part of it, in two minutes.
pub(crate) const SUMMARY: Who = Who::Roles(&[Leader, County, Analyst]);
/// Those who bring in what is known of a unit: the commission's analysts, the county, the unit itself.
pub(crate) const HANDLERS: Who = Who::Roles(&[Analyst, County, Officer]);
/// Those who record what a unit fulfils: the commission's analysts, the unit itself.
pub(crate) const RECORDERS: Who = Who::Roles(&[Analyst, Officer]);
/// Those who say what a finding is worth; a hospital does not judge its own.
pub(crate) const JUDGES: Who = Who::Roles(&[Leader, Analyst, County]);
/// Those who read the audit.
pub(crate) const AUDITORS: Who = Who::Roles(&[Inspector, AuditAdmin]);
/// Accounts, sessions, tokens of others.
pub(crate) const SECURITY: Who = Who::Roles(&[SecurityAdmin]);
/// Collectors, disks, upgrades: no business data and no audit.
pub(crate) const SYSTEM: Who = Who::Roles(&[SystemAdmin]);
/// A wall's pages and stream: for the wall itself, by its device's cookie, and for those who may see all
/// of it anyway.
pub(crate) const WALLS: Who = Who::Roles(&[Leader, Analyst, Wall]);
/// The daily brief: for a leader who is signed in, and for the telephone that opened his link.
pub(crate) const BRIEF: Who = Who::Brief(&[Leader]);

/// Whose rows somebody may read. Administrators read none, whatever their account says.
pub(crate) fn scope(viewer: &Viewer, register: &Register) -> Scope {
    match viewer.role {
        SystemAdmin | SecurityAdmin | AuditAdmin => Scope::nothing(),
        Leader | Analyst | County | Officer | Inspector | Wall => {
            viewer.units(register).map_or(Scope::All, Scope::Units)
        }
    }
}

/// Where a role begins its day.
pub(crate) const fn home(role: Role) -> &'static str {
    match role {
        Leader => "/leader",
        Officer => "/portal",
        Analyst | County | Wall => "/",
        Inspector | AuditAdmin => "/audit",
        SecurityAdmin => "/accounts",
        SystemAdmin => "/account",
    }
}
