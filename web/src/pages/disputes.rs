//! Disputed rows of a score: on the unit's page, and what is done with them.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use ward_desk::{
    DeskError, Refusal, Role,
    report::{NewScoreDispute, ScoreDispute},
};
use ward_event::UnitId;
use ward_report::score::Formula;

use super::{
    cases::{Asking, Fields, go, refusal},
    errors,
    score::{item_word, lost_points, show},
};
use crate::{
    access::Refused,
    context::Ctx,
    text::{fill, reports::Reports},
};

/// One dispute, as the page has it.
pub(super) struct DisputeLine {
    pub id: i64,
    pub revision: i64,
    pub item: String,
    pub word: String,
    pub points: String,
    pub class: &'static str,
    pub state: &'static str,
    pub text: String,
    pub asked: String,
    pub answer: String,
    pub answered: String,
    pub opinion: String,
    pub decided: String,
    pub may_answer: bool,
    pub may_decide: bool,
    /// Who answered does not decide.
    pub by_another: bool,
}

const fn state(r: &Reports, dispute: &ScoreDispute) -> (&'static str, &'static str) {
    match (&dispute.decided, &dispute.answered) {
        (Some((true, ..)), _) => ("ok", r.dispute_right),
        (Some((false, ..)), _) => ("silent", r.dispute_wrong),
        (None, Some(_)) => ("partial", r.dispute_answered),
        (None, None) => ("partial", r.dispute_open),
    }
}

/// The disputes of a unit.
pub(super) async fn lines(
    ctx: &Ctx,
    unit: &UnitId,
    formula: &Formula,
) -> Result<Vec<DisputeLine>, DeskError> {
    let (r, zone) = (ctx.lang.reports(), ctx.zone());
    let of_unit = Some([unit.clone()].into());
    let all = ctx.app.desk.posture().disputes(&of_unit).await?;
    let account = ctx.viewer().and_then(|v| v.account);
    let region = ctx.scope.units().is_none();
    let line = |d: ScoreDispute| {
        let (class, state) = state(r, &d);
        let is_open = d.decided.is_none();
        let by_me = d.answered.as_ref().is_some_and(|(_, _, by)| Some(*by) == account);
        let judges = region
            && is_open
            && d.answered.is_some()
            && matches!(ctx.role(), Some(Role::Analyst | Role::Leader));
        let when = |at, by: &str| format!("{} {by}", zone.full(at));
        DisputeLine {
            id: d.id,
            revision: d.revision,
            word: item_word(ctx, formula, &d.of.item),
            points: fill(
                r.dispute_points,
                &[&format!("{}.{}", d.of.points / 10, d.of.points % 10), &d.of.formula],
            ),
            class,
            state,
            asked: when(d.at, &d.account),
            answered: d.answered.as_ref().map_or_else(String::new, |(at, by, _)| when(*at, by)),
            decided: d.decided.as_ref().map_or_else(String::new, |(_, at, by)| when(*at, by)),
            may_answer: region && is_open && d.answered.is_none() && ctx.role() == Some(Role::Analyst),
            may_decide: judges && !by_me,
            by_another: judges && by_me,
            item: d.of.item,
            text: d.of.text,
            answer: d.answer,
            opinion: d.opinion,
        }
    };
    Ok(all.into_iter().map(line).collect())
}

fn unit(ctx: &Ctx, id: &str) -> Option<UnitId> {
    UnitId::new(id).ok().filter(|id| ctx.scope.allows(id) && ctx.register.unit(id).is_some())
}

/// A unit disputes a row that it loses points by now.
pub(crate) async fn dispute(ctx: Ctx, id: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let Some(hospital) = unit(&ctx, &id) else { return errors::missing(&ctx).await };
    let fields = Fields::read(&request, &body);
    let item = fields.text("item");
    let (formula, points) = match lost_points(&ctx, &hospital, &item).await {
        Ok(Some(lost)) => lost,
        Ok(None) => return errors::missing(&ctx).await,
        Err(error) => {
            tracing::error!(%error, "a score cannot be computed");
            return errors::refused(&ctx, Refused::Fault).await;
        }
    };
    let work = async {
        let asking = Asking::of(&ctx)?;
        let text = fields.text("text");
        let new = NewScoreDispute { hospital: hospital.clone(), item, formula, points, text };
        ctx.app.desk.posture().dispute(asking.by(), new).await
    };
    let done: Result<i64, DeskError> = work.await;
    answered(&ctx, &hospital, done.map(|_| ())).await
}

pub(crate) async fn answer(ctx: Ctx, id: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let Some(hospital) = unit(&ctx, &id) else { return errors::missing(&ctx).await };
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let (one, revision) = (fields.number("dispute"), fields.number("revision"));
        ctx.app.desk.posture().answer_dispute(asking.by(), one, revision, fields.one("answer")).await
    };
    let done: Result<(), DeskError> = work.await;
    answered(&ctx, &hospital, done).await
}

pub(crate) async fn settle(ctx: Ctx, id: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let Some(hospital) = unit(&ctx, &id) else { return errors::missing(&ctx).await };
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let is_right = match fields.one("decision") {
            "right" => true,
            "wrong" => false,
            _ => return Err(Refusal::WrongState.into()),
        };
        let (one, revision) = (fields.number("dispute"), fields.number("revision"));
        let posture = ctx.app.desk.posture();
        posture.decide_dispute(asking.by(), one, revision, is_right, fields.one("opinion")).await
    };
    let done: Result<(), DeskError> = work.await;
    answered(&ctx, &hospital, done).await
}

async fn answered(ctx: &Ctx, unit: &UnitId, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go(&format!("/score/{unit}#disputes")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match refusal(ctx, &error) {
            Some(words) => show(ctx, unit, Some(words)).await,
            None => errors::refused(ctx, Refused::Fault).await,
        },
    }
}
