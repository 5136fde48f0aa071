//! Page one's verdict, by thresholds that are data. What is not seen never makes a week calmer.

use serde::Deserialize;

use super::{Facts, Verdict, Weekly, view::View};
use crate::{ReportError, text::grouped};

const BUILT_IN: &str = include_str!("../../data/verdict.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub version: String,
    unclear_dark_percent: u64,
    serious_critical: u64,
    serious_units_percent: u64,
    attention_dark_percent: u64,
    attention_growth_percent: u64,
}

impl Thresholds {
    pub(super) fn built_in() -> Result<Self, ReportError> {
        toml::from_str(BUILT_IN).map_err(|e| ReportError::Refused(format!("verdict: {e}")))
    }
}

/// From calm to unclear.
const GRADES: [(&str, &str); 4] =
    [("calm", "总体平稳"), ("attention", "需要关注"), ("serious", "形势严峻"), ("unclear", "情况不明")];

pub(super) fn judge(facts: &Facts, view: &View<'_>, limits: &Thresholds, last: Option<&Weekly>) -> Verdict {
    let units = view.units.len() as u64;
    let dark = view.units.iter().filter(|u| u.is_dark()).count() as u64;
    let (now, before) = (view.levels(false), view.levels(true));
    let hit = view.units.iter().filter(|u| view.of_unit(&u.id, false).0[0] > 0).count() as u64;
    // Where there is no unit, nothing is seen.
    let share = |part: u64| (part * 100).checked_div(units).unwrap_or(100);
    let grown =
        facts.has_before && now.severe() * 100 > before.severe() * (100 + limits.attention_growth_percent);
    // A longer time has more of them: as many in a week.
    let serious = limits.serious_critical * facts.period.days().max(7) / 7;
    let at = if share(dark) >= limits.unclear_dark_percent {
        3
    } else if now.0[0] >= serious || (hit > 0 && share(hit) >= limits.serious_units_percent) {
        2
    } else if now.0[0] > 0 || share(dark) >= limits.attention_dark_percent || (grown && now.severe() > 0) {
        1
    } else {
        0
    };
    let (grade, word) = GRADES[at];
    let subject = &view.subject;
    let alerts = if now.severe() == 0 {
        "未发现严重、高危告警".to_owned()
    } else {
        let places = if view.is_one_unit() {
            String::new()
        } else {
            let count = view.units.iter().filter(|u| view.of_unit(&u.id, false).severe() > 0).count();
            format!("，涉及{count}家单位")
        };
        format!("发生严重告警{}起、高危告警{}起{places}", grouped(now.0[0]), grouped(now.0[1]))
    };
    let seen = match (dark, view.is_one_unit()) {
        (0, false) => format!("{units}家单位均有数据"),
        (0, true) => "数据来源在报".to_owned(),
        (_, true) => "但全部数据来源静默，实际情况不可见".to_owned(),
        (n, false) => format!("另有{n}家单位（共{units}家）没有数据，其情况不可见"),
    };
    let overdue = view.handling(false).overdue;
    let late =
        if overdue > 0 { format!("；逾期未整改问题{}项", grouped(overdue)) } else { String::new() };
    let time = facts.period.span.words().0;
    let sentence = format!("{time}{subject}网络安全态势{word}：{alerts}；{seen}{late}。");
    let rank = |grade: &str| GRADES.iter().position(|(g, _)| *g == grade);
    let change = match last.and_then(|w| Some((rank(&w.verdict.grade)?, w))) {
        None => "本期起编发，无上期研判可比。".to_owned(),
        Some((before, w)) if before == at => format!("与上期“{}”一致。", w.verdict.word),
        // Unclear is neither better nor worse than anything.
        Some((before, w)) if before == 3 || at == 3 => format!("上期为“{}”。", w.verdict.word),
        Some((before, w)) => {
            format!("较上期“{}”有所{}。", w.verdict.word, if at > before { "上升" } else { "缓和" })
        }
    };
    Verdict { grade: grade.to_owned(), word: word.to_owned(), sentence, change }
}
