//! Logs of endpoints that leave some out, refuse ranges, or change forks meanwhile.

mod emitter;

use std::{sync::Arc, time::Duration};

use alloy::{
    primitives::{B256, Bloom},
    sol_types::SolEvent as _,
};
use async_trait::async_trait;
use emitter::{Emitter, FEED, Rewrite, Shared, rewrite};
use fluxion_abi::IPriceFeed;
use fluxion_devnet::proxy::{Answer, Call, Next, Point, Rule};
use fluxion_keeper::{
    chain::{Chain as _, ChainError, LogRange, RangeLogs, ReceiptCheck, RpcChain, Watched},
    model::Height,
};
use serde_json::json;

fn range(from: u64, to: u64) -> LogRange {
    LogRange {
        from: Height(from),
        to: Height(to),
        watched: vec![Watched {
            address: FEED,
            topics: vec![
                IPriceFeed::DisputeResolved::SIGNATURE_HASH,
                IPriceFeed::AnswerUpdated::SIGNATURE_HASH,
            ],
            numbered: Some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH),
        }],
        by_receipts: false,
    }
}

async fn rounds(emitter: &Emitter, count: u64) {
    for round in 1..=count {
        emitter.round(round, 100 + round).await;
        emitter.anvil.mine(1).await.unwrap();
    }
}

/// Blocks between the ends of a log query.
fn span(call: &Call) -> u64 {
    let height = |key: &str| {
        let text = call.parameters()[0][key].as_str().unwrap();
        u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
    };
    height("toBlock") - height("fromBlock")
}

/// All logs of a range, piece by piece.
async fn all(chain: &RpcChain, from: u64, to: u64) -> Result<(RangeLogs, u64), ChainError> {
    let (mut whole, mut pieces, mut next) = (RangeLogs::default(), 0, from);
    while next <= to {
        let piece = chain.logs(&range(next, to)).await?;
        pieces += 1;
        next = piece.blocks.last().expect("the chain has these blocks").height.0 + 1;
        whole.blocks.extend(piece.blocks);
        whole.logs.extend(piece.logs);
    }
    Ok((whole, pieces))
}

/// INDEX-4
#[tokio::test]
async fn logs_that_an_endpoint_leaves_out_are_found() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 4).await;
    let proxy = emitter.proxy().await;
    let honest = RpcChain::connect(emitter.settings(vec![emitter.anvil.url().to_owned()]))
        .await
        .unwrap();
    let (expected, _) = all(&honest, 1, 8).await.unwrap();
    assert_eq!((expected.blocks.len(), expected.logs.len()), (8, 8));
    let places = |logs: &RangeLogs| -> Vec<_> {
        let place = |l: &alloy::rpc::types::Log| (l.block_hash, l.transaction_hash, l.log_index, l.inner.clone());
        logs.logs.iter().map(place).collect()
    };

    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    let none = Rewrite::new("eth_getLogs", |_, answer| answer["result"] = json!([]));
    proxy.add_rule(Arc::new(Shared(none.clone())));
    let (found, _) = all(&chain, 1, 8).await.unwrap();
    assert_eq!(places(&found), places(&expected), "none given");
    none.stop();
    // Of one of the blocks, the second log only.
    rewrite(&proxy, "eth_getLogs", |_, answer| {
        answer["result"].as_array_mut().unwrap().remove(3);
    });
    let (found, _) = all(&chain, 1, 8).await.unwrap();
    assert_eq!(places(&found), places(&expected), "one left out");

    rewrite(&proxy, "eth_getBlockReceipts", |_, answer| {
        answer["result"][0]["logs"] = json!([]);
    });
    let (found, _) = all(&chain, 1, 8).await.unwrap();
    assert_eq!(
        places(&found),
        places(&expected),
        "receipts that are not the header's are read one by one"
    );
    rewrite(&proxy, "eth_getTransactionReceipt", |_, answer| {
        answer["result"]["logs"] = json!([]);
    });
    let error = all(&chain, 1, 8).await.err().unwrap();
    assert!(
        error.to_string().contains("receipts root"),
        "receipts must make the header's root: {error}"
    );
}

/// INDEX-4: two rounds of a feed in one block, and no later one whose number would show that the second is missing.
#[tokio::test]
async fn the_last_of_several_rounds_of_a_block_is_found() {
    let emitter = Emitter::start(31337).await;
    emitter.round(1, 101).await;
    for round in 2..=3 {
        emitter.emit(round, 100 + round).await;
    }
    emitter.anvil.mine(1).await.unwrap();
    let proxy = emitter.proxy().await;
    // Report and answer of the last round.
    rewrite(&proxy, "eth_getLogs", |_, answer| {
        let logs = answer["result"].as_array_mut().unwrap();
        logs.truncate(logs.len().saturating_sub(2));
    });
    let settings = emitter.settings(vec![proxy.url()]);
    let chain = RpcChain::connect(settings).await.unwrap();
    let (found, _) = all(&chain, 1, emitter.height().await).await.unwrap();
    assert_eq!(found.logs.len(), 6, "three rounds");
}

#[tokio::test]
async fn a_chain_with_an_empty_bloom_is_read_by_its_receipts() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 3).await;
    let proxy = emitter.proxy().await;
    rewrite(&proxy, "eth_getBlockByNumber", |_, answer| {
        answer["result"]["logsBloom"] = json!(format!("0x{}", "00".repeat(256)));
    });
    rewrite(&proxy, "eth_getLogs", |_, answer| answer["result"] = json!([]));
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.receipts = ReceiptCheck::Always;
    let chain = RpcChain::connect(settings).await.unwrap();
    assert_eq!(all(&chain, 1, 6).await.unwrap().0.logs.len(), 6);
}

#[tokio::test]
async fn logs_of_another_fork_are_not_taken() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 2).await;
    let proxy = emitter.proxy().await;
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    rewrite(&proxy, "eth_getLogs", |_, answer| {
        answer["result"][0]["blockHash"] = json!(B256::repeat_byte(9));
    });
    let error = all(&chain, 1, 4).await.err().unwrap();
    assert!(error.to_string().contains("does not belong to the chain"), "{error}");
}

/// INDEX-4
#[tokio::test]
async fn an_empty_answer_counts_only_when_the_end_of_the_range_stayed() {
    let emitter = Emitter::start(31337).await;
    emitter.anvil.mine(4).await.unwrap();
    let proxy = emitter.proxy().await;
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    let mut hold = proxy.hold("eth_getLogs", Point::BeforeAnswer, 0);
    let reading = range(1, 4);
    let read = chain.logs(&reading);
    let reorg = async {
        hold.reached(Duration::from_secs(30)).await.unwrap();
        emitter.anvil.rollback(2).await.unwrap();
        emitter.round(1, 100).await;
        emitter.anvil.mine(1).await.unwrap();
        hold.release();
    };
    let (read, ()) = tokio::join!(read, reorg);
    assert_eq!(
        read.unwrap().logs.len(),
        2,
        "the logs of the new fork, not the empty answer of the old"
    );
}

#[tokio::test]
async fn a_range_that_the_node_refuses_is_halved_and_grows_again() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 20).await;
    let proxy = emitter.proxy().await;
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    let limit = Rewrite::new("eth_getLogs", |call, answer| {
        if span(call) >= 6 {
            answer.as_object_mut().unwrap().remove("result");
            answer["error"] = json!({"code": -32005, "message": "query returned more than 10000 results"});
        }
    });
    proxy.add_rule(Arc::new(Shared(limit.clone())));
    let (found, pieces) = all(&chain, 1, 40).await.unwrap();
    assert_eq!((found.blocks.len(), found.logs.len()), (40, 40));
    assert!((7..=10).contains(&pieces), "{pieces} pieces");
    limit.stop();
    for _ in 0..20 {
        all(&chain, 1, 40).await.unwrap();
    }
    assert_eq!(all(&chain, 1, 40).await.unwrap().1, 1, "the range grew back");
}

/// The more blocks, the later the answer.
struct Slow;

#[async_trait]
impl Rule for Slow {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        if call.method == "eth_getLogs" && span(&call) >= 6 {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        next.run(call).await
    }
}

/// INDEX-5: a dense range that the node does not answer in time would be asked for again and again.
#[tokio::test]
async fn a_range_that_takes_the_node_too_long_is_halved() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 10).await;
    let proxy = emitter.proxy().await;
    proxy.add_rule(Arc::new(Slow));
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.call_timeout = Duration::from_millis(1_000);
    settings.read_deadline = Duration::from_secs(30);
    let chain = RpcChain::connect(settings).await.unwrap();
    let (found, _) = all(&chain, 1, 20).await.unwrap();
    assert_eq!((found.blocks.len(), found.logs.len()), (20, 20));
}

#[tokio::test]
async fn one_block_with_too_many_logs_is_read_by_its_receipts() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 2).await;
    let proxy = emitter.proxy().await;
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    rewrite(&proxy, "eth_getLogs", |_, answer| {
        answer.as_object_mut().unwrap().remove("result");
        answer["error"] = json!({"code": -32005, "message": "query returned more than 10000 results"});
    });
    assert_eq!(all(&chain, 1, 4).await.unwrap().0.logs.len(), 4);
}

/// CHAIN-7: without `eth_getBlockReceipts` the receipts are read one by one, and are still the ones that the header
/// fixes.
#[tokio::test]
async fn without_the_receipts_of_a_block_they_are_read_one_by_one() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 2).await;
    let proxy = emitter.proxy().await;
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    rewrite(&proxy, "eth_getLogs", |_, answer| answer["result"] = json!([]));
    proxy.set_fault(Some("eth_getBlockReceipts"), fluxion_devnet::proxy::Fault::Missing);
    assert_eq!(all(&chain, 1, 4).await.unwrap().0.logs.len(), 4, "CHAIN-7");
    assert!(proxy.calls("eth_getTransactionReceipt") >= 2, "CHAIN-7: of both rounds");
}

/// CHAIN-11: blooms that are not their block's hide nothing, whoever is asked first.
#[tokio::test]
async fn an_endpoint_that_empties_blooms_is_found() {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 5).await;
    emitter.anvil.mine(10).await.unwrap();
    let (lying, good) = (emitter.proxy().await, emitter.proxy().await);
    let chain = RpcChain::connect(emitter.settings(vec![lying.url(), good.url()]))
        .await
        .unwrap();
    chain.finalized().await.unwrap();
    rewrite(&lying, "eth_getLogs", |_, answer| answer["result"] = json!([]));
    rewrite(&lying, "eth_getBlockByNumber", |_, answer| {
        if answer["result"].is_object() {
            answer["result"]["logsBloom"] = json!(Bloom::ZERO);
        }
    });
    let (found, _) = all(&chain, 1, 10).await.unwrap();
    assert_eq!((found.blocks.len(), found.logs.len()), (10, 10));
    assert!(lying.calls("eth_getLogs") > 0, "the lie was told");

    // On a chain of headers that nothing binds a quorum has to give the same.
    let third = emitter.proxy().await;
    for proxy in [&lying, &good, &third] {
        rewrite(proxy, "eth_getBlockByNumber", |_, answer| {
            if answer["result"].is_object() {
                answer["result"]["mixHash"] = json!(null);
            }
        });
    }
    let mut settings = emitter.settings(vec![lying.url(), good.url(), third.url()]);
    settings.read_quorum = 2;
    let chain = RpcChain::connect(settings).await.unwrap();
    chain.finalized().await.unwrap();
    let (found, _) = all(&chain, 1, 10).await.unwrap();
    assert_eq!((found.blocks.len(), found.logs.len()), (10, 10));
}
