//! The failures that the demo stages: every minute one source lies for a while, and later one hangs.

use std::time::Duration;

use crate::sources::{Exchange, Fault, Sources};

/// A misbehaviour in every round of the plot.
struct Scene {
    /// Percent of the round at which it begins and ends.
    from: u128,
    until: u128,
    exchange: Exchange,
    fault: Fault,
}

const SCENES: [Scene; 2] = [
    Scene {
        from: 25,
        until: 45,
        exchange: Exchange::Kraken,
        fault: Fault::Lie { factor_bps: 12_000 },
    },
    Scene {
        from: 60,
        until: 80,
        exchange: Exchange::Binance,
        fault: Fault::Hang,
    },
];

/// The running plot.
pub(super) struct Plot {
    round: Duration,
    playing: Option<usize>,
    /// How many scenes were played so far.
    pub(super) played: usize,
}

impl Plot {
    /// A plot whose round is the whole demo, if it has an end within two minutes, and a minute otherwise.
    pub(super) fn new(duration: Option<Duration>) -> Self {
        let minute = Duration::from_secs(60);
        let round = duration
            .filter(|d| *d <= 2 * minute)
            .unwrap_or(minute)
            .max(Duration::from_secs(1));
        Self {
            round,
            playing: None,
            played: 0,
        }
    }

    /// Moves the plot to `elapsed` and returns what a viewer should know.
    pub(super) fn advance(&mut self, elapsed: Duration, sources: &Sources) -> String {
        let percent = elapsed.as_millis() % self.round.as_millis() * 100 / self.round.as_millis();
        let scene = SCENES
            .iter()
            .position(|scene| (scene.from..scene.until).contains(&percent));
        if scene != self.playing {
            if let Some(over) = self.playing {
                sources.heal(SCENES[over].exchange);
            }
            if let Some(begins) = scene {
                sources.set_fault(SCENES[begins].exchange, None, SCENES[begins].fault);
                self.played += 1;
            }
            self.playing = scene;
        }
        match scene.map(|index| &SCENES[index]) {
            None => "no staged fault: all sources answer, their median goes on chain".to_owned(),
            Some(Scene {
                exchange,
                fault: Fault::Hang,
                ..
            }) => format!(
                "STAGED: {} hangs; after its time limit the other two make the price",
                exchange.name()
            ),
            Some(Scene { exchange, fault, .. }) => {
                format!("STAGED: {} {fault}; dropped as an outlier", exchange.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_round_has_a_liar_and_a_hanger_and_ends_healed() {
        let sources = Sources::start(1).await.unwrap();
        let mut plot = Plot::new(Some(Duration::from_secs(60)));
        let mut faults = Vec::new();
        for second in 0..=60 {
            plot.advance(Duration::from_secs(second), &sources);
            faults.extend(sources.report().iter().flat_map(|s| s.faults.values().copied()));
        }
        faults.dedup();
        assert_eq!(faults, [Fault::Lie { factor_bps: 12_000 }, Fault::Hang]);
        assert_eq!(plot.played, 2);
        assert!(sources.report().iter().all(|s| s.faults.is_empty()));
    }
}
