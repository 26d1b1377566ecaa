//! The world without traffic, for whoever writes a front end against it.

use std::{future::Future, pin::Pin, time::Duration};

use super::{TICK, all_run};
use crate::world::World;

/// Waits until the time is over, a signal asks to end or a process has ended, and ends the world.
///
/// # Errors
/// When a process ended by itself, or does not end.
pub(super) async fn run(
    mut world: World,
    stop: Pin<&mut impl Future<Output = ()>>,
    duration: Option<Duration>,
) -> eyre::Result<()> {
    println!("Nothing trades and nothing fails on purpose; prices go on. Ctrl-C ends the world.");
    let over = async {
        match duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    let watched = async {
        loop {
            tokio::time::sleep(TICK).await;
            all_run(&world)?;
        }
    };
    let ran: eyre::Result<()> = tokio::select! {
        () = stop => Ok(()),
        () = over => Ok(()),
        ended = watched => ended,
    };
    let stopped = world.stop().await;
    ran.and(stopped)
}
