//! What the keeper makes of endpoints that fail, lag and lie.

mod emitter;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718 as _,
    network::TxSignerSync as _,
    primitives::{B256, TxKind, U256},
    signers::local::PrivateKeySigner,
};
use emitter::{Emitter, Rewrite, SENDER, Shared, rewrite};
use fluxion_devnet::proxy::{Fault, Point, Proxy};
use fluxion_keeper::{
    chain::{At, Chain as _, ChainError, ConnectError, Finality, RpcChain, SendOutcome},
    model::Height,
};
use serde_json::{Value, json};

async fn pair(emitter: &Emitter) -> (Proxy, Proxy) {
    (emitter.proxy().await, emitter.proxy().await)
}

/// CHAIN-1
#[tokio::test]
async fn a_wrong_chain_id_is_refused_with_what_to_do() {
    let emitter = Emitter::start(31337).await;
    let (good, bad) = pair(&emitter).await;
    bad.set_fault(None, Fault::ChainId(5));
    let secret = format!("{}/?key=secret-key", bad.url());
    let error = RpcChain::connect(emitter.settings(vec![good.url(), secret]))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, ConnectError::WrongChain { .. }), "{error}");
    let text = error.to_string();
    let host = bad.url().replace("http://", "");
    for part in ["local-a", &host, "chain 5", "expected 31337", "correct `endpoints`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("secret-key"), "{text}");
}

#[tokio::test]
async fn no_endpoint_at_all_is_one_clear_error() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    proxy.refuse().await;
    let error = RpcChain::connect(emitter.settings(vec![proxy.url()]))
        .await
        .err()
        .unwrap();
    let text = error.to_string();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{text}");
    assert!(text.contains("local-a") && text.contains("start the node"), "{text}");
}

/// CHAIN-1
#[tokio::test]
async fn an_endpoint_that_comes_back_as_another_chain_is_not_used() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(2).await.unwrap();
    let (first, second) = pair(&emitter).await;
    let chain = RpcChain::connect(emitter.settings(vec![first.url(), second.url()]))
        .await
        .unwrap();
    first.refuse().await;
    for _ in 0..4 {
        chain.poll().await.unwrap();
    }
    chain.balance(SENDER).await.unwrap();
    assert_eq!(second.calls("eth_getBalance"), 1, "reads go on over the other endpoint");

    first.set_fault(None, Fault::ChainId(5));
    first.accept().await.unwrap();
    let poll = || async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        for _ in 0..3 {
            chain.poll().await.unwrap();
        }
    };
    poll().await;
    assert!(first.calls("eth_chainId") >= 2, "asked again when it came back");
    chain.balance(SENDER).await.unwrap();
    assert_eq!((first.calls("eth_getBalance"), second.calls("eth_getBalance")), (0, 2));
    chain.send(&[1, 2, 3]).await;
    assert_eq!(first.calls("eth_sendRawTransaction"), 0);

    first.heal();
    for _ in 0..8 {
        poll().await;
        chain.balance(SENDER).await.unwrap();
    }
    assert!(
        first.calls("eth_getBalance") > 0,
        "used again once it is the right chain"
    );
}

#[tokio::test]
async fn a_lagging_endpoint_is_not_read_from() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(20).await.unwrap();
    let (lagging, good) = pair(&emitter).await;
    lagging.set_fault(None, Fault::StaleHead(10));
    let chain = RpcChain::connect(emitter.settings(vec![lagging.url(), good.url()]))
        .await
        .unwrap();
    assert_eq!(chain.poll().await.unwrap().height, Height(20));
    for _ in 0..3 {
        chain.balance(SENDER).await.unwrap();
    }
    assert_eq!((lagging.calls("eth_getBalance"), good.calls("eth_getBalance")), (0, 3));
    lagging.set_fault(None, Fault::StaleHead(18));
    chain.poll().await.unwrap();
    good.refuse().await;
    chain.balance(SENDER).await.unwrap();
    assert_eq!(lagging.calls("eth_getBalance"), 1, "within the allowed lag it is used");
}

#[tokio::test]
async fn no_answer_is_better_than_one_from_far_behind() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(20).await.unwrap();
    let (lagging, good) = pair(&emitter).await;
    lagging.set_fault(None, Fault::StaleHead(10));
    good.set_fault(Some("eth_getBalance"), Fault::Status(500));
    let chain = RpcChain::connect(emitter.settings(vec![lagging.url(), good.url()]))
        .await
        .unwrap();
    let error = chain.balance(SENDER).await.err().unwrap();
    assert!(matches!(error, ChainError::Unavailable { .. }), "{error}");
    assert_eq!(lagging.calls("eth_getBalance"), 0);
    assert!(good.calls("eth_getBalance") > 1, "tried again");
}

/// CHAIN-2
#[tokio::test]
async fn one_endpoint_that_boasts_of_a_height_does_not_lead() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(3).await.unwrap();
    let (boasting, good) = pair(&emitter).await;
    rewrite(&boasting, "eth_getBlockByNumber", |call, answer| {
        if call.parameters()[0] == "latest" {
            answer["result"]["number"] = json!("0xffffff");
        }
    });
    let mut settings = emitter.settings(vec![boasting.url(), good.url()]);
    settings.read_quorum = 2;
    let chain = RpcChain::connect(settings).await.unwrap();
    assert_eq!(chain.poll().await.unwrap().height, Height(3));
}

/// CHAIN-2
#[tokio::test]
async fn finalized_is_what_a_quorum_reached_and_agrees_on() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(20).await.unwrap();
    let (first, second) = pair(&emitter).await;
    let block = emitter.ask("eth_getBlockByNumber", json!(["0xf", false])).await;
    let stale = Rewrite::new("eth_getBlockByNumber", move |call, answer| {
        if call.parameters()[0] == "finalized" {
            answer["result"] = block.clone();
        }
    });
    first.add_rule(Arc::new(Shared(stale.clone())));
    let mut settings = emitter.settings(vec![first.url(), second.url()]);
    settings.finality = Finality::Tag;
    settings.read_quorum = 2;
    let chain = RpcChain::connect(settings).await.unwrap();
    assert_eq!(
        chain.finalized().await.unwrap().height,
        Height(15),
        "the lower of the two"
    );
    stale.stop();
    assert_eq!(chain.finalized().await.unwrap().height, Height(18));

    rewrite(&first, "eth_getBlockByNumber", |_, answer| {
        answer["result"]["hash"] = json!(B256::repeat_byte(9));
    });
    let error = chain.finalized().await.err().unwrap();
    assert!(matches!(error, ChainError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("fewer than 2 endpoints agree"), "{error}");
}

#[tokio::test]
async fn the_depth_counts_below_the_head() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(20).await.unwrap();
    let chain = RpcChain::connect(emitter.settings(vec![emitter.anvil.url().to_owned()]))
        .await
        .unwrap();
    assert_eq!(chain.finalized().await.unwrap().height, Height(12));
}

/// CHAIN-3
#[tokio::test]
async fn the_absence_of_a_receipt_needs_a_quorum_and_its_presence_a_block() {
    let emitter = Emitter::start(31337).await;
    let hash = emitter.round(1, 100).await;
    let (first, second) = pair(&emitter).await;
    let mut settings = emitter.settings(vec![first.url(), second.url()]);
    settings.read_quorum = 2;
    let chain = RpcChain::connect(settings).await.unwrap();
    let mined = chain.mined(hash).await.unwrap().unwrap();
    assert!(mined.success && mined.height == Height(1) && mined.cost > U256::ZERO);
    assert!(chain.mined(B256::repeat_byte(1)).await.unwrap().is_none());

    let hidden = Rewrite::new("eth_getTransactionReceipt", |_, answer| answer["result"] = Value::Null);
    first.add_rule(Arc::new(Shared(hidden.clone())));
    assert!(
        chain.mined(hash).await.unwrap().is_some(),
        "one endpoint that knows it is enough"
    );
    second.set_fault(Some("eth_getTransactionReceipt"), Fault::Status(500));
    let error = chain.mined(hash).await.err().unwrap();
    assert!(
        error.to_string().contains("does not decide"),
        "one endpoint that knows nothing is not: {error}"
    );

    second.heal();
    hidden.stop();
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        chain.poll().await.unwrap();
    }
    for proxy in [&first, &second] {
        rewrite(proxy, "eth_getTransactionReceipt", |_, answer| {
            answer["result"]["blockHash"] = json!(B256::repeat_byte(9));
        });
    }
    let error = chain.mined(hash).await.err().unwrap();
    assert!(error.to_string().contains("not on its chain"), "{error}");
}

/// CHAIN-3
#[tokio::test]
async fn a_pinned_nonce_needs_agreement() {
    let emitter = Emitter::start(31337).await;
    emitter.round(1, 100).await;
    let (first, second) = pair(&emitter).await;
    let mut settings = emitter.settings(vec![first.url(), second.url()]);
    settings.read_quorum = 2;
    let chain = RpcChain::connect(settings).await.unwrap();
    let head = chain.poll().await.unwrap();
    assert_eq!(chain.nonce(SENDER, At::Block(head.hash)).await.unwrap(), 1);
    assert_eq!(chain.nonce(SENDER, At::Block(head.parent)).await.unwrap(), 0);
    rewrite(&first, "eth_getTransactionCount", |_, answer| {
        answer["result"] = json!("0x7")
    });
    let error = chain.nonce(SENDER, At::Block(head.hash)).await.err().unwrap();
    assert!(error.to_string().contains("fewer than 2 endpoints agree"), "{error}");
}

/// CHAIN-10: whichever of three endpoints takes requests and never answers, heads and reads come as soon as a quorum
/// has them.
#[tokio::test]
async fn a_hanging_endpoint_is_not_waited_for() {
    let emitter = Emitter::start(31337).await;
    let hash = emitter.round(1, 100).await;
    let mut proxies = Vec::new();
    for _ in 0..3 {
        proxies.push(emitter.proxy().await);
    }
    for hanging in 0..3 {
        let mut settings = emitter.settings(proxies.iter().map(Proxy::url).collect());
        (settings.read_quorum, settings.call_timeout, settings.read_deadline) =
            (2, Duration::from_secs(10), Duration::from_secs(20));
        settings.finality = Finality::Tag;
        let chain = RpcChain::connect(settings).await.unwrap();
        proxies[hanging].set_fault(None, Fault::Hang);
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            emitter.anvil.mine(1).await.unwrap();
            let height = emitter.height().await;
            let begun = Instant::now();
            assert_eq!(chain.poll().await.unwrap().height, Height(height));
            slowest = slowest.max(begun.elapsed());
            let head = chain.block(Height(height)).await.unwrap().unwrap();
            chain.finalized().await.unwrap();
            assert_eq!(chain.nonce(SENDER, At::Block(head.hash)).await.unwrap(), 1);
            chain.balance(SENDER).await.unwrap();
            assert!(chain.mined(hash).await.unwrap().is_some());
            assert!(chain.mined(B256::ZERO).await.unwrap().is_none());
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
        assert!(slowest < Duration::from_secs(2), "a head took {slowest:?}");
        proxies[hanging].heal();
    }
}

/// A signed transfer of account 9.
fn signed(nonce: u64, max_fee: u128) -> Vec<u8> {
    let key = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6";
    let signer: PrivateKeySigner = key.parse().unwrap();
    let mut tx = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: max_fee.min(1),
        to: TxKind::Call(SENDER),
        value: U256::ZERO,
        ..TxEip1559::default()
    };
    let signature = signer.sign_transaction_sync(&mut tx).unwrap();
    TxEnvelope::from(tx.into_signed(signature)).encoded_2718()
}

/// CHAIN-4
#[tokio::test]
async fn a_send_reaches_every_endpoint_and_the_most_hopeful_answer_wins() {
    let emitter = Emitter::start(31337).await;
    let (first, second) = pair(&emitter).await;
    let chain = RpcChain::connect(emitter.settings(vec![first.url(), second.url()]))
        .await
        .unwrap();
    let raw = signed(0, 10_000_000_000);
    assert_eq!(
        chain.send(&raw).await,
        SendOutcome::Accepted,
        "one accepts, the other has it already"
    );
    // The answer does not wait for the other endpoint, which gets it too.
    let both = async {
        while first.calls("eth_sendRawTransaction") + second.calls("eth_sendRawTransaction") < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    assert_eq!(first.calls("eth_sendRawTransaction"), 1);
    assert_eq!(chain.send(&raw).await, SendOutcome::AlreadyKnown);
    emitter.anvil.mine(1).await.unwrap();
    assert_eq!(chain.send(&raw).await, SendOutcome::NonceTooLow);
    assert_eq!(chain.send(&signed(1, 2)).await, SendOutcome::FeeTooLow(None));

    second.set_fault(None, Fault::Status(500));
    assert_eq!(
        chain.send(&signed(1, 10_000_000_000)).await,
        SendOutcome::Accepted,
        "one is enough"
    );
    first.set_fault(None, Fault::DropAnswers);
    let lost = chain.send(&signed(2, 10_000_000_000)).await;
    assert!(
        matches!(lost, SendOutcome::Silent(_)),
        "taken, but nobody said so: {lost:?}"
    );
    first.heal();
    assert_eq!(chain.send(&signed(2, 10_000_000_000)).await, SendOutcome::AlreadyKnown);
}

#[tokio::test]
async fn a_slow_endpoint_does_not_hold_up_an_acceptance() {
    let emitter = Emitter::start(31337).await;
    let (slow, fast) = pair(&emitter).await;
    let chain = RpcChain::connect(emitter.settings(vec![slow.url(), fast.url()]))
        .await
        .unwrap();
    let mut hold = slow.hold("eth_sendRawTransaction", Point::BeforeForward, 0);
    let before = std::time::Instant::now();
    assert_eq!(chain.send(&signed(0, 10_000_000_000)).await, SendOutcome::Accepted);
    assert!(
        before.elapsed() < Duration::from_millis(2_800),
        "{:?}",
        before.elapsed()
    );
    hold.reached(Duration::from_secs(30))
        .await
        .expect("the slow one gets it too");
    hold.release();
}
