//! What the policies cost, side by side.

use std::collections::BTreeMap;
use std::fmt;

use auriko_wire::money::NanoUsd;
use serde::Serialize;

use crate::cache::Served;
use crate::trace::Request;

/// The bills of one trace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Name of the trace.
    pub trace: String,
    /// How many requests it has.
    pub requests: usize,
    /// In how many conversations.
    pub conversations: usize,
    /// For how many of these the oracle's cost is exact; for the others it is a lower bound.
    pub exact_conversations: usize,
    /// Prompt tokens, all requests together.
    pub prompt_tokens: u64,
    /// Reply tokens, all requests together.
    pub output_tokens: u64,
    /// `fixed provider`, `cheapest list price`, `cost-focus`, `oracle`.
    pub bills: Vec<Bill>,
    /// What `cost-focus` saves of the fixed provider's bill, percent.
    pub saved_percent: f64,
    /// What `cost-focus` pays above the oracle, percent of the oracle's bill.
    pub regret_percent: f64,
}

/// What one policy cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bill {
    /// Which.
    pub policy: &'static str,
    /// US dollars.
    pub usd: f64,
    /// Share of the prompt tokens that caches served, percent. Absent for the oracle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_percent: Option<f64>,
    /// Requests by model and provider, as `<model> at <provider>`. Empty for the oracle.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, usize>,
    /// US dollars by model. Empty for the oracle.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub usd_by_model: BTreeMap<String, f64>,
    #[serde(skip)]
    sum: NanoUsd,
    #[serde(skip)]
    prompt_tokens: u64,
    #[serde(skip)]
    cached_tokens: u64,
}

impl Bill {
    pub(crate) fn new(policy: &'static str) -> Self {
        Self { policy, ..Self::default() }
    }

    pub(crate) fn add(&mut self, request: &Request, provider: &str, served: &Served) {
        self.sum += served.cost;
        self.usd = self.sum.as_usd();
        self.prompt_tokens += request.prompt_tokens;
        self.cached_tokens += served.cached_tokens;
        self.cached_percent = Some(percent(self.cached_tokens, self.prompt_tokens));
        *self.requests.entry(format!("{} at {provider}", request.model)).or_default() += 1;
        *self.usd_by_model.entry(request.model.clone()).or_default() += served.cost.as_usd();
    }

    pub(crate) fn of_oracle(sum: NanoUsd) -> Self {
        Self { usd: sum.as_usd(), sum, ..Self::new("oracle") }
    }
}

impl Report {
    pub(crate) fn new(
        name: &str,
        trace: &[Request],
        conversations: usize,
        exact_conversations: usize,
        bills: Vec<Bill>,
    ) -> Self {
        let mut report = Self {
            trace: name.to_owned(),
            requests: trace.len(),
            conversations,
            exact_conversations,
            prompt_tokens: trace.iter().map(|request| request.prompt_tokens).sum(),
            output_tokens: trace.iter().map(|request| request.output_tokens).sum(),
            bills,
            saved_percent: 0.0,
            regret_percent: 0.0,
        };
        let ratio = |one: &str, other: &str| {
            let other = report.bill(other).usd;
            if other > 0.0 { report.bill(one).usd / other } else { 1.0 }
        };
        let saved_percent = (1.0 - ratio("cost-focus", "fixed provider")) * 100.0;
        let regret_percent = (ratio("cost-focus", "oracle") - 1.0) * 100.0;
        report.saved_percent = saved_percent;
        report.regret_percent = regret_percent;
        report
    }

    /// The bill of a policy.
    ///
    /// # Panics
    /// When there is no such policy.
    pub fn bill(&self, policy: &str) -> &Bill {
        self.bills.iter().find(|bill| bill.policy == policy).expect("a policy of the report")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, requests, conversations, exact_conversations, .. } = self;
        writeln!(
            formatter,
            "{trace}: {requests} requests in {conversations} conversations, {:.1} million tokens in, {:.2} out",
            millions(self.prompt_tokens),
            millions(self.output_tokens)
        )?;
        writeln!(
            formatter,
            "  {:<20} {:>12} {:>14} {:>14} {:>8}",
            "policy", "bill", "against fixed", "above oracle", "cached"
        )?;
        let (fixed, oracle) = (self.bill("fixed provider").usd, self.bill("oracle").usd);
        for bill in &self.bills {
            let cached = bill.cached_percent.map_or("–".to_owned(), |percent| format!("{percent:.0} %"));
            writeln!(
                formatter,
                "  {:<20} {:>12} {:>14} {:>14} {cached:>8}",
                bill.policy,
                format!("${:.4}", bill.usd),
                change(bill.usd, fixed),
                change(bill.usd, oracle),
            )?;
        }
        if exact_conversations < conversations {
            let bounded = conversations - exact_conversations;
            writeln!(formatter, "  The oracle's bill is a lower bound for {bounded} conversation(s).")?;
        }
        Ok(())
    }
}

fn change(usd: f64, base: f64) -> String {
    if base > 0.0 { format!("{:+.1} %", (usd / base - 1.0) * 100.0) } else { "–".to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn millions(tokens: u64) -> f64 {
    tokens as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}
