use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    time::Duration,
};

use ward_event::{Format, config::Tail};

use crate::support::{Site, loopback};

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("opens");
    file.write_all(text.as_bytes()).expect("written");
}

fn row(n: usize) -> String {
    format!("{{\"row\":{n},\"text\":\"{}\"}}\n", "z".repeat(60))
}

async fn site(path: &Path) -> Site {
    let mut collect = loopback();
    collect.tail = vec![Tail { path: path.into(), format: Format::Jsonl }];
    Site::start(collect).await
}

async fn rows(site: &Site, n: usize) -> Vec<u64> {
    let records = site.wait_for(n).await;
    records.iter().map(|r| r.json["unmapped"]["row"].as_u64().expect("a row")).collect()
}

fn upto(n: u64) -> Vec<u64> {
    (0..n).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_from_its_beginning_through_half_lines_and_renames() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("app.log");
    append(&path, &(row(0) + &row(1)));
    let mut site = site(&path).await;
    assert_eq!(rows(&site, 2).await, upto(2));
    let (half, rest) = (row(2)[..20].to_owned(), row(2)[20..].to_owned());
    append(&path, &half);
    tokio::time::sleep(Duration::from_millis(400)).await;
    append(&path, &rest);
    assert_eq!(rows(&site, 3).await, upto(3));

    // The writer goes on with the renamed file for a moment.
    let mut old = OpenOptions::new().append(true).open(&path).expect("opens");
    fs::rename(&path, dir.path().join("app.log.1")).expect("renamed");
    old.write_all(row(3).as_bytes()).expect("written");
    append(&path, &row(5));
    old.write_all(row(4).trim_end().as_bytes()).expect("written");
    assert_eq!(rows(&site, 6).await, upto(6));
    site.stop().await;
    assert_eq!(site.book("tail").residual(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_cut_and_written_anew_is_read_anew() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("app.log");
    append(&path, &(row(0) + &row(1)));
    let mut site = site(&path).await;
    assert_eq!(rows(&site, 2).await, upto(2));
    File::create(&path).expect("cut");
    append(&path, &row(2));
    assert_eq!(rows(&site, 3).await, upto(3));
    // While we are away it is cut and grows beyond where we were.
    site.stop().await;
    site.crash();
    File::create(&path).expect("cut");
    append(&path, &(row(3) + &row(4) + &row(5)));
    site.up().await;
    assert_eq!(rows(&site, 6).await, upto(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_and_rotations_meanwhile_lose_and_double_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("app.log");
    append(&path, "");
    let mut site = site(&path).await;
    let mut n = 0;
    for life in 0..5_usize {
        let text: String = (n..n + 3_000).map(row).collect();
        append(&path, &text);
        n += 3_000;
        // Somewhere in the middle of reading.
        tokio::time::sleep(Duration::from_millis(20 * life as u64)).await;
        site.crash();
        if life % 2 == 1 {
            for old in (1..5).rev() {
                let name = |k: usize| dir.path().join(format!("app.log.{k}"));
                if name(old).exists() {
                    fs::rename(name(old), name(old + 1)).expect("renamed");
                }
            }
            fs::rename(&path, dir.path().join("app.log.1")).expect("renamed");
            append(&path, &row(n));
            n += 1;
        }
        site.up().await;
    }
    assert_eq!(rows(&site, n).await, upto(n as u64));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(rows(&site, n).await.len(), n, "none twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_is_a_dead_letter_and_the_next_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("app.log");
    append(&path, &"x".repeat(2 << 20));
    let site = site(&path).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    append(&path, &format!("{}\n{}", "x".repeat(1 << 20), row(0)));
    let records = site.wait_for(2).await;
    assert_eq!((records[0].dead, records[0].json["cause"].as_str()), (true, Some("too_long")));
    assert_eq!(records[1].json["unmapped"]["row"], 0);
}
