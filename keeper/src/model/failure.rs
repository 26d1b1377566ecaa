//! How a command ended, for people, programs and the shell.

use std::process::ExitCode;

use serde_json::json;

use super::{Diagnostic, DiagnosticKind};

/// Exit codes other than success; see `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    /// Failed for a reason that the message names.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Config = 2,
    /// The check failed.
    Check = 3,
    /// The database is held by another process, or newer.
    Held = 4,
    /// Something outside did not answer.
    Unavailable = 5,
    /// There is no such thing.
    NotFound = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// What is wrong, one complaint each.
    pub problems: Vec<Diagnostic>,
    /// In words, where no place can be named.
    pub message: String,
}

impl Failure {
    /// A failure in words.
    pub fn message(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            problems: Vec::new(),
            message: message.into(),
        }
    }

    /// A failure with its complaints; the gravest decides the exit code.
    #[must_use]
    pub fn problems(problems: Vec<Diagnostic>) -> Self {
        let any = |kind: &dyn Fn(DiagnosticKind) -> bool| problems.iter().any(|problem| kind(problem.kind));
        let exit = if any(&|kind| kind == DiagnosticKind::Config) {
            Exit::Config
        } else if any(&|kind| kind != DiagnosticKind::Unavailable) {
            Exit::Check
        } else {
            Exit::Unavailable
        };
        Self {
            exit,
            problems,
            message: String::new(),
        }
    }

    /// With another exit code.
    #[must_use]
    pub const fn with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Writes it: words to the standard error, JSON to the standard output.
    pub fn print(&self, as_json: bool) {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        let message = if self.message.is_empty() {
            lines.join("\n")
        } else {
            self.message.clone()
        };
        if as_json {
            let code: &'static str = self.exit.into();
            let error = json!({"code": code, "message": message, "details": self.problems});
            println!("{}", json!({"error": error}));
        } else {
            for line in message.lines() {
                eprintln!("error: {line}");
            }
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Self::problems(vec![problem])
    }
}
