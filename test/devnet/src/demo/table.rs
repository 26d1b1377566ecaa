//! The picture of the demo: tables that are drawn over in a terminal and repeated in a log.

use std::io::{IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;
use serde_json::Value;

use super::observe::ChainView;
use crate::{
    sources::{Feed, SourceReport, Sources},
    world::World,
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
}

/// Draws pictures.
pub(super) struct Screen {
    terminal: bool,
    lines: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal(),
            lines: 0,
        }
    }

    /// Seconds between two pictures.
    pub(super) fn pause_s(&self) -> u64 {
        if self.terminal { 1 } else { 10 }
    }

    /// Draws over the last picture in a terminal, below it elsewhere.
    pub(super) fn draw(&mut self, picture: &Picture<'_>) -> std::io::Result<()> {
        let text = render(picture);
        let mut out = std::io::stdout().lock();
        if self.terminal && self.lines > 0 {
            write!(out, "\x1b[{}A\x1b[J", self.lines)?;
        }
        // A line that is wider than the terminal takes several rows.
        let width = plain().width().map_or(usize::MAX, usize::from).max(1);
        self.lines = text
            .lines()
            .map(|line| line.chars().count().div_ceil(width).max(1))
            .sum::<usize>()
            + 1;
        writeln!(out, "{text}\n")?;
        out.flush()
    }
}

fn render(picture: &Picture<'_>) -> String {
    let memory = megabytes(picture.memory);
    format!(
        "{feeds}\n{pools}\n{skills}\n{chains}\nTransactions  {transactions}\nSpeed         {speed}\nKeeper        {memory} of memory\nSources       \
         {sources}\nNow           {scene}\nTime          {clock}",
        feeds = feeds(picture),
        pools = super::pools::table(plain(), picture.world, picture.chains),
        skills = super::skills::table(plain(), picture.world, picture.chains),
        chains = chains(picture),
        transactions = counts(&picture.status["transactions"]),
        speed = speed(&picture.status["latency"]),
        sources = sources(&picture.world.sources.report()),
        scene = picture.scene,
        clock = picture.clock,
    )
}

fn plain() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

fn feeds(picture: &Picture<'_>) -> Table {
    let mut table = plain();
    table.set_header(["Feed", "Market", "Chain", "On chain", "Round", "Age", "State"]);
    for feed in Feed::ALL {
        for (index, (chain, view)) in picture.world.chains.iter().zip(picture.chains).enumerate() {
            let view = view.feeds.get(feed.id()).cloned().unwrap_or_default();
            let state = match (&view.price, view.disputed) {
                (_, true) => "disputed: moved beyond the breaker",
                (None, false) => "waits for its first round",
                (Some(_), false) => "in use",
            };
            let first = index == 0;
            table.add_row([
                if first { feed.id().to_owned() } else { String::new() },
                if first {
                    market(&picture.world.sources, feed)
                } else {
                    String::new()
                },
                chain.name.to_owned(),
                view.price.map_or_else(|| "-".to_owned(), |(price, _)| dollars(price)),
                view.rounds.to_string(),
                view.age_s().map_or_else(|| "-".to_owned(), |age| format!("{age} s")),
                state.to_owned(),
            ]);
        }
    }
    for column in [1, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn chains(picture: &Picture<'_>) -> Table {
    let mut table = plain();
    table.set_header(["Chain", "Id", "Head", "Final", "Read by the keeper"]);
    for (chain, view) in picture.world.chains.iter().zip(picture.chains) {
        let known = picture.status["chains"].as_array();
        let known = known.and_then(|chains| chains.iter().find(|entry| entry["id"] == chain.anvil.chain_id()));
        let indexed = known.map_or(&Value::Null, |entry| &entry["indexed"]);
        table.add_row([
            chain.name.to_owned(),
            chain.anvil.chain_id().to_string(),
            view.head.to_string(),
            view.finalized.to_string(),
            if indexed.is_null() {
                "-".to_owned()
            } else {
                format!("up to {indexed}")
            },
        ]);
    }
    table
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
    let sent = part(
        "last_response_to_first_write_ms",
        "from the last source's answer to the send",
    );
    let included = part("last_response_to_inclusion_ms", "to its block (p50 / p99)");
    format!("{sent}, {included}")
}

fn sources(reports: &[SourceReport]) -> String {
    let part = |report: &SourceReport| match report.faults.values().next() {
        None => format!("{} answers", report.name),
        Some(fault) => format!("{} {fault}", report.name),
    };
    reports.iter().map(part).collect::<Vec<_>>().join("; ")
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
