//! SIGKILL of the real process at every commit and send boundary that `boundary.rs` names, while scores are all that it
//! reports.

use std::{collections::BTreeMap, time::Duration};

use fluxion_devnet::{
    World, accounts, audit,
    keeper::Keeper,
    trial::{PATIENCE, eventually},
};
use fluxion_keeper::boundary::Boundary;

use super::{EPOCH_S, both_reported, final_time, reports, same_as_a_fresh_index, traders_learn};

/// The last epoch that was reported.
async fn last_epoch(world: &World) -> u64 {
    let reports = reports(world).await;
    reports.keys().map(|(_, epoch)| *epoch).max().unwrap_or(0)
}

/// Waits until scores are due again, whether a keeper runs or not.
async fn due(world: &World) {
    let last = last_epoch(world).await;
    eventually("another epoch", async || {
        Ok(final_time(world).await? > last + 2 * EPOCH_S)
    })
    .await
    .unwrap();
}

async fn wait_stop(victim: &Keeper, world: &World, boundary: Boundary) -> eyre::Result<()> {
    let (process, anvil) = (victim.process()?, &world.chains[0].anvil);
    if boundary != Boundary::IndexUnwind {
        return process.wait_stop(PATIENCE).await;
    }
    // Only what was indexed can be taken back, so it takes a few reorgs to meet the indexer at the head.
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        anvil.reorg(1).await?;
        if process.wait_stop(Duration::from_millis(700)).await.is_ok() {
            return Ok(());
        }
    }
    eyre::bail!("no reorg met the indexer")
}

/// Kills a process that has a name in the world where it stops.
async fn kill_at(world: &mut World, boundary: Boundary, name: &str) -> eyre::Result<()> {
    // A signature leaves only the process of a signer, which the keeper has to ask.
    let in_signer = boundary == Boundary::AttestationReply;
    if in_signer {
        world.signers[0].kill();
        world.keeper.start().await?;
    }
    // Epochs are closed by the final block's time, and not twice up to the same one.
    if boundary == Boundary::EpochsClosed {
        let closed = final_time(world).await?;
        eventually("a later final block", async || Ok(final_time(world).await? > closed)).await?;
    }
    // A fee is raised for a transaction that waits: no block comes, and scores are due.
    let stalls = boundary == Boundary::AttemptCommit;
    if stalls {
        due(world).await;
        world.chains[0].anvil.set_interval_mining(0).await?;
    }
    let victim = if in_signer {
        &mut world.signers[0]
    } else {
        &mut world.keeper
    };
    victim.set_env("FLUXION_STOP_AT", Some(name));
    victim.spawn()?;
    victim.set_env("FLUXION_STOP_AT", None);
    let victim = if in_signer { &world.signers[0] } else { &world.keeper };
    let hit = wait_stop(victim, world, boundary).await;
    if stalls {
        world.chains[0].anvil.set_interval_mining(1).await?;
    }
    world.keeper.kill();
    if in_signer {
        world.signers[0].kill();
        world.signers[0].start().await?;
    }
    hit
}

/// REP-6: killed at any boundary, one after the other and mostly in the middle of the same report, the keeper reports
/// no score of a wallet and epoch twice, loses no nonce, and its index is that of a fresh one.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_boundary_no_score_is_reported_twice() {
    let mut world = fluxion_devnet::trial::world()
        .feeds(&[])
        .reputation()
        .prepare()
        .await
        .unwrap();
    traders_learn(&world).await;
    let job = world.keeper.config.job.update_reputation.as_mut().unwrap();
    // Every score is due again with every epoch.
    job.refresh_s = EPOCH_S;
    job.interval_ms = 200;
    world.keeper.config.chain[0].fees.bump_after_s = 2;
    world.keeper.start().await.unwrap();
    both_reported(&world).await;
    world.keeper.kill();
    let mut missed = Vec::new();
    for (boundary, side) in Boundary::all() {
        let name = boundary.name(side);
        if let Err(why) = kill_at(&mut world, boundary, &name).await {
            missed.push(format!("{name}: {why:#}"));
        }
    }
    assert!(missed.is_empty(), "boundaries that were never reached: {missed:#?}");

    let before = last_epoch(&world).await;
    world.keeper.start().await.unwrap();
    eventually("further reports", async || Ok(last_epoch(&world).await > before))
        .await
        .unwrap();
    let pause = ["pause", "job:update_reputation", "--why", "enough"];
    world.keeper.command(&pause, PATIENCE).await.unwrap();
    let paused = async || Ok(world.keeper.status().await?["chains"][0]["reputation"]["kind"] == "closed");
    eventually("the pause", paused).await.unwrap();
    let location = world.keeper.location();
    audit::come_to_rest(&location, PATIENCE).await.unwrap();
    let lane = accounts::key(accounts::IRREVERSIBLE_LANE).unwrap().address();
    let report = audit::audit(&location, &world.chains[0].anvil, lane).await.unwrap();
    report.ensure_clean(0).unwrap();
    let twice: BTreeMap<_, _> = reports(&world)
        .await
        .into_iter()
        .filter(|(_, all)| all.len() > 1)
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    same_as_a_fresh_index(&world).await;
    println!("{} kills, {report:?}", Boundary::all().count());
}
