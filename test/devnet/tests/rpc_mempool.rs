//! What the keeper makes of mempools with geth's rules, in the words of three clients.

mod emitter;

use std::time::Duration;

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718 as _,
    network::TxSignerSync as _,
    primitives::{Address, B256, TxKind, U256, keccak256},
    providers::Provider as _,
};
use emitter::Emitter;
use fluxion_devnet::accounts;
use fluxion_devnet::proxy::{Client, Mempool};
use fluxion_keeper::chain::{Chain as _, RpcChain, SendOutcome};

const GWEI: u128 = 1_000_000_000;

/// A transfer of nothing by the account of the price lane.
fn signed(nonce: u64, max_fee: u128, tip: u128, gas_limit: u64) -> Vec<u8> {
    let mut tx = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(Address::repeat_byte(9)),
        ..TxEip1559::default()
    };
    let signature = accounts::key(accounts::PRICES_LANE)
        .unwrap()
        .sign_transaction_sync(&mut tx)
        .unwrap();
    TxEnvelope::from(tx.into_signed(signature)).encoded_2718()
}

/// The name of an outcome, without its words.
fn name(outcome: &SendOutcome) -> String {
    let text = format!("{outcome:?}");
    text.split('(').next().unwrap_or_default().to_owned()
}

/// CHAIN-5: the one classifier understands what geth, Nethermind and Erigon say to the same transactions.
#[tokio::test]
async fn three_clients_words_mean_the_same() {
    for client in Client::ALL {
        let emitter = Emitter::start(31337).await;
        let proxy = emitter.proxy().await;
        proxy.add_rule(std::sync::Arc::new(
            Mempool::start(emitter.anvil.url(), client).unwrap(),
        ));
        let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
        let plain = signed(0, 10 * GWEI, GWEI, 21_000);
        let table: [(&str, Vec<u8>, &str); 9] = [
            ("new", plain.clone(), "Accepted"),
            ("the same bytes", plain.clone(), "AlreadyKnown"),
            (
                "a wei more",
                signed(0, 10 * GWEI + 1, GWEI + 1, 21_000),
                "ReplacementUnderpriced",
            ),
            (
                "a tenth more on one fee",
                signed(0, 11 * GWEI, GWEI, 21_000),
                "ReplacementUnderpriced",
            ),
            (
                "a wei short of a tenth",
                signed(0, 11 * GWEI - 1, 2 * GWEI, 21_000),
                "ReplacementUnderpriced",
            ),
            (
                "a tenth more on both",
                signed(0, 11 * GWEI, GWEI + GWEI / 10, 21_000),
                "Accepted",
            ),
            ("too little gas", signed(1, 10 * GWEI, GWEI, 20_000), "Refused"),
            ("no tip", signed(1, 10 * GWEI, 0, 21_000), "FeeTooLow"),
            ("no transaction", vec![2, 0xc0, 1], "Refused"),
        ];
        for (what, raw, expected) in table {
            let outcome = chain.send(&raw).await;
            assert_eq!(name(&outcome), expected, "{client:?}, {what}: {outcome:?}");
        }
        emitter.anvil.mine(1).await.unwrap();
        let late = chain.send(&signed(0, 20 * GWEI, 2 * GWEI, 21_000)).await;
        assert_eq!(late, SendOutcome::NonceTooLow, "{client:?}");
        let lane = accounts::key(accounts::PRICES_LANE).unwrap().address();
        emitter.anvil.set_balance(lane, U256::from(1)).await.unwrap();
        let poor = chain.send(&signed(1, 10 * GWEI, GWEI, 21_000)).await;
        assert_eq!(poor, SendOutcome::InsufficientFunds, "{client:?}");
    }
}

async fn mined(emitter: &Emitter, hash: B256) -> Option<u64> {
    let receipt = emitter.anvil.provider().get_transaction_receipt(hash).await.unwrap();
    receipt.and_then(|receipt| receipt.block_number)
}

/// The proxy itself: what lies below the base fee waits, what a reorg took out comes back.
#[tokio::test]
async fn a_cheap_transaction_waits_and_a_reorged_one_returns() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    let mempool = Mempool::start(emitter.anvil.url(), Client::Geth).unwrap();
    proxy.add_rule(std::sync::Arc::new(std::sync::Arc::clone(&mempool)));
    let chain = RpcChain::connect(emitter.settings(vec![proxy.url()])).await.unwrap();
    emitter.anvil.mine(3).await.unwrap();
    emitter.anvil.set_next_base_fee(50 * GWEI).await.unwrap();
    emitter.anvil.mine(1).await.unwrap();
    let raw = signed(0, 10 * GWEI, GWEI, 21_000);
    let hash = keccak256(&raw);
    assert_eq!(
        chain.send(&raw).await,
        SendOutcome::Accepted,
        "below the base fee it is kept"
    );
    let pause = || tokio::time::sleep(Duration::from_millis(500));
    emitter.anvil.mine(1).await.unwrap();
    assert_eq!(mined(&emitter, hash).await, None);
    emitter.anvil.set_next_base_fee(GWEI).await.unwrap();
    emitter.anvil.mine(1).await.unwrap();
    pause().await;
    emitter.anvil.mine(1).await.unwrap();
    let block = mined(&emitter, hash).await.expect("not mined when the base fee fell");
    emitter.anvil.reorg(1).await.unwrap();
    assert_eq!(mined(&emitter, hash).await, None, "the reorg took it out");
    pause().await;
    emitter.anvil.mine(1).await.unwrap();
    assert!(
        mined(&emitter, hash).await.is_some_and(|again| again >= block),
        "it did not return"
    );
    assert_eq!(mempool.held(), [hash], "until it is final");
}
