//! The list (整改台账): one line a problem, found by number in any brackets, unit, system, address, person; and a
//! unit's own list of what it owes.

use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, alert::Level};

use super::{
    Cases, Units,
    decide::unit,
    machine::{NoticeState, RowState},
    names::named,
    number::NumberSearch,
    rows::Problem,
    tx::{read_number, read_problem},
};
use crate::DeskError;

/// Lines of a list, where nobody says how many.
const LINES_MAX: i64 = 500;

named! {
    /// Problems of notices that are out, in one respect.
    Only {
        /// Not settled.
        Open "open",
        /// Owed past its deadline.
        Overdue "overdue",
        /// Not settled, and sent back before.
        Returned "returned",
    }
}

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A number in any brackets, or a part of a unit's id, a system, an address, a title, a drafter.
    pub text: String,
    /// Units whose name the text is a part of: the register knows names, the desk ids alone.
    pub named: Vec<UnitId>,
    /// Of these units alone, with what is still being drafted for them.
    pub units: Units,
    pub level: Option<Level>,
    pub state: Option<RowState>,
    pub notice_state: Option<NoticeState>,
    pub only: Option<Only>,
    /// Of notices that were sent from the one moment on and before the other.
    pub sent: Option<(Micros, Micros)>,
    /// Lines to pass over, and how many to list then; 500 where nothing is said.
    pub from: i64,
    pub limit: Option<i64>,
}

/// A notice, and one of its problems where it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub notice: i64,
    pub number: String,
    pub title: String,
    pub notice_state: NoticeState,
    pub drafter: String,
    pub sent: Option<Micros>,
    pub row: Option<Problem>,
}

/// Of everything that the viewer may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Notices that are not sent yet.
    pub drafts: i64,
    /// Problems that are owed or wait for the commission.
    pub open: i64,
    pub overdue: i64,
    /// Claimed, disputed or to be judged by hand.
    pub to_decide: i64,
    pub closed: i64,
}

/// A notice as its addressee sees it in the list of what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLine {
    pub notice: i64,
    pub unit: UnitId,
    pub number: String,
    pub title: String,
    pub sent: Micros,
    pub signed: Option<Micros>,
    pub withdrawn: bool,
    pub problems: i64,
    /// Still to be answered, and the next deadline among them.
    pub owed: i64,
    pub due: Option<Micros>,
    /// Answered, and with the commission.
    pub waiting: i64,
    /// Until when a reply is wanted that was not given.
    pub reply: Option<Micros>,
}

impl TaskLine {
    /// Until when something is owed.
    pub fn next(&self) -> Option<Micros> {
        let due = self.due.filter(|_| self.owed > 0 && !self.withdrawn);
        due.into_iter().chain(self.reply).min()
    }
}

/// A text as part of a LIKE pattern.
fn like(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// `$n` for each value from `first` on.
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

const OPEN: &str = "n.state IN ('sent', 'closed', 'withdrawn') AND r.id IS NOT NULL AND r.settled_at IS NULL";

const JOIN: &str = "FROM case_notice n LEFT JOIN case_row r ON r.notice_id = n.id";

/// A condition on `r` and `n` with its values.
#[derive(Default)]
struct Where {
    parts: Vec<String>,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Where {
    fn text(&mut self, value: &str) -> String {
        self.values.push(Value::Text(value.to_owned()));
        format!("${}", self.values.len())
    }

    fn number(&mut self, value: i64) -> String {
        self.values.push(Value::Number(value));
        format!("${}", self.values.len())
    }

    fn list<'a>(&mut self, units: impl IntoIterator<Item = &'a UnitId>) -> String {
        let places: Vec<_> = units.into_iter().map(|u| self.text(u.as_str())).collect();
        places.join(", ")
    }

    fn and(&mut self, part: String) {
        self.parts.push(part);
    }

    fn units(&mut self, units: &Units) {
        let Some(units) = units else { return };
        let list = self.list(units);
        self.and(format!("r.unit IN ({list})"));
        self.and("n.state IN ('sent', 'closed', 'withdrawn')".into());
    }

    fn sql(&self) -> String {
        if self.parts.is_empty() { String::new() } else { format!("WHERE {}", self.parts.join(" AND ")) }
    }
}

/// Every text in it is ours: values stand in places of their own.
macro_rules! bound {
    ($sql:expr, $where:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in &$where.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        query
    }};
}

fn condition(units: &Units, filter: &Filter, now: Micros) -> Where {
    let mut w = Where::default();
    w.units(units);
    if let Some(units) = &filter.units {
        let list = w.list(units);
        w.and(format!("r.unit IN ({list})"));
    }
    if let Some(level) = filter.level {
        let place = w.text(level.name());
        w.and(format!("r.level = {place}"));
    }
    if let Some(state) = filter.state {
        let place = w.text(state.as_str());
        w.and(format!("r.state = {place}"));
    }
    if let Some(state) = filter.notice_state {
        let place = w.text(state.as_str());
        w.and(format!("n.state = {place}"));
    }
    match filter.only {
        Some(Only::Open) => w.and(OPEN.into()),
        Some(Only::Overdue) => {
            let place = w.number(now.0);
            w.and(format!("r.state IN ('notified', 'signed') AND r.due < {place} AND n.state = 'sent'"));
        }
        Some(Only::Returned) => w.and(format!("{OPEN} AND r.returned > 0")),
        None => {}
    }
    if let Some((from, to)) = filter.sent {
        let (from, to) = (w.number(from.0), w.number(to.0));
        w.and(format!("n.sent_at >= {from} AND n.sent_at < {to}"));
    }
    let text = filter.text.trim();
    if text.is_empty() {
        return w;
    }
    let pattern = w.text(&like(text));
    let columns = ["n.title", "n.drafter", "r.title", "r.system", "r.address", "r.unit", "n.above_number"];
    let mut any: Vec<_> = columns.iter().map(|c| format!("{c} LIKE {pattern} ESCAPE '\\'")).collect();
    if !filter.named.is_empty() {
        let list = w.list(&filter.named);
        any.push(format!("r.unit IN ({list})"));
    }
    if let Some(number) = NumberSearch::parse(text) {
        let mut all = Vec::new();
        if let Some(word) = &number.word {
            all.push(format!("k.word LIKE {} ESCAPE '\\'", w.text(&like(word))));
        }
        if let Some(year) = number.year {
            all.push(format!("k.year = {}", w.number(i64::from(year))));
        }
        if let Some(n) = number.n {
            all.push(format!("k.n = {}", w.number(i64::from(n))));
        }
        // Void numbers too: who looks for one wants to know what became of it.
        any.push(format!(
            "EXISTS (SELECT 1 FROM case_number k WHERE k.notice_id = n.id AND {})",
            all.join(" AND ")
        ));
    }
    w.and(format!("({})", any.join(" OR ")));
    w
}

fn read_line(row: &SqliteRow, problem: Option<Problem>) -> Result<Line, DeskError> {
    Ok(Line {
        notice: row.get("n_id"),
        number: read_number(row).map(|n| n.to_string()).unwrap_or_default(),
        title: row.get("n_title"),
        notice_state: NoticeState::stored(row.get("n_state"))?,
        drafter: row.get("drafter"),
        sent: row.get::<Option<i64>, _>("sent_at").map(Micros),
        row: problem,
    })
}

impl Cases<'_> {
    /// Lines by filter: what is late first, then by deadline; notices without problems after them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, units: &Units, filter: &Filter) -> Result<Vec<Line>, DeskError> {
        let mut w = condition(units, filter, self.0.clock().now());
        let (limit, from) = (w.number(filter.limit.unwrap_or(LINES_MAX)), w.number(filter.from));
        let sql = format!(
            "SELECT n.id AS n_id, n.title AS n_title, n.state AS n_state, n.word, n.year, n.n, n.drafter, n.sent_at,
                 r.id AS has_row, r.* {JOIN} {} ORDER BY
                 CASE WHEN r.state IN ('notified', 'signed') THEN 0 WHEN r.settled_at IS NULL THEN 1 ELSE 2 END,
                 COALESCE(r.due, 9223372036854775807), n.id DESC, r.no LIMIT {limit} OFFSET {from}",
            w.sql()
        );
        let rows = bound!(sql, w).fetch_all(self.0.readers()).await?;
        rows.iter()
            .map(|row| {
                let has_row = row.get::<Option<i64>, _>("has_row").is_some();
                read_line(row, if has_row { Some(read_problem(row)?) } else { None })
            })
            .collect()
    }

    /// How many there are of each.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counts(&self, units: &Units) -> Result<Counts, DeskError> {
        let mut w = Where::default();
        w.units(units);
        let now = w.number(self.0.clock().now().0);
        let out = "n.state IN ('sent', 'closed', 'withdrawn')";
        let sql = format!(
            "SELECT COUNT(DISTINCT CASE WHEN n.state NOT IN ('sent', 'closed', 'withdrawn', 'void') THEN n.id END),
                 COUNT(CASE WHEN {out} AND r.settled_at IS NULL THEN r.id END),
                 COUNT(CASE WHEN n.state = 'sent' AND r.state IN ('notified', 'signed') AND r.due < {now} THEN r.id END),
                 COUNT(CASE WHEN {out} AND r.state IN ('rectified', 'disputed', 'by_hand', 'verified') THEN r.id END),
                 COUNT(CASE WHEN {out} AND r.settled_at IS NOT NULL THEN r.id END)
             {JOIN} {}",
            w.sql()
        );
        let row = bound!(sql, w).fetch_one(self.0.readers()).await?;
        Ok(Counts {
            drafts: row.get(0),
            open: row.get(1),
            overdue: row.get(2),
            to_decide: row.get(3),
            closed: row.get(4),
        })
    }

    /// What units have received, what is owed first, by its deadline.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tasks(&self, units: &Units) -> Result<Vec<TaskLine>, DeskError> {
        let ids: Vec<&UnitId> = units.iter().flatten().collect();
        let mine = match units {
            Some(_) => format!("AND u.unit IN ({})", places(1, ids.len())),
            None => String::new(),
        };
        let sql = format!(
            "SELECT u.notice_id, u.unit, n.title, n.word, n.year, n.n, u.sent_at, u.signed_at, u.withdrawn_at,
                 COUNT(r.id) AS problems,
                 COUNT(CASE WHEN r.state IN ('notified', 'signed') THEN 1 END) AS owed,
                 MIN(CASE WHEN r.state IN ('notified', 'signed') THEN r.due END) AS due,
                 COUNT(CASE WHEN r.settled_at IS NULL AND r.state NOT IN ('notified', 'signed') THEN 1 END) AS waiting
             FROM case_unit u JOIN case_notice n ON n.id = u.notice_id
             LEFT JOIN case_row r ON r.notice_id = u.notice_id AND r.unit = u.unit
             WHERE u.sent_at IS NOT NULL {mine}
             GROUP BY u.notice_id, u.unit
             ORDER BY CASE WHEN u.withdrawn_at IS NOT NULL THEN 3 WHEN owed > 0 THEN 0 WHEN u.signed_at IS NULL THEN 0
                 WHEN waiting > 0 THEN 1 ELSE 2 END, COALESCE(due, 9223372036854775807), u.sent_at DESC
             LIMIT {LINES_MAX}"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows = query.fetch_all(self.0.readers()).await?;
        let replies = self.replies_owed(units).await?;
        let micros = |row: &SqliteRow, name: &str| row.get::<Option<i64>, _>(name).map(Micros);
        let mut lines: Vec<_> = rows
            .iter()
            .map(|row| TaskLine {
                notice: row.get("notice_id"),
                unit: unit(row.get("unit")),
                number: read_number(row).map(|n| n.to_string()).unwrap_or_default(),
                title: row.get("title"),
                sent: micros(row, "sent_at").unwrap_or_default(),
                signed: micros(row, "signed_at"),
                withdrawn: micros(row, "withdrawn_at").is_some(),
                problems: row.get("problems"),
                owed: row.get("owed"),
                due: micros(row, "due"),
                waiting: row.get("waiting"),
                reply: replies.get(&(row.get("notice_id"), unit(row.get("unit")))).map(|round| round.due),
            })
            .collect();
        lines.sort_by_key(|line| line.next().map_or((1, 0), |due| (0, due.0)));
        Ok(lines)
    }
}
