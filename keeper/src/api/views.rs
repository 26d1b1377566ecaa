//! What is read from the store.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, ApiError, Status, collect};
use crate::store::RoundRow;
use crate::tx::{Intent, IntentId};

/// Most rows of one answer.
const MOST: u32 = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default = "fifty")]
    limit: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoundsQuery {
    chain: String,
    feed: String,
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

pub(super) async fn rounds(
    State(api): State<Arc<Api>>,
    query: Result<Query<RoundsQuery>, QueryRejection>,
) -> Result<Json<Vec<RoundRow>>, ApiError> {
    let Query(query) = query.map_err(|error| bad(&error.body_text()))?;
    let missing = |what: String| ApiError::new(StatusCode::NOT_FOUND, "feed_unknown", what);
    let chain = api
        .parts
        .chains
        .iter()
        .find(|chain| chain.name() == query.chain || chain.id().0.to_string() == query.chain)
        .ok_or_else(|| missing(format!("there is no chain {}", query.chain)))?;
    let feed = chain
        .oracle
        .feeds()
        .get(&query.feed)
        .ok_or_else(|| missing(format!("there is no feed {} on {}", query.feed, chain.name())))?;
    Ok(Json(
        api.parts.store.rounds(chain.id(), *feed, query.limit.min(MOST)).await?,
    ))
}

fn bad(message: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "request_malformed", message)
}
