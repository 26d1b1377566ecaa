//! A signer among strangers: who may ask it, how often, and for what.

use std::sync::Arc;
use std::time::Duration;

use fluxion_keeper::app::http_client;
use fluxion_keeper::attest::{Attestable as _, Caller, WINDOW_MS};
use fluxion_keeper::clock::{Clock, SystemClock};
use fluxion_keeper::jobs::update_prices::Report;
use fluxion_keeper::model::TraceId;
use serde_json::{Value, json};

use super::signer_node::{
    Asking, Market, SignerNode, caller, collector, key, now, post, post_with, report, request, set, signer,
    signer_asked,
};

/// A clock beside the machine's.
struct Beside(i64);

impl Clock for Beside {
    fn now_ms(&self) -> u64 {
        SystemClock.now_ms().saturating_add_signed(self.0)
    }
}

async fn ask(node: &SignerNode, by: &Caller, body: &Value) -> (u16, String) {
    let body = body.to_string();
    let call = by.call(Report::PATH, body.as_bytes()).await.unwrap();
    refused(post_with(&node.url, body, &call.headers()).await)
}

fn refused((status, answer): (u16, Value)) -> (u16, String) {
    (status, answer["error"]["code"].as_str().unwrap_or("signed").to_owned())
}

/// Epochs that a signer would sign for, the newest first.
fn epochs() -> impl Iterator<Item = u64> {
    let now = now();
    (now - 8..=now + 4).rev()
}

/// An honest quorum of the keys 1 and 2 comes about, whatever happened before at the signer of key 2.
async fn honest_quorum_forms(node: &SignerNode) {
    let quorum = collector(vec![], &[&node.url]);
    let short = quorum
        .collect(&report(108_340_000, now()), &set(1), false, &TraceId::random())
        .await
        .unwrap_err();
    assert_eq!(short.signers, [key(2).address()], "{:?}", short.refusals);
}

/// ATTEST-6: who is not in the signer set takes no epoch, with or without a signature of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_takes_no_epoch() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    for epoch in epochs() {
        let body = request("108340001", epoch);
        let unsigned = refused(post_with(&node.url, body.to_string(), &[]).await);
        assert_eq!(unsigned, (401, "caller_not_signed".into()));
        assert_eq!(ask(&node, &caller(9), &body).await, (403, "caller_unknown".into()));
    }
    honest_quorum_forms(&node).await;
}

/// ATTEST-6: a signature says who asks for which body at which path, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_bound_to_its_path_body_and_time_and_counts_once() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let body = request("108340000", now()).to_string();
    let call = caller(1).call(Report::PATH, body.as_bytes()).await.unwrap();
    let (other_path, other_body) = (
        caller(1).call("/v1/score-attestations", body.as_bytes()).await.unwrap(),
        caller(1).call(Report::PATH, b"{}").await.unwrap(),
    );
    for (what, call) in [("another path", other_path), ("another body", other_body)] {
        let got = refused(post_with(&node.url, &*body, &call.headers()).await);
        assert_eq!(got, (403, "caller_unknown".into()), "{what}");
    }
    let mut shifted = call;
    shifted.at_ms += 1;
    assert_eq!(
        refused(post_with(&node.url, &*body, &shifted.headers()).await).0,
        403,
        "another time"
    );
    assert_eq!(post_with(&node.url, &*body, &call.headers()).await.0, 200);
    let again = refused(post_with(&node.url, &*body, &call.headers()).await);
    assert_eq!(again, (409, "request_replayed".into()));

    let window = i64::try_from(WINDOW_MS).unwrap();
    for (offset, good) in [
        (-window - 2_000, false),
        (window + 2_000, false),
        (window - 2_000, true),
        (2_000 - window, true),
    ] {
        let by = Caller {
            key: Arc::new(key(1)),
            clock: Arc::new(Beside(offset)),
        };
        let got = ask(&node, &by, &serde_json::from_str(&body).unwrap()).await;
        let want = if good {
            (200, "signed")
        } else {
            (401, "request_not_of_now")
        };
        assert_eq!((got.0, got.1.as_str()), want, "dated {offset} ms beside now");
    }
}

/// ATTEST-7: a member that asks for every epoch gets a few a second, each later than the one before, and none of the
/// past; the rest stay free for others.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_opens_one_epoch_at_a_time() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let greedy = caller(3);
    let first = now();
    assert_eq!(ask(&node, &greedy, &request("108340001", first)).await.0, 200);
    let past = ask(&node, &greedy, &request("108340001", first - 1)).await;
    assert_eq!(past, (409, "epoch_overtaken".into()));
    assert_eq!(
        ask(&node, &greedy, &request("108340001", first)).await.0,
        200,
        "the open one again"
    );
    let mut taken = 1;
    let begun = tokio::time::Instant::now();
    for epoch in first + 1..=first + 5 {
        let (status, code) = ask(&node, &greedy, &request("108340001", epoch)).await;
        if status == 200 {
            taken += 1;
        } else {
            assert_eq!((status, code.as_str()), (429, "epochs_over_budget"));
        }
    }
    let allowed = 2 + begun.elapsed().as_secs();
    assert!(taken <= allowed, "{taken} epochs taken where {allowed} are allowed");
    // Another caller is not held up by it: it opens an epoch that is left.
    let free = report(108_340_000, first - 1);
    let quorum = collector(vec![], &[&node.url]);
    let short = quorum
        .collect(&free, &set(1), false, &TraceId::random())
        .await
        .unwrap_err();
    assert_eq!(short.signers, [key(2).address()], "{:?}", short.refusals);
}

/// ATTEST-7: only what is observed now holds an epoch.
#[tokio::test(flavor = "multi_thread")]
async fn an_observation_ahead_or_behind_takes_nothing() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let ahead = ask(&node, &caller(3), &request("108340001", now() + 8)).await;
    assert_eq!(ahead, (422, "observation_from_future".into()));
    let behind = ask(&node, &caller(3), &request("108340001", now() - 12)).await;
    assert_eq!(behind, (422, "observation_too_old".into()));
    // Neither opened an epoch, or this one would be overtaken.
    assert_eq!(ask(&node, &caller(3), &request("108340000", now() - 1)).await.0, 200);
}

/// ATTEST-8: a caller of the allow-list that floods is refused beyond its budget; others are answered, and who is in
/// the signer set but not on the list is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_caller_is_not_the_others_trouble() {
    let market = Market::at("1.0834").await;
    let callers = vec![key(1).address(), key(9).address()];
    let asking = Asking { callers, per_second: 5 };
    let node = signer_asked(2, &market, asking).await;
    let body = request("108340000", now());
    let flooder = caller(9);
    let flood = (0..60).map(|_| ask(&node, &flooder, &body));
    let answers = futures::future::join_all(flood).await;
    let over = answers.iter().filter(|(_, code)| code == "caller_over_budget").count();
    assert!(
        over >= 20,
        "{over} of 60 requests were over the budget of 5 a second: {answers:?}"
    );
    assert!(answers.iter().any(|(status, _)| *status == 200));
    let (status, answer) = post(&node.url, body.to_string()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(ask(&node, &caller(3), &body).await, (403, "caller_unknown".into()));
}

/// ATTEST-8: requests that the own observations do not bear out have the sources asked once a second, and a signer set
/// that is not in force has the contract asked once a second.
#[tokio::test(flavor = "multi_thread")]
async fn requests_do_not_multiply_at_sources_and_contracts() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let (polls, reads) = (market.asked().await, node.chain.set_reads());
    let begun = tokio::time::Instant::now();
    for n in 0..20 {
        let (status, code) = ask(&node, &caller(3), &request("118340000", now() - n % 2)).await;
        assert_eq!((status, code.as_str()), (422, "price_out_of_tolerance"));
        let mut body = request("108340000", now());
        body["set_id"] = json!(7);
        assert_eq!(
            ask(&node, &caller(3), &body).await,
            (409, "signer_set_not_current".into())
        );
    }
    let times = begun.elapsed().as_secs() + 1;
    let (polls, reads) = (market.asked().await - polls, node.chain.set_reads() - reads);
    assert!(polls <= 2 * times, "{polls} questions to 2 sources in {times} s");
    assert!(reads <= times, "{reads} reads of the signer set in {times} s");
}

/// ATTEST-8: operators' paths are not where strangers reach, and doors are not among the operators' paths.
#[tokio::test(flavor = "multi_thread")]
async fn the_two_listeners_share_no_path() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let client = http_client().unwrap();
    for path in [
        "/health",
        "/ready",
        "/metrics",
        "/v1/status",
        "/v1/intents",
        "/v1/rounds",
    ] {
        let answer = client.get(format!("{}{path}", node.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{path}");
    }
    let (status, _) = post(&node.api, request("108340000", now()).to_string()).await;
    assert!([404, 405].contains(&status), "found {status}");
    tokio::time::timeout(Duration::from_secs(5), honest_quorum_forms(&node))
        .await
        .unwrap();
}
