use alloy::{eips::BlockNumberOrTag, network::TransactionBuilder, rpc::types::TransactionRequest};

use super::*;

async fn number(anvil: &Anvil, tag: BlockNumberOrTag) -> u64 {
    anvil
        .provider()
        .get_block_by_number(tag)
        .await
        .unwrap()
        .unwrap()
        .header
        .number
}

#[tokio::test]
async fn mines_on_order_reorganises_and_goes_back_to_a_snapshot() {
    let logs = tempfile::tempdir().unwrap();
    let options = AnvilOptions {
        mining: Mining::Manual,
        ..AnvilOptions::new(31337)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    anvil.mine(5).await.unwrap();
    assert_eq!(number(&anvil, BlockNumberOrTag::Latest).await, 5);
    assert_eq!(number(&anvil, BlockNumberOrTag::Finalized).await, 3, "two slots behind");
    let before = anvil
        .provider()
        .get_block_by_number(5.into())
        .await
        .unwrap()
        .unwrap()
        .header
        .hash;
    anvil.reorg(2).await.unwrap();
    let after = anvil
        .provider()
        .get_block_by_number(5.into())
        .await
        .unwrap()
        .unwrap()
        .header
        .hash;
    assert_ne!(before, after);
    let snapshot = anvil.snapshot().await.unwrap();
    let account = Address::repeat_byte(7);
    anvil.set_balance(account, U256::from(42)).await.unwrap();
    assert_eq!(anvil.provider().get_balance(account).await.unwrap(), U256::from(42));
    anvil.revert(&snapshot).await.unwrap();
    assert_eq!(anvil.provider().get_balance(account).await.unwrap(), U256::ZERO);
    assert!(anvil.revert(&json!("0x77")).await.is_err());
}

#[tokio::test]
async fn a_dropped_transaction_is_never_mined() {
    let logs = tempfile::tempdir().unwrap();
    let options = AnvilOptions {
        mining: Mining::Manual,
        ..AnvilOptions::new(31338)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    let from = crate::accounts::key(9).unwrap().address();
    let request = TransactionRequest::default()
        .with_from(from)
        .with_to(from)
        .with_value(U256::ONE);
    let hash = *anvil.provider().send_transaction(request).await.unwrap().tx_hash();
    anvil.drop_transaction(hash).await.unwrap();
    anvil.mine(1).await.unwrap();
    assert!(anvil.provider().get_transaction_receipt(hash).await.unwrap().is_none());
    anvil.set_next_base_fee(77).await.unwrap();
    anvil.mine(1).await.unwrap();
    let head = anvil
        .provider()
        .get_block_by_number(BlockNumberOrTag::Latest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.header.base_fee_per_gas, Some(77));
}

#[tokio::test]
async fn a_block_has_room_for_a_whole_deployment_sent_at_once() {
    let logs = tempfile::tempdir().unwrap();
    let options = AnvilOptions {
        mining: Mining::Auto,
        ..AnvilOptions::new(31337)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    let head = anvil.provider().get_block_by_number(BlockNumberOrTag::Latest).await;
    assert_eq!(head.unwrap().unwrap().header.gas_limit, ROOMY_BLOCK);
}

#[tokio::test]
async fn a_dump_carries_the_chain_over() {
    let logs = tempfile::tempdir().unwrap();
    let dump = logs.path().join("state.json");
    let options = AnvilOptions {
        mining: Mining::Manual,
        dump_state: Some(dump.clone()),
        ..AnvilOptions::new(31337)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    anvil.mine(3).await.unwrap();
    anvil.stop().await.unwrap();
    let options = AnvilOptions {
        mining: Mining::Manual,
        load_state: Some(dump),
        ..AnvilOptions::new(31337)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    assert_eq!(number(&anvil, BlockNumberOrTag::Latest).await, 3);
}
