//! The statement builder: the only place that writes `FROM` a table. A statement begins with its
//! scope, every text of SQL is a constant, and every value is bound.

use clickhouse::query::Query;

use crate::scope::Scope;

/// The tables pages may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Events,
    Alerts,
    Score,
    Source,
    AssetNow,
    EventsByMinute,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Alerts => "alerts",
            Self::Score => "score",
            Self::Source => "source",
            Self::AssetNow => "asset_now",
            Self::EventsByMinute => "events_by_minute",
        }
    }
}

/// A value on its way into a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Texts(Vec<String>),
    /// (producer, seq) of events.
    Refs(Vec<(String, u64)>),
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $to:expr;)*) => {
        $(impl From<$from> for Value { fn from($x: $from) -> Self { $to } })*
    };
}
value_from! {
    &str => |x| Self::Text(x.to_owned());
    String => |x| Self::Text(x);
    i64 => |x| Self::Int(x);
    f64 => |x| Self::Float(x);
    Vec<String> => |x| Self::Texts(x);
    Vec<(String, u64)> => |x| Self::Refs(x);
}

/// A condition, or a list of columns, put together from constants; a `?` in them is a place for the next
/// value. Nothing that is not known when Ward is compiled can get into its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Expr {
    text: String,
    values: Vec<Value>,
}

impl Expr {
    pub(super) fn new(parts: &[&'static str], values: impl IntoIterator<Item = Value>) -> Self {
        let expr = Self { text: parts.concat(), values: values.into_iter().collect() };
        debug_assert_eq!(expr.text.matches('?').count(), expr.values.len(), "{}", expr.text);
        expr
    }

    /// The parts with `between` between them, `none` where there is no part.
    pub(super) fn join(
        exprs: impl IntoIterator<Item = Self>,
        between: &'static str,
        none: &'static str,
    ) -> Self {
        let mut exprs = exprs.into_iter();
        let Some(mut whole) = exprs.next() else { return Self::new(&[none], []) };
        for expr in exprs {
            whole.text.push_str(between);
            whole.text.push_str(&expr.text);
            whole.values.extend(expr.values);
        }
        whole
    }

    #[must_use]
    pub(super) fn within(self, front: &'static str, back: &'static str) -> Self {
        Self { text: format!("{front}{}{back}", self.text), values: self.values }
    }

    pub(super) fn all(exprs: impl IntoIterator<Item = Self>) -> Self {
        Self::join(exprs, " AND ", "1").within("(", ")")
    }

    pub(super) fn any(exprs: impl IntoIterator<Item = Self>) -> Self {
        Self::join(exprs, " OR ", "0").within("(", ")")
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A statement being built. `?` in the constants is a place for the next value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// `SELECT columns FROM table AS t WHERE` the rows of the scope. `t.` keeps a column apart from an
    /// alias of the same name, which would not use the index.
    pub(super) fn select(columns: &'static str, table: Table, scope: &Scope) -> Self {
        let mut sql =
            Self { text: format!("SELECT {columns} FROM {} AS t WHERE ", table.name()), values: Vec::new() };
        match scope {
            Scope::All => sql.text.push('1'),
            Scope::Units(units) if units.is_empty() => sql.text.push('0'),
            Scope::Units(units) => {
                sql.text.push_str("t.hospital IN ?");
                sql.values.push(Value::Texts(units.iter().map(|u| u.as_str().to_owned()).collect()));
            }
        }
        sql
    }

    /// The same with columns whose names are bound.
    pub(super) fn select_with(columns: Expr, table: Table, scope: &Scope) -> Self {
        let mut sql = Self::select("", table, scope);
        sql.text = sql.text.replacen("SELECT ", &format!("SELECT {}", columns.text), 1);
        sql.values.splice(0..0, columns.values);
        sql
    }

    /// A further condition that was put together.
    #[must_use]
    pub(super) fn and_expr(mut self, condition: Expr) -> Self {
        self.text.push_str(" AND ");
        self.text.push_str(&condition.text);
        self.values.extend(condition.values);
        self
    }

    /// `SELECT columns FROM (inner) WHERE 1`: what is asked of the newest revision of a row.
    pub(super) fn over(columns: &'static str, inner: Self) -> Self {
        Self { text: format!("SELECT {columns} FROM ({}) WHERE 1", inner.text), values: inner.values }
    }

    /// A further condition without a value.
    #[must_use]
    pub(super) fn and(mut self, condition: &'static str) -> Self {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self
    }

    /// A further condition; each `?` in it takes the next of `values`.
    #[must_use]
    pub(super) fn and_with<const N: usize>(self, condition: &'static str, values: [Value; N]) -> Self {
        let mut sql = self.and(condition);
        debug_assert_eq!(condition.matches('?').count(), N, "{condition}");
        sql.values.extend(values);
        sql
    }

    /// What follows the conditions: grouping, order, limits.
    #[must_use]
    pub(super) fn then(mut self, tail: &'static str) -> Self {
        self.text.push(' ');
        self.text.push_str(tail);
        self
    }

    /// Of each alert its newest revision. Ordered by nothing else: rows are wide, and ids sort slowly.
    #[must_use]
    pub(super) fn newest_alerts(self) -> Self {
        self.then("ORDER BY revision DESC LIMIT 1 BY alert_id")
    }

    #[must_use]
    pub(super) fn then_with<const N: usize>(self, tail: &'static str, values: [Value; N]) -> Self {
        let mut sql = self.then(tail);
        debug_assert_eq!(tail.matches('?').count(), N, "{tail}");
        sql.values.extend(values);
        sql
    }

    pub(super) fn query(self, client: &clickhouse::Client) -> Query {
        self.values.into_iter().fold(client.query(&self.text), |query, value| match value {
            Value::Text(x) => query.bind(x),
            Value::Int(x) => query.bind(x),
            Value::Float(x) => query.bind(x),
            Value::Texts(x) => query.bind(x),
            Value::Refs(x) => query.bind(x),
        })
    }
}

#[cfg(test)]
mod tests {
    use ward_event::UnitId;

    use super::*;

    fn shown(sql: Sql) -> String {
        sql.query(&clickhouse::Client::default()).sql_display().to_string()
    }

    #[test]
    fn a_statement_begins_with_its_scope() {
        let all = Sql::select("count()", Table::Events, &Scope::All);
        assert_eq!(shown(all), "SELECT count() FROM events AS t WHERE 1");
        let none = Sql::select("count()", Table::Alerts, &Scope::Units(std::collections::BTreeSet::new()));
        assert_eq!(shown(none), "SELECT count() FROM alerts AS t WHERE 0");
        let one = Sql::select("count()", Table::Score, &Scope::one(UnitId::new("h01").expect("an id")))
            .and_with("entity = ?", ["x".into()]);
        assert_eq!(shown(one), "SELECT count() FROM score AS t WHERE t.hospital IN ['h01'] AND entity = 'x'");
    }

    #[test]
    fn hostile_values_stay_values() {
        let evil = "' OR 1=1 -- ?\\'\r\n\0";
        let sql = Sql::select("count()", Table::Events, &Scope::All).and_with("message = ?", [evil.into()]);
        let text = shown(sql);
        assert!(
            text.starts_with("SELECT count() FROM events AS t WHERE 1 AND message = '\\' OR 1=1"),
            "{text}"
        );
        assert!(!text.contains("= '' OR"), "{text}");
    }
}
