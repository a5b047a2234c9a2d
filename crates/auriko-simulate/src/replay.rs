//! Replays a trace once per policy.

use std::collections::HashMap;
use std::sync::Arc;

use auriko_routing::catalog::file::CatalogFile;
use auriko_routing::catalog::{Catalog, Offering, ProviderSetup};
use auriko_wire::money::NanoUsd;

use crate::baseline::{cheapest_list_price, fixed};
use crate::cache::{Kept, Losses, Served, serve, still_kept};
use crate::oracle::{self, Turn};
use crate::report::{Bill, Report};
use crate::router::Router;
use crate::trace::Request;

/// The simulated world.
#[derive(Debug, Clone)]
pub struct Options {
    /// Models, prices and rules of caches. Everybody in it counts as configured.
    pub catalog: CatalogFile,
    /// Nobody is routed to these; the fixed provider may be one of them.
    pub exclude_providers: Vec<String>,
    /// Of a thousand prompts that should be found in a cache, so many are not. 0 to 1000.
    pub losses_per_mille: u64,
    /// Decides which ones are lost, and by how much estimates of lengths are off.
    pub seed: u64,
}

impl Options {
    /// Everybody may be routed to, and caches keep what they promise.
    pub fn new(catalog: CatalogFile) -> Self {
        Self { catalog, exclude_providers: Vec::new(), losses_per_mille: 0, seed: 0 }
    }
}

/// Why a trace can't be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// The catalogue does not know the model, or nobody may serve it.
    #[error("`{model}` can't be served: {message}")]
    Refused {
        /// The model of the request.
        model: String,
        /// The router's words.
        message: String,
    },
    /// The provider that the trace names does not serve the model, or at no known price.
    #[error("the catalogue has no prices of `{model}` at `{provider}`, which the trace names")]
    NotOffered {
        /// As in the trace.
        model: String,
        /// As in the trace.
        provider: String,
    },
    /// There is nothing to replay.
    #[error("the trace is empty")]
    Empty,
}

/// Replays a trace. `progress` is told how many steps are done, of how many.
///
/// # Errors
/// [`SimulationError`], which names the model at fault.
pub fn simulate(
    name: &str,
    trace: &[Request],
    options: &Options,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Report, SimulationError> {
    if trace.is_empty() {
        return Err(SimulationError::Empty);
    }
    let everybody = |_: &str| ProviderSetup { has_platform_key: true, ..ProviderSetup::default() };
    let catalog = Catalog::new(options.catalog.clone(), &everybody);
    let losses = Losses { per_mille: options.losses_per_mille, seed: options.seed };
    let mut router = Router::new(&catalog, &options.exclude_providers, options.seed);
    let mut accounts =
        ["fixed provider", "cheapest list price", "cost-focus"].map(|policy| Account::new(policy, losses));
    let mut conversations: Vec<Vec<Turn<'_>>> = Vec::new();
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let steps = trace.len() * 2;
    for (done, request) in trace.iter().enumerate() {
        progress(done, steps);
        let eligible = router.eligible(request)?;
        let [of_named, of_list, of_router] = &mut accounts;
        let model = catalog.model(&request.model).map(|model| &model.offerings);
        let offering = model.and_then(|offerings| fixed(request, offerings));
        let not_offered = || SimulationError::NotOffered {
            model: request.model.clone(),
            provider: request.provider.clone(),
        };
        of_named.serve(request, offering.ok_or_else(not_offered)?).ok_or_else(not_offered)?;
        let cheapest = cheapest_list_price(&eligible).ok_or_else(not_offered)?;
        of_list.serve(request, cheapest).ok_or_else(not_offered)?;
        let chosen = router.choose(request)?;
        let served = of_router.serve(request, &chosen).ok_or_else(not_offered)?;
        router.learn(request, &chosen, &served);
        let position = *by_id.entry(&request.conversation).or_insert_with(|| {
            conversations.push(Vec::new());
            conversations.len() - 1
        });
        conversations[position].push(Turn { request, eligible });
    }
    let mut bills: Vec<Bill> = accounts.into_iter().map(|account| account.bill).collect();
    let mut done = trace.len();
    let (mut least, mut exact) = (NanoUsd::ZERO, 0);
    for turns in &conversations {
        progress(done, steps);
        done += turns.len();
        // Every turn has been served at a known price above.
        if let Some(found) = oracle::least(turns, losses) {
            least += found.cost;
            exact += usize::from(found.is_exact);
        }
    }
    progress(steps, steps);
    bills.push(Bill::of_oracle(least));
    Ok(Report::new(name, trace, conversations.len(), exact, bills))
}

/// One policy's bill, and its own world of caches.
struct Account<'a> {
    losses: Losses,
    /// By conversation: who holds what of it.
    caches: HashMap<&'a str, Vec<(Arc<Offering>, Kept)>>,
    bill: Bill,
}

impl<'a> Account<'a> {
    fn new(policy: &'static str, losses: Losses) -> Self {
        Self { losses, caches: HashMap::new(), bill: Bill::new(policy) }
    }

    /// `None`: the price is not known.
    fn serve(&mut self, request: &'a Request, offering: &Arc<Offering>) -> Option<Served> {
        let caches = self.caches.entry(&request.conversation).or_default();
        // Whatever anybody holds of the conversation, only what this prompt shares with it is of use later.
        caches.retain_mut(|(holder, kept)| match still_kept(holder, request, Some(*kept)) {
            Some(still) => {
                *kept = still;
                true
            }
            None => false,
        });
        let here = caches.iter().position(|(holder, _)| Arc::ptr_eq(holder, offering));
        let kept = here.map(|position| caches.swap_remove(position).1);
        let served = serve(offering, request, kept, self.losses)?;
        caches.extend(served.kept.map(|kept| (Arc::clone(offering), kept)));
        self.bill.add(request, &offering.provider, &served);
        Some(served)
    }
}

#[cfg(test)]
mod tests;
