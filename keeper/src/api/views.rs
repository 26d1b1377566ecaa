//! What is read from the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, ApiError, Status, collect};
use crate::model::{Intent, IntentId};

/// Most rows of one answer.
const MOST: u32 = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default = "fifty")]
    limit: u32,
}

const fn fifty() -> u32 {
    50
}

pub(super) async fn status(State(api): State<Arc<Api>>) -> Result<Json<Status>, ApiError> {
    Ok(Json(collect(&api.parts).await?))
}

pub(super) async fn intents(
    State(api): State<Arc<Api>>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Vec<Intent>>, ApiError> {
    let Query(page) = page.map_err(|error| bad(&error.body_text()))?;
    Ok(Json(api.parts.store.intents(page.limit.min(MOST)).await?))
}

pub(super) async fn intent(
    State(api): State<Arc<Api>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let Path(id) = id.map_err(|error| bad(&error.body_text()))?;
    let missing = || {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "intent_unknown",
            format!("there is no intent {id}"),
        )
    };
    let intent = api.parts.store.intent(IntentId(id)).await?.ok_or_else(missing)?;
    let attempts = api.parts.store.attempts_of(IntentId(id)).await?;
    Ok(Json(json!({"intent": intent, "attempts": attempts})))
}

/// What a job answers under a name of its own.
pub(super) async fn of_a_job(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    query: Result<Query<BTreeMap<String, String>>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(query) = query.map_err(|error| bad(&error.body_text()))?;
    for job in &api.parts.jobs {
        if let Some(answer) = job.view(&name, &query).await {
            return answer.map(Json).map_err(ApiError::from);
        }
    }
    Err(ApiError::not_found())
}

fn bad(message: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "request_malformed", message)
}
