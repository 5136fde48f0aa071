//! `/metrics`, `/health/live` and `/health/ready` of every stage.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use anyhow::{Context, Result};
use ward_event::books::Books;

/// Whether the stage can do its work; false until all of it has started and when it stops.
#[derive(Clone, Default)]
pub(crate) struct Ready {
    started: Arc<AtomicBool>,
    parts: Arc<OnceLock<Box<dyn Fn() -> bool + Send + Sync>>>,
}

impl Ready {
    /// Ready only while this holds too.
    pub(crate) fn when(part: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let part: Box<dyn Fn() -> bool + Send + Sync> = Box::new(part);
        Self { parts: Arc::new(OnceLock::from(part)), ..Self::default() }
    }

    pub(crate) fn set(&self, ready: bool) {
        self.started.store(ready, Ordering::Release);
    }

    fn get(&self) -> bool {
        self.started.load(Ordering::Acquire) && self.parts.get().is_none_or(|ready| ready())
    }
}

pub(crate) struct Ops {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Ops {
    pub(crate) fn start(listen: SocketAddr, books: Books, ready: Ready) -> Result<Self> {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(books.clone()))
                .app_data(web::Data::new(ready.clone()))
                .route("/metrics", web::get().to(metrics))
                .route("/health/live", web::get().to(async || HttpResponse::Ok().body("live\n")))
                .route("/health/ready", web::get().to(health))
        })
        .workers(1)
        .disable_signals()
        .bind(listen)
        .with_context(|| format!("metrics listener on {listen}"))?;
        let address = *server.addrs().first().context("metrics listener has no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, handle })
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn metrics(books: web::Data<Books>) -> HttpResponse {
    match books.text() {
        Ok(text) => HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text),
        Err(error) => {
            tracing::error!(%error, "metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}

async fn health(ready: web::Data<Ready>) -> HttpResponse {
    if ready.get() {
        HttpResponse::Ok().body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().body("not ready\n")
    }
}
