//! `fluxion-devnet demo`: the whole world, shown while it runs.

mod grid;
mod keep;
mod observe;
mod plot;
mod pools;
mod skills;
mod summary;
mod table;
mod tries;

use std::{
    fs,
    time::{Duration, Instant},
};

use eyre::eyre;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use self::{
    observe::ChainView,
    plot::Plot,
    skills::SkillEnding,
    summary::{Ending, Summary},
    table::{Picture, Screen},
};
use crate::{
    pools::{PoolTraffic, audit},
    process::Process,
    project,
    sources::Feed,
    traffic::Traffic,
    world::World,
};

/// Pause between two looks at the world.
const TICK: Duration = Duration::from_secs(1);

/// How the demo runs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Ends by itself after this time; otherwise a signal ends it.
    pub duration: Option<Duration>,
    /// Leaves the world alone: fixed ports, no traffic, no staged failures, no picture.
    pub keep: bool,
}

/// Runs the demo until its time is over or a signal asks it to end, and writes the summary. Its folder stays until the
/// next run.
///
/// # Errors
/// When the world does not start, no rounds were made, the keeper failed, or its figures differ from the chain's.
pub async fn run(options: Options) -> eyre::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut stop = std::pin::pin!(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    });
    let begun = Instant::now();
    println!("Starting the local world:");
    let folder = project::target()?.join("demo/world");
    let mut builder = World::builder().fresh_deployment().reputation().kept_in(folder);
    if options.keep {
        builder = builder.fixed_ports();
    }
    let builder = builder.progress(|line| println!("  {line}"));
    let mut world = tokio::select! {
        world = builder.start() => world?,
        () = &mut stop => return Err(eyre!("stopped before everything was up")),
    };
    let startup = begun.elapsed();
    println!(
        "All is up after {} s; everything is written to {}\n",
        startup.as_secs(),
        world.folder().display()
    );
    let tries = tries::Tries::of(&world)?;
    println!("{}\n", tries.lines.join("\n"));
    if options.keep {
        return keep::run(world, stop, options.duration).await;
    }
    let mut show = Show::new(&world, options.duration, tries)?;
    tokio::select! {
        () = show.run(&world) => {}
        () = &mut stop => {}
    }
    show.screen = None;
    println!("The demo has ended; its folder stays until the next run. Comparing books, rounds and scores ...");
    let ending = show.end(&world, startup).await;
    let mut summary = Summary::of(ending);
    if let Err(error) = world.stop().await {
        summary.problems.push(format!("{error:#}"));
        summary.ok = false;
    }
    let path = summary.write()?;
    println!("{}  figures      {}", summary.text(), path.display());
    if summary.ok {
        Ok(())
    } else {
        Err(eyre!("the demo failed: {}", summary.problems.join("; ")))
    }
}

struct Show {
    begun: Instant,
    duration: Option<Duration>,
    chains: Vec<ChainView>,
    status: Value,
    plot: Plot,
    /// None once the picture is over.
    screen: Option<Screen>,
    tries: tries::Tries,
    traffic: Traffic,
    pool_traffic: PoolTraffic,
    problems: Vec<String>,
    memory: (u64, u64),
}

impl Show {
    fn new(world: &World, duration: Option<Duration>, tries: tries::Tries) -> eyre::Result<Self> {
        Ok(Self {
            begun: Instant::now(),
            duration,
            chains: world.chains.iter().map(|_| ChainView::default()).collect(),
            status: Value::Null,
            plot: Plot::new(duration),
            screen: Some(Screen::new()),
            tries,
            traffic: Traffic::start(world, Duration::from_millis(700))?,
            pool_traffic: PoolTraffic::start(world, Duration::from_millis(700))?,
            problems: Vec::new(),
            memory: (0, 0),
        })
    }

    /// Shows the world until the time is over or something that must run has ended.
    async fn run(&mut self, world: &World) {
        let mut ticks = tokio::time::interval(TICK);
        let mut drawn: Option<Instant> = None;
        loop {
            ticks.tick().await;
            let elapsed = self.begun.elapsed();
            if self.duration.is_some_and(|duration| elapsed >= duration) {
                return;
            }
            let scene = self.plot.advance(elapsed, &world.sources);
            if let Err(problem) = self.look(world).await {
                self.problems.push(format!("{problem:#}"));
                return;
            }
            let Some(screen) = &mut self.screen else { return };
            if drawn.is_none_or(|at| at.elapsed() + TICK / 2 >= Duration::from_secs(screen.pause_s())) {
                drawn = Some(Instant::now());
                let clock = match self.duration {
                    Some(duration) => format!("{} s of {} s", elapsed.as_secs(), duration.as_secs()),
                    None => format!("{} s (Ctrl-C ends the demo)", elapsed.as_secs()),
                };
                let (chains, status) = (&self.chains, &self.status);
                let picture = Picture {
                    world,
                    chains,
                    status,
                    memory: self.memory.0,
                    scene: &scene,
                    clock,
                    tries: &self.tries.lines,
                    try_file: tries::FILE,
                };
                // A reader that went away, as a closed pipe, is no reason to stop what it looked at.
                let _ = screen.draw(&picture);
            }
        }
    }

    async fn look(&mut self, world: &World) -> eyre::Result<()> {
        all_run(world)?;
        for (view, chain) in self.chains.iter_mut().zip(&world.chains) {
            view.refresh(chain).await?;
        }
        self.memory = world.keeper.process().ok().and_then(memory).unwrap_or(self.memory);
        // The keeper may be busy for a moment; the last figures stay on the screen.
        if let Ok(status) = world.keeper.status().await {
            self.status = status;
        }
        Ok(())
    }

    /// Takes the last figures, and compares the keeper's with the chain's.
    async fn end<'a>(&'a mut self, world: &'a World, startup: Duration) -> Ending<'a> {
        let ran = self.begun.elapsed();
        let pool_counts = self.pool_traffic.finish().await;
        let mut differences = Vec::new();
        let mut pool_audits = Vec::new();
        let mut skills = SkillEnding::default();
        if self.problems.is_empty() {
            differences = match self.compare(world).await {
                Ok(differences) => differences,
                Err(error) => vec![format!("the figures could not be compared: {error:#}")],
            };
            skills = SkillEnding::of(world).await;
            for chain in &world.chains {
                match audit(chain).await {
                    Ok(found) => pool_audits.push(found),
                    Err(error) => self
                        .problems
                        .push(format!("{}: no audit of the pools: {error:#}", chain.name)),
                }
            }
        }
        Ending {
            world,
            chains: &self.chains,
            status: self.status.clone(),
            differences,
            problems: std::mem::take(&mut self.problems),
            startup,
            ran,
            memory: self.memory.0,
            memory_peak: self.memory.1,
            scenes_played: self.plot.played,
            traffic: self.traffic.counts(),
            pool_counts,
            pool_audits,
            skills,
        }
    }

    async fn compare(&mut self, world: &World) -> eyre::Result<Vec<String>> {
        let mut differences = Vec::new();
        // The keeper's figures move while they are read: a few looks, of which one must fit.
        for _ in 0..5 {
            self.status = world.keeper.status().await?;
            self.memory = world.keeper.process().ok().and_then(memory).unwrap_or(self.memory);
            differences.clear();
            for (view, chain) in self.chains.iter_mut().zip(&world.chains) {
                differences.extend(view.differences(chain).await?);
                differences.extend(keeper_differences(&self.status, chain.name, view));
            }
            if differences.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        Ok(differences)
    }
}

/// # Errors
/// Names a keeper or signer that has ended, with the end of its log.
fn all_run(world: &World) -> eyre::Result<()> {
    for keeper in std::iter::once(&world.keeper).chain(&world.signers) {
        let process = keeper.process()?;
        let state = process.state();
        if state.ended() {
            return Err(eyre!("{} {state}\n{}", keeper.name(), process.log_tail(30)));
        }
    }
    Ok(())
}

/// Compares the keeper's rounds with the logs up to the block that the keeper has read.
fn keeper_differences(status: &Value, chain: &str, view: &ChainView) -> Vec<String> {
    let of_chain = |entry: &&Value| entry["chain"] == chain;
    let chains = status["chains"].as_array().into_iter().flatten();
    let Some(indexed) = chains
        .filter(|entry| entry["name"] == chain)
        .find_map(|entry| entry["indexed"].as_u64())
    else {
        return vec![format!("the keeper does not say how far it has read {chain}")];
    };
    let mut differences = Vec::new();
    for feed in Feed::ALL {
        let entries = status["feeds"].as_array().into_iter().flatten().filter(of_chain);
        let known = entries
            .filter(|entry| entry["feed"] == feed.id())
            .find_map(|entry| entry["round"].as_u64());
        let on_chain = view.feeds[feed.id()].rounds_until(indexed);
        if known.unwrap_or(0) != on_chain {
            let known = known.map_or_else(|| "none".to_owned(), |round| round.to_string());
            differences.push(format!(
                "{chain} {}: the keeper knows round {known} at block {indexed}, the contract made {on_chain}",
                feed.id()
            ));
        }
    }
    differences
}

/// Resident memory of a process now and at its highest, in bytes, as the kernel counts it.
fn memory(process: &Process) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid())).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<u64>()
            .ok()
            .map(|kib| kib * 1024)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_keeper_that_counts_otherwise_is_noticed() {
        let mut view = ChainView::default();
        for feed in Feed::ALL {
            view.feeds.entry(feed.id()).or_default().blocks = vec![3, 5, 8];
        }
        let feeds = |round: u64| {
            let entry = |feed: Feed| json!({"chain": "local-a", "feed": feed.id(), "round": round});
            Feed::ALL.map(entry).to_vec()
        };
        let status = |round| json!({"chains": [{"name": "local-a", "indexed": 5}], "feeds": feeds(round)});
        assert_eq!(keeper_differences(&status(2), "local-a", &view), Vec::<String>::new());
        assert_eq!(keeper_differences(&status(3), "local-a", &view).len(), 4);
        assert_eq!(keeper_differences(&json!({}), "local-a", &view).len(), 1);
    }

    #[tokio::test]
    async fn memory_is_the_kernels_figure() {
        let folder = tempfile::tempdir().unwrap();
        let process = crate::process::Command::new("sleep", "/bin/sleep", folder.path())
            .args(["30"])
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(5);
        // A process that has just begun has touched next to nothing.
        while memory(&process).is_none_or(|(now, peak)| now < 100_000 || peak < now) {
            assert!(Instant::now() < end, "{:?}", memory(&process));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        process.kill();
        assert_eq!(memory(&process), None, "a process that ended has none");
    }
}
