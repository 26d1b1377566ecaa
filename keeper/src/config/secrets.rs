//! Keystore files and connection strings. A secret is read from its environment variable, used once, and never logged.

use std::path::Path;
use std::str::FromStr as _;

use alloy::signers::local::{LocalSigner, LocalSignerError, PrivateKeySigner};

use sqlx::postgres::PgConnectOptions;

use crate::model::Diagnostic;

/// Decrypts a keystore file with the passphrase in the environment variable `variable`. `key` is the key of the
/// configuration that names the file.
///
/// # Errors
/// A [`Diagnostic`] that names the file and the variable, never the passphrase.
pub fn open_keystore(key: &str, file: &Path, variable: &str) -> Result<PrivateKeySigner, Diagnostic> {
    let place = format!("{key}: {}", file.display());
    let text = std::fs::read(file).map_err(|error| {
        Diagnostic::config(
            &place,
            format!("the keystore cannot be read ({error})"),
            "put the encrypted keystore there or correct the path",
        )
    })?;
    let is_keystore = serde_json::from_slice::<serde_json::Value>(&text)
        .is_ok_and(|json| json.get("crypto").or_else(|| json.get("Crypto")).is_some());
    if !is_keystore {
        return Err(Diagnostic::config(
            &place,
            "the file is not an encrypted keystore (Web3 secret storage, JSON)",
            "make one with `cast wallet import` or your node's account tool",
        ));
    }
    if variable.is_empty() {
        return Err(Diagnostic::config(
            &place,
            "no passphrase_env is set for it",
            "name the environment variable that holds the passphrase, e.g. passphrase_env = \"FLUXION_PASSPHRASE\"",
        ));
    }
    let Some(passphrase) = std::env::var_os(variable) else {
        return Err(Diagnostic::config(
            &place,
            format!("the environment variable {variable} with its passphrase is not set"),
            format!("set {variable} for this process"),
        ));
    };
    LocalSigner::decrypt_keystore(file, passphrase.to_string_lossy().as_bytes()).map_err(|error| match error {
        LocalSignerError::EthKeystoreError(error) if error.to_string().to_lowercase().contains("mac") => {
            Diagnostic::config(
                &place,
                format!("the passphrase in {variable} does not open it"),
                format!("set {variable} to the passphrase of this keystore"),
            )
        }
        error => Diagnostic::config(
            &place,
            format!("the keystore does not decrypt ({error})"),
            "restore it from its backup",
        ),
    })
}

/// The PostgreSQL connection string in the environment variable `variable`, which the configuration names under `key`.
///
/// # Errors
/// A [`Diagnostic`] that names the variable, never what is in it.
pub(super) fn connection_string(key: &str, variable: &str) -> Result<String, Diagnostic> {
    let Ok(url) = std::env::var(variable) else {
        return Err(Diagnostic::config(
            key,
            format!("the environment variable {variable} with the connection string is not set"),
            format!("set {variable} to postgres://USER:PASSWORD@HOST/DATABASE for this process"),
        ));
    };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") || PgConnectOptions::from_str(&url).is_err()
    {
        return Err(Diagnostic::config(
            key,
            format!("what is in {variable} is not a PostgreSQL connection string"),
            "write postgres://USER:PASSWORD@HOST/DATABASE",
        ));
    }
    Ok(url)
}
