//! Logs and metrics. One line a fact, JSON by default, with `trace_id` from the observation to the receipt.

mod failures;
pub mod metric;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::model::Diagnostic;

pub use failures::failures;

/// Bounds of latency histograms, in seconds.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Starts logging, on the standard error, so that the standard output stays for results.
///
/// # Errors
/// A filter that does not parse, with the key of the configuration.
pub fn start_logs(config: &LogConfig) -> Result<(), Diagnostic> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|error| {
        Diagnostic::config(
            "log.filter",
            format!("`{}` is not a filter ({error})", config.filter),
            "write e.g. \"info\" or \"info,fluxion_keeper::chain=debug\"",
        )
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start (a test of the library) keeps the first.
    let _ = match config.format {
        LogFormat::Json => logs
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
        LogFormat::Text => logs.with_target(false).try_init(),
    };
    Ok(())
}

/// Starts metrics; the handle writes them in Prometheus' text format.
///
/// # Errors
/// When a recorder is installed already.
pub fn start_metrics() -> Result<PrometheusHandle, String> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
        .map_err(|error| error.to_string())?
        .install_recorder()
        .map_err(|error| error.to_string())?;
    metric::describe();
    Ok(handle)
}

/// Resident memory of this process in bytes, as the kernel counts it; zero where it does not tell.
#[must_use]
pub fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or_default().saturating_mul(1024)
}
