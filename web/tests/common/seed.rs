//! Rows of an invented region, by SQL.

use ward_event::{Micros, register::Register};
use ward_store::Store;

/// id, name, English name, kind, grade, locality, share of the region's events (0 for never heard,
/// negative for silent since three hours).
const UNITS: [(&str, &str, &str, &str, &str, &str, i32); 14] = [
    ("h01", "云州市第一人民医院", "Yunzhou First People's Hospital", "hospital", "三级甲等", "澄江区", 9),
    ("h02", "云州市中医院", "Yunzhou Hospital of TCM", "hospital", "三级甲等", "澄江区", 6),
    ("h03", "云州市第二人民医院", "Yunzhou Second People's Hospital", "hospital", "三级乙等", "望川区", 5),
    ("h04", "云州市妇幼保健院", "Yunzhou Maternal and Child Hospital", "maternal", "三级乙等", "望川区", 4),
    ("h05", "青溪县人民医院", "Qingxi County Hospital", "hospital", "二级甲等", "青溪县", 3),
    ("h06", "松坪县人民医院", "Songping County Hospital", "hospital", "二级甲等", "松坪县", 3),
    ("h07", "白鹭县中医院", "Bailu County Hospital of TCM", "hospital", "二级甲等", "白鹭县", -2),
    ("h08", "澄江区人民医院", "Chengjiang District Hospital", "hospital", "二级甲等", "澄江区", 3),
    ("h09", "望川区骨科医院", "Wangchuan Orthopaedic Hospital", "hospital", "二级乙等", "望川区", 2),
    ("h10", "云州市疾病预防控制中心", "Yunzhou CDC", "cdc", "", "澄江区", 2),
    ("h11", "石桥镇中心卫生院", "Shiqiao Township Centre", "township", "一级", "青溪县", 1),
    ("h12", "柳湾社区卫生服务中心", "Liuwan Community Centre", "community", "一级", "望川区", 1),
    ("h13", "云山镇卫生院", "Yunshan Township Centre", "township", "一级", "松坪县", 0),
    ("h14", "云州互联网医院", "Yunzhou Internet Hospital", "internet-hospital", "", "澄江区", 2),
];

/// Where they stand on the demo's map, in the order of [`UNITS`].
const POSITIONS: [[f64; 2]; 14] = [
    [122.45, 29.7],
    [122.39, 29.66],
    [122.53, 29.75],
    [122.56, 29.79],
    [122.2, 29.92],
    [122.75, 29.9],
    [122.7, 29.45],
    [122.47, 29.64],
    [122.59, 29.71],
    [122.43, 29.73],
    [122.26, 29.99],
    [122.62, 29.83],
    [122.83, 29.96],
    [122.41, 29.7],
];

/// The demo's counties under this region's names.
const COUNTIES: [(&str, &str); 5] = [
    ("澜江区", "澄江区"),
    ("望川县", "青溪县"),
    ("云溪区", "望川区"),
    ("鹿原县", "松坪县"),
    ("苇湖县", "白鹭县"),
];

/// The demo's map, renamed, as a file that all servers of this process read.
pub(crate) fn map() -> std::path::PathBuf {
    static MAP: std::sync::LazyLock<std::path::PathBuf> = std::sync::LazyLock::new(|| {
        let text = include_str!("../../../deploy/demo/map.geojson").to_owned();
        let text = COUNTIES.iter().fold(text, |text, (from, to)| text.replace(from, to));
        let path = std::env::temp_dir().join(format!("ward-web-map-{}.geojson", std::process::id()));
        std::fs::write(&path, text).expect("written");
        path
    });
    MAP.clone()
}

const FORMATS: [&str; 4] = ["syslog", "eve", "netflow", "windows"];

pub(crate) fn register() -> Register {
    let mut text = String::new();
    for ((id, name, name_en, kind, grade, locality, _), position) in UNITS.into_iter().zip(POSITIONS) {
        text.push_str(&format!(
            "[[unit]]\nid = {id:?}\nname = {name:?}\nname_en = {name_en:?}\nkind = {kind:?}\ngrade = {grade:?}\nlocality = {locality:?}\nposition = {position:?}\n"
        ));
        if grade.starts_with('三') {
            for (name, level, critical) in [("HIS", 3, true), ("互联网医院", 3, false), ("OA", 2, false)]
            {
                text.push_str(&format!(
                    "[[unit.system]]\nname = {name:?}\nmlps_level = {level}\ncritical = {critical}\n"
                ));
            }
        }
        for format in FORMATS {
            text.push_str(&format!("[[unit.source]]\nformat = {format:?}\nsilent_after_min = 15\n"));
        }
        if grade.starts_with(['三', '二']) {
            text.push_str(SYSTEMS);
        }
    }
    Register::parse(&text).expect("a register")
}

/// What every larger hospital of the invented region has.
const SYSTEMS: &str = r#"
[[unit.zones]]
name = "内网核心业务区"
networks = ["10.12.0.0/24"]
[[unit.zones]]
name = "内网终端区"
networks = ["10.12.1.0/24", "10.12.2.0/23", "10.12.4.0/22", "10.12.8.0/24"]
[[unit.system]]
name = "医院信息系统（HIS）"
mlps_level = 3
critical = true
hosts = ["HIS-DB-01"]
[[unit.system]]
name = "影像归档系统（PACS）"
mlps_level = 2
hosts = ["PACS-GW-2"]
[[unit.system]]
name = "检验信息系统（LIS）"
mlps_level = 2
hosts = ["LIS-APP-1"]
[[unit.contact]]
role = "责任人"
name = "陈立"
phone = "0000-5550101"
email = "owner@hospital.example"
confirmed = "2026-06-01"
"#;

/// type, asset, host, kind, zone, ports, sources, hours since it was last seen.
type Thing =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [u64], &'static str, i64);
const THINGS: [Thing; 7] = [
    ("address", "10.12.0.10", "his-db-01", "database", "内网核心业务区", &[22, 1521], "flow", 0),
    ("address", "10.12.0.20", "", "imaging", "内网核心业务区", &[104, 11112], "flow", 1),
    ("address", "10.12.0.30", "lis-app-1", "interface", "内网核心业务区", &[2575], "flow", 0),
    ("address", "10.12.0.40", "", "web", "内网核心业务区", &[80, 443], "flow", 9 * 24),
    ("address", "10.12.3.77", "ws-0377", "windows", "内网终端区", &[], "dhcp", 2),
    ("host", "pacs-gw-2", "pacs-gw-2", "windows", "", &[], "windows", 1),
    ("database", "orcl", "", "database", "", &[], "database", 0),
];

/// The things of the larger hospitals that are heard.
pub(crate) async fn assets(store: &Store, now: Micros) {
    for unit in ["h01", "h02", "h03", "h05", "h06"] {
        for (n, thing) in THINGS.iter().enumerate() {
            asset(store, unit, *thing, n as u64, now).await;
        }
    }
}

async fn asset(store: &Store, unit: &str, thing: Thing, n: u64, now: Micros) {
    const HOUR: i64 = 3_600_000_000;
    let (kind, name, host, role, zone, ports, source, hours) = thing;
    let last = now.0 - hours * HOUR - 60_000_000;
    let list = |f: &dyn Fn(&u64) -> String| ports.iter().map(f).collect::<Vec<_>>().join(",");
    run(store, &format!(
        "INSERT INTO asset (hospital, asset_type, asset, host, kind, zone, services.protocol, services.port, services.bytes, services.first_seen,
            services.last_seen, peers.address, peers.flows, sources, bytes, first_seen, last_seen, time, producer, seq, ingested_at)
         VALUES ({}, {}, {}, {}, {}, {}, [{}], [{}], [{}], [{}], [{}], ['10.12.3.77'], [4], [{}], 90000, {}, {}, {}, 'shard.1', {}, {})",
        quoted(unit), quoted(kind), quoted(name), quoted(host), quoted(role), quoted(zone), list(&|_| "'tcp'".into()), list(&|p| p.to_string()),
        list(&|_| "45000".into()), list(&|_| (now.0 - 20 * 24 * HOUR).to_string()), list(&|_| last.to_string()), quoted(source),
        decimal(now.0 - 20 * 24 * HOUR), decimal(last), decimal(last), 700_000 + n, decimal_ms(last),
    )).await;
}

/// rule, level, English title, Chinese title, technique, kind of entity, reason in Chinese, in English.
const RULES: [[&str; 8]; 8] = [
    [
        "ward-ransom-shadow",
        "critical",
        "Shadow copies deleted before encryption",
        "勒索前兆：删除卷影副本",
        "T1490",
        "host",
        "短时间内删除全部卷影副本，勒索软件加密前常见动作",
        "all shadow copies deleted, as ransomware does before it encrypts",
    ],
    [
        "ward-rdp-bruteforce",
        "high",
        "RDP password guessing with success",
        "远程桌面口令暴破后登录成功",
        "T1110",
        "ip",
        "10 分钟内失败 47 次后登录成功",
        "47 failures within 10 minutes, then a success",
    ],
    [
        "ward-tongfang-query",
        "high",
        "Per-doctor drug statistics queried",
        "疑似统方查询",
        "T1213",
        "account",
        "按医生与药品汇总处方数量，使用 PL/SQL Developer",
        "prescription quantities summed by doctor and drug, from PL/SQL Developer",
    ],
    [
        "ward-ueba-rare-host",
        "medium",
        "Account on a host it never used",
        "账号首次登录陌生主机",
        "T1078",
        "account",
        "过去 28 天从未登录过该主机",
        "never on this host in 28 days",
    ],
    [
        "ward-ueba-night-volume",
        "medium",
        "Unusual volume at night",
        "夜间数据访问量异常",
        "T1005",
        "account",
        "02 时访问行数为基线的 12 倍",
        "rows read at 02:00 are 12 times the baseline",
    ],
    [
        "ward-scan-internal",
        "medium",
        "Scan from inside",
        "内网横向扫描",
        "T1046",
        "ip",
        "5 分钟内探测 212 个地址的 445 端口",
        "port 445 of 212 addresses probed in 5 minutes",
    ],
    [
        "ward-webshell-post",
        "high",
        "Web shell traffic",
        "疑似 WebShell 通信",
        "T1190",
        "host",
        "请求特征与已知 WebShell 一致",
        "requests look like a known web shell's",
    ],
    [
        "ward-dns-long",
        "low",
        "Long DNS names",
        "超长域名解析",
        "T1071",
        "host",
        "单个域名标签超过 60 个字符",
        "a label longer than 60 characters",
    ],
];

const ENTITIES: [(&str, &str); 6] = [
    ("host", "HIS-DB-01"),
    ("ip", "10.12.3.77"),
    ("account", "YZYY\\wangfang"),
    ("account", "svc_lis"),
    ("host", "PACS-GW-2"),
    ("ip", "203.0.113.58"),
];

pub(crate) async fn run(store: &Store, sql: &str) {
    let result = store.writer().query_raw(sql).execute().await;
    if let Err(error) = result {
        panic!("{error}\n{}", sql.chars().take(600).collect::<String>());
    }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn shares(silent_too: bool) -> Vec<String> {
    let share = |s: i32| if s < 0 && !silent_too { 0 } else { s.unsigned_abs() };
    UNITS.iter().flat_map(|u| std::iter::repeat_n(format!("'{}'", u.0), share(u.6) as usize)).collect()
}

/// `count` events spread over `[from, to)` µs, numbered from `seq` on.
pub(crate) async fn events(store: &Store, from: Micros, to: Micros, count: u64, seq: u64, silent_too: bool) {
    let units = shares(silent_too).join(",");
    let span = to.0 - from.0;
    let from = from.0;
    run(store, &format!("
        INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid,
            activity_id, severity_id, format, parser, parser_version, mask_policy, message, raw, user_name,
            device_hostname, src_ip, dst_ip, dst_port, status, unmapped, src_country, src_city)
        WITH [{units}] AS units, cityHash64(number, {seq}) AS r, units[1 + r % length(units)] AS h,
             fromUnixTimestamp64Micro(toInt64({from} + intDiv(r, 97) % {span})) AS t,
             ['syslog','eve','netflow','windows'][1 + intDiv(r, 7) % 4] AS f,
             ['root','wangfang','svc_lis','lihua','zhangwei','hisapp'][1 + intDiv(r, 11) % 6] AS u,
             concat('10.12.', toString(intDiv(r, 13) % 9), '.', toString(intDiv(r, 17) % 250)) AS a,
             concat('Failed password for ', u, ' from ', a, ' port ', toString(20000 + intDiv(r, 19) % 9999), ' ssh2') AS m
        SELECT h, h, concat(h, '.seed'), {seq} + number, t, t, t, if(intDiv(r, 23) % 40 = 0, 'skewed', 'ok'),
            [3002, 4001, 4001, 3002][1 + intDiv(r, 7) % 4], 1, 1 + intDiv(r, 29) % 3, f, f, 1, 'm1', m,
            concat('<38>1 ', toString(t), ' HIS-DB-01 sshd 4711 - - ', m), u,
            ['HIS-DB-01','PACS-GW-2','LIS-APP-1','OA-WEB','DC-01'][1 + intDiv(r, 31) % 5], toIPv6(a),
            toIPv6('10.12.0.10'), [22, 3389, 445, 1521][1 + intDiv(r, 37) % 4], 'Failure',
            map('facility', '4', 'TargetUserName', u, 'meta.sequenceId', toString(number)), '', ''
        FROM numbers({count})")).await;
}

/// What the first of the rules says of itself.
pub(crate) fn rule_texts() -> ward_web::RuleTexts {
    let text = |rule: &[&str; 8]| {
        let text = ward_web::RuleText {
            description: format!("{} on a host", rule[2]),
            advice_zh: "断开该主机网络，核实操作人，检查备份是否完好。".into(),
            advice_en: "Cut the host off, ask who did it, see that the backups are whole.".into(),
            false_positives: vec!["Administrators".into()],
        };
        (rule[0].to_owned(), text)
    };
    std::sync::Arc::new(RULES.iter().map(text).collect())
}

/// The n-th alert, made at `time`, resting on up to three events of its unit.
pub(crate) async fn alert(store: &Store, n: u64, time: Micros) {
    let rule = RULES[(n * 5 % 8) as usize];
    let unit = UNITS[(n * 7 % 6) as usize].0;
    let found: Vec<(String, u64)> = store
        .writer()
        .query("SELECT toString(producer), seq FROM events WHERE hospital = ? AND time >= fromUnixTimestamp64Micro(toInt64(?)) ORDER BY time LIMIT 3")
        .bind(unit)
        .bind(time.0 - 600_000_000)
        .fetch_all()
        .await
        .expect("events");
    let (kind, value) =
        ENTITIES.iter().cycle().skip(n as usize % 6).find(|(k, _)| *k == rule[5]).expect("one");
    let reasons = serde_json::json!([
        { "field": "TargetUserName", "value": "wangfang", "zh": rule[6], "en": rule[7], "points": 24.0 },
        { "field": "src_endpoint.ip", "value": "10.12.3.77", "zh": "来源地址首次出现在该单位", "en": "address new to this unit", "points": 11.5 },
    ]);
    let versions = r#"{"rules":"5f0c1d2e3a4b5c6d","baseline":"9a8b7c6d5e4f3a2b","intel":"","register":"0011223344556677","geoip":"8899aabbccddeeff"}"#;
    let producers = found.iter().map(|(p, _)| quoted(p)).collect::<Vec<_>>().join(",");
    let seqs = found.iter().map(|(_, s)| s.to_string()).collect::<Vec<_>>().join(",");
    run(store, &format!(
        "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
            entities.type, entities.value, reasons, events.producer, events.seq, event_count, score, versions, producer, seq, ingested_at)
         VALUES ({}, 0, {}, {}, {}, {}, [{}], {t}, {first}, {t}, {}, [{}], [{}], {}, [{producers}], [{seqs}], {}, {}, {}, 'shard.1', {n}, {ms})",
        quoted(&format!("{:032x}", n * 7919 + 11)), quoted(rule[0]), quoted(rule[2]), quoted(rule[3]), quoted(rule[1]), quoted(rule[4]),
        quoted(unit), quoted(kind), quoted(value), quoted(&reasons.to_string()), 1 + n * 13 % 470, 20 + n * 17 % 70, quoted(versions),
        t = decimal(time.0), first = decimal(time.0 - 240_000_000), ms = decimal_ms(time.0),
    )).await;
}

/// Seconds with six decimals, as DateTime64(6) is written.
pub(crate) fn decimal(micros: i64) -> String {
    format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}

pub(crate) fn decimal_ms(micros: i64) -> String {
    format!("{}.{:03}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) / 1_000)
}

pub(crate) async fn score(store: &Store, n: u64, unit: &str, entity: (&str, &str), score: f64, time: Micros) {
    let rule = RULES[(n % 8) as usize];
    let first = (score * 0.6 * 10.0).round() / 10.0;
    let reasons = serde_json::json!([
        { "field": "rule", "value": rule[0], "zh": rule[6], "en": rule[7], "points": first },
        { "field": "hour", "value": "02", "zh": "在非工作时间活动", "en": "active outside working hours", "points": score - first },
    ]);
    run(store, &format!(
        "INSERT INTO score (hospital, entity_type, entity, score, reasons, time, producer, seq, ingested_at)
         VALUES ({}, {}, {}, {score}, {}, {}, 'shard.1', {n}, {})",
        quoted(unit), quoted(entity.0), quoted(entity.1), quoted(&reasons.to_string()), decimal(time.0), decimal_ms(time.0),
    )).await;
}

async fn sources(store: &Store, now: Micros) {
    let mut seq = 1;
    for unit in UNITS {
        for (i, format) in FORMATS.iter().enumerate() {
            let (status, seen) = match (unit.6, i) {
                (0, _) => ("unknown", 0),
                (s, _) if s < 0 => ("silent", now.0 - 3 * 3_600_000_000),
                (_, 2) if unit.0 == "h05" => ("silent", now.0 - 3_000_000_000),
                _ => ("ok", now.0 - 4_000_000),
            };
            seq += 1;
            run(store, &format!(
                "INSERT INTO source (hospital, sender, source, status, last_seen, events, time, producer, seq, ingested_at)
                 VALUES ({}, {}, {}, {}, {}, 10, {}, 'shard.1', {seq}, {})",
                quoted(unit.0), quoted(unit.0), quoted(format), quoted(status), decimal(seen), decimal(now.0), decimal_ms(now.0),
            )).await;
        }
    }
}

/// A day of events, a day of alerts, scores and states of sources, up to now.
pub(crate) async fn day(store: &Store, now: Micros, events_per_hour: u64) {
    let hour = 3_600_000_000;
    let mut seq = 1;
    for back in (1..=24).rev() {
        let from = Micros(now.0 - back * hour);
        // A day in a hospital: quiet at night, two peaks.
        let at = ((from.0 / hour + 8) % 24) as f64;
        let shape = 0.35 + (-((at - 10.0) / 3.0).powi(2)).exp() + 0.7 * (-((at - 15.5) / 2.5).powi(2)).exp();
        let count = (events_per_hour as f64 * shape) as u64;
        events(store, from, Micros(from.0 + hour), count, seq, back > 3).await;
        seq += count;
    }
    for n in 0..90 {
        let time = Micros(now.0 - (90 - n) as i64 * 13 * 60_000_000 + 9 * 60_000_000);
        alert(store, n, time).await;
    }
    let units = ["h01", "h02", "h03", "h05", "h06"];
    for (n, entity) in ENTITIES.iter().enumerate() {
        for (unit, k) in units.iter().zip(0_u64..).take(if n < 3 { 2 } else { 1 }) {
            for step in (0..7).rev() {
                let score_now = (92.0 - n as f64 * 11.0 - k as f64 * 17.0 - step as f64 * 4.0).max(4.0);
                let time = Micros(now.0 - step * 9 * hour - 120_000_000);
                score(store, n as u64, unit, *entity, score_now, time).await;
            }
        }
    }
    sources(store, now).await;
    assets(store, now).await;
}

/// Countries and places of attackers, as a GeoIP database names them.
const ABROAD: [(&str, &str); 7] = [
    ("NL", "Amsterdam"),
    ("US", "Ashburn"),
    ("RU", "Moscow"),
    ("CN", "Shanghai"),
    ("VN", "Hanoi"),
    ("BR", "São Paulo"),
    ("CN", "Chengdu"),
];

/// What only the walls ask for: attacks from public addresses with the alerts that rest on them, traffic
/// across the border, database audits.
pub(crate) async fn wall(store: &Store, now: Micros) {
    let (from, span) = (now.0 - 3_500_000_000, 3_400_000_000_i64);
    let units = shares(false).join(",");
    run(store, &format!("
        INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id, severity_id,
            format, parser, src_ip, dst_ip, dst_port, bytes, bytes_out, src_country, dst_country, device_hostname)
        WITH [{units}] AS units, cityHash64(number, 4) AS r, number % 5 > 1 AS inward,
             fromUnixTimestamp64Micro(toInt64({from} + intDiv(r, 97) % {span})) AS t,
             ['NL','US','US','RU','CN','CN','CN','VN','DE','SG'][1 + intDiv(r, 7) % 10] AS country,
             toIPv6(concat('203.0.113.', toString(intDiv(r, 13) % 250))) AS outer,
             toIPv6(concat('10.12.0.', toString(intDiv(r, 17) % 40))) AS inner
        SELECT units[1 + r % length(units)], 'border', 'border.seed', number + 1, t, t, t, 'ok', 4001, 6, 1, 'netflow', 'netflow',
            if(inward, outer, inner), if(inward, inner, outer), [443, 443, 443, 80, 80, 3389, 22, 1521, 104, 53][1 + intDiv(r, 23) % 10],
            intDiv(r, 29) % 90000, intDiv(r, 31) % 900000, if(inward, country, ''), if(inward, '', country), ''
        FROM numbers(1500)")).await;
    run(store, &format!("
        INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id, severity_id,
            format, parser, user_name, rows, query_string, device_hostname)
        WITH [{units}] AS units, cityHash64(number, 5) AS r,
             fromUnixTimestamp64Micro(toInt64({now} - intDiv(r, 97) % 86000000000)) AS t
        SELECT units[1 + r % length(units)], 'db', 'db.seed', number + 1, t, t, t, 'ok', 6005, 1, 1, 'jsonl', 'jsonl',
            ['hisapp','wangfang','report'][1 + intDiv(r, 7) % 3], intDiv(r, 11) % 400, 'select 1', 'HIS-DB-01'
        FROM numbers(4000)", now = now.0)).await;
    for n in 0..42_u64 {
        let (country, city) = ABROAD[(n * 3 % 7) as usize];
        let unit = UNITS[[0, 0, 2, 1, 4, 5, 13, 9, 8][(n % 9) as usize]].0;
        let rule = RULES[[1, 6, 1, 2, 6, 0][(n % 6) as usize]];
        let t = decimal(now.0 - (42 - n) as i64 * 31 * 60_000_000 + 25 * 60_000_000);
        let ms = decimal_ms(now.0 - (42 - n) as i64 * 31 * 60_000_000 + 25 * 60_000_000);
        let seq = 900_000 + n;
        run(store, &format!(
            "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id, severity_id,
                format, parser, message, src_ip, dst_ip, dst_port, src_country, src_city)
             VALUES ({u}, {u}, 'attack.seed', {seq}, {t}, {t}, {ms}, 'ok', 4001, 1, 4, 'eve', 'eve', 'attack', toIPv6('198.51.100.{a}'),
                toIPv6('10.12.0.10'), 443, {}, {})", quoted(country), quoted(city), u = quoted(unit), a = n % 250)).await;
        run(store, &format!(
            "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
                entities.type, entities.value, reasons, events.producer, events.seq, event_count, score, versions, producer, seq, ingested_at)
             VALUES ({}, 0, {}, {}, {}, {}, [{}], {t}, {t}, {t}, {}, ['ip'], ['198.51.100.{a}'], {}, ['attack.seed'], [{seq}], 1, 60, '{{}}',
                'shard.2', {seq}, {ms})",
            quoted(&format!("{:032x}", seq * 7919)), quoted(rule[0]), quoted(rule[2]), quoted(rule[3]), quoted(rule[1]), quoted(rule[4]),
            quoted(unit),
            quoted(&serde_json::json!([{ "field": "src_endpoint.ip", "value": format!("198.51.100.{}", n % 250), "zh": "来自境外的地址", "en": "an address abroad" }]).to_string()),
            a = n % 250)).await;
    }
}
