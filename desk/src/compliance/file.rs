//! Records by file: read whole, and taken whole or not at all.

use std::collections::BTreeMap;

use serde_json::json;
use ward_event::{UnitId, register::Register};

use super::{
    catalogue::Per,
    store::{Compliance, Fit, Kept, NewRecord, Unfit, fit, in_force, keep, may_record},
    systems::System,
};
use crate::{
    DeskError, Viewer,
    assets::Imported,
    audit::{Action, Entry},
    table::{self, Table, columns, computes},
};

/// Bad rows that are named; the rest is counted.
const FLAWS_MAX: usize = 200;

columns! {
    Hospital "单位"     "unit"     ["所属单位" "单位名称" "医院" "医疗机构" "机构名称" "hospital"];
    System   "系统"     "system"   ["所属系统" "系统名称" "业务系统" "信息系统"];
    Item     "事项"     "item"     ["项目" "指标" "检查项"];
    Value    "内容"     "value"    ["结论" "结果" "取值" "等级"];
    AsOf     "截至日期" "as of"    ["日期" "截至" "报告日期" "date"];
    Evidence "依据材料" "evidence" ["材料" "证明材料" "报告编号" "文号"];
}

/// Why nothing of a file can be read.
pub type FileFlaw = table::FileFlaw<Column>;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    Missing(Column),
    /// Begins as a formula does: a spreadsheet would compute it.
    Formula(Column),
    /// A value that the column, or the item, does not know.
    Value(Column, String),
    /// A unit that the register does not have, or that the sender may not speak for.
    Unit(String),
    /// A system that the unit does not have.
    System(String),
    /// A day in the future.
    Future(String),
    /// More cells than the header.
    Cells(usize),
    /// The same item stands in that line, too.
    Twice(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFlaw {
    /// As an editor counts lines, the header being the first.
    pub line: u64,
    pub flaw: Flaw,
}

/// A file that could be read: taken over, or what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// None where a row is bad: nothing is taken.
    pub done: Option<Imported>,
    /// The first bad rows.
    pub flaws: Vec<RowFlaw>,
    /// All bad rows.
    pub bad: usize,
    /// Rows without a value: they say nothing.
    pub blank: usize,
    /// Headers that nobody understands; their columns are left out.
    pub ignored: Vec<String>,
    pub is_gb18030: bool,
}

impl Taken {
    fn refuse(&mut self, line: u64, flaw: Flaw) {
        self.bad += 1;
        if self.flaws.len() < FLAWS_MAX {
            self.flaws.push(RowFlaw { line, flaw });
        }
    }
}

impl Compliance<'_> {
    /// Takes a file over, all of it or nothing; rows without a unit are of `default`.
    ///
    /// # Errors
    /// The outer: the database, or a role that may not record. The inner: nothing of the file can be read. What
    /// is wrong with single rows stands in what is returned.
    pub async fn import(
        &self,
        by: &Viewer,
        from: &str,
        (file, bytes): (&str, &[u8]),
        default: Option<&UnitId>,
        register: &Register,
    ) -> Result<Result<Taken, FileFlaw>, DeskError> {
        may_record(by)?;
        let (item, value) = (Column::Item, Column::Value);
        let needed: &[Column] =
            if default.is_some() { &[item, value] } else { &[Column::Hospital, item, value] };
        let table = match Table::read(bytes, Column::find, needed) {
            Ok(table) => table,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let mut taken =
            Taken { ignored: table.ignored.clone(), is_gb18030: table.is_gb18030, ..Taken::default() };
        let fits = self.rows(by, &table, default, register, &mut taken).await?;
        if taken.bad == 0 {
            taken.done = Some(self.take(by, from, file, fits).await?);
        }
        Ok(Ok(taken))
    }

    async fn rows(
        &self,
        by: &Viewer,
        table: &Table<Column>,
        default: Option<&UnitId>,
        register: &Register,
        taken: &mut Taken,
    ) -> Result<Vec<Fit>, DeskError> {
        let reach = by.units(register);
        let today = self.day(self.0.clock().now());
        let mut systems: BTreeMap<UnitId, Vec<System>> = BTreeMap::new();
        let mut seen: BTreeMap<(UnitId, String, String), u64> = BTreeMap::new();
        let mut fits = Vec::new();
        for line in &table.lines {
            let cell = |column| table.cell(line, column);
            let no = line.number;
            if let Some(cells) = line.beyond {
                taken.refuse(no, Flaw::Cells(cells));
                continue;
            }
            if let Some(column) = Column::ALL.iter().find(|column| computes(&cell(**column))) {
                taken.refuse(no, Flaw::Formula(*column));
                continue;
            }
            if cell(Column::Value).is_empty() {
                taken.blank += 1;
                continue;
            }
            let name = cell(Column::Hospital);
            let unit = match default.filter(|_| name.is_empty()) {
                Some(unit) => register.unit(unit),
                None if name.is_empty() => {
                    taken.refuse(no, Flaw::Missing(Column::Hospital));
                    continue;
                }
                None => register.named(&name),
            };
            // A foreign unit and one that is not there are the same to whoever may not see it.
            let unit = unit.filter(|u| reach.as_ref().is_none_or(|units| units.contains(&u.id)));
            let Some(unit) = unit else {
                taken.refuse(no, Flaw::Unit(name));
                continue;
            };
            let named = cell(Column::Item);
            let Some(item) = self.catalogue().named(&named) else {
                let missing = named.is_empty();
                let flaw =
                    if missing { Flaw::Missing(Column::Item) } else { Flaw::Value(Column::Item, named) };
                taken.refuse(no, flaw);
                continue;
            };
            if !systems.contains_key(&unit.id) {
                systems.insert(unit.id.clone(), self.systems(unit).await?);
            }
            let new = NewRecord {
                hospital: unit.id.clone(),
                system: cell(Column::System),
                item: item.id.clone(),
                value: cell(Column::Value),
                as_of: cell(Column::AsOf),
                evidence: cell(Column::Evidence),
            };
            let known = systems.get(&unit.id).map_or(&[][..], Vec::as_slice);
            match fit(&new, item, known, today) {
                Err(unfit) => taken.refuse(no, flaw(unfit, item.per, new)),
                Ok(fit) => {
                    let key = (fit.hospital.clone(), fit.system.clone(), fit.item.clone());
                    match seen.insert(key, no) {
                        Some(other) => taken.refuse(no, Flaw::Twice(other)),
                        None => fits.push(fit),
                    }
                }
            }
        }
        Ok(fits)
    }

    async fn take(&self, by: &Viewer, from: &str, file: &str, fits: Vec<Fit>) -> Result<Imported, DeskError> {
        let (now, ledger) = (self.0.clock().now(), self.0.ledger());
        let (by, from) = (by.clone(), from.to_owned());
        let file: String = file.chars().take(120).collect();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let mut by_unit: BTreeMap<UnitId, Imported> = BTreeMap::new();
                    for fit in &fits {
                        let held = in_force(c, fit).await?;
                        let done = by_unit.entry(fit.hospital.clone()).or_default();
                        match keep(c, fit, held.as_ref(), now, &by.name).await? {
                            Kept::New => done.new += 1,
                            Kept::Changed => done.changed += 1,
                            Kept::Same => done.same += 1,
                        }
                    }
                    let mut all = Imported::default();
                    for (unit, done) in by_unit {
                        let Imported { new, changed, same } = done;
                        all.new += new;
                        all.changed += changed;
                        all.same += same;
                        let detail = json!({ "file": file, "new": new, "changed": changed, "same": same });
                        let entry = Entry::new(&by, &from, Action::Change).unit(&unit);
                        ledger
                            .append(c, entry.object("compliance_import", unit.as_str()).detail(detail))
                            .await?;
                    }
                    Ok(all)
                })
            })
            .await
    }
}

fn flaw(unfit: Unfit, per: Per, new: NewRecord) -> Flaw {
    match unfit {
        Unfit::System if per == Per::System && new.system.is_empty() => Flaw::Missing(Column::System),
        Unfit::System if per == Per::System => Flaw::System(new.system),
        Unfit::System => Flaw::Value(Column::System, new.system),
        Unfit::Value => Flaw::Value(Column::Value, new.value),
        Unfit::AsOf if new.as_of.is_empty() => Flaw::Missing(Column::AsOf),
        Unfit::AsOf => Flaw::Value(Column::AsOf, new.as_of),
        Unfit::Future => Flaw::Future(if new.as_of.is_empty() { new.value } else { new.as_of }),
        Unfit::Evidence => Flaw::Value(Column::Evidence, new.evidence),
    }
}
