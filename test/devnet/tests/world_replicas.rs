//! Several real keeper processes on one PostgreSQL database.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fluxion_devnet::process::State;
use fluxion_devnet::trial::{PATIENCE, hurry, judge, progress};
use fluxion_devnet::{World, keeper::Keeper};
use fluxion_keeper::boundary::{Boundary, Side};
use fluxion_postgres::Server;
use nix::sys::signal::Signal;
use sqlx::{Executor as _, PgPool};

const LEASE: Duration = Duration::from_secs(3);

/// A world whose keeper shares its database with a second one, which is prepared but does not run.
async fn replicas() -> (Server, World, Keeper) {
    let server = Server::start().unwrap();
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.share(&server.url(), LEASE);
    let mut config = world.keeper.config.clone();
    config.keeper.name = "replica".into();
    config.keeper.data_dir = world.folder().join("replica/data");
    let mut replica = Keeper::prepare(world.folder(), config).unwrap();
    replica.share(&server.url(), LEASE);
    (server, world, replica)
}

/// Makes the database note who wrote, in the writer's own transaction: the note is there if and only if the write
/// landed.
async fn note_writers(pool: &PgPool) {
    pool.execute("CREATE TABLE noted (who TEXT NOT NULL, what TEXT NOT NULL)")
        .await
        .unwrap();
    pool.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO noted VALUES (current_setting('application_name'), TG_TABLE_NAME); RETURN NULL; END $$",
    )
    .await
    .unwrap();
    for table in [
        "blocks",
        "cursors",
        "finalized",
        "events",
        "intents",
        "slots",
        "attempts",
    ] {
        let sql = format!(
            "CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note()"
        );
        pool.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
}

async fn writes_of(pool: &PgPool, who: &str) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM noted WHERE who = $1").bind(who);
    count.fetch_one(pool).await.unwrap()
}

/// STORE-7 with real processes: the leader freezes inside a write transaction, another takes over and works, the old
/// one is woken: nothing of it lands, it ends with code 4, and no effect is lost or made twice.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_frozen_leader_lands_after_the_takeover() {
    let (server, mut world, mut other) = replicas().await;
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    let pool = PgPool::connect(&server.url()).await.unwrap();
    note_writers(&pool).await;
    world.keeper.terminate(PATIENCE).await.unwrap();
    for boundary in [Boundary::IntentsCommit, Boundary::ReserveCommit] {
        let place = boundary.name(Side::Before);
        world.keeper.set_env("FLUXION_STOP_AT", Some(&place));
        world.keeper.start().await.unwrap();
        other.start().await.unwrap();
        world.keeper.process().unwrap().wait_stop(PATIENCE).await.unwrap();
        let frozen = Instant::now();
        other.wait_ready(PATIENCE).await.unwrap();
        println!("{place}: taken over {} ms after it froze", frozen.elapsed().as_millis());
        assert!(frozen.elapsed() < LEASE * 6, "taken over after {:?}", frozen.elapsed());

        let before = writes_of(&pool, world.keeper.name()).await;
        let old = world.keeper.process().unwrap();
        old.signal(Signal::SIGCONT).unwrap();
        let end = old.wait_end(PATIENCE).await.unwrap();
        assert!(matches!(end, State::Exited(4)), "{end}\n{}", old.log_tail(20));
        let landed = writes_of(&pool, world.keeper.name()).await - before;
        assert_eq!(landed, 0, "{place}: the old leader wrote after the takeover");
        world.keeper.set_env("FLUXION_STOP_AT", None);
        progress(&world, 1).await.unwrap();
        // A leader may freeze before its first commit; the one that took over has made some, and each is noted.
        assert!(writes_of(&pool, other.name()).await > 0, "nothing notes the writes");
        std::mem::swap(&mut world.keeper, &mut other);
        // The one that works stands down, so that the next to freeze is known.
        world.keeper.terminate(PATIENCE).await.unwrap();
    }
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    let report = judge(&mut world, 0).await.unwrap();
    println!("{report:?}");
}

/// STORE-5 and STORE-8 with real processes: the leader is told to end, is killed, loses the database: somebody always
/// goes on, in bounded time, and `/ready` is true of one replica alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_goes_is_replaced_and_a_database_that_goes_is_waited_for() {
    let (mut server, mut world, mut other) = replicas().await;
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    other.start().await.unwrap();
    let said = other
        .wait_ready(Duration::from_millis(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("standing by") && said.contains("is led by keeper, process"),
        "{said}"
    );

    // Told to end, it gives the lease back.
    let begun = Instant::now();
    world.keeper.terminate(PATIENCE).await.unwrap();
    other.wait_ready(PATIENCE).await.unwrap();
    println!("SIGTERM: taken over after {} ms", begun.elapsed().as_millis());
    progress(&world, 1).await.unwrap();

    // Killed, it cannot.
    std::mem::swap(&mut world.keeper, &mut other);
    other.start().await.unwrap();
    let begun = Instant::now();
    world.keeper.kill();
    other.wait_ready(PATIENCE).await.unwrap();
    println!("SIGKILL: taken over after {} ms", begun.elapsed().as_millis());
    assert!(begun.elapsed() < LEASE * 5, "taken over after {:?}", begun.elapsed());
    progress(&world, 1).await.unwrap();

    // The database crashes under load and comes back: the same process goes on.
    std::mem::swap(&mut world.keeper, &mut other);
    let leader = world.keeper.process().unwrap().pid();
    server.crash().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.resume().unwrap();
    progress(&world, 2).await.unwrap();
    assert_eq!(world.keeper.process().unwrap().pid(), leader);
    assert!(!world.keeper.process().unwrap().state().ended());
    let report = judge(&mut world, 0).await.unwrap();
    println!("{report:?}");
}

/// A library that shifts the wall clock of the program it is loaded into by `FLUXION_CLOCK_SHIFT_S` seconds.
fn shifted_clock(folder: &Path) -> String {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    let code = r#"
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t id, struct timespec *now) {
            long failed = syscall(SYS_clock_gettime, id, now);
            const char *shift = getenv("FLUXION_CLOCK_SHIFT_S");
            if (failed == 0 && id == CLOCK_REALTIME && shift) now->tv_sec += atol(shift);
            return (int)failed;
        }"#;
    std::fs::write(&source, code).unwrap();
    let mut compiler = std::process::Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().unwrap().success(), "cc does not compile {code}");
    library.display().to_string()
}

/// Seconds that a process' clock, as its log shows it, is ahead of the database's.
async fn ahead(pool: &PgPool, keeper: &Keeper) -> f64 {
    let output = keeper.process().unwrap().output();
    let line: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    sqlx::query_scalar("SELECT extract(epoch FROM $1::text::timestamptz - now())::float8")
        .bind(line["timestamp"].as_str())
        .fetch_one(pool)
        .await
        .unwrap()
}

/// STORE-5 with real processes: a leader whose clock is behind and a replica whose clock is ahead, by several leases.
/// The lease rests on the database's clock alone, so neither is it taken early nor kept when its holder is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_moves_no_lease() {
    const SHIFT: i64 = 8;
    let (server, mut world, mut other) = replicas().await;
    let library = shifted_clock(world.folder());
    for (keeper, shift) in [(&mut world.keeper, -SHIFT), (&mut other, SHIFT)] {
        keeper.set_env("LD_PRELOAD", Some(&library));
        keeper.set_env("FLUXION_CLOCK_SHIFT_S", Some(&shift.to_string()));
        // A report that is dated eight seconds back is still one.
        for feed in &mut keeper.config.feed {
            feed.valid_for_s = 20;
        }
    }
    world.keeper.start().await.unwrap();
    world.keeper.wait_ready(PATIENCE).await.unwrap();
    let pool = PgPool::connect(&server.url()).await.unwrap();
    let epoch = async || -> i64 {
        let epoch = sqlx::query_scalar("SELECT epoch FROM lease");
        epoch.fetch_one(&pool).await.unwrap()
    };
    let first = epoch().await;
    other.start().await.unwrap();
    let (early, late) = (ahead(&pool, &other).await, ahead(&pool, &world.keeper).await);
    assert!(early > 4.0 && late < -4.0, "the clocks are not shifted: {early} {late}");
    // Two leases and more by any clock, while the replica tries.
    tokio::time::sleep(LEASE * 3).await;
    assert_eq!(epoch().await, first, "taken from a leader that renews it");
    world.keeper.wait_ready(Duration::from_secs(5)).await.unwrap();

    let begun = Instant::now();
    world.keeper.kill();
    other.wait_ready(PATIENCE).await.unwrap();
    let taken = begun.elapsed();
    println!(
        "clocks {} s apart: taken over after {} ms",
        2 * SHIFT,
        taken.as_millis()
    );
    assert!(taken > LEASE / 3, "taken before it expired: {taken:?}");
    assert!(taken < LEASE * 5, "taken over after {taken:?}");
    assert_eq!(epoch().await, first + 1);
    // The one that is behind comes back, and waits its turn.
    world.keeper.start().await.unwrap();
    tokio::time::sleep(LEASE).await;
    assert_eq!(epoch().await, first + 1);
    other.terminate(PATIENCE).await.unwrap();
    world.keeper.set_env("LD_PRELOAD", None);
    world.keeper.terminate(PATIENCE).await.unwrap();
    world.keeper.start().await.unwrap();
    progress(&world, 1).await.unwrap();
    judge(&mut world, 0).await.unwrap();
}
