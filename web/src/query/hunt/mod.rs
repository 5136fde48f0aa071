//! Hunting: rows, counts over time and values of events by a query in the language of [`crate::hunt`].

mod compile;
mod rows;
mod value;
mod walk;

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, time::MICROS_PER_DAY};

pub(crate) use self::{
    compile::Terms,
    rows::{HuntRow, Place},
    walk::{Step, Walk},
};
use super::{
    QueryError, Reader,
    events::LATENESS_DAYS,
    sql::{Expr, Sql, Table, Value},
};
use crate::{
    hunt::{
        Node, QueryFault,
        fields::{FieldInfo, Kind, Target},
    },
    scope::Scope,
};

/// A query that is ready to be asked, and the time it is asked about.
#[derive(Debug, Clone)]
pub(crate) struct HuntQuery {
    condition: Expr,
    pub from: Micros,
    /// Not itself.
    pub to: Micros,
}

/// How a range is divided: in parts of `step` µs, counted from `base` on; 256 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub base: i64,
    pub step: i64,
}

/// What the matches of a query have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Row, Deserialize)]
pub(crate) struct Summary {
    /// How many lie in which part, by time; parts without any are left out.
    pub buckets: Vec<(i64, u64)>,
    /// Of each field its most frequent values; approximate where it has very many.
    pub tops: Vec<Top>,
}

/// One value of a field among the matches.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub(crate) struct ValueCount {
    pub value: String,
    pub count: u64,
}

/// The most frequent values of a field, and how far their counts may be too high.
pub(crate) type Top = Vec<(String, u64, u64)>;

impl HuntQuery {
    /// # Errors
    /// What in the query has no meaning.
    pub(crate) fn new(node: &Node, terms: &Terms<'_>, from: Micros, to: Micros) -> Result<Self, QueryFault> {
        Ok(Self { condition: compile::compile(node, terms)?, from, to })
    }

    /// The same query when all its matches are known: producer and number of each.
    #[must_use]
    pub(crate) fn only(&self, rows: Vec<(String, u64)>) -> Self {
        let condition = if rows.is_empty() {
            Expr::new(&["0"], [])
        } else {
            Expr::new(&["(t.producer, t.seq) IN ?"], [Value::Refs(rows)])
        };
        Self { condition, ..self.clone() }
    }

    /// `SELECT columns` of the matches in `[from, to)`.
    fn select(&self, columns: Expr, scope: &Scope, from: Micros, to: Micros) -> Sql {
        let slack = LATENESS_DAYS * MICROS_PER_DAY;
        Sql::select_with(columns, Table::Events, scope)
            .and_with(
                "t.time >= fromUnixTimestamp64Micro(toInt64(?)) AND t.time < fromUnixTimestamp64Micro(toInt64(?)) \
                 AND t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?)) \
                 AND t.ingested_at < fromUnixTimestamp64Micro(toInt64(?))",
                [from.0.into(), to.0.into(), (from.0 - slack).into(), (to.0 + slack).into()],
            )
            .and_expr(self.condition.clone())
    }
}

/// One column as text; empty where there is no value. Times are µs.
fn as_text(target: &Target) -> Expr {
    match target {
        Target::Source(name) => Expr::new(&["toString(t.unmapped[?])"], [name.as_str().into()]),
        Target::Known(field) => {
            let columns = field.columns.as_slice();
            match (field.kind, columns) {
                (Kind::Time, [column, ..]) => Expr::new(
                    &["toString(toUnixTimestamp64Micro(toDateTime64(t.", column, ", 6, 'UTC')))"],
                    [],
                ),
                (Kind::Text, [first, rest @ ..]) => {
                    // Of several columns the first that has a value.
                    let begin = Expr::new(&["toString(t.", first, ")"], []);
                    rest.iter().fold(begin, |expr, column| {
                        let other = Expr::new(&["toString(t.", column, ")"], []);
                        let test = Expr::new(&[" = ''"], []);
                        Expr::join(
                            [Expr::join([expr.clone(), test], "", "''").within("if(", ""), other, expr],
                            ", ",
                            "''",
                        )
                        .within("", ")")
                    })
                }
                (_, [column, ..]) => Expr::new(&["toString(t.", column, ")"], []),
                (_, []) => Expr::new(&["''"], []),
            }
        }
    }
}

impl Reader {
    /// Matches by time and by the most frequent values of several fields, in one pass.
    pub(crate) async fn hunt_summary(
        &self,
        scope: &Scope,
        query: &HuntQuery,
        parts: Parts,
        fields: &[&'static FieldInfo],
    ) -> Result<Summary, QueryError> {
        let one = |field: &&'static FieldInfo| {
            let column = field.columns.first().copied().unwrap_or("hospital");
            Expr::new(
                &[
                    "arrayMap(x -> (toString(x.1), toUInt64(x.2), toUInt64(x.3)), approx_top_count(6, 200)(t.",
                    column,
                    "))",
                ],
                [],
            )
        };
        // Exact as long as there are fewer values than it holds.
        let by_time = Expr::new(
            &[
                "arrayMap(x -> (toInt64(x.1), toUInt64(x.2)), approx_top_count(",
                "256, 256",
                ")(toInt64(intDiv(toUnixTimestamp64Micro(t.time) - ?, ?)))) AS buckets, ",
            ],
            [parts.base.into(), parts.step.into()],
        );
        let tops = Expr::join(fields.iter().map(one), ", ", "[]").within("[", "] AS tops");
        let sql = query.select(Expr::join([by_time, tops], "", ""), scope, query.from, query.to);
        let mut summary = self.rows::<Summary>(sql).await?.pop().unwrap_or_default();
        summary.buckets.sort_unstable();
        Ok(summary)
    }

    /// Values of one field with their exact counts, the most frequent first. `prefix` is compared in
    /// lower case.
    pub(crate) async fn hunt_values(
        &self,
        scope: &Scope,
        query: &HuntQuery,
        target: &Target,
        prefix: &str,
        limit: i64,
    ) -> Result<Vec<ValueCount>, QueryError> {
        let value = as_text(target);
        let columns =
            Expr::join([value.clone(), Expr::new(&["toUInt64(count()) AS count"], [])], " AS value, ", "");
        let mut sql = query.select(columns, scope, query.from, query.to);
        if !prefix.is_empty() {
            let begins = Expr::new(&["?"], [Value::from(prefix.to_ascii_lowercase())]);
            sql = sql.and_expr(
                Expr::join([value.within("lower(", ")"), begins], ", ", "").within("startsWith(", ")"),
            );
        }
        let tail = "GROUP BY value HAVING value NOT IN ('', '0', '::') ORDER BY count DESC, value LIMIT ?";
        self.rows(sql.then_with(tail, [limit.into()])).await
    }
}

#[cfg(test)]
mod tests;
