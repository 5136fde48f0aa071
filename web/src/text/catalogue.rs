//! Every word that pages say themselves: key, Chinese, English. A template that names a key that is
//! not here does not compile.

macro_rules! texts {
    ($($key:ident: $zh:literal, $en:literal;)*) => {
        /// One language's words.
        pub(crate) struct Texts { $(pub $key: &'static str),* }
        pub(crate) static ZH: Texts = Texts { $($key: $zh),* };
        pub(crate) static EN: Texts = Texts { $($key: $en),* };
        /// For the tests: key, Chinese, English.
        #[cfg(test)]
        pub(crate) const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($key), $zh, $en)),*];
    };
}

texts! {
    // Around every page
    brand: "卫哨", "Ward";
    brand_other: "Ward", "卫哨";
    skip: "跳到正文", "Skip to content";
    nav: "主导航", "Main navigation";
    nav_overview: "态势总览", "Situation";
    nav_alerts: "告警", "Alerts";
    nav_entities: "风险实体", "Risky entities";
    nav_units: "接入单位", "Units";
    nav_events: "日志事件", "Events";
    lang_switch: "English", "中文";
    zone_beijing: "北京时间", "Beijing time (UTC+8)";
    noscript: "浏览器未启用脚本，页面不会自动更新，请手动刷新。", "Scripts are off: this page does not update by itself. Reload it.";
    footer: "卫哨 · 区域医疗卫生网络安全态势感知", "Ward · security situation awareness for a region's hospitals";
    licences: "第三方许可", "Third-party licences";
    retry: "重试", "Retry";
    all: "全部", "All";
    all_units: "全部单位", "All units";
    all_kinds: "全部类型", "All types";
    all_classes: "全部类别", "All classes";
    all_formats: "全部来源", "All sources";
    apply: "筛选", "Apply";
    clear: "清除条件", "Clear";
    remove: "点击移除此条件", "Click to remove this condition";
    search: "搜索", "Search";
    search_alerts: "标题、规则、实体、原因", "Title, rule, entity, reason";
    none: "无", "None";
    never: "从未", "Never";
    unknown: "未知", "Unknown";
    pause: "暂停", "Pause";
    as_table: "表格", "As a table";
    next_page: "下一页", "Next page";
    first_page: "回到首页", "First page";
    end_of_list: "已到末尾", "End of the list";
    total: "合计", "Total";
    highest: "峰值", "Peak";
    list_comma: "、", ", ";

    // Age of the data
    health_loading: "正在读取数据", "Reading data";
    health_empty: "尚无数据", "No data yet";
    health_as_of: "数据截至 {} · {}", "Data as of {} · {}";
    health_old: "存储不可达，仍显示 {} 的数据 · {}", "Store unreachable; showing data of {} · {}";
    health_unreachable: "存储不可达", "Store unreachable";
    health_lost: "与服务器的连接中断，正在重连", "Connection to the server lost; reconnecting";
    health_paused: "页面在后台，已暂停更新", "Paused while in the background";
    age_now: "刚刚", "just now";
    age_seconds: "{} 秒前", "{} s ago";
    age_minutes: "{} 分钟前", "{} min ago";
    age_hours: "{} 小时前", "{} h ago";
    age_days: "{} 天前", "{} d ago";
    part_never: "此项数据读取失败，其余内容不受影响。", "This part could not be read; the rest of the page is not affected.";
    part_old: "此项数据读取失败，显示的是上次成功读取的结果。", "This part could not be read; what is shown is the last answer.";

    // Errors
    error_404: "页面或内容不存在", "Not found";
    error_404_advice: "地址有误，内容已过保存期限，或不在您的查看范围内。", "The address is wrong, what it names is past its retention, or it lies outside what you may see.";
    error_unreachable: "数据存储不可达", "The data store cannot be reached";
    error_unreachable_advice: "采集与检测不受影响，数据会在存储恢复后补入。请稍后重试；若持续出现，请联系系统管理员。", "Collection and detection go on, and their data will follow when the store is back. Try again shortly; if it persists, tell the system administrator.";
    error_heavy: "查询超出上限", "The query went beyond its limits";
    error_heavy_advice: "请缩小时间范围，或指定单位后再试。", "Choose a shorter time range, or one unit, and try again.";
    error_refused: "数据存储拒绝了查询", "The data store refused the query";
    error_refused_advice: "其他页面不受影响。请联系系统管理员查看服务日志。", "Other pages are not affected. Ask the system administrator to read the service's log.";
    back_overview: "回到态势总览", "Back to the situation";

    // Overview
    kpis: "关键数字", "Key figures";
    kpi_units: "已接入单位", "Units connected";
    kpi_health: "存在高危的单位", "Units with severe alerts";
    kpi_health_wrong: "家", "units";
    kpi_severe: "高危及以上告警（近 24 小时）", "High and critical alerts (24 h)";
    kpi_alerts_today: "今日告警", "Alerts today";
    kpi_events: "事件速率", "Event rate";
    kpi_riskiest: "风险最高的实体", "Riskiest entity";
    unit_items: "条", " ";
    unit_points: "分", "points";
    unit_wan: "万", " ";
    unit_yi: "亿", " ";
    per_second: "条/秒", "/s";
    per_minute: "条/分", "/min";
    today: "今日", "Today";
    trend_title: "事件与告警趋势", "Events and alerts over time";
    trend_note: "按接收时间统计", "By time of receipt";
    chart_minutes: "近 60 分钟 · 每分钟事件数", "Last 60 minutes · events a minute";
    chart_day: "近 24 小时 · 每 10 分钟事件数与高危告警", "Last 24 hours · events in 10 minutes, severe alerts";
    chart_severe: "高危及以上告警", "High and critical alerts";
    chart_other: "其他告警", "Other alerts";
    chart_running: "本分钟尚未结束", "This minute is not over";
    hour: "小时", "Hour";
    spark: "近 30 分钟事件数", "Events of the last 30 minutes";
    feed_title: "实时告警", "Live alerts";
    feed_new: "有 {} 条新告警，点击刷新", "New alerts: {}. Click to reload";
    feed_empty: "近 24 小时没有告警", "No alert in the last 24 hours";
    feed_empty_why: "规则命中或行为异常时，告警会在数秒内出现在这里。", "When a rule matches or behaviour deviates, the alert appears here within seconds.";
    units_title: "单位状态", "State of units";
    units_empty: "没有单位", "No unit";
    units_empty_why: "在单位登记册中登记单位后，其状态会显示在这里。", "Units appear here once they stand in the register.";
    units_note: "灰色表示不可知：没有数据就不能判断安全与否。", "Grey means that it cannot be known: without data nothing can be said about safety.";
    entities_title: "风险最高的实体", "Riskiest entities";
    entities_note: "评分每 24 小时减半，由各原因的分值相加而成。", "A score halves every 24 hours, and is the sum of its reasons' points.";
    entities_empty: "暂无风险实体", "No risky entity";
    entities_empty_why: "账号、主机或地址出现告警或行为异常后会得到评分。", "Accounts, hosts and addresses get a score when they raise alerts or deviate from their habits.";
    rules_title: "命中最多的规则", "Rules with most alerts";
    risk: "风险", "Risk";
    unattributed: "未归属", "Unattributed";

    // State of a unit and of a source
    status_ok: "正常", "Verified good";
    status_wrong: "存在高危告警", "Severe alerts";
    status_silent: "失联 · 不可知", "Silent · unknown";
    status_partial: "部分来源中断", "Some sources quiet";
    status_unknown: "未接入 · 不可知", "Not connected · unknown";
    status_silent_short: "失联", "Silent";
    status_unknown_short: "未接入", "Not connected";
    status_partial_short: "部分中断", "Partial";
    source_ok: "正常", "Sending";
    source_silent: "失联", "Silent";
    source_unknown: "从未收到", "Never heard";

    // Levels
    level: "级别", "Level";
    level_critical: "严重", "Critical";
    level_high: "高危", "High";
    level_medium: "中危", "Medium";
    level_low: "低危", "Low";
    level_informational: "提示", "Info";

    // Columns and facts
    alert: "告警", "Alert";
    alerts_24h: "近 24 小时告警", "Alerts, 24 h";
    alert_id: "告警编号", "Alert id";
    unit: "单位", "Unit";
    entity: "实体", "Entity";
    kind: "类型", "Type";
    events: "事件", "Events";
    score: "评分", "Score";
    points: "分值", "Points";
    first: "首次", "First";
    last: "末次", "Last";
    newest: "最近", "Newest";
    made: "生成时间", "Made";
    rule: "规则", "Rule";
    time: "时间", "Time";
    received: "接收", "Received";
    ingested: "入库", "Stored";
    class: "类别", "Class";
    source: "来源", "Source";
    sources: "日志来源", "Log sources";
    sender: "采集器", "Collector";
    from: "从", "From";
    to: "到", "To";
    who: "账号 / 设备", "Account / device";
    summary: "内容", "Content";
    state: "状态", "State";
    last_seen: "最近收到", "Last heard";
    as_of: "更新", "As of";
    why: "原因", "Why";
    reason: "原因", "Reason";
    field: "字段", "Field";
    value: "取值", "Value";
    minutes: "分钟", "min";
    patience: "允许静默", "Silence allowed";
    facts: "概要", "Facts";
    unit_id: "单位编码", "Unit id";
    unit_kind: "单位类型", "Kind";
    unit_grade: "等级", "Grade";
    unit_locality: "所在区县", "Locality";
    unit_consortium: "医共体", "Consortium";
    unit_hospital: "医院", "Hospital";
    unit_community: "社区卫生服务中心", "Community centre";
    unit_township: "乡镇卫生院", "Township centre";
    unit_cdc: "疾控中心", "Disease control";
    unit_maternal: "妇幼保健机构", "Maternal and child care";
    unit_internet: "互联网医院", "Internet hospital";
    unit_commission: "卫生健康委", "Health commission";
    unit_tenant: "云租户", "Cloud tenant";
    time_doubtful: "来源时间缺失或与接收时间相差超过 5 分钟", "The source gave no time, or one more than five minutes off";

    // Alerts
    total_alerts: "共 {} 条告警", "Alerts: {}";
    event_count: "{} 个事件", "Events: {}";
    alerts_none: "没有符合条件的告警", "No alert matches";
    alerts_none_why: "放宽时间范围或清除条件后再看；若刚接入，检测到异常后会出现在这里。", "Choose a longer range or clear the conditions; in a new installation alerts appear when something is found.";
    alerts_none_here: "此时间内没有告警", "No alert in this time";
    alerts_none_here_why: "出现告警后会列在这里。", "Alerts will be listed here.";
    what_happened: "发生了什么", "What happened";
    why_fired: "为什么告警", "Why it fired";
    story: "{}，{}：{} 触发“{}”，共涉及 {} 个事件。", "{}, {}: {} raised “{}”; events: {}.";
    story_at: "{}", "At {}";
    story_between: "{} 至 {}", "From {} to {}";
    story_somebody: "有关对象", "Somebody";
    reasons_none: "没有记录原因", "No reason recorded";
    reasons_none_why: "此告警由规则的整体条件触发，请看下方事件。", "The rule matched as a whole; see the events below.";
    events_behind: "依据的事件", "Events it rests on";
    events_of_alert: "显示 {} 个，共 {} 个", "Showing {} of {}";
    events_gone: "找不到依据的事件", "Its events cannot be found";
    events_gone_why: "事件可能已过保存期限，或尚未入库。", "They may be past their retention, or not stored yet.";
    events_missing: "未能找到的事件数：", "Events not found:";
    event_alone: "单独查看此事件", "This event alone";
    entities_involved: "涉及的实体", "Entities involved";
    revisions: "修订", "Revisions";
    revision: "版次", "No.";
    judged_by: "判定依据的版本", "What judged";
    version_rules: "规则", "Rules";
    version_baseline: "行为基线", "Baseline";
    version_intel: "威胁情报", "Intelligence";
    version_register: "单位登记册", "Register";
    version_geoip: "地址库", "GeoIP";
    record: "记录", "Record";

    // Entities
    kind_account: "账号", "Account";
    kind_user: "用户", "User";
    kind_host: "主机", "Host";
    kind_ip: "地址", "Address";
    kind_source: "日志来源", "Source";
    kind_hospital: "单位", "Unit";
    kind_domain: "域名", "Domain";
    kind_process: "进程", "Process";
    kind_file: "文件", "File";
    kind_database: "数据库", "Database";
    score_now: "当前风险评分", "Risk score now";
    score_note: "各原因分值之和，每 24 小时减半", "The sum of its reasons, halved every 24 hours";
    score_history: "评分变化", "Score over time";
    score_none: "没有评分", "No score";
    score_none_why: "出现告警或行为异常后会得到评分。", "It gets one when it raises an alert or deviates from its habits.";

    // A unit
    sources_none: "没有登记或收到任何日志来源", "No source is registered or heard";
    sources_none_why: "在单位登记册中写明应有的来源，或将设备日志指向采集器。", "Name the expected sources in the register, or point a device's log to the collector.";
    rates_title: "近 24 小时事件量", "Events, last 24 hours";
    rates_none: "近 24 小时没有收到事件", "No event in the last 24 hours";
    rates_none_why: "检查采集器与设备的日志转发设置。", "Check the collector and the devices' forwarding.";

    // Events
    recent_events: "最近事件", "Recent events";
    newest_first: "最新在前", "Newest first";
    events_none: "没有符合条件的事件", "No event matches";
    events_none_why: "放宽时间范围或清除条件后再看。", "Choose a longer range or clear the conditions.";
    fields_hot: "标准字段", "Standard fields";
    fields_source: "来源字段", "The source's own fields";
    fields_ward: "采集与存储信息", "Collection and storage";
    raw: "原始日志（已脱敏）", "Raw log (masked)";
    raw_none: "二进制来源，没有文本原文；字段即全部内容。", "A binary source has no raw text; the fields are all of it.";
    class_base: "一般事件", "Base event";
    class_file: "文件活动", "File activity";
    class_module: "模块加载", "Module activity";
    class_job: "计划任务", "Scheduled job";
    class_process: "进程活动", "Process activity";
    class_event_log: "日志服务活动", "Event log activity";
    class_finding: "检测发现", "Detection finding";
    class_account_change: "账号变更", "Account change";
    class_authentication: "身份认证", "Authentication";
    class_network: "网络活动", "Network activity";
    class_http: "HTTP 访问", "HTTP activity";
    class_dns: "DNS 解析", "DNS activity";
    class_dhcp: "DHCP 分配", "DHCP activity";
    class_rdp: "远程桌面", "RDP activity";
    class_smb: "SMB 共享", "SMB activity";
    class_ssh: "SSH 会话", "SSH activity";
    class_api: "接口调用", "API activity";
    class_datastore: "数据库活动", "Datastore activity";
    class_registry_key: "注册表项变更", "Registry key";
    class_registry_value: "注册表值变更", "Registry value";

    // Ranges
    range: "时间范围", "Range";
    range_custom: "自定义", "Custom";
    range_15m: "近 15 分钟", "Last 15 minutes";
    range_1h: "近 1 小时", "Last hour";
    range_6h: "近 6 小时", "Last 6 hours";
    range_24h: "近 24 小时", "Last 24 hours";
    range_7d: "近 7 天", "Last 7 days";
    range_30d: "近 30 天", "Last 30 days";
}
