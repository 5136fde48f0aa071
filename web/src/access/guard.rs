//! Around one route: who asks, and whether he may.

use actix_web::{
    HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::roles::Role;
use crate::routes::RouteEntry;

pub(crate) async fn guarded(
    entry: &'static RouteEntry,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    request.extensions_mut().insert(entry);
    if !entry.who.allows(Role::Analyst) {
        return Ok(request.into_response(HttpResponse::Forbidden().finish()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}
