//! What a browser test may ask of the Rust side while it runs: rows in the store, and a store that
//! goes away; people and time on the server that cases live on. One line a connection; the answer is `ok`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use ward_desk::Reach;
use ward_event::{Micros, UnitId, clock::Clock, time::MICROS_PER_HOUR};
use ward_store::Store;
use ward_web::verify::{Verifier, VerifyParts};

use super::{
    people::{Served, usual},
    seed,
    sensors::{Sensor, hours},
};

pub(crate) struct Control {
    /// Where lines are taken.
    pub address: SocketAddr,
    /// The store's address that can be cut.
    pub store: SocketAddr,
}

impl Control {
    /// Must be called inside a tokio runtime, which ends it.
    pub(crate) async fn start(store: Store, engine: SocketAddr, cases: Arc<Served>) -> Self {
        let cut = Arc::new(watch::Sender::new(false));
        let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let lines = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let control = Self {
            address: lines.local_addr().expect("its address"),
            store: proxy.local_addr().expect("its address"),
        };
        tokio::spawn(forward(proxy, engine, cut.clone()));
        let checks = Verifier::new(VerifyParts {
            reader: store.reader().clone(),
            desk: cases.desk.clone(),
            register: watch::channel(Arc::new(seed::register())).1,
            rules: seed::rule_texts(),
        });
        tokio::spawn(async move {
            let seq = AtomicU64::new(50_000_000);
            while let Ok((mut socket, _)) = lines.accept().await {
                let mut line = String::new();
                let read = BufReader::new(&mut socket).read_line(&mut line).await;
                let answer = match read {
                    Ok(_) => obey(line.trim(), &store, &cut, &seq, (&cases, &checks)).await,
                    Err(error) => error.to_string(),
                };
                // The test reads the answer or has failed already.
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        control
    }
}

async fn obey(
    line: &str,
    store: &Store,
    cut: &watch::Sender<bool>,
    seq: &AtomicU64,
    (cases, checks): (&Served, &Verifier),
) -> String {
    let now = Clock::system().now();
    let (verb, number) = line.split_once(' ').unwrap_or((line, "0"));
    let word = number;
    let number: u64 = number.parse().unwrap_or(0);
    match verb {
        // Somebody new of a role, on the server that cases live on; `officer@h02` of another hospital.
        "person" => {
            let (name, unit) = word.split_once('@').unwrap_or((word, ""));
            let Ok(role) = name.parse() else { return format!("who is {word:?}?") };
            let reach = UnitId::new(unit).map_or_else(|_| usual(role), |unit| Reach::Units([unit].into()));
            return format!("ok {}", cases.as_one(role, reach).await.cookie);
        }
        // An alert on a hospital's server an hour ago, by that server's time, and the incident that it makes.
        "attack" => {
            let (unit, id) = word.split_once(' ').unwrap_or((word, "attack"));
            let at = Micros(cases.desk_clock.now().0 - MICROS_PER_HOUR);
            let sensor = Sensor { unit, source: "syslog", device: "HIS-DB-01" };
            sensor.alert(store, id, "HIS-DB-01", at).await;
            let told = sensor.told(id, "HIS-DB-01", at);
            if let Err(error) = cases.desk.incidents().take(vec![told], 0).await {
                return error.to_string();
            }
        }
        // The same server is heard from a day ago on for so many hours.
        "hear" => {
            let (unit, count) = word.split_once(' ').unwrap_or((word, "0"));
            let now = cases.desk_clock.now().0;
            let until = now + count.parse::<i64>().unwrap_or(0) * MICROS_PER_HOUR;
            let sensor = Sensor { unit, source: "syslog", device: "HIS-DB-01" };
            sensor.works(store, Micros(now - hours(24)), Micros(until)).await;
        }
        // Its time, in hours; what is due then is drafted and checked.
        "pass" => {
            let hours = i64::try_from(number).unwrap_or(0) * MICROS_PER_HOUR;
            cases.desk_clock.advance(Micros(cases.desk_clock.now().0 + hours));
            if let Err(error) = cases.desk.cases().draft_rungs().await {
                return error.to_string();
            }
            if let Err(error) = checks.check().await {
                return error.to_string();
            }
        }
        "cut" => drop(cut.send_replace(true)),
        "mend" => drop(cut.send_replace(false)),
        "events" => {
            let first = seq.fetch_add(number, Ordering::Relaxed);
            seed::events(store, Micros(now.0 - 1_000_000), now, number, first, false).await;
        }
        "alert" => seed::alert(store, number, now).await,
        _ => return format!("what is {verb:?}?"),
    }
    "ok".to_owned()
}

/// Passes connections on to the engine, and drops all of them while the line is cut.
async fn forward(listener: TcpListener, engine: SocketAddr, cut: Arc<watch::Sender<bool>>) {
    while let Ok((client, _)) = listener.accept().await {
        let mut line = cut.subscribe();
        if *line.borrow() {
            continue;
        }
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(engine).await else { return };
            let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                (client.into_split(), server.into_split());
            let ask = async { copy(&mut from_client, &mut to_server).await };
            let answer = async { copy(&mut from_server, &mut to_client).await };
            tokio::select! {
                () = ask => {}
                () = answer => {}
                _ = line.wait_for(|cut| *cut) => {}
            }
        });
    }
}

/// Until either side ends.
async fn copy(from: &mut (impl AsyncReadExt + Unpin), to: &mut (impl AsyncWriteExt + Unpin)) {
    let mut buffer = vec![0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
