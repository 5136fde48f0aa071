//! The draft of a hand-over: what is open at this moment, in words that the next shift reads.

use ward_desk::{
    DeskError,
    case::{Filter as CaseFilter, Only},
    duty::Shift,
    incident::IncidentFilter,
    triage::{Filter, Status},
};
use ward_event::UnitId;

use crate::{
    context::Ctx,
    live,
    pages::{incidents::state as state_word, parts::unit_name},
    show::words,
    text::{Duty, fill},
};

/// Lines of each part; the rest is counted.
const LINES: usize = 20;

pub(super) async fn draft(ctx: &Ctx, shift: &Shift) -> Result<String, DeskError> {
    let (w, zone) = (ctx.lang.duty(), ctx.zone());
    let mut text = Text { w, lines: Vec::new() };
    text.lines.push(fill(
        w.draft_head,
        &[
            &zone.short(shift.starts_at),
            &zone.short(shift.ends_at),
            &shift.leader,
            &shift.main,
            &shift.deputy,
        ],
    ));
    alerts(ctx, &mut text).await?;
    incidents(ctx, &mut text).await?;
    notices(ctx, &mut text).await?;
    silent(ctx, &mut text).await;
    text.lines.extend([String::new(), w.draft_other.to_owned(), String::new()]);
    Ok(text.lines.join("\n"))
}

struct Text {
    w: &'static Duty,
    lines: Vec<String>,
}

impl Text {
    /// A heading, and so many lines below it.
    fn part(&mut self, heading: String, all: usize, lines: impl Iterator<Item = String>) {
        self.lines.extend([String::new(), heading]);
        self.lines.extend(lines.take(LINES).map(|line| format!("- {line}")));
        if all > LINES {
            self.lines.push(fill(self.w.draft_more, &[&(all - LINES)]));
        }
    }
}

fn unit(ctx: &Ctx, id: &str) -> String {
    unit_name(ctx.t(), ctx.lang, &ctx.register, id)
}

async fn alerts(ctx: &Ctx, text: &mut Text) -> Result<(), DeskError> {
    let (w, triage, units) = (text.w, ctx.app.desk.triage(), ctx.scope.units());
    let open = Filter { statuses: vec![Status::New, Status::Open], ..Filter::default() };
    let lines = i64::try_from(LINES).unwrap_or(i64::MAX);
    let page = triage.page(&open, &units, 0, lines).await?;
    let counts = triage.counts(&open, &units).await?;
    let heading = fill(w.draft_alerts, &[&page.total, &counts.new, &counts.open]);
    let line = |g: &ward_desk::triage::Group| {
        let level = words::level(ctx.t(), g.level.name());
        let title = words::title(ctx.lang, &g.title_zh, &g.title);
        let owner = if g.owner.is_empty() { w.draft_nobody } else { &g.owner };
        fill(w.draft_alert, &[&level, &title, &unit(ctx, &g.hospital), &g.entity_value, &owner])
    };
    text.part(heading, usize::try_from(page.total).unwrap_or(0), page.groups.iter().map(line));
    Ok(())
}

async fn incidents(ctx: &Ctx, text: &mut Text) -> Result<(), DeskError> {
    let (w, zone, desk, units) = (text.w, ctx.zone(), ctx.app.desk.incidents(), ctx.scope.units());
    let all = desk.list(&units, &IncidentFilter::default()).await?;
    let open: Vec<_> = all.iter().filter(|i| i.ended.is_none()).collect();
    let line = |i: &&ward_desk::incident::Incident| {
        let title = words::title(ctx.lang, &i.title_zh, &i.title);
        let state = state_word(ctx.lang.incidents(), i.state);
        fill(w.draft_incident, &[&i.number(), &title, &unit(ctx, i.hospital.as_str()), &state])
    };
    let count = desk.open_count(&units).await?;
    text.part(fill(w.draft_incidents, &[&count]), open.len(), open.iter().map(line));
    let clocks = desk.running_clocks(&units).await?;
    let line = |c: &ward_desk::incident::RunningClock| {
        let title = words::title(ctx.lang, &c.title_zh, &c.title);
        fill(w.draft_clock, &[&c.number, &title, &unit(ctx, c.hospital.as_str()), &zone.short(c.due)])
    };
    text.part(fill(w.draft_clocks, &[&clocks.len()]), clocks.len(), clocks.iter().map(line));
    Ok(())
}

async fn notices(ctx: &Ctx, text: &mut Text) -> Result<(), DeskError> {
    let (w, zone, cases, units) = (text.w, ctx.zone(), ctx.app.desk.cases(), ctx.scope.units());
    let calls = cases.to_call(&units).await?;
    let numbered = |number: &str| if number.is_empty() { w.no_number.to_owned() } else { number.to_owned() };
    let line = |c: &ward_desk::case::ToCall| {
        let unit = unit(ctx, c.unit.as_str());
        fill(w.draft_notice, &[&numbered(&c.number), &c.title, &unit, &zone.short(c.sent), &c.calls])
    };
    text.part(fill(w.draft_unsigned, &[&calls.len()]), calls.len(), calls.iter().map(line));
    let late = CaseFilter { only: Some(Only::Overdue), ..CaseFilter::default() };
    let late = cases.list(&units, &late).await?;
    let line = |l: &ward_desk::case::Line| {
        let row = l.row.as_ref();
        let title = row.map_or(l.title.as_str(), |r| r.of.title.as_str());
        let unit = row.map_or_else(String::new, |r| unit(ctx, r.of.unit.as_str()));
        let due = row.and_then(|r| r.due).map_or_else(String::new, |due| zone.short(due));
        fill(w.draft_problem, &[&numbered(&l.number), &title, &unit, &due])
    };
    text.part(fill(w.draft_overdue, &[&late.len()]), late.len(), late.iter().map(line));
    Ok(())
}

/// What the newest snapshot knows of units that are not heard.
async fn silent(ctx: &Ctx, text: &mut Text) {
    let frame = ctx.hub().frame().await;
    let known = frame.as_ref().map(|f| &f.snapshot).filter(|s| s.parts.sources.error.is_empty());
    text.lines.push(String::new());
    let Some(snapshot) = known else {
        text.lines.push(text.w.draft_silent_unknown.to_owned());
        return;
    };
    let silent: Vec<String> = snapshot
        .units
        .iter()
        .filter(|u| u.status == live::Status::Silent && UnitId::new(&u.id).is_ok())
        .map(|u| unit(ctx, &u.id))
        .collect();
    let names = silent.iter().take(LINES).cloned().collect::<Vec<_>>().join(ctx.t().list_comma);
    let names = if names.is_empty() { text.w.draft_nobody.to_owned() } else { names };
    text.lines.push(fill(text.w.draft_silent, &[&silent.len(), &names]));
}
