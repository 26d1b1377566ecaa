//! SIGKILL of the real process at every commit and send boundary that `boundary.rs` names. A boundary that is never
//! reached fails.

use std::time::{Duration, Instant};

use fluxion_devnet::trial::{BLOCK_WITHOUT_REPORT, PATIENCE, eventually, hurry, is_on_its_way, judge, progress};
use fluxion_devnet::{anvil::Anvil, keeper::Keeper, process::Process, proxy::Point};
use fluxion_keeper::boundary::{Boundary, Side};

/// What the chain has to do for a boundary to be reached.
enum Provocation {
    Nothing,
    /// The block that the indexer has seen leaves the chain.
    Reorg,
    /// No block comes for longer than a transaction's patience.
    Stall,
}

fn provocation(boundary: Boundary) -> Provocation {
    match boundary {
        Boundary::IndexUnwind => Provocation::Reorg,
        Boundary::AttemptCommit => Provocation::Stall,
        _ => Provocation::Nothing,
    }
}

async fn wait_stop(keeper: &Keeper, chain: &Anvil, provocation: &Provocation) -> eyre::Result<()> {
    let stopped = keeper.process()?;
    match provocation {
        Provocation::Nothing => stopped.wait_stop(PATIENCE).await,
        Provocation::Stall => {
            chain.set_interval_mining(0).await?;
            let result = wait_stop_in_a_stall(stopped, chain).await;
            chain.set_interval_mining(1).await?;
            result
        }
        Provocation::Reorg => {
            // Only what was indexed can be taken back, so it takes a few reorgs to meet the indexer at the head.
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(1_300)).await;
                chain.reorg(1).await?;
                if stopped.wait_stop(Duration::from_millis(700)).await.is_ok() {
                    return Ok(());
                }
            }
            eyre::bail!("no reorg met the indexer")
        }
    }
}

/// On a chain that stands still a transaction that is on its way is raised, but nothing may be on its way: on a block
/// with a report of every feed no further one is planned, since chain time does not move. So blocks are made until a
/// transaction waits in the node's pool.
async fn wait_stop_in_a_stall(stopped: &Process, chain: &Anvil) -> eyre::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let result = stopped.wait_stop(BLOCK_WITHOUT_REPORT).await;
        if result.is_ok() || stopped.state().ended() || Instant::now() > end {
            return result;
        }
        if !is_on_its_way(chain).await? {
            chain.mine(1).await?;
        }
    }
}

/// CRASH-1: killed at any boundary, the keeper goes on, makes no effect twice, loses no nonce, and its index is that of
/// a fresh one.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_boundary_nothing_is_lost_or_done_twice() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let mut missed = Vec::new();
    for (boundary, side) in Boundary::all() {
        let name = boundary.name(side);
        // A signature leaves only the process of a signer.
        let in_signer = boundary == Boundary::AttestationReply;
        let victim = if in_signer {
            &mut world.signers[0]
        } else {
            &mut world.keeper
        };
        victim.kill();
        victim.set_env("FLUXION_STOP_AT", Some(&name));
        victim.spawn().unwrap();
        let hit = wait_stop(victim, &world.chains[0].anvil, &provocation(boundary)).await;
        victim.kill();
        victim.set_env("FLUXION_STOP_AT", None);
        victim.start().await.unwrap();
        if let Err(why) = hit {
            missed.push(format!("{name}: {why}"));
        }
        progress(&world, 1).await.unwrap();
    }
    assert!(missed.is_empty(), "boundaries that were never reached: {missed:#?}");
    let report = judge(&mut world, 0).await.unwrap();
    println!("{} kills, {report:?}", Boundary::all().count());
}

/// CRASH-2: killed between the moment a node has the bytes and the moment the keeper hears of it, and just before.
#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_send_the_same_bytes_go_again() {
    let mut world = fluxion_devnet::trial::world().proxied().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    for point in [
        Point::BeforeForward,
        Point::BeforeAnswer,
        Point::BeforeForward,
        Point::BeforeAnswer,
    ] {
        let proxy = world.chains[0].proxy.as_ref().unwrap();
        let mut hold = proxy.hold("eth_sendRawTransaction", point, 0);
        hold.reached(PATIENCE).await.unwrap();
        world.keeper.kill();
        hold.release();
        world.keeper.start().await.unwrap();
        progress(&world, 1).await.unwrap();
    }
    judge(&mut world, 0).await.unwrap();
}

/// CRASH-3: SIGTERM under load ends the process with code 0 in the middle of its work, again and again, and loses
/// nothing.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_ends_cleanly() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    for _ in 0..4 {
        world.keeper.start().await.unwrap();
        progress(&world, 1).await.unwrap();
        world.keeper.terminate(PATIENCE).await.unwrap();
    }
    world.keeper.start().await.unwrap();
    eventually("ready", async || {
        Ok(world.keeper.wait_ready(Duration::from_secs(1)).await.is_ok())
    })
    .await
    .unwrap();
    judge(&mut world, 0).await.unwrap();
}

/// The list of boundaries is not empty by accident.
#[test]
fn every_boundary_has_two_sides() {
    let names: std::collections::BTreeSet<_> = Boundary::all().map(|(boundary, side)| boundary.name(side)).collect();
    assert_eq!(names.len(), Boundary::all().count());
    assert!(names.len() >= 26 && names.contains(&Boundary::Send.name(Side::Before)));
}
