//! Starts and stops the server.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use actix_web::{App as HttpApp, HttpServer, dev::ServerHandle, middleware::from_fn, web};
use prometheus::{HistogramOpts, HistogramVec};
use tokio::{sync::watch, task::JoinHandle};
use ward_desk::{Desk, Viewer};
use ward_event::{books::Books, clock::Clock, config::Region, register::Register, time::Calendar};
use ward_report::render::Typeset;

use crate::{
    WebError,
    access::{self, Jar},
    assets,
    context::App,
    live::{HubSources, Hubs},
    query::Reader,
    report::{self, NewsParts, Newsroom, ReportSettings},
    routes, tls,
    wall::{RegionMap, WallHub, WallSources},
};

/// What the web stage is started with.
pub struct WebOptions {
    /// Port 0 takes a free one. Other than loopback only with TLS, here or at a proxy.
    pub listen: SocketAddr,
    /// Names under which it answers, beside this machine's own.
    pub names: Vec<String>,
    pub tls: Option<Tls>,
    /// A proxy does TLS and says in `X-Forwarded-For` who asks.
    pub behind_proxy: bool,
    /// Who a visitor is that is not signed in: the demo's analyst (`Accounts::demo`). Loopback only.
    pub demo: Option<Viewer>,
    pub region: Region,
    pub calendar: Calendar,
    /// The newest register; pages follow it.
    pub register: watch::Receiver<Arc<Register>>,
    pub clock: Clock,
    /// GeoJSON of the region for the walls; empty for none.
    pub map: PathBuf,
    /// What each rule says of itself, by its id.
    pub rules: RuleTexts,
    /// Accounts, sessions, tokens, audit.
    pub desk: Desk,
    pub reports: ReportSettings,
    /// What sets documents in type; without one there are no PDFs.
    pub press: Option<Arc<dyn Typeset>>,
}

/// What a rule says of itself, as its author wrote it; parts may be empty.
#[derive(Debug, Clone, Default)]
pub struct RuleText {
    pub description: String,
    /// What to do about it.
    pub advice_zh: String,
    pub advice_en: String,
    pub false_positives: Vec<String>,
}

/// By rule id.
pub type RuleTexts = Arc<BTreeMap<String, RuleText>>;

/// Certificate chain and key, PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// A running server.
pub struct WebServer {
    address: SocketAddr,
    hubs: Arc<Hubs>,
    walls: Arc<WallHub>,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    frames: JoinHandle<()>,
    reports: JoinHandle<()>,
}

/// Pages are light and wait for the store: two threads serve a region's viewers.
const WORKERS: usize = 2;
/// Seconds a request may take to end when the server is stopped.
const SHUTDOWN_SECS: u64 = 3;

/// Starts serving; must be called inside a tokio runtime. `reader` must be the store's limited user (`Store::reader()`).
///
/// # Errors
/// An address that others can reach without TLS, a demo that others could reach, one that is taken, a
/// certificate that cannot be read, metrics that are registered already.
pub fn serve(options: WebOptions, reader: clickhouse::Client, books: Books) -> Result<WebServer, WebError> {
    let listen = options.listen;
    let secure = options.tls.is_some() || options.behind_proxy;
    if options.demo.is_some() && !listen.ip().is_loopback() {
        return Err(WebError::OpenDemo(listen));
    }
    if !secure && !listen.ip().is_loopback() {
        return Err(WebError::NotLoopback(listen));
    }
    let tls = options.tls.as_ref().map(tls::config).transpose()?;
    let timing = timing(&books)?;
    let newsroom = Newsroom::new(NewsParts {
        reader: reader.clone(),
        desk: options.desk.clone(),
        register: options.register.clone(),
        region: options.region.name.clone(),
        calendar: options.calendar,
        clock: options.clock.clone(),
        settings: options.reports,
        press: options.press.clone(),
    });
    let reader = Reader::new(reader);
    let map = RegionMap::read(&options.map).map_err(WebError::Map)?;
    let sources = HubSources {
        reader: reader.clone(),
        register: options.register.clone(),
        calendar: options.calendar,
        clock: options.clock.clone(),
    };
    let (hubs, frames) = Hubs::start(sources);
    let walls = WallHub::start(WallSources {
        reader: reader.clone(),
        desk: options.desk.clone(),
        register: options.register.clone(),
        clock: options.clock.clone(),
        hubs: hubs.clone(),
    });
    let names = access::Names::new(&options.names);
    let app = web::Data::new(App {
        reader,
        desk: options.desk,
        hubs: hubs.clone(),
        register: options.register,
        region: options.region,
        calendar: options.calendar,
        clock: options.clock,
        rules: options.rules,
        assets: assets::Assets::new(),
        jar: Jar::new(secure),
        behind_proxy: options.behind_proxy,
        demo: options.demo,
        walls: walls.clone(),
        map,
        newsroom: newsroom.clone(),
        press: options.press,
    });
    let server = HttpServer::new(move || {
        let (timing, names) = (timing.clone(), names.clone());
        HttpApp::new()
            .app_data(app.clone())
            .wrap(from_fn(move |request, next| access::outer(names.clone(), secure, request, next)))
            .wrap(from_fn(move |request, next| access::timed(timing.clone(), request, next)))
            .configure(routes::configure)
    })
    .workers(WORKERS)
    .shutdown_timeout(SHUTDOWN_SECS)
    .client_request_timeout(Duration::from_secs(10))
    .disable_signals();
    let bound = match tls {
        Some(config) => server.bind_rustls_0_23(listen, config),
        None => server.bind(listen),
    };
    let server = match bound {
        Ok(server) => server,
        Err(source) => {
            hubs.stop();
            return Err(WebError::Bind { address: listen, source });
        }
    };
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    let handle = server.handle();
    let server = tokio::spawn(server);
    let reports = tokio::spawn(report::follow(newsroom));
    tracing::info!(%address, "pages are served");
    Ok(WebServer { address, hubs, walls, handle, server, frames, reports })
}

fn timing(books: &Books) -> Result<HistogramVec, WebError> {
    let buckets = vec![0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0];
    let opts = HistogramOpts::new("ward_web_seconds", "Time until a page was ready").buckets(buckets);
    let timing = HistogramVec::new(opts, &["route", "status"])?;
    books.registry.register(Box::new(timing.clone()))?;
    Ok(timing)
}

impl WebServer {
    /// Where it listens, the port filled in.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the streams, lets requests finish, and waits for both tasks.
    pub async fn stop(self) {
        self.walls.stop();
        self.reports.abort();
        self.hubs.stop();
        self.handle.stop(true).await;
        for ended in [self.server.await.map(|_| ()), self.frames.await] {
            if let Err(error) = ended {
                tracing::warn!(%error, "a task of the web stage ended badly");
            }
        }
    }
}
