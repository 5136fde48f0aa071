//! What stands before every handler: the host check, the roles of the route, the headers.

use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};

use crate::routes::RouteEntry;

/// Who looks. Sign-in will bring the others; until then everybody on this machine is a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Viewer,
}

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// A page elsewhere may let its own name resolve to 127.0.0.1 and read what is served here (DNS
/// rebinding): only this machine's own names are answered.
fn is_own_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback())
}

/// Around the whole server.
pub(crate) async fn outer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // HTTP/1.0 may leave the host out; a browser never does.
    let hosts: Vec<_> = request.headers().get_all(header::HOST).collect();
    let own = matches!(hosts.as_slice(), [one] if one.to_str().is_ok_and(is_own_host));
    let mut response = if own {
        next.call(request).await?.map_into_boxed_body()
    } else {
        request.into_response(HttpResponse::MisdirectedRequest().body("421 unknown host"))
    };
    secure(response.headers_mut());
    Ok(response)
}

/// Times every request by the route that answered it (never by its address: values would be labels).
pub(crate) async fn timed(
    timing: prometheus::HistogramVec,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = std::time::Instant::now();
    let response = next.call(request).await?.map_into_boxed_body();
    let route = response.request().match_name().unwrap_or("none").to_owned();
    let status = response.status();
    timing.with_label_values(&[route.as_str(), status.as_str()]).observe(begun.elapsed().as_secs_f64());
    Ok(response)
}

/// Around one route: refuses a role that the table does not name.
pub(crate) async fn allowed(
    entry: &'static RouteEntry,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if !entry.roles.contains(&Role::Viewer) {
        return Ok(request.into_response(HttpResponse::Forbidden().finish()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_its_own() {
        for own in ["127.0.0.1", "127.0.0.1:8600", "localhost:1", "LOCALHOST", "[::1]:80", "127.9.9.9"] {
            assert!(is_own_host(own), "{own}");
        }
        for other in
            ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8600", "", "[::2]", "localhost.evil"]
        {
            assert!(!is_own_host(other), "{other}");
        }
    }
}
