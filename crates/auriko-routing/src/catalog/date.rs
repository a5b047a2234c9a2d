//! The forms of date that a catalogue file holds.

/// One day, milliseconds.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The end of a day such as `2026-11-23` in UTC, Unix milliseconds. `None`: it is no such day.
pub(super) fn end_of_day_ms(date: &str) -> Option<u64> {
    Some(unix_seconds(&format!("{date}T00:00:00Z"))? * 1000 + DAY_MS)
}

/// Unix seconds of an RFC 3339 time in UTC, such as `2026-11-23T00:00:00Z`; fractions of seconds are dropped.
///
/// `None`: it is no such time, or before 1970.
pub fn unix_seconds(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut time = time.split('.').next()?.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let is_date = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years that begin in March have their leap day at the end, and months of a regular length.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1;
    // Days from the first of March of the year 0 to the first of January 1970.
    let days = days.checked_sub(719_468)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(unix_seconds(text), expected, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2000-02-29T12:30:15Z", Some(951_827_415));
        check("2026-11-23T00:00:00Z", Some(1_795_392_000));
        check("2026-11-23T00:00:00.250Z", Some(1_795_392_000));
        for wrong in [
            "",
            "2026-11-23",
            "2026-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T00:00:00+01:00",
        ] {
            check(wrong, None);
        }
    }
}
