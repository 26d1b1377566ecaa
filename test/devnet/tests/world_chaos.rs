//! Two seeds of `make chaos` with a kill each, one on SQLite and one on PostgreSQL.

use fluxion_devnet::chaos::{Engine, Stage};

/// Steps that are played of a script.
const STEPS: usize = 8;

/// CRASH-5
async fn plays(engine: Engine, seed: u64) {
    let mut stage = Stage::set(engine).await.unwrap();
    let verdict = stage.play(seed, STEPS).await;
    println!("{engine:?}: {verdict:?}");
    assert!(verdict.failures.is_empty(), "{:#?}", verdict.failures);
    assert!(verdict.kills > 0 && verdict.effects_done > 0, "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_on_sqlite_loses_nothing() {
    plays(Engine::Sqlite, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_on_postgres_loses_nothing() {
    plays(Engine::Postgres, 16).await;
}
