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
use ward_desk::Role;
use ward_store::Store;
use ward_web::{Audit, ROUTES, RouteEntry};

/// What is asked.
pub(super) struct Question {
    pub name: String,
    path: String,
    /// What stands in front of the first row of a page that is sent in parts.
    first: Option<&'static str>,
}

/// Addresses with a filter, or of one thing, as an analyst opens them.
const PAGES: &[(&str, &str)] = &[
    ("queue, mine", "/queue?owner=me"),
    ("alerts, a day", "/alerts?range=24h"),
    ("alerts, 30 days, high", "/alerts?range=30d&level=high&level=critical"),
    ("entity", "/entities/host/srv-7?hospital=u007"),
    ("entity, an account", "/entities/account/user77?hospital=u007"),
    ("entity, an address", "/entities/ip/10.7.3.77"),
    ("unit", "/hospitals/u007"),
    ("asset", "/asset/address/10.7.0.7?hospital=u007"),
    ("score of a unit", "/score/u007"),
    ("compliance of a unit", "/compliance/u007"),
    ("portal of a unit", "/portal?hospital=u007"),
    ("API neighbours", "/api/v1/neighbours/host/srv-7?hospital=u007"),
    ("API timeline", "/api/v1/timeline/host/srv-7?hospital=u007"),
    ("API wall", "/api/v1/walls/overview"),
];

/// From what is everywhere to what is nearly nowhere.
const HUNTS: &[(&str, &str)] = &[
    ("hunt: a day, all", "/hunt?range=24h"),
    ("hunt: a day, one unit", "/hunt?range=24h&q=unit%3Au007"),
    ("hunt: a day, an address", "/hunt?range=24h&q=ip%3A10.7.3.77"),
    (
        "hunt: a day, a network",
        "/hunt?range=24h&q=src%3A10.7.0.0%2F16%20AND%20dst_port%3A%28445%2C%203389%29",
    ),
    ("hunt: a day, an account", "/hunt?range=24h&q=user%3Auser77"),
    ("hunt: a day, a word", "/hunt?range=24h&q=mimikatz"),
    ("hunt: a day, a regex", "/hunt?range=24h&q=message%3A%2Fport.%5Cd%2B77%2F"),
    ("hunt: a day, a source's field", "/hunt?range=24h&q=unmapped.LogonType%3A10"),
];

/// Lists of which the first item's own page is asked, too: the list and its items under the API, the page.
const ITEMS: &[(&str, &str, &str)] = &[
    ("/api/v1/alerts", "alert_id", "/alerts/"),
    ("/api/v1/queue", "id", "/queue/"),
    ("/api/v1/incidents", "id", "/incidents/"),
];

/// Answers without an end, what goes elsewhere, and what needs no store.
const OTHERS: [&str; 5] = ["live", "hunt-tail", "hunt-pivot", "events", "hunt"];

/// Every page and list of the API that an analyst may open, some with what is asked of them, and the hunts.
pub(super) async fn questions(address: SocketAddr) -> Result<Vec<Question>> {
    let question = |name: &str, path: &str| Question { name: name.into(), path: path.into(), first: None };
    let is_asked = |r: &&RouteEntry| {
        r.method.as_str() == "GET"
            && r.who.roles().contains(&Role::Analyst)
            && r.audit != Audit::Export
            && !r.path.contains('{')
            && !OTHERS.contains(&r.name)
    };
    let mut all: Vec<Question> = ROUTES.iter().filter(is_asked).map(|r| question(r.name, r.path)).collect();
    all.extend(PAGES.iter().map(|(name, path)| question(name, path)));
    for (list, field, page) in ITEMS {
        let (answer, _) = fetch(address, &question("", list)).await?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let begin = body.find('{').unwrap_or(0);
        let mut parsed = serde_json::Deserializer::from_str(&body[begin..]).into_iter::<serde_json::Value>();
        let first = parsed.next().transpose()?.unwrap_or_default();
        let Some(id) = first["items"][0].get(*field) else { bail!("{list} has no item with {field}") };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        all.push(question(&format!("one of {page}"), &format!("{page}{id}")));
    }
    all.extend(
        HUNTS.iter().map(|(name, path)| Question { first: Some("<tr data-href"), ..question(name, path) }),
    );
    Ok(all)
}

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
    let (_, times) = fetch(address, question).await?;
    Ok(times)
}

/// The whole answer, and after how many milliseconds it and its first row were there.
async fn fetch(address: SocketAddr, question: &Question) -> Result<(String, (f64, Option<f64>))> {
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
    let text = String::from_utf8_lossy(&body).into_owned();
    if !text.starts_with("HTTP/1.1 200") || text.contains("class=\"failed\"") {
        bail!("{}: {}", question.path, text.lines().next().unwrap_or("no answer"));
    }
    Ok((text, (end, first)))
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}
