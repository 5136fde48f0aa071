//! Words of replies to a warning.

super::texts! { Replies;

    // What is asked
    title: "反馈", "Replies";
    asks: "反馈要求", "Reply wanted";
    asks_nothing: "不要求反馈", "No reply is asked for";
    asks_once: "发出后 {} 小时内反馈一次", "Once, within {} hours of sending";
    asks_daily: "{} 至 {}，每日 {} 前反馈，无情况零报告", "Daily from {} to {}, by {}; nothing to report is reported, too";
    asks_counts: "填报项目：{}", "Figures: {}";
    ask_none: "不要求", "None";
    ask_once: "一次", "Once";
    ask_daily: "特别防护期每日", "Daily, in a special protection period";
    set: "设定反馈要求", "Say what is asked";
    set_save: "保存反馈要求", "Save";
    prolong: "延长每日反馈", "Prolong the period";
    how_often: "反馈频次", "How often";
    names: "填报项目（每行一项，最多八项）", "Figures, one a line, eight at most";
    hours: "发出后几小时内（一次）", "Hours after sending (once)";
    first: "自（每日）", "From (daily)";
    last: "至（每日）", "To (daily)";
    minute: "每日截止时间", "By, each day";
    board: "反馈汇总", "Replies and sums";
    not_begun: "反馈尚未开始", "It has not begun";
    not_begun_why: "预警发出后，从首个反馈日起在此汇总。", "After sending, from its first day on, replies are summed up here.";

    // Answering
    due: "截止", "Due";
    verdict: "本单位情况", "Your unit is";
    affected: "受影响", "Affected";
    clear: "不受影响", "Not affected";
    zero: "零报告", "Nothing to report";
    zero_button: "零报告：本单位无此情况", "Report that there is nothing";
    note: "说明（可空）", "Note (may be empty)";
    file: "附件（可空）", "File (may be empty)";
    file_given: "附件", "File";
    person: "填报人", "Who answers";
    phone: "来电号码", "Telephoned from";
    signs: "提交反馈同时完成签收。", "With your reply you sign for it, too.";
    send: "提交反馈", "Reply";
    again: "更正", "Correct it";
    enter: "电话代录", "Enter by telephone";
    enter_button: "代录反馈", "Enter it";
    answered_at: "{} 由 {} 反馈", "Answered {} by {}";
    answered_phone: "{} 来电，{} 代录", "{} telephoned; entered by {}";
    late: "逾时", "Late";
    before: "上次（{}）", "Before ({})";
    before_none: "未反馈", "No answer";
    owed: "待反馈", "Reply wanted";
    days: "各日反馈", "Each day";

    // The commission's table
    answered_of: "已反馈 {} / {}", "{} of {} have answered";
    missing_count: "未反馈 {}", "{} have not";
    live: "人数随反馈自动更新。", "It counts by itself as answers come in.";
    by_county: "各区县汇总", "Sums by county";
    county: "区县", "County";
    county_none: "未注明", "Not stated";
    units: "应反馈", "Asked";
    answered: "已反馈", "Answered";
    missing: "未反馈单位", "Not answered";
    missing_none: "全部单位均已反馈。", "Every unit has answered.";
    total: "合计", "Total";
    unit: "单位", "Unit";
    contact: "联系人与电话", "Contact and telephone";
    result: "情况", "Result";
    time: "反馈时间", "Answered at";
    all: "已反馈单位", "Answers";
    chase: "一键催报", "Remind them";
    chase_note: "按通知渠道提醒全部未反馈单位。", "Reminds all who have not answered, by the channels of notices.";
    chase_none: "未配置发送渠道，只能电话催报。", "No channel is configured: they have to be called.";
    chased: "{} 由 {} 催报 {} 家", "Reminded at {} by {}: {} units";
    export_sums: "导出区县汇总", "Export the sums";
    export_units: "导出单位明细", "Export every unit";
    changed: "有变化，请核对后再操作。", "It has changed meanwhile. Look again.";
}
