//! `POST /v1/attestations`

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::{Api, ApiError};
use crate::attest::{AttestError, AttestationReply, AttestationRequest, Refusal};
use crate::boundary::{Boundary, Side};
use crate::telemetry::metric;

pub(super) async fn attest(
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::new(error.status(), "body_refused", error.body_text()))?;
    let request: AttestationRequest = serde_json::from_slice(&body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "request_malformed", error.to_string()))?;
    let service = api.attestation.as_ref().ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "not_a_signer",
            "this process has no attestation key",
        )
        .trace(request.trace_id.clone())
    })?;
    let chain = api.parts.chain_name(request.chain_id);
    match service.answer(&request).await {
        Ok(reply) => {
            metric::attestation(chain, &request.feed_id, "signed");
            tracing::info!(
                trace_id = %request.trace_id, chain, feed = request.feed_id, price = %request.price,
                epoch = request.observed_at, signer = %reply.signer, "report signed"
            );
            respond(&reply)
        }
        Err(refusal) => {
            // Only known names become labels, so that no caller can grow the metrics.
            let known = !matches!(refusal, Refusal::UnknownChain(_) | Refusal::UnknownFeed(..));
            metric::attestation(chain, if known { &request.feed_id } else { "unknown" }, refusal.code());
            tracing::warn!(
                trace_id = %request.trace_id, chain, code = refusal.code(), epoch = request.observed_at,
                price = %request.price, "report not signed: {refusal}"
            );
            Err(ApiError::new(status(&refusal), refusal.code(), refusal.to_string())
                .details(refusal.details())
                .trace(request.trace_id))
        }
    }
}

/// The reply as a body whose end comes after its bytes were written out: the boundary between a signature that left and one
/// that did not.
pub(super) fn respond(reply: &AttestationReply) -> Result<Response, ApiError> {
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

pub(super) const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownChain(_) | Refusal::UnknownFeed(..) => StatusCode::NOT_FOUND,
        Refusal::SetUnknown(_) | Refusal::NoPrice(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::NotASigner(_) => StatusCode::FORBIDDEN,
        Refusal::SetNotCurrent { .. } => StatusCode::CONFLICT,
        Refusal::FromFuture(_) | Refusal::TooOld { .. } | Refusal::OutOfTolerance { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::Attest(AttestError::Equivocation { .. } | AttestError::Closed { .. }) => StatusCode::CONFLICT,
        Refusal::Attest(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
