//! A message in words. It is made of the message's own fields and of nothing else.

use ward_desk::delivery::{Document, LinkKind, Message, Subject};
use ward_event::{Micros, time::Calendar};

/// Lines of a digest that a short message names; the rest is counted.
const SHORT_ITEMS: usize = 5;

/// `整改通知书（卫网安〔2026〕12号）`, `待办事项汇总（3项）`
pub fn title(message: &Message) -> String {
    match message.items.len() {
        0 => named(message.subject, message.document.as_ref()),
        count => format!("{}（{count}项）", message.subject.title()),
    }
}

fn named(subject: Subject, document: Option<&Document>) -> String {
    let subject = subject.title();
    document.map_or(subject.to_owned(), |d| format!("{subject}（{}）", d.as_str()))
}

/// `https://ward.example/tasks/12`; the receiver signs in before he sees anything.
pub(crate) fn link(base: &str, (kind, id): (LinkKind, i64)) -> String {
    format!("{}/{}/{id}", base.trim_end_matches('/'), kind.as_str())
}

pub(crate) fn deadline(at: Option<Micros>, calendar: Calendar) -> Option<String> {
    let Micros(at) = at?;
    let local = jiff::Timestamp::from_microsecond(at + calendar.offset_secs() * 1_000_000).ok()?;
    Some(local.strftime("%Y年%m月%d日 %H:%M").to_string())
}

/// The body of a mail, and what a group is told.
pub fn mail_body(base: &str, message: &Message, calendar: Calendar) -> String {
    body(base, message, calendar, usize::MAX).join("\n")
}

/// The same on one line, for a telephone.
pub(crate) fn short_body(base: &str, message: &Message, calendar: Calendar) -> String {
    body(base, message, calendar, SHORT_ITEMS).join("，")
}

fn body(base: &str, message: &Message, calendar: Calendar, items_max: usize) -> Vec<String> {
    let mut lines = vec![title(message)];
    if message.items.is_empty() {
        lines.extend(deadline(message.deadline, calendar).map(|at| format!("办理期限：{at}")));
        lines.push(format!("请登录查看：{}", link(base, message.link)));
        return lines;
    }
    for (i, item) in message.items.iter().enumerate().take(items_max) {
        let name = named(item.subject, item.document.as_ref());
        let until =
            deadline(item.deadline, calendar).map(|at| format!("，办理期限：{at}")).unwrap_or_default();
        lines.push(format!("{}. {name}{until}，{}", i + 1, link(base, item.link)));
    }
    if message.items.len() > items_max {
        lines.push(format!("其余{}项请登录查看", message.items.len() - items_max));
    }
    lines
}

#[cfg(test)]
mod tests {
    use ward_desk::delivery::Item;

    use super::*;

    #[test]
    fn a_digest_names_each_thing_and_a_short_one_counts_the_rest() {
        let item = |id: i64| Item {
            subject: Subject::Rectification,
            document: Document::new(&format!("卫网安〔2026〕{id}号")),
            deadline: Some(Micros(1_795_000_000_000_000)),
            link: (LinkKind::Task, id),
        };
        let message = Message {
            subject: Subject::Digest,
            document: None,
            deadline: None,
            link: (LinkKind::Task, 1),
            items: (1..=7).map(item).collect(),
        };
        let calendar = Calendar::shanghai();
        assert_eq!(title(&message), "待办事项汇总（7项）");
        let body = mail_body("https://w.example/", &message, calendar);
        let line =
            "2. 整改通知书（卫网安〔2026〕2号），办理期限：2026年11月18日 19:06，https://w.example/tasks/2";
        assert_eq!(body.lines().nth(2), Some(line));
        assert_eq!(body.lines().count(), 8);
        let short = short_body("https://w.example", &message, calendar);
        assert!(short.ends_with("https://w.example/tasks/5，其余2项请登录查看") && !short.contains('\n'));
    }
}
