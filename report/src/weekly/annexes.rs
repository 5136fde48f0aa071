//! What stands behind the text: the whole list, what is silent, what is late, restatements, how figures are counted.

use super::{
    Edition, Figure, Query, Section, Weekly, handling,
    parts::{columns, group_rows, table},
    view::View,
};
use crate::text::{grouped, line};

pub(super) fn annexes(
    view: &View<'_>,
    figures: &[Figure],
    classes: &str,
    verdict: &str,
    last: Option<&Weekly>,
) -> Vec<Section> {
    let mut out = Vec::new();
    if !view.is_one_unit() {
        let tables = vec![table("", &columns(view), group_rows(view, usize::MAX), Query::default())];
        out.push(Section { title: "清单".to_owned(), tables, ..Section::default() });
    }
    if *view.edition != Edition::Superior {
        out.push(silent(view));
        out.push(handling::late_list(view));
    }
    out.push(restated(figures, last));
    let calendar = ward_event::time::Calendar::fixed(view.facts.offset_secs);
    let rows = figures
        .iter()
        .filter(|f| !f.query.counted.is_empty())
        .map(|f| {
            let was = f.previous.value().map_or_else(|| "—".to_owned(), grouped);
            vec![f.name.clone(), f.shown.clone(), was, f.query.counted.clone(), f.query.link.clone()]
        })
        .collect();
    out.push(Section {
        title: "指标与统计口径".to_owned(),
        paragraphs: vec![
            format!(
                "数据截至{}；{}之后入库的记录不计入。告警归类表版本{classes}，研判阈值版本{verdict}。",
                crate::text::stamp(calendar, view.facts.as_of),
                crate::text::stamp(calendar, view.facts.ingested_until)
            ),
            format!(
                "通报、整改与事件按办理记录统计，分别计至第{}条、第{}条，即本期末之前的全部记录；此后的办理不改变本期数据。",
                grouped(view.facts.history[0].unsigned_abs()),
                grouped(view.facts.history[1].unsigned_abs())
            ),
            "“—”表示不可见，不表示零。".to_owned(),
        ],
        tables: vec![table(
            "",
            &[
                ("指标", 16, false),
                ("本期", 14, true),
                ("上期", 14, true),
                ("口径", 30, false),
                ("在卫哨中查看", 26, false),
            ],
            rows,
            Query::default(),
        )],
        ..Section::default()
    });
    for (i, section) in out.iter_mut().enumerate() {
        section.title = format!("附件{} {}", i + 1, section.title);
    }
    out
}

fn silent(view: &View<'_>) -> Section {
    let rows: Vec<_> = view
        .units
        .iter()
        .filter(|u| u.quiet() > 0 || u.sources == 0)
        .map(|u| {
            let names = |all: &[String]| all.iter().map(|s| line(s)).collect::<Vec<_>>().join("、");
            let state = if u.is_dark() { "不可见" } else { "部分静默" };
            vec![line(&u.name), state.to_owned(), names(&u.silent), names(&u.unknown), line(&u.handler)]
        })
        .collect();
    let paragraphs = if rows.is_empty() { vec!["无。".to_owned()] } else { Vec::new() };
    let columns = [
        ("单位", 28, false),
        ("状态", 12, false),
        ("静默来源", 22, false),
        ("从未上报的来源", 20, false),
        ("责任人", 18, false),
    ];
    let tables = if rows.is_empty() { Vec::new() } else { vec![table("", &columns, rows, Query::default())] };
    Section { title: "静默与未接入".to_owned(), paragraphs, charts: Vec::new(), tables }
}

fn restated(figures: &[Figure], last: Option<&Weekly>) -> Section {
    let title = "上期数据更正".to_owned();
    let Some(last) = last else {
        return Section {
            title, paragraphs: vec!["没有可比的上期报告。".to_owned()], ..Section::default()
        };
    };
    let rows: Vec<_> = figures
        .iter()
        .filter(|f| f.previous.is_restated())
        .map(|f| {
            let number = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), grouped);
            vec![f.name.clone(), number(f.previous.published), number(f.previous.recounted)]
        })
        .collect();
    if rows.is_empty() {
        let text = format!("{}的数据经重新统计无变化。", last.head.issue_text);
        return Section { title, paragraphs: vec![text], ..Section::default() };
    }
    let text = format!(
        "{}发布后有迟到数据入库或告警更新，重新统计如下；首页指标的“上期”以已发布数据为准，各表的“上期”为重新统计的数据。",
        last.head.issue_text
    );
    let columns = [("指标", 40, false), ("上期发布", 30, true), ("重新统计", 30, true)];
    Section {
        title,
        paragraphs: vec![text],
        charts: Vec::new(),
        tables: vec![table("", &columns, rows, Query::default())],
    }
}
