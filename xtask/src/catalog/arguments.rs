//! The command's arguments. The date is one of them, since a clock would make every run differ.

use std::path::PathBuf;

/// What the command was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The Python package's price list.
    pub(crate) litellm: PathBuf,
    /// The npm package's folder of lists.
    pub(crate) pi_ai: PathBuf,
    /// `YYYY-MM-DD`, UTC.
    pub(crate) date: String,
    /// Compare instead of writing.
    pub(crate) check: bool,
    /// Name everything that is left out.
    pub(crate) verbose: bool,
}

impl Arguments {
    /// Reads them. `epoch` is the value of `SOURCE_DATE_EPOCH`.
    pub(crate) fn parse(arguments: &[String], epoch: Option<&str>) -> Result<Self, String> {
        let (mut litellm, mut pi_ai, mut date) = (None, None, None);
        let (mut check, mut verbose) = (false, false);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--litellm" => litellm = Some(PathBuf::from(value()?)),
                "--pi-ai" => pi_ai = Some(PathBuf::from(value()?)),
                "--date" => date = Some(value()?),
                "--check" => check = true,
                "--verbose" => verbose = true,
                other => return Err(format!("unknown argument {other}\n\n{}", crate::USAGE)),
            }
        }
        let date = match (date, epoch) {
            (Some(date), _) => date,
            (None, Some(epoch)) => day_of(epoch)?,
            (None, None) => return Err("give --date, or set SOURCE_DATE_EPOCH".to_owned()),
        };
        if seconds_of(&date).is_none() {
            return Err(format!("--date {date} is no day; write it as 2026-01-31"));
        }
        Ok(Self {
            litellm: litellm.ok_or("give --litellm")?,
            pi_ai: pi_ai.ok_or("give --pi-ai")?,
            date,
            check,
            verbose,
        })
    }
}

/// The UTC day of a time in Unix seconds.
fn day_of(epoch: &str) -> Result<String, String> {
    let seconds: u32 =
        epoch.parse().map_err(|_| "SOURCE_DATE_EPOCH must be a whole number of seconds".to_owned())?;
    let (mut days, mut year) = (seconds / 86_400, 1970);
    while days >= days_in(year) {
        days -= days_in(year);
        year += 1;
    }
    let mut month = 0;
    while days >= month_lengths(year)[month] {
        days -= month_lengths(year)[month];
        month += 1;
    }
    Ok(format!("{year}-{:02}-{:02}", month + 1, days + 1))
}

/// Unix seconds of the start of a UTC day. `None`: no such day since 1970.
pub(crate) fn seconds_of(date: &str) -> Option<u64> {
    if date.len() != "2026-01-31".len() {
        return None;
    }
    let mut parts = date.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let lengths = month_lengths(year);
    let month = usize::try_from(month).ok()?.checked_sub(1).filter(|month| *month < 12)?;
    if year < 1970 || !(1..=lengths[month]).contains(&day) {
        return None;
    }
    let days = (1970..year).map(days_in).sum::<u32>() + lengths[..month].iter().sum::<u32>() + day - 1;
    Some(u64::from(days) * 86_400)
}

fn days_in(year: u32) -> u32 {
    month_lengths(year).iter().sum()
}

fn month_lengths(year: u32) -> [u32; 12] {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &str, epoch: Option<&str>) -> Result<Arguments, String> {
        let words: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&words, epoch)
    }

    #[test]
    fn the_date_comes_from_an_argument_or_the_environment() {
        let arguments = parse("--litellm a --pi-ai b --date 2026-11-23 --check", Some("0")).unwrap();
        assert_eq!((arguments.date.as_str(), arguments.check), ("2026-11-23", true));
        let arguments = parse("--litellm a --pi-ai b", Some("1709251199")).unwrap();
        assert_eq!((arguments.date.as_str(), arguments.check), ("2024-02-29", false));
        assert!(parse("--litellm a --pi-ai b --date soon", None).unwrap_err().contains("soon"));
        assert!(parse("--litellm a --pi-ai b", None).unwrap_err().contains("--date"));
        assert!(parse("--litellm a --pi-ai b", Some("today")).is_err());
    }

    #[test]
    fn days_and_seconds_agree() {
        for date in ["1970-01-01", "2000-02-29", "2024-12-31", "2026-11-23"] {
            let seconds = seconds_of(date).unwrap();
            assert_eq!(day_of(&seconds.to_string()).unwrap(), date);
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-01", "1969-12-31", "2026-1", "soon"] {
            assert_eq!(seconds_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        assert!(parse("--pi-ai b --date 2026-11-23", None).unwrap_err().contains("--litellm"));
        assert!(parse("--litellm a --date 2026-11-23", None).unwrap_err().contains("--pi-ai"));
        assert!(parse("--litellm", None).unwrap_err().contains("needs a value"));
        assert!(parse("--nonsense", None).unwrap_err().contains("--nonsense"));
    }
}
