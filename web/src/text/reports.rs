//! Words of the pages of reports.

super::texts! { Reports;
    note: "每周按截止时间编发；一经编发即不再改变，文件可随时按原样重新生成。", "Issued every week at its cut-off. What is issued does not change; its files can be made again as they were.";
    empty: "还没有报告", "No report yet";
    empty_why: "每周截止数小时后自动编发；有权限的人员也可立即编发。", "One is issued some hours after each week's end, or at once by those who may.";
    week: "周次", "Week";
    edition: "版本", "Edition";
    title: "标题", "Title";
    issue: "期号", "Issue";
    verdict: "研判", "Verdict";
    as_of: "数据截至", "Data as of";
    made: "编发", "Issued";
    by: "编发人", "By";
    by_itself: "自动", "Automatic";
    files: "文件", "Files";
    word_file: "Word 文件", "Word";
    model_file: "数据模型", "Model";
    edition_leader: "领导版", "Leader's";
    edition_superior: "上级报送版", "For the superior authority";
    edition_unit: "单位版", "Hospital's";
    version: "第 {} 版", "Version {}";
    make: "立即编发", "Make now";
    make_note: "已编发的周次会直接打开原报告，不会改动。", "A week that was issued opens as it was; nothing is changed.";
    failed: "未能编发", "Not issued";
    failed_store: "数据库没有应答，请稍后再试。", "The store does not answer; try again later.";
    failed_not_over: "这一周尚未截止，截止后才能编发。", "This week is not over yet.";
    failed_week: "没有这一周或这个版本。", "There is no such week or edition.";
    failed_other: "出现内部错误，详情见日志。", "Something went wrong; the log has the details.";
    pdf_failed: "无法生成 PDF", "No PDF could be made";
    pdf_failed_why: "请系统管理员检查字体（fonts-noto-cjk）与报告模板；Word 文件与网页不受影响。", "Ask the system administrator about the fonts (fonts-noto-cjk) and the report's templates; Word and this page are not affected.";
    hash: "模型摘要 SHA-256", "SHA-256 of the model";
    back: "返回报告列表", "Back to the reports";

    // The score
    score_note: "满分 100；没有数据的项目按全部扣分计，静默不会提高得分。", "100 at most. What nothing is known of costs all of its points: silence never helps.";
    formula: "评分公式版本 {}。", "Formula version {}.";
    region_score: "全域平均", "Mean of the region";
    score_empty: "没有可评分的单位", "No unit to score";
    score_empty_why: "登记册中有单位后即可评分。", "Units of the register are scored.";
    part_exposure: "暴露", "Exposure";
    part_threat: "威胁", "Threat";
    part_response: "响应", "Response";
    part_coverage: "覆盖", "Coverage";
    part_compliance: "合规", "Compliance";
    part: "部分", "Part";
    place: "同级位次", "Among peers";
    place_of: "同级第 {} / {}", "{} of {} peers";
    unknown_points: "因无数据扣分", "Lost for want of data";
    unknown_item: "无数据", "No data";
    computed: "小幅波动不改变显示；当前计算值", "Small changes are not shown; computed now:";
    steps: "做这三件事", "Do these three things:";
    lost: "扣分", "Points lost";
    item: "项目", "Item";
    rows: "明细", "Rows";
    history: "历史", "History";
    history_none: "尚无历史，每日记录一次。", "No history yet; one record a day.";
}
