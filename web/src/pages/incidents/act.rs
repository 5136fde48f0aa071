//! What is done on `/incidents/{id}`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use ward_desk::{
    DeskError, Refusal,
    incident::{IncidentAct, NewKnown, NewReport, ReportKind},
};

use super::{fault, one};
use crate::{
    context::Ctx,
    pages::{
        cases::{Asking, Fields, go, refusal},
        errors,
    },
};

async fn answer(ctx: &Ctx, id: i64, done: Result<i64, DeskError>) -> HttpResponse {
    match done {
        Ok(then) => go(&format!("/incidents/{then}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match refusal(ctx, &error) {
            Some(words) => one::show(ctx, id, Some(words)).await,
            None => fault(ctx, &error).await,
        },
    }
}

/// A handler of a form; it says which incident is shown then.
macro_rules! acts {
    ($($name:ident($ctx:ident, $asking:ident, $id:ident, $fields:ident) $work:block)*) => {$(
        pub(crate) async fn $name(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
            let $fields = Fields::read(&request, &body);
            let ($ctx, $id) = (&ctx, *id);
            let work = async {
                let $asking = Asking::of($ctx)?;
                $work
            };
            let done: Result<i64, DeskError> = work.await;
            answer(&ctx, $id, done).await
        }
    )*};
}

acts! {
    act(ctx, asking, id, fields) {
        let act = IncidentAct::from_name(fields.one("act")).ok_or(Refusal::WrongState)?;
        let (incidents, revision) = (ctx.app.desk.incidents(), fields.number("revision"));
        incidents.act(asking.by(), id, revision, act, fields.one("reason")).await.map(|()| id)
    }

    merge(ctx, asking, id, fields) {
        let (into, revision) = (fields.number("into"), fields.number("revision"));
        let incidents = ctx.app.desk.incidents();
        incidents.merge(asking.by(), id, revision, into, fields.one("reason")).await.map(|()| into)
    }

    split(ctx, asking, id, fields) {
        let alerts = fields.all("alert").map(str::to_owned).collect();
        let incidents = ctx.app.desk.incidents();
        incidents.split(asking.by(), id, fields.number("revision"), alerts, fields.one("reason")).await
    }

    known(ctx, asking, id, fields) {
        let new = NewKnown {
            operator: fields.text("operator"),
            class: fields.text("class"),
            grade: fields.text("grade"),
            known_at: fields.time(ctx, "known_at").ok_or(Refusal::TimeUnfit)?,
            person: fields.text("person"),
            reason: fields.text("reason"),
        };
        let incidents = ctx.app.desk.incidents();
        incidents.state_known(asking.by(), id, fields.number("revision"), new).await.map(|()| id)
    }

    words(ctx, asking, id, fields) {
        let incidents = ctx.app.desk.incidents();
        let keys = incidents.law().contents.iter().map(|content| content.key.as_str());
        let texts = keys.filter(|key| fields.has(key)).map(|key| (key.to_owned(), fields.text(key))).collect();
        incidents.write_law(asking.by(), id, fields.number("revision"), texts).await.map(|()| id)
    }

    report(ctx, asking, id, fields) {
        let new = NewReport {
            kind: ReportKind::from_name(fields.one("kind")).ok_or(Refusal::TextUnfit)?,
            receiver: fields.text("receiver"),
            channel: fields.text("channel"),
            person: fields.text("person"),
            made_at: fields.time(ctx, "made_at").ok_or(Refusal::TimeUnfit)?,
            acknowledged: fields.text("acknowledged"),
        };
        let incidents = ctx.app.desk.incidents();
        incidents.reported(asking.by(), id, fields.number("revision"), new).await.map(|()| id)
    }
}
