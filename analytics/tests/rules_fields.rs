//! How a rule finds its fields in an event, and which events it is shown.

use std::time::Instant;

use ward_analytics::rules::{Match, RuleSet, pack};
use ward_event::{Event, Field, Format, control::RuleFile, ocsf};

fn rules(logsource: &str, detection: &str) -> RuleSet {
    let text = format!(
        "title: T\nid: 55555555-5555-4555-8555-555555555555\nlogsource: {{{logsource}}}\ndetection:\n    s:\n{detection}\n    condition: s\n"
    );
    let (rules, refused) = RuleSet::load(&[RuleFile { path: "t.yml".into(), text }]);
    assert_eq!(refused, []);
    rules
}

fn matches(rules: &RuleSet, event: &Event) -> Vec<Match> {
    let mut out = Vec::new();
    rules.evaluate(event, &mut out);
    out
}

/// Whether a rule of Windows' security log with this item fires on an event with these fields.
fn fires(item: &str, fields: &[(&str, &str, bool)]) -> bool {
    let mut event = Event::new(ocsf::BASE_EVENT, 0);
    event.format = Some(Format::Windows);
    event.push_unmapped("Channel", "Security");
    for (name, value, is_json) in fields {
        if *is_json { event.push_unmapped_json(*name, *value) } else { event.push_unmapped(*name, *value) }
    }
    let rules = rules("product: windows, service: security", &format!("        {item}"));
    !matches(&rules, &event).is_empty()
}

#[test]
fn a_field_is_found_wherever_the_shipper_puts_it() {
    for name in [
        "TargetUserName",
        "winlog.event_data.TargetUserName",
        "Event.EventData.TargetUserName",
        "EventData.TargetUserName",
        "Event.UserData.EventXML.TargetUserName",
    ] {
        assert!(fires("TargetUserName: zhang", &[(name, "Zhang", false)]), "{name}");
    }
    assert!(!fires("TargetUserName: zhang", &[("other.TargetUserName", "zhang", false)]));
    // A field of the very name goes before one below a prefix, in either order.
    let (own, below) = (("A", "own", false), ("EventData.A", "below", false));
    assert!(fires("A: own", &[own, below]) && fires("A: own", &[below, own]));
    for name in
        ["SourceName", "ProviderName", "winlog.provider_name", "Event.System.Provider.#attributes.Name"]
    {
        assert!(fires("Provider_Name: p", &[(name, "p", false)]), "{name}");
    }
    for name in ["EventID", "winlog.event_id", "event_id", "Event.System.EventID"] {
        assert!(fires("EventID: 4624", &[(name, "4624", true)]), "{name} as a number");
        assert!(fires("EventID: 4624", &[(name, "4624", false)]), "{name} as a text");
    }
}

#[test]
fn values_keep_their_type() {
    assert!(fires("A|gte: 10", &[("A", "10.5", true)]));
    assert!(!fires("A|gte: 11", &[("A", "10.5", true)]));
    assert!(fires("A: true", &[("A", "true", true)]));
    assert!(fires("A: null", &[("A", "null", true)]));
    assert!(fires("A: null", &[]));
    assert!(!fires("A: null", &[("A", "", false)]));
    assert!(fires("A|exists: true", &[("A", "", false)]));
    assert!(fires("A|cidr: 10.0.0.0/8", &[("A", "10.1.2.3", false)]));
}

#[test]
fn every_member_of_a_list_counts() {
    assert!(fires("A: b", &[("A", r#"["a","b"]"#, true)]));
    assert!(fires("A: 3", &[("A", "[1,2,3]", true)]));
    assert!(fires("A.B.C: y", &[("A.B", r#"[{"C":"x"},{"C":"y"}]"#, true)]));
    assert!(!fires("A.B.C: z", &[("A.B", r#"[{"C":"x"},{"C":"y"}]"#, true)]));
    for n in 1..=3 {
        let value = |i: i32| if i == n { "hit" } else { "miss" };
        let fields = [("A", value(1), false), ("A#2", value(2), false), ("A#3", value(3), false)];
        assert!(fires("A: hit", &fields), "the {n}. of three");
    }
}

#[test]
fn hot_fields_the_message_and_escaped_dots_are_found() {
    let mut event = Event::new(ocsf::DATASTORE_ACTIVITY, 4);
    event.format = Some(Format::Syslog);
    event.set_text(Field::QueryString, "select 1");
    event.set_uint(Field::Rows, 12);
    event.set_ip_text(Field::SrcIp, "10.0.0.9");
    event.push_unmapped(r"id\.orig_h", "10.0.0.9");
    event.message = "audit record".to_owned();
    for item in [
        "query_info.query_string|startswith: SELECT",
        "ward.rows: 12",
        "src_endpoint.ip|cidr: 10.0.0.0/24",
        "id.orig_h: 10.0.0.9",
        "message|contains: record",
        "class_uid: 6005",
    ] {
        let rules = rules("category: database", &format!("        {item}"));
        let found = matches(&rules, &event);
        assert_eq!(found.len(), 1, "{item}");
        assert_eq!(found[0].fields[0].0, item.split(['|', ':']).next().expect("a name"));
    }
}

#[test]
fn an_event_is_shown_only_the_rules_of_its_log_source() {
    let event = |format, channel: &str, id: &str| {
        let mut event = Event::new(ocsf::BASE_EVENT, 0);
        event.format = Some(format);
        event.push_unmapped("Channel", channel);
        event.push_unmapped("EventID", id);
        event.push_unmapped("A", "x");
        event
    };
    let seen = |logsource: &str, event: &Event| !matches(&rules(logsource, "        A: x"), event).is_empty();
    let sysmon = event(Format::Windows, "Microsoft-Windows-Sysmon/Operational", "1");
    assert!(seen("product: windows, category: process_creation", &sysmon));
    assert!(seen("category: process_creation", &sysmon));
    assert!(seen("product: windows, service: sysmon", &sysmon));
    assert!(seen("product: windows", &sysmon));
    for other in [
        "product: windows, category: image_load",
        "product: windows, service: security",
        "product: linux",
        "category: webserver",
    ] {
        assert!(!seen(other, &sysmon), "{other}");
    }
    // Channels in any case; what has a channel is Windows whatever the way it came.
    assert!(seen("product: windows, service: security", &event(Format::Windows, "security", "4624")));
    assert!(seen("product: windows, service: security", &event(Format::Jsonl, "Security", "4624")));
    let mut sshd = event(Format::Syslog, "", "");
    sshd.unmapped.retain(|f| f.name == "A");
    sshd.push_unmapped("appname", "sshd");
    for logsource in ["product: linux, service: sshd", "product: linux, service: auth", "product: linux"] {
        assert!(seen(logsource, &sshd), "{logsource}");
    }
    assert!(!seen("product: linux, service: cron", &sshd) && !seen("product: windows", &sshd));
    for (kind, logsource) in [
        ("alert", "product: suricata, service: alert"),
        ("tls", "product: suricata, service: tls"),
        ("http", "category: webserver"),
        ("dns", "category: dns"),
    ] {
        let mut eve = event(Format::Eve, "", "");
        eve.unmapped.retain(|f| f.name == "A");
        eve.push_unmapped("event_type", kind);
        assert!(seen(logsource, &eve), "{logsource}");
        assert!(!seen("product: suricata, service: anomaly", &eve));
    }
}

#[test]
fn keywords_are_found_in_any_value_and_in_no_name() {
    let rules = rules("product: windows", "        - sekurlsa\n        - 'gentil*kiwi'");
    let mut event = Event::new(ocsf::BASE_EVENT, 0);
    event.format = Some(Format::Windows);
    event.push_unmapped("sekurlsa", "name only");
    assert!(matches(&rules, &event).is_empty());
    event.push_unmapped("B", "run SEKURLSA::x");
    let found = matches(&rules, &event);
    assert_eq!(found[0].fields, [("keyword".to_owned(), "run SEKURLSA::x".to_owned())]);
    // Beside text of another script, where lower case is more than bytes.
    event.unmapped.pop();
    event.push_unmapped("C", "执行 Gentil Kiwi");
    assert_eq!(matches(&rules, &event).len(), 1);
    event.unmapped.clear();
    event.message = "gentilkiwi".to_owned();
    assert_eq!(matches(&rules, &event).len(), 1);
}

#[test]
fn placeholders_stand_for_what_is_defined_and_else_for_nothing() {
    let rule = RuleFile { path: "r/t.yml".into(), text: "title: T\nid: 55555555-5555-4555-8555-555555555555\nlogsource: {product: windows}\ndetection:\n    s:\n        User|expand: '%Admins%'\n    condition: s\n".into() };
    let defined = RuleFile { path: "r/placeholders.yml".into(), text: "Admins: [zhang, 'li*']\n".into() };
    let fires = |files: &[RuleFile], user: &str| {
        let (rules, refused) = RuleSet::load(files);
        assert_eq!(refused, []);
        let mut event = Event::new(ocsf::BASE_EVENT, 0);
        event.format = Some(Format::Windows);
        event.push_unmapped("User", user);
        !matches(&rules, &event).is_empty()
    };
    let both = [rule.clone(), defined];
    assert!(fires(&both, "zhang") && fires(&both, "lisi") && !fires(&both, "wang"));
    assert!(!fires(&[rule], "zhang"));
}

#[test]
fn a_rule_without_its_list_idles_instead_of_alerting_on_everything() {
    let rule = RuleFile { path: "r/t.yml".into(), text: "title: T\nid: 55555555-5555-4555-8555-555555555555\nlogsource: {product: windows}\ndetection:\n    s:\n        Tool: sqlplus\n    f:\n        User|expand: '%Admins%'\n    condition: s and not f\n".into() };
    let lists = |text: &str| RuleFile { path: "placeholders.yml".into(), text: text.into() };
    let run = |files: &[RuleFile]| {
        let (rules, refused) = RuleSet::load(files);
        assert_eq!((refused.len(), rules.infos().len()), (0, 1), "loaded either way");
        let mut event = Event::new(ocsf::BASE_EVENT, 0);
        event.format = Some(Format::Windows);
        event.push_unmapped("Tool", "sqlplus");
        event.push_unmapped("User", "wang");
        let idle: Vec<_> = rules.idle().iter().flat_map(|i| i.lists.clone()).collect();
        (!matches(&rules, &event).is_empty(), idle.join(","))
    };
    assert_eq!(run(std::slice::from_ref(&rule)), (false, "Admins".into()));
    assert_eq!(run(&[rule.clone(), lists("Others: [wang]\n")]), (false, "Admins".into()));
    assert_eq!(run(&[rule.clone(), lists("Admins: [zhang]\n")]), (true, String::new()));
    assert_eq!(run(&[rule.clone(), lists("Admins: [wang]\n")]), (false, String::new()));
    // A list that is there and empty excludes nobody: somebody has said so.
    assert_eq!(run(&[rule, lists("Admins: []\n")]), (true, String::new()));
}

#[test]
fn a_filter_silences_the_rule_it_names() {
    let rule = RuleFile { path: "t.yml".into(), text: "title: T\nid: 55555555-5555-4555-8555-555555555555\nlogsource: {product: windows}\ndetection:\n    s:\n        A: x\n    condition: s\n".into() };
    let filter = |id: &str| RuleFile {
        path: "f.yml".into(),
        text: format!(
            "title: F\nlogsource: {{product: windows}}\nfilter:\n    rules: [{id}]\n    selection:\n        User: backup\n    condition: not selection\n"
        ),
    };
    let mut event = Event::new(ocsf::BASE_EVENT, 0);
    event.format = Some(Format::Windows);
    event.push_unmapped("A", "x");
    let (rules, refused) = RuleSet::load(&[rule.clone(), filter("55555555-5555-4555-8555-555555555555")]);
    assert_eq!(refused, []);
    assert_eq!(matches(&rules, &event).len(), 1);
    event.push_unmapped("User", "backup");
    assert_eq!(matches(&rules, &event).len(), 0);
    let (_, refused) = RuleSet::load(&[rule, filter("66666666-6666-4666-8666-666666666666")]);
    assert_eq!(refused[0].file, "f.yml");
}

#[test]
fn the_version_is_of_paths_and_texts() {
    let file = |path: &str, text: &str| RuleFile { path: path.into(), text: text.into() };
    let version = |files: &[RuleFile]| RuleSet::load(files).0.version().to_owned();
    let (a, b) = (file("a.yml", "x"), file("b.yml", "y"));
    assert_eq!(version(&[a.clone(), b.clone()]), version(&[b.clone(), a.clone()]));
    assert_ne!(version(&[a.clone(), b]), version(&[a, file("b.yml", "z")]));
}

/// Time grows with the text, and only up to a bound, whatever stands in it.
#[test]
fn a_hostile_megabyte_is_judged_in_time() {
    let (rules, _) = RuleSet::load(&pack());
    for text in [
        "a".repeat(1 << 20),
        "../".repeat(350_000),
        "'or 1=1".repeat(150_000),
        "${${${".repeat(170_000),
        "union select ".repeat(80_000),
        "\u{212a}é".repeat(200_000),
    ] {
        for class in [ocsf::HTTP_ACTIVITY, ocsf::DNS_ACTIVITY, ocsf::DATASTORE_ACTIVITY] {
            let mut event = Event::new(class, 1);
            event.format = Some(Format::Syslog);
            event.message.clone_from(&text);
            for name in ["url", "cs-user-agent", "query", "cs-referer"] {
                event.push_unmapped(name, text.as_str());
            }
            event.set_text(Field::QueryString, text.as_str());
            event.set_text(Field::QueryHostname, text.as_str());
            let start = Instant::now();
            matches(&rules, &event);
            assert!(start.elapsed().as_millis() < 2_000, "{:?} for {}…", start.elapsed(), &text[..6]);
        }
    }
}
