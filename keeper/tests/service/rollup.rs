//! What rollups take besides gas.

use alloy::primitives::U256;
use fluxion_keeper::chain::{Chain as _, L1Fee, RpcChain, RpcSettings};
use fluxion_keeper::model::ChainId;

use crate::nodes::Endpoint;

/// TX-20: what a rollup of the OP stack takes besides gas is asked for with the bytes at hand: a long payload is not a
/// usual one.
#[tokio::test]
async fn a_rollups_fee_is_that_of_the_payload() {
    let fee = async |kind: L1Fee, operator: Option<u64>, length: usize| {
        let endpoint = Endpoint::of_rollup(operator);
        let mut settings = RpcSettings::new(ChainId(1), "rollup", vec![endpoint.serve().await]);
        settings.l1_fee = kind;
        let chain = RpcChain::connect(settings).await.unwrap();
        chain.l1_fee(&vec![1; length].into(), 60_000).await.unwrap()
    };
    let (short, long) = (
        fee(L1Fee::OpStack, None, 100).await,
        fee(L1Fee::OpStack, None, 20_100).await,
    );
    assert_eq!(
        long - short,
        U256::from(20_000 * 1_000),
        "TX-20: by the bytes of the payload"
    );
    assert!(short > U256::from(100 * 1_000), "TX-20: with envelope and signature");
    let with_operator = fee(L1Fee::OpStack, Some(7), 100).await;
    assert_eq!(
        with_operator - short,
        U256::from(60_000 * 7),
        "TX-20: and the operator's share"
    );
    assert_eq!(fee(L1Fee::None, Some(7), 100).await, U256::ZERO);
}
