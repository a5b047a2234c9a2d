//! What strangers try: the parts of the threat model in `docs/security.md` that go over a socket.

mod injection;
mod keys;
mod links;
mod names;
mod oversize;
mod slow;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::Served;

impl Served {
    fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    async fn socket(&self) -> TcpStream {
        TcpStream::connect(self.authority()).await.expect("it listens")
    }

    /// What comes back for these bytes until the connection ends. The connection may end before all bytes are taken.
    async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let (mut reading, mut writing) = self.socket().await.into_split();
        let bytes = bytes.as_ref().to_vec();
        let writer = tokio::spawn(async move {
            let _ = writing.write_all(&bytes).await;
            writing
        });
        let mut reply = Vec::new();
        let _ = reading.read_to_end(&mut reply).await;
        writer.abort();
        String::from_utf8_lossy(&reply).into_owned()
    }

    async fn is_alive(&self) -> bool {
        self.get("/healthz").await.status == 200
    }
}

/// The status of a raw reply; 0 for none.
fn status(reply: &str) -> u16 {
    reply.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or_default()
}

/// Reads until these bytes have come.
async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(end) {
        let count = socket.read_buf(&mut seen).await.expect("it is open");
        assert!(count > 0, "it ended early: {}", String::from_utf8_lossy(&seen));
    }
    String::from_utf8_lossy(&seen).into_owned()
}
