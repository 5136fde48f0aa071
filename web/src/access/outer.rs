//! Around the whole server: the host check, the headers, the time that answers took.

use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{headers::secure, host::Names};
use crate::routes::RouteEntry;

pub(crate) async fn outer(
    names: Names,
    tls: bool,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = if names.answers(request.headers()) {
        next.call(request).await?.map_into_boxed_body()
    } else {
        request.into_response(HttpResponse::MisdirectedRequest().body("421 unknown host"))
    };
    secure(response.headers_mut(), tls);
    Ok(response)
}

/// Times every request by the route that answered it (never by its address: values would be labels).
pub(crate) async fn timed(
    timing: prometheus::HistogramVec,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    use actix_web::HttpMessage;

    let begun = std::time::Instant::now();
    let response = next.call(request).await?.map_into_boxed_body();
    let route =
        response.request().extensions().get::<&'static RouteEntry>().map_or("none", |entry| entry.name);
    let status = response.status();
    timing.with_label_values(&[route, status.as_str()]).observe(begun.elapsed().as_secs_f64());
    Ok(response)
}
