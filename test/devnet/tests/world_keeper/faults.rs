//! Several endpoints per chain that limit, break, lag, lie and vanish, each a mempool with geth's rules in another
//! client's words. Random mixes of all faults are in `make chaos`; here is a fixed small set.

use std::sync::Arc;
use std::time::Duration;

use fluxion_devnet::World;
use fluxion_devnet::proxy::{Client, Fault, Mempool, Proxy};
use fluxion_devnet::trial::{hurry, judge, progress, rounds};

/// Three endpoints in the words of three clients.
async fn three_endpoints() -> World {
    let mut world = fluxion_devnet::trial::world().endpoints(3).prepare().await.unwrap();
    for (proxy, client) in world.chains[0].proxies().zip(Client::ALL) {
        proxy.add_rule(Arc::new(Mempool::start(world.chains[0].anvil.url(), client).unwrap()));
    }
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    world
}

/// CRASH-4: whatever one endpoint of three does, work goes on.
#[tokio::test(flavor = "multi_thread")]
async fn one_endpoint_may_limit_lag_lie_and_lose_answers() {
    let mut world = three_endpoints().await;
    let faults = [Fault::Status(429), Fault::Lag(6), Fault::ChainId(5), Fault::DropAnswers];
    for (n, fault) in faults.into_iter().enumerate() {
        let proxy = world.chains[0].proxies().nth(n % 3).unwrap();
        proxy.set_fault(None, fault);
        progress(&world, 1)
            .await
            .unwrap_or_else(|why| panic!("{fault:?}: {why:#}"));
        proxy.heal();
    }
    judge(&mut world, 0).await.unwrap();
}

/// CHAIN-5, CRASH-4: when all endpoints fail, work waits: calls stay bounded, and nothing is lost or done twice.
#[tokio::test(flavor = "multi_thread")]
async fn all_endpoints_may_fail_for_a_while() {
    let mut world = three_endpoints().await;
    let all = |act: &dyn Fn(&Proxy)| world.chains[0].proxies().for_each(act);

    // They take transactions and answer as if they had not.
    all(&|proxy| proxy.set_fault(Some("eth_sendRawTransaction"), Fault::AnswerStatus(500)));
    progress(&world, 1).await.unwrap();

    // They limit: what is asked meanwhile stays bounded.
    let calls = || -> u64 {
        let methods = [
            "eth_getBlockByNumber",
            "eth_getLogs",
            "eth_sendRawTransaction",
            "eth_getTransactionReceipt",
        ];
        let of = |proxy: &Proxy| methods.iter().map(|method| proxy.calls(method)).sum::<u64>();
        world.chains[0].proxies().map(of).sum()
    };
    all(&|proxy| proxy.heal());
    all(&|proxy| proxy.set_fault(None, Fault::Status(429)));
    let before = calls();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = calls() - before;
    println!("calls to three endpoints in 4 s of 429: {asked}");
    assert!(asked < 200, "{asked} calls in a storm of 429");
    all(&|proxy| proxy.heal());

    // They are gone.
    for proxy in world.chains[0].proxies() {
        proxy.refuse().await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let gone = rounds(&world).await.unwrap();
    for proxy in world.chains[0].proxies() {
        proxy.accept().await.unwrap();
    }
    progress(&world, 1).await.unwrap();
    assert!(rounds(&world).await.unwrap() > gone);
    judge(&mut world, 0).await.unwrap();
}
