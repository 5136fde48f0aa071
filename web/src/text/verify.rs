//! Words of claims held against what machines saw. The reasons stand in the history and on documents, in Chinese.

super::texts! { Verify;
    title: "申报与核查", "Claim against evidence";
    note: "医院申报“已整改”后由机器核查；数据源或扫描未全程覆盖的，不下结论，转由发出人以外的人员核查。", "What a hospital says is fixed is checked by machine. Where source or scan did not cover it throughout nothing is concluded, and another person than who sent it judges.";
    claim: "医院申报", "Claim";
    evidence: "核查依据", "Evidence";
    conclusion: "结论", "Verdict";
    no_claim: "尚未申报", "Nothing claimed yet";
    not_checked: "尚未核查", "Not checked yet";
    proof_count: "佐证 {} 份", "{} proofs";

    kind_rule: "规则静默观察", "Rule stays quiet";
    kind_scan: "复扫比对", "Newer scan";
    kind_port: "端口流量观察", "Port in flows";
    kind_none: "无适用的机器核查", "No check fits";
    by_person: "人工核查", "By a person";
    watching: "机器核查中，观察至 {}", "Being checked by machine until {}";
    waiting_scan: "等待覆盖该资产的新扫描，至 {}", "Waiting for a newer scan of the asset until {}";
    by_hand: "机器无法核查，待人工核查佐证", "No machine can say: a person judges the proof";
    watch: "观察期 {} 至 {}", "Watched {} to {}";
    as_of: "数据截至 {}", "As of {}";
    asked: "核查 {}", "Asked for {}";
    about: "对象 {}", "About {}";
    seen: "再次出现 {} 次", "Seen again {} times";
    heard: "{}：{} 次有数据，最长中断 {} 分钟（允许 {} 分钟）", "{}: heard {} times, longest pause {} min (normal {} min)";
    scan: "扫描 {} 号 {} {}", "Scan {} {} {}";

    quiet_good: "{} 至 {}，{} 条规则在相关对象上未再告警，{} 个观测来源全程有数据。", "{} to {}: {} rules did not fire again, {} sources were there throughout.";
    quiet_bad: "观察期内规则 {} 于 {} 再次告警。", "Rule {} fired again at {}.";
    deaf: "观察期内 {} 自 {} 至 {} 无数据，机器无法核查。", "{} told nothing from {} to {}: no machine can say.";
    no_ear: "告警依据的原始事件已查不到，不知由哪个数据源观测，机器无法核查。", "The events behind the alert are gone, so nobody knows what would have told: no machine can say.";
    behind: "观察期结束时检测只处理到 {}，机器无法核查。", "Detection had come only to {}: no machine can say.";
    alert_gone: "已查不到对应的告警，机器无法核查。", "The alert is gone: no machine can say.";
    rule_off: "规则 {} 已停用，静默不能说明问题消除，机器无法核查。", "Rule {} is not in force, so its silence says nothing: no machine can say.";
    excepted: "观察期内该规则设有例外（{}），静默不能说明问题消除，机器无法核查。", "The rule had an exception ({}), so its silence says nothing: no machine can say.";
    too_heavy: "数据量过大，限定时间内查不出结果，机器无法核查。", "There is too much to ask within the time: no machine can say.";
    port_good: "{} 至 {} 的流量中 {} 未再应答，{} 个观测来源全程有数据。", "{} to {}: {} did not answer in flows, {} sources were there throughout.";
    port_bad: "{} 起的流量中 {} 仍有应答，共 {} 条。", "Since {}: {} still answers, {} flows.";
    port_never: "申报前的流量中没有见过 {} 应答，流量不足以说明端口已关闭，机器无法核查。", "No flow had shown {} answering before, so flows cannot show that it is closed: no machine can say.";
    scan_good: "{} 的扫描（{}）覆盖该资产，未再发现。", "The scan of {} ({}) covered the asset and did not find it.";
    scan_bad: "{} 的扫描（{}）仍然发现该问题。", "The scan of {} ({}) still found it.";
    scan_none: "至 {} 没有新的扫描覆盖该资产，机器无法核查。", "No newer scan covered the asset until {}: no machine can say.";
    scan_doubt: "新的扫描不能说明已经修复（{}），机器无法核查。", "The newer scan cannot show that it is fixed ({}): no machine can say.";
    scan_person: "该问题已由 {} 人工认定，不是扫描的结论，须人工核查。", "It was judged by {}, not by a scan: a person must judge.";
    finding_gone: "已查不到对应的扫描结果，机器无法核查。", "The finding is gone: no machine can say.";
    no_check: "该问题没有对应的告警、扫描结果或端口，机器无法核查，须人工核查佐证。", "It came from no alert, finding or port: a person judges the proof.";
}
