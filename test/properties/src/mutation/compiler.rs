//! test/properties/compile.mjs as a process that is asked line by line.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use alloy_primitives::{Bytes, hex};
use eyre::{Context, OptionExt, bail};
use serde::Deserialize;

use super::Mutant;
use crate::world::repository;

/// The compiler, loaded once. Ends with the value.
#[derive(Debug)]
pub struct Compiler {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Creation code by contract name, or why there is none.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// It compiles.
    Code(BTreeMap<String, Bytes>),
    /// It does not.
    Refused(String),
}

#[derive(Debug, Deserialize)]
struct Answer {
    code: Option<BTreeMap<String, String>>,
    error: Option<String>,
}

impl Compiler {
    /// Starts it.
    ///
    /// # Errors
    /// When Node is not there.
    pub fn start() -> eyre::Result<Self> {
        let mut child = Command::new("node")
            .arg("test/properties/compile.mjs")
            .current_dir(repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node cannot be started")?;
        let requests = child.stdin.take().ok_or_eyre("no pipe")?;
        let answers = BufReader::new(child.stdout.take().ok_or_eyre("no pipe")?);
        Ok(Self {
            child,
            requests,
            answers,
        })
    }

    /// Compiles contracts, `FILE:CONTRACT`, with a mutant in the place of its file, or as they are.
    ///
    /// # Errors
    /// When the process ended.
    pub fn compile(&mut self, contracts: &[&str], mutant: Option<&Mutant>) -> eyre::Result<Compiled> {
        let replace: BTreeMap<&str, &str> = mutant
            .iter()
            .map(|mutant| (mutant.file.as_str(), mutant.source.as_str()))
            .collect();
        let request = serde_json::json!({ "id": 0, "replace": replace, "contracts": contracts });
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the compiler ended");
        }
        let answer: Answer = serde_json::from_str(&line)?;
        match (answer.code, answer.error) {
            (Some(code), _) => {
                let decoded = code
                    .into_iter()
                    .map(|(name, code)| Ok((name, hex::decode(code)?.into())));
                Ok(Compiled::Code(decoded.collect::<eyre::Result<_>>()?))
            }
            (None, error) => Ok(Compiled::Refused(error.unwrap_or_default())),
        }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
