//! Files that a caller names by their URL and the provider does not fetch: the gateway fetches them, within `[media]`, and
//! sends them as `data:` URLs.

use std::borrow::Cow;

use auriko_client::MediaFetcher;
use auriko_providers::adapter::Adapter;
use auriko_wire::request::{ChatRequest, RequestError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config;

/// Most files of one request: each is fetched after the one before.
const MOST_FILES: usize = 16;

/// Fetches files as the configuration allows.
#[derive(Debug)]
pub(crate) struct Media {
    settings: config::Media,
    fetcher: MediaFetcher,
}

/// A file that the provider does not fetch.
struct Link {
    message: usize,
    part: usize,
    pointer: &'static str,
    url: String,
}

impl Link {
    /// As errors name it.
    fn param(&self) -> String {
        format!("messages[{}].content[{}]{}", self.message, self.part, self.pointer.replace('/', "."))
    }
}

impl Media {
    pub(crate) fn new(settings: config::Media) -> Self {
        let fetcher = MediaFetcher::new(settings.blocked.clone());
        Self { settings, fetcher }
    }

    /// The request with the files in it that the provider does not fetch.
    ///
    /// # Errors
    /// Names the part whose file can't be had.
    pub(crate) async fn inline<'a>(
        &self,
        request: Cow<'a, ChatRequest>,
        adapter: Adapter,
        upstream_model: &str,
    ) -> Result<Cow<'a, ChatRequest>, RequestError> {
        if !self.settings.fetch {
            return Ok(request);
        }
        let links = links(&request, adapter, upstream_model);
        if links.is_empty() {
            return Ok(request);
        }
        // Rare, and large.
        Box::pin(self.fetch(request.into_owned(), links)).await.map(Cow::Owned)
    }

    async fn fetch(&self, mut request: ChatRequest, links: Vec<Link>) -> Result<ChatRequest, RequestError> {
        if let Some(link) = links.get(MOST_FILES) {
            let param = link.param();
            let message =
                format!("`{param}`: at most {MOST_FILES} files of a request are fetched by the gateway.");
            return Err(RequestError::invalid(param, message));
        }
        // One limit for all of them: they are in memory together.
        let mut limits = self.settings.limits;
        for link in links {
            let fetched = self.fetcher.fetch(&link.url, limits).await;
            let file = fetched.map_err(|error| {
                let param = link.param();
                let message = format!("`{param}` could not be fetched: {error}.");
                RequestError::invalid(param, message)
            })?;
            limits.max_bytes = limits.max_bytes.saturating_sub(file.bytes.len() as u64);
            let url = format!("data:{};base64,{}", file.mime, STANDARD.encode(&file.bytes));
            request.messages[link.message].set_link(link.part, link.pointer, url);
        }
        Ok(request)
    }
}

fn links(request: &ChatRequest, adapter: Adapter, upstream_model: &str) -> Vec<Link> {
    let messages = request.messages.iter().enumerate();
    let all = messages.flat_map(|(message, content)| content.links().map(move |link| (message, link)));
    let foreign = all.filter(|(_, (_, _, url))| !adapter.takes_link(url, upstream_model));
    foreign
        .map(|(message, (part, pointer, url))| Link { message, part, pointer, url: url.to_owned() })
        .collect()
}
