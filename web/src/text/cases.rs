//! Words of notices, problems and how they are chased.

super::texts! { Cases;

    // The list
    notices_note: "一行一个问题。文号可用任意括号查找，如“卫网安 12 号”。", "One line a problem. A number is found in any brackets.";
    notice_new: "拟制通报", "Draft a notice";
    call_list: "催签名单", "Call list";
    search_hint: "文号、单位、系统、地址、拟稿人", "Number, unit, system, address, drafter";
    only: "只看", "Only";
    only_open: "未销号", "Open";
    only_overdue: "逾期", "Overdue";
    only_returned: "被退回、未销号", "Sent back and open";
    sent_until: "至", "Until";
    number: "文号", "Number";
    no_number: "未编号", "No number";
    title: "标题", "Title";
    unit: "单位", "Unit";
    problem: "问题", "Problem";
    problems: "问题清单", "Problems";
    level: "等级", "Severity";
    state: "状态", "State";
    due: "整改期限", "Due";
    system: "信息系统", "System";
    address: "地址", "Address";
    drafter: "拟稿人", "Drafted by";
    sent: "发出", "Sent";
    list_empty: "没有符合条件的通报", "No notice fits";
    list_empty_why: "放宽条件，或拟制一份新通报。", "Loosen the conditions, or draft a new one.";
    count_drafts: "在办文稿", "Being drafted";
    count_open: "未销号问题", "Open problems";
    count_overdue: "逾期", "Overdue";
    count_decide: "待我方处理", "Waiting for us";
    count_closed: "已了结", "Settled";
    overdue_by: "逾期 {} 天", "{} days late";
    overdue_hours: "逾期 {} 小时", "{} hours late";
    left_days: "剩 {} 天", "{} days left";
    left_hours: "剩 {} 小时", "{} hours left";
    calendar_missing: "{} 年放假安排尚未录入，期限仅按周末推算。请把国务院通知录入数据目录 case/{}.toml。", "The holidays of {} are not on file: deadlines count weekends alone. Put the State Council's notice into case/{}.toml of the data folder.";

    // Kinds
    kind: "文种", "Kind";
    kind_warning: "预警通报函", "Warning";
    kind_circular: "网络安全事件通报", "Incident circular";
    kind_rectify: "整改通知书", "Rectification notice";
    colour: "预警等级", "Warning colour";
    colour_red: "红色", "Red";
    colour_orange: "橙色", "Orange";
    colour_yellow: "黄色", "Yellow";
    colour_blue: "蓝色", "Blue";
    problem_kind: "问题类型", "Kind of problem";
    problem_vulnerability: "漏洞", "Vulnerability";
    problem_weak_password: "弱口令", "Weak password";
    problem_exposure: "违规暴露", "Exposure";
    problem_intrusion: "入侵与恶意程序", "Intrusion or malware";
    problem_data: "数据安全", "Data security";
    problem_config: "配置与基线", "Configuration";
    problem_other: "其他", "Other";

    // Formal documents
    papers: "公文", "Documents";
    papers_note: "按当前记录生成，问题清单只含该单位。签发前的文稿带“草稿”字样。", "Made from the record as it stands, with this unit's problems alone. Before signing each is marked as a draft.";
    paper_receipt: "回执", "Receipt";
    paper_review: "复核意见", "Review";
    paper_supervision: "督办单", "Supervision";
    number_review: "给复核意见编号", "Number the review";
    paper_word: "Word 文件", "Word";
    paper_pdf: "PDF 文件", "PDF";
    case_file: "案件归档", "Case file";
    case_file_note: "记录、时间线、公文与佐证打成一个压缩包，附 SHA-256 清单，不用卫哨即可核对。", "Record, timeline, documents and proof in one archive with their SHA-256, to be checked without Ward.";

    line_who: "经办", "Who";
    line_what: "事项", "What";
    line_note: "说明", "Note";

    // States of a notice
    notice_drafting: "拟稿", "Drafting";
    notice_checking: "待审核", "To be checked";
    notice_countersigning: "待会签", "To be countersigned";
    notice_signing: "待签发", "To be signed";
    notice_sealing: "待用印", "To be sealed";
    notice_ready: "待发出", "Ready to send";
    notice_sent: "已发出", "Sent";
    notice_closed: "已办结", "Closed";
    notice_void: "已作废", "Void";
    notice_withdrawn: "已撤回", "Withdrawn";

    // States of a problem
    row_found: "发现", "Found";
    row_judged: "已研判", "Judged";
    row_notified: "待签收", "To be signed for";
    row_signed: "整改中", "Being put right";
    row_rectified: "已报整改，待核查", "Claimed, to be checked";
    row_by_hand: "待人工核查", "To be judged by a person";
    row_disputed: "有异议", "Disputed";
    row_verified: "复核通过", "Verified";
    row_closed: "已销号", "Closed";
    row_false_alarm: "误报", "False alarm";
    row_withdrawn: "已撤销", "Withdrawn";
    row_accepted: "风险接受", "Risk accepted";

    // Drafting
    new_note: "先写清事由和问题，再审核、会签、签发、用印、发出。整改期限自发出之时起算。", "First what happened and what is wrong; then it is checked, countersigned, signed, sealed and sent. Deadlines run from sending.";
    draft_words: "正文", "Words";
    cause: "事由", "What happened";
    basis: "依据", "On what ground";
    demand: "要求", "What is asked";
    contact: "联系人", "Contact";
    phone: "联系电话", "Telephone";
    above: "来文单位", "Came from";
    above_number: "来文文号", "Its number";
    above_due: "要求反馈时间", "Answer wanted by";
    above_group: "上级来文（如有）", "A notice from above, if any";
    evidence: "证据", "Evidence";
    to_do: "整改要求", "What to do";
    addressees: "其他接收单位", "Other addressees";
    draft_title: "关于{}的整改通知", "Rectification: {}";
    due_if_sent: "如现在发出，整改期限为 {}。", "Sent now it would be due {}.";
    due_of_finding: "该问题在暴露面清单中的期限为 {}。", "As a finding it is due {}.";
    create_draft: "保存文稿", "Save the draft";
    save_draft: "保存修改", "Save changes";
    add_problem: "添加问题", "Add a problem";
    drop_problem: "删除", "Remove";
    basis_default: "《中华人民共和国网络安全法》", "The Cybersecurity Law of the People's Republic of China";

    // Steps
    steps: "办文过程", "How it was made";
    person: "签署人", "Person";
    post: "职务", "Post";
    time: "时间", "Time";
    opinion: "意见", "Opinion";
    sheet: "签批单", "Sheet";
    stands_for: "代 {}", "for {}";
    entered_by: "由 {} 录入", "entered by {}";
    act_submit: "提交审核", "Submit";
    act_check: "审核通过", "Check";
    act_countersign: "会签", "Countersign";
    act_sign: "签发", "Sign";
    act_seal: "用印", "Seal";
    act_send: "发出", "Send";
    act_return: "退回拟稿", "Back to its drafter";
    act_void: "作废", "Void it";
    act_withdraw: "撤回", "Withdraw";
    act_close: "办结", "Close";
    act_reopen: "重新打开", "Reopen";
    next_step: "下一步", "Next step";
    next_other: "等待{}。", "Waiting: {}.";
    paper_note: "纸质签批由他人代录时，填写签署人并上传签批单扫描件。", "Signed on paper: name who signed and upload the scanned sheet.";
    sealed_file: "盖章文件（OFD、PDF 或扫描件）", "The sealed file (OFD, PDF or scan)";
    sealed_show: "查看盖章文件", "Open the sealed file";
    reason_needed: "理由（退回、作废必填）", "Reason (needed to return or void)";
    give_number: "编号", "Number it";
    take_next: "取下一个号", "Take the next";
    typed_number: "或录入已有文号", "Or type the number it was given";
    send_note: "将向 {} 家单位发出 {} 个问题。发出后期限开始计算。", "It goes to {} units with {} problems. From then the deadlines run.";
    no_contact: "登记簿中无联系人", "No contact in the register";

    // Progress
    progress: "各单位进展", "Progress by unit";
    progress_sum: "发出 {} · 送达 {} · 已读 {} · 签收 {} · 反馈 {}", "Sent {} · delivered {} · read {} · signed for {} · answered {}";
    delivered: "送达", "Delivered";
    read: "已读", "Read";
    signed: "签收", "Signed for";
    answered: "反馈", "Answered";
    calls: "电话", "Calls";
    passed: "县区转办", "Passed on";
    withdrawn_part: "本单位部分已撤回", "This unit's part is withdrawn";
    chase: "催办与代录", "Chase, or enter for it";
    call_add: "记录电话", "Record a call";
    call_number: "号码", "Number";
    call_person: "接听人", "Who answered";
    call_outcome: "结果", "Outcome";
    call_reached: "已接通", "Reached";
    call_no_answer: "无人接听", "No answer";
    call_wrong_number: "号码有误", "Wrong number";
    call_said: "答复内容", "What was said";
    call_promised: "承诺时间", "Promised by";
    call_note: "电话不代替签收。", "A call is no receipt.";
    calls_note: "逾时未签收，或邮件、短信未能送达的单位。", "Units that have not signed in time, or that mail and SMS did not reach.";
    calls_empty: "没有需要致电的单位", "Nobody has to be called";
    calls_empty_why: "已发出的通报都已送达，并在规定时间内签收。", "Every notice has arrived and was signed for in time.";
    history_no_contact: "无可用联系方式，列入催签名单", "No usable contact: on the call list";
    history_stale: "联系人长期未核实，列入催签名单", "Contact not confirmed for long: on the call list";
    reply_form: "设定反馈要求", "What is to be replied";
    reply_chased: "催报", "Reminded to answer";
    last_call: "最近电话", "Last call";
    never_called: "尚未致电", "Not called yet";
    entry_claim: "凭扫描件代录整改情况", "Enter what it has done by the scan";
    entry_sign: "凭扫描件代录签收", "Enter its receipt by the scan";
    scan: "签字盖章扫描件", "Scan, signed and stamped";

    // Deciding
    reason: "理由", "Reason";
    decision_return: "退回整改", "Send back";
    decision_no_machine: "转人工核查", "A person must judge";
    decision_proof_good: "核查通过", "The proof holds";
    decision_proof_bad: "核查不通过", "The proof does not hold";
    decision_not_theirs: "采纳：非本单位", "Right: not theirs";
    decision_false_alarm: "采纳：误报", "Right: a false alarm";
    decision_accept: "采纳：风险接受", "Right: accept the risk";
    decision_uphold: "不采纳，继续整改", "Not right: to be fixed";
    decision_close: "销号", "Close";
    decision_reopen: "重新打开", "Reopen";
    risk_owner: "风险承担人", "Who bears the risk";
    risk_until: "接受期限", "Until";
    other_judges: "须由发出人以外的人员处理。", "Another person than who sent it decides.";
    extension: "延期", "Extension";
    extension_asks: "申请延期至 {}", "Asks for time until {}";
    extension_granted: "已同意", "Granted";
    extension_refused: "未同意", "Refused";
    extension_waits: "待审批", "Waiting";
    grant: "同意", "Grant";
    refuse: "不同意", "Refuse";
    claim: "整改情况", "What was done";
    claim_measures: "整改措施", "Measures";
    proof: "佐证材料", "Proof";
    dispute: "异议", "Dispute";
    dispute_not_ours: "不属于本单位", "Not ours";
    dispute_false_alarm: "误报", "A false alarm";
    dispute_cannot_fix: "无法整改", "It cannot be fixed";
    checks: "核查记录", "Checks";
    check_good: "通过", "Holds";
    check_bad: "不通过", "Does not hold";
    check_cannot: "机器无法核查", "No machine can say";
    returned: "退回 {} 次", "Came back {} times";

    // Supervision
    ladder: "督促", "Supervision";
    rung_remind: "提醒", "Reminder";
    rung_supervise: "督办", "Supervision order";
    rung_talk: "约谈", "Summons";
    rung_circulate: "通报批评", "Public circular";
    rung_drafted: "已拟，待签", "Drafted, to be signed";
    rung_sent: "已发", "Sent";
    rung_dropped: "已取消", "Dropped";
    rung_late: "{} 个问题逾期，最长 {} 天", "{} problems late, the worst {} days";
    rung_send: "签发", "Sign and send";
    rung_drop: "取消", "Drop";

    // Corrections
    corrections: "更正与撤回", "Corrections and withdrawals";
    correction_correction: "更正", "Correction";
    correction_withdrawal: "撤回", "Withdrawal";
    propose: "提出", "Propose";
    correction_text: "内容", "Text";
    correction_whole: "全部单位", "All units";
    approve: "批准", "Approve";
    approved: "已批准", "Approved";
    not_approved: "未批准", "Refused";

    history: "经过", "History";
    by_platform: "系统", "Ward";

    // Deputies
    deputies: "AB 角", "Deputies";
    deputies_note: "领导不在时，由指定人员代为签发，期满自动失效。", "Who signs while a leader is away; it ends by itself.";
    deputy: "代签人", "Deputy";
    leader: "领导", "Leader";
    deputy_from: "自", "From";
    deputy_until: "至", "Until";
    deputy_name: "指定代签人", "Name a deputy";
    deputy_end: "提前结束", "End it now";
    deputies_empty: "目前没有代签安排。", "Nobody stands in for anybody.";

    // A unit's own pages
    tasks_note: "先签收，再逐项整改并上传佐证。有疑问请拨打通报上的联系电话。", "Sign first, then put each problem right and upload the proof. In doubt call the number on the notice.";
    tasks_empty: "没有通报", "No notice";
    tasks_empty_why: "卫生健康主管部门发出通报后会出现在这里。", "What the health commission sends appears here.";
    task_sign_first: "请先签收", "To be signed for";
    task_owed: "{} 个问题待整改", "{} problems to put right";
    task_waiting: "{} 个问题等待核查", "{} problems being checked";
    task_done: "已全部了结", "All settled";
    task_next_due: "最近期限", "Next deadline";
    sign_title: "第一步：签收", "First: sign for it";
    sign_note: "签收表示本单位已收到并知悉，期限自发出之时起算。", "Signing says that your unit has it. Deadlines run from sending.";
    sign_person: "签收人姓名", "Your name";
    sign_post: "职务", "Your post";
    sign_button: "确认签收", "Sign for it";
    signed_line: "{} 已于 {} 签收", "{} signed at {}";
    fix_title: "已整改，提交核查", "It is fixed: have it checked";
    fix_cause: "问题是怎么产生的", "How it came about";
    fix_measures: "做了什么", "What was done";
    fix_proof: "佐证（截图、照片或 PDF，10 MB 以内）", "Proof (picture or PDF, 10 MB at most)";
    fix_button: "提交整改结果", "Submit";
    dispute_title: "认为有误，提出异议", "It is not right: dispute it";
    dispute_kind: "异议类型", "Why";
    dispute_reason: "具体说明", "In words";
    dispute_button: "提交异议", "Dispute";
    extend_title: "时间不够，申请延期", "More time is needed";
    extend_until: "希望延期至", "Until";
    extend_reason: "延期理由", "Why";
    extend_button: "提交申请", "Ask";
    extend_note: "批准前期限不变。", "Until it is granted the deadline stays.";
    // A unit without an account
    link_make: "打印带二维码的回执", "Print its receipt with a code";
    link_note: "供没有账号的单位使用：签字盖章后扫码回传，一次有效。再次打印后，先前未用的二维码作废。", "For a unit without an account: signed and stamped, it is handed in by the code, once. Printing again ends an earlier code.";
    link_given: "{} 于 {} 打印了带二维码的回执，{} 前有效，尚未回传", "{} printed a receipt with a code at {}; it is valid until {} and has not come back";
    link_history: "打印带二维码的回执", "Receipt printed with a code";
    handed_in: "已扫码回传，待录入", "Handed in by code, to be entered";
    handed_in_note: "打开通报，核对签字盖章后录入签收与整改情况。", "Open the notice, look at signature and stamp, and enter what the sheet says.";
    handed_in_by: "{}（{}）于 {} 回传", "{} ({}) handed it in at {}";
    hand_in_waits: "待录入", "to be entered";
    hand_in_entered: "已录入", "entered";
    hand_in_use: "用 {} 于 {} 回传的 {} 页", "What {} handed in at {}: {} pages";
    hand_in_upload: "另行上传扫描件", "Upload a scan instead";
    hand_in: "回传签字盖章的回执", "Hand in the signed receipt";
    hand_in_note: "请把填写完整、由单位负责人签字并加盖公章的回执逐页拍照或扫描后上传。", "Photograph or scan every page of the receipt, filled in, signed and stamped, and upload it.";
    hand_in_sheet: "回执照片或扫描件", "Pictures or scan";
    hand_in_rule: "最多 {} 个文件，JPEG、PNG 或 PDF，合计不超过 16 MB", "At most {} files, JPEG, PNG or PDF, 16 MB in all";
    hand_in_person: "经办人姓名", "Your name";
    hand_in_phone: "联系电话", "Your telephone";
    hand_in_button: "上传", "Hand it in";
    hand_in_until: "二维码有效期至", "The code is valid until";
    hand_in_done: "已收到，谢谢。", "Received, thank you.";
    hand_in_done_why: "工作人员核对后录入；如有问题会与您电话联系。请保存好原件。", "Somebody will look at it and enter it, and call if anything is wrong. Keep the original.";
    hand_in_over: "二维码已使用、已过期或已被替换。", "This code was used, has run out or was replaced.";
    hand_in_over_why: "请拨打通报上的联系电话，索取新的回执。", "Call the number on the notice and ask for a new receipt.";
    pass_on: "已转办该单位", "Passed on to this unit";
    from_county: "县区 {} 已于 {} 转办", "{} of the county passed it on at {}";

    // What is refused
    changed_by: "{} 已于 {} 修改，请核对后重新提交。", "{} changed it at {}. Look again, then submit.";
    wrong_state: "当前状态下不能这样操作。", "As it stands now, that cannot be done.";
    same_person: "须由另一人办理。", "Another person has to do that.";
    reason_missing: "请填写理由。", "Give a reason.";
    scan_missing: "请上传签字盖章的扫描件或盖章文件。", "Upload the signed and stamped sheet, or the sealed file.";
    number_unfit: "文号格式为 代字〔年份〕序号号，年份限今年或去年。", "A number is a word, a year in brackets (this or last) and a figure.";
    number_taken: "该文号已被使用或作废，不能重复使用。", "That number was given before; it is never given again.";
    number_missing: "尚未编号，不能发出。", "Without a number it cannot be sent.";
    nobody_addressed: "没有接收单位，或整改通知书没有问题。", "It has no addressee, or no problem in it.";
    time_unfit: "时间须晚于现在，且晚于原期限。", "The time must lie in the future and after the present deadline.";
    file_unfit: "文件为空、超过 10 MB，或不是 PDF、OFD、Word、PNG、JPEG。", "The file is empty, over 10 MB, or none of PDF, OFD, Word, PNG, JPEG.";
    text_unfit: "有必填内容未填，或内容过长。", "Something needed is missing, or too long.";
}
