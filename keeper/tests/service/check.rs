//! `check` and `run` on bad input: one clear complaint each, the documented exit code, nothing left behind.

use alloy::primitives::{Address, Bytes};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::home::{Home, complaints, key, market, truthful};
use super::node::Node;

#[tokio::test(flavor = "multi_thread")]
async fn check_passes_where_everything_is_right_and_writes_nothing() {
    let home = Home::new();
    let (node, market) = (truthful().serve().await, market().await);
    home.against(&node.uri(), &market.uri());
    let before = home.files();
    let (code, out, err) = home.run(&["check"]).await;
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.trim(), "ok: 1 chains, 1 feeds, 2 sources, 2 keys");
    assert_eq!(home.files(), before);
    let (code, out, _) = home.run(&["check", "--json"]).await;
    assert_eq!(
        (code, serde_json::from_str::<Value>(&out).unwrap()["ok"].clone()),
        (0, json!(true))
    );
}

/// OPS-9: an endpoint's URL may stand in the environment, so that its key is in no file.
#[tokio::test(flavor = "multi_thread")]
async fn an_url_may_come_from_the_environment() {
    let home = Home::new();
    let (node, market) = (truthful().serve().await, market().await);
    home.against("env:FLUXION_TEST_NODE", &market.uri());
    let mut command = home.command(&["check"]);
    command.env("FLUXION_TEST_NODE", node.uri());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// OPS-1: one complaint, its exit code, and nothing left behind.
#[tokio::test(flavor = "multi_thread")]
async fn check_and_run_complain_once_about_each_fault_and_leave_nothing_behind() {
    let lie = |change: &dyn Fn(&mut Node)| {
        let mut node = truthful();
        change(&mut node);
        node
    };
    // The lie, the exit code, what the one complaint of `check` contains, whether `run` refuses too.
    let cases: Vec<(Node, i32, &[&str], bool)> = vec![
        (
            lie(&|n| n.chain_id = 1),
            3,
            &[
                "local-a",
                "endpoint 127.0.0.1:",
                "serves chain id 1",
                "31337",
                "correct chain.id",
            ],
            true,
        ),
        (
            lie(&|n| n.code = Bytes::new()),
            3,
            &["QuorumVerifier at", "there is no contract", "deploy again"],
            true,
        ),
        (
            lie(&|n| n.code = Bytes::from_static(&[1])),
            3,
            &["its code hash is", "the deployment record says"],
            true,
        ),
        (
            lie(&|n| n.feed = "BTC/USD"),
            3,
            &["PriceFeed:EUR/USD", "its feed id is", "not that of EUR/USD"],
            true,
        ),
        (
            lie(&|n| n.decimals = 18),
            3,
            &["it has 18 decimals, the configuration says 8"],
            true,
        ),
        (
            lie(&|n| n.verifier = Address::ZERO),
            3,
            &["its verifier is 0x0000", "the deployment record says"],
            true,
        ),
        (
            lie(&|n| n.signers = vec![key(1).address(), key(4).address(), Address::repeat_byte(9)]),
            3,
            &[
                "holds 2 keys of signer set 1",
                "2 make a quorum",
                "leave one attestation key here",
            ],
            true,
        ),
        (
            lie(&|n| n.signers[0] = Address::repeat_byte(7)),
            3,
            &["attestation key", "not in signer set 1"],
            false,
        ),
        (
            lie(&|n| n.balance = "0x1"),
            3,
            &["lane prices", "does not pay for one transaction"],
            false,
        ),
        (
            lie(&|n| n.clock_ahead_s = 120),
            3,
            &["clock is", "s behind the chain's", "NTP"],
            false,
        ),
    ];
    let market = market().await;
    for (node, code, parts, run_refuses) in cases {
        let home = Home::new();
        let node = node.serve().await;
        home.against(&node.uri(), &market.uri());
        let before = home.files();
        let (got, out, err) = home.run(&["check"]).await;
        let found = complaints(&err);
        assert_eq!(got, code, "{parts:?}: {err}");
        for part in parts {
            assert!(
                found.iter().any(|line| line.contains(part)),
                "`{part}` is missing in: {err}"
            );
        }
        // A contract that is not there is missing for verifier and feed alike; everything else is said once.
        assert!(
            found.len() == 1 || parts[0] == "QuorumVerifier at" || parts[0].contains("code hash"),
            "{err}"
        );
        assert!(out.is_empty());
        if run_refuses {
            let (got, _, err) = home.run(&["run"]).await;
            assert_eq!(got, code, "{err}");
            assert!(complaints(&err).iter().any(|line| line.contains(parts[0])), "{err}");
        }
        assert_eq!(home.files(), before, "{parts:?}: nothing half-done stays behind");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_network_may_hold_a_quorum_of_keys() {
    let home = Home::new();
    let mut node = truthful();
    node.signers = vec![key(1).address(), key(4).address(), Address::repeat_byte(9)];
    let (node, market) = (node.serve().await, market().await);
    home.against(&node.uri(), &market.uri());
    let text = std::fs::read_to_string(home.path().join("fluxion.toml")).unwrap();
    home.configure(&text.replace("id = 31337", "id = 31337\nlocal = true"));
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 0, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_sources_do_not_agree_fails_the_check() {
    let home = Home::new();
    let (node, market) = (truthful().serve().await, MockServer::start().await);
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"price": 1.1}"#);
    Mock::given(wiremock::matchers::path("/b"))
        .respond_with(answer)
        .mount(&market)
        .await;
    home.against(&node.uri(), &market.uri());
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 5, "{err}");
    let found = complaints(&err);
    assert_eq!(found.len(), 2, "{err}");
    assert!(
        found[0].contains("source a: answered status 404; correct its url"),
        "{err}"
    );
    assert!(found[1].contains("no price: 1 of 2 sources agree"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_and_records_name_their_place_and_mend() {
    let market = market().await;
    let node = truthful().serve().await;
    let fresh = || {
        let home = Home::new();
        home.against(&node.uri(), &market.uri());
        home
    };

    let home = fresh();
    let mut command = home.command(&["run"]);
    command.env("FLUXION_TEST_PASSPHRASE", "wrong");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(
        err.contains("attestation.keystores[0]") && err.contains("signer.json"),
        "{err}"
    );
    assert!(
        err.contains("the passphrase in FLUXION_TEST_PASSPHRASE does not open it"),
        "{err}"
    );
    assert!(
        !err.contains("wrong\n") && !err.contains("`wrong`"),
        "OPS-2: the passphrase is never shown: {err}"
    );

    let mut command = home.command(&["run"]);
    command.env_remove("FLUXION_TEST_PASSPHRASE");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("FLUXION_TEST_PASSPHRASE with its passphrase is not set"),
        "{err}"
    );

    let home = fresh();
    std::fs::write(home.path().join("prices.json"), "{}").unwrap();
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("lane[0].keystore") && err.contains("not an encrypted keystore"),
        "{err}"
    );

    let home = fresh();
    std::fs::remove_file(home.path().join("31337.json")).unwrap();
    let (code, _, err) = home.run(&["run"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("chain local-a, deployment") && err.contains("31337.json"),
        "{err}"
    );

    let home = fresh();
    let text = std::fs::read_to_string(home.path().join("fluxion.toml")).unwrap();
    home.configure(&text.replace("id = \"EUR/USD\"", "id = \"XAU/USD\""));
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("no contract `PriceFeed:XAU/USD`") && err.contains("PriceFeed:EUR/USD"),
        "{err}"
    );
    assert!(!home.data().exists());
}
