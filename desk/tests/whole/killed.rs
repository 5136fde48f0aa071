//! kill -9 in the middle of appends: what was acknowledged is there, the chain is whole, numbers are dense.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use ward_desk::{
    Desk,
    audit::{Action, Entry, Search},
};
use ward_event::clock::Clock;

const DIR: &str = "WARD_DESK_KILLED";

/// Appends from 64 tasks for ever and says what was acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the test below"]
async fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let desk = Desk::open(dir.as_ref(), Clock::system()).await.expect("a desk");
    let life = std::process::id();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let desk = desk.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let id = format!("{life}-{task}-{n}");
                    let entry = Entry::nobody("x", "", Action::System).object("try", &id);
                    let number = desk.audit().append(entry).await.expect("appended");
                    let line = format!("ack {number} {id}\n");
                    std::io::stdout().write_all(line.as_bytes()).expect("said");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_and_the_chain_is_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut acknowledged = BTreeMap::new();
    for acks in [1, 40, 333, 700, 150] {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "killed::child", "--ignored", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut seen = 0;
        let mut note = |line: &str| {
            // The harness's own words may stand before the first.
            let Some(ack) = line.find("ack ") else { return 0 };
            let mut words = line[ack + 4..].split(' ');
            let (Some(number), Some(id)) = (words.next(), words.next()) else { return 0 };
            let Ok(number) = number.parse::<i64>() else { return 0 };
            assert_eq!(acknowledged.insert(number, id.to_owned()), None, "a number twice");
            1
        };
        while seen < acks {
            seen += note(&lines.next().expect("still alive").expect("a line"));
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        // What it had said before; its last line may be torn.
        let rest: Vec<_> = lines.map_while(Result::ok).collect();
        for line in rest.iter().take(rest.len().saturating_sub(1)) {
            note(line);
        }

        let desk = Desk::open(dir.path(), Clock::system()).await.expect("the desk again");
        let sound = desk.audit().verify(&[]).await.expect("verified").expect("sound");
        assert_eq!(sound.entries, u64::try_from(sound.last).expect("a count"), "dense");
        let mut before = None;
        let mut stored = BTreeMap::new();
        loop {
            let page = Search { before, limit: Some(1_000), ..Search::default() };
            let found = desk.audit().search(&page).await.expect("found");
            let Some(last) = found.last() else { break };
            before = Some(last.number);
            stored.extend(found.into_iter().map(|r| (r.number, r.object_id)));
        }
        for (number, id) in &acknowledged {
            assert_eq!(stored.get(number), Some(id), "entry {number}");
        }
        desk.close().await;
    }
    assert!(acknowledged.len() > 1_200);
}
