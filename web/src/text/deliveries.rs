//! Words of what is sent by mail, webhook and SMS.

super::texts! { Deliveries;

    title: "发送情况", "Deliveries";
    page_note: "邮件、短信和群消息只含标题、文号、期限和链接。发送失败自动重试，间隔逐次加长；对方拒收的列入催签名单。", "Mail, SMS and group messages carry title, number, deadline and link only. What fails is tried again, ever more seldom; what is refused puts its unit on the call list.";
    no_channel: "未配置发送渠道，通报仅在平台内送达。", "No channel is configured: notices are read on the platform alone.";
    no_channel_why: "系统管理员可在配置文件的 [delivery] 中添加邮件、短信和群机器人。", "The system administrator adds mail, SMS and webhooks under [delivery] of the configuration.";
    open_only: "未送达", "Not arrived";
    all: "全部", "All";
    empty: "没有未送达的消息", "Everything has arrived";
    empty_why: "等待、失败或结果不明的消息会列在这里。", "What waits, has failed or is unknown stands here.";
    none_of: "没有发送记录。", "Nothing was sent.";
    count_waiting: "等待发送", "Waiting";
    count_ask: "待人工决定", "For a person to decide";
    count_failed: "被拒收", "Refused";

    channel: "渠道", "Channel";
    channels: "渠道状态", "Channels";
    channel_ok: "正常", "Works";
    channel_stuck: "发送不畅，{} 条待重试", "Down: {} to be tried again";
    channel_idle: "尚无成功送达", "Nothing delivered yet";
    last_sent: "最近成功", "Last success";
    unit: "单位", "Unit";
    group: "群消息", "Group message";
    receiver: "接收人", "Receiver";
    subject: "内容", "What";
    state: "状态", "State";
    tries: "历次尝试", "Tries";
    next_at: "下次尝试 {}", "Next try {}";
    said: "对方答复", "Answer";
    action: "处理", "Action";
    notice: "通报", "Notice";

    state_waiting: "等待发送", "Waiting";
    state_retry: "失败，待重试", "Failed, to be tried again";
    state_trying: "发送中", "Being sent";
    state_sent: "已送达对方系统", "Taken by the receiver";
    state_failed: "对方拒收", "Refused";
    state_ask: "结果不明，待人工决定", "Unknown, a person decides";
    state_given_up: "已停止", "Ended";

    try_running: "进行中", "running";
    try_sent: "成功", "sent";
    try_later: "未成功", "failed for now";
    try_refused: "被拒收", "refused";
    try_unknown: "结果不明（发送中途中断，可能已送达）", "unknown: interrupted, it may have arrived";

    again: "重新发送", "Send again";
    now: "立即重试", "Try now";
    stop: "不再发送", "Do not send";
    ask_note: "对方无法识别重复消息：可能已收到。先核实，再决定是否重发。", "The receiver cannot tell a repetition, and may have it. Find out before you send it again.";
    changed: "状态已变化，请核对后再处理。", "It has changed meanwhile. Look again.";

    unreached: "须电话通知", "To be told by telephone";
    why_unsigned: "逾时未签收", "Not signed in time";
    why_no_contact: "名录中无可用联系方式", "No usable contact in the register";
    why_stale: "联系人长期未核实", "Contact not confirmed for long";
    why_bounced: "消息被退回或拒收", "Message bounced or refused";
    why: "原因", "Why";

    subject_warning: "预警通报函", "Warning";
    subject_incident: "网络安全事件通报", "Incident circular";
    subject_rectification: "整改通知书", "Rectification notice";
    subject_supervision: "督办单", "Supervision order";
    subject_summons: "约谈通知", "Summons";
    subject_censure: "通报批评", "Public circular";
    subject_review: "复核意见", "Review";
    subject_correction: "更正通知", "Correction";
    subject_withdrawal: "撤回通知", "Withdrawal";
    subject_reminder: "办理提醒", "Reminder";
    subject_report: "网络安全报告", "Security report";
    subject_digest: "待办事项汇总", "All that is owed";
    subject_event: "网络安全事件告知", "An incident was judged real";
}
