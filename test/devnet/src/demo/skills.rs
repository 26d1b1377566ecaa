//! Skills in the demo: who earned what, what it is worth, and whether every reported score can be computed again.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::Value;

use super::{grid::grid, observe::ChainView};
use crate::{
    skills::{Earned, SkillAudit, audit},
    world::World,
};

/// By then both traders of every chain have earned all that they begin with, and scores were reported.
const EARNED_AFTER: Duration = Duration::from_secs(45);
/// How long computing all scores again may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The skills' part of the summary.
#[derive(Debug, Default, Serialize)]
pub(super) struct SkillSummary {
    /// What both traders of each chain earned.
    by_chain: BTreeMap<&'static str, Vec<Earned>>,
    /// Wallets with an active badge.
    badge_holders: usize,
    /// Wallets that pay less in the weighted pool.
    discounted: usize,
    /// Reported scores that were computed again from the chains' events, by the keeper's own command.
    scores_verified: u64,
    /// True when the contracts say what the logs add up to, the pool gives what the discount says, and every score was
    /// right.
    audited: bool,
}

/// What the end of the demo found.
#[derive(Debug, Default)]
pub(super) struct SkillEnding {
    audits: Vec<SkillAudit>,
    verified: Option<u64>,
    problems: Vec<String>,
}

impl SkillEnding {
    /// Audits every chain, and has the keeper compute every reported score again.
    pub(super) async fn of(world: &World) -> Self {
        let mut ending = Self::default();
        for chain in &world.chains {
            match audit(chain).await {
                Ok(found) => ending.audits.push(found),
                Err(error) => ending
                    .problems
                    .push(format!("{}: no audit of the skills: {error:#}", chain.name)),
            }
        }
        match world
            .keeper
            .command(&["verify", "update_reputation", "--json"], LIMIT)
            .await
        {
            Ok(output) => ending.verified = Some(scores(&output)),
            Err(error) => ending
                .problems
                .push(format!("scores are not what the events give: {error:#}")),
        }
        ending
    }
}

/// Sum of the scores that were computed again, from the command's output.
fn scores(output: &str) -> u64 {
    let lines = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| line["scores"].as_u64()).sum()
}

impl SkillSummary {
    /// Sums up, and adds to `problems` what is wrong.
    pub(super) fn of(world: &World, ending: SkillEnding, ran: Duration, problems: &mut Vec<String>) -> Self {
        let mut summary = Self {
            audited: ending.problems.is_empty() && ending.audits.len() == world.chains.len(),
            scores_verified: ending.verified.unwrap_or(0),
            ..Self::default()
        };
        problems.extend(ending.problems);
        for (chain, found) in world.chains.iter().zip(ending.audits) {
            summary.audited &= found.differences.is_empty();
            problems.extend(found.differences);
            if ran >= EARNED_AFTER {
                problems.extend(missing(chain.name, &found.earned));
            }
            summary.badge_holders += found.earned.iter().filter(|one| one.badges.contains(&true)).count();
            summary.discounted += found.earned.iter().filter(|one| one.discount_bps > 0).count();
            summary.by_chain.insert(chain.name, found.earned);
        }
        summary
    }

    /// The summary in a line.
    pub(super) fn text(&self) -> String {
        let wallets = self.by_chain.values().flatten().filter(|one| one.wallet > 0).count();
        let (holders, discounted, scores) = (self.badge_holders, self.discounted, self.scores_verified);
        let right = if self.audited { "" } else { "; SOMETHING DIFFERS" };
        format!(
            "  skills       {wallets} wallets, {holders} with badges, {discounted} pay less; {scores} scores computed again{right}\n"
        )
    }
}

/// What the traders of a chain should have by now and have not.
fn missing(chain: &str, earned: &[Earned]) -> Vec<String> {
    let mut found = Vec::new();
    let expected = [
        // The upgrade took the lower tier for the higher one.
        ("trader", [false, true, false], 2_000),
        ("moderator", [false, false, true], 0),
    ];
    for ((who, badges, discount), one) in expected.into_iter().zip(earned) {
        if one.badges != badges {
            found.push(format!("the {who} on {chain} has the badges {:?}", one.badges));
        }
        if one.discount_bps < discount {
            found.push(format!(
                "the {who} on {chain} has a discount of {} basis points",
                one.discount_bps
            ));
        }
        if !one.reported {
            found.push(format!("no score of the {who} on {chain} was reported"));
        }
    }
    found
}

/// Lines about the skills: a row for each trader and chain.
pub(super) fn lines(world: &World, views: &[ChainView]) -> Vec<String> {
    let header = [
        "Skills",
        "Chain",
        "Wallet",
        "Trading",
        "Moderation",
        "Badges",
        "Score",
        "Discount",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (place, who) in ["Trader", "Moderator"].into_iter().enumerate() {
        for (index, (chain, view)) in world.chains.iter().zip(views).enumerate() {
            let one = view.earned.get(place).cloned().unwrap_or_default();
            let level = |skill: usize| format!("{} ({} XP)", one.levels[skill], one.xp[skill]);
            let or_dash = |there: bool, text: String| if there { text } else { "-".to_owned() };
            rows.push(vec![
                if index == 0 { who.to_owned() } else { String::new() },
                chain.name.to_owned(),
                or_dash(one.wallet != 0, one.wallet.to_string()),
                level(0),
                level(1),
                one.badges.iter().filter(|active| **active).count().to_string(),
                or_dash(one.reported, one.score.to_string()),
                format!("{}.{:02} %", one.discount_bps / 100, one.discount_bps % 100),
            ]);
        }
    }
    grid(&rows, &[2, 3, 4, 5, 6, 7])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let all = [
            Earned {
                badges: [false, true, false],
                discount_bps: 2_000,
                reported: true,
                ..Earned::default()
            },
            Earned {
                badges: [false, false, true],
                reported: true,
                ..Earned::default()
            },
        ];
        assert_eq!(missing("a", &all), Vec::<String>::new());
        assert_eq!(missing("a", &[Earned::default(), Earned::default()]).len(), 5);
        assert_eq!(scores("{\"scores\": 3}\nnot json\n{\"scores\": 4}"), 7);
    }
}
