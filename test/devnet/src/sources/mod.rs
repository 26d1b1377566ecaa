//! Price sources: HTTP servers that answer as three exchanges do, from recorded prices, and misbehave on request.
//!
//! Every source adds a small noise of its own, so that no two agree exactly; it is a function of source, feed and
//! second. Faults are set through [`Sources`], or over HTTP by `PUT /control` on the source itself with
//! `{"feed": "EUR/USD" or null, "fault": {"lie": {"factor_bps": 12000}} or null}`.

mod calendar;
mod exchange;
mod series;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::JoinSet};

pub use self::{
    exchange::Exchange,
    series::{Feed, Quote, Series},
};

/// Largest noise of a source, in hundredths of a basis point.
const NOISE: u64 = 300;

/// A way for a source to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Prices are multiplied by `factor_bps / 10000`.
    Lie {
        /// 10000 is the truth.
        factor_bps: u32,
    },
    /// Prices and time stamps are this old.
    Lag {
        /// Age in seconds.
        seconds: u32,
    },
    /// The connection is accepted and never answered.
    Hang,
    /// Status 200 and something that is not the API's JSON.
    Garbage,
    /// Status 500.
    Error,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lie { factor_bps } => write!(
                f,
                "lies: {}.{:02} x the price",
                factor_bps / 10_000,
                factor_bps / 100 % 100
            ),
            Self::Lag { seconds } => write!(f, "lags by {seconds} s"),
            Self::Hang => write!(f, "hangs: accepts and never answers"),
            Self::Garbage => write!(f, "answers garbage"),
            Self::Error => write!(f, "answers with status 500"),
        }
    }
}

/// What a source does now.
#[derive(Debug, Clone, Serialize)]
pub struct SourceReport {
    /// Name of the exchange.
    pub name: &'static str,
    /// Requests answered or left hanging so far.
    pub requests: u64,
    /// Faults in force, by feed; a fault of all feeds stands under "*".
    pub faults: BTreeMap<String, Fault>,
}

/// The running sources; they end on drop.
#[derive(Debug)]
pub struct Sources {
    sources: BTreeMap<Exchange, (SocketAddr, Arc<Source>)>,
    _servers: JoinSet<()>,
}

#[derive(Debug)]
struct Source {
    exchange: Exchange,
    series: Arc<BTreeMap<Feed, Series>>,
    origin_ms: i64,
    requests: AtomicU64,
    faults: Mutex<BTreeMap<Option<Feed>, Fault>>,
}

impl Sources {
    /// Starts one server per exchange on free ports; the replay begins now. `speed_percent` 100 is the pace of the
    /// demo.
    ///
    /// # Errors
    /// When a record cannot be read or no port can be had.
    pub async fn start(speed_percent: i64) -> eyre::Result<Self> {
        let mut series = BTreeMap::new();
        for feed in Feed::ALL {
            series.insert(feed, Series::load(feed, speed_percent)?);
        }
        let (series, origin_ms) = (Arc::new(series), now_ms());
        let (mut sources, mut servers) = (BTreeMap::new(), JoinSet::new());
        for exchange in Exchange::ALL {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            let source = Arc::new(Source {
                exchange,
                series: Arc::clone(&series),
                origin_ms,
                requests: AtomicU64::new(0),
                faults: Mutex::default(),
            });
            let router = Router::new()
                .route("/api/v3/ticker/24hr", get(binance))
                .route("/products/{product}/ticker", get(coinbase))
                .route("/0/public/Ticker", get(kraken))
                .route("/control", put(control))
                .with_state(Arc::clone(&source));
            servers.spawn(async move {
                let _ = axum::serve(listener, router).await;
            });
            sources.insert(exchange, (address, source));
        }
        Ok(Self {
            sources,
            _servers: servers,
        })
    }

    /// Address that answers with the price of a feed.
    pub fn url(&self, exchange: Exchange, feed: Feed) -> String {
        format!("http://{}{}", self.sources[&exchange].0, exchange.path(feed))
    }

    /// Makes a source misbehave, for one feed or for all.
    pub fn set_fault(&self, exchange: Exchange, feed: Option<Feed>, fault: Fault) {
        self.sources[&exchange].1.faults().insert(feed, fault);
    }

    /// Ends every fault of a source.
    pub fn heal(&self, exchange: Exchange) {
        self.sources[&exchange].1.faults().clear();
    }

    /// What a truthful source without noise would say now, in dollars.
    pub fn truth(&self, feed: Feed) -> Decimal {
        let source = &self.sources[&Exchange::Binance].1;
        source.series[&feed]
            .quote(source.origin_ms, now_ms() - source.origin_ms)
            .price
    }

    /// What every source does now.
    pub fn report(&self) -> Vec<SourceReport> {
        let sources = self.sources.values();
        sources
            .map(|(_, source)| SourceReport {
                name: source.exchange.name(),
                requests: source.requests.load(Ordering::Relaxed),
                faults: source
                    .faults()
                    .iter()
                    .map(|(feed, fault)| (feed.map_or("*", Feed::id).to_owned(), *fault))
                    .collect(),
            })
            .collect()
    }
}

impl Source {
    fn faults(&self) -> MutexGuard<'_, BTreeMap<Option<Feed>, Fault>> {
        self.faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn ticker(&self, exchange: Exchange, symbol: &str) -> Response {
        if exchange != self.exchange {
            return StatusCode::NOT_FOUND.into_response();
        }
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let Some(feed) = exchange.feed(symbol) else {
            let (status, body) = exchange.unknown();
            return (StatusCode::from_u16(status).unwrap_or_default(), Json(body)).into_response();
        };
        let fault = {
            let faults = self.faults();
            faults.get(&Some(feed)).or_else(|| faults.get(&None)).copied()
        };
        let mut now_ms = now_ms();
        match fault {
            Some(Fault::Hang) => return std::future::pending().await,
            Some(Fault::Garbage) => return "<html><body>maintenance {\"price\": ".into_response(),
            Some(Fault::Error) => {
                return (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response();
            }
            Some(Fault::Lag { seconds }) => now_ms -= i64::from(seconds) * 1_000,
            Some(Fault::Lie { .. }) | None => {}
        }
        let mut quote = self.series[&feed].quote(self.origin_ms, now_ms - self.origin_ms);
        quote.price = noisy(quote.price, exchange, feed, now_ms / 1_000);
        if let Some(Fault::Lie { factor_bps }) = fault {
            quote.price = quote.price * Decimal::from(factor_bps) / Decimal::from(10_000);
        }
        Json(exchange.answer(feed, &quote, now_ms, count)).into_response()
    }
}

/// Adds the source's own noise of this second: up to 3 basis points either way.
fn noisy(price: Decimal, exchange: Exchange, feed: Feed, second: i64) -> Decimal {
    // One round of splitmix64 spreads neighbouring seconds.
    let mut x = (second as u64) ^ ((exchange as u64) << 40) ^ ((feed as u64) << 48);
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let noise = ((x ^ (x >> 31)) % (2 * NOISE + 1)) as i64 - NOISE as i64;
    price + price * Decimal::new(noise, 6)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(i64::MAX)
}

#[derive(Deserialize)]
struct BinanceQuery {
    #[serde(default)]
    symbol: String,
}

async fn binance(State(source): State<Arc<Source>>, Query(query): Query<BinanceQuery>) -> Response {
    source.ticker(Exchange::Binance, &query.symbol).await
}

async fn coinbase(State(source): State<Arc<Source>>, Path(product): Path<String>) -> Response {
    source.ticker(Exchange::Coinbase, &product).await
}

#[derive(Deserialize)]
struct KrakenQuery {
    #[serde(default)]
    pair: String,
}

async fn kraken(State(source): State<Arc<Source>>, Query(query): Query<KrakenQuery>) -> Response {
    source.ticker(Exchange::Kraken, &query.pair).await
}

#[derive(Deserialize)]
struct Control {
    feed: Option<String>,
    fault: Option<Fault>,
}

async fn control(State(source): State<Arc<Source>>, Json(control): Json<Control>) -> Response {
    let feed = match control.feed.as_deref().map(Feed::from_id) {
        Some(None) => return (StatusCode::NOT_FOUND, "no such feed").into_response(),
        other => other.flatten(),
    };
    match control.fault {
        Some(fault) => source.faults().insert(feed, fault),
        None => source.faults().remove(&feed),
    };
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests;
