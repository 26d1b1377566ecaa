//! The one thread that starts children.
//!
//! The kernel sends the parent-death signal when the *thread* that forked ends, not the process. A runtime's worker may
//! end at any time, so all children are started by a thread that lives as long as the process.

use std::{
    io,
    os::unix::process::CommandExt,
    process::Command,
    sync::{OnceLock, mpsc},
    thread,
};

use nix::{
    sys::{prctl, signal::Signal},
    unistd::{Pid, getpid, getppid},
};

use super::warden;

type Order = (Command, mpsc::Sender<io::Result<Pid>>);

/// Starts `command` as the leader of a new group that dies with this process.
pub(super) fn spawn(command: Command) -> io::Result<Pid> {
    static ORDERS: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let orders = ORDERS.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (command, answer) in receiver {
                let _ = answer.send(start(command));
            }
        });
        sender
    });
    let (answer, result) = mpsc::channel();
    orders.send((command, answer)).map_err(io::Error::other)?;
    result.recv().map_err(io::Error::other)?
}

fn start(mut command: Command) -> io::Result<Pid> {
    warden::ready()?;
    let parent = getpid();
    command.process_group(0);
    // SAFETY: between fork and exec only prctl and getppid are called, both of which are async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            // The parent may have died before the request was made; then nobody would ever be told.
            if getppid() == parent {
                Ok(())
            } else {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        });
    }
    let child = command.spawn()?;
    let pid = Pid::from_raw(child.id().try_into().map_err(io::Error::other)?);
    warden::watch(pid);
    Ok(pid)
}
