//! A case in one archive: what the desk holds of it, its timeline, documents and proofs, with a manifest that
//! `sha256sum -c` checks.

use std::collections::BTreeSet;

use ward_desk::{DeskError, case::NoticeDetail};
use ward_report::archive::pack;

use super::{
    download::set,
    one::history,
    paper::{Source, Which},
};
use crate::{context::Ctx, pages::hunt::csv_line};

const README: &str = "案件归档\n\n\
    case.json      卫哨所存的全部记录：步骤、单位、问题、延期、异议、核查、电话、督办、更正\n\
    replies.json   预警要求的反馈与各单位逐日所报\n\
    timeline.csv   何人何时做了何事，按时间先后\n\
    papers/        正式文书（Word，装有排版部件时另有 PDF），以归档时的记录生成\n\
    files/         用印文件、签批单、签收单与佐证材料，以其 SHA-256 为名\n\
    SHA256SUMS     以上各文件的 SHA-256\n\n\
    不用卫哨即可核对：解压后在此目录运行  sha256sum -c SHA256SUMS\n";

/// The same case is the same bytes, until something is done with it.
pub(super) async fn make(ctx: &Ctx, detail: &NoticeDetail) -> Result<Vec<u8>, DeskError> {
    let broken = |error: &dyn std::fmt::Display| DeskError::Broken(error.to_string());
    let mut files = vec![
        ("README.txt".to_owned(), README.as_bytes().to_vec()),
        ("case.json".to_owned(), serde_json::to_vec_pretty(detail).map_err(|e| broken(&e))?),
        ("timeline.csv".to_owned(), timeline(ctx, detail).into_bytes()),
    ];
    for (name, which, unit) in papers(detail) {
        let source = Source::of(ctx, detail, unit.as_ref());
        let Some(paper) = source.and_then(|source| source.paper(which)) else { continue };
        files.push((format!("{name}.docx"), ward_report::paper::docx(&paper).map_err(|e| broken(&e))?));
        if ctx.app.press.is_some() {
            files.push((format!("{name}.pdf"), set(ctx, paper).await.map_err(|e| broken(&e))?));
        }
    }
    let cases = ctx.app.desk.cases();
    let replies = cases.replies(&ctx.scope.units(), detail.notice.id).await?;
    let mut hashes = hashes(detail);
    if let Some(replies) = &replies {
        let answers: Vec<_> = replies.all().collect();
        hashes.extend(answers.iter().filter_map(|reply| reply.file.clone()));
        let told = serde_json::json!({ "asked": replies, "answers": answers });
        files.push(("replies.json".to_owned(), serde_json::to_vec_pretty(&told).map_err(|e| broken(&e))?));
    }
    for hash in hashes {
        let (file, bytes) = cases.file(&ctx.scope.units(), detail.notice.id, &hash).await?;
        files.push((format!("files/{hash}.{}", file.kind.as_str()), bytes));
    }
    tokio::task::spawn_blocking(move || pack(files)).await.map_err(|e| broken(&e))?.map_err(|e| broken(&e))
}

fn papers(detail: &NoticeDetail) -> Vec<(String, Which, Option<ward_event::UnitId>)> {
    let mut papers = vec![("papers/notice".to_owned(), Which::Notice, None)];
    for part in &detail.units {
        for which in [Which::Notice, Which::Receipt, Which::Review] {
            papers.push((format!("papers/{}-{}", which.name(), part.unit), which, Some(part.unit.clone())));
        }
    }
    for rung in &detail.rungs {
        let which = Which::Supervision(rung.id);
        papers.push((format!("papers/{}-{}", which.name(), rung.unit), which, Some(rung.unit.clone())));
    }
    papers
}

fn hashes(detail: &NoticeDetail) -> BTreeSet<String> {
    let steps = detail.steps.iter().filter_map(|s| s.sheet.clone());
    let units = detail.units.iter().filter_map(|u| u.signed_sheet.clone());
    let proofs = detail.proof.values().flatten().map(|p| p.hash.clone());
    let handed_in = detail.links.iter().flat_map(|l| l.files.iter().cloned());
    let sealed = detail.notice.sealed.clone().into_iter();
    sealed.chain(steps).chain(units).chain(proofs).chain(handed_in).collect()
}

/// Oldest first, as it is told in a file.
fn timeline(ctx: &Ctx, detail: &NoticeDetail) -> String {
    let w = ctx.lang.cases();
    let mut out = String::from("\u{feff}");
    csv_line(&mut out, [w.time, w.line_who, w.unit, w.problem, w.line_what, w.line_note].map(str::to_owned));
    for line in history(ctx, detail).into_iter().rev() {
        csv_line(&mut out, [line.at, line.account, line.unit, line.row, line.what.to_owned(), line.text]);
    }
    out
}
