//! What is done on `/notices/{id}`. Each answers with the page, or with it and what was refused.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use ward_desk::{
    DeskError, Refusal,
    case::{
        Answer, CallOutcome, CorrectionKind, Decided, Decision, NewCall, NewCorrection, NoticeDetail, Number,
        OnBehalf, Receipt, Stamp, Step, Wanted, machine::RungAct,
    },
};
use ward_event::{Micros, UnitId};

use super::{
    Asking, fault,
    form::Fields,
    go,
    hand_in::entered,
    keep,
    new::{draft, new_row},
    one, words,
};
use crate::{context::Ctx, pages::errors};

pub(super) async fn answer(ctx: &Ctx, id: i64, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go(&format!("/notices/{id}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match words::refusal(ctx, &error) {
            Some(words) => one::show(ctx, id, Some(words)).await,
            None => fault(ctx, &error).await,
        },
    }
}

/// The first file of a field, kept; None where none was given.
async fn kept(ctx: &Ctx, asking: &Asking, fields: &Fields, name: &str) -> Result<Option<String>, DeskError> {
    let files = keep(ctx, asking, fields.files(name)).await?;
    Ok(files.into_iter().next().map(|(hash, _)| hash))
}

pub(super) fn unit(fields: &Fields) -> Result<UnitId, Refusal> {
    UnitId::new(fields.one("unit")).map_err(|_| Refusal::NotThere)
}

pub(crate) async fn step(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let done = take_step(&ctx, *id, &fields).await;
    answer(&ctx, *id, done).await
}

async fn take_step(ctx: &Ctx, id: i64, fields: &Fields) -> Result<(), DeskError> {
    let asking = Asking::of(ctx)?;
    let step = match fields.one("act") {
        "submit" => Step::Submit,
        "check" => Step::Check,
        "countersign" => Step::Countersign,
        "sign" => Step::Sign,
        "seal" => Step::Seal(kept(ctx, &asking, fields, "sealed").await?.ok_or(Refusal::ScanMissing)?),
        "send" => Step::Send,
        "return" => Step::Return,
        "void" => Step::Void,
        _ => return Err(Refusal::WrongState.into()),
    };
    let stamp = Stamp {
        person: fields.text("person"),
        post: fields.text("post"),
        opinion: fields.text("opinion"),
        sheet: kept(ctx, &asking, fields, "sheet").await?,
        at: fields.time(ctx, "at"),
    };
    ctx.app.desk.cases().step(asking.by(), id, fields.number("revision"), step, stamp).await
}

/// A handler of a form without files: `|ctx, asking, id, fields| …`.
macro_rules! acts {
    ($($(#[$meta:meta])* $name:ident($ctx:ident, $asking:ident, $id:ident, $fields:ident) $work:block)*) => {$(
        $(#[$meta])*
        pub(crate) async fn $name(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
            let $fields = Fields::read(&request, &body);
            let ($ctx, $id) = (&ctx, *id);
            let work = async {
                let $asking = Asking::of($ctx)?;
                $work
            };
            let done: Result<(), DeskError> = work.await;
            answer(&ctx, $id, done).await
        }
    )*};
}

acts! {
    edit(ctx, asking, id, fields) {
        let draft = draft(ctx, &fields).ok_or(Refusal::TextUnfit)?;
        ctx.app.desk.cases().redraft(asking.by(), id, fields.number("revision"), draft).await
    }

    add_row(ctx, asking, id, fields) {
        let row = new_row(ctx, &fields).ok_or(Refusal::TextUnfit)?;
        ctx.app.desk.cases().add_row(asking.by(), id, fields.number("revision"), row).await.map(|_| ())
    }

    drop_row(ctx, asking, id, fields) {
        let row = fields.number("row");
        ctx.app.desk.cases().drop_row(asking.by(), id, fields.number("revision"), row).await
    }

    number(ctx, asking, id, fields) {
        if fields.one("paper") == "review" {
            return ctx.app.desk.cases().number_review(asking.by(), id, &unit(&fields)?).await.map(|_| ());
        }
        let wanted = match fields.one("typed") {
            "" => Wanted::Next(fields.text("word")),
            typed => Wanted::Typed(Number::parse(typed).ok_or(Refusal::NumberUnfit)?),
        };
        ctx.app.desk.cases().give_number(asking.by(), id, fields.number("revision"), wanted).await.map(|_| ())
    }

    call(ctx, asking, id, fields) {
        let call = NewCall {
            number: fields.text("number"),
            person: fields.text("person"),
            post: fields.text("post"),
            outcome: CallOutcome::from_name(fields.one("outcome")).ok_or(Refusal::TextUnfit)?,
            said: fields.text("said"),
            promised: fields.time(ctx, "promised"),
        };
        ctx.app.desk.cases().call(asking.by(), id, &unit(&fields)?, call).await
    }

    /// Signs for a unit, by its scanned sheet.
    enter(ctx, asking, id, fields) {
        let unit = unit(&fields)?;
        if !ctx.scope.allows(&unit) {
            return Err(Refusal::NotThere.into());
        }
        let pages = entered(ctx, &asking, id, &fields, |_| Some(unit.clone())).await?;
        let on_behalf = OnBehalf { sheet: pages.into_iter().next() };
        let receipt = Receipt { person: fields.text("person"), post: fields.text("post"), on_behalf };
        ctx.app.desk.cases().sign(asking.by(), id, &unit, fields.number("revision"), receipt).await
    }

    /// Enters what a unit says is put right, by its scanned sheet.
    enter_claim(ctx, asking, id, fields) {
        let (row, revision) = (fields.number("row"), fields.number("revision"));
        let of = |detail: &NoticeDetail| detail.rows.iter().find(|r| r.id == row).map(|r| r.of.unit.clone());
        let mut pages = entered(ctx, &asking, id, &fields, of).await?.into_iter();
        let on_behalf = OnBehalf { sheet: pages.next() };
        let mut proof = keep(ctx, &asking, fields.files("proof")).await?;
        proof.extend(pages.map(|page| (page, String::new())));
        let (cause, measures) = (fields.text("cause"), fields.text("measures"));
        let answer = Answer { cause, measures, proof, on_behalf };
        ctx.app.desk.cases().claim(asking.by(), row, revision, answer).await
    }

    rung(ctx, asking, id, fields) {
        let _ = id;
        let act = RungAct::from_name(fields.one("act")).ok_or(Refusal::WrongState)?;
        let (rung, revision) = (fields.number("rung"), fields.number("revision"));
        ctx.app.desk.cases().rung(asking.by(), rung, revision, act, fields.one("opinion")).await
    }

    decide(ctx, asking, id, fields) {
        let _ = id;
        let decision = match fields.one("decision") {
            "return" => Decision::Return,
            "no_machine" => Decision::NoMachine,
            "proof_good" => Decision::ProofGood,
            "proof_bad" => Decision::ProofBad,
            "not_theirs" => Decision::NotTheirs,
            "false_alarm" => Decision::FalseAlarm,
            "accept" => Decision::Accept {
                owner: fields.text("owner"),
                until: fields.time(ctx, "until").unwrap_or(Micros(0)),
            },
            "uphold" => Decision::Uphold,
            "close" => Decision::Close,
            "reopen" => Decision::Reopen,
            _ => return Err(Refusal::WrongState.into()),
        };
        let (row, revision) = (fields.number("row"), fields.number("revision"));
        ctx.app.desk.cases().decide(asking.by(), row, revision, decision, fields.one("reason")).await
    }

    extension(ctx, asking, id, fields) {
        let _ = id;
        let decided = if fields.one("decision") == "grant" { Decided::Granted } else { Decided::Refused };
        let (row, revision) = (fields.number("row"), fields.number("revision"));
        ctx.app.desk.cases().decide_extension(asking.by(), row, revision, decided, fields.one("reason")).await
    }

    propose(ctx, asking, id, fields) {
        let new = NewCorrection {
            kind: CorrectionKind::from_name(fields.one("kind")).ok_or(Refusal::TextUnfit)?,
            unit: UnitId::new(fields.one("unit")).ok(),
            text: fields.text("text"),
            number: fields.text("number"),
        };
        ctx.app.desk.cases().propose(asking.by(), id, fields.number("revision"), new).await.map(|_| ())
    }

    approve(ctx, asking, id, fields) {
        let _ = id;
        let approved = fields.one("decision") == "approve";
        ctx.app.desk.cases().approve(asking.by(), fields.number("correction"), approved, fields.one("opinion")).await
    }
}
