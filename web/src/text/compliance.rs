//! Words of the ledger of compliance.

super::texts! { Compliance;
    title: "合规台账", "Compliance";
    note: "按单位登记的等级保护、密评、十项安全要求、评级、备份容灾与应急管理情况。灰色为未登记：不能判断，不算达标。", "What units are said to fulfil: level protection, cryptography, the ten areas, grades, backup, emergencies. Grey was never recorded: it is not known, and not good.";
    edition: "依据清单 {} 版，{} 起施行", "List of requirements {}, in force since {}";
    import: "批量导入", "Import";
    export: "导出表格", "Export as a table";
    by_unit: "各单位情况", "By unit";
    units_count: "共 {} 家单位", "{} units";
    not_asked: "无登记系统或不涉及", "No system on file, or not asked";
    empty: "没有符合条件的单位", "No unit fits these conditions";
    empty_why: "放宽条件后再试。", "Loosen the conditions.";

    state_not_met: "未达标", "Not met";
    state_overdue: "已逾期", "Overdue";
    state_partly: "部分达标", "Partly met";
    state_due_soon: "即将到期", "Due soon";
    state_unknown: "未登记", "Not recorded";
    state_stated: "已登记", "Recorded";
    state_met: "达标", "Met";

    // One unit
    unit_items: "单位事项", "The unit as a whole";
    systems: "信息系统", "Systems";
    systems_note: "来自单位登记与资产申报；定级低于应达等级的列为未达标。", "From the register and the declared assets; a level below what is mandatory is not met.";
    systems_none: "没有登记任何信息系统", "No system is on the register";
    systems_none_why: "导入资产登记表，或由委里在单位登记中补充后显示在这里。", "Import declared assets, or have the commission add them to the register.";
    item: "事项", "Item";
    state: "状态", "State";
    value: "内容", "Value";
    as_of: "截至", "As of";
    due: "到期", "Due";
    basis: "依据", "Basis";
    evidence: "依据材料", "Evidence";
    recorded: "登记", "Recorded";
    from_register: "来自单位登记或资产申报", "From the register or the declared assets";
    level: "{} 级", "Level {}";
    level_none: "等级未知", "Level unknown";
    mandatory: "应达 {} 级（{}）", "Must be level {} ({})";
    below: "低于应达等级", "Below what is mandatory";
    filing: "备案 {}", "Filing {}";
    filing_none: "无备案编号", "No filing number";
    cii: "关键信息基础设施", "Critical infrastructure";
    do_record: "登记", "Record";
    do_change: "更新", "Change";

    // The form
    record_title: "登记：{}", "Record: {}";
    record_note: "照材料原文填写，不作换算。原内容保留在变更记录中。", "As the paper says it, not converted. What stood before stays in the history.";
    field_system: "系统", "System";
    field_as_of: "材料日期", "Day of the paper";
    field_as_of_hint: "报告、证书或认定的日期，不晚于今天", "Of the report or certificate; not in the future";
    field_evidence: "报告编号、文号或说明", "Report number, letter, or a remark";
    bounds: "{} 至 {}", "{} to {}";
    submit: "保存", "Save";
    cancel: "取消", "Cancel";
    withdraw: "撤销登记", "Withdraw";
    withdraw_note: "误登时撤销，该事项恢复为未登记。", "For a mistake: the item is not recorded again.";
    refused_text: "内容不符合该事项的填写要求，或文字过长", "The value does not fit the item, or a text is too long";
    refused_time: "日期无法识别，或晚于今天", "The day is not understood, or lies in the future";
    refused_changed: "该事项刚被他人更新，请核对后再提交", "Somebody has changed it meanwhile; look again";
    refused_role: "您的角色不能登记合规情况", "Your role may not record this";

    // History
    history: "变更记录", "History";
    history_of: "变更记录：{}", "History: {}";
    history_all: "全部变更", "All changes";
    history_none: "尚无登记", "Nothing was recorded";
    since: "自", "Since";
    until: "至", "Until";
    by: "登记人", "By";
    ended_by: "终止人", "Ended by";
    in_force: "现行", "In force";

    // Import
    import_title: "导入合规情况", "Import compliance";
    import_note: "CSV 文件，UTF-8 或 GB18030。每行一个事项；内容为空的行不采用；只要有一行有误，整个文件都不会导入。", "A CSV file in UTF-8 or GB18030, a row an item. Rows without a value are left out; one bad row, and nothing of the file is taken.";
    import_template: "下载填报表", "Download the form";
    import_template_note: "选定单位后下载，表中已列出该单位的全部事项与现行内容，改后原样传回即可。", "Choose a unit: the form holds all its items with what is recorded now; change it and send it back.";
    import_blank: "{} 行内容为空，未采用。", "{} rows without a value were left out.";
    import_items: "事项名称", "Names of the items";
    import_items_of: "可填内容", "What may be written";
    import_date: "日期，如 2026-03-01", "A day, such as 2026-03-01";
    import_text: "文字", "A text";
    flaw_system: "系统“{}”不在该单位的登记中", "The unit has no system “{}”";
    flaw_future: "日期“{}”晚于今天", "“{}” lies in the future";
    flaw_twice: "与第 {} 行是同一事项", "The same item stands in line {}, too";
    group: "类别", "Group";
    export_note: "卫哨导出 · 账号 {} · 时间 {}（{}）· 仅限内部使用", "Exported from Ward by {} at {} ({}); for internal use";

    // The portal
    portal_line: "未达标 {} 项，已逾期 {} 项，{} 天内到期 {} 项，未登记 {} 项", "{} not met, {} overdue, due within {} days: {}, not recorded: {}";
    open: "查看台账", "Open the ledger";
}
