//! A message in words. It is made of the message's own fields and of nothing else.

use ward_desk::delivery::Message;
use ward_event::{Micros, time::Calendar};

/// `整改通知书（卫网安〔2026〕12号）`
pub fn title(message: &Message) -> String {
    let subject = message.subject.title();
    message.document.as_ref().map_or(subject.to_owned(), |d| format!("{subject}（{}）", d.as_str()))
}

/// `https://ward.example/notices/12`; the receiver signs in before he sees anything.
pub(crate) fn link(base: &str, message: &Message) -> String {
    format!("{}/{}/{}", base.trim_end_matches('/'), message.link.0.as_str(), message.link.1)
}

pub(crate) fn deadline(message: &Message, calendar: Calendar) -> Option<String> {
    let Micros(at) = message.deadline?;
    let local = jiff::Timestamp::from_microsecond(at + calendar.offset_secs() * 1_000_000).ok()?;
    Some(local.strftime("%Y年%m月%d日 %H:%M").to_string())
}

/// The body of a mail, and what a group or a telephone is told.
pub fn mail_body(base: &str, message: &Message, calendar: Calendar) -> String {
    let mut lines = vec![title(message)];
    lines.extend(deadline(message, calendar).map(|at| format!("办理期限：{at}")));
    lines.push(format!("请登录查看：{}", link(base, message)));
    lines.join("\n")
}
