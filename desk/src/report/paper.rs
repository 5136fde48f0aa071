//! What becomes of a report: its words are edited, it is checked by another, signed, and goes out. What may be done is
//! one table; what went out is never edited again, a correction is a new version that names it.

use ward_event::Micros;

use crate::case::{
    machine::{Move, Party},
    names::named,
};

named! {
    /// Where a report stands: named by the step that it waits for.
    PaperState {
        /// 拟稿: its words may be edited.
        Drafting "drafting",
        /// 待审核.
        Checking "checking",
        /// 待签发.
        Signing "signing",
        /// 已签发, to go out.
        Signed "signed",
        /// 已发出: nothing of it changes any more.
        Published "published",
    }
}

named! {
    /// A step of a report.
    PaperAct {
        Submit "submit",
        Check "check",
        Sign "sign",
        Publish "publish",
        /// Back to its drafter.
        Return "return",
    }
}

const COMMISSION: &[Party] = &[Party::Analyst, Party::Leader];

const fn step(
    from: PaperState,
    act: PaperAct,
    to: PaperState,
    who: &'static [Party],
) -> Move<PaperState, PaperAct> {
    // Who has written words neither checks nor signs them; a report goes back only with a reason.
    let another = matches!(act, PaperAct::Check | PaperAct::Sign);
    Move { from, act, to, who, another, reason: matches!(act, PaperAct::Return) }
}

/// From, act, to, who may.
pub static PAPER: &[Move<PaperState, PaperAct>] = &[
    step(PaperState::Drafting, PaperAct::Submit, PaperState::Checking, &[Party::Analyst]),
    step(PaperState::Checking, PaperAct::Check, PaperState::Signing, COMMISSION),
    step(PaperState::Signing, PaperAct::Sign, PaperState::Signed, &[Party::Leader]),
    step(PaperState::Signed, PaperAct::Publish, PaperState::Published, COMMISSION),
    step(PaperState::Checking, PaperAct::Return, PaperState::Drafting, COMMISSION),
    step(PaperState::Signing, PaperAct::Return, PaperState::Drafting, COMMISSION),
    step(PaperState::Signed, PaperAct::Return, PaperState::Drafting, COMMISSION),
];

/// The published report that a correction stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    pub id: i64,
    pub version: i64,
    pub published: Option<Micros>,
    pub reason: String,
}

/// Where a report stands, whose words it has, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    pub state: PaperState,
    /// JSON; empty where the words are those it was made with.
    pub words: String,
    pub replaces: Option<Replaced>,
    /// Names of persons; empty where nobody has done it.
    pub drafter: String,
    pub checker: String,
    pub signer: String,
    /// The leader in whose place it was signed.
    pub stands_for: String,
    pub signed: Option<Micros>,
    pub published: Option<Micros>,
    /// A later version is out in its place.
    pub replaced_by: Option<i64>,
    /// What an edit or a step names.
    pub revision: i64,
}

/// One line of a report's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperStep {
    pub at: Micros,
    /// `edit`, or a [`PaperAct`].
    pub act: String,
    pub person: String,
    pub stands_for: String,
    pub opinion: String,
    /// After an edit.
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Refusal, Role,
        case::machine::{Actor, go},
    };

    #[test]
    fn nothing_goes_out_that_another_has_not_checked_and_a_leader_signed() {
        let actor = |role, same| Actor { role: Some(role), deputy: false, scan: false, same };
        let check = |same| go(PAPER, PaperState::Checking, PaperAct::Check, &actor(Role::Analyst, same), "");
        assert_eq!(check(true), Err(Refusal::SamePerson));
        assert_eq!(check(false), Ok(PaperState::Signing));
        let sign = |role| go(PAPER, PaperState::Signing, PaperAct::Sign, &actor(role, false), "");
        assert_eq!(sign(Role::Analyst), Err(Refusal::NotAllowed));
        assert_eq!(sign(Role::Leader), Ok(PaperState::Signed));
        for state in PaperState::ALL {
            let out = go(PAPER, state, PaperAct::Publish, &actor(Role::Leader, false), "");
            assert_eq!(out.is_ok(), state == PaperState::Signed, "{state:?}");
            let none = PAPER.iter().any(|m| m.from == PaperState::Published);
            assert!(!none, "what is out stays");
        }
    }
}
