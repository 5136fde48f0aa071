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
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
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
/// Requests under way at the stop are waited for, at most so long …
const STOP_WAIT: Duration = Duration::from_secs(10);
/// … and their answers are given so long to leave.
const STOP_GRACE: Duration = Duration::from_millis(100);

/// HTTP of one sender.
pub(crate) struct HttpSender {
    pub(crate) source: Source,
    /// Beginning of an index name → format.
    pub(crate) bulk_formats: BTreeMap<String, Format>,
}

struct State {
    by_address: HashMap<SocketAddr, HttpSender>,
    bodies: Arc<Bodies>,
    /// Requests that are not answered yet.
    under_way: AtomicUsize,
}

/// Counts a request while it lasts, however it ends.
struct UnderWay<'s>(&'s AtomicUsize);

impl<'s> UnderWay<'s> {
    fn begin(count: &'s AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The running server. Stops without waiting when it is dropped.
pub(crate) struct HttpListeners {
    handle: ServerHandle,
    state: web::Data<State>,
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
        let state =
            web::Data::new(State { by_address, bodies: Bodies::shared(), under_way: AtomicUsize::new(0) });
        let ours = state.clone();
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
        Ok(Self { handle, state: ours, thread: Some(thread) })
    }

    /// Takes no more connections, answers the requests under way, and ends. The server's own way
    /// waits for idle connections too.
    pub(crate) async fn stop(mut self) {
        self.handle.pause().await;
        let by = Instant::now() + STOP_WAIT;
        while self.state.under_way.load(Ordering::Acquire) > 0 && Instant::now() < by {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(STOP_GRACE).await;
        self.handle.stop(false).await;
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
    let _under_way = UnderWay::begin(&state.under_way);
    let path = request.path().to_owned();
    let response = match Route::of(request.method(), &path) {
        Route::Elastic => elastic::answer(request.method(), &path),
        Route::NotFound => Answer::not_found(),
        route => match body::read(&request, payload, &state.bodies).await {
            Err(error) => error.into(),
            Ok(body) => {
                let peer = request.peer_addr().map(|a| a.ip().to_canonical());
                match route {
                    Route::Bulk { index } => bulk::take(sender, peer, index, body.bytes()).await,
                    Route::Document(document) => document::take(sender, peer, &document, body.bytes()).await,
                    Route::Ingest(format) => ingest::take(sender, peer, format, body.bytes()).await,
                    Route::Elastic | Route::NotFound => Answer::not_found(),
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

    fn not_found() -> Self {
        Self::error(StatusCode::NOT_FOUND, "not_found", "no such path")
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
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
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
            Refused::Unavailable => Self::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable_shards_exception",
                "the spool takes nothing right now: its disk is full or does not answer",
            ),
            Refused::Broken => Self::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable_shards_exception",
                "the spool takes nothing any more",
            ),
        }
    }
}
