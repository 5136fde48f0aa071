//! The state machine: one table for the notice, one for a problem's row, one for a step of supervision. Each
//! line says from where, by what, to where, and who may. What is in no line is forbidden.

use super::names::named;
use crate::{Refusal, Role};

named! {
    /// Where a notice stands: named by the step that it waits for.
    NoticeState {
        /// 拟稿.
        Drafting "drafting",
        /// 审核.
        Checking "checking",
        /// 会签.
        Countersigning "countersigning",
        /// 签发.
        Signing "signing",
        /// 用印.
        Sealing "sealing",
        /// Sealed, to be sent.
        Ready "ready",
        /// 已发出: its deadlines run.
        Sent "sent",
        /// With its last row.
        Closed "closed",
        /// 作废, before it was sent.
        Void "void",
        /// 撤回, after it was sent.
        Withdrawn "withdrawn",
    }
}

named! {
    NoticeAct {
        Submit "submit",
        Check "check",
        Countersign "countersign",
        Sign "sign",
        Seal "seal",
        Send "send",
        /// Back to its drafter.
        Return "return",
        Void "void",
        Withdraw "withdraw",
        Close "close",
        Reopen "reopen",
    }
}

named! {
    /// Where one problem stands.
    RowState {
        /// 发现.
        Found "found",
        /// 研判.
        Judged "judged",
        /// 已通报.
        Notified "notified",
        /// 已签收, to be put right.
        Signed "signed",
        /// 已报整改, to be checked.
        Rectified "rectified",
        /// No machine can check it: a person judges the proof.
        ByHand "by_hand",
        /// 有异议.
        Disputed "disputed",
        /// 复核通过.
        Verified "verified",
        /// 销号.
        Closed "closed",
        /// 误报.
        FalseAlarm "false_alarm",
        /// Not this unit's, or the notice was withdrawn.
        Withdrawn "withdrawn",
        /// It cannot be put right, and the risk is borne by somebody, with an end.
        Accepted "accepted",
    }
}

named! {
    RowAct {
        Judge "judge",
        Dismiss "dismiss",
        Notify "notify",
        Sign "sign",
        Claim "claim",
        Return "return",
        Dispute "dispute",
        /// The dispute is right: not ours.
        NotTheirs "not_theirs",
        /// The dispute is right: a false alarm.
        FalseAlarm "false_alarm",
        /// The dispute is right: it cannot be fixed.
        Accept "accept",
        /// The dispute is not right.
        Uphold "uphold",
        /// The machine's check holds.
        MachineGood "machine_good",
        /// The machine's check does not hold.
        MachineBad "machine_bad",
        /// No check fits, or what it rests on was not covered.
        NoMachine "no_machine",
        ProofGood "proof_good",
        ProofBad "proof_bad",
        Close "close",
        Reopen "reopen",
        Withdraw "withdraw",
    }
}

named! {
    /// A step of supervision, in rising order.
    Rung {
        /// 提醒.
        Remind "remind",
        /// 督办.
        Supervise "supervise",
        /// 约谈.
        Talk "talk",
        /// 通报.
        Circulate "circulate",
    }
}

named! {
    RungState {
        /// Waits for a person.
        Drafted "drafted",
        Sent "sent",
        /// Nothing is owed any more, or somebody has decided against it.
        Dropped "dropped",
    }
}

named! {
    RungAct { Send "send", Drop "drop" }
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    Analyst,
    /// A leader, or who stands in for one.
    Leader,
    /// The unit itself; or county and commission for it, with the signed sheet as a scan.
    Unit,
    /// What follows of itself from something else that was done, and the platform's own checks.
    Platform,
}

/// One line of a table.
#[derive(Debug, Clone, Copy)]
pub struct Move<S: 'static, A: 'static> {
    pub from: S,
    pub act: A,
    pub to: S,
    pub who: &'static [Party],
    /// By another person than the one who drafted (a notice) or sent (a row).
    pub another: bool,
    /// Not without a reason in words.
    pub reason: bool,
}

macro_rules! moves {
    ($state:ident $act:ident: $($from:ident $by:ident => $to:ident [$($who:ident)*] $(another $another:literal)? $(reason $reason:literal)?;)*) => {
        &[$(Move {
            from: $state::$from, act: $act::$by, to: $state::$to, who: &[$(Party::$who),*],
            another: moves!(@flag $($another)?), reason: moves!(@flag $($reason)?),
        }),*]
    };
    (@flag) => { false };
    (@flag $flag:literal) => { $flag };
}

pub static NOTICE: &[Move<NoticeState, NoticeAct>] = moves! { NoticeState NoticeAct:
    Drafting       Submit      => Checking       [Analyst];
    Checking       Check       => Countersigning [Analyst Leader] another true;
    Countersigning Countersign => Signing        [Analyst Leader];
    Signing        Sign        => Sealing        [Leader] another true;
    Sealing        Seal        => Ready          [Analyst Leader];
    Ready          Send        => Sent           [Analyst Leader];
    Checking       Return      => Drafting       [Analyst Leader] reason true;
    Countersigning Return      => Drafting       [Analyst Leader] reason true;
    Signing        Return      => Drafting       [Analyst Leader] reason true;
    Sealing        Return      => Drafting       [Analyst Leader] reason true;
    Ready          Return      => Drafting       [Analyst Leader] reason true;
    Drafting       Void        => Void           [Analyst Leader] reason true;
    Checking       Void        => Void           [Analyst Leader] reason true;
    Countersigning Void        => Void           [Analyst Leader] reason true;
    Signing        Void        => Void           [Analyst Leader] reason true;
    Sealing        Void        => Void           [Analyst Leader] reason true;
    Ready          Void        => Void           [Analyst Leader] reason true;
    Sent           Close       => Closed         [Platform];
    Closed         Reopen      => Sent           [Platform];
    Sent           Withdraw    => Withdrawn      [Leader] another true reason true;
};

pub static ROW: &[Move<RowState, RowAct>] = moves! { RowState RowAct:
    Found      Judge       => Judged     [Analyst];
    Found      Dismiss     => FalseAlarm [Analyst] reason true;
    Judged     Dismiss     => FalseAlarm [Analyst] reason true;
    Judged     Notify      => Notified   [Platform];
    Notified   Sign        => Signed     [Unit];
    Signed     Claim       => Rectified  [Unit];
    Signed     Dispute     => Disputed   [Unit] reason true;
    Disputed   NotTheirs   => Withdrawn  [Analyst Leader] another true reason true;
    Disputed   FalseAlarm  => FalseAlarm [Analyst Leader] another true reason true;
    Disputed   Accept      => Accepted   [Analyst Leader] another true reason true;
    Disputed   Uphold      => Signed     [Analyst Leader] another true reason true;
    Rectified  Return      => Signed     [Analyst] reason true;
    Rectified  MachineGood => Verified   [Platform] reason true;
    Rectified  MachineBad  => Signed     [Platform] reason true;
    Rectified  NoMachine   => ByHand     [Platform Analyst] reason true;
    ByHand     ProofGood   => Verified   [Analyst Leader] another true reason true;
    ByHand     ProofBad    => Signed     [Analyst Leader] another true reason true;
    Verified   Close       => Closed     [Analyst];
    Verified   Reopen      => Signed     [Analyst] reason true;
    Closed     Reopen      => Signed     [Analyst] reason true;
    FalseAlarm Reopen      => Signed     [Analyst] reason true;
    Withdrawn  Reopen      => Signed     [Analyst] reason true;
    Accepted   Reopen      => Signed     [Analyst] reason true;
    Notified   Withdraw    => Withdrawn  [Platform];
    Signed     Withdraw    => Withdrawn  [Platform];
    Rectified  Withdraw    => Withdrawn  [Platform];
    ByHand     Withdraw    => Withdrawn  [Platform];
    Disputed   Withdraw    => Withdrawn  [Platform];
    Verified   Withdraw    => Withdrawn  [Platform];
};

/// A reminder is the analyst's; what is more, a leader signs.
pub const fn may_send(rung: Rung) -> &'static [Party] {
    match rung {
        Rung::Remind => &[Party::Analyst, Party::Leader],
        Rung::Supervise | Rung::Talk | Rung::Circulate => &[Party::Leader],
    }
}

pub static RUNG: &[Move<RungState, RungAct>] = moves! { RungState RungAct:
    Drafted Send => Sent    [Analyst Leader];
    Drafted Drop => Dropped [Analyst Leader Platform] reason true;
};

impl RowState {
    /// Nothing is owed any more.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Closed | Self::FalseAlarm | Self::Withdrawn | Self::Accepted)
    }

    /// The unit has to put it right, so that its deadline counts. What it has claimed or disputed waits
    /// for the commission.
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::Notified | Self::Signed)
    }
}

impl NoticeState {
    /// Its words and rows may be changed.
    pub const fn is_draft(self) -> bool {
        matches!(self, Self::Drafting)
    }

    /// Units may see it.
    pub const fn is_out(self) -> bool {
        matches!(self, Self::Sent | Self::Closed | Self::Withdrawn)
    }
}

/// As what somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// None for the platform.
    pub role: Option<Role>,
    /// Stands in for an absent leader.
    pub deputy: bool,
    /// Has the signed sheet of the unit as a scan.
    pub scan: bool,
    /// Is the one who drafted or sent.
    pub same: bool,
}

impl Actor {
    pub const PLATFORM: Self = Self { role: None, deputy: false, scan: false, same: false };

    /// Whether this is one of `who`.
    pub fn is(&self, who: &[Party]) -> bool {
        who.iter().any(|party| match party {
            Party::Platform => self.role.is_none(),
            Party::Analyst => self.role == Some(Role::Analyst),
            Party::Leader => self.role == Some(Role::Leader) || self.deputy,
            Party::Unit => match self.role {
                Some(Role::Officer) => true,
                Some(Role::Analyst | Role::County) => self.scan,
                _ => false,
            },
        })
    }
}

/// Where an act leads.
///
/// # Errors
/// [`Refusal::WrongState`] for what is in no line, [`Refusal::NotAllowed`] for who may not,
/// [`Refusal::SamePerson`] where another has to, [`Refusal::ReasonMissing`].
pub fn go<S: Copy + PartialEq, A: Copy + PartialEq>(
    table: &[Move<S, A>],
    from: S,
    act: A,
    actor: &Actor,
    reason: &str,
) -> Result<S, Refusal> {
    let line = table.iter().find(|m| m.from == from && m.act == act).ok_or(Refusal::WrongState)?;
    if !actor.is(line.who) {
        return Err(Refusal::NotAllowed);
    }
    if line.another && actor.same {
        return Err(Refusal::SamePerson);
    }
    if line.reason && reason.trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    Ok(line.to)
}

/// Whether an act leads anywhere for somebody, its reason granted: what a page offers.
pub fn may<S: Copy + PartialEq, A: Copy + PartialEq>(
    table: &[Move<S, A>],
    from: S,
    act: A,
    actor: &Actor,
) -> bool {
    go(table, from, act, actor, "a reason").is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn reach<S: Copy + Ord + 'static, A: Copy + 'static>(
        table: &[Move<S, A>],
        start: S,
        but: &dyn Fn(&A) -> bool,
    ) -> BTreeSet<S> {
        let mut seen = BTreeSet::from([start]);
        while let Some(next) =
            table.iter().find(|m| seen.contains(&m.from) && !seen.contains(&m.to) && !but(&m.act))
        {
            seen.insert(next.to);
        }
        seen
    }

    #[test]
    fn a_table_has_one_line_for_a_state_and_an_act() {
        let notice: BTreeSet<_> = NOTICE.iter().map(|m| (m.from, m.act)).collect();
        let row: BTreeSet<_> = ROW.iter().map(|m| (m.from, m.act)).collect();
        assert_eq!((notice.len(), row.len()), (NOTICE.len(), ROW.len()));
    }

    #[test]
    fn every_state_is_reached_and_nothing_closes_without_its_check() {
        assert_eq!(reach(NOTICE, NoticeState::Drafting, &|_| false).len(), NoticeState::ALL.len());
        assert_eq!(reach(ROW, RowState::Found, &|_| false).len(), RowState::ALL.len());
        let unchecked = |act: &RowAct| matches!(act, RowAct::MachineGood | RowAct::ProofGood);
        assert!(!reach(ROW, RowState::Found, &unchecked).contains(&RowState::Closed));
        let unsigned = |act: &NoticeAct| matches!(act, NoticeAct::Sign);
        assert!(!reach(NOTICE, NoticeState::Drafting, &unsigned).contains(&NoticeState::Sent));
    }

    #[test]
    fn who_sent_does_not_decide_and_who_answers_needs_a_scan_or_to_be_the_unit() {
        let actor = |role, scan, same| Actor { role: Some(role), deputy: false, scan, same };
        let judge = |actor| go(ROW, RowState::ByHand, RowAct::ProofGood, &actor, "seen");
        assert_eq!(judge(actor(Role::Analyst, false, true)), Err(Refusal::SamePerson));
        assert_eq!(judge(actor(Role::Analyst, false, false)), Ok(RowState::Verified));
        let sign = |actor| go(ROW, RowState::Notified, RowAct::Sign, &actor, "");
        assert_eq!(sign(actor(Role::Officer, false, false)), Ok(RowState::Signed));
        assert_eq!(sign(actor(Role::Analyst, false, false)), Err(Refusal::NotAllowed));
        assert_eq!(sign(actor(Role::Analyst, true, true)), Ok(RowState::Signed));
        assert_eq!(sign(actor(Role::Leader, true, false)), Err(Refusal::NotAllowed));
        let dispute = go(ROW, RowState::Signed, RowAct::Dispute, &actor(Role::Officer, false, false), " ");
        assert_eq!(dispute, Err(Refusal::ReasonMissing));
    }
}
