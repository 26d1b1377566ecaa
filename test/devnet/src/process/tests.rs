use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use nix::sys::signal::kill;

use super::*;

fn shell(folder: &Path, script: &str) -> Process {
    Command::new("shell", "/bin/sh", folder)
        .args(["-c", script])
        .spawn()
        .unwrap()
}

fn alive(pid: i32) -> bool {
    // A zombie whose parent is init counts as gone.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn wait_gone(pid: i32) {
    let end = Instant::now() + Duration::from_secs(5);
    while alive(pid) {
        assert!(Instant::now() < end, "process {pid} outlived its guard");
        std::thread::sleep(Duration::from_millis(10));
    }
}

async fn pid_in_output(process: &Process) -> i32 {
    for _ in 0..400 {
        if let Some(line) = process.output().lines().next() {
            return line.trim().parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no output");
}

#[tokio::test]
async fn drop_kills_the_group_with_its_grandchildren() {
    let folder = tempfile::tempdir().unwrap();
    let process = shell(folder.path(), "sleep 300 & echo $!; wait");
    let grandchild = pid_in_output(&process).await;
    let child = process.pid().as_raw();
    assert!(alive(child) && alive(grandchild));
    drop(process);
    wait_gone(child);
    wait_gone(grandchild);
}

#[tokio::test]
async fn drop_kills_a_grandchild_whose_parent_ended() {
    let folder = tempfile::tempdir().unwrap();
    let process = shell(folder.path(), "sleep 300 & echo $!");
    let grandchild = pid_in_output(&process).await;
    assert_eq!(
        process.wait_end(Duration::from_secs(5)).await.unwrap(),
        State::Exited(0)
    );
    assert!(alive(grandchild));
    drop(process);
    wait_gone(grandchild);
}

#[tokio::test]
async fn a_stop_an_exit_code_and_a_signal_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let process = shell(folder.path(), "kill -STOP $$; exit 7");
    process.wait_stop(Duration::from_secs(5)).await.unwrap();
    process.signal(Signal::SIGCONT).unwrap();
    assert_eq!(
        process.wait_end(Duration::from_secs(5)).await.unwrap(),
        State::Exited(7)
    );
    let process = shell(folder.path(), "exec sleep 300");
    assert!(
        process.wait_end(Duration::from_millis(20)).await.is_err(),
        "a running process is not an ended one"
    );
    assert_eq!(
        process.terminate(Duration::from_secs(5)).await.unwrap(),
        State::Killed(Signal::SIGTERM)
    );
}

#[tokio::test]
async fn a_failed_run_shows_the_end_of_its_output() {
    let folder = tempfile::tempdir().unwrap();
    let command = Command::new("shell", "/bin/sh", folder.path()).args(["-c", "echo the reason >&2; exit 3"]);
    let error = command.run(Duration::from_secs(5)).await.unwrap_err().to_string();
    assert!(error.contains("exit code 3") && error.contains("the reason"), "{error}");
}

#[test]
fn children_outlive_the_thread_that_asked_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let process = std::thread::spawn(move || shell(&path, "exec sleep 300"))
        .join()
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(process.state(), State::Running);
}

/// Not a test by itself: the body of the process that the next test kills.
#[test]
fn victim() {
    if std::env::var_os("FLUXION_DEVNET_VICTIM").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let process = shell(folder.path(), "sleep 300 & echo $!; wait");
    loop {
        if let Some(line) = process.output().lines().next() {
            println!("victim {} {line}", process.pid());
            std::thread::sleep(Duration::from_secs(300));
        }
    }
}

#[test]
fn a_sigkill_of_this_process_leaves_neither_children_nor_grandchildren() {
    let mut parent = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::tests::victim", "--nocapture"])
        .env("FLUXION_DEVNET_VICTIM", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let line = lines
        .map_while(Result::ok)
        .find(|line| line.contains("victim "))
        .unwrap();
    let pids: Vec<i32> = line
        .split_whitespace()
        .rev()
        .take(2)
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert!(pids.iter().all(|pid| alive(*pid)));
    kill(Pid::from_raw(parent.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
    parent.wait().unwrap();
    pids.into_iter().for_each(wait_gone);
}
