//! `/hunt`: events by a query. The page is sent as it becomes known: the form at once, then the rows
//! slice by slice, then the counts. A reader who leaves or stops ends the queries.

mod chart;
mod complete;
mod export;
mod facets;
mod list;
mod pivot;
pub(crate) mod saved;
mod state;
mod tail;

use std::{convert::Infallible, time::Duration};

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;

use self::{chart::Scale, list::Rows, saved::Kept, state::Column};
pub(crate) use self::{
    complete::complete,
    export::{export, line as csv_line},
    pivot::{from_events, pivot},
    tail::tail,
};
pub(super) use self::{
    pivot::{asking, of_entity},
    state::State,
};
use super::{
    frame::{Frame, Nav},
    parts::{Failure, failure},
    range::{Preset, Range},
};
use crate::{
    context::Ctx,
    hunt::{
        QueryFault,
        fields::{self, Target},
    },
    query::{HuntQuery, Place, QueryError, Step, Summary, ValueCount, Walk},
    scope::Scope,
    show::grouped,
    text::{Lang, fill},
};

/// Rows of a page.
const LINES: usize = 100;
/// Values of the one field that is opened.
const VALUES_ALL: i64 = 40;
/// The form is not held back longer than this for the first rows; until then the status can still say
/// that the store is away.
const PATIENCE: Duration = Duration::from_millis(400);
/// Stand in the rendered page where parts follow; no value can contain them, since `<` is escaped.
const PARTS: [&str; 3] = ["<!--rows-->", "<!--chart-->", "<!--facets-->"];

/// A query that is wrong, in words and in its place.
struct Fault {
    what: String,
    advice: String,
    /// The query's text in front of, at and behind the place.
    before: String,
    at: String,
    behind: String,
}

struct Head {
    name: String,
    label: String,
    class: &'static str,
}

/// A column that can be chosen.
struct Choice {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "hunt.html")]
struct Page {
    p: Frame,
    text: String,
    presets: Vec<Preset>,
    custom: bool,
    from_input: String,
    to_input: String,
    cols: String,
    fault: Option<Fault>,
    was_cut: bool,
    heads: Vec<Head>,
    choices: Vec<Choice>,
    others: String,
    names: Vec<(&'static str, &'static str)>,
    pairs: Vec<(&'static str, String)>,
    /// The state as the query string of an address.
    state: String,
    export: String,
    tail: String,
    kept: Vec<Kept>,
    /// May share with the commission.
    shares: bool,
}

#[derive(Template)]
#[template(path = "hunt_note.html")]
enum Note<'a> {
    Progress {
        width: usize,
        text: String,
    },
    Failed {
        width: usize,
        failure: &'a Failure,
        t: &'static crate::text::Texts,
    },
    Empty {
        width: usize,
        t: &'static crate::text::Texts,
    },
    End {
        width: usize,
        text: String,
        next: Option<String>,
        first: Option<String>,
        t: &'static crate::text::Texts,
    },
}

/// A task that ends when nobody waits for it any more: its query is then cancelled.
struct Task<T>(tokio::task::JoinHandle<Result<T, QueryError>>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Send + 'static> Task<T> {
    fn new(future: impl Future<Output = Result<T, QueryError>> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    async fn end(mut self) -> Result<T, QueryError> {
        (&mut self.0).await.unwrap_or(Err(QueryError::Refused))
    }
}

/// The searching task behind a page; it ends with the page.
struct Search {
    steps: mpsc::Receiver<Result<Step, QueryError>>,
    _task: Task<()>,
}

impl Search {
    fn new(mut walk: Walk) -> Self {
        let (send, steps) = mpsc::channel(2);
        let task = Task::new(async move {
            while let Some(step) = walk.next().await {
                if send.send(step).await.is_err() {
                    break;
                }
            }
            Ok(())
        });
        Self { steps, _task: task }
    }
}

enum Stage {
    Rows,
    Counts,
    Done,
}

/// A page on its way to the browser.
struct Sending {
    ctx: Ctx,
    state: State,
    stage: Stage,
    /// What is still to be sent of the page around the parts.
    pieces: Vec<String>,
    first: Option<Result<Step, QueryError>>,
    search: Search,
    query: HuntQuery,
    /// Producers and numbers of the rows so far, while they may be all there are.
    all: Option<Vec<(String, u64)>>,
    shown: usize,
    last: Option<Place>,
    scale: Scale,
    counts: Option<Counts>,
}

/// What is counted of the matches; asked when the rows are there, which often are all of them.
struct Counts {
    summary: Task<Summary>,
    open: Option<Task<Vec<ValueCount>>>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let state = State::of(&ctx);
    let query = state.query(&ctx);
    let p = Frame::new(&ctx, Nav::Hunt, ctx.t().nav_hunt).await;
    let mut page = view(&ctx, &state, p, query.as_ref().err());
    page.kept = saved::kept(&ctx).await;
    let Ok(query) = query else { return ctx.html(StatusCode::BAD_REQUEST, &page) };
    let Ok(whole) = page.render() else { return ctx.html(StatusCode::INTERNAL_SERVER_ERROR, &page) };
    let mut sending = begin(ctx, state, query, &whole);
    let status = match tokio::time::timeout(PATIENCE, sending.search.steps.recv()).await {
        Ok(Some(first)) => {
            let status = first.as_ref().err().map_or(StatusCode::OK, |e| failure(sending.ctx.t(), *e).status);
            sending.first = Some(first);
            status
        }
        Ok(None) | Err(_) => StatusCode::OK,
    };
    let mut response = sending.ctx.html_head(status);
    let begun = std::mem::take(&mut sending.pieces[0]);
    response.streaming(stream::unfold((Some(begun), sending), |(waiting, mut sending)| async move {
        let piece = match waiting {
            Some(piece) => piece,
            None => sending.piece().await?,
        };
        Some((Ok::<_, Infallible>(Bytes::from(piece)), (None, sending)))
    }))
}

fn begin(ctx: Ctx, state: State, query: HuntQuery, whole: &str) -> Sending {
    let (reader, scope) = (ctx.app.reader.clone(), ctx.scope.clone());
    let walk = Walk::new(reader, scope, query.clone(), state.targets(), state.after.clone(), LINES);
    let mut pieces = Vec::new();
    let mut rest = whole;
    for part in PARTS {
        let (before, behind) = rest.split_once(part).unwrap_or((rest, ""));
        pieces.push(before.to_owned());
        rest = behind;
    }
    pieces.push(rest.to_owned());
    Sending {
        search: Search::new(walk),
        scale: Scale::of(state.from, state.to, ctx.app.calendar.offset_secs()),
        all: state.after.is_none().then(Vec::new),
        ctx,
        state,
        query,
        stage: Stage::Rows,
        pieces,
        first: None,
        shown: 0,
        last: None,
        counts: None,
    }
}

impl Sending {
    /// The next piece of the page.
    async fn piece(&mut self) -> Option<String> {
        match self.stage {
            Stage::Rows => {
                let step = match self.first.take() {
                    Some(step) => Some(step),
                    None => self.search.steps.recv().await,
                };
                Some(match step {
                    Some(Ok(step)) => self.rows(&step),
                    Some(Err(error)) => {
                        self.all = None;
                        self.count();
                        let failure = failure(self.ctx.t(), error);
                        written(&Note::Failed { width: self.width(), failure: &failure, t: self.ctx.t() })
                    }
                    None => {
                        self.count();
                        self.end()
                    }
                })
            }
            Stage::Counts => {
                self.stage = Stage::Done;
                let Counts { summary, open } = self.counts.take()?;
                let (buckets, tops) = match summary.end().await {
                    Ok(Summary { buckets, tops }) => (Ok(buckets), Ok(tops)),
                    Err(error) => (Err(error), Err(error)),
                };
                let open = match open {
                    Some(open) => Some(open.end().await),
                    None => None,
                };
                let chart = chart::chart(&self.ctx, &self.state, self.scale, buckets);
                let facets = facets::facets(&self.ctx, &self.state, tops, open);
                let [chart, facets] = [chart.render(), facets.render()].map(Result::unwrap_or_default);
                let mut pieces = std::mem::take(&mut self.pieces).into_iter().skip(1);
                let mut next = || pieces.next().unwrap_or_default();
                Some([next(), chart, next(), facets, next()].concat())
            }
            Stage::Done => None,
        }
    }

    /// Has the matches counted, by their names where the rows are all there are: the search has then been
    /// through the whole range, which need not be read once more.
    fn count(&mut self) {
        self.stage = Stage::Counts;
        let (reader, scope) = (self.ctx.app.reader.clone(), self.ctx.scope.clone());
        let query = match self.all.take() {
            Some(rows) if rows.len() < LINES => self.query.only(rows),
            _ => self.query.clone(),
        };
        let parts = self.scale.parts();
        let open = self.state.top.clone().map(|column| {
            let (reader, scope, query) = (reader.clone(), scope.clone(), query.clone());
            Task::new(async move { reader.hunt_values(&scope, &query, &column.target, "", VALUES_ALL).await })
        });
        let summary =
            Task::new(async move { reader.hunt_summary(&scope, &query, parts, &facets::shown()).await });
        self.counts = Some(Counts { summary, open });
    }

    fn width(&self) -> usize {
        self.state.columns.len() + 1
    }

    fn rows(&mut self, step: &Step) -> String {
        self.shown += step.rows.len();
        if let Some(all) = &mut self.all {
            all.extend(step.rows.iter().map(|row| (row.producer.clone(), row.seq)));
        }
        self.last = step.rows.last().map(Place::of).or_else(|| self.last.take());
        let lines = list::lines(&self.ctx, &self.state, &step.rows);
        let rows = if lines.is_empty() { String::new() } else { self.rendered(lines) };
        if step.is_end || self.shown >= LINES {
            return rows;
        }
        let (from, to) = (self.state.from.0, self.state.to.0);
        let percent = (to - step.reached.0) * 100 / (to - from).max(1);
        let reached = self.ctx.zone().full(step.reached);
        let text = fill(self.ctx.t().hunt.searched, &[&reached, &percent]);
        rows + &written(&Note::Progress { width: self.width(), text })
    }

    fn rendered(&self, lines: Vec<list::Line>) -> String {
        Rows { t: self.ctx.t(), lines }.render().unwrap_or_default()
    }

    fn end(&self) -> String {
        let t = self.ctx.t();
        let first = self.state.after.as_ref().map(|_| self.state.behind(None).href(&self.ctx));
        if self.shown == 0 && first.is_none() {
            return written(&Note::Empty { width: self.width(), t });
        }
        let next = (self.shown >= LINES).then(|| self.state.behind(self.last.clone()).href(&self.ctx));
        let text = fill(t.hunt.shown, &[&grouped(self.shown as u64)]);
        written(&Note::End { width: self.width(), text, next, first, t })
    }
}

fn written(note: &Note<'_>) -> String {
    note.render().unwrap_or_default()
}

fn view(ctx: &Ctx, state: &State, p: Frame, fault: Option<&QueryFault>) -> Page {
    let t = ctx.t();
    let range = Range::of(ctx, "1h");
    let custom = state.code.is_empty();
    let instant = |at| if custom { ctx.zone().input_exact(at) } else { String::new() };
    let pairs = state.behind(None).pairs(ctx);
    let given = |name: &str| pairs.iter().filter(|(n, v)| *n != name && !v.is_empty()).cloned().collect();
    let chosen = |name: &str| state.columns.iter().any(|c| c.name == name);
    let offered = export::COLUMNS_OFFERED;
    let others = state.columns.iter().map(|c| c.name.as_str()).filter(|n| !offered.contains(n));
    Page {
        text: state.text.clone(),
        presets: range.presets(t),
        custom,
        from_input: instant(state.from),
        to_input: instant(state.to),
        cols: state.cols(),
        fault: fault.map(|f| in_words(ctx, state, f)),
        was_cut: state.was_cut,
        heads: state.columns.iter().map(|c| head(ctx, c)).collect(),
        choices: offered
            .iter()
            .filter_map(|name| match fields::resolve(name) {
                Some(Target::Known(field)) => {
                    Some(Choice { name: field.name, label: label(ctx, field), chosen: chosen(field.name) })
                }
                _ => None,
            })
            .collect(),
        others: others.collect::<Vec<_>>().join(","),
        names: fields::all().iter().map(|f| (f.name, label(ctx, f))).collect(),
        pairs: given("cols"),
        state: state.behind(None).on(ctx, "").trim_start_matches('?').to_owned(),
        export: state.behind(None).on(ctx, "/hunt/export.csv"),
        tail: state.behind(None).on(ctx, "/hunt/tail"),
        kept: Vec::new(),
        shares: ctx.scope == Scope::All,
        p,
    }
}

/// The Chinese name where Chinese is read; in English a path says it all.
fn label(ctx: &Ctx, field: &'static fields::FieldInfo) -> &'static str {
    if ctx.lang == Lang::Zh && field.label(Lang::Zh) != field.name { field.label(Lang::Zh) } else { "" }
}

fn head(ctx: &Ctx, column: &Column) -> Head {
    let t = ctx.t();
    let (label, number) = match &column.target {
        Target::Source(name) => (name.clone(), false),
        Target::Known(field) => {
            let label = match (field.name, ctx.lang) {
                ("message", _) => t.summary.to_owned(),
                ("hospital", _) => t.unit.to_owned(),
                ("class", _) => t.class.to_owned(),
                ("format", _) => t.source.to_owned(),
                (_, lang) => field.label(lang).to_owned(),
            };
            (label, field.kind == fields::Kind::Number)
        }
    };
    Head { name: column.name.clone(), label, class: if number { "num" } else { "" } }
}

fn in_words(ctx: &Ctx, state: &State, fault: &QueryFault) -> Fault {
    let (what, advice) = fault.fault.words(ctx.t());
    let text = state.text.as_str();
    let (start, end) = (fault.span.start.min(text.len()), fault.span.end.min(text.len()));
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let at = part(start, end);
    Fault {
        what,
        advice,
        before: part(0, start),
        at: if at.is_empty() { "⌃".to_owned() } else { at },
        behind: part(end, text.len()),
    }
}
