//! The picture of the demo, drawn over in a terminal and repeated in a log.

use std::io::{IsTerminal, Write};

use console::Term;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    grid::{fit, grid},
    observe::{ChainView, FeedView},
};
use crate::{
    sources::{Feed, SourceReport, Sources},
    world::{Chain, World},
};

/// What one picture shows.
pub(super) struct Picture<'a> {
    /// The world that is shown.
    pub(super) world: &'a World,
    /// Chains in the world's order.
    pub(super) chains: &'a [ChainView],
    /// The keeper's own `/v1/status`, or null while it does not answer.
    pub(super) status: &'a Value,
    /// Resident memory of the keeper in bytes.
    pub(super) memory: u64,
    /// What happens now.
    pub(super) scene: &'a str,
    /// The clock, e.g. `12 s of 60 s`.
    pub(super) clock: String,
    /// Commands to try.
    pub(super) tries: &'a [String],
    /// The file that has them.
    pub(super) try_file: &'static str,
}

/// Draws pictures: in a terminal on the alternate screen, which is left on drop, so that what was printed before is
/// there again.
pub(super) struct Screen {
    terminal: Option<Term>,
}

/// Where the output is no terminal.
const PLAIN_WIDTH: usize = 120;

impl Screen {
    pub(super) fn new() -> Self {
        let terminal = std::io::stdout().is_terminal().then(Term::stdout);
        if terminal.is_some() {
            print!("\x1b[?1049h\x1b[?25l");
        }
        Self { terminal }
    }

    /// Seconds between two pictures.
    pub(super) fn pause_s(&self) -> u64 {
        if self.terminal.is_some() { 1 } else { 10 }
    }

    /// Draws over the last picture in a terminal, below it elsewhere.
    pub(super) fn draw(&mut self, picture: &Picture<'_>) -> std::io::Result<()> {
        let lines = render(picture);
        let mut out = std::io::stdout().lock();
        match &self.terminal {
            None => writeln!(out, "{}\n", fit(&lines, PLAIN_WIDTH, usize::MAX).join("\n"))?,
            Some(terminal) => {
                let (rows, columns) = terminal.size();
                // A line as wide as the terminal would lose its last character to the clearing of the rest.
                let lines = fit(&lines, usize::from(columns).saturating_sub(1), rows.into());
                write!(out, "\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"))?;
            }
        }
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.terminal.is_some() {
            print!("\x1b[?25h\x1b[?1049l");
            let _ = std::io::stdout().flush();
        }
    }
}

/// All lines, the most important ones first: 24 rows of 80 columns show everything but how to try things.
fn render(picture: &Picture<'_>) -> Vec<String> {
    let world = picture.world;
    let mut lines = vec![
        format!("Fluxion on local chains, {}", picture.clock),
        format!("Now  {}", picture.scene),
    ];
    lines.extend(feeds(picture));
    lines.extend(super::pools::lines(world, picture.chains));
    lines.extend(super::skills::lines(world, picture.chains));
    lines.extend(chains(picture));
    let memory = megabytes(picture.memory);
    lines.push(format!("Sent      {}", counts(&picture.status["transactions"])));
    lines.push(format!("Speed     {}", speed(&picture.status["latency"])));
    lines.push(format!("Sources   {}", sources(&world.sources.report())));
    lines.push(format!(
        "Keeper    {memory} of memory; words: docs/demo.md; to try: {}",
        picture.try_file
    ));
    lines.push(String::new());
    lines.extend(picture.tries.iter().cloned());
    lines
}

fn feeds(picture: &Picture<'_>) -> Vec<String> {
    let mut header = vec!["Feed".to_owned(), "Market".to_owned()];
    for chain in &picture.world.chains {
        header.extend([chain.name.to_owned(), "round".to_owned(), "age".to_owned()]);
    }
    header.push("State".to_owned());
    let mut rows = vec![header];
    for feed in Feed::ALL {
        let mut row = vec![feed.id().to_owned(), market(&picture.world.sources, feed)];
        let views = picture
            .chains
            .iter()
            .map(|view| view.feeds.get(feed.id()).cloned().unwrap_or_default());
        let views: Vec<FeedView> = views.collect();
        for view in &views {
            row.extend([
                view.price.map_or_else(|| "-".to_owned(), |(price, _)| dollars(price)),
                view.rounds.to_string(),
                view.age_s().map_or_else(|| "-".to_owned(), |age| format!("{age} s")),
            ]);
        }
        row.push(state(&views).to_owned());
        rows.push(row);
    }
    grid(&rows, &(1..rows[0].len() - 1).collect::<Vec<_>>())
}

/// The worst state of a feed on any chain.
fn state(views: &[FeedView]) -> &'static str {
    if views.iter().any(|view| view.disputed) {
        "disputed"
    } else if views.iter().any(|view| view.price.is_none()) {
        "waiting"
    } else {
        "in use"
    }
}

fn chains(picture: &Picture<'_>) -> Vec<String> {
    let known = picture.status["chains"].as_array();
    let line = |chain: &Chain, view: &ChainView| {
        let entry = known.and_then(|chains| chains.iter().find(|entry| entry["id"] == chain.anvil.chain_id()));
        let indexed = entry.map_or(&Value::Null, |entry| &entry["indexed"]);
        let indexed = indexed
            .as_u64()
            .map_or_else(|| "nothing yet".to_owned(), |block| format!("block {block}"));
        let (head, finalized) = (view.head, view.finalized);
        format!(
            "{:<8}  block {head}, finalized {finalized}, keeper has read {indexed}",
            chain.name
        )
    };
    let chains = picture.world.chains.iter().zip(picture.chains);
    chains.map(|(chain, view)| line(chain, view)).collect()
}

fn market(sources: &Sources, feed: Feed) -> String {
    dollars(sources.truth(feed))
}

/// A price as people write it: the smaller it is, the more decimals.
pub(super) fn dollars(price: Decimal) -> String {
    let places = if price < Decimal::TEN { 5 } else { 2 };
    let mut price = price.round_dp(places);
    price.rescale(places);
    price.to_string()
}

/// `final 12, included 2` of `{"final": 12, "included": 2}`; states without any are left out.
pub(super) fn counts(counts: &Value) -> String {
    let counts = counts.as_object().into_iter().flatten();
    let parts: Vec<String> = counts
        .filter(|(_, n)| n.as_u64() != Some(0))
        .map(|(state, n)| format!("{state} {n}"))
        .collect();
    if parts.is_empty() {
        "none yet".to_owned()
    } else {
        parts.join(", ")
    }
}

/// The two latencies of the status in words.
pub(super) fn speed(latency: &Value) -> String {
    let part = |key: &str, what: &str| {
        let figures = &latency[key];
        let figure = |name: &str| {
            figures[name]
                .as_f64()
                .map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0}"))
        };
        format!("{} / {} ms {what}", figure("p50"), figure("p99"))
    };
    let sent = part("last_response_to_first_write_ms", "from answer to send");
    let included = part("last_response_to_inclusion_ms", "to block (p50 / p99)");
    format!("{sent}, {included}")
}

fn sources(reports: &[SourceReport]) -> String {
    let part = |report: &SourceReport| match report.faults.values().next() {
        None => format!("{} ok", report.name),
        Some(fault) => format!("{} {fault}", report.name),
    };
    reports.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Bytes as megabytes with one decimal.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_words_people_read() {
        assert_eq!(
            counts(&json!({"final": 12, "parked": 0, "included": 2})),
            "final 12, included 2"
        );
        assert_eq!(counts(&Value::Null), "none yet");
        assert_eq!(
            (dollars(Decimal::new(117_734, 5)), dollars(Decimal::new(997, 0))),
            ("1.17734".into(), "997.00".into())
        );
        assert_eq!(megabytes(41_260_000), "41.2 MB");
        let latency = json!({"last_response_to_first_write_ms": {"p50": 21.4, "p99": 80, "count": 9}});
        assert!(speed(&latency).starts_with("21 / 80 ms from"), "{}", speed(&latency));
    }
}
