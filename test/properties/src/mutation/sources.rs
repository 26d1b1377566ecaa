//! The contracts' source files, and mutants as replacements in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use eyre::{Context, ensure};

use crate::world::repository;

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What it is called in reports: file, line without numbers, change.
    pub name: String,
    /// The file, from the root of the repository.
    pub file: String,
    /// Line, from 1, in the file as it is.
    pub line: usize,
    /// The file's whole text with the change.
    pub source: String,
}

/// All Solidity files of some folders.
#[derive(Clone, Debug)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Reads the files of these folders and their subfolders.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn read(folders: &[&str]) -> eyre::Result<Self> {
        let root = repository();
        let mut files = BTreeMap::new();
        let mut open: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(root.join(&folder)).context(folder.clone())? {
                let entry = entry?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.file_type()?.is_dir() {
                    open.push(path);
                } else if path.ends_with(".sol") {
                    files.insert(path, fs::read_to_string(entry.path())?);
                }
            }
        }
        Ok(Self(files))
    }

    /// Files with code of their own, by name: no interfaces.
    pub fn implementations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(file, _)| {
                let name: Vec<char> = Path::new(file)
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .chars()
                    .collect();
                !(name.first() == Some(&'I') && name.get(1).is_some_and(char::is_ascii_uppercase))
            })
            .map(|(file, text)| (file.as_str(), text.as_str()))
    }

    /// The mutant that puts `to` in the place of `from`, which occurs once.
    ///
    /// # Errors
    /// When `from` occurs never or more than once: the contracts changed, and the mutant has to follow.
    pub fn replacement(&self, name: &str, file: &str, from: &str, to: &str) -> eyre::Result<Mutant> {
        let text = self.0.get(file).map(String::as_str).unwrap_or_default();
        let places: Vec<usize> = text.match_indices(from).map(|(place, _)| place).collect();
        ensure!(
            places.len() == 1,
            "{name}: {} places in {file} read `{from}`; there should be one",
            places.len()
        );
        let line = text[..places[0]].matches('\n').count() + 1;
        Ok(Mutant {
            name: name.to_owned(),
            file: file.to_owned(),
            line,
            source: text.replacen(from, to, 1),
        })
    }

    /// Those of the contracts, `FILE:NAME`, that `file` is part of.
    pub fn parts_with(&self, contracts: &[&'static str], file: &str) -> Vec<&'static str> {
        contracts
            .iter()
            .copied()
            .filter(|part| {
                part.split_once(':')
                    .is_some_and(|(root, _)| self.reachable(root).contains(file))
            })
            .collect()
    }

    fn reachable(&self, root: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![root.to_owned()];
        while let Some(file) = open.pop() {
            let Some(text) = self.0.get(&file) else { continue };
            if found.insert(file.clone()) {
                let imports = text.lines().filter(|line| line.starts_with("import "));
                open.extend(imports.filter_map(|line| {
                    let path = line.split('"').nth(1).filter(|path| path.starts_with('.'))?;
                    Some(resolve(&file, path))
                }));
            }
        }
        found
    }
}

/// The file that `path`, relative to the folder of `file`, leads to.
fn resolve(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}
