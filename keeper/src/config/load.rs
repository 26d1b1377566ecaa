//! Reads the file and the environment, and turns what the parser says into a complaint with a mend.

use std::path::Path;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format as _, Toml};

use super::{Config, Section, validate};
use crate::model::Diagnostic;

/// Environment overrides start with this; sections are split by two underscores: `FLUXION__API__LISTEN`.
const PREFIX: &str = "FLUXION__";

/// Reads and validates a configuration, with the sections of these jobs.
///
/// # Errors
/// Every problem found; each names the file (or the environment variable), the key, the value and the mend.
pub fn load(file: &Path, sections: &[&dyn Section]) -> Result<Config, Vec<Diagnostic>> {
    if let Err(error) = std::fs::File::open(file) {
        return Err(vec![Diagnostic::config(
            file.display().to_string(),
            format!("the configuration cannot be read ({error})"),
            "name the file with --config",
        )]);
    }
    let figment = Figment::new()
        .merge(Toml::file_exact(file))
        .merge(Env::prefixed(PREFIX).split("__"));
    let mut config: Config = figment
        .extract()
        .map_err(|errors| errors.into_iter().map(|error| explain(file, error)).collect::<Vec<_>>())?;
    config.file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let missing = from_environment(&mut config);
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut problems = unknown_sections(file, &config, sections);
    for section in sections {
        if let Err(errors) = section.parses(&figment) {
            problems.extend(errors.into_iter().map(|mut error| {
                if error.path.first().is_none_or(|part| part != "job") {
                    let inner = std::mem::take(&mut error.path);
                    error.path = [vec!["job".into(), section.name().into()], inner].concat();
                }
                explain(file, error)
            }));
        }
    }
    if problems.is_empty() {
        problems = validate::problems(&config, sections);
    }
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// Puts what is in the environment in the place of URLs that read `env:NAME`.
fn from_environment(config: &mut Config) -> Vec<Diagnostic> {
    let file = config.file.display().to_string();
    let chains = config.chain.iter_mut().enumerate();
    let endpoints = chains.flat_map(|(i, chain)| {
        let key = format!("chain[{i}].endpoints");
        chain.endpoints.iter_mut().map(move |url| (key.clone(), url))
    });
    let peers = config.attestation.peers.iter_mut().enumerate();
    let peers = peers.map(|(i, url)| (format!("attestation.peers[{i}]"), url));
    let feeds = config.feed.iter_mut().enumerate();
    let sources = feeds.flat_map(|(i, feed)| {
        let sources = feed.source.iter_mut().enumerate();
        sources.map(move |(j, source)| (format!("feed[{i}].source[{j}].url"), &mut source.url))
    });
    let mut missing = Vec::new();
    for (key, url) in endpoints.chain(peers).chain(sources) {
        let Some(variable) = url.strip_prefix("env:").map(str::to_owned) else {
            continue;
        };
        match std::env::var(&variable) {
            Ok(value) => *url = value,
            Err(_) => missing.push(Diagnostic::config(
                format!("{file}: {key}"),
                format!("the environment variable {variable} with its URL is not set"),
                format!("set {variable} for this process"),
            )),
        }
    }
    missing
}

/// Sections of jobs that do not exist.
fn unknown_sections(file: &Path, config: &Config, sections: &[&dyn Section]) -> Vec<Diagnostic> {
    let known: Vec<&'static str> = sections.iter().map(|section| section.name()).collect();
    let unknown = config.job.names().filter(|name| !known.contains(name));
    let listed = known.join(", ");
    let diagnostic = |name: &str| {
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`? (known here: {listed})"),
            None => format!("remove it; known here: {listed}"),
        };
        let place = format!("{}: job.{name}", file.display());
        Diagnostic::config(place, format!("unknown key `{name}`"), help)
    };
    unknown.map(diagnostic).collect()
}

/// `chain.0.fees` as a reader of the file would say it: `chain[0].fees`.
fn key(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            text.push_str(&format!("[{part}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(part);
        }
    }
    text
}

fn explain(file: &Path, error: figment::Error) -> Diagnostic {
    let from_env = error
        .metadata
        .as_ref()
        .is_some_and(|metadata| metadata.name.contains("environment"));
    let mut path = key(&error.path);
    let field = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    let (at, fact, mend) = match &error.kind {
        Kind::UnknownField(name, expected) => {
            // The parser names the unknown key as the last part of the path already.
            let at = if error.path.last().is_some_and(|last| last == name) {
                path.clone()
            } else {
                field(name)
            };
            let mend = match nearest(name, expected) {
                Some(near) => format!("did you mean `{near}`? (known here: {})", expected.join(", ")),
                None => format!("remove it; known here: {}", expected.join(", ")),
            };
            (at, format!("unknown key `{name}`"), mend)
        }
        Kind::MissingField(name) => (
            field(name),
            format!("`{name}` is missing"),
            format!("add `{name} = ..`"),
        ),
        Kind::UnknownVariant(value, expected) => {
            let known = expected.join(", ");
            let near = nearest(value, expected)
                .map(|near| format!("did you mean `{near}`? "))
                .unwrap_or_default();
            (
                path.clone(),
                format!("`{value}` is not one of: {known}"),
                format!("{near}use one of: {known}"),
            )
        }
        Kind::InvalidType(found, expected) => (path.clone(), format!("found {found}"), format!("write {expected}")),
        Kind::InvalidValue(found, expected) => (path.clone(), format!("found {found}"), format!("write {expected}")),
        Kind::InvalidLength(found, expected) => (
            path.clone(),
            format!("found {found} entries"),
            format!("write {expected}"),
        ),
        other => {
            let text = other.to_string();
            let fact = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
            (path.clone(), fact, "correct the file there".to_owned())
        }
    };
    path = at;
    let place = if from_env {
        format!(
            "environment variable {PREFIX}{}",
            path.to_uppercase().replace('.', "__")
        )
    } else if path.is_empty() {
        file.display().to_string()
    } else {
        format!("{}: {path}", file.display())
    };
    Diagnostic::config(place, fact, mend)
}

/// The known name within two edits, or a third of its length, of what was written.
fn nearest<'a>(word: &str, known: &'a [&'static str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (distance(word, name), *name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(2))
        .min()
        .map(|(_, name)| name)
}

/// Edit distance (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for (above, to) in row.iter().skip(1).zip(&b) {
            let cost = usize::from(from != *to);
            left = diagonal
                .saturating_add(cost)
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
