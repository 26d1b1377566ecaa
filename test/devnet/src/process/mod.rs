//! Child processes that cannot outlive this one.
//!
//! Every child leads its own process group, so that what it starts in turn belongs to it. The group is killed and
//! reaped when its [`Process`] is dropped (also while a panic unwinds). When this process is killed without a chance to
//! clean up, two things remain that do it: the kernel's parent-death signal, which ends the child itself, and the
//! [`warden`], a shell outside every group that reads this process's end of a pipe and kills what is registered when
//! the pipe closes. The parent-death signal alone would miss grandchildren, since it is not inherited.

mod spawner;
mod warden;

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use eyre::{WrapErr, bail, eyre};
use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
    },
    unistd::Pid,
};

/// How often a waiting call looks again. Short against everything that is waited for here.
const POLL: Duration = Duration::from_millis(5);

/// What to run. Standard output and error go to `<folder>/<name>.log`, which is appended to on a restart.
#[derive(Debug, Clone)]
pub struct Command {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    log: PathBuf,
}

impl Command {
    /// A command whose output lands in `<logs>/<name>.log`.
    pub fn new(name: &str, program: impl Into<PathBuf>, logs: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            log: logs.join(format!("{name}.log")),
        }
    }

    /// Appends arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable on top of the inherited ones.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the working directory.
    pub fn dir(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the log cannot be opened or the program cannot be started.
    pub fn spawn(&self) -> eyre::Result<Process> {
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.wrap_err_with(|| format!("cannot open {}", self.log.display()))?;
        let offset = log.metadata()?.len();
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(k, v)| (k, v)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let pid = spawner::spawn(command).wrap_err_with(|| format!("cannot start {}", self.program.display()))?;
        Ok(Process {
            name: self.name.clone(),
            pid,
            log: self.log.clone(),
            offset,
        })
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started, takes longer than `limit`, or does not exit with 0; the end of its output is in the
    /// error.
    pub async fn run(&self, limit: Duration) -> eyre::Result<()> {
        let process = self.spawn()?;
        match process.wait_end(limit).await? {
            State::Exited(0) => Ok(()),
            end => Err(eyre!("{} {end}\n{}", self.name, process.log_tail(40))),
        }
    }
}

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// A signal stopped it; it goes on with SIGCONT.
    Stopped,
    /// It ended by itself with this code.
    Exited(i32),
    /// This signal ended it.
    Killed(Signal),
}

impl State {
    /// True when the process is gone.
    pub fn ended(self) -> bool {
        matches!(self, Self::Exited(_) | Self::Killed(_))
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Running => write!(f, "is running"),
            Self::Stopped => write!(f, "is stopped"),
            Self::Exited(code) => write!(f, "ended with exit code {code}"),
            Self::Killed(signal) => write!(f, "was ended by {signal}"),
        }
    }
}

/// A running child; its whole group is killed and reaped on drop.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    log: PathBuf,
    offset: u64,
}

impl Process {
    /// Name given to it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id, which is also the id of its group.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// File with its standard output and error.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What this run of the process wrote so far.
    pub fn output(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = fs::File::open(&self.log) {
            let _ = file
                .seek(SeekFrom::Start(self.offset))
                .and_then(|_| file.read_to_end(&mut text));
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The last `lines` lines of what this run wrote, under a heading that names the file.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = self.output();
        let all: Vec<&str> = text.lines().collect();
        let tail = all[all.len().saturating_sub(lines)..].join("\n");
        format!("--- last lines of {} ---\n{tail}", self.log.display())
    }

    /// Looks at the process now, without waiting. Sees a stop by SIGSTOP too.
    pub fn state(&self) -> State {
        // The status is only looked at: until the drop reaps the process, its id cannot belong to anybody else.
        let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT;
        loop {
            return match waitid(Id::Pid(self.pid), flags) {
                Ok(WaitStatus::Exited(_, code)) => State::Exited(code),
                Ok(WaitStatus::Signaled(_, signal, _)) => State::Killed(signal),
                Ok(WaitStatus::Stopped(_, _)) => State::Stopped,
                Err(Errno::EINTR) => continue,
                Ok(_) | Err(_) => State::Running,
            };
        }
    }

    /// Sends a signal to the whole group. A group that is gone already is no error.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn signal(&self, signal: Signal) -> eyre::Result<()> {
        match killpg(self.pid, signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(eyre!("cannot send {signal} to {}: {error}", self.name)),
        }
    }

    /// Waits until the process ended.
    ///
    /// # Errors
    /// When it still lives after `limit`.
    pub async fn wait_end(&self, limit: Duration) -> eyre::Result<State> {
        self.wait(limit, "to end", State::ended).await
    }

    /// Waits until the process stopped itself (or ended, which is an error).
    ///
    /// # Errors
    /// When it ended, or did not stop within `limit`.
    pub async fn wait_stop(&self, limit: Duration) -> eyre::Result<()> {
        match self.wait(limit, "to stop", |s| s != State::Running).await? {
            State::Stopped => Ok(()),
            end => Err(eyre!("{} {end} instead of stopping\n{}", self.name, self.log_tail(20))),
        }
    }

    async fn wait(&self, limit: Duration, what: &str, done: impl Fn(State) -> bool) -> eyre::Result<State> {
        let end = Instant::now() + limit;
        loop {
            let state = self.state();
            if done(state) {
                return Ok(state);
            }
            if Instant::now() >= end {
                bail!(
                    "waited {limit:?} for {} {what}; it {state}\n{}",
                    self.name,
                    self.log_tail(20)
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Asks it to end by SIGTERM and waits; after `grace` it is killed.
    ///
    /// # Errors
    /// When it cannot be signalled, or had to be killed.
    pub async fn terminate(&self, grace: Duration) -> eyre::Result<State> {
        self.signal(Signal::SIGTERM)?;
        let end = self.wait_end(grace).await;
        if end.is_err() {
            self.kill();
        }
        end
    }

    /// Kills the whole group by SIGKILL and waits for the end of its leader.
    pub fn kill(&self) {
        let _ = self.signal(Signal::SIGKILL);
        let end = Instant::now() + Duration::from_secs(5);
        while !self.state().ended() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        warden::forget(self.pid);
        let _ = waitpid(self.pid, Some(WaitPidFlag::WNOHANG));
    }
}

#[cfg(test)]
mod tests;
