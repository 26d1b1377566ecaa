//! Where a world writes.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use eyre::{WrapErr, bail};

/// A folder that vanishes with the world, or one that stays until the next world takes it.
pub(super) enum Folder {
    /// Removed on drop.
    Temporary(tempfile::TempDir),
    /// Stays. The lock says that a world uses it.
    Kept { path: PathBuf, _lock: File },
}

impl Folder {
    /// A temporary folder, or `kept` without what an earlier world left in it.
    ///
    /// # Errors
    /// When another world uses the folder, or it cannot be made.
    pub(super) fn new(kept: Option<PathBuf>) -> eyre::Result<Self> {
        let Some(path) = kept else {
            let folder = tempfile::Builder::new().prefix("fluxion-devnet-").tempdir()?;
            return Ok(Self::Temporary(folder));
        };
        let failed = || format!("cannot use the folder {}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(&path)).wrap_err_with(failed)?;
        // Beside the folder: its content is removed.
        let lock = File::create(path.with_extension("lock")).wrap_err_with(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another local world uses {}; end it first", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).wrap_err_with(failed),
        }
        if path.exists() {
            fs::remove_dir_all(&path).wrap_err_with(failed)?;
        }
        fs::create_dir_all(&path).wrap_err_with(failed)?;
        Ok(Self::Kept { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept { path, .. } => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_folder_stays_until_the_next_world_and_has_one_user() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("demo/world");
        let first = Folder::new(Some(path.clone())).unwrap();
        fs::write(first.path().join("log"), "kept").unwrap();
        let refused = Folder::new(Some(path.clone())).err().unwrap();
        assert!(refused.to_string().contains("another local world uses"), "{refused}");
        assert!(path.join("log").exists(), "the one that was refused removed nothing");
        drop(first);
        assert!(path.join("log").exists(), "it stays after the world");
        let second = Folder::new(Some(path.clone())).unwrap();
        assert!(
            !second.path().join("log").exists(),
            "the next world begins with an empty folder"
        );
    }

    #[test]
    fn a_temporary_folder_vanishes() {
        let folder = Folder::new(None).unwrap();
        let path = folder.path().to_owned();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
