//! Signers over HTTP: quorums, refusals, forgeries.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Signature, U256};
use alloy::signers::SignerSync as _;
use fluxion_keeper::app::http_client;
use fluxion_keeper::attest::{Attestable as _, AttestationReply};
use fluxion_keeper::model::TraceId;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::signer_node::{Market, PATIENCE, attestor, collector, key, now, post, report, request, set, signer};

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_is_collected_verified_and_encoded_ascending() {
    let market = Market::at("1.0834").await;
    let (two, three) = (signer(2, &market).await, signer(3, &market).await);
    let folder = tempfile::tempdir().unwrap();
    let (own, _store) = attestor(folder.path(), 1).await;
    let collector = collector(vec![own], &[&two.url, &three.url]);

    for (want_strict, count) in [(false, 2), (true, 3)] {
        let report = report(108_340_000, now() - 1 + u64::from(want_strict));
        let quorum = collector
            .collect(&report, &set(1), want_strict, &TraceId::random())
            .await
            .unwrap();
        assert_eq!(quorum.strict, want_strict);
        assert_eq!(
            usize::from(quorum.signatures[0]),
            count,
            "no more signatures than needed"
        );
        assert_eq!(quorum.signatures.len(), 1 + 64 * count);
        let recovered: Vec<Address> = quorum.signatures[1..]
            .chunks(64)
            .map(|bytes| {
                Signature::from_erc2098(bytes)
                    .recover_address_from_prehash(&report.digest())
                    .unwrap()
            })
            .collect();
        assert_eq!(recovered, quorum.signers);
        assert!(recovered.is_sorted(), "ascending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_quorum_that_is_not_to_be_had_leaves_the_ordinary_one() {
    let market = Market::at("1.0834").await;
    let two = signer(2, &market).await;
    let folder = tempfile::tempdir().unwrap();
    let (own, _store) = attestor(folder.path(), 1).await;
    let collector = collector(vec![own], &[&two.url, "http://127.0.0.1:1"]);
    let quorum = collector
        .collect(&report(108_340_000, now()), &set(1), true, &TraceId::random())
        .await
        .unwrap();
    assert!(!quorum.strict);
    assert_eq!(quorum.signers.len(), 2);
}

/// ATTEST-2: what its own sources do not bear out is refused.
#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_status_and_code() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = request("108340000", now());
        change(&mut request);
        request.to_string()
    };
    let cases: Vec<(String, u16, &str)> = vec![
        (with(&|r| r["chain_id"] = json!(1)), 404, "unknown_chain"),
        (with(&|r| r["feed_id"] = json!("DOGE/USD")), 404, "unknown_feed"),
        (with(&|r| r["set_id"] = json!(2)), 409, "signer_set_not_current"),
        (
            with(&|r| r["observed_at"] = json!(now() + 60)),
            422,
            "observation_from_future",
        ),
        (
            with(&|r| r["observed_at"] = json!(now() - 12)),
            422,
            "observation_too_old",
        ),
        // The tolerance is 50 basis points: 108881700 is just within, one more just outside.
        (
            with(&|r| r["price"] = json!("108881701")),
            422,
            "price_out_of_tolerance",
        ),
        (with(&|r| r["price"] = json!("-5")), 400, "request_malformed"),
        (with(&|r| r["price"] = json!(108_340_000)), 400, "request_malformed"),
        (with(&|r| r["extra"] = json!(1)), 400, "request_malformed"),
        ("not json".into(), 400, "request_malformed"),
        (format!("{{\"pad\": \"{}\"}}", "x".repeat(5_000)), 413, "body_refused"),
    ];
    for (body, status, code) in cases {
        let (got, answer) = post(&node.url, body.clone()).await;
        assert_eq!(got, status, "{body}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{body}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        assert!(answer["error"]["trace_id"].is_string());
    }
    let (status, answer) = post(&node.url, with(&|r| r["price"] = json!("108881700"))).await;
    assert_eq!(status, 200, "at the tolerance: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_answer_in_the_same_form() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let client = http_client().unwrap();
    let answer = client
        .get(format!("{}/v1/attestations", node.url))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 405);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["error"]["code"],
        "method_not_allowed"
    );
    for (path, status, code) in [
        ("/nothing", 404, "not_found"),
        ("/v1/intents/77", 404, "intent_unknown"),
        ("/v1/intents/abc", 400, "request_malformed"),
        ("/v1/intents?limit=many", 400, "request_malformed"),
        ("/v1/rounds?chain=x&feed=y", 404, "feed_unknown"),
    ] {
        let answer = client.get(format!("{}{path}", node.api)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], code, "{path}");
    }
    for path in ["/health", "/ready", "/v1/status", "/metrics"] {
        assert!(
            client
                .get(format!("{}{path}", node.api))
                .send()
                .await
                .unwrap()
                .status()
                .is_success(),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_follows_a_move_that_it_has_not_polled_yet() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    market.moves("1.20").await;
    let begun = Instant::now();
    let (status, answer) = post(&node.url, request("120000000", now()).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        begun.elapsed() < PATIENCE,
        "it goes on as soon as its sources have answered"
    );
    let (status, _) = post(&node.url, request("108340000", now() - 1).to_string()).await;
    assert_eq!(status, 422, "the old price is refused now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_takes_effect_at_once() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    node.chain.rotate(set(2));
    let mut request = request("108340000", now());
    request["set_id"] = json!(2);
    assert_eq!(post(&node.url, request.to_string()).await.0, 200);
    request["set_id"] = json!(1);
    request["observed_at"] = json!(now() - 1);
    assert_eq!(
        post(&node.url, request.to_string()).await.1["error"]["code"],
        "signer_set_not_current"
    );
    let mut without = set(3);
    without.signers.retain(|signer| *signer != key(2).address());
    node.chain.rotate(without);
    // It asks the contract again at most once a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    request["set_id"] = json!(3);
    assert_eq!(
        post(&node.url, request.to_string()).await.1["error"]["code"],
        "not_a_signer"
    );
}

/// ATTEST-3: a peer that forges or breaks its answer adds nothing to the quorum.
#[tokio::test(flavor = "multi_thread")]
async fn forged_and_broken_answers_of_a_peer_never_count() {
    let report = report(108_340_000, now());
    let digest = report.digest();
    let reply = |signer: Address, signature: Vec<u8>| {
        let reply = AttestationReply {
            signer,
            signature: signature.into(),
        };
        ResponseTemplate::new(200).set_body_json(reply)
    };
    let good = key(2).sign_hash_sync(&digest).unwrap();
    let outsider = key(9).sign_hash_sync(&digest).unwrap().as_erc2098().to_vec();
    let other = key(2).sign_hash_sync(&B256::ZERO).unwrap().as_erc2098().to_vec();
    let twin = {
        // n - s with the other parity recovers to the same signer; the contract refuses it.
        let order =
            U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).unwrap();
        let mut bytes = good.r().to_be_bytes::<32>().to_vec();
        bytes.extend_from_slice(&(order - good.s()).to_be_bytes::<32>());
        bytes
    };
    let (member, stranger) = (key(2).address(), key(9).address());
    let cases = [
        ("a stranger as itself", reply(stranger, outsider.clone())),
        ("a stranger as a member", reply(member, outsider)),
        ("a member on another report", reply(member, other)),
        (
            "a member as another",
            reply(key(3).address(), good.as_erc2098().to_vec()),
        ),
        ("the malleable twin", reply(member, twin)),
        ("a short signature", reply(member, vec![1; 63])),
        ("nothing", ResponseTemplate::new(200)),
        ("a page", ResponseTemplate::new(502).set_body_string("<html>")),
        (
            "too much",
            ResponseTemplate::new(200).set_body_string("x".repeat(100_000)),
        ),
        (
            "no answer",
            reply(member, good.as_erc2098().to_vec()).set_delay(Duration::from_secs(20)),
        ),
    ];
    for (what, answer) in cases {
        let peer = MockServer::start().await;
        Mock::given(path("/v1/attestations"))
            .respond_with(answer)
            .mount(&peer)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let (own, _store) = attestor(folder.path(), 1).await;
        let begun = Instant::now();
        let collector = collector(vec![own], &[&peer.uri()]);
        let short = collector
            .collect(&report, &set(1), false, &TraceId::random())
            .await
            .unwrap_err();
        assert_eq!(short.signers, [key(1).address()], "{what}");
        assert!(!short.refusals.is_empty(), "{what}: says why");
        assert!(begun.elapsed() < Duration::from_secs(15), "{what} held us up");
    }
}

/// ATTEST-3: a repeated signer counts once.
#[tokio::test(flavor = "multi_thread")]
async fn two_answers_of_one_signer_are_one_signature() {
    let market = Market::at("1.0834").await;
    let two = signer(2, &market).await;
    let collector = collector(vec![], &[&two.url, &two.url]);
    let short = collector
        .collect(&report(108_340_000, now()), &set(1), false, &TraceId::random())
        .await
        .unwrap_err();
    assert_eq!(short.signers, [key(2).address()]);
}
