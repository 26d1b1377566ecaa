//! Every error leaves as `{"error":{"code","message","details","trace_id"}}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::attest::{ErrorBody, ErrorDetail, Refusal};
use crate::model::TraceId;
use crate::store::StoreError;

/// An error of the interface.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: ErrorDetail,
}

impl ApiError {
    /// An error with a new trace id.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            detail: ErrorDetail {
                code: code.to_owned(),
                message: message.into(),
                details: Value::Null,
                trace_id: TraceId::random(),
            },
        }
    }

    /// With values.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.detail.details = details;
        self
    }

    /// With the caller's trace id.
    #[must_use]
    pub fn trace(mut self, trace: TraceId) -> Self {
        self.detail.trace_id = trace;
        self
    }
}

impl ApiError {
    /// There is no such path.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "no such path")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, refusal.code, refusal.message).details(refusal.details)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let new = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store_failed",
            "the store did not answer",
        );
        // What the database says may name paths, so it goes to the log and not to the caller.
        tracing::error!(trace_id = %new.detail.trace_id, "the store did not answer a request: {error}");
        new
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(ErrorBody { error: self.detail })).into_response()
    }
}
