//! Rows as ClickHouse's Native block: column by column, straight from the event.
//!
//! The client crate's own block builder knows no `LowCardinality` (the server would hash every text of
//! every row again) and goes through a value writer a cell; this one copies each value once, into the
//! bytes that go over the wire. A column that no row of a block sets is not sent at all, and the
//! table's default stands for it.
//!
//! Native over HTTP without a protocol version: number of columns and rows as varints, then for each
//! column its name, its type and its data
//! (<https://clickhouse.com/docs/reference/interfaces/specs/NativeFormat>).

mod alerts;
mod asset;
mod dead;
mod events;
mod kinds;
mod state;
mod wire;

pub(crate) use alerts::AlertColumns;
pub(crate) use asset::AssetColumns;
pub(crate) use dead::DeadColumns;
pub(crate) use events::EventColumns;
pub(crate) use state::{BaselineColumns, RollupColumns, ScoreColumns, SourceColumns};
pub use wire::Block;

use kinds::{Column, Fixed, Low, LowArray, LowMap, Text, TextArray, WordArray};
use ward_event::{Micros, topic::Topic};

/// A row's place on the log.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub topic: &'a Topic,
    pub partition: i32,
    pub offset: u64,
}

/// Declares the columns of a table: a struct of columns, its rows, and their encoding as one block.
/// The texts are the column's name and its type in the table.
macro_rules! columns {
    ($(#[$doc:meta])* $table:ident $sql:literal { $($field:ident $kind:ty, $name:literal $type:literal;)* }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $table {
            rows: usize,
            $($field: $kind,)*
        }

        impl $table {
            pub(crate) const TABLE: &'static str = $sql;

            pub(crate) fn rows(&self) -> usize {
                self.rows
            }

            pub(crate) fn columns() -> Vec<(&'static str, &'static str)> {
                vec![$(($name, $type)),*]
            }

            /// The columns that any row set, each as long as the block.
            fn set(&mut self) -> Vec<(&'static str, &'static str, &mut dyn Column)> {
                let rows = self.rows;
                let mut set: Vec<(&'static str, &'static str, &mut dyn Column)> = Vec::new();
                $(if self.$field.pad(rows) {
                    set.push(($name, $type, &mut self.$field));
                })*
                set
            }
        }
    };
}
use columns;

/// A block whose rows all came in at `ingested_at`, which is the same for a whole plan.
fn block<'a>(
    table: &'static str,
    rows: usize,
    ingested_at: Micros,
    set: impl Iterator<Item = (&'static str, &'static str, &'a mut dyn Column)>,
) -> Block {
    let mut stamp = Fixed::<8>::repeat(ingested_at.millis().to_le_bytes(), rows);
    let mut out = wire::Out::new(table, rows);
    for (name, kind, column) in set {
        out.column(name, kind, column);
    }
    out.column("ingested_at", "DateTime64(3, 'UTC')", &mut stamp);
    out.finish()
}

/// What every table says of a row's origin: who numbered it, and where it stood on the log.
macro_rules! origin {
    ($self:ident, $row:ident, $producer:expr, $seq:expr, $at:expr) => {
        $self.producer.set($row, $producer.as_str());
        $self.seq.set($row, $seq.to_le_bytes());
        $self.topic.set($row, $at.topic.as_str());
        $self.partition.set($row, $at.partition.to_le_bytes());
        $self.offset.set($row, $at.offset.to_le_bytes());
    };
}
use origin;

/// Every table the writer writes, with each column it may send and the column's type there.
pub fn layout() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    vec![
        (EventColumns::TABLE, events::event_columns()),
        (DeadColumns::TABLE, DeadColumns::columns()),
        (AlertColumns::TABLE, AlertColumns::columns()),
        (RollupColumns::TABLE, RollupColumns::columns()),
        (ScoreColumns::TABLE, ScoreColumns::columns()),
        (SourceColumns::TABLE, SourceColumns::columns()),
        (BaselineColumns::TABLE, BaselineColumns::columns()),
        (AssetColumns::TABLE, AssetColumns::columns()),
    ]
}
