//! Accounts at providers, as far as own keys of workspaces need to know them: what tells for nothing whether a key is
//! good, which tiers an account may have, what each tier promises about prompts, and where a tier shows.
//!
//! The links are where each fact is documented (read 2026-11-23); no row was tried against the provider itself.

use serde_json::Value;

use crate::adapter::Adapter;
use crate::anthropic;

/// What is known of the accounts of one provider.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// Provider id.
    pub provider: &'static str,
    /// How a key is tried.
    pub check: KeyCheck,
    /// What `account_tier` may be; the first one promises and allows least, so that it is assumed of an account of
    /// which nothing is known. Empty: the provider knows no tiers, or they make no difference.
    pub tiers: &'static [AccountTier],
}

/// A request that costs nothing and shows whether a key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// `GET` of this path, below the base URL, is answered to good keys alone.
    Proves(&'static str),
    /// `GET` of this path refuses keys that are wrong, but may be answered to anybody.
    Refutes(&'static str),
    /// Nothing free is documented.
    Nothing,
}

/// A tier of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountTier {
    /// The value of `account_tier`.
    pub name: &'static str,
    /// What is promised about prompts.
    pub promise: Promise,
}

/// What an account's contract says about prompts (routing.md §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Nothing: they may be used for training.
    Nothing,
    /// They are not used for training.
    NoTraining,
}

const fn tier(name: &'static str, promise: Promise) -> AccountTier {
    AccountTier { name, promise }
}

/// Servers that are known by their configuration alone.
const UNKNOWN: Accounts = accounts("", KeyCheck::Refutes("models"), &[]);

const fn accounts(provider: &'static str, check: KeyCheck, tiers: &'static [AccountTier]) -> Accounts {
    Accounts { provider, check, tiers }
}

/// In the order of `table::PROVIDERS`.
pub const ACCOUNTS: [Accounts; 16] = [
    // https://platform.openai.com/docs/api-reference/models/list and /docs/guides/rate-limits; prompts are not used
    // for training in any tier: /docs/guides/your-data.
    accounts(
        "openai",
        KeyCheck::Proves("models"),
        &[
            tier("free", Promise::NoTraining),
            tier("tier_1", Promise::NoTraining),
            tier("tier_2", Promise::NoTraining),
            tier("tier_3", Promise::NoTraining),
            tier("tier_4", Promise::NoTraining),
            tier("tier_5", Promise::NoTraining),
        ],
    ),
    // https://platform.claude.com/docs/en/api/models-list and /docs/en/api/rate-limits
    accounts(
        "anthropic",
        KeyCheck::Proves("models"),
        &[
            tier("tier_1", Promise::NoTraining),
            tier("tier_2", Promise::NoTraining),
            tier("tier_3", Promise::NoTraining),
            tier("tier_4", Promise::NoTraining),
        ],
    ),
    // https://ai.google.dev/api/models and /gemini-api/docs/rate-limits; /gemini-api/docs/pricing: only unpaid use is
    // "used to improve our products".
    accounts(
        "google_ai_studio",
        KeyCheck::Proves("models?pageSize=1"),
        &[
            tier("free", Promise::Nothing),
            tier("tier_1", Promise::NoTraining),
            tier("tier_2", Promise::NoTraining),
            tier("tier_3", Promise::NoTraining),
        ],
    ),
    // https://api-docs.deepseek.com/api/list-models
    accounts("deepseek", KeyCheck::Proves("models"), &[]),
    // https://docs.x.ai/docs/api-reference: the list of models needs a key.
    accounts("xai", KeyCheck::Proves("models"), &[]),
    // https://console.groq.com/docs/api-reference#models-list and /docs/rate-limits
    accounts(
        "groq",
        KeyCheck::Proves("models"),
        &[tier("free", Promise::NoTraining), tier("developer", Promise::NoTraining)],
    ),
    // https://docs.mistral.ai/api; help.mistral.ai, article 323757: the free plan's data may be used for training.
    accounts(
        "mistral",
        KeyCheck::Proves("models"),
        &[tier("experiment", Promise::Nothing), tier("scale", Promise::NoTraining)],
    ),
    // https://docs.together.ai/reference/models-1
    accounts("together_ai", KeyCheck::Proves("models"), &[]),
    // https://docs.fireworks.ai/api-reference/introduction: every call needs a key.
    accounts("fireworks_ai", KeyCheck::Proves("models"), &[]),
    // https://platform.moonshot.ai/docs/api/list-models
    accounts("moonshot", KeyCheck::Proves("models"), &[]),
    // https://openrouter.ai/docs/api-reference/limits: `GET /key` says whether credit was ever bought. The list of
    // models is public. What is promised depends on who serves.
    accounts(
        "openrouter",
        KeyCheck::Proves("key"),
        &[tier("free", Promise::Nothing), tier("paid", Promise::Nothing)],
    ),
    // https://inference-docs.cerebras.ai/api-reference/models
    accounts("cerebras", KeyCheck::Proves("models"), &[]),
    // https://deepinfra.com/docs/openai_api: the list of models is public.
    accounts("deepinfra", KeyCheck::Nothing, &[]),
    // https://docs.z.ai/api-reference has no list of models.
    accounts("z_ai", KeyCheck::Nothing, &[]),
    // https://platform.minimax.io/docs/api-reference/text-openai-api has no list of models.
    accounts("minimax", KeyCheck::Nothing, &[]),
    // https://docs.siliconflow.com/en/api-reference/models/get-model-list
    accounts("siliconflow", KeyCheck::Proves("models"), &[]),
];

impl Accounts {
    /// Those of a provider id. Of a server that is known by its configuration alone, only refusals are believed.
    pub fn of(provider: &str) -> Self {
        ACCOUNTS.into_iter().find(|row| row.provider == provider).unwrap_or(UNKNOWN)
    }

    /// The tier of this name.
    pub fn tier(&self, name: &str) -> Option<&'static AccountTier> {
        self.tiers.iter().find(|tier| tier.name == name)
    }

    /// What is assumed of an account of which nothing is known. `None`: there are no tiers.
    pub fn fallback(&self) -> Option<&'static AccountTier> {
        self.tiers.first()
    }

    /// The tier that the headers of a reply show. `header`: from a name in lower case to the value.
    pub fn tier_in_headers<'a>(
        &self,
        header: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Option<&'static AccountTier> {
        if self.provider != "anthropic" {
            return None;
        }
        // https://platform.claude.com/docs/en/api/rate-limits: the same number for every model of a tier.
        let limit = header("anthropic-ratelimit-requests-limit")?;
        let name = match limit.trim() {
            "50" => "tier_1",
            "1000" => "tier_2",
            "2000" => "tier_3",
            "4000" => "tier_4",
            _ => return None,
        };
        self.tier(name)
    }

    /// The tier that the answer to [`KeyCheck`] shows.
    pub fn tier_in_check(&self, body: &str) -> Option<&'static AccountTier> {
        if self.provider != "openrouter" {
            return None;
        }
        let answer: Value = serde_json::from_str(body).ok()?;
        let is_free = answer.get("data")?.get("is_free_tier")?.as_bool()?;
        self.tier(if is_free { "free" } else { "paid" })
    }
}

/// URL and headers of a `GET` below `base_url` with a key.
pub fn check_request(
    adapter: Adapter,
    base_url: &str,
    path: &str,
    key: &str,
) -> (String, Vec<(String, String)>) {
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    match adapter {
        Adapter::OpenAiCompatible(_) => headers.push(("authorization".to_owned(), format!("Bearer {key}"))),
        Adapter::Anthropic => {
            headers.push(("anthropic-version".to_owned(), anthropic::VERSION.to_owned()));
            headers.push(("x-api-key".to_owned(), key.to_owned()));
        }
        Adapter::Gemini => headers.push(("x-goog-api-key".to_owned(), key.to_owned())),
    }
    (format!("{}/{path}", base_url.trim_end_matches('/')), headers)
}

/// Whether a provider's message says that the key is wrong, whatever the status: xAI answers 400, some answer 403.
pub fn is_about_the_key(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "incorrect api key",
        "invalid api key",
        "invalid api_key",
        "api key is invalid",
        "api key not valid",
        "key you provided is invalid",
        "invalid authentication",
    ]
    .iter()
    .any(|phrase| message.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{GENERIC, PROVIDERS};

    #[test]
    fn every_known_provider_has_a_row_and_tiers_are_unique() {
        let known: Vec<_> = PROVIDERS.iter().map(|row| row.id).collect();
        let rows: Vec<_> = ACCOUNTS.iter().map(|row| row.provider).collect();
        assert_eq!(known, rows);
        for row in ACCOUNTS {
            let names: std::collections::HashSet<_> = row.tiers.iter().map(|tier| tier.name).collect();
            assert_eq!(names.len(), row.tiers.len(), "{}", row.provider);
            let promises: Vec<_> = row.tiers.iter().map(|tier| tier.promise as u8).collect();
            assert!(promises.is_sorted(), "{}: the first one promises least", row.provider);
        }
        assert_eq!(Accounts::of("my-server").check, KeyCheck::Refutes("models"));
    }

    #[test]
    fn tiers_show_where_providers_tell_them() {
        let name = |tier: Option<&AccountTier>| tier.map(|tier| tier.name);
        let anthropic = Accounts::of("anthropic");
        for (limit, tier) in [("50", Some("tier_1")), ("4000", Some("tier_4")), ("12345", None), ("x", None)]
        {
            assert_eq!(name(anthropic.tier_in_headers(|_| Some(limit))), tier, "{limit}");
        }
        assert_eq!(Accounts::of("openai").tier_in_headers(|_| Some("50")), None);
        let openrouter = Accounts::of("openrouter");
        assert_eq!(name(openrouter.tier_in_check(r#"{"data":{"is_free_tier":true}}"#)), Some("free"));
        assert_eq!(name(openrouter.tier_in_check(r#"{"data":{"is_free_tier":false}}"#)), Some("paid"));
        for odd in ["", "[]", r#"{"data":[]}"#, r#"{"data":{"is_free_tier":"no"}}"#] {
            assert_eq!(openrouter.tier_in_check(odd), None, "{odd}");
        }
        assert_eq!(anthropic.tier_in_check(r#"{"data":{"is_free_tier":true}}"#), None);
    }

    #[test]
    fn a_check_is_sent_in_the_words_of_its_api() {
        let (url, headers) =
            check_request(Adapter::OpenAiCompatible(&GENERIC), "http://h/v1/", "models", "k");
        assert_eq!(url, "http://h/v1/models");
        assert!(headers.contains(&("authorization".to_owned(), "Bearer k".to_owned())));
        let (_, headers) = check_request(Adapter::Anthropic, "http://h/v1", "models", "k");
        assert!(headers.contains(&("x-api-key".to_owned(), "k".to_owned())));
        let (url, headers) = check_request(Adapter::Gemini, "http://h/v1beta", "models?pageSize=1", "k");
        assert!(url.ends_with("/v1beta/models?pageSize=1"));
        assert!(headers.contains(&("x-goog-api-key".to_owned(), "k".to_owned())));
    }

    #[test]
    fn wrong_keys_are_recognised_by_their_messages() {
        assert!(is_about_the_key("Incorrect API key provided: k***."));
        assert!(is_about_the_key("API key not valid. Please pass a valid API key."));
        let restricted =
            "You have insufficient permissions. If you're using a restricted API key, check its scopes.";
        assert!(!is_about_the_key(restricted));
    }
}
