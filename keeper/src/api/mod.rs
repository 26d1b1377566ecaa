//! The HTTP interfaces: health, metrics and status for operators, and on a listener of its own the doors at which
//! others ask for signatures. They only read the store; the one thing that they change is the memory of what was
//! signed.

mod attestations;
mod error;
mod status;
mod views;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

use crate::attest::Door;
use crate::model::Diagnostic;

pub use attestations::doors;
pub use error::ApiError;
pub use status::{ChainPart, LaneBalance, Parts, Status, collect};

/// Bytes of a request body that are read at most.
const BODY_LIMIT: usize = 4 * 1024;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the interface shows and serves.
pub struct Api {
    /// What the status is read from.
    pub parts: Parts,
    /// Writes the metrics.
    pub metrics: PrometheusHandle,
}

/// The routes.
pub fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/v1/status", get(views::status))
        .route("/v1/intents", get(views::intents))
        .route("/v1/intents/{id}", get(views::intent))
        .route("/v1/{view}", get(views::of_a_job))
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || no_such_method())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .with_state(api)
}

fn no_such_method() -> ApiError {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    ApiError::new(status, "method_not_allowed", "this path takes another method")
}

/// Listens for operators, and writes the address that was bound to `<data_dir>/api.addr`.
///
/// # Errors
/// The address is taken or not allowed.
pub async fn bind(listen: SocketAddr, data_dir: &Path) -> Result<TcpListener, Diagnostic> {
    let listener = bind_named(listen, data_dir, "api").await?;
    if listener.local_addr().is_ok_and(|bound| !bound.ip().is_loopback()) {
        tracing::warn!("the interface is reachable from other machines; it has no access control of its own");
    }
    Ok(listener)
}

/// Listens for requests for signatures, and writes the address that was bound to `<data_dir>/attestation.addr`.
///
/// # Errors
/// The address is taken or not allowed.
pub async fn bind_doors(listen: SocketAddr, data_dir: &Path) -> Result<TcpListener, Diagnostic> {
    bind_named(listen, data_dir, "attestation").await
}

async fn bind_named(listen: SocketAddr, data_dir: &Path, name: &str) -> Result<TcpListener, Diagnostic> {
    let problem = |error: std::io::Error| {
        Diagnostic::config(
            format!("{name}.listen"),
            format!("cannot listen on {listen} ({error})"),
            "free the port or name another one",
        )
    };
    let listener = TcpListener::bind(listen).await.map_err(problem)?;
    let bound = listener.local_addr().map_err(problem)?;
    let (part, file) = (
        data_dir.join(format!("{name}.addr.part")),
        data_dir.join(format!("{name}.addr")),
    );
    // With PostgreSQL nobody else makes the folder.
    std::fs::create_dir_all(data_dir)
        .and_then(|()| std::fs::write(&part, bound.to_string()))
        .and_then(|()| std::fs::rename(&part, &file))
        .map_err(problem)?;
    tracing::info!(%bound, name, "listening");
    Ok(listener)
}

/// Serves until shutdown; requests under way are finished.
///
/// # Errors
/// The listener failed.
pub async fn serve(listener: TcpListener, api: Arc<Api>, shutdown: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, router(api))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

/// Serves the doors until shutdown; requests under way are finished.
///
/// # Errors
/// The listener failed.
pub async fn serve_doors(
    listener: TcpListener,
    list: Vec<Arc<dyn Door>>,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, doors(list))
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

/// Serves a replica that stands by, until shutdown: it is healthy and not ready, and says who leads.
///
/// # Errors
/// The listener failed.
pub async fn serve_standby(
    listener: TcpListener,
    leader: watch::Receiver<String>,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let ready = async move || {
        let waiting = [format!("standing by: {}", *leader.borrow())];
        let body = Json(json!({"ready": false, "waiting": waiting}));
        (StatusCode::SERVICE_UNAVAILABLE, body)
    };
    let metrics = async move || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render());
    let standby = || {
        let message = "this replica stands by; ask the leader";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "standing_by", message)
    };
    let router = Router::new()
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(async move || standby());
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

async fn ready(State(api): State<Arc<Api>>) -> Response {
    let waiting = status::waiting(&api.parts);
    let status = if waiting.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({"ready": waiting.is_empty(), "waiting": waiting}))).into_response()
}

async fn metrics(State(api): State<Arc<Api>>) -> Result<Response, ApiError> {
    // Gauges of stored state are set when they are read, so that they are never older than the reader thinks.
    status::gauges(&collect(&api.parts).await?);
    api.metrics.run_upkeep();
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        api.metrics.render(),
    )
        .into_response())
}
