//! The signer's doors: one path per kind of report.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, post};

use super::ApiError;
use crate::attest::{AttestationReply, Door};
use crate::boundary::{Boundary, Side};

/// Answers at a door's path.
pub(super) fn route<S: Clone + Send + Sync + 'static>(door: Arc<dyn Door>) -> MethodRouter<S> {
    let limit = DefaultBodyLimit::max(door.body_limit());
    post(async move |body: Result<Bytes, BytesRejection>| attest(door.as_ref(), body).await).layer(limit)
}

async fn attest(door: &dyn Door, body: Result<Bytes, BytesRejection>) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::new(error.status(), "body_refused", error.body_text()))?;
    match door.answer(&body).await {
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
