//! What an operator does to a running keeper, and to its database.

use std::time::Duration;

use fluxion_devnet::trial::{eventually, hurry, judge, on_its_way, progress};
use fluxion_devnet::{audit, keeper::Keeper};
use fluxion_keeper::store::sql::Location;
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

async fn show(keeper: &Keeper, id: &str) -> Value {
    let text = keeper.command(&["txs", "show", id, "--json"], LIMIT).await.unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Id of an intent that holds a nonce and is not mined.
async fn offered(keeper: &Keeper) -> String {
    let sql = "SELECT '' || id FROM intents WHERE state IN ('reserved', 'offered') ORDER BY id DESC";
    let mut found = Vec::new();
    eventually("an offered intent", async || {
        found = audit::rows(&keeper.location(), sql).await?;
        Ok(!found.is_empty())
    })
    .await
    .unwrap();
    found.remove(0)
}

/// OPS-4: orders are obeyed by the running keeper; STORE-10: a resync refuses while it runs, and mends what was bent.
#[tokio::test(flavor = "multi_thread")]
async fn orders_are_obeyed_and_a_bent_index_is_mended() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    // Long enough that nothing is raised or cancelled but on order.
    world.keeper.config.chain[0].fees.bump_after_s = 600;
    for feed in &mut world.keeper.config.feed {
        feed.valid_for_s = 60;
    }
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let chain = &world.chains[0].anvil;
    chain.set_interval_mining(0).await.unwrap();
    on_its_way(chain).await.unwrap();
    let id = offered(&world.keeper).await;
    let before = show(&world.keeper, &id).await["attempts"].as_array().unwrap().len();

    let order = ["txs", "bump", &id, "--why", "it hangs", "--who", "ana"];
    world.keeper.command(&order, LIMIT).await.unwrap();
    eventually("raised", async || {
        let shown = show(&world.keeper, &id).await;
        let raised = shown["attempts"].as_array().map_or(0, Vec::len) == before + 1;
        let outcome = shown["orders"][0]["outcome"].as_str().unwrap_or_default();
        Ok(raised && outcome.starts_with("raised to "))
    })
    .await
    .unwrap();

    let order = ["txs", "cancel", &id, "--why", "no longer wanted", "--who", "ana"];
    world.keeper.command(&order, LIMIT).await.unwrap();
    eventually("a cancel on the nonce", async || {
        let shown = show(&world.keeper, &id).await;
        let attempts = shown["attempts"].as_array().cloned().unwrap_or_default();
        Ok(shown["intent"]["state"] == "cancelling" && attempts.iter().any(|a| a["kind"] == "cancel"))
    })
    .await
    .unwrap();
    chain.set_interval_mining(1).await.unwrap();
    eventually("cancelled", async || {
        Ok(show(&world.keeper, &id).await["intent"]["state"] == "cancelled")
    })
    .await
    .unwrap();

    // A resync keeps its hands off a running keeper's database.
    let refused = world.keeper.command(&["resync"], LIMIT).await.unwrap_err().to_string();
    assert!(
        refused.contains("exit code 4") && refused.contains("is held by keeper, process"),
        "{refused}"
    );
    progress(&world, 1).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.keeper.terminate(LIMIT).await.unwrap();
    let Location::Sqlite(folder) = world.keeper.location() else {
        panic!()
    };
    let url = format!("sqlite://{}", folder.join("keeper.sqlite").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let bend = "UPDATE rounds SET updated_at = updated_at + 1 WHERE round = (SELECT min(round) FROM rounds)";
    let bent = sqlx::query(bend).execute(&pool).await.unwrap().rows_affected();
    pool.close().await;
    let resync = async || -> Value {
        let text = world.keeper.command(&["resync", "--json"], LIMIT).await.unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let found = resync().await;
    assert_eq!(found["difference"]["changed"], bent, "{found}");
    assert!(found["swapped"].as_u64() > Some(0), "{found}");
    let again = resync().await;
    assert_eq!(
        (&again["difference"]["first"], &again["swapped"]),
        (&Value::Null, &Value::Null),
        "{again}"
    );
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    judge(&mut world, 0).await.unwrap();
}
