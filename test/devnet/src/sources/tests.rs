use std::time::Duration;

use serde_json::{Value, json};

use super::*;

async fn ask(sources: &Sources, exchange: Exchange, feed: Feed) -> Value {
    let text = reqwest::get(sources.url(exchange, feed))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

fn price(answer: &Value, exchange: Exchange, feed: Feed) -> Decimal {
    answer
        .pointer(&exchange.price_pointer(feed))
        .unwrap()
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn near(a: Decimal, b: Decimal, bps: i64) -> bool {
    (a - b).abs() * Decimal::from(10_000) <= b * Decimal::from(bps)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn all_tell_nearly_the_same_truth_in_their_own_shapes() {
    let sources = Sources::start(1).await.unwrap();
    for feed in Feed::ALL {
        for exchange in Exchange::ALL {
            let answer = ask(&sources, exchange, feed).await;
            assert!(
                near(price(&answer, exchange, feed), sources.truth(feed), 4),
                "{exchange:?} {answer}"
            );
            if let Some((pointer, unit)) = exchange.time_pointer() {
                let time = answer.pointer(pointer).unwrap();
                assert_eq!(unit == "ms", time.is_i64(), "{time}");
            }
        }
    }
    let binance = ask(&sources, Exchange::Binance, Feed::BtcUsd).await;
    assert_eq!(keys(&binance).len(), 21);
    assert_eq!(binance["symbol"], "BTCUSD");
    assert_eq!(
        binance["lastPrice"].as_str().unwrap().split_once('.').unwrap().1.len(),
        8
    );
    let coinbase = ask(&sources, Exchange::Coinbase, Feed::BtcUsd).await;
    for key in [
        "ask",
        "bid",
        "volume",
        "trade_id",
        "price",
        "size",
        "time",
        "rfq_volume",
    ] {
        assert!(coinbase.get(key).is_some(), "{key}");
    }
    let kraken = ask(&sources, Exchange::Kraken, Feed::BtcUsd).await;
    assert_eq!(kraken["error"], json!([]));
    let mut letters = keys(&kraken["result"]["XXBTZUSD"]);
    letters.sort_unstable();
    assert_eq!(letters, ["a", "b", "c", "h", "l", "o", "p", "t", "v"]);
}

#[tokio::test]
async fn an_unknown_symbol_is_refused_as_the_exchange_does() {
    let sources = Sources::start(1).await.unwrap();
    for (exchange, status, text) in [
        (Exchange::Binance, 400, "-1121"),
        (Exchange::Coinbase, 404, "NotFound"),
        (Exchange::Kraken, 200, "EQuery"),
    ] {
        let url = sources
            .url(exchange, Feed::BtcUsd)
            .replace("BTC", "DOGE")
            .replace("XBT", "DOGE");
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.text().await.unwrap().contains(text));
    }
}

#[tokio::test]
async fn a_fault_hits_its_source_and_feed_alone_and_heals() {
    let sources = Sources::start(1).await.unwrap();
    let (exchange, feed) = (Exchange::Kraken, Feed::WtiUsd);
    sources.set_fault(exchange, Some(feed), Fault::Lie { factor_bps: 15_000 });
    let truth = sources.truth(feed);
    let lie = truth * Decimal::new(15, 1);
    assert!(near(
        price(&ask(&sources, exchange, feed).await, exchange, feed),
        lie,
        4
    ));
    assert!(near(
        price(&ask(&sources, Exchange::Binance, feed).await, Exchange::Binance, feed),
        truth,
        4
    ));
    let other = price(&ask(&sources, exchange, Feed::SpxUsd).await, exchange, Feed::SpxUsd);
    assert!(near(other, sources.truth(Feed::SpxUsd), 4));
    assert_eq!(sources.report()[2].faults["WTI/USD"], Fault::Lie { factor_bps: 15_000 });

    sources.heal(exchange);
    sources.set_fault(exchange, None, Fault::Error);
    assert_eq!(reqwest::get(sources.url(exchange, feed)).await.unwrap().status(), 500);
    sources.set_fault(exchange, None, Fault::Garbage);
    let garbage = reqwest::get(sources.url(exchange, feed))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(serde_json::from_str::<Value>(&garbage).is_err());
    sources.set_fault(exchange, None, Fault::Hang);
    let hang = reqwest::Client::builder()
        .timeout(Duration::from_millis(150))
        .build()
        .unwrap();
    assert!(
        hang.get(sources.url(exchange, feed))
            .send()
            .await
            .unwrap_err()
            .is_timeout()
    );
    sources.heal(exchange);
    assert!(near(
        price(&ask(&sources, exchange, feed).await, exchange, feed),
        truth,
        4
    ));
}

#[tokio::test]
async fn a_laggard_shows_old_times_and_old_prices() {
    let sources = Sources::start(100).await.unwrap();
    sources.set_fault(Exchange::Binance, None, Fault::Lag { seconds: 90 });
    let answer = ask(&sources, Exchange::Binance, Feed::SpxUsd).await;
    let age = now_ms() - answer["closeTime"].as_i64().unwrap();
    assert!((90_000..95_000).contains(&age), "{age}");
    assert!(!near(
        price(&answer, Exchange::Binance, Feed::SpxUsd),
        sources.truth(Feed::SpxUsd),
        100
    ));
}

#[tokio::test]
async fn faults_are_set_over_http_too() {
    let sources = Sources::start(1).await.unwrap();
    let url = sources.url(Exchange::Coinbase, Feed::EurUsd);
    let control = url.replace(&Exchange::Coinbase.path(Feed::EurUsd), "/control");
    let client = reqwest::Client::new();
    let put = |body: Value| client.put(&control).json(&body).send();
    assert_eq!(
        put(json!({"feed": "EUR/USD", "fault": "error"}))
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 500);
    assert_eq!(
        put(json!({"feed": "EUR/USD", "fault": null})).await.unwrap().status(),
        204
    );
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    assert_eq!(
        put(json!({"feed": "XAU/USD", "fault": null})).await.unwrap().status(),
        404
    );
}

#[test]
fn noise_is_small_and_its_own_for_every_source() {
    let price = Decimal::from(100);
    let of = |exchange| {
        (0..50)
            .map(|s| noisy(price, exchange, Feed::BtcUsd, s))
            .collect::<Vec<_>>()
    };
    let (a, b) = (of(Exchange::Binance), of(Exchange::Coinbase));
    assert_ne!(a, b);
    assert_eq!(a, of(Exchange::Binance), "a function of the second");
    assert!(a.iter().chain(&b).all(|p| near(*p, price, 3)));
    assert!(a.iter().any(|p| *p > price) && a.iter().any(|p| *p < price));
}
