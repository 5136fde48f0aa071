//! The state machine against a model: whatever is tried in whatever order, nothing moves but what may, no edit
//! is lost, and every deadline is exact over holidays and extensions.

use proptest::prelude::*;
use ward_desk::{
    DeskError, Refusal, Viewer,
    case::{
        Answer, CheckKind, Decided, Decision, Dispute, DisputeKind, Evidence, OnBehalf,
        machine::{NoticeState, RowState},
        verify::Verdict,
    },
};
use ward_event::{Micros, alert::Level, time::MICROS_PER_HOUR};

use RowState as S;

use crate::common::cases::{ALL, Commission, at, own, problem};

/// 2026-09-17, a Thursday before a worked Sunday, Mid-Autumn, National Day and a worked Saturday.
const FIRST_DAY: i32 = 20_713;

#[derive(Debug, Clone, Copy)]
enum Try {
    Sign,
    Claim,
    Dispute,
    Ask(i64),
    Extend(bool),
    Machine(u8),
    Decide(u8),
    Pass(i64),
}

#[derive(Debug, Clone, Copy)]
struct Op {
    what: Try,
    /// 0 officer of the unit, 1 who sent it, 2 another analyst, 3 leader, 4 a foreign officer.
    who: usize,
    row: usize,
    /// With an older revision.
    stale: bool,
    reason: bool,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let what = prop_oneof![
        3 => Just(Try::Sign),
        4 => Just(Try::Claim),
        2 => Just(Try::Dispute),
        2 => (-3..40_i64).prop_map(Try::Ask),
        2 => any::<bool>().prop_map(Try::Extend),
        3 => (0..3_u8).prop_map(Try::Machine),
        8 => (0..10_u8).prop_map(Try::Decide),
        2 => (1..100_i64).prop_map(Try::Pass),
    ];
    let op = (what, 0..5_usize, 0..3_usize, prop::bool::weighted(0.1), prop::bool::weighted(0.8))
        .prop_map(|(what, who, row, stale, reason)| Op { what, who, row, stale, reason });
    prop::collection::vec(op, 30..60)
}

/// What the model believes of one problem.
#[derive(Debug, Clone)]
struct Belief {
    state: S,
    due: Micros,
    asked: Option<(Micros, usize)>,
    revision: i64,
}

/// A deadline by walking the days, written down apart from the calendar.
fn deadline(sent: Micros, level: Level) -> Micros {
    let works = |day: i32| match day - FIRST_DAY {
        3 | 23 => true,            // Sunday 09-20, Saturday 10-10
        8..=10 | 14..=20 => false, // 09-25 to 27, 10-01 to 07
        n => !matches!((n + 3).rem_euclid(7), 5 | 6),
    };
    let start = (sent.0 - at(FIRST_DAY, 0).0).div_euclid(24 * MICROS_PER_HOUR) as i32 + FIRST_DAY;
    let closing = |day: i32| Micros(at(day, 17).0 + MICROS_PER_HOUR / 2);
    match level {
        Level::Critical => Micros(sent.0 + 24 * MICROS_PER_HOUR),
        Level::High => {
            let mut left = 3;
            let mut day = start;
            while left > 0 {
                day += 1;
                left -= i32::from(works(day));
            }
            closing(day)
        }
        _ => {
            let mut day = start + 15;
            while !works(day) {
                day += 1;
            }
            closing(day)
        }
    }
}

const DECISIONS: [fn(Micros) -> Decision; 10] = [
    |_| Decision::Return,
    |_| Decision::NoMachine,
    |_| Decision::ProofGood,
    |_| Decision::ProofBad,
    |_| Decision::NotTheirs,
    |_| Decision::FalseAlarm,
    |now| Decision::Accept { owner: "院长".into(), until: Micros(now.0 + MICROS_PER_HOUR) },
    |_| Decision::Uphold,
    |_| Decision::Close,
    |_| Decision::Reopen,
];

/// Where a decision leads, for whom; written down apart from the table.
fn decided(state: S, decision: u8, who: usize, reason: bool) -> Option<S> {
    let (analyst, judge) = (matches!(who, 1 | 2), matches!(who, 2 | 3));
    let to = match (state, decision) {
        (S::Rectified, 0) if analyst && reason => S::Signed,
        (S::Rectified, 1) if analyst && reason => S::ByHand,
        (S::ByHand, 2) if judge && reason => S::Verified,
        (S::ByHand, 3) if judge && reason => S::Signed,
        (S::Disputed, 4) if judge && reason => S::Withdrawn,
        (S::Disputed, 5) if judge && reason => S::FalseAlarm,
        (S::Disputed, 6) if judge && reason => S::Accepted,
        (S::Disputed, 7) if judge && reason => S::Signed,
        (S::Verified, 8) if analyst => S::Closed,
        (S::Verified | S::Closed | S::FalseAlarm | S::Withdrawn | S::Accepted, 9) if analyst && reason => {
            S::Signed
        }
        _ => return None,
    };
    Some(to)
}

struct Run {
    c: Commission,
    notice: i64,
    rows: Vec<i64>,
    beliefs: Vec<Belief>,
    signed: bool,
}

impl Run {
    async fn new(start: Micros) -> Self {
        let c = Commission::at(start).await;
        let levels = [Level::Critical, Level::High, Level::Medium];
        let notice = c.sent(levels.iter().map(|level| problem("h1", *level)).collect()).await;
        let detail = c.detail(notice).await;
        let sent = detail.notice.sent_at.expect("sent");
        let beliefs = detail.rows.iter().map(|row| Belief {
            state: S::Notified,
            due: deadline(sent, row.of.level),
            asked: None,
            revision: row.revision,
        });
        let (rows, beliefs) = (detail.rows.iter().map(|r| r.id).collect(), beliefs.collect());
        Self { c, notice, rows, beliefs, signed: false }
    }

    async fn attempt(&mut self, op: Op) {
        let now = self.c.place.clock.now();
        let viewers: [Viewer; 5] =
            [&self.c.officer, &self.c.analyst, &self.c.second, &self.c.leader, &self.c.other]
                .map(Clone::clone);
        let viewer = &viewers[op.who];
        let reach = match op.who {
            0 => own("h1"),
            4 => own("h2"),
            _ => ALL,
        };
        let by = self.c.by(viewer, &reach);
        let cases = self.c.desk().cases();
        let (id, before) = (self.rows[op.row], self.beliefs[op.row].clone());
        let revision = before.revision - i64::from(op.stale);
        let reason = if op.reason { "理由" } else { " " };
        let unit = op.who == 0;
        let mut after = before.clone();
        let allowed;
        let done: Result<(), DeskError> = match op.what {
            Try::Pass(hours) => {
                self.c.place.clock.advance(Micros(now.0 + hours * MICROS_PER_HOUR));
                return;
            }
            Try::Sign => {
                if op.stale || op.who == 4 {
                    return;
                }
                let done = self.c.sign(self.notice, "h1", viewer, OnBehalf::default()).await;
                assert_eq!(done.is_ok(), unit && !self.signed, "{op:?}");
                if done.is_ok() {
                    self.signed = true;
                    for belief in &mut self.beliefs {
                        belief.state = S::Signed;
                        belief.revision += 1;
                    }
                }
                return;
            }
            Try::Claim => {
                allowed = (unit && before.state == S::Signed).then_some(S::Rectified);
                let answer = Answer {
                    cause: String::new(),
                    measures: "已整改".into(),
                    proof: Vec::new(),
                    on_behalf: OnBehalf::default(),
                };
                cases.claim(by, id, revision, answer).await
            }
            Try::Dispute => {
                allowed = (unit && before.state == S::Signed && op.reason).then_some(S::Disputed);
                let dispute = Dispute {
                    kind: DisputeKind::CannotFix,
                    reason: reason.into(),
                    on_behalf: OnBehalf::default(),
                };
                cases.dispute(by, id, revision, dispute).await
            }
            Try::Ask(hours) => {
                let until = Micros(before.due.0.max(now.0) + hours * MICROS_PER_HOUR);
                let may =
                    unit && before.state == S::Signed && op.reason && hours > 0 && before.asked.is_none();
                let done = cases
                    .ask_extension(by, id, revision, until, reason, OnBehalf::default())
                    .await
                    .map(|_| ());
                assert_eq!(done.is_ok(), may && !op.stale, "{op:?} {before:?} {done:?}");
                if done.is_ok() {
                    self.beliefs[op.row].asked = Some((until, op.who));
                }
                return;
            }
            Try::Extend(grant) => {
                let decided = if grant { Decided::Granted } else { Decided::Refused };
                let may = matches!(op.who, 1..=3) && before.asked.is_some() && (grant || op.reason);
                let done = cases.decide_extension(by, id, revision, decided, reason).await;
                assert_eq!(done.is_ok(), may && !op.stale, "{op:?} {before:?} {done:?}");
                if let (true, Some((until, _))) = (done.is_ok(), before.asked) {
                    let belief = &mut self.beliefs[op.row];
                    belief.due = if grant { until } else { belief.due };
                    belief.asked = None;
                    belief.revision += 1;
                }
                return;
            }
            Try::Machine(says) => {
                let (verdict, to) = match says {
                    0 => (Verdict::Good("静默".into()), S::Verified),
                    1 => (Verdict::Bad("命中".into()), S::Signed),
                    _ => (Verdict::Cannot("无数据".into()), S::ByHand),
                };
                // The platform's own, whoever else is at work.
                allowed = (before.state == S::Rectified).then_some(to);
                cases.machine_says(id, revision, CheckKind::Rule, verdict, &Evidence::default()).await
            }
            Try::Decide(n) => {
                allowed = decided(before.state, n, op.who, op.reason);
                cases.decide(by, id, revision, DECISIONS[usize::from(n)](now), reason).await
            }
        };
        match (&done, op.stale) {
            (Err(DeskError::Refused(Refusal::ChangedBy { by, at })), true) => {
                assert!(!by.is_empty() && at.0 <= now.0)
            }
            (Err(DeskError::Refused(_)), _) => {
                assert!(allowed.is_none() || op.stale, "{op:?} {before:?} {done:?}")
            }
            (Ok(()), false) => {
                after.state = allowed.unwrap_or_else(|| panic!("forbidden: {op:?} {before:?}"));
                after.revision += 1;
            }
            _ => panic!("{op:?} {before:?} {done:?}"),
        }
        self.beliefs[op.row] = after;
    }

    async fn compare(&self, op: Op) {
        let detail = self.c.detail(self.notice).await;
        for (row, belief) in detail.rows.iter().zip(&self.beliefs) {
            let is = (row.state, row.due, row.revision);
            assert_eq!(is, (belief.state, Some(belief.due), belief.revision), "after {op:?}");
        }
        let settled = self
            .beliefs
            .iter()
            .all(|b| matches!(b.state, S::Closed | S::FalseAlarm | S::Withdrawn | S::Accepted));
        let expected = if settled { NoticeState::Closed } else { NoticeState::Sent };
        assert_eq!(detail.notice.state, expected, "after {op:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_moves_but_what_may(minutes in 0..30 * 24 * 60_i64, ops in ops()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let start = Micros(at(FIRST_DAY, 0).0 + minutes * (MICROS_PER_HOUR / 60));
            let mut run = Run::new(start).await;
            for op in ops {
                run.attempt(op).await;
                run.compare(op).await;
            }
            run.c.desk().close().await;
        });
    }
}
