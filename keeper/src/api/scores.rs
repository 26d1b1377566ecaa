//! `POST /v1/score-attestations`

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::attestations::{respond, status as status_of};
use super::{Api, ApiError};
use crate::attest::{ScoreRefusal, ScoresRequest};
use crate::jobs::update_reputation::SUBJECT;
use crate::telemetry::metric;

pub(super) async fn attest(
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::new(error.status(), "body_refused", error.body_text()))?;
    let request: ScoresRequest = serde_json::from_slice(&body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "request_malformed", error.to_string()))?;
    let service = api.scores.as_ref().ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "not_a_signer",
            "this process signs no scores: it has no attestation key, or no [job.update_reputation]",
        )
        .trace(request.trace_id.clone())
    })?;
    let chain = api.parts.chain_name(request.chain_id);
    match service.answer(&request).await {
        Ok(reply) => {
            metric::attestation(chain, SUBJECT, "signed");
            tracing::info!(
                trace_id = %request.trace_id, chain, wallets = request.updates.len(), epoch = request.observed_at,
                signer = %reply.signer, "scores signed"
            );
            respond(&reply)
        }
        Err(refusal) => {
            metric::attestation(chain, SUBJECT, refusal.code());
            tracing::warn!(
                trace_id = %request.trace_id, chain, code = refusal.code(), epoch = request.observed_at,
                "scores not signed: {refusal}"
            );
            Err(ApiError::new(status(&refusal), refusal.code(), refusal.to_string())
                .details(refusal.details())
                .trace(request.trace_id))
        }
    }
}

const fn status(refusal: &ScoreRefusal) -> StatusCode {
    match refusal {
        ScoreRefusal::UnknownChain(_) => StatusCode::NOT_FOUND,
        ScoreRefusal::Formula(_) | ScoreRefusal::Malformed | ScoreRefusal::Differs { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ScoreRefusal::NotFinal { .. } | ScoreRefusal::Index(_) => StatusCode::SERVICE_UNAVAILABLE,
        ScoreRefusal::Signing(refusal) => status_of(refusal),
    }
}
