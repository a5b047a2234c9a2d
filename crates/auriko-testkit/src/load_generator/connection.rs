//! One kept-alive connection.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::Plan;
use crate::tokens::TokenCounter;

/// One request, answered in full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    /// To the end of the body.
    pub(crate) latency: Duration,
    /// To the first text piece.
    pub(crate) first_token: Duration,
}

/// A connection that is opened when it is first needed, and again when the server has closed it.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// Sends one request and reads its reply; `began_at` is when the request was due.
    ///
    /// # Errors
    /// What went wrong, or what was wrong with the reply.
    pub(crate) async fn exchange(&mut self, plan: &Plan, began_at: Instant) -> Result<Exchange, String> {
        let sender = match self.sender.take() {
            // The server may close a connection between two requests.
            Some(sender) if sender.is_ready() => sender,
            _ => open(plan).await.map_err(|error| format!("can't connect to {}: {error}", plan.address))?,
        };
        let sender = self.sender.insert(sender);
        let response = sender
            .send_request(request(plan)?)
            .await
            .map_err(|error| format!("no reply from {}: {error}", plan.address))?;
        let status = response.status();
        let mut body = response.into_body();
        let mut counter = TokenCounter::new();
        let mut first_token = None;
        let mut seen = 0;
        let mut start = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| format!("the reply broke off: {error}"))?;
            let Ok(bytes) = frame.into_data() else { continue };
            if !status.is_success() {
                start.extend_from_slice(&bytes);
                continue;
            }
            seen = counter.push(&bytes);
            if seen > 0 && first_token.is_none() {
                first_token = Some(began_at.elapsed());
            }
        }
        let latency = began_at.elapsed();
        if !status.is_success() {
            let text = String::from_utf8_lossy(&start);
            return Err(format!("status {status}: {}", text.chars().take(500).collect::<String>()));
        }
        if seen != plan.tokens {
            return Err(format!("a reply holds {seen} pieces of text instead of {}", plan.tokens));
        }
        // hyper gives the connection free a moment after the body's end.
        if sender.ready().await.is_err() {
            self.sender = None;
        }
        Ok(Exchange { latency, first_token: first_token.unwrap_or(latency) })
    }
}

async fn open(plan: &Plan) -> Result<SendRequest<Full<Bytes>>, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(plan.address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    sender.ready().await?;
    Ok(sender)
}

fn request(plan: &Plan) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::post(&plan.path)
        .header(HOST, plan.address.to_string())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &plan.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(plan.body.clone())).map_err(|error| error.to_string())
}
