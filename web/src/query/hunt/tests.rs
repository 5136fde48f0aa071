//! What is sent (bound, scoped) and what comes back from the real engine.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ward_event::{Micros, UnitId, clock::Clock, register::Register, time::Calendar};

use super::*;
use crate::{
    common,
    hunt::{Fault, FieldTest, LENGTH_MAX, Pattern, Test, fields, parse},
    show::Zone,
};

fn register() -> Register {
    common::seed::register()
}

fn terms(register: &Register) -> Terms<'_> {
    Terms { register, zone: Zone::new(Calendar::shanghai()) }
}

fn asked(text: &str) -> Result<Expr, Fault> {
    let node = parse(text).map_err(|f| f.fault)?;
    compile::compile(&node, &terms(&register())).map_err(|f| f.fault)
}

fn statement(text: &str, scope: &Scope) -> String {
    let node = parse(text).expect("a query");
    let query = HuntQuery::new(&node, &terms(&register()), Micros(0), Micros(1_000_000)).expect("meant");
    let sql = query.select(Expr::new(&["count()"], []), scope, query.from, query.to);
    sql.query(&clickhouse::Client::default()).sql_display().to_string()
}

#[test]
fn a_query_becomes_a_condition_with_everything_bound() {
    let text = |query: &str| asked(query).map(|e| e.text().to_owned());
    let cases = [
        ("*", "1"),
        ("user:wang", "(lower(t.user_name) = ?)"),
        ("用户:w*", "(lower(t.user_name) LIKE ?)"),
        ("src:10.0.0.1", "(t.src_ip = toIPv6(?))"),
        ("src:10.0.0.0/8", "((t.src_ip >= toIPv6(?) AND t.src_ip <= toIPv6(?)))"),
        ("class:身份认证", "(t.class_uid = ?)"),
        ("severity:>=high", "(t.severity_id >= ?)"),
        ("unit:h01", "(t.hospital IN ?)"),
        ("port:(22, 23)", "(((t.src_port = ?) OR t.dst_port = ?))"),
        ("unmapped.a:b", "lower(t.unmapped[?]) = ?"),
        ("exists:unmapped.a", "mapContains(t.unmapped, ?)"),
        ("wang", "(positionCaseInsensitive(t.message, ?) > 0 OR positionCaseInsensitive(t.raw, ?) > 0)"),
        ("wa?g", "(lower(t.message) LIKE ? OR lower(t.raw) LIKE ?)"),
        ("NOT a:b", ""),
    ];
    for (query, expected) in cases {
        match text(query) {
            Ok(sql) if query.starts_with("port") => assert_eq!(sql.matches('?').count(), 4, "{sql}"),
            Ok(sql) => assert_eq!(sql, expected, "{query}"),
            Err(fault) => assert!(matches!(fault, Fault::UnknownField { .. }), "{query}: {fault:?}"),
        }
    }
}

#[test]
fn what_a_field_cannot_be_asked_is_told() {
    let fault = |query: &str| asked(query).expect_err(query);
    assert_eq!(fault("scr_ip:1"), Fault::UnknownField { name: "scr_ip".into(), like: Some("src_ip") });
    assert_eq!(fault("dst_port:http"), Fault::NotNumber("http".into()));
    assert_eq!(fault("dst_port:8*"), Fault::NoWildcard("dst_endpoint.port".into()));
    assert_eq!(fault("dst_port:/8/"), Fault::NoRegex("dst_endpoint.port".into()));
    assert_eq!(fault("user:>5"), Fault::NoOrder("user.name".into()));
    assert_eq!(fault("src:x"), Fault::NotAddress("x".into()));
    assert_eq!(fault("src:/10/"), Fault::NoRegex("src_endpoint.ip".into()));
    assert_eq!(fault("time:>yesterday"), Fault::NotTime("yesterday".into()));
    assert_eq!(fault("class:x"), Fault::UnknownClass("x".into()));
    assert_eq!(fault("unmapped.n:>x"), Fault::NotNumber("x".into()));
    let node = parse("a AND user:>5").expect("a query");
    let at = compile::compile(&node, &terms(&register())).expect_err("no order").span;
    assert_eq!((at.start, at.end), (11, 13));
}

#[test]
fn scope_comes_first_and_cannot_be_argued_away() {
    let scope = Scope::one(UnitId::new("h02").expect("an id"));
    for query in ["* OR *", "unit:h01 OR NOT unit:h02", "a) OR (b", "\"') OR 1=1 --\"", "NOT *"] {
        if parse(query).is_err() {
            continue;
        }
        let sql = statement(query, &scope);
        let (front, condition) =
            sql.split_at(sql.find(" AND (").or(sql.find(" AND NOT")).unwrap_or(sql.len()));
        assert!(
            front.starts_with("SELECT count() FROM events AS t WHERE t.hospital IN ['h02'] AND t.time >="),
            "{sql}"
        );
        // Nothing of the condition leaves its parentheses.
        let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
        for c in condition.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\'' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            assert!(depth >= 0, "{sql}");
        }
        assert!(depth == 0 && !quoted, "{sql}");
    }
    assert!(statement("*", &Scope::Units(BTreeSet::new())).contains(" WHERE 0 AND "));
}

/// The same shape with another value in every place.
fn with_other_values(node: &Node) -> Node {
    let test = |test: &Test| -> Test {
        match test {
            Test::Is(p) if p.as_literal().is_some_and(|t| !t.is_empty()) => Test::Is(Pattern::literal("x")),
            Test::Regex(_) => Test::Regex("x".into()),
            other => other.clone(),
        }
    };
    match node {
        Node::Field(FieldTest { name, test: t, .. }) => {
            let name = if fields::resolve(name).is_some_and(|t| matches!(t, Target::Source(_))) {
                "unmapped.x"
            } else {
                name
            };
            Node::field(name, test(t))
        }
        Node::Word(p) if p.as_literal().is_some_and(|t| !t.is_empty()) => Node::Word(Pattern::literal("x")),
        Node::Not(node) => with_other_values(node).not(),
        Node::And(nodes) => Node::And(nodes.iter().map(with_other_values).collect()),
        Node::Or(nodes) => Node::Or(nodes.iter().map(with_other_values).collect()),
        other => other.clone(),
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\\"),
        Just("?"),
        Just("??"),
        Just("')"),
        Just(" OR 1=1"),
        Just("--"),
        Just("/*"),
        Just("{x:String}"),
        Just("\0"),
        Just("\n"),
        Just("%"),
        Just("_"),
        Just("`"),
        Just("\""),
        Just(";"),
        Just("t.hospital"),
        Just("王"),
        Just("a"),
        Just("9"),
    ];
    proptest::collection::vec(piece, 1..8).prop_map(|parts| parts.concat())
}

fn node() -> impl Strategy<Value = Node> {
    let name = prop_oneof![
        Just("user".to_owned()),
        Just("host".to_owned()),
        Just("message".to_owned()),
        hostile().prop_map(|name| fields::source_name(&name)),
        hostile(),
    ];
    let test = prop_oneof![
        Just(Test::Exists),
        hostile().prop_map(|text| Test::Is(Pattern::literal(&text))),
        hostile().prop_map(Test::Regex),
    ];
    let leaf = prop_oneof![
        hostile().prop_map(|text| Node::Word(Pattern::literal(&text))),
        (name, test).prop_map(|(name, test)| Node::field(&name, test)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let many = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![inner.clone().prop_map(Node::not), many().prop_map(Node::And), many().prop_map(Node::Or)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// No value and no source's field name has any influence on the text of a statement.
    #[test]
    fn hostile_values_are_bound(node in node()) {
        let register = register();
        let (one, other) = (compile::compile(&node, &terms(&register)), compile::compile(&with_other_values(&node), &terms(&register)));
        if let (Ok(one), Ok(other)) = (one, other) {
            prop_assert_eq!(one.text(), other.text());
        }
    }

    #[test]
    fn nothing_typed_panics(text in hostile()) {
        if text.len() <= LENGTH_MAX {
            for front in ["", "user:", "src:", "bytes:>", "time:[", "unit:", "class:", "unmapped.a:"] {
                let _ = asked(&format!("{front}{text}"));
            }
        }
    }
}

/// Five events whose values the queries below tell apart.
async fn rows(store: &ward_store::Store, now: Micros) {
    let ms = |seconds: i64| common::seed::decimal_ms(now.0 - seconds * 1_000_000);
    let time = |seconds: i64| common::seed::decimal(now.0 - seconds * 1_000_000);
    let line = |n: u32, unit: &str, rest: String| {
        let at = i64::from(n) * 10;
        format!("('{unit}', '{unit}', 'p', {n}, {}, {}, {}, {rest})", time(at), time(at), ms(at))
    };
    let map = "map('LogonType', '10', 'Odd ''name', 'It''s 100%', 'n', '42.5')";
    let values = [
        line(1, "h01", format!("'ok', 3002, 4, 'windows', 'Failed password for WangFang', '', 'WangFang', '', 'HIS-DB-01', toIPv6('10.12.3.77'), toIPv6('192.168.1.1'), 3389, [], {map}")),
        line(2, "h01", "'ok', 4001, 1, 'netflow', '', '', '', '', '', toIPv6('10.200.0.1'), toIPv6('2001:db8::7'), 443, [], map()".into()),
        line(3, "h02", "'skewed', 3002, 2, 'syslog', '', 'raw only: 登录失败 C:\\\\Windows\\\\cmd.exe', 'root', '', 'web', toIPv6('172.16.0.9'), toIPv6('::'), 22, [], map('n', 'seven')".into()),
        line(4, "h02", "'ok', 4002, 1, 'eve', 'GET /a?b=1_2%', '', '', 'svc_lis', '', toIPv6('::'), toIPv6('10.12.3.78'), 0, ['dst_port'], map('a.b', 'x')".into()),
        line(5, "unattributed", "'ok', 0, 0, 'syslog', 'nothing', '', '', '', '', toIPv6('::'), toIPv6('::'), 0, [], map()".into()),
    ];
    common::seed::run(store, &format!(
        "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, severity_id, format,
         message, raw, user_name, actor_user_name, device_hostname, src_ip, dst_ip, dst_port, explicit, unmapped) VALUES {}",
        values.join(", "))).await;
}

/// Query, and the numbers of the events it finds.
const FOUND: &[(&str, &[u64])] = &[
    ("*", &[1, 2, 3, 4, 5]),
    ("wangfang", &[1]),
    ("\"failed PASSWORD\"", &[1]),
    ("失败", &[3]),
    (r"C:\\Windows", &[]),
    (r#""C:\Windows\cmd.exe""#, &[3]),
    ("\"1_2%\"", &[4]),
    ("\"1x2\"", &[]),
    ("user:WANGFANG", &[1]),
    ("user:wang*", &[1]),
    ("user:w?ngfang", &[1]),
    ("user:wang", &[]),
    ("account:(root, svc_lis)", &[3, 4]),
    ("账号:svc_*", &[4]),
    ("exists:user", &[1, 3]),
    ("NOT user:*", &[2, 4, 5]),
    ("NOT user:root", &[1, 2, 4, 5]),
    ("src:10.12.3.77", &[1]),
    ("src_ip:10.0.0.0/8", &[1, 2]),
    ("ip:10.12.*", &[1, 4]),
    ("dst:2001:db8::/32", &[2]),
    ("src:[10.12.3.0 TO 10.12.3.99]", &[1]),
    ("exists:src", &[1, 2, 3]),
    ("dst_port:(22, 443)", &[2, 3]),
    ("port:[1 TO 1024]", &[2, 3]),
    ("port:{22 TO *]", &[1, 2]),
    ("dport:>=443", &[1, 2]),
    ("exists:dst_port", &[1, 2, 3, 4]),
    ("class:身份认证 OR class:HTTP访问 OR class:\"HTTP 访问\"", &[]),
    ("class:(身份认证, \"HTTP 访问\")", &[1, 3, 4]),
    ("severity:>=low", &[1, 3]),
    ("级别:高危", &[1]),
    ("unit:h01", &[1, 2]),
    ("单位:云州市中医院", &[3, 4]),
    ("单位:*人民医院", &[1, 2]),
    ("unit:未归属", &[5]),
    ("NOT unit:(h01, h02)", &[5]),
    ("format:(windows OR eve)", &[1, 4]),
    ("time_quality:skewed", &[3]),
    ("unmapped.LogonType:10", &[1]),
    ("unmapped.logontype:10", &[]),
    ("\"unmapped.Odd 'name\":\"it's 100%\"", &[1]),
    ("\"unmapped.Odd 'name\":*100\\%", &[1]),
    ("unmapped.n:>42", &[1]),
    ("unmapped.n:[0 TO 42]", &[]),
    ("NOT unmapped.n:>42", &[2, 3, 4, 5]),
    ("exists:unmapped.n", &[1, 3]),
    ("unmapped.a.b:x", &[4]),
    ("message:/^failed.*fang$/", &[1]),
    ("/cmd\\.exe$/", &[3]),
    ("message:(*password*, /^GET/)", &[1, 4]),
    ("seq:[2 TO 4} AND (user:root OR format:netflow)", &[2, 3]),
    ("time:>2000-01-01 AND time:<2000-01-02", &[]),
    ("", &[1, 2, 3, 4, 5]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_finds_what_is_meant() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    rows(&store, now).await;
    let reader = Reader::new(store.reader().clone());
    let register = register();
    let from = Micros(now.0 - 3_600_000_000);
    let query = |text: &str| {
        let node = parse(text).unwrap_or_else(|f| panic!("{text}: {f:?}"));
        HuntQuery::new(&node, &terms(&register), from, now)
    };
    let names =
        ["user", "unit", "src", "port", "account", "received", "message", "raw", "unmapped.n", "start_time"];
    let targets: Vec<_> = names.iter().filter_map(|n| fields::resolve(n)).collect();
    let own = Scope::one(UnitId::new("h02").expect("an id"));
    let found = async |scope: &Scope, text: &str, limit: usize, after: Option<Place>| {
        let Ok(query) = query(text) else { return Vec::new() };
        let mut walk = Walk::new(reader.clone(), scope.clone(), query, targets.clone(), after, limit);
        let mut rows = Vec::new();
        while let Some(step) = walk.next().await {
            rows.extend(step.expect("rows").rows);
        }
        rows
    };
    let seqs = |rows: &[HuntRow]| rows.iter().map(|r| r.seq).collect::<Vec<_>>();
    for (text, expected) in FOUND {
        assert_eq!(seqs(&found(&Scope::All, text, 100, None).await), *expected, "{text}");
        let of_own: Vec<u64> = expected.iter().copied().filter(|n| [3, 4].contains(n)).collect();
        assert_eq!(seqs(&found(&own, text, 100, None).await), of_own, "{text} in h02");
    }
    // Pages go on where they ended.
    let first = found(&Scope::All, "*", 2, None).await;
    let second = found(&Scope::All, "*", 9, first.last().map(Place::of)).await;
    assert_eq!((seqs(&first), seqs(&second)), (vec![1, 2], vec![3, 4, 5]));
    assert_eq!(first[0].cells.len(), names.len());
    assert_eq!(first[0].cells[..3], ["WangFang", "h01", "::ffff:10.12.3.77"]);
    counts(&reader, &query("*").expect("meant"), &own).await;
    store.close().await;
}

async fn counts(reader: &Reader, query: &HuntQuery, own: &Scope) {
    let parts = Parts { base: query.from.0, step: 60_000_000 };
    let summary = async |scope: &Scope, query: &HuntQuery, fields: &[&'static FieldInfo]| {
        reader.hunt_summary(scope, query, parts, fields).await.expect("counts")
    };
    let known = |name: &str| match fields::resolve(name) {
        Some(Target::Known(field)) => field,
        other => panic!("{name}: {other:?}"),
    };
    let all: Vec<_> = fields::all().iter().filter(|f| f.is_countable()).collect();
    let Summary { buckets, tops } = summary(&Scope::All, query, &all).await;
    assert_eq!(tops.len(), all.len());
    assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u64>(), 5);
    assert!(buckets.is_sorted() && buckets.iter().all(|(index, _)| (0..60).contains(index)), "{buckets:?}");
    // By their names the same, and of nothing nothing.
    let by_name = query.only((1..=5).map(|seq| ("p".into(), seq)).collect());
    assert_eq!(summary(&Scope::All, &by_name, &all).await, Summary { buckets, tops });
    let nothing = summary(&Scope::All, &query.only(Vec::new()), &[known("class")]).await;
    assert_eq!(nothing, Summary { buckets: Vec::new(), tops: vec![Vec::new()] });
    let tops = summary(own, query, &[known("class"), known("src")]).await.tops;
    assert_eq!(tops[0].len(), 2);
    assert!(tops[1].contains(&("::ffff:172.16.0.9".into(), 1, 0)), "{tops:?}");
    let values = async |scope: &Scope, name: &str, prefix: &str| {
        let target = fields::resolve(name).expect("a field");
        let rows = reader.hunt_values(scope, query, &target, prefix, 9).await.expect("values");
        rows.into_iter().map(|r| format!("{} {}", r.value, r.count)).collect::<Vec<_>>()
    };
    assert_eq!(values(&Scope::All, "format", "").await, ["syslog 2", "eve 1", "netflow 1", "windows 1"]);
    assert_eq!(values(&Scope::All, "user", "WA").await, ["WangFang 1"]);
    assert_eq!(values(own, "unmapped.a.b", "").await, ["x 1"]);
    assert_eq!(values(own, "user", "wang").await, [""; 0]);
    let tail = |since: i64| {
        let target = vec![crate::hunt::fields::Target::Source("n".into())];
        async move { reader.hunt_tail(&Scope::All, query, &target, Micros(query.to.0 - since), 9).await }
    };
    assert_eq!(tail(25_000_000).await.expect("rows").len(), 2);
    assert_eq!(tail(1).await.expect("rows").len(), 0);
}
