//! HTTP in: the Elastic bulk protocol and `/ingest/<format>`. A 2xx is sent after fdatasync.
//!
//! One server for all senders of the process; the address a request came in at says whose it is.

mod body;
mod bulk;
mod detect;
mod document;
mod elastic;
mod handing;
mod ingest;
mod route;

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{StatusCode, header::CONTENT_TYPE},
    web,
};
use ward_event::Format;

use self::{body::Bodies, route::Route};
use super::source::Source;

/// Threads that parse what comes by HTTP.
const WORKERS: usize = 2;
/// Connections of one worker.
const CONNECTIONS_MAX: usize = 512;
/// Slow headers are given up.
const HEADERS_WAIT: Duration = Duration::from_secs(10);
/// Requests under way at the stop are given so many seconds.
const STOP_SECS: u64 = 10;

/// HTTP of one sender.
pub(crate) struct HttpSender {
    pub(crate) source: Source,
    /// Beginning of an index name → format.
    pub(crate) bulk_formats: BTreeMap<String, Format>,
}

struct State {
    by_address: HashMap<SocketAddr, HttpSender>,
    bodies: Arc<Bodies>,
}

/// The running server. Stops without waiting when it is dropped.
pub(crate) struct HttpListeners {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl HttpListeners {
    /// Serves each sender on its own socket.
    pub(crate) fn start(listeners: Vec<(TcpListener, HttpSender)>) -> io::Result<Self> {
        let mut sockets = Vec::new();
        let mut by_address = HashMap::new();
        for (socket, sender) in listeners {
            by_address.insert(socket.local_addr()?, sender);
            sockets.push(socket);
        }
        let state = web::Data::new(State { by_address, bodies: Bodies::shared() });
        let (started, handle) = std::sync::mpsc::sync_channel(1);
        // A thread of its own: the server wants a single-threaded system around it, and its parsing
        // must not keep the other listeners' runtime waiting.
        let thread = std::thread::Builder::new().name("ward-http".into()).spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                match server(state, sockets) {
                    Ok(server) => {
                        // The starter waits for it.
                        let _ = started.send(Ok(server.handle()));
                        if let Err(error) = server.await {
                            tracing::error!(%error, "HTTP server");
                        }
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            });
        })?;
        let handle = handle.recv().map_err(|_| io::Error::other("the HTTP server did not start"))??;
        Ok(Self { handle, thread: Some(thread) })
    }

    /// Takes no more requests, answers those under way, and ends.
    pub(crate) async fn stop(mut self) {
        self.handle.stop(true).await;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has been reported by the runtime.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for HttpListeners {
    fn drop(&mut self) {
        if self.thread.is_some() {
            // The order is given at the call; nobody waits for its end.
            drop(self.handle.stop(false));
        }
    }
}

fn server(state: web::Data<State>, sockets: Vec<TcpListener>) -> io::Result<actix_web::dev::Server> {
    let app = move || App::new().app_data(state.clone()).default_service(web::to(answer));
    let mut server = HttpServer::new(app)
        .workers(WORKERS)
        .max_connections(CONNECTIONS_MAX)
        .client_request_timeout(HEADERS_WAIT)
        .shutdown_timeout(STOP_SECS)
        .disable_signals();
    for socket in sockets {
        server = server.listen(socket)?;
    }
    Ok(server.run())
}

async fn answer(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let Some(sender) = state.by_address.get(&request.app_config().local_addr()) else {
        return HttpResponse::NotFound().finish();
    };
    let path = request.path().to_owned();
    let response = match Route::of(request.method(), &path) {
        Route::Elastic => elastic::answer(request.method(), &path),
        Route::NotFound => Answer::error(StatusCode::NOT_FOUND, "not_found", "no such path"),
        route => match body::read(&request, payload, &state.bodies).await {
            Err(error) => error.into(),
            Ok(body) => {
                let peer = request.peer_addr().map(|a| a.ip().to_canonical());
                match route {
                    Route::Bulk { index } => bulk::take(sender, peer, index, body.bytes()).await,
                    Route::Document(document) => document::take(sender, peer, &document, body.bytes()).await,
                    Route::Ingest(format) => ingest::take(sender, peer, format, body.bytes()).await,
                    Route::Elastic | Route::NotFound => unreachable!("answered above"),
                }
            }
        },
    };
    response.send()
}

/// A status and its JSON.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    json: Vec<u8>,
}

impl Answer {
    fn new(status: StatusCode, json: impl Into<Vec<u8>>) -> Self {
        Self { status, json: json.into() }
    }

    /// In the shape Elastic's clients read.
    fn error(status: StatusCode, kind: &str, reason: &str) -> Self {
        let cause = serde_json::json!({"type": kind, "reason": reason});
        let json = serde_json::json!({
            "error": {"root_cause": [cause], "type": kind, "reason": reason},
            "status": status.as_u16(),
        });
        Self::new(status, json.to_string())
    }

    fn send(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        // Elastic's own clients refuse a server that does not say so.
        response.insert_header(("X-Elastic-Product", "Elasticsearch"));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.insert_header(("Retry-After", "1"));
        }
        response.insert_header((CONTENT_TYPE, "application/json")).body(self.json)
    }
}

impl From<crate::sequence::Refused> for Answer {
    fn from(refused: crate::sequence::Refused) -> Self {
        use crate::sequence::Refused;
        match refused {
            Refused::Full => Self::error(
                StatusCode::TOO_MANY_REQUESTS,
                "es_rejected_execution_exception",
                "the spool's quota is full",
            ),
            Refused::Broken => Self::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable_shards_exception",
                "the spool takes nothing any more",
            ),
        }
    }
}
