//! Facts to the model: the head, page one, and the parts in their order.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use ward_event::{Micros, time::Calendar};

use super::{
    Classes, Edition, Facts, Figure, Head, Issue, Period, Query, Week, Weekly, Worst, annexes, exposure,
    figure::Asked,
    handling,
    judge::{Thresholds, judge},
    parts,
    view::View,
};
use crate::{
    ReportError,
    text::{grouped, line, moment, moment_from, stamp},
};

/// What stands on every issue, by configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    pub issuer: String,
    pub marking: String,
    /// To whom, where it is not one hospital.
    pub to: String,
    pub drafted: String,
    pub checked: String,
    pub signed: String,
    /// The week of the first issue.
    pub first: Week,
}

/// The title of each period's report; a special report has one of its own.
pub(super) fn title(facts: &Facts, edition: &Edition) -> String {
    let (region, noun) = (line(&facts.region), facts.period.span.noun());
    let own = facts.title.as_deref().map(line).filter(|t| !t.is_empty());
    match (edition, own) {
        (Edition::Leader, Some(own)) => format!("{region}{own}网络安全{noun}"),
        (Edition::Locality { name }, Some(own)) => format!("{region}{}{own}网络安全{noun}", line(name)),
        (Edition::Unit { .. }, Some(own)) => format!("{region}{own}网络安全{noun}（单位版）"),
        (Edition::Superior, Some(own)) => format!("{region}{own}网络安全{noun}（报上级）"),
        (Edition::Leader, None) => format!("{region}医疗卫生行业网络安全态势{noun}"),
        (Edition::Locality { name }, None) => format!("{region}{}医疗卫生行业网络安全态势{noun}", line(name)),
        (Edition::Unit { .. }, None) => format!("{region}网络安全态势{noun}（单位版）"),
        (Edition::Superior, None) => {
            let of = match noun {
                "月报" => "月度",
                "季报" => "季度",
                _ => "",
            };
            format!("{region}医疗卫生行业网络安全态势{of}报告")
        }
    }
}

/// Makes the model. `last` is the issue before of the same edition, as it was published.
///
/// # Errors
/// A hospital that is not in the facts; data files that do not parse.
pub fn compose(
    facts: &Facts,
    edition: Edition,
    letterhead: &Letterhead,
    last: Option<&Weekly>,
) -> Result<Weekly, ReportError> {
    if let Edition::Unit { id, .. } = &edition
        && !facts.units.iter().any(|u| u.id == *id)
    {
        return Err(ReportError::Refused(format!("{id} is not in the register")));
    }
    if let Edition::Locality { name } = &edition
        && !facts.units.iter().any(|u| u.locality == *name)
    {
        return Err(ReportError::Refused(format!("no unit of the register lies in {name}")));
    }
    // An issue that is not of the week before would be compared with the wrong one.
    let calendar = ward_event::time::Calendar::fixed(facts.offset_secs);
    let before = facts.period.before(calendar);
    let last = last.filter(|w| Some(w.head.period) == before && w.edition == edition);
    let (classes, limits) = (Classes::built_in()?, Thresholds::built_in()?);
    let view = View::new(facts, &edition);
    let links = Links::new(facts, &edition);
    let figures = figures(&view, &classes, &links, last);
    let verdict = judge(facts, &view, &limits, last);
    let sections = parts::sections(&view, &classes, &links, &figures);
    let annexes = annexes::annexes(&view, &figures, &classes.version, &limits.version, last);
    let (worst, decisions) = (worst(&view, &links), parts::decisions(&view));
    let head = head(facts, &edition, letterhead);
    Ok(Weekly {
        schema: 1,
        head,
        verdict,
        comment: Vec::new(),
        figures,
        worst,
        decisions,
        sections,
        annexes,
        offset_secs: facts.offset_secs,
        edition,
    })
}

fn head(facts: &Facts, edition: &Edition, letterhead: &Letterhead) -> Head {
    let calendar = Calendar::fixed(facts.offset_secs);
    let span = facts.period.span;
    let issue = span.issue(letterhead.first);
    let to = match edition {
        Edition::Leader => line(&letterhead.to),
        Edition::Unit { name, .. } => line(name),
        Edition::Superior => "上级主管部门".to_owned(),
        Edition::Locality { name } => format!("{}卫生健康局", line(name)),
    };
    Head {
        title: title(facts, edition),
        issue,
        issue_text: span.issue_text(issue),
        to,
        ingested_until: facts.ingested_until,
        history: facts.history,
        ..plain_head(letterhead, &facts.region, facts.period, facts.as_of, calendar)
    }
}

/// What the head of any report says of who issues it and of which time it is; of the first issue, counted as of
/// `as_of`, and without a title.
pub(super) fn plain_head(
    letterhead: &Letterhead,
    region: &str,
    period: Period,
    as_of: Micros,
    calendar: Calendar,
) -> Head {
    Head {
        title: String::new(),
        region: line(region),
        issuer: line(&letterhead.issuer),
        issue: Issue { number: 1, running: 1 },
        issue_text: String::new(),
        period,
        period_text: format!("{}至{}", moment_from(calendar, period.from), moment(calendar, period.to)),
        marking: line(&letterhead.marking),
        to: line(&letterhead.to),
        drafted: line(&letterhead.drafted),
        checked: line(&letterhead.checked),
        signed: line(&letterhead.signed),
        as_of,
        as_of_text: stamp(calendar, as_of),
        ingested_until: as_of,
        note: String::new(),
        history: [0, 0],
    }
}

/// Addresses of Ward's own pages that show the rows of a figure.
pub(super) struct Links {
    range: String,
    unit: String,
}

impl Links {
    fn new(facts: &Facts, edition: &Edition) -> Self {
        let calendar = ward_event::time::Calendar::fixed(facts.offset_secs);
        let input = |at| crate::text::local(calendar, at).strftime("%Y-%m-%dT%H:%M").to_string();
        Self {
            range: format!("from={}&to={}", input(facts.period.from), input(facts.period.to)),
            unit: match edition {
                Edition::Unit { id, .. } => format!("&hospital={id}"),
                Edition::Locality { name } => {
                    format!("&locality={}", utf8_percent_encode(name, NON_ALPHANUMERIC))
                }
                Edition::Leader | Edition::Superior => String::new(),
            },
        }
    }

    /// Alerts of the period; `more` begins with `&` or is empty.
    pub(super) fn alerts(&self, more: &str) -> String {
        format!("/alerts?{}{}{more}", self.range, self.unit)
    }

    /// Problems of notices; `more` as above. Of notices sent in the period, where `sent` is asked for.
    pub(super) fn notices(&self, more: &str, sent: bool) -> String {
        let range = if sent { self.range.as_str() } else { "" };
        tidy(&format!("/notices?{range}{}{more}", self.unit))
    }

    pub(super) fn units(&self) -> String {
        tidy(&format!("/hospitals?{}", self.unit))
    }

    /// Whom nobody reached.
    pub(super) fn calls(&self) -> String {
        tidy(&format!("/notices/calls?{}", self.unit))
    }

    pub(super) fn incidents(&self, more: &str) -> String {
        tidy(&format!("/incidents?{}{more}", self.unit))
    }

    pub(super) fn exposure(&self, more: &str) -> String {
        tidy(&format!("/exposure?{}{more}", self.unit))
    }

    pub(super) fn of_unit(&self, id: &str) -> String {
        format!("/alerts?{}&hospital={id}", self.range)
    }
}

/// An address without a mark that parts nothing.
fn tidy(link: &str) -> String {
    link.replace("?&", "?").trim_end_matches('?').to_owned()
}

fn figures(view: &View<'_>, classes: &Classes, links: &Links, last: Option<&Weekly>) -> Vec<Figure> {
    let known = view.facts.has_before;
    let (now, before) = (view.levels(false), view.levels(true));
    let mut out = Vec::new();
    let mut put = |id: &str,
                   name,
                   unit,
                   value,
                   recounted: Option<u64>,
                   (link, counted): (String, &str),
                   why: String| {
        let query = Query { link, counted: counted.to_owned() };
        let front = FRONT.contains(&id);
        let asked = Asked { id, name, unit, value, recounted, query, front };
        out.push(Figure::new(asked, last, why));
    };
    put(
        "alerts.severe",
        "严重、高危告警",
        "起",
        Some(now.severe()),
        known.then_some(before.severe()),
        (
            links.alerts("&level=critical&level=high"),
            "最新版本的时间在本期内、级别为严重或高危的告警，同一告警只计一次",
        ),
        parts::reason(view, classes, |levels| levels.severe()),
    );
    put(
        "alerts.total",
        "告警总数",
        "起",
        Some(now.total()),
        known.then_some(before.total()),
        (links.alerts(""), "最新版本的时间在本期内的告警，同一告警只计一次"),
        parts::reason(view, classes, |levels| levels.total()),
    );
    for (id, name, class) in
        [("alerts.ransomware", "勒索病毒告警", "ransomware"), ("alerts.data", "数据安全与统方告警", "data")]
    {
        let is = |rule: &super::RuleFacts| classes.of(&rule.id).is_some_and(|c| c.id == class);
        let (now, before) = (view.levels_of(false, is).total(), view.levels_of(true, is).total());
        let query = (links.alerts(""), "按规则归类的告警，归类见数据文件");
        put(id, name, "起", Some(now), known.then_some(before), query, String::new());
    }
    let events = (String::new(), "本期内收到的日志与流记录条数，按采集器收到的时间");
    let (sum, sum_before) = (view.sum(|u| u.events), view.sum(|u| u.events_before));
    let why = parts::events_reason(view);
    put("events.total", "采集数据量", "条", Some(sum), known.then_some(sum_before), events, why);
    if view.is_one_unit() {
        let quiet = view.sum(super::UnitFacts::quiet);
        let sources = (links.units(), "截至本期末静默或从未上报的来源");
        let why = format!("共应有{}个来源", view.sum(|u| u.sources));
        put("sources.quiet", "静默来源", "个", Some(quiet), None, sources, why);
    } else {
        let dark = view.units.iter().filter(|u| u.is_dark()).count() as u64;
        let state = || (links.units(), "截至本期末至少一个来源在报的单位；全部静默或从未上报的为不可见");
        let seen = view.units.len() as u64 - dark;
        let why = format!("共{}家单位在册", view.units.len());
        put("units.seen", "在报单位", "家", Some(seen), None, state(), why);
        put("units.dark", "不可见单位", "家", Some(dark), None, state(), parts::dark_reason(view));
    }
    let new = (String::new(), "首次发现时间在本期内的设备");
    put("assets.new", "新发现设备", "台", Some(view.sum(|u| u.assets_new)), None, new, String::new());
    for (asked, why) in handling::figures(view, links).into_iter().chain(exposure::figures(view, links)) {
        out.push(Figure::new(asked, last, why));
    }
    out
}

/// Of the figures of alerts and sources those that stand on page one: eight figures are as many as a leader reads.
const FRONT: [&str; 3] = ["alerts.severe", "sources.quiet", "units.dark"];

/// At most so many units on page one.
const WORST: usize = 3;

fn worst(view: &View<'_>, links: &Links) -> Vec<Worst> {
    if view.is_one_unit() {
        return Vec::new();
    }
    let groups = view.groups();
    let lines = groups.iter().filter(|g| g.weight() > 0).take(WORST).map(|g| {
        let mut reasons = Vec::new();
        for (count, word) in g.levels.0.iter().zip(["严重", "高危", "中危"]) {
            if *count > 0 {
                reasons.push(format!("{word}告警{}起", grouped(*count)));
            }
        }
        if g.handling.overdue > 0 {
            reasons.push(format!("逾期问题{}项", grouped(g.handling.overdue)));
        }
        if g.quiet > 0 {
            reasons.push(format!("{}个来源中{}个静默", g.sources, g.quiet));
        }
        Worst {
            name: line(&g.name),
            reason: reasons.join("，"),
            handler: if g.handler.is_empty() {
                "登记册未填责任人".to_owned()
            } else {
                line(&g.handler)
            },
            link: if g.unit.is_empty() { String::new() } else { links.of_unit(&g.unit) },
        }
    });
    let mut lines: Vec<_> = lines.collect();
    if *view.edition == Edition::Superior {
        lines.iter_mut().for_each(|l| l.handler = "属地卫生健康行政部门".to_owned());
    }
    lines
}
