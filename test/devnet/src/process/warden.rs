//! A shell that kills the registered groups when this process is gone.
//!
//! It reads `+ <group>` and `- <group>` lines from a pipe whose only writer is this process. When the pipe closes,
//! however this process ended, every group still on the list is killed. It leads a group of its own, so Ctrl-C does not
//! reach it.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{ChildStdin, Command, Stdio},
    sync::Mutex,
};

use nix::unistd::Pid;

const SCRIPT: &str = r#"
trap '' INT TERM HUP
groups=' '
while read -r verb id; do
  case $verb in
    +) groups="$groups$id " ;;
    -) groups="${groups%% $id *} ${groups#* $id }" ;;
  esac
done
for id in $groups; do kill -s KILL -- "-$id" 2>/dev/null; done
"#;

static PIPE: Mutex<Option<ChildStdin>> = Mutex::new(None);

/// Starts the warden unless it runs.
pub(super) fn ready() -> io::Result<()> {
    let mut pipe = PIPE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if pipe.is_none() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "fluxion-devnet-warden"]).process_group(0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        *pipe = command.spawn()?.stdin;
    }
    Ok(())
}

/// Adds a group.
pub(super) fn watch(group: Pid) {
    tell('+', group);
}

/// Removes a group that was reaped.
pub(super) fn forget(group: Pid) {
    tell('-', group);
}

fn tell(verb: char, group: Pid) {
    let mut pipe = PIPE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(pipe) = pipe.as_mut() {
        // A warden that is gone leaves the parent-death signal, which covers the children themselves.
        let _ = writeln!(pipe, "{verb} {group}");
    }
}
