//! The parts of the report: sentences, charts and tables.

use std::collections::BTreeMap;

use super::{
    Bar, Chart, Classes, Edition, Figure, Levels, Query, Section, Table, advice::advice, compose::Links,
    exposure, figure::change, handling, view::View,
};
use crate::text::{grouped, line, local};

/// Rows of a table in the text; all stand in the annex.
pub(super) const ROWS: usize = 10;

const LEVELS: [&str; 5] = ["严重", "高危", "中危", "低危", "提示"];

pub(super) fn chart(title: impl Into<String>, unit: &str, upright: bool, bars: Vec<(String, u64)>) -> Chart {
    let bar = |(label, value)| Bar { label, value, shown: grouped(value) };
    Chart { title: title.into(), unit: unit.to_owned(), upright, bars: bars.into_iter().map(bar).collect() }
}

pub(super) fn table(
    title: &str,
    columns: &[(&str, u8, bool)],
    rows: Vec<Vec<String>>,
    query: Query,
) -> Table {
    Table {
        title: title.to_owned(),
        head: columns.iter().map(|c| c.0.to_owned()).collect(),
        widths: columns.iter().map(|c| c.1).collect(),
        numbers: columns.iter().map(|c| c.2).collect(),
        rows,
        query,
    }
}

pub(super) fn query(link: String, counted: &str) -> Query {
    Query { link, counted: counted.to_owned() }
}

/// Counts by class: name, now, before; the largest first.
fn by_class(view: &View<'_>, classes: &Classes) -> Vec<(String, Levels, Levels)> {
    let mut all: Vec<_> = classes
        .classes
        .iter()
        .map(|class| {
            let is = |rule: &super::RuleFacts| class.rules.contains(&rule.id);
            (class.zh.clone(), view.levels_of(false, is), view.levels_of(true, is))
        })
        .collect();
    let other = |rule: &super::RuleFacts| classes.of(&rule.id).is_none();
    all.push(("其他".to_owned(), view.levels_of(false, other), view.levels_of(true, other)));
    all.retain(|(_, now, before)| now.total() + before.total() > 0);
    all.sort_by(|a, b| (b.1.total(), &a.0).cmp(&(a.1.total(), &b.0)));
    all
}

/// Why a count changed: the class and the unit that moved most in its direction.
pub(super) fn reason(view: &View<'_>, classes: &Classes, of: impl Fn(Levels) -> u64) -> String {
    let (now, before) = (of(view.levels(false)), of(view.levels(true)));
    if !view.facts.has_before || now == before {
        return String::new();
    }
    let up = now > before;
    let moved =
        |now: u64, before: u64| if up { now.saturating_sub(before) } else { before.saturating_sub(now) };
    let word = if up { "增加" } else { "减少" };
    let mut parts = Vec::new();
    let classes = by_class(view, classes);
    let class = classes.iter().map(|(name, n, b)| (moved(of(*n), of(*b)), name)).max_by_key(|(by, _)| *by);
    if let Some((by, name)) = class.filter(|(by, _)| *by > 0) {
        parts.push(format!("“{name}”类{word}{}起", grouped(by)));
    }
    if !view.is_one_unit() {
        let groups = view.groups();
        let unit =
            groups.iter().map(|g| (moved(of(g.levels), of(g.before)), &g.name)).max_by_key(|(by, _)| *by);
        if let Some((by, name)) = unit.filter(|(by, _)| *by > 0) {
            parts.push(format!("{}{word}{}起", line(name), grouped(by)));
        }
    }
    if parts.is_empty() { String::new() } else { format!("主要为{}", parts.join("、")) }
}

pub(super) fn events_reason(view: &View<'_>) -> String {
    let lost = view.units.iter().filter(|u| u.events == 0 && u.events_before > 0).count();
    if lost == 0 || view.is_one_unit() {
        String::new()
    } else {
        format!("{lost}家单位上期有数据、本期没有")
    }
}

pub(super) fn dark_reason(view: &View<'_>) -> String {
    let never = view.units.iter().filter(|u| u.is_dark() && u.silent.is_empty()).count();
    let fell = view.units.iter().filter(|u| u.is_dark() && !u.silent.is_empty()).count();
    match (never, fell) {
        (0, 0) => String::new(),
        (never, 0) => format!("{never}家从未上报"),
        (0, fell) => format!("{fell}家上报后静默"),
        (never, fell) => format!("{never}家从未上报，{fell}家上报后静默"),
    }
}

/// What the reader must decide, or do.
pub(super) fn decisions(view: &View<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let now = view.levels(false);
    if view.is_one_unit() {
        if now.severe() > 0 {
            out.push(format!("逐起核实严重、高危告警{}起，在卫哨中填写处置结果。", grouped(now.severe())));
        }
        let held = view.handling(false);
        if held.unsigned > 0 {
            out.push(format!("签收超时未签收的通报{}件。", grouped(held.unsigned)));
        }
        if held.overdue > 0 {
            out.push(format!("完成逾期问题{}项的整改并反馈，确需延期的书面申请。", grouped(held.overdue)));
        }
        for unit in &view.units {
            let quiet: Vec<_> = unit.silent.iter().chain(&unit.unknown).map(|s| line(s)).collect();
            if !quiet.is_empty() {
                out.push(format!("检查并恢复静默来源：{}。", quiet.join("、")));
            }
        }
    } else {
        let groups = view.groups();
        let hit: Vec<_> =
            groups.iter().filter(|g| g.levels.0[0] > 0).map(|g| line(&g.name)).take(5).collect();
        if !hit.is_empty() {
            out.push(format!("对发生严重告警的{}是否下发通报并限期处置。", hit.join("、")));
        }
        let mut late: Vec<_> = groups.iter().filter(|g| g.handling.overdue > 0).collect();
        late.sort_by_key(|g| std::cmp::Reverse(g.handling.overdue));
        if !late.is_empty() {
            let names: Vec<_> = late
                .iter()
                .take(5)
                .map(|g| format!("{}（{}项）", line(&g.name), g.handling.overdue))
                .collect();
            let more = if late.len() > names.len() { "等" } else { "" };
            out.push(format!("对整改逾期的{}{more}是否督办或约谈。", names.join("、")));
        }
        let dark = groups.iter().filter(|g| g.dark > 0).count();
        if dark > 0 {
            let names: Vec<_> = groups.iter().filter(|g| g.dark > 0).map(|g| line(&g.name)).take(5).collect();
            let more = if dark > names.len() { "等" } else { "" };
            out.push(format!("{}{more}数据不可见，是否由属地电话核实并督促恢复上报。", names.join("、")));
        }
    }
    if out.is_empty() {
        out.push(format!(
            "{}无须{}的事项。",
            view.facts.period.span.words().0,
            if view.is_one_unit() { "贵单位处置" } else { "决策" }
        ));
    }
    out
}

pub(super) fn sections(
    view: &View<'_>,
    classes: &Classes,
    links: &Links,
    figures: &[Figure],
) -> Vec<Section> {
    let mut out = vec![alerts(view, classes, links)];
    if view.is_one_unit() {
        out.push(place(view));
    } else {
        out.push(units(view, links));
    }
    out.push(handling::notices(view, links));
    out.push(handling::incidents(view, links));
    out.extend(exposure::section(view, links));
    out.push(sources(view));
    let unseen: Vec<_> = figures.iter().filter(|f| f.value.is_none() && f.front).collect();
    if !unseen.is_empty() {
        let paragraphs = unseen.iter().map(|f| format!("{}：{}。", f.name, f.reason)).collect();
        out.push(Section { title: "本期不可见的内容".to_owned(), paragraphs, ..Section::default() });
    }
    out.push(advice(view, classes));
    for (i, section) in out.iter_mut().enumerate() {
        section.title = format!("{}、{}", crate::text::chinese_number(i + 1), section.title);
    }
    out
}

fn alerts(view: &View<'_>, classes: &Classes, links: &Links) -> Section {
    let (now, before) = (view.levels(false), view.levels(true));
    let known = view.facts.has_before;
    let was = |n: u64| if known { grouped(n) } else { "—".to_owned() };
    let difference = |n: u64, b: u64| change(Some(n), known.then_some(b));
    let row = |(i, word): (usize, &&str)| {
        vec![(*word).to_owned(), grouped(now.0[i]), was(before.0[i]), difference(now.0[i], before.0[i])]
    };
    let mut rows: Vec<_> = LEVELS.iter().enumerate().map(row).collect();
    let (total, total_before) = (now.total(), before.total());
    rows.push(vec!["合计".into(), grouped(total), was(total_before), difference(total, total_before)]);
    let first = if total == 0 {
        format!("本期{}没有告警。没有告警不等于没有风险：本期不可见的单位与来源见后。", view.subject)
    } else {
        format!(
            "本期{}共有告警{}起，其中严重{}起、高危{}起。",
            view.subject,
            grouped(total),
            grouped(now.0[0]),
            grouped(now.0[1])
        )
    };
    let mut charts = Vec::new();
    let days = days(view);
    if let Some((label, most)) = days.iter().max_by_key(|(_, n)| *n).filter(|(_, n)| *n > 0) {
        let title = format!("严重、高危告警以{label}为最多（{most}起）");
        // Columns of so few days have room for their names.
        charts.push(chart(title, "起", days.len() as u64 <= DAYS_MAX, days.clone()));
    }
    let classes = by_class(view, classes);
    if let Some((name, levels, _)) = classes.first().filter(|c| c.1.total() > 0) {
        let title = format!("告警按类：“{name}”最多（{}起）", grouped(levels.total()));
        let bars = classes.iter().filter(|c| c.1.total() > 0).map(|c| (c.0.clone(), c.1.total())).collect();
        charts.push(chart(title, "起", false, bars));
    }
    let levels = table(
        "告警按级别",
        &[("级别", 22, false), ("本期（起）", 22, true), ("上期（起）", 22, true), ("变化", 34, false)],
        rows,
        query(links.alerts(""), "同一告警只计最新版本一次，按其时间归入本期"),
    );
    let mut tables = vec![levels];
    let rules = rules(view);
    if !rules.is_empty() {
        tables.push(table(
            "触发最多的规则",
            &[
                ("规则", 46, false),
                ("级别", 12, false),
                ("本期（起）", 14, true),
                ("上期（起）", 14, true),
                ("单位（家）", 14, true),
            ],
            rules,
            query(links.alerts(""), "按规则编号汇总"),
        ));
    }
    Section { title: "告警情况".to_owned(), paragraphs: vec![first], charts, tables }
}

/// As many days as are drawn one by one, in columns.
const DAYS_MAX: u64 = 10;

/// Longer times are drawn by so many days.
const STEP: u64 = 7;

/// Critical and high alerts of each day, or of each seven where the time is long.
fn days(view: &View<'_>) -> Vec<(String, u64)> {
    let calendar = ward_event::time::Calendar::fixed(view.facts.offset_secs);
    let all = view.facts.period.days();
    let step = if all > DAYS_MAX { STEP } else { 1 };
    let mut counts = vec![0; usize::try_from(all.div_ceil(step)).unwrap_or(0)];
    for day in &view.facts.days {
        let at = usize::try_from(u64::from(day.day) / step).unwrap_or(usize::MAX);
        if let Some(count) = counts.get_mut(at).filter(|_| view.counts(&day.unit)) {
            *count += day.severe;
        }
    }
    let on = |day: u64| {
        let days = i64::try_from(day).unwrap_or(0) * ward_event::time::MICROS_PER_DAY;
        local(calendar, ward_event::Micros(view.facts.period.from.0 + days))
            .strftime("%-m月%-d日")
            .to_string()
    };
    let label = |i: usize| {
        let first = i as u64 * step;
        let last = (first + step).min(all) - 1;
        if last > first { format!("{}至{}", on(first), on(last)) } else { on(first) }
    };
    counts.into_iter().enumerate().map(|(i, n)| (label(i), n)).collect()
}

fn rules(view: &View<'_>) -> Vec<Vec<String>> {
    let mut by: BTreeMap<&str, (&super::RuleFacts, u64, u64, u64)> = BTreeMap::new();
    for rule in &view.facts.rules {
        if !view.counts(&rule.unit) {
            continue;
        }
        let entry = by.entry(&rule.id).or_insert((rule, 0, 0, 0));
        entry.1 += rule.count;
        entry.2 += rule.before;
        entry.3 += u64::from(rule.count > 0);
    }
    let mut rows: Vec<_> = by.into_values().filter(|r| r.1 > 0).collect();
    rows.sort_by(|a, b| (b.1, &a.0.id).cmp(&(a.1, &b.0.id)));
    let word = |level: &str| {
        let names = ["critical", "high", "medium", "low"];
        LEVELS[names.iter().position(|n| *n == level).unwrap_or(4)].to_owned()
    };
    let known = view.facts.has_before;
    rows.into_iter()
        .take(ROWS)
        .map(|(rule, now, before, units)| {
            let before = if known { grouped(before) } else { "—".to_owned() };
            vec![line(&rule.title), word(&rule.level), grouped(now), before, grouped(units)]
        })
        .collect()
}

const GROUP_COLUMNS: [(&str, u8, bool); 8] = [
    ("位次", 8, true),
    ("单位", 30, false),
    ("严重", 10, true),
    ("高危", 10, true),
    ("中危", 10, true),
    ("合计", 10, true),
    ("上期", 10, true),
    ("静默来源", 12, true),
];

pub(super) fn group_rows(view: &View<'_>, most: usize) -> Vec<Vec<String>> {
    let known = view.facts.has_before;
    let row = |(i, g): (usize, super::view::Group)| {
        let l = g.levels.0;
        let before = if known { grouped(g.before.total()) } else { "—".to_owned() };
        let quiet =
            if g.sources == 0 { "未接入".to_owned() } else { format!("{}/{}", g.quiet, g.sources) };
        vec![
            (i + 1).to_string(),
            line(&g.name),
            grouped(l[0]),
            grouped(l[1]),
            grouped(l[2]),
            grouped(g.levels.total()),
            before,
            quiet,
        ]
    };
    view.groups().into_iter().enumerate().take(most).map(row).collect()
}

pub(super) fn columns(view: &View<'_>) -> Vec<(&'static str, u8, bool)> {
    let mut columns = GROUP_COLUMNS.to_vec();
    if *view.edition == Edition::Superior {
        columns[1].0 = "地区";
    }
    columns
}

fn units(view: &View<'_>, links: &Links) -> Section {
    let groups = view.groups();
    let what = if *view.edition == Edition::Superior { "地区" } else { "单位" };
    let bars: Vec<_> = groups
        .iter()
        .filter(|g| g.levels.severe() > 0)
        .take(ROWS)
        .map(|g| (line(&g.name), g.levels.severe()))
        .collect();
    let mut charts = Vec::new();
    if let Some((name, most)) = bars.iter().max_by_key(|(_, n)| *n).cloned() {
        charts.push(chart(format!("严重、高危告警最多的是{name}（{most}起）"), "起", false, bars));
    }
    let shown = group_rows(view, ROWS);
    let text = format!(
        "按严重告警、高危告警、逾期问题、静默来源、中危告警的次序排列，共{}个{what}，下表为前{}个，全部见附件。看不见的排在前面而不是后面。",
        groups.len(),
        shown.len()
    );
    let tables = vec![table(
        &format!("{what}情况"),
        &columns(view),
        shown,
        query(links.units(), "告警按单位汇总；静默来源为截至本期末静默或从未上报的来源与应有来源之比"),
    )];
    Section { title: format!("各{what}情况"), paragraphs: vec![text], charts, tables }
}

/// A hospital among its peers.
fn place(view: &View<'_>) -> Section {
    let groups = view.groups();
    let own = view.units.first().map_or("", |u| u.id.as_str());
    let at = groups.iter().position(|g| g.unit == own).unwrap_or(0);
    let text = format!(
        "同级单位共{}家，按严重告警、高危告警、逾期问题、静默来源、中危告警由多到少排列，{}列第{}位（第1位最需关注）。其他单位不显示名称。",
        groups.len(),
        view.subject,
        at + 1
    );
    let tables = vec![table("同级单位情况", &columns(view), group_rows(view, 30), Query::default())];
    Section {
        title: "在同级单位中的位置".to_owned(), paragraphs: vec![text], tables, ..Section::default()
    }
}

fn sources(view: &View<'_>) -> Section {
    let quiet = view.sum(super::UnitFacts::quiet);
    let all = view.sum(|u| u.sources);
    let text = if all == 0 {
        "登记册中没有应报的数据来源，也未收到任何来源的数据。".to_owned()
    } else if quiet == 0 {
        format!("应有数据来源{all}个，截至本期末全部在报。")
    } else {
        format!("应有数据来源{all}个，截至本期末有{quiet}个静默或从未上报；静默期间是否发生攻击无从得知。")
    };
    let assets = format!(
        "在册与发现的设备共{}台，本期新发现{}台。",
        grouped(view.sum(|u| u.assets)),
        grouped(view.sum(|u| u.assets_new))
    );
    Section {
        title: "数据来源与设备".to_owned(), paragraphs: vec![text, assets], ..Section::default()
    }
}
