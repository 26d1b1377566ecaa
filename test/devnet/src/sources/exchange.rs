//! The answers of three exchanges, field by field as they give them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    calendar,
    series::{Feed, Quote},
};

/// An exchange whose API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exchange {
    /// `GET /api/v3/ticker/24hr?symbol=BTCUSD`
    Binance,
    /// `GET /products/BTC-USD/ticker`
    Coinbase,
    /// `GET /0/public/Ticker?pair=XBTUSD`
    Kraken,
}

impl Exchange {
    /// Every exchange.
    pub const ALL: [Self; 3] = [Self::Binance, Self::Coinbase, Self::Kraken];

    /// Name for people and for the keeper's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
        }
    }

    /// Path and query that ask for the price of a feed.
    pub fn path(self, feed: Feed) -> String {
        let symbol = self.symbol(feed);
        match self {
            Self::Binance => format!("/api/v3/ticker/24hr?symbol={symbol}"),
            Self::Coinbase => format!("/products/{symbol}/ticker"),
            Self::Kraken => format!("/0/public/Ticker?pair={symbol}"),
        }
    }

    /// JSON pointer to the last price.
    pub fn price_pointer(self, feed: Feed) -> String {
        match self {
            Self::Binance => "/lastPrice".to_owned(),
            Self::Coinbase => "/price".to_owned(),
            Self::Kraken => format!("/result/{}/c/0", kraken_name(feed)),
        }
    }

    /// JSON pointer to the time of the answer and its unit; Kraken's ticker carries none.
    pub fn time_pointer(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Binance => Some(("/closeTime", "ms")),
            Self::Coinbase => Some(("/time", "rfc3339")),
            Self::Kraken => None,
        }
    }

    /// The feed that a symbol of this exchange names.
    pub(super) fn feed(self, symbol: &str) -> Option<Feed> {
        Feed::ALL
            .into_iter()
            .find(|feed| self.symbol(*feed) == symbol || (self == Self::Kraken && kraken_name(*feed) == symbol))
    }

    fn symbol(self, feed: Feed) -> String {
        match self {
            Self::Binance => feed.id().replace('/', ""),
            Self::Coinbase => feed.id().replace('/', "-"),
            Self::Kraken => feed.id().replace('/', "").replace("BTC", "XBT"),
        }
    }

    /// The answer to a question for a symbol that the exchange does not list: status and body.
    pub(super) fn unknown(self) -> (u16, Value) {
        match self {
            Self::Binance => (400, json!({"code": -1121, "msg": "Invalid symbol."})),
            Self::Coinbase => (404, json!({"message": "NotFound"})),
            Self::Kraken => (200, json!({"error": ["EQuery:Unknown asset pair"]})),
        }
    }

    /// The answer for a quote whose own noise is applied already. `now_ms` is the exchange's clock, `count` rises with
    /// every answer.
    pub(super) fn answer(self, feed: Feed, quote: &Quote, now_ms: i64, count: u64) -> Value {
        let half_spread = quote.price * Decimal::new(1, 4);
        let (bid, ask) = (quote.price - half_spread, quote.price + half_spread);
        match self {
            Self::Binance => {
                let text = |value: Decimal| fixed(value, 8);
                let change = quote.price - quote.open;
                let middle = (quote.high + quote.low) / Decimal::TWO;
                json!({
                    "symbol": self.symbol(feed),
                    "priceChange": text(change),
                    "priceChangePercent": fixed(change * Decimal::ONE_HUNDRED / quote.open, 3),
                    "weightedAvgPrice": text(middle),
                    "prevClosePrice": text(quote.open),
                    "lastPrice": text(quote.price),
                    "lastQty": "0.01200000",
                    "bidPrice": text(bid),
                    "bidQty": "3.10000000",
                    "askPrice": text(ask),
                    "askQty": "2.70000000",
                    "openPrice": text(quote.open),
                    "highPrice": text(quote.high),
                    "lowPrice": text(quote.low),
                    "volume": "8913.30000000",
                    "quoteVolume": text(middle * Decimal::new(89_133, 1)),
                    "openTime": now_ms - 86_400_000,
                    "closeTime": now_ms,
                    "firstId": 28_385,
                    "lastId": 28_385 + count,
                    "count": count + 1,
                })
            }
            Self::Coinbase => json!({
                "ask": fixed(ask, 5),
                "bid": fixed(bid, 5),
                "volume": "4939.8219076",
                "trade_id": 86_326_522 + count,
                "price": fixed(quote.price, 5),
                "size": "0.00698254",
                "time": calendar::rfc3339(quote.traded_ms),
                "rfq_volume": "9.948684",
            }),
            Self::Kraken => {
                let text = |value: Decimal| fixed(value, 5);
                let middle = text((quote.high + quote.low) / Decimal::TWO);
                let ticker = json!({
                    "a": [text(ask), "1", "1.000"],
                    "b": [text(bid), "1", "1.000"],
                    "c": [text(quote.price), "0.00067643"],
                    "v": ["4083.67001100", "4412.73601799"],
                    "p": [middle, middle],
                    "t": [count + 1, count + 4_289],
                    "l": [text(quote.low), text(quote.low)],
                    "h": [text(quote.high), text(quote.high)],
                    "o": text(quote.open),
                });
                json!({"error": [], "result": {kraken_name(feed): ticker}})
            }
        }
    }
}

/// The name under which Kraken answers: its older assets carry a class letter.
fn kraken_name(feed: Feed) -> &'static str {
    match feed {
        Feed::EurUsd => "ZEURZUSD",
        Feed::SpxUsd => "SPXUSD",
        Feed::WtiUsd => "WTIUSD",
        Feed::BtcUsd => "XXBTZUSD",
    }
}

/// With exactly `places` decimals, as exchanges write prices.
fn fixed(value: Decimal, places: u32) -> String {
    let mut value = value.round_dp(places);
    value.rescale(places);
    value.to_string()
}
