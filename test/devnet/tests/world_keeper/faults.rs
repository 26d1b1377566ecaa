//! Several endpoints per chain that limit, break, lag, lie and vanish, each a mempool with geth's rules in another client's words.

use std::sync::Arc;
use std::time::Duration;

use fluxion_devnet::proxy::{Client, Fault, Mempool};
use fluxion_devnet::trial::{hurry, judge, progress, rounds};

/// CHAIN-5, CRASH-4: under every fault of a minority, and of all for a while, work goes on or waits; nothing is lost or done
/// twice, and calls stay bounded.
#[tokio::test(flavor = "multi_thread")]
async fn endpoints_may_limit_break_lag_lie_and_vanish() {
    let mut world = fluxion_devnet::trial::world().endpoints(3).prepare().await.unwrap();
    for (proxy, client) in world.chains[0].proxies().zip(Client::ALL) {
        proxy.add_rule(Arc::new(Mempool::start(world.chains[0].anvil.url(), client).unwrap()));
    }
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();

    // One endpoint of three, each time another.
    let of_one = [
        (None, Fault::Status(429)),
        (None, Fault::Lag(6)),
        (None, Fault::OmitLogs),
        (None, Fault::TruncateLogs),
        (None, Fault::ChainId(5)),
        (None, Fault::DropAnswers),
        (None, Fault::AnswerStatus(502)),
    ];
    for (n, (method, fault)) in of_one.into_iter().enumerate() {
        let proxy = world.chains[0].proxies().nth(n % 3).unwrap();
        proxy.set_fault(method, fault);
        progress(&world, 1)
            .await
            .unwrap_or_else(|why| panic!("{fault:?}: {why:#}"));
        proxy.heal();
    }

    // All of them take transactions and answer as if they had not.
    for proxy in world.chains[0].proxies() {
        proxy.set_fault(Some("eth_sendRawTransaction"), Fault::AnswerStatus(500));
    }
    progress(&world, 1).await.unwrap();
    for proxy in world.chains[0].proxies() {
        proxy.heal();
    }

    // All of them limit: what is asked meanwhile stays bounded.
    let calls = |world: &fluxion_devnet::World| -> u64 {
        let methods = [
            "eth_getBlockByNumber",
            "eth_getLogs",
            "eth_sendRawTransaction",
            "eth_getTransactionReceipt",
        ];
        let of = |proxy: &fluxion_devnet::proxy::Proxy| methods.iter().map(|method| proxy.calls(method)).sum::<u64>();
        world.chains[0].proxies().map(of).sum()
    };
    for proxy in world.chains[0].proxies() {
        proxy.set_fault(None, Fault::Status(429));
    }
    let before = calls(&world);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = calls(&world) - before;
    println!("calls to three endpoints in 4 s of 429: {asked}");
    assert!(asked < 200, "{asked} calls in a storm of 429");
    for proxy in world.chains[0].proxies() {
        proxy.heal();
    }
    progress(&world, 1).await.unwrap();

    // All of them are gone for a while.
    for proxy in world.chains[0].proxies() {
        proxy.refuse().await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let gone = rounds(&world).await.unwrap();
    for proxy in world.chains[0].proxies() {
        proxy.accept().await.unwrap();
    }
    progress(&world, 1).await.unwrap();
    assert!(rounds(&world).await.unwrap() > gone);
    let report = judge(&mut world, 0).await.unwrap();
    println!("{report:?}");
}
