//! The time stamps of sources.

use serde_json::Value;

use crate::config::TimeUnit;

/// Reads a source's time as milliseconds since the epoch; `None` where it is not one.
pub(super) fn parse(value: &Value, unit: TimeUnit) -> Option<u64> {
    match (unit, value) {
        (TimeUnit::Rfc3339, Value::String(text)) => rfc3339(text),
        (TimeUnit::Rfc3339, _) => None,
        (unit, Value::Number(number)) => decimal(&number.to_string(), unit),
        (unit, Value::String(text)) => decimal(text, unit),
        _ => None,
    }
}

/// A decimal number of seconds or milliseconds; a fraction of a millisecond is cut off.
fn decimal(text: &str, unit: TimeUnit) -> Option<u64> {
    let number: rust_decimal::Decimal = text.parse().ok()?;
    let factor = if unit == TimeUnit::S { 1_000u32 } else { 1 };
    u64::try_from(number.checked_mul(factor.into())?.trunc()).ok()
}

/// RFC 3339: `2025-11-21T05:54:00.123456Z`, also with a numeric offset.
fn rfc3339(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let sane = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !sane || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let offset = match zone {
        "Z" | "z" => 0,
        zone => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let minutes: i64 = hours
                .parse::<i64>()
                .ok()?
                .checked_mul(60)?
                .checked_add(minutes.parse().ok()?)?;
            if zone.starts_with('-') {
                minutes.checked_neg()?
            } else {
                minutes
            }
        }
    };
    let minutes = days(year, month, day)?
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_sub(offset)?;
    let total = minutes
        .checked_mul(60)?
        .checked_add(second)?
        .checked_mul(1_000)?
        .checked_add(millis)?;
    u64::try_from(total).ok()
}

/// Days of the Gregorian calendar since 1970-01-01 (years begin in March, so that the leap day is the last).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let era = year.checked_div_euclid(400)?;
    let of_era = year.checked_rem_euclid(400)?;
    let from_march = month.checked_add(9)?.checked_rem(12)?;
    let of_year = from_march
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?
        .checked_add(day)?
        .checked_sub(1)?;
    let leap_days = (of_era / 4).checked_sub(of_era / 100)?;
    let day_of_era = of_era.checked_mul(365)?.checked_add(leap_days)?.checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(day_of_era)?.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_unit() {
        for (value, unit, ms) in [
            (json!(1_763_700_000), TimeUnit::S, 1_763_700_000_000),
            (json!("1763700000.25"), TimeUnit::S, 1_763_700_000_250),
            (json!(1_763_700_000_123u64), TimeUnit::Ms, 1_763_700_000_123),
            (json!("2025-11-21T04:40:00Z"), TimeUnit::Rfc3339, 1_763_700_000_000),
            (
                json!("2025-11-21T04:40:00.123456Z"),
                TimeUnit::Rfc3339,
                1_763_700_000_123,
            ),
            (
                json!("2025-11-21T06:10:00.5+01:30"),
                TimeUnit::Rfc3339,
                1_763_700_000_500,
            ),
            (json!("2024-02-29T00:00:00Z"), TimeUnit::Rfc3339, 1_709_164_800_000),
            (json!("2000-03-01T00:00:00Z"), TimeUnit::Rfc3339, 951_868_800_000),
            (json!("1970-01-01T00:00:00Z"), TimeUnit::Rfc3339, 0),
        ] {
            assert_eq!(parse(&value, unit), Some(ms), "{value}");
        }
    }

    #[test]
    fn garbage_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2025-11-21",
            "2025-13-01T00:00:00Z",
            "2025-11-21T04:40:00",
            "2025-11-21T04:40Z",
        ] {
            assert_eq!(parse(&json!(text), TimeUnit::Rfc3339), None, "{text}");
        }
        assert_eq!(parse(&json!(-5), TimeUnit::S), None);
        assert_eq!(parse(&json!(null), TimeUnit::Ms), None);
        assert_eq!(parse(&json!({}), TimeUnit::Ms), None);
    }
}
