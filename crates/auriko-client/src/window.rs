//! Per-stream byte window: when to stop reading the socket, and when to go on.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

/// Counts what one stream holds between the socket and its reader.
///
/// The producer takes without waiting, since a read can't be undone, and then waits until the window is open
/// before it reads again; so a stream holds at most its window and one read more.
#[derive(Debug)]
pub struct Window {
    left: AtomicI64,
    opened: Notify,
}

impl Window {
    /// An open window of `size` units.
    pub fn new(size: u32) -> Self {
        Self { left: AtomicI64::new(i64::from(size)), opened: Notify::new() }
    }

    /// Records that `amount` units are now held.
    pub fn take(&self, amount: usize) {
        self.left.fetch_sub(i64::try_from(amount).unwrap_or(i64::MAX), Ordering::AcqRel);
    }

    /// Records that `amount` units were consumed.
    pub fn give(&self, amount: usize) {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX);
        let before = self.left.fetch_add(amount, Ordering::AcqRel);
        if before <= 0 && before + amount > 0 {
            self.opened.notify_one();
        }
    }

    /// Whether reading may go on.
    pub fn is_open(&self) -> bool {
        self.left.load(Ordering::Acquire) > 0
    }

    /// Units that may still be held; negative when the last read was larger than what was left.
    #[cfg(test)]
    pub(crate) fn left(&self) -> i64 {
        self.left.load(Ordering::Acquire)
    }

    /// Waits until reading may go on. One task may wait at a time.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn open(&self) {
        while !self.is_open() {
            self.opened.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn closes_when_full_and_opens_when_given_back() {
        let window = Arc::new(Window::new(10));
        window.take(9);
        assert!(window.is_open());
        window.take(5);
        assert!(!window.is_open());
        window.give(4);
        assert!(!window.is_open(), "nothing is left until more than the excess came back");
        let waiting = tokio::spawn({
            let window = Arc::clone(&window);
            async move { window.open().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        window.give(10);
        waiting.await.expect("the waiting task ends");
    }

    #[tokio::test]
    async fn a_window_given_back_before_the_wait_is_not_missed() {
        let window = Window::new(1);
        window.take(1);
        window.give(1);
        window.open().await;
    }
}
