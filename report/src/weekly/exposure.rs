//! Findings of scans and checks: what is open, by severity and unit.

use super::{
    Query, Section,
    compose::Links,
    figure::{Asked, change},
    parts::{ROWS, chart, query, table},
    view::View,
};
use crate::text::{grouped, line};

const SEVERITIES: [&str; 4] = ["严重", "高危", "中危", "低危"];

/// What a figure that nobody can give says instead.
const UNSEEN: &str = "近90天没有接收扫描或核查结果";

/// The figure, with its reason.
pub(super) fn figures(view: &View<'_>, links: &Links) -> Vec<(Asked<'static>, String)> {
    let (now, before) = (view.exposure(false), view.exposure(true));
    let why = match now {
        None => UNSEEN.to_owned(),
        Some((_, looked)) => match view.units.len() as u64 - looked {
            0 => String::new(),
            n => format!("另有{n}家单位{UNSEEN}，未计入"),
        },
    };
    let severe = Asked {
        id: "findings.severe",
        name: "未整改严重、高危漏洞",
        unit: "项",
        value: now.map(|(e, _)| e.severe()),
        recounted: before.map(|(e, _)| e.severe()),
        query: query(
            links.exposure("&state=to_fix"),
            "截至本期末未整改、未接受风险的严重与高危问题项，含漏洞、弱口令、基线与网页测试；同一问题只计一次",
        ),
        front: true,
    };
    let overdue = Asked {
        id: "findings.overdue",
        name: "逾期未整改漏洞",
        unit: "项",
        value: now.map(|(e, _)| e.overdue),
        recounted: before.map(|(e, _)| e.overdue),
        query: query(links.exposure("&state=overdue"), "截至本期末超过整改期限、未接受风险的问题项"),
        front: false,
    };
    let same = why.clone();
    vec![(severe, why), (overdue, same)]
}

pub(super) fn section(view: &View<'_>, links: &Links) -> Option<Section> {
    let (now, looked) = view.exposure(false)?;
    let before = view.exposure(true);
    let title = "漏洞与弱口令".to_owned();
    let open: u64 = now.open.iter().sum();
    let mut paragraphs = vec![format!(
        "截至本期末未整改的问题项{}项，其中严重{}项、高危{}项、弱口令{}项，逾期{}项；本期新发现{}项，整改{}项，接受风险的{}项。",
        grouped(open),
        grouped(now.open[0]),
        grouped(now.open[1]),
        grouped(now.passwords),
        grouped(now.overdue),
        grouped(now.found),
        grouped(now.fixed),
        grouped(now.accepted)
    )];
    let blind = view.units.len() as u64 - looked;
    if blind > 0 {
        paragraphs.push(format!("{blind}家单位{UNSEEN}，其漏洞情况不可见，不等于没有漏洞。"));
    }
    let rows = SEVERITIES.iter().enumerate().map(|(i, word)| {
        let was = before.map(|(e, _)| e.open[i]);
        let shown = was.map_or_else(|| "—".to_owned(), grouped);
        vec![(*word).to_owned(), grouped(now.open[i]), shown, change(Some(now.open[i]), was)]
    });
    let mut tables = vec![table(
        "未整改问题项按级别",
        &[("级别", 22, false), ("本期末（项）", 22, true), ("上期末（项）", 22, true), ("变化", 34, false)],
        rows.collect(),
        query(
            links.exposure("&state=to_fix"),
            "同一主机、端口上的同一问题在历次扫描中只计一次，接受风险的不计",
        ),
    )];
    let mut charts = Vec::new();
    if !view.is_one_unit() {
        let mut groups: Vec<_> =
            view.groups().into_iter().filter_map(|g| Some((g.exposure?, g.name))).collect();
        groups.sort_by(|a, b| {
            (b.0.open[0], b.0.open[1], b.0.passwords, &a.1).cmp(&(
                a.0.open[0],
                a.0.open[1],
                a.0.passwords,
                &b.1,
            ))
        });
        let bars: Vec<_> = groups
            .iter()
            .filter(|g| g.0.severe() > 0)
            .take(ROWS)
            .map(|g| (line(&g.1), g.0.severe()))
            .collect();
        if let Some((name, most)) = bars.iter().rev().max_by_key(|b| b.1).cloned() {
            charts.push(chart(format!("严重、高危问题项最多的是{name}（{most}项）"), "项", false, bars));
        }
        let what = if *view.edition == super::Edition::Superior { "地区" } else { "单位" };
        let rows = groups.iter().filter(|g| g.0.open.iter().sum::<u64>() > 0).take(ROWS).map(|(e, name)| {
            let mut cells = vec![line(name)];
            cells.extend(e.open.iter().map(|n| grouped(*n)));
            cells.extend([grouped(e.passwords), grouped(e.overdue), grouped(e.fixed)]);
            cells
        });
        let columns = [
            (what, 30, false),
            ("严重", 10, true),
            ("高危", 10, true),
            ("中危", 10, true),
            ("低危", 10, true),
            ("弱口令", 10, true),
            ("逾期", 10, true),
            ("本期整改", 10, true),
        ];
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            tables.push(table(&format!("各{what}未整改问题项"), &columns, rows, Query::default()));
        }
    }
    Some(Section { title, paragraphs, charts, tables })
}
