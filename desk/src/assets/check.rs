//! One row's texts as a declaration, or why not.

use std::net::IpAddr;

use ward_event::{UnitId, register::Register};

use super::{Column, Criticality, Declared, Flaw};
use crate::table::{computes, has_hidden};

/// Characters of one cell; a name or a product needs no more.
const TEXT_CHARS_MAX: usize = 120;
/// Addresses of one asset.
const ADDRESSES_MAX: usize = 64;

/// Who may be written for.
pub(super) struct Units<'a> {
    pub(super) register: &'a Register,
    /// Whom the sender may declare for.
    pub(super) allowed: &'a dyn Fn(&UnitId) -> bool,
    /// For rows that name none.
    pub(super) default: Option<&'a UnitId>,
}

/// `cell` gives a column's text, trimmed, what stands for nothing taken away.
pub(super) fn row(cell: &dyn Fn(Column) -> String, units: &Units<'_>) -> Result<Declared, Vec<Flaw>> {
    let mut flaws = Vec::new();
    for column in Column::ALL {
        flaws.extend(text_flaw(*column, &cell(*column)));
    }
    let mut keep = |result: Result<(), Flaw>| flaws.extend(result.err());
    let mut declared = Declared {
        name: cell(Column::Name),
        system: cell(Column::System),
        zone: cell(Column::Zone),
        owner: cell(Column::Owner),
        operator: cell(Column::Operator),
        responsible: cell(Column::Responsible),
        phone: cell(Column::Phone),
        filing: cell(Column::Filing),
        vendor: cell(Column::Vendor),
        product: cell(Column::Product),
        version: cell(Column::Version),
        ..Declared::default()
    };
    if declared.name.is_empty() {
        keep(Err(Flaw::Missing(Column::Name)));
    }
    keep(unit(&cell(Column::Hospital), units).map(|id| declared.hospital = id));
    keep(criticality(&cell(Column::Criticality)).map(|c| declared.criticality = c));
    keep(level(&cell(Column::Level)).map(|n| declared.mlps_level = n));
    keep(flag(&cell(Column::Cii)).map(|b| declared.cii = b));
    keep(addresses(&cell(Column::Addresses)).map(|a| declared.addresses = a));
    if flaws.is_empty() { Ok(declared) } else { Err(flaws) }
}

fn text_flaw(column: Column, text: &str) -> Option<Flaw> {
    let long = column != Column::Addresses && text.chars().count() > TEXT_CHARS_MAX;
    if long || text.len() > 16 * TEXT_CHARS_MAX {
        return Some(Flaw::TooLong(column));
    }
    if has_hidden(text) {
        return Some(Flaw::Control(column));
    }
    let dialled = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')');
    let number = text.strip_prefix('+').is_some_and(|rest| rest.chars().all(dialled));
    (computes(text) && !(column == Column::Phone && number)).then_some(Flaw::Formula(column))
}

/// By id or by name; a row without one is of the unit that was chosen.
fn unit(text: &str, units: &Units<'_>) -> Result<UnitId, Flaw> {
    if text.is_empty() {
        return units.default.cloned().ok_or(Flaw::Missing(Column::Hospital));
    }
    // A foreign unit and one that is not there are the same to whoever may not see it.
    let found = units.register.named(text).map(|u| u.id.clone());
    found.filter(|id| (units.allowed)(id)).ok_or_else(|| Flaw::Unit(text.to_owned()))
}

fn criticality(text: &str) -> Result<Criticality, Flaw> {
    match text.to_lowercase().as_str() {
        "" => Ok(Criticality::Unknown),
        "核心" | "关键" | "高" | "core" | "critical" | "high" => Ok(Criticality::Core),
        "重要" | "中" | "important" | "medium" => Ok(Criticality::Important),
        "一般" | "普通" | "低" | "normal" | "low" => Ok(Criticality::Normal),
        _ => Err(Flaw::Value(Column::Criticality, text.to_owned())),
    }
}

/// `三级`, `第三级`, `3`, `S3A3G3`, `未定级`.
fn level(text: &str) -> Result<u8, Flaw> {
    if text.is_empty() || matches!(text, "未定级" | "未备案" | "none") {
        return Ok(0);
    }
    let digit = |c: char| match c {
        '一' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '1'..='5' => c.to_digit(10).and_then(|n| u8::try_from(n).ok()),
        _ => None,
    };
    let rest = text.strip_prefix('第').unwrap_or(text).trim_end_matches('级');
    let mut chars = rest.chars();
    if let (Some(n), None) = (chars.next().and_then(digit), chars.next()) {
        return Ok(n);
    }
    // The filing's own form, whose last part is the level as a whole.
    let upper = rest.to_ascii_uppercase();
    let form = upper.len() == 6
        && upper.starts_with('S')
        && upper[2..].starts_with('A')
        && upper[4..].starts_with('G');
    let whole = upper.chars().last().and_then(digit).filter(|_| form);
    whole.ok_or_else(|| Flaw::Value(Column::Level, text.to_owned()))
}

fn flag(text: &str) -> Result<bool, Flaw> {
    match text.to_lowercase().as_str() {
        "" | "否" | "不是" | "no" | "n" | "false" | "0" => Ok(false),
        "是" | "yes" | "y" | "true" | "1" | "√" => Ok(true),
        _ => Err(Flaw::Value(Column::Cii, text.to_owned())),
    }
}

fn addresses(text: &str) -> Result<Vec<String>, Flaw> {
    let parts = text.split([';', '；', ',', '，', '、', '/', ' ', '\u{3000}']).filter(|p| !p.is_empty());
    let mut ips = Vec::new();
    for part in parts {
        let ip: IpAddr = part.parse().map_err(|_| Flaw::Value(Column::Addresses, part.to_owned()))?;
        if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() {
            return Err(Flaw::Value(Column::Addresses, part.to_owned()));
        }
        ips.push(ip.to_canonical());
    }
    ips.sort_unstable();
    ips.dedup();
    if ips.len() > ADDRESSES_MAX {
        return Err(Flaw::TooLong(Column::Addresses));
    }
    Ok(ips.into_iter().map(|ip| ip.to_string()).collect())
}
