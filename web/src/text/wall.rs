//! The words of the walls.

use super::Lang;

super::texts! { Texts;
    // Scenes
    overview: "综合态势", "Situation";
    threat: "威胁态势", "Threats";
    assets: "资产与脆弱性", "Assets";
    handling: "通报处置", "Handling";
    data: "数据安全", "Data security";
    internet: "互联网监测", "Internet";
    guard: "重点保障", "Key units";
    rotation: "轮播", "Rotation";
    walls: "监测大屏", "Walls";
    platform: "医疗卫生网络安全态势感知", "Health sector security situation";

    // The walls' own page
    walls_note: "用于值班大厅的大屏。每块屏幕用一条绑定场景和范围的链接打开，无需登录；点击屏上数字进入工作台时仍需登录。", "For the screens of a room. Each is opened by a link bound to one wall and one reach, without signing in; what a number leads to still asks for it.";
    wall: "大屏", "Wall";
    open: "打开", "Open";
    open_visitors: "参观模式", "for visitors";
    tokens: "屏幕链接", "Links of screens";
    tokens_none: "还没有屏幕链接", "No links yet";
    tokens_none_why: "生成后，在对应屏幕的浏览器中打开一次即可。", "Make one, and open it once in the screen's browser.";
    token_new: "生成链接", "Make a link";
    token_visitors: "参观模式：不显示单位、地址、人员", "For visitors: no units, addresses, persons";
    screen: "屏幕名称", "Screen";
    reach_own: "本人可见的全部单位", "All units I may see";
    link_made: "链接已生成", "The link is made";
    link_made_note: "仅显示这一次。首次打开后即换成该浏览器的凭证，可随时撤销。", "Shown only now. Opened once, it becomes that browser's own; it can be revoked at any time.";
    visitors: "参观", "visitors";

    // Around the scenes
    scenes: "场景", "Scenes";
    paused: "轮播已暂停", "Rotation paused";
    rotating: "{} 秒后切换", "next in {} s";
    visitors_note: "参观模式：单位、地址、人员已隐去", "Visitors: units, addresses and persons are hidden";
    keys_hint: "按 ? 查看操作", "Press ? for keys";
    help: "演示操作", "Presenter's keys";
    help_scenes: "切换场景", "previous, next scene";
    help_digits: "直达场景", "go to a scene";
    help_pause: "暂停或继续轮播与动效", "pause or resume rotation and motion";
    help_counties: "逐个查看区县", "look at the counties one by one";
    help_open: "打开所看区县或单位的详情", "open what is looked at in the console";
    help_back: "返回全域", "back to the whole region";
    help_close: "关闭", "Close";
    noscript: "大屏需要启用脚本。", "The wall needs scripts.";
    day: "近 24 小时", "24 h";
    hour: "近 1 小时", "1 h";
    now: "当前", "now";
    versus: "较前一日", "vs. day before";
    as_of: "截至 {}", "as of {}";
    part_failed: "读取失败", "not read";
    part_heavy: "查询超限", "query too heavy";
    loading: "正在读取", "Reading";

    // Figures
    k_units: "接入单位", "Connected";
    k_grey: "失联与未知", "Not heard";
    k_events: "今日日志", "Events today";
    k_severe: "高危告警", "Severe alerts";
    k_alerts: "今日告警", "Alerts today";
    k_rate: "每秒日志", "Events / s";
    k_risky: "高风险单位", "At high risk";
    k_critical: "严重告警", "Critical alerts";
    k_outside: "外部来源告警", "From outside";
    k_origins: "境外来源地", "Foreign origins";
    k_hit: "受影响单位", "Units hit";
    k_tactics: "攻击阶段", "Attack stages";
    k_hosts: "活跃主机", "Hosts heard";
    k_systems: "登记系统", "Systems registered";
    k_key_systems: "关键系统", "Critical systems";
    k_reached: "互联网可达主机", "Hosts reached";
    k_sources: "正常数据源", "Sources sending";
    k_open: "在办事件", "Open incidents";
    k_settled: "近 30 天销号", "Settled in 30 days";
    k_overdue: "超期", "Overdue";
    k_tongfang: "疑似统方", "Tongfang";
    k_data: "数据安全告警", "Data alerts";
    k_data_units: "涉及单位", "Units hit";
    k_statements: "数据库操作", "Statements";
    k_rows: "读取行数", "Rows read";
    k_db_users: "数据库账号", "Accounts";
    k_inbound: "互联网来访", "Inbound";
    k_ports: "被访问端口", "Ports reached";
    k_outbound: "外发流量", "Sent outside";
    k_edge: "边界告警", "Border alerts";
    k_key_ok: "正常重点单位", "Key units well";
    k_key_grey: "失联重点单位", "Key units silent";
    k_key_severe: "重点单位高危告警", "Severe there";
    k_hour: "近 1 小时高危", "Severe in 1 h";
    k_vulnerable: "待修复漏洞", "Vulnerabilities";

    // Panels
    p_map: "区域态势图", "Map of the region";
    p_weak: "高危告警集中单位", "Units with most severe alerts";
    p_weak_why: "近 24 小时没有单位出现高危告警。", "No unit had a severe alert in 24 hours.";
    p_tactics: "攻击手法分布", "Attacks by stage";
    p_tactics_why: "近 24 小时没有对应到攻击阶段的告警。", "No alert of 24 hours belongs to a stage of attack.";
    p_sources: "数据源到报", "Sources by format";
    p_sources_why: "登记册未要求任何数据源，也没有收到数据。", "The register expects no source, and none was heard.";
    p_feed: "实时告警", "Live alerts";
    p_feed_why: "近 24 小时没有告警。", "No alert in 24 hours.";
    p_feed_severe: "高危告警", "Severe alerts";
    p_feed_severe_why: "近 24 小时没有高危告警。", "No severe alert in 24 hours.";
    p_feed_data: "数据安全告警", "Data security alerts";
    p_feed_data_why: "近 24 小时没有数据安全告警。", "No alert about data in 24 hours.";
    p_feed_key: "重点单位告警", "Alerts at key units";
    p_feed_key_why: "近 24 小时重点单位没有告警。", "No alert at a key unit in 24 hours.";
    p_trend: "24 小时趋势：日志与高危告警", "24 hours: events and severe alerts";
    p_trend_data: "24 小时趋势：数据库操作与数据安全告警", "24 hours: database statements and data alerts";
    p_origins: "攻击来源地", "Where attacks come from";
    p_origins_why: "告警所依据的日志中没有公网来源。", "No event behind an alert came from a public address.";
    p_rules: "告警最多的规则", "Rules with most alerts";
    p_rules_why: "近 24 小时没有告警。", "No alert in 24 hours.";
    p_ports: "互联网访问的端口", "Ports reached from outside";
    p_ports_why: "近 1 小时的流量与告警日志中没有公网来访。", "No flow of the last hour came from a public address.";
    p_coverage: "各区县接入", "Units by county";
    p_coverage_why: "登记册中的单位没有填写所属区县。", "No unit in the register names its county.";
    p_risk: "风险主机", "Hosts at risk";
    p_risk_why: "没有主机存在未衰减的风险分。", "No host has a risk score left.";
    p_systems: "系统与等保定级", "Systems by protection level";
    p_systems_why: "登记册中没有系统。", "The register has no system.";
    p_load: "各区县高危告警", "Severe alerts by county";
    p_load_why: "登记册中的单位没有填写所属区县。", "No unit in the register names its county.";
    p_silent: "失联单位", "Silent units";
    p_silent_why: "所有单位都在上报。", "Every unit is heard.";
    p_data_rules: "数据安全告警类型", "What the data alerts are";
    p_data_rules_why: "近 24 小时没有统方、批量导出等告警。", "No tongfang, bulk export or the like in 24 hours.";
    p_data_units: "涉及数据安全的单位", "Units with data alerts";
    p_data_units_why: "近 24 小时没有单位涉及。", "No unit in 24 hours.";
    p_databases: "数据库操作最多的单位", "Units by database statements";
    p_databases_why: "近 1 小时没有收到数据库审计日志。", "No database audit was received in the last hour.";
    p_inbound: "来访国家和地区", "Connections by origin";
    p_inbound_why: "近 1 小时没有公网来访。", "Nothing came from a public address in the last hour.";
    p_outbound: "外发流量去向", "Where data goes";
    p_outbound_why: "近 1 小时没有发往公网的流量。", "Nothing went to a public address in the last hour.";
    p_edge_rules: "边界告警类型", "What the border alerts are";
    p_edge_rules_why: "近 24 小时没有公网服务受攻击的告警。", "No public service was attacked in 24 hours.";
    p_key_units: "重点单位状态", "Key units";
    p_key_units_why: "登记册中没有三级医院、疾控中心。", "The register has no tertiary hospital or CDC.";
    p_key_systems: "重要系统所在单位状态", "Key systems by their unit's state";
    p_key_systems_why: "登记册中没有三级等保或关基系统。", "The register has no level-3 or critical system.";

    p_progress: "通报处置进度", "Problems by stage";
    p_progress_why: "没有在办的通报问题。", "No problem of a notice is open.";
    p_notices: "签收与督办", "Receipts and follow-up";
    p_notices_why: "没有在办的通报。", "No notice is open.";
    p_vulnerable: "漏洞与弱口令", "Vulnerabilities and weak passwords";
    p_vulnerable_why: "没有待修复项；未导入扫描或核查结果的单位不在其内。", "Nothing is open; units without scans or checks are not included.";

    // Not connected yet: what would fill it
    absent: "尚未接入", "Not connected yet";
    a_sites: "网站与互联网资产监测", "Web sites and assets outside";
    a_sites_why: "接入网站可用性、篡改与暗链监测后显示。", "Shown once monitoring of availability, defacement and dark links is taken in.";
    a_reports: "每日零报告", "Daily reports";
    a_reports_why: "重保期间各单位每日报送（含零报告）启用后显示。", "Shown once units report daily in the time of protection, zero included.";

    // Rows about the handling
    n_parts: "在办通报（单位份）", "Open notices, by unit";
    n_unsigned: "尚未签收", "Not signed for";
    n_overdue: "逾期问题", "Problems overdue";
    n_drafted: "待签发的督办", "Follow-ups to be signed";
    n_sent: "近 30 天已发督办", "Follow-ups in 30 days";
    v_critical: "严重", "Critical";
    v_high: "高危", "High";
    v_medium: "中危", "Medium";
    v_overdue: "逾期未修复", "Overdue";
    v_unclear: "无法机器核验", "Cannot be verified by machine";

    // Marks
    oldest_days: "最久 {} 天", "oldest {} d";
    oldest_hours: "最久 {} 小时", "oldest {} h";
    home: "境内", "Inland";
    abroad: "境外", "Abroad";
    silent_n: "失联 {}", "{} not heard";
    total_n: "共 {} 家", "{} units";
    alerts_n: "告警 {}", "{} alerts";
    severe_n: "高危 {}", "{} severe";
    rows_n: "读取 {} 行", "{} rows read";
    hosts_n: "{} 台主机", "{} hosts";
    of_units: "{} 家单位", "{} units";
    critical_n: "关基 {}", "{} critical";
    mlps_none: "等保未备案", "Not filed";
    mlps_1: "等保一级", "Protection level 1";
    mlps_2: "等保二级", "Protection level 2";
    mlps_3: "等保三级", "Protection level 3";
    mlps_4: "等保四级", "Protection level 4";
    grade_3: "三级医院", "Tertiary hospital";
    grade_2: "二级医院", "Secondary hospital";
    grade_1: "一级医院", "Primary hospital";
    no_map: "未配置地图（[web] map），以下按区县显示。", "No map is configured ([web] map); counties are listed instead.";
    port_web: "网页", "Web";
    port_rdp: "远程桌面", "Remote Desktop";
    port_ssh: "SSH 登录", "SSH";
    port_database: "数据库", "Database";
    port_files: "文件共享", "File sharing";
    port_imaging: "影像 DICOM", "Imaging (DICOM)";
    port_hl7: "HL7 接口", "HL7";
    port_mail: "邮件", "Mail";
    port_dns: "域名解析", "DNS";
    port_vpn: "VPN 接入", "VPN";
    port: "端口 {}", "Port {}";
}

impl Texts {
    pub(crate) const fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }
}
