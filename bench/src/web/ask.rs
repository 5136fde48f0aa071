//! One address, asked many times over a plain socket: how long until the first rows, and until the end.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use ward_store::Store;

/// What is asked.
pub(super) struct Question {
    pub name: &'static str,
    path: &'static str,
    /// What stands in front of the first row of a page that is sent in parts.
    first: Option<&'static str>,
}

const fn page(name: &'static str, path: &'static str) -> Question {
    Question { name, path, first: None }
}

const fn hunt(name: &'static str, path: &'static str) -> Question {
    Question { name, path, first: Some("<tr data-href") }
}

/// Pages as viewers open them, and hunts from what is everywhere to what is nearly nowhere.
pub(super) const QUESTIONS: &[Question] = &[
    page("overview", "/"),
    page("queue", "/queue"),
    page("queue, mine", "/queue?owner=me"),
    page("leader", "/leader"),
    page("assets", "/assets"),
    page("systems", "/systems"),
    page("alerts, a day", "/alerts?range=24h"),
    page("alerts, 30 days, high", "/alerts?range=30d&level=high&level=critical"),
    page("entities", "/entities"),
    page("entity", "/entities/host/srv-7?hospital=u007"),
    page("entity, an account", "/entities/account/user77?hospital=u007"),
    page("entity, an address", "/entities/ip/10.7.3.77"),
    page("units", "/hospitals"),
    page("unit", "/hospitals/u007"),
    page("incidents", "/incidents"),
    page("notices", "/notices"),
    page("exposure", "/exposure"),
    page("score", "/score"),
    page("duty", "/duty"),
    page("API alerts", "/api/v1/alerts"),
    page("API overview", "/api/v1/overview"),
    page("API queue", "/api/v1/queue"),
    page("API neighbours", "/api/v1/neighbours/host/srv-7?hospital=u007"),
    hunt("hunt: a day, all", "/hunt?range=24h"),
    hunt("hunt: a day, one unit", "/hunt?range=24h&q=unit%3Au007"),
    hunt("hunt: a day, an address", "/hunt?range=24h&q=ip%3A10.7.3.77"),
    hunt(
        "hunt: a day, a network",
        "/hunt?range=24h&q=src%3A10.7.0.0%2F16%20AND%20dst_port%3A%28445%2C%203389%29",
    ),
    hunt("hunt: a day, an account", "/hunt?range=24h&q=user%3Auser77"),
    hunt("hunt: a day, a word", "/hunt?range=24h&q=mimikatz"),
    hunt("hunt: a day, a regex", "/hunt?range=24h&q=message%3A%2Fport.%5Cd%2B77%2F"),
    hunt("hunt: a day, a source's field", "/hunt?range=24h&q=unmapped.LogonType%3A10"),
];

/// Milliseconds.
pub(super) struct Asked {
    pub cold: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    /// 95 of 100 first rows.
    pub first: Option<f64>,
}

/// Asks once cold and `runs` × 4 times warm.
pub(super) async fn ask(
    store: &Store,
    address: SocketAddr,
    question: &Question,
    runs: usize,
) -> Result<Asked> {
    for cache in ["MARK", "UNCOMPRESSED", "INDEX MARK", "QUERY CONDITION"] {
        // Not every engine has every cache.
        let _ = store.writer().query(&format!("SYSTEM DROP {cache} CACHE")).execute().await;
    }
    let (cold, _) = once(address, question).await?;
    let (mut ends, mut firsts) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) * 4 {
        let (end, first) = once(address, question).await?;
        ends.push(end);
        firsts.extend(first);
    }
    Ok(Asked {
        cold,
        p50: part(&mut ends, 0.5),
        p95: part(&mut ends, 0.95),
        p99: part(&mut ends, 0.99),
        first: (!firsts.is_empty()).then(|| part(&mut firsts, 0.95)),
    })
}

/// The value below which such a part of them lies.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some hundred measures"
)]
fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 * part).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(at).copied().unwrap_or(f64::NAN)
}

async fn once(address: SocketAddr, question: &Question) -> Result<(f64, Option<f64>)> {
    let begun = Instant::now();
    let mut socket = TcpStream::connect(address).await?;
    let request = format!("GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", question.path);
    socket.write_all(request.as_bytes()).await?;
    let (mut body, mut buffer, mut first) = (Vec::new(), vec![0; 65_536], None);
    loop {
        let n = tokio::time::timeout(Duration::from_secs(120), socket.read(&mut buffer)).await??;
        if n == 0 {
            break;
        }
        body.extend_from_slice(&buffer[..n]);
        let wanted = question.first.unwrap_or("").as_bytes();
        if first.is_none() && !wanted.is_empty() && body.windows(wanted.len()).any(|w| w == wanted) {
            first = Some(ms(begun));
        }
    }
    let end = ms(begun);
    let text = String::from_utf8_lossy(&body);
    if !text.starts_with("HTTP/1.1 200") || text.contains("class=\"failed\"") {
        bail!("{}: {}", question.path, text.lines().next().unwrap_or("no answer"));
    }
    Ok((end, first))
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}
