//! A real keeper process whose database cannot be written: no room, or somebody else's lock. It says so, waits, and
//! goes on.

use std::time::{Duration, Instant};

use fluxion_devnet::World;
use fluxion_devnet::trial::{eventually, hurry, judge, progress, rounds};
use fluxion_postgres::Server;
use nix::sys::signal::{SigHandler, Signal, signal};
use sqlx::Connection as _;

/// Room for the log beyond what it has.
const ROOM: u64 = 256 * 1024;

/// Waits until the log has a line with these words.
async fn says(world: &World, words: &str) {
    let waited = eventually(words, async || Ok(world.keeper.process()?.output().contains(words))).await;
    if let Err(error) = waited {
        panic!("{error}\n{}", world.keeper.process().unwrap().log_tail(20));
    }
}

/// The keeper lives, nothing is done meanwhile, and afterwards everything goes on.
async fn goes_on(mut world: World, pid: nix::unistd::Pid) {
    progress(&world, 2).await.unwrap();
    let process = world.keeper.process().unwrap();
    assert!(!process.state().ended() && process.pid() == pid, "the same process");
    judge(&mut world, 0).await.unwrap();
}

/// STORE-11: no file may grow any more, as on a disk that is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_waited_for() {
    // Inherited by what is started: a write beyond the limit fails instead of ending the process.
    // SAFETY: no handler is installed, the signal is only ignored.
    unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }.unwrap();
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let process = world.keeper.process().unwrap();
    let pid = process.pid();
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let limit = size(process.log()) + ROOM;
    let ahead = world.keeper.data_dir().join("keeper.sqlite-wal");
    eventually("a write-ahead log beyond the limit", async || Ok(size(&ahead) > limit))
        .await
        .unwrap();
    let allow = |soft: &str| {
        let mut command = std::process::Command::new("prlimit");
        command.args([format!("--pid={pid}"), format!("--fsize={soft}:")]);
        assert!(command.status().unwrap().success());
    };
    allow(&limit.to_string());
    says(&world, "no room to write, free some and it goes on by itself").await;
    let before = rounds(&world).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(
        rounds(&world).await.unwrap() <= before + 2,
        "what it cannot store it does not send"
    );
    allow("unlimited");
    goes_on(world, pid).await;
}

/// STORE-11: another process holds SQLite's write lock for longer than the keeper waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_lock_held_by_another_process_is_waited_for() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let pid = world.keeper.process().unwrap().pid();
    let file = world.keeper.data_dir().join("keeper.sqlite");
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    says(
        &world,
        "another process holds a lock, end that and it goes on by itself",
    )
    .await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    goes_on(world, pid).await;
}

/// STORE-11: a transaction of somebody else locks a table of the PostgreSQL database.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_locked_by_another_session_is_waited_for() {
    let server = Server::start().unwrap();
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.share(&server.url(), Duration::from_secs(3));
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let pid = world.keeper.process().unwrap().pid();
    let mut other = sqlx::PgConnection::connect(&server.url()).await.unwrap();
    let begun = Instant::now();
    sqlx::query("BEGIN").execute(&mut other).await.unwrap();
    sqlx::query("LOCK TABLE cursors IN EXCLUSIVE MODE")
        .execute(&mut other)
        .await
        .unwrap();
    says(
        &world,
        "another process holds a lock, end that and it goes on by itself",
    )
    .await;
    println!("said after {} ms", begun.elapsed().as_millis());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    goes_on(world, pid).await;
}
