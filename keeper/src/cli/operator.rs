//! `pause`, `resume`, `db backup`

use std::path::Path;

use serde_json::json;

use super::txs::{beside, print_json};
use super::{Exit, Failure, SubjectArgs};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::jobs;
use crate::model::Diagnostic;
use crate::store::{OperatorStore as _, Pause, PauseSubject};

pub(super) async fn pause(config: &Config, args: &SubjectArgs, as_json: bool) -> Result<(), Failure> {
    let subject = subject(config, &args.subject)?;
    let pause = Pause {
        subject,
        who: args.who.clone(),
        why: args.why.clone(),
        at: SystemClock.now_s(),
    };
    beside(config).await?.pause(&pause).await?;
    if as_json {
        return print_json(&pause);
    }
    println!("{} is paused", pause.subject.0);
    Ok(())
}

pub(super) async fn resume(config: &Config, args: &SubjectArgs, as_json: bool) -> Result<(), Failure> {
    let subject = subject(config, &args.subject)?;
    let store = beside(config).await?;
    let now = SystemClock.now_s();
    let paused = store.resume(&subject, &args.who, &args.why, now).await?;
    let chain = subject.0.strip_prefix("chain:").and_then(|name| config.chain(name));
    let halted = match chain {
        Some(chain) => store.clear_halt(chain.chain_id(), &args.who, &args.why, now).await?,
        None => false,
    };
    if !paused && !halted {
        return Err(Failure::message(
            Exit::NotFound,
            format!("{} is neither paused nor halted", subject.0),
        ));
    }
    if as_json {
        return print_json(&json!({"subject": subject, "paused": paused, "halted": halted}));
    }
    println!("{} goes on", subject.0);
    Ok(())
}

pub(super) async fn backup(config: &Config, path: &Path, as_json: bool) -> Result<(), Failure> {
    beside(config).await?.backup(path).await?;
    if as_json {
        return print_json(&json!({"path": path}));
    }
    println!("{}", path.display());
    Ok(())
}

/// Only what exists can be paused: a typo must not look like a pause.
fn subject(config: &Config, text: &str) -> Result<PauseSubject, Failure> {
    let jobs = jobs::ALL.iter().filter(|kind| kind.is_configured(config));
    let mut known: Vec<String> = jobs.map(|kind| format!("job:{}", kind.name())).collect();
    known.extend(config.chain.iter().map(|chain| format!("chain:{}", chain.name)));
    known.extend(config.lane.iter().map(|lane| format!("signer:{}", lane.name)));
    if known.iter().any(|subject| subject == text) {
        return Ok(PauseSubject(text.to_owned()));
    }
    Err(Failure::from(Diagnostic::config(
        "subject",
        format!("there is no `{text}`"),
        format!("use one of: {}", known.join(", ")),
    )))
}
