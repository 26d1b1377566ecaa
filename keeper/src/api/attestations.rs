//! The signer's doors: one path per kind of report.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use tower_http::timeout::TimeoutLayer;

use super::{ApiError, TIMEOUT, no_such_method};
use crate::attest::{AttestationReply, Call, Door};
use crate::boundary::{Boundary, Side};

/// The doors, and nothing else: what strangers reach shows no state.
pub fn doors(doors: Vec<Arc<dyn Door>>) -> Router {
    let mut router = Router::new();
    for door in doors {
        let limit = DefaultBodyLimit::max(door.body_limit());
        let path = door.path();
        let answer = async move |headers: HeaderMap, body: Result<Bytes, BytesRejection>| {
            attest(door.as_ref(), &headers, body).await
        };
        router = router.route(path, post(answer).layer(limit));
    }
    router
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || no_such_method())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
}

async fn attest(
    door: &dyn Door,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let call = Call::read(|name| headers.get(name)?.to_str().ok());
    let body = body.map_err(|error| ApiError::new(error.status(), "body_refused", error.body_text()))?;
    match door.answer(call, &body).await {
        Ok(reply) => respond(&reply),
        Err((refusal, trace)) => {
            let error = ApiError::from(refusal);
            Err(match trace {
                Some(trace) => error.trace(trace),
                None => error,
            })
        }
    }
}

/// The reply as a body whose end comes after its bytes were written out: the boundary between a signature that left and
/// one that did not.
fn respond(reply: &AttestationReply) -> Result<Response, ApiError> {
    let failed = |error: String| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "reply_failed", error);
    let json = serde_json::to_vec(reply).map_err(|error| failed(error.to_string()))?;
    Boundary::AttestationReply.reach(Side::Before);
    let body = futures::stream::unfold(Some(json), async |json| match json {
        Some(json) => Some((Ok::<_, std::convert::Infallible>(json), None)),
        None => {
            // Waiting once makes the connection flush what it has.
            tokio::task::yield_now().await;
            Boundary::AttestationReply.reach(Side::After);
            None
        }
    });
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(body))
        .map_err(|error| failed(error.to_string()))
}
