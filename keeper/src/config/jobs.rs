//! `[job.*]`: every job brings its own section.

use std::collections::BTreeMap;

use figment::Figment;
use figment::value::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Config, Found};

/// A job's section of the configuration, with its checks.
pub trait Section: Sync {
    /// The section is `[job.NAME]`.
    fn name(&self) -> &'static str;

    /// Whether it reads as what it should be, so that a mistake is named with its key.
    ///
    /// # Errors
    /// What the parser says.
    fn parses(&self, file: &Figment) -> Result<(), Box<figment::Error>>;

    /// What types cannot say about it.
    fn check(&self, config: &Config, found: &mut Found);
}

/// Whether a section reads as a `T`, if it is there.
///
/// # Errors
/// What the parser says.
pub fn parses<T: DeserializeOwned>(file: &Figment, name: &str) -> Result<(), Box<figment::Error>> {
    let key = format!("job.{name}");
    match file.find_value(&key) {
        Ok(_) => file.extract_inner::<T>(&key).map(drop).map_err(Box::new),
        Err(_) => Ok(()),
    }
}

/// `[job]`: the sections as they stand in the file. A job reads its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct JobsConfig(BTreeMap<String, Value>);

impl JobsConfig {
    /// A job's section; `None` where it is absent. What does not read was refused when the file was loaded.
    #[must_use]
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.0.get(name)?.deserialize().ok()
    }

    /// The sections that are there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
