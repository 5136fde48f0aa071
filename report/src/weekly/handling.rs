//! Notices, problems and incidents: what was sent, signed, put right, sent back, and what waits too long.

use super::{
    Edition, Handling, Query, STAGES, Section,
    compose::Links,
    figure::{Asked, change},
    parts::{ROWS, chart, query, table},
    view::{Group, View},
};
use crate::text::{grouped, line};

/// Something that is counted of what was handled.
type Counted = fn(&Handling) -> u64;

/// Rows of the list of what waits too long.
const LATE_MAX: usize = 200;

/// The figures, each with its reason.
pub(super) fn figures(view: &View<'_>, links: &Links) -> Vec<(Asked<'static>, String)> {
    let known = view.facts.has_before;
    let (now, before) = (view.handling(false), view.handling(true));
    let put = |id, name, unit, of: Counted, front, link: String, counted: &str, why: String| {
        let query = Query { link, counted: counted.to_owned() };
        let recounted = known.then(|| of(&before));
        (Asked { id, name, unit, value: Some(of(&now)), recounted, query, front }, why)
    };
    let worst = |of: Counted| most(view, of);
    vec![
        put(
            "notices.sent",
            if view.is_one_unit() { "收到通报" } else { "发出通报" },
            "件次",
            |h| h.sent,
            true,
            links.notices("", true),
            "本期内发出的通报，每家单位计一件次",
            share("其中按时签收", now.in_time, now.sent),
        ),
        put(
            "notices.unsigned",
            "超时未签收",
            "件次",
            |h| h.unsigned,
            true,
            links.calls(),
            "截至本期末，发出后超过规定时间仍未签收的通报，不限何时发出",
            worst(|h| h.unsigned),
        ),
        put(
            "problems.closed",
            "销号问题",
            "项",
            |h| h.closed,
            true,
            links.notices("&state=closed", false),
            "本期内复核通过并销号的问题",
            share("复核一次通过", now.first_pass, now.passed),
        ),
        put(
            "problems.overdue",
            "逾期问题",
            "项",
            |h| h.overdue,
            true,
            links.notices("&only=overdue", false),
            "截至本期末，待整改且已超过整改期限（含批准的延期）的问题",
            worst(|h| h.overdue),
        ),
        put(
            "problems.open",
            "未销号问题",
            "项",
            |h| h.open,
            false,
            links.notices("&only=open", false),
            "截至本期末，已通报而未销号、未认定误报、未撤回、未接受风险的问题",
            String::new(),
        ),
        put(
            "problems.returned",
            "退回与重新打开",
            "项次",
            |h| h.returned,
            false,
            links.notices("&only=returned", false),
            "本期内复核未通过、退回补充或重新打开的问题",
            String::new(),
        ),
        put(
            "incidents.found",
            "新增事件",
            "起",
            |h| h.incidents_found,
            true,
            links.incidents(""),
            "本期内由告警归并成的事件，并入其他事件的不重复计",
            format!("截至本期末未办结{}起", grouped(now.incidents_open())),
        ),
        put(
            "incidents.open",
            "未办结事件",
            "起",
            Handling::incidents_open,
            false,
            links.incidents("&state=open"),
            "截至本期末未结束、未认定误报、未并入其他事件的事件",
            String::new(),
        ),
    ]
}

fn share(words: &str, part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{words}{}", percent(part, whole)) }
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "—".to_owned();
    }
    let tenths = (part * 1_000 + whole / 2) / whole;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Who has most of it.
fn most(view: &View<'_>, of: Counted) -> String {
    if view.is_one_unit() {
        return String::new();
    }
    let groups = view.groups();
    let most = groups.iter().max_by_key(|g| of(&g.handling)).filter(|g| of(&g.handling) > 0);
    most.map_or_else(String::new, |g| format!("最多为{}{}", line(&g.name), grouped(of(&g.handling))))
}

/// Natural time in hours, from two days on in days.
fn duration(minutes: Option<u64>) -> String {
    let tenths = |n: u64, of: u64| {
        let tenths = (n * 10 + of / 2) / of;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match minutes {
        None => "—".to_owned(),
        Some(n) if n >= 48 * 60 => format!("{}天", tenths(n, 24 * 60)),
        Some(n) => format!("{}小时", tenths(n, 60)),
    }
}

/// The smallest value that so many hundredths do not exceed.
fn percentile(values: &[u64], hundredths: usize) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() * hundredths).div_ceil(100).max(1) - 1).copied()
}

fn is_idle(h: &Handling) -> bool {
    h.sent + h.open + h.closed + h.unsigned + h.returned == 0
}

pub(super) fn notices(view: &View<'_>, links: &Links) -> Section {
    let (now, before) = (view.handling(false), view.handling(true));
    let incoming = incoming(view);
    let title = "通报与整改".to_owned();
    if is_idle(&now) {
        let none = "本期没有发出通报，也没有未销号的问题。".to_owned();
        let paragraphs = [Some(none), incoming].into_iter().flatten().collect();
        return Section { title, paragraphs, ..Section::default() };
    }
    let mut paragraphs = vec![
        format!(
            "本期发出通报{}件次，截至本期末已签收{}件次，其中按时签收{}件次（{}），已反馈{}件次；超时未签收的通报共{}件次。",
            grouped(now.sent),
            grouped(now.signed),
            grouped(now.in_time),
            percent(now.in_time, now.sent),
            grouped(now.answered),
            grouped(now.unsigned)
        ),
        format!(
            "本期新通报问题{}项，报送整改{}项，复核通过{}项，其中一次通过{}项（{}），退回或重新打开{}项次，销号{}项。截至本期末未销号{}项，其中逾期{}项。",
            grouped(now.problems),
            grouped(now.claimed),
            grouped(now.passed),
            grouped(now.first_pass),
            percent(now.first_pass, now.passed),
            grouped(now.returned),
            grouped(now.closed),
            grouped(now.open),
            grouped(now.overdue)
        ),
        format!(
            "签收用时中位数{}、九成不超过{}；整改用时中位数{}、九成不超过{}（自发出起按自然时间计，整改计至复核通过）。",
            duration(percentile(&now.sign_minutes, 50)),
            duration(percentile(&now.sign_minutes, 90)),
            duration(percentile(&now.fix_minutes, 50)),
            duration(percentile(&now.fix_minutes, 90))
        ),
    ];
    paragraphs.extend(incoming);
    let mut charts = Vec::new();
    let mut tables = vec![sums(view, &now, &before, links)];
    if view.is_one_unit() {
        let mut all = Handling::default();
        view.facts.units.iter().for_each(|u| all.add(&u.handling));
        let rows = vec![row("本单位", &now), row("全域", &all)];
        tables.push(table("与全域对比", &columns("范围"), rows, Query::default()));
    } else {
        let groups = view.groups();
        let late = late(&groups);
        if let Some((name, most)) = late.first() {
            charts.push(chart(format!("逾期问题最多的是{name}（{most}项）"), "项", false, late.clone()));
        }
        let what = if *view.edition == Edition::Superior { "地区" } else { "单位" };
        tables.extend(side_by_side(what, &groups));
        if *view.edition == Edition::Leader {
            tables.extend(side_by_side("地区", &view.localities()));
        }
    }
    Section { title, paragraphs, charts, tables }
}

fn incoming(view: &View<'_>) -> Option<String> {
    let of = view.facts.incoming;
    let any = of.closed + of.open > 0 && view.is_region();
    any.then(|| {
        format!(
            "上级来文：本期办结{}件，截至本期末在办{}件，其中超过上级要求时限{}件。",
            of.closed, of.open, of.overdue
        )
    })
}

fn late(groups: &[Group]) -> Vec<(String, u64)> {
    let mut late: Vec<_> = groups
        .iter()
        .filter(|g| g.handling.overdue > 0)
        .map(|g| (line(&g.name), g.handling.overdue))
        .collect();
    late.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    late.truncate(ROWS);
    late
}

fn sums(view: &View<'_>, now: &Handling, before: &Handling, links: &Links) -> super::Table {
    let known = view.facts.has_before;
    let lines: [(&str, Counted); 10] = [
        ("发出通报（件次）", |h| h.sent),
        ("其中按时签收（件次）", |h| h.in_time),
        ("超时未签收（件次）", |h| h.unsigned),
        ("新通报问题（项）", |h| h.problems),
        ("报送整改（项）", |h| h.claimed),
        ("复核通过（项）", |h| h.passed),
        ("退回或重新打开（项次）", |h| h.returned),
        ("销号（项）", |h| h.closed),
        ("未销号（项）", |h| h.open),
        ("逾期（项）", |h| h.overdue),
    ];
    let rows = lines.iter().map(|(name, of)| {
        let was = known.then(|| of(before));
        let shown = was.map_or_else(|| "—".to_owned(), grouped);
        vec![(*name).to_owned(), grouped(of(now)), shown, change(Some(of(now)), was)]
    });
    table(
        "通报与整改情况",
        &[("指标", 34, false), ("本期", 16, true), ("上期", 16, true), ("变化", 34, false)],
        rows.collect(),
        query(
            links.notices("", false),
            "按办理记录统计，只计截至本期末的记录；按时签收以规定的签收时间为准，逾期以整改期限（含批准的延期）为准",
        ),
    )
}

fn columns(what: &'static str) -> [(&'static str, u8, bool); 9] {
    [
        (what, 24, false),
        ("通报", 8, true),
        ("按时签收", 11, true),
        ("未签收", 9, true),
        ("未销号", 9, true),
        ("逾期", 8, true),
        ("一次通过", 11, true),
        ("签收用时", 10, true),
        ("整改用时", 10, true),
    ]
}

fn row(name: &str, h: &Handling) -> Vec<String> {
    vec![
        line(name),
        grouped(h.sent),
        percent(h.in_time, h.sent),
        grouped(h.unsigned),
        grouped(h.open),
        grouped(h.overdue),
        percent(h.first_pass, h.passed),
        duration(percentile(&h.sign_minutes, 50)),
        duration(percentile(&h.fix_minutes, 50)),
    ]
}

/// Who has anything to be told of, the latest first.
fn side_by_side(what: &'static str, groups: &[Group]) -> Option<super::Table> {
    let mut busy: Vec<&Group> = groups.iter().filter(|g| !is_idle(&g.handling)).collect();
    busy.sort_by_key(|g| std::cmp::Reverse((g.handling.overdue, g.handling.unsigned, g.handling.open)));
    let rows: Vec<_> = busy.into_iter().take(ROWS * 2).map(|g| row(&g.name, &g.handling)).collect();
    (!rows.is_empty()).then(|| {
        let counted = "按逾期、未签收、未销号由多到少；用时为中位数";
        table(&format!("各{what}整改情况"), &columns(what), rows, query(String::new(), counted))
    })
}

pub(super) fn incidents(view: &View<'_>, links: &Links) -> Section {
    let now = view.handling(false);
    let title = "事件处置".to_owned();
    let open = now.incidents_open();
    let own: Vec<&str> = view.units.iter().map(|u| u.id.as_str()).collect();
    let campaigns: Vec<_> = view
        .facts
        .campaigns
        .iter()
        .filter(|c| view.is_region() || c.units.iter().any(|u| own.contains(&u.as_str())))
        .collect();
    let mut paragraphs = vec![format!(
        "本期新增事件{}起，办结{}起，截至本期末未办结{}起。",
        grouped(now.incidents_found),
        grouped(now.incidents_closed),
        grouped(open)
    )];
    if !campaigns.is_empty() {
        let new = campaigns.iter().filter(|c| c.is_new).count();
        paragraphs.push(format!(
            "同一线索在多家单位出现的区域性攻击{}起，其中本期新发现{new}起。",
            campaigns.len()
        ));
    }
    let mut charts = Vec::new();
    let bars: Vec<_> =
        STAGES.iter().zip(now.stages).filter(|(_, n)| *n > 0).map(|(s, n)| ((*s).to_owned(), n)).collect();
    if let Some((stage, n)) = bars.last() {
        charts.push(chart(format!("未办结事件最深到达“{stage}”阶段（{n}起）"), "起", false, bars.clone()));
    }
    let rows: Vec<_> = campaigns
        .iter()
        .take(ROWS)
        .map(|c| {
            let new = if c.is_new { "本期新发现" } else { "延续" };
            let kind = match c.kind.as_str() {
                "ip" => "地址",
                "domain" => "域名",
                "url" => "网址",
                _ => "文件",
            };
            vec![
                c.number.clone(),
                kind.to_owned(),
                line(&c.value),
                grouped(c.units.len() as u64),
                new.to_owned(),
            ]
        })
        .collect();
    let mut tables = Vec::new();
    if !rows.is_empty() {
        let columns = [
            ("编号", 16, false),
            ("线索", 10, false),
            ("内容", 44, false),
            ("单位（家）", 14, true),
            ("情况", 16, false),
        ];
        let counted = "同一外部地址、域名、网址或文件在七日内出现于两家以上单位";
        tables.push(table("区域性攻击", &columns, rows, query(links.incidents(""), counted)));
    }
    Section { title, paragraphs, charts, tables }
}

/// What waits too long, with whom to ask and what was said: for the commission and for the unit itself.
pub(super) fn late_list(view: &View<'_>) -> Section {
    let name =
        |id: &str| view.facts.units.iter().find(|u| u.id == id).map_or_else(String::new, |u| line(&u.name));
    let mine = |id: &str| view.units.iter().any(|u| u.id == id);
    let all: Vec<_> = view.facts.late.iter().filter(|l| mine(&l.unit)).collect();
    let rows = all.iter().take(LATE_MAX).map(|l| {
        let mut what = Vec::new();
        if !l.signed {
            what.push("未签收".to_owned());
        }
        if l.overdue > 0 {
            what.push(format!("逾期{}项", l.overdue));
        }
        let calls = match l.calls {
            0 => "未电话催办".to_owned(),
            n => format!("{n}次，最近{}", l.last_call),
        };
        let number = if l.number.is_empty() { "未编号" } else { l.number.as_str() };
        vec![
            name(&l.unit),
            format!("{} {}", line(number), line(&l.title)),
            what.join("，"),
            l.days.to_string(),
            line(&l.contact),
            calls,
        ]
    });
    let rows: Vec<_> = rows.collect();
    let mut paragraphs = Vec::new();
    if rows.is_empty() {
        paragraphs.push("无。".to_owned());
    } else if all.len() > rows.len() {
        paragraphs.push(format!("共{}件次，下表为逾期最久的{}件次。", all.len(), rows.len()));
    }
    let columns = [
        ("单位", 20, false),
        ("通报", 28, false),
        ("情况", 13, false),
        ("超期（天）", 10, true),
        ("联系人", 15, false),
        ("催办", 14, false),
    ];
    let tables = if rows.is_empty() { Vec::new() } else { vec![table("", &columns, rows, Query::default())] };
    Section { title: "逾期与未签收".to_owned(), paragraphs, charts: Vec::new(), tables }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_hours_and_then_in_days() {
        assert_eq!(duration(None), "—");
        assert_eq!(duration(Some(90)), "1.5小时");
        assert_eq!(duration(Some(3 * 24 * 60)), "3.0天");
        assert_eq!(percentile(&[5, 1, 9], 50), Some(5));
        assert_eq!(percentile(&[], 50), None);
        assert_eq!((percent(1, 3), percent(0, 0)), ("33.3%".to_owned(), "—".to_owned()));
    }
}
