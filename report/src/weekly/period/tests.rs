//! Periods, their names and their numbers.

use super::*;

const C: Calendar = Calendar::shanghai();

fn week(text: &str) -> Week {
    text.parse().expect("a week")
}

#[test]
fn a_week_ends_at_its_cut_off_and_follows_the_one_before_without_a_gap() {
    let cutoff = Cutoff { weekday: 4, hour: 24 };
    let p = Period::of(week("2026-W47"), cutoff, C);
    assert_eq!(crate::text::moment(C, p.to), "2026年11月19日24时");
    assert_eq!(crate::text::stamp(C, p.from), "2026-11-13 00:00");
    let before = p.before(C).expect("a week before");
    assert_eq!((before.to, before.span), (p.from, Span::Week(week("2026-W46"))));
    assert_eq!(before, Period::of(week("2026-W46"), cutoff, C));
    // Over the turn of the year: 2026 has 53 weeks.
    let first = Period::of(week("2027-W01"), cutoff, C);
    assert_eq!(first.before(C).map(|p| p.span), Some(Span::Week(week("2026-W53"))));
}

#[test]
fn months_quarters_and_special_days_are_whole_and_follow_each_other() {
    let of = |kind: &str, text: &str| {
        let span = Span::parse(kind, text).expect("a period");
        assert_eq!((span.to_string().as_str(), span.kind()), (text, kind));
        Period::of(span, Cutoff { weekday: 4, hour: 24 }, C)
    };
    let ends = |p: Period| (crate::text::stamp(C, p.from), crate::text::moment(C, p.to));
    let month = of("monthly", "2026-02");
    assert_eq!(ends(month), ("2026-02-01 00:00".into(), "2026年2月28日24时".into()));
    assert_eq!(month.before(C).map(ends), Some(("2026-01-01 00:00".into(), "2026年1月31日24时".into())));
    let january = of("monthly", "2027-01");
    assert_eq!(january.before(C).map(|p| p.span.to_string()), Some("2026-12".into()));
    let quarter = of("quarterly", "2026Q4");
    assert_eq!(ends(quarter), ("2026-10-01 00:00".into(), "2026年12月31日24时".into()));
    assert_eq!(of("quarterly", "2026Q1").before(C).map(|p| p.span.to_string()), Some("2025Q4".into()));
    let special = of("special", "2026-11-01..2026-11-03");
    assert_eq!((special.days(), ends(special).1.as_str()), (3, "2026年11月3日24时"));
    assert_eq!(special.before(C).map(|p| p.span.to_string()), Some("2026-10-29..2026-10-31".into()));
    let now = of("monthly", "2026-11").to;
    let cutoff = Cutoff { weekday: 4, hour: 24 };
    let closed = |kind| Span::last_closed(kind, C, cutoff, Micros(now.0 - 1)).map(|s| s.to_string());
    assert_eq!((closed("monthly"), closed("quarterly")), (Some("2026-10".into()), Some("2026Q3".into())));
    assert_eq!(closed("special"), None);
    let issue = |kind, text| Span::parse(kind, text).expect("a period").issue(week("2026-W10"));
    assert_eq!(issue("monthly", "2026-03"), Issue { number: 1, running: 1 });
    assert_eq!(issue("monthly", "2027-01"), Issue { number: 1, running: 11 });
    assert_eq!(issue("quarterly", "2026Q4"), Issue { number: 4, running: 4 });
    let november = Span::parse("monthly", "2026-11").expect("a period").issue(week("2026-W01"));
    assert_eq!(november, Issue { number: 11, running: 11 }, "the first week began in December");
    for (kind, text) in [
        ("monthly", "2026-13"),
        ("monthly", "2026-1"),
        ("quarterly", "2026Q5"),
        ("special", "2026-11-03..2026-11-01"),
        ("special", "2024-01-01..2026-01-01"),
        ("yearly", "2026"),
    ] {
        assert!(Span::parse(kind, text).is_err(), "{kind} {text}");
    }
}

#[test]
fn a_period_is_stored_as_it_always_was() {
    let p = Period::of(week("2026-W47"), Cutoff { weekday: 4, hour: 24 }, C);
    let json = serde_json::to_string(&p).expect("JSON");
    let old = format!("{{\"week\":{{\"year\":2026,\"week\":47}},\"from\":{},\"to\":{}}}", p.from.0, p.to.0);
    assert_eq!(json, old);
    assert_eq!(serde_json::from_str::<Period>(&old).expect("a period"), p);
}

#[test]
fn the_last_closed_week_is_the_one_whose_cut_off_has_passed() {
    let cutoff = Cutoff { weekday: 5, hour: 12 };
    let end = Period::of(week("2026-W47"), cutoff, C).to;
    assert_eq!(Week::last_closed(C, cutoff, end), Some(week("2026-W47")));
    assert_eq!(Week::last_closed(C, cutoff, Micros(end.0 - 1)), Some(week("2026-W46")));
}

#[test]
fn issues_are_numbered_by_the_year_and_from_the_first() {
    let first = week("2026-W10");
    assert_eq!(week("2026-W10").issue(first), Issue { number: 1, running: 1 });
    assert_eq!(week("2026-W47").issue(first), Issue { number: 38, running: 38 });
    assert_eq!(week("2027-W02").issue(first), Issue { number: 2, running: 46 });
}

#[test]
fn what_is_no_week_is_refused() {
    for text in ["2026-47", "2026-W54", "2026-W00", "W47", "2026-W4a", ""] {
        assert!(text.parse::<Week>().is_err(), "{text}");
    }
    assert_eq!(week("2026-W07").to_string(), "2026-W07");
}
