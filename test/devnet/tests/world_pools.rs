//! The pools of the local world: they are there, they are used without a failure, and their books are right.

use std::time::{Duration, Instant};

use alloy::{
    network::EthereumWallet,
    primitives::U256,
    providers::{Provider, ProviderBuilder},
};
use fluxion_abi::IERC20Metadata;
use fluxion_devnet::{
    World, accounts,
    pools::{PoolTraffic, audit},
};

/// Every action of traders and providers.
const ACTIONS: [&str; 10] = [
    "swap_exact_in",
    "swap_exact_out",
    "swap_path_exact_in",
    "swap_path_exact_out",
    "add_proportional",
    "add_unbalanced",
    "add_single",
    "remove_proportional",
    "remove_single",
    "collect_protocol_fee",
];

#[tokio::test(flavor = "multi_thread")]
async fn everyone_uses_the_pools_without_a_failure_and_the_books_are_right() {
    let world = World::builder().signers(0).prepare().await.unwrap();
    let mut traffic = PoolTraffic::start(&world, Duration::from_millis(50)).unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let counts = traffic.counts();
        assert_eq!(counts.failures, 0, "{:?}", counts.first_failures);
        if ACTIONS.iter().all(|action| counts.done.contains_key(action)) {
            break;
        }
        assert!(Instant::now() < end, "only {:?}", counts.done);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let counts = traffic.finish().await;
    assert_eq!(counts.failures, 0, "{:?}", counts.first_failures);
    for chain in &world.chains {
        let found = audit(chain).await.unwrap();
        assert_eq!((found.pools, found.differences), (2, Vec::<String>::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_sees_what_the_books_do_not_have() {
    let world = World::builder().chains(1).signers(0).prepare().await.unwrap();
    let chain = &world.chains[0];
    assert_eq!(audit(chain).await.unwrap().differences, Vec::<String>::new());
    // A gift belongs to no pool.
    let wallet = EthereumWallet::from(accounts::key(accounts::TRADERS[0]).unwrap());
    let provider = ProviderBuilder::new()
        .wallet(wallet)
        .connect_http(chain.anvil.url().parse().unwrap());
    let token = &chain.pools.tokens[1];
    let contract = IERC20Metadata::new(token.address, &provider);
    let sent = contract.transfer(chain.pools.manager, U256::ONE).send().await.unwrap();
    assert!(sent.get_receipt().await.unwrap().status());
    let found = audit(chain).await.unwrap();
    assert_eq!(found.differences.len(), 1, "{:?}", found.differences);
    assert!(found.differences[0].contains(&token.symbol), "{:?}", found.differences);
    assert!(provider.get_block_number().await.unwrap() >= found.block);
}
