//! The table of nodes' answers (`words.tsv`): one file for every client, with the month and the place where each was
//! seen.

use std::sync::LazyLock;

/// One answer.
#[derive(Debug)]
pub(super) struct Word {
    /// What it answers: `send`, `busy`, `range`, `execution`.
    pub(super) kind: &'static str,
    /// Outcome of a send.
    pub(super) means: &'static str,
    /// The words that tell it, in lower case.
    fragment: &'static str,
    /// Code and text of an answer as it came.
    #[cfg(test)]
    pub(super) sample: (i64, &'static str),
}

static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let lines = include_str!("words.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut words: Vec<Word> = lines.filter_map(word).collect();
    // The precise ones come before those that they contain.
    words.sort_by_key(|word| std::cmp::Reverse(word.fragment.len()));
    words
});

fn word(line: &'static str) -> Option<Word> {
    let mut columns = line.split('\t');
    let kind = columns.next()?;
    let means = columns.next()?;
    let (_client, _seen, _source) = (columns.next()?, columns.next()?, columns.next()?);
    let _code = columns.next()?;
    let fragment = columns.next()?;
    let _text = columns.next()?;
    Some(Word {
        kind,
        means,
        fragment,
        #[cfg(test)]
        sample: (_code.parse().ok()?, _text),
    })
}

impl Word {
    fn tells(&self, lower: &str) -> bool {
        match self.fragment.strip_prefix('=') {
            Some(whole) => lower.trim() == whole,
            None => self.fragment != "-" && lower.contains(self.fragment),
        }
    }
}

/// The first word of a kind that an answer has.
pub(super) fn find(kind: &str, message: &str) -> Option<&'static Word> {
    let lower = message.to_lowercase();
    WORDS.iter().find(|word| word.kind == kind && word.tells(&lower))
}

#[cfg(test)]
pub(super) fn all(kind: &str) -> impl Iterator<Item = &'static Word> {
    WORDS.iter().filter(move |word| word.kind == kind)
}
