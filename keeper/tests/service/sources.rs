//! Sources that lie, lag, hang, answer garbage, 500 or too much.

use std::time::{Duration, Instant};

use fluxion_keeper::app::http_client;
use fluxion_keeper::clock::{Clock, SystemClock};
use fluxion_keeper::config::{FeedConfig, SourceConfig, TimeUnit};
use fluxion_keeper::jobs::update_prices::rules;
use fluxion_keeper::sources::{Board, Fault, Fetcher, assess};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn source(server: &MockServer, name: &str) -> SourceConfig {
    SourceConfig {
        name: name.into(),
        url: format!("{}/{name}", server.uri()),
        price: "/price".into(),
        time: Some("/time".into()),
        time_unit: TimeUnit::Ms,
        timeout_ms: 300,
    }
}

pub(crate) fn feed(sources: Vec<SourceConfig>) -> FeedConfig {
    FeedConfig {
        id: "EUR/USD".into(),
        chains: vec!["local-a".into()],
        decimals: 8,
        min_sources: 2,
        deviation_bps: 10,
        heartbeat_s: 20,
        outlier_bps: 200,
        tolerance_bps: 50,
        max_age_s: 30,
        valid_for_s: 20,
        source: sources,
    }
}

async fn answers(server: &MockServer, name: &str, template: ResponseTemplate) {
    Mock::given(path(format!("/{name}")))
        .respond_with(template)
        .mount(server)
        .await;
}

fn json(price: &str, time_ms: u64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(
        format!(r#"{{"price": {price}, "time": {time_ms}}}"#),
        "application/json",
    )
}

/// PRICE-6: a price is read digit by digit.
#[tokio::test]
async fn strings_and_numbers_keep_their_digits() {
    let server = MockServer::start().await;
    let now = SystemClock.now_ms();
    answers(&server, "text", json("\"1.08340001\"", now)).await;
    // As a double this number would lose its last digits.
    answers(&server, "number", json("90071992547.40993001", now)).await;
    let fetcher = Fetcher::new(http_client().unwrap());
    let text = fetcher.fetch(&source(&server, "text"), 8, &SystemClock).await.unwrap();
    assert_eq!(text.price.units(), 108_340_001);
    assert_eq!(text.at_ms, now);
    let number = fetcher
        .fetch(&source(&server, "number"), 8, &SystemClock)
        .await
        .unwrap();
    assert_eq!(number.price.units(), 9_007_199_254_740_993_001);
}

/// PRICE-3: floods and garbage count for nothing.
#[tokio::test]
async fn each_fault_is_told_by_its_kind() {
    let server = MockServer::start().await;
    let now = SystemClock.now_ms();
    answers(&server, "500", ResponseTemplate::new(500)).await;
    answers(
        &server,
        "html",
        ResponseTemplate::new(200).set_body_string("<html>busy</html>"),
    )
    .await;
    answers(&server, "empty", ResponseTemplate::new(200).set_body_string("{}")).await;
    answers(&server, "null", json("null", now)).await;
    answers(&server, "words", json("\"about one\"", now)).await;
    answers(&server, "negative", json("-1", now)).await;
    answers(&server, "future", json("1", now + 60_000)).await;
    answers(
        &server,
        "huge",
        ResponseTemplate::new(200).set_body_string("1".repeat(300_000)),
    )
    .await;
    answers(&server, "hang", json("1", now).set_delay(Duration::from_secs(20))).await;
    let fetcher = Fetcher::new(http_client().unwrap());
    for (name, kind) in [
        ("500", "status"),
        ("missing", "status"),
        ("html", "garbage"),
        ("empty", "garbage"),
        ("null", "garbage"),
        ("words", "garbage"),
        ("negative", "garbage"),
        ("future", "future"),
        ("huge", "too_large"),
        ("hang", "timeout"),
    ] {
        let begun = Instant::now();
        let fault = fetcher
            .fetch(&source(&server, name), 8, &SystemClock)
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), kind, "{name}: {fault}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{name} held us up");
    }
    let mut gone = source(&server, "gone");
    gone.url = "http://127.0.0.1:1/price?key=s3cret".into();
    let fault = fetcher.fetch(&gone, 8, &SystemClock).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable(_)), "{fault}");
    assert!(!fault.to_string().contains("s3cret"), "{fault}");
}

/// PRICE-3: a source that redirects away counts for nothing.
#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let now = SystemClock.now_ms();
    answers(&other, "price", json("1", now)).await;
    let elsewhere = format!("http://localhost:{}/price", other.address().port());
    answers(
        &server,
        "away",
        ResponseTemplate::new(302).insert_header("location", elsewhere.as_str()),
    )
    .await;
    answers(
        &server,
        "home",
        ResponseTemplate::new(302).insert_header("location", "/price"),
    )
    .await;
    answers(&server, "price", json("1", now)).await;
    let fetcher = Fetcher::new(http_client().unwrap());
    let fault = fetcher
        .fetch(&source(&server, "away"), 8, &SystemClock)
        .await
        .unwrap_err();
    assert_eq!(fault, Fault::Status(302));
    assert!(
        fetcher.fetch(&source(&server, "home"), 8, &SystemClock).await.is_ok(),
        "its own host may redirect"
    );
}

/// PRICE-3: a source that hangs holds up nobody.
#[tokio::test]
async fn the_median_holds_while_one_lies_and_one_hangs() {
    let server = MockServer::start().await;
    let now = SystemClock.now_ms();
    answers(&server, "a", json("1.0834", now)).await;
    answers(&server, "b", json("1.0836", now)).await;
    answers(&server, "liar", json("2.1668", now)).await;
    answers(&server, "hang", json("1.0835", now).set_delay(Duration::from_secs(20))).await;
    let board = Board::new(feed(
        ["a", "b", "liar", "hang"].map(|name| source(&server, name)).to_vec(),
    ));
    board
        .poll_once(&Fetcher::new(http_client().unwrap()), &SystemClock)
        .await;
    let got = assess(&board.observations(), &rules(board.feed()), SystemClock.now_ms()).unwrap();
    assert_eq!(got.price.units(), 108_350_000);
    assert_eq!(got.outliers, ["liar"]);
    assert_eq!(board.faults().keys().collect::<Vec<_>>(), ["hang"]);
}

#[tokio::test]
async fn a_lagging_source_does_not_count() {
    let server = MockServer::start().await;
    let now = SystemClock.now_ms();
    answers(&server, "a", json("1", now)).await;
    answers(&server, "late", json("1", now - 60_000)).await;
    let board = Board::new(feed(["a", "late"].map(|name| source(&server, name)).to_vec()));
    board
        .poll_once(&Fetcher::new(http_client().unwrap()), &SystemClock)
        .await;
    let short = assess(&board.observations(), &rules(board.feed()), SystemClock.now_ms()).unwrap_err();
    assert_eq!(short.stale, ["late"]);
}
