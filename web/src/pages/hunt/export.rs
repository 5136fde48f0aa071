//! `/hunt/export.csv`: the whole result as a table for spreadsheets, sent as it is found. The first line
//! says who took it, when and by what query; each row carries a mark that only this export can have
//! given it, so that a single line that turns up elsewhere names its export.

use std::convert::Infallible;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};
use ward_event::{Micros, alert::hex};

use super::{
    Search, list,
    state::{Column, State},
};
use crate::{
    context::Ctx,
    query::{HuntRow, QueryError, Step, Walk},
    text::fill,
};

/// Columns that the page offers by a tick.
pub(super) const COLUMNS_OFFERED: &[&str] = &[
    "hospital",
    "class",
    "severity",
    "format",
    "src_endpoint.ip",
    "src_endpoint.port",
    "src_country",
    "dst_endpoint.ip",
    "dst_endpoint.port",
    "account",
    "host",
    "process.name",
    "process.cmd_line",
    "metadata.event_code",
    "database.name",
    "query_info.query_string",
    "http_request.url.url_string",
    "http_response.code",
    "file.path",
    "query.hostname",
    "traffic.bytes",
    "status",
    "message",
    "raw",
];

/// More goes in parts: a spreadsheet ends at about a million rows, and this is what one person reads.
const ROWS_MAX: usize = 100_000;
const BATCH: usize = 2_000;
/// Characters of a cell; a spreadsheet cuts at 32,767.
const CELL_CHARS: i64 = 8_000;

struct Export {
    ctx: Ctx,
    state: State,
    id: String,
    search: Search,
    first: Option<Result<Step, QueryError>>,
    rows: usize,
    is_done: bool,
}

pub(crate) async fn export(ctx: Ctx) -> HttpResponse {
    let mut state = State::of(&ctx);
    state.after = None;
    let query = match state.query(&ctx) {
        Ok(query) => query,
        Err(fault) => {
            let (what, advice) = fault.fault.words(ctx.t());
            return HttpResponse::BadRequest().body(format!("{what}\n{advice}"));
        }
    };
    let walk = Walk::new(ctx.app.reader.clone(), ctx.scope.clone(), query, state.targets(), None, ROWS_MAX)
        .wide(CELL_CHARS, BATCH);
    let mut search = Search::new(walk);
    // The store is asked before the status leaves: a file that is an error is no file.
    let first = search.steps.recv().await;
    if let Some(Err(error)) = &first {
        let failure = super::failure(ctx.t(), *error);
        return HttpResponse::build(failure.status).body(format!("{}\n{}", failure.title, failure.advice));
    }
    let account = ctx.account().to_owned();
    let id = export_id(&account, ctx.now, &state.text);
    let name = format!("ward-hunt-{}.csv", ctx.zone().full(ctx.now).replace([' ', ':'], "-"));
    let begin = head(&ctx, &state, &account, &id);
    let export = Export { ctx, state, id, search, first, rows: 0, is_done: false };
    HttpResponse::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(stream::unfold((Some(begin), export), |(waiting, mut export)| async move {
            let text = match waiting {
                Some(text) => text,
                None => export.piece().await?,
            };
            Some((Ok::<_, Infallible>(Bytes::from(text)), (None, export)))
        }))
}

/// Names this export: who, when, what.
fn export_id(account: &str, now: Micros, query: &str) -> String {
    let text = format!("{account}\n{}\n{query}", now.0);
    hex(&Sha256::digest(text.as_bytes()))[..16].to_owned()
}

/// The mark of one row: of the export and the event, so that it cannot be moved to another row.
fn mark(id: &str, row: &HuntRow) -> String {
    let text = format!("{id}\n{}\n{}", row.producer, row.seq);
    format!("{id}-{}", &hex(&Sha256::digest(text.as_bytes()))[..12])
}

fn head(ctx: &Ctx, state: &State, account: &str, id: &str) -> String {
    let t = ctx.t();
    let zone = ctx.zone();
    let note = fill(
        t.export_note,
        &[&account, &zone.full(ctx.now), &zone.name(), &zone.full(state.from), &zone.full(state.to), &id],
    );
    let mut out = String::from("\u{feff}");
    line(&mut out, [note, format!("{}: {}", t.hunt.query, state.text)]);
    let columns = state.columns.iter().map(|c| c.name.clone());
    let fixed = ["time", "producer", "seq"].map(str::to_owned);
    line(&mut out, fixed.into_iter().chain(columns).chain([t.export_mark.to_owned()]));
    out
}

impl Export {
    async fn piece(&mut self) -> Option<String> {
        if self.is_done {
            return None;
        }
        let step = match self.first.take() {
            Some(step) => Some(step),
            None => self.search.steps.recv().await,
        };
        let mut out = String::new();
        match step {
            Some(Ok(step)) => {
                self.rows += step.rows.len();
                step.rows.iter().for_each(|row| self.row(&mut out, row));
            }
            Some(Err(error)) => {
                self.is_done = true;
                // A table that ends early must say so.
                let failure = super::failure(self.ctx.t(), error);
                line(&mut out, [fill(self.ctx.t().export_broken, &[&failure.title])]);
            }
            None => {
                self.is_done = true;
                let t = self.ctx.t();
                let end = if self.rows >= ROWS_MAX { t.export_cut } else { t.export_end };
                line(&mut out, [fill(end, &[&self.rows])]);
            }
        }
        Some(out)
    }

    fn row(&self, out: &mut String, row: &HuntRow) {
        let cell = |(column, value): (&Column, &String)| list::cell(&self.ctx, column, value);
        let cells = self.state.columns.iter().zip(&row.cells).map(cell);
        let cells = cells.map(|c| if c.shown.is_empty() { c.value } else { c.shown });
        let fixed = [self.ctx.zone().exact(Micros(row.at)), row.producer.clone(), row.seq.to_string()];
        line(out, fixed.into_iter().chain(cells).chain([mark(&self.id, row)]));
    }
}

/// One line after RFC 4180, of which no cell computes.
pub(crate) fn line(out: &mut String, cells: impl IntoIterator<Item = String>) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&quoted(&cell));
    }
    out.push_str("\r\n");
}

/// A cell that is text to every spreadsheet. What would begin a formula gets an apostrophe in front;
/// control characters but the line feed are left out, since some programs split cells at them.
fn quoted(cell: &str) -> String {
    let clean: String = cell.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let begins = clean.trim_start().chars().next();
    let computes =
        begins.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'));
    // A negative number is a number.
    let computes = computes && clean.parse::<f64>().is_err();
    let front = if computes { "'" } else { "" };
    format!("\"{front}{}\"", clean.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_computes_and_none_leaves_its_place() {
        let cases = [
            ("plain", "\"plain\""),
            ("=1+1", "\"'=1+1\""),
            (" \t=cmd|' /C calc'!A0", "\"' =cmd|' /C calc'!A0\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2+3", "\"'-2+3\""),
            ("-42.5", "\"-42.5\""),
            ("＝1", "\"'＝1\""),
            ("a\",=1\r\n=2", "\"a\"\",=1\n=2\""),
            ("\u{0}=1", "\"'=1\""),
        ];
        for (cell, expected) in cases {
            assert_eq!(quoted(cell), expected);
        }
    }

    #[test]
    fn a_mark_belongs_to_one_row_of_one_export() {
        let row = |seq| HuntRow {
            hospital: "h01".into(),
            producer: "p".into(),
            seq,
            at: 0,
            ingested: 0,
            time_quality: "ok".into(),
            cells: Vec::new(),
        };
        let (a, b) = (export_id("wang", Micros(1), "x"), export_id("li", Micros(1), "x"));
        assert_ne!(a, b);
        assert_ne!(mark(&a, &row(1)), mark(&a, &row(2)));
        assert_ne!(mark(&a, &row(1)).rsplit('-').next(), mark(&b, &row(1)).rsplit('-').next());
        assert!(mark(&a, &row(1)).starts_with(&a));
    }
}
