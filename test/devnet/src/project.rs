//! Where things lie in a checkout and in the build's output.

use std::path::{Path, PathBuf};

use eyre::{WrapErr, bail};

/// The checkout that this crate was built from.
///
/// # Errors
/// When the folder is gone.
pub fn root() -> eyre::Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    path.canonicalize()
        .wrap_err_with(|| format!("the checkout at {} is gone", path.display()))
}

/// The folder that cargo builds into, taken from where this program runs.
///
/// # Errors
/// When this program's own path cannot be found.
pub fn target() -> eyre::Result<PathBuf> {
    let profile = profile()?;
    Ok(profile.parent().map(Path::to_owned).unwrap_or(profile))
}

/// A binary of this workspace, from the same build as this program.
///
/// # Errors
/// When it was not built.
pub fn binary(name: &str) -> eyre::Result<PathBuf> {
    let path = profile()?.join(name);
    if !path.is_file() {
        bail!(
            "{} is missing: run `cargo build --workspace --bins` (or `make build`)",
            path.display()
        );
    }
    Ok(path)
}

/// `target/debug` or its like: tests run one folder deeper than binaries.
fn profile() -> eyre::Result<PathBuf> {
    let program = std::env::current_exe().wrap_err("cannot find the path of this program")?;
    let mut folder = program.parent().map(Path::to_owned).unwrap_or_default();
    if folder.ends_with("deps") {
        folder.pop();
    }
    Ok(folder)
}
