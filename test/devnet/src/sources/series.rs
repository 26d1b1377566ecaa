//! Recorded prices, replayed faster than they happened and re-based to now.

use eyre::{OptionExt, WrapErr, bail};
use rust_decimal::Decimal;

use super::calendar;

/// A pair of which prices are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feed {
    /// Dollars per euro, hourly; closed at weekends.
    EurUsd,
    /// S&P 500, daily, from the autumn of 2008.
    SpxUsd,
    /// Crude oil, daily, from the autumn of 2008.
    WtiUsd,
    /// Bitcoin, monthly: single steps move it by up to half.
    BtcUsd,
}

impl Feed {
    /// Every feed of the local networks.
    pub const ALL: [Self; 4] = [Self::EurUsd, Self::SpxUsd, Self::WtiUsd, Self::BtcUsd];

    /// Its name on chain.
    pub fn id(self) -> &'static str {
        match self {
            Self::EurUsd => "EUR/USD",
            Self::SpxUsd => "SPX/USD",
            Self::WtiUsd => "WTI/USD",
            Self::BtcUsd => "BTC/USD",
        }
    }

    /// The feed with this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.id() == id)
    }

    /// Steps are no divisors of a second: a keeper that asks once a second meets them at any phase, and not always just
    /// while the sources move one after the other.
    fn script(self) -> Script {
        let day = 86_400;
        match self {
            // About half a second an hour: a weekend takes 24 seconds, in which only heartbeats happen.
            Self::EurUsd => Script {
                csv: include_str!("../../data/EURUSD_1h.csv"),
                start: "2017-08-03T14:00:00Z",
                cadence: 3_600,
                cadence_ms: 490,
            },
            // The largest daily move of the record, 11.6 % on 13 October, comes after about 28 seconds.
            Self::SpxUsd => Script {
                csv: include_str!("../../data/SPX_1d.csv"),
                start: "2008-09-24T00:00:00Z",
                cadence: day,
                cadence_ms: 1_470,
            },
            Self::WtiUsd => Script {
                csv: include_str!("../../data/WTI_1d.csv"),
                start: "2008-10-14T00:00:00Z",
                cadence: day,
                cadence_ms: 1_470,
            },
            // About 8 seconds a month: the step of 51 % at the end of 2020 comes after about 16 seconds.
            Self::BtcUsd => Script {
                csv: include_str!("../../data/BTCUSD_1M.csv"),
                start: "2020-10-31T00:00:00Z",
                cadence: 30 * day,
                cadence_ms: 7_900,
            },
        }
    }
}

struct Script {
    csv: &'static str,
    start: &'static str,
    cadence: i64,
    cadence_ms: i64,
}

/// A price at a moment of the replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Dollars per unit.
    pub price: Decimal,
    /// The price a day earlier in the record, and the extremes since.
    pub open: Decimal,
    /// Highest price of that day.
    pub high: Decimal,
    /// Lowest price of that day.
    pub low: Decimal,
    /// Time of the last trade in milliseconds since 1970, re-based to now. It stands still while the market is closed.
    pub traded_ms: i64,
}

/// One recorded series and the pace at which it is replayed.
#[derive(Debug, Clone)]
pub struct Series {
    points: Vec<(i64, Decimal)>,
    /// Recorded time at which the replay begins, in seconds.
    start: i64,
    /// Recorded seconds between two prices of an open market, and the real milliseconds they take.
    cadence: i64,
    cadence_ms: i64,
}

impl Series {
    /// Reads the record of a feed. `speed_percent` 200 replays twice as fast as the demo does.
    ///
    /// # Errors
    /// When a line of the record cannot be read; the line is named.
    pub fn load(feed: Feed, speed_percent: i64) -> eyre::Result<Self> {
        let script = feed.script();
        let mut points = Vec::new();
        for (number, line) in script.csv.lines().enumerate().skip(1) {
            let place = || format!("record of {}, line {}: {line}", feed.id(), number + 1);
            let (time, price) = line.split_once(',').ok_or_eyre("no comma").wrap_err_with(place)?;
            let time = calendar::parse(time)
                .ok_or_eyre("not a UTC time")
                .wrap_err_with(place)?;
            points.push((time, price.parse().wrap_err_with(place)?));
        }
        if points.len() < 2 || !points.is_sorted_by(|a, b| a.0 < b.0) || speed_percent < 1 {
            bail!(
                "record of {}: at least two rising times and a speed above zero are needed",
                feed.id()
            );
        }
        let start = calendar::parse(script.start).ok_or_eyre("the replay has no start")?;
        let cadence_ms = (script.cadence_ms * 100 / speed_percent).max(1);
        Ok(Self {
            points,
            start,
            cadence: script.cadence,
            cadence_ms,
        })
    }

    /// The quote `elapsed_ms` after the replay began, which was at `origin_ms`. Past its end the record begins anew.
    pub fn quote(&self, origin_ms: i64, elapsed_ms: i64) -> Quote {
        let (first, last) = (self.points[0].0, self.points[self.points.len() - 1].0);
        let length = last - first + self.cadence;
        let elapsed = elapsed_ms * self.cadence / self.cadence_ms;
        let now = first + (self.start - first + elapsed).rem_euclid(length);
        let index = self.points.partition_point(|point| point.0 <= now).max(1) - 1;
        let (time, price) = self.points[index];
        let day = self.points.partition_point(|point| point.0 <= now - 86_400).max(1) - 1;
        let prices = self.points[day..=index].iter().map(|point| point.1);
        let (high, low) = prices.fold((price, price), |(high, low), p| (high.max(p), low.min(p)));
        // Trades follow each other in an open market; after two steps without a price it is closed.
        let quiet_ms = (now - time - 2 * self.cadence).max(0) * self.cadence_ms / self.cadence;
        let traded_ms = origin_ms + elapsed_ms - quiet_ms;
        Quote {
            price,
            open: self.points[day].1,
            high,
            low,
            traded_ms: traded_ms - traded_ms.rem_euclid(250),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: i64 = 1_800_000_000_000;

    #[test]
    fn every_record_loads_and_changes_within_a_minute() {
        for feed in Feed::ALL {
            let series = Series::load(feed, 100).unwrap();
            let prices: Vec<Decimal> = (0..60).map(|s| series.quote(ORIGIN, s * 1_000).price).collect();
            let changes = prices.windows(2).filter(|w| w[0] != w[1]).count();
            assert!(changes >= 5, "{}: {changes} changes", feed.id());
            assert_eq!(Feed::from_id(feed.id()), Some(feed));
        }
    }

    #[test]
    fn the_recorded_crash_is_replayed() {
        let series = Series::load(Feed::SpxUsd, 100).unwrap();
        // 13 October 2008 is 19 days after the start; the market was closed on the two days before.
        assert_eq!(series.quote(ORIGIN, 27_900).price, "899.219971".parse().unwrap());
        assert_eq!(series.quote(ORIGIN, 27_930).price, "1003.349976".parse().unwrap());
    }

    #[test]
    fn a_weekend_stops_the_trades_and_not_the_clock() {
        let series = Series::load(Feed::EurUsd, 100).unwrap();
        let open = series.quote(ORIGIN, 5_000);
        assert_eq!(open.traded_ms, ORIGIN + 5_000);
        let (early, late) = (series.quote(ORIGIN, 25_000), series.quote(ORIGIN, 35_000));
        assert_eq!(early.price, late.price);
        assert_eq!(early.traded_ms, late.traded_ms, "no trade at the weekend");
        assert!(late.traded_ms < ORIGIN + 25_000);
    }

    #[test]
    fn speed_and_end_of_the_record() {
        let (normal, double) = (
            Series::load(Feed::WtiUsd, 100).unwrap(),
            Series::load(Feed::WtiUsd, 200).unwrap(),
        );
        assert_eq!(normal.quote(ORIGIN, 30_000).price, double.quote(ORIGIN, 15_000).price);
        // 883 days from the first price to one step past the last.
        assert_eq!(normal.quote(ORIGIN, 0).price, normal.quote(ORIGIN, 883 * 1_470).price);
        assert!(Series::load(Feed::WtiUsd, 0).is_err());
    }
}
