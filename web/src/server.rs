//! Starts and stops the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App as HttpApp, HttpServer, dev::ServerHandle, middleware::from_fn, web};
use prometheus::{HistogramOpts, HistogramVec};
use tokio::{sync::watch, task::JoinHandle};
use ward_event::{books::Books, clock::Clock, config::Region, register::Register, time::Calendar};

use crate::{
    WebError, access, assets,
    context::App,
    live::{Hub, HubSources},
    query::Reader,
    routes,
};

/// What the web stage is started with.
pub struct WebOptions {
    /// Loopback only, until sign-in exists. Port 0 takes a free one.
    pub listen: SocketAddr,
    pub region: Region,
    pub calendar: Calendar,
    /// The newest register; pages follow it.
    pub register: watch::Receiver<Arc<Register>>,
    pub clock: Clock,
}

/// A running server.
pub struct WebServer {
    address: SocketAddr,
    hub: Arc<Hub>,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    frames: JoinHandle<()>,
}

/// Pages are light and wait for the store: two threads serve a region's viewers.
const WORKERS: usize = 2;
/// Seconds a request may take to end when the server is stopped.
const SHUTDOWN_SECS: u64 = 3;

/// Starts serving; must be called inside a tokio runtime. `reader` must be the store's limited user
/// (`Store::reader()`).
///
/// # Errors
/// An address that is not loopback, one that is taken, metrics that are registered already.
pub fn serve(options: WebOptions, reader: clickhouse::Client, books: Books) -> Result<WebServer, WebError> {
    if !options.listen.ip().is_loopback() {
        return Err(WebError::NotLoopback(options.listen));
    }
    let timing = timing(&books)?;
    let hub = Hub::new(&options.clock);
    let reader = Reader::new(reader);
    let app = web::Data::new(App {
        reader: reader.clone(),
        hub: hub.clone(),
        register: options.register.clone(),
        region: options.region,
        calendar: options.calendar,
        clock: options.clock.clone(),
        assets: assets::Assets::new(),
    });
    let listen = options.listen;
    let names = access::Names::new(&[]);
    let bind = |source| WebError::Bind { address: listen, source };
    let server = HttpServer::new(move || {
        let (timing, names) = (timing.clone(), names.clone());
        HttpApp::new()
            .app_data(app.clone())
            .wrap(from_fn(move |request, next| access::outer(names.clone(), false, request, next)))
            .wrap(from_fn(move |request, next| access::timed(timing.clone(), request, next)))
            .configure(routes::configure)
    })
    .workers(WORKERS)
    .shutdown_timeout(SHUTDOWN_SECS)
    .client_request_timeout(Duration::from_secs(10))
    .disable_signals()
    .bind(listen)
    .map_err(bind)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    let handle = server.handle();
    let sources =
        HubSources { reader, register: options.register, calendar: options.calendar, clock: options.clock };
    let frames = tokio::spawn(hub.clone().run(sources));
    let server = tokio::spawn(server);
    tracing::info!(%address, "pages are served");
    Ok(WebServer { address, hub, handle, server, frames })
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
        self.hub.stop();
        self.handle.stop(true).await;
        for ended in [self.server.await.map(|_| ()), self.frames.await] {
            if let Err(error) = ended {
                tracing::warn!(%error, "a task of the web stage ended badly");
            }
        }
    }
}
