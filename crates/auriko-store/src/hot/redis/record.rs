//! A claim as Redis keeps it: JSON that the scripts read, and that another replica can read when it expires.

use auriko_wire::money::NanoUsd;
use serde::{Deserialize, Serialize};

use crate::budget::{Account, Claim};
use crate::clock::{Day, Period};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// As text: a number would become a float in Lua.
    amount: String,
    hashes: Vec<String>,
    targets: Vec<String>,
    key: Option<String>,
    byok_provider: Option<String>,
    day: i64,
    draws_credit: bool,
}

/// Name of the counters of a period.
pub(super) fn hash(period: Period, day: Day) -> String {
    let letter = match period {
        Period::Daily => 'd',
        Period::Weekly => 'w',
        Period::Monthly => 'm',
        Period::Lifetime => 'l',
    };
    format!("{letter}:{}", period.start(day).0)
}

/// The record of a claim.
pub(super) fn write(claim: &Claim) -> String {
    let record = Record {
        amount: claim.amount.0.to_string(),
        hashes: claim.periods().map(|period| hash(period, claim.day)).collect(),
        targets: claim.account.targets().map(|target| target.to_string()).collect(),
        key: claim.account.key.as_deref().map(ToOwned::to_owned),
        byok_provider: claim.account.byok_provider.as_deref().map(ToOwned::to_owned),
        day: claim.day.0,
        draws_credit: claim.draws_credit,
    };
    serde_json::to_string(&record).expect("texts and numbers are JSON")
}

/// The claim of a record. `None`: it is none of ours.
pub(super) fn read(id: &str, workspace: &str, record: &str) -> Option<Claim> {
    let record: Record = serde_json::from_str(record).ok()?;
    let account = Account {
        workspace: workspace.into(),
        key: record.key.map(Into::into),
        byok_provider: record.byok_provider.map(Into::into),
    };
    let amount = NanoUsd(record.amount.parse().ok()?);
    Some(Claim {
        id: id.to_owned(),
        account,
        amount,
        day: Day(record.day),
        draws_credit: record.draws_credit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_survives_its_record() {
        let account =
            Account { workspace: "ws".into(), key: Some("k".into()), byok_provider: Some("p".into()) };
        let claim = Claim {
            id: "1".to_owned(),
            account,
            amount: NanoUsd(u64::MAX),
            day: Day(20_780),
            draws_credit: false,
        };
        let text = write(&claim);
        assert!(text.contains(r#""hashes":["d:20780","w:20780","m:20758"]"#), "{text}");
        assert_eq!(read("1", "ws", &text), Some(claim.clone()));
        let claim = Claim { draws_credit: true, ..claim };
        let text = write(&claim);
        assert!(text.contains(r#""hashes":["d:20780","w:20780","m:20758","l:0"]"#), "{text}");
        assert_eq!(read("1", "ws", &text), Some(claim));
        assert_eq!(read("1", "ws", "{}"), None);
    }
}
