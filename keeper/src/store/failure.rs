//! What a failed store means to whoever gave the command.

use super::StoreError;
use crate::model::{Exit, Failure};

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Held { .. } | StoreError::SchemaNewer { .. } | StoreError::LeaseLost { .. } => Exit::Held,
            StoreError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        let message = match (&error, exit) {
            (StoreError::File { path, .. }, Exit::NotFound) => {
                format!("{path}: there is no database yet; it is made by the first `run`")
            }
            _ => error.to_string(),
        };
        Self::message(exit, message)
    }
}
