use std::time::Duration;

use proptest::prelude::*;

use super::*;

const WINDOW: u32 = 1 << 20;

/// Everything that waits: per record its stream, kind, index and text (or chunk).
fn drain_all(outbox: &Outbox, capacity: usize) -> Vec<(i32, i32, i32, String)> {
    let mut records = vec![0; HEADER_LENGTH + capacity * RECORD_LENGTH];
    let mut drained = Drained::default();
    let mut seen = Vec::new();
    loop {
        outbox.drain(&mut records, &mut drained);
        let utf16: Vec<u16> = drained.text.encode_utf16().collect();
        assert_eq!(records[2], i32::try_from(utf16.len()).unwrap());
        let chunks: Vec<serde_json::Value> = if drained.chunks.is_empty() {
            Vec::new()
        } else {
            serde_json::from_str(&drained.chunks).unwrap()
        };
        assert_eq!(records[3], i32::try_from(chunks.len()).unwrap());
        let mut chunks = chunks.into_iter();
        let mut at = 0;
        for record in
            records[HEADER_LENGTH..].chunks(RECORD_LENGTH).take(usize::try_from(records[0]).unwrap())
        {
            let text = if record[1] == Kind::Chunk as i32 {
                chunks.next().unwrap().to_string()
            } else {
                let end = at + usize::try_from(record[3]).unwrap();
                let text = String::from_utf16(&utf16[at..end]).unwrap();
                at = end;
                text
            };
            seen.push((record[0], record[1], record[2], text));
        }
        if records[1] == 0 {
            return seen;
        }
    }
}

fn row(stream: i32, kind: Kind, index: i32, text: &str) -> (i32, i32, i32, String) {
    (stream, kind as i32, index, text.to_owned())
}

#[test]
fn merges_adjacent_deltas_that_wait_and_nothing_else() {
    let outbox = Outbox::new();
    let mut first = outbox.open(Coalesce::Waiting, WINDOW);
    let mut second = outbox.open(Coalesce::Waiting, WINDOW);
    for (kind, index, text) in [
        (Kind::Text, 0, "a"),
        (Kind::Text, 0, "é😀"),
        (Kind::Reasoning, 0, "r"),
        (Kind::ToolArguments, 0, "{"),
        (Kind::ToolArguments, 1, "["),
        (Kind::ToolArguments, 1, "]"),
        (Kind::Event, 0, "{}"),
        (Kind::Event, 0, "{}"),
    ] {
        first.push(kind, index, text);
        first.flush();
        second.push(Kind::Text, 0, ".");
        second.flush();
    }
    assert_eq!(
        drain_all(&outbox, 100),
        [
            row(1, Kind::Text, 0, "aé😀"),
            row(1, Kind::Reasoning, 0, "r"),
            row(1, Kind::ToolArguments, 0, "{"),
            row(1, Kind::ToolArguments, 1, "[]"),
            row(1, Kind::Event, 0, "{}"),
            row(1, Kind::Event, 0, "{}"),
            row(2, Kind::Text, 0, "........"),
        ]
    );
}

#[test]
fn keeps_every_delta_when_merging_is_off() {
    let outbox = Outbox::new();
    let mut sender = outbox.open(Coalesce::Off, WINDOW);
    sender.push(Kind::Text, 0, "a");
    sender.push(Kind::Text, 0, "b");
    sender.flush();
    sender.push(Kind::Text, 0, "c");
    sender.flush();
    let expected = [row(1, Kind::Text, 0, "a"), row(1, Kind::Text, 0, "b"), row(1, Kind::Text, 0, "c")];
    assert_eq!(drain_all(&outbox, 1), expected, "also one record at a time");
}

#[test]
fn chunks_of_all_streams_are_one_json_array() {
    let outbox = Outbox::new();
    let mut first = outbox.open(Coalesce::Waiting, WINDOW);
    let mut second = outbox.open(Coalesce::Waiting, WINDOW);
    first.push(Kind::Chunk, 0, r#"{"a":"é"}"#);
    first.flush();
    second.push(Kind::Head, 0, "{}");
    second.push(Kind::Chunk, 0, "{}");
    second.flush();
    first.push(Kind::Chunk, 0, "[]");
    first.flush();
    assert_eq!(
        drain_all(&outbox, 100),
        [
            row(1, Kind::Chunk, 0, r#"{"a":"é"}"#),
            row(1, Kind::Chunk, 0, "[]"),
            row(2, Kind::Head, 0, "{}"),
            row(2, Kind::Chunk, 0, "{}"),
        ]
    );
}

#[tokio::test]
async fn asks_for_one_wake_up_per_drain() {
    let outbox = Outbox::new();
    let mut sender = outbox.open(Coalesce::Waiting, WINDOW);
    let due = || tokio::time::timeout(Duration::from_millis(1), outbox.due());
    for text in ["a", "b"] {
        sender.push(Kind::Text, 0, text);
        sender.flush();
    }
    due().await.expect("the first append asks for a wake-up");
    due().await.expect_err("the second one does not");
    drain_all(&outbox, 10);
    sender.push(Kind::Text, 0, "c");
    sender.flush();
    due().await.expect("after a drain the next append asks again");
}

/// Milliseconds until a drain is due, of a paused clock.
async fn due_after(outbox: &Outbox) -> u128 {
    let started_at = tokio::time::Instant::now();
    outbox.due().await;
    started_at.elapsed().as_millis()
}

/// Each sender's next delta.
fn send_deltas(senders: &mut [Sender]) {
    for sender in senders {
        sender.push(Kind::Text, 0, "a");
        sender.flush();
    }
}

#[tokio::test(start_paused = true)]
async fn deltas_of_many_streams_are_gathered_for_a_moment() {
    let outbox = Outbox::new();
    let mut senders: Vec<_> = (0..MANY_STREAMS).map(|_| outbox.open(Coalesce::Waiting, WINDOW)).collect();
    send_deltas(&mut senders);
    assert_eq!(due_after(&outbox).await, 0, "nothing was drained before");
    drain_all(&outbox, 100);
    send_deltas(&mut senders);
    assert_eq!(due_after(&outbox).await, GATHER.as_millis());
    drain_all(&outbox, 100);
    tokio::time::sleep(Duration::from_millis(5)).await;
    send_deltas(&mut senders);
    assert_eq!(due_after(&outbox).await, 0, "the last drain was a while ago");
}

#[tokio::test(start_paused = true)]
async fn a_few_streams_never_wait_for_others() {
    let outbox = Outbox::new();
    let mut senders: Vec<_> = (1..MANY_STREAMS).map(|_| outbox.open(Coalesce::Waiting, WINDOW)).collect();
    for _ in 0..3 {
        send_deltas(&mut senders);
        assert_eq!(due_after(&outbox).await, 0);
        drain_all(&outbox, 100);
    }
}

#[tokio::test(start_paused = true)]
async fn heads_ends_and_events_do_not_wait() {
    for kind in [Kind::Head, Kind::Event, Kind::Failed, Kind::Done] {
        let outbox = Outbox::new();
        let mut senders: Vec<_> = (0..MANY_STREAMS).map(|_| outbox.open(Coalesce::Waiting, WINDOW)).collect();
        send_deltas(&mut senders);
        outbox.due().await;
        drain_all(&outbox, 100);
        send_deltas(&mut senders);
        let urgent = async {
            tokio::task::yield_now().await;
            senders[0].push(kind, 0, "{}");
            senders[0].flush();
        };
        let (waited, ()) = tokio::join!(due_after(&outbox), urgent);
        assert_eq!(waited, 0, "{kind:?} comes while deltas are gathered");
        drain_all(&outbox, 100);
        send_deltas(&mut senders[1..2]);
        senders[1].push(kind, 0, "{}");
        senders[1].flush();
        assert_eq!(due_after(&outbox).await, 0, "{kind:?} comes before anybody waits");
    }
}

#[test]
fn a_stream_is_in_flight_until_its_end_is_drained() {
    let outbox = Outbox::new();
    let sender = outbox.open(Coalesce::Waiting, WINDOW);
    sender.end(Kind::Done, "");
    assert_eq!(outbox.in_flight(), 1);
    assert_eq!(drain_all(&outbox, 10), [row(1, Kind::Done, 0, "")]);
    assert_eq!(outbox.in_flight(), 0);
}

#[test]
fn a_task_that_vanishes_fails_its_stream() {
    let outbox = Outbox::new();
    drop(outbox.open(Coalesce::Waiting, WINDOW));
    let seen = drain_all(&outbox, 10);
    assert_eq!((seen.len(), seen[0].1), (1, Kind::Failed as i32));
}

#[test]
fn a_cancelled_stream_is_silent() {
    let outbox = Outbox::new();
    let mut sender = outbox.open(Coalesce::Waiting, WINDOW);
    sender.push(Kind::Text, 0, "a");
    sender.flush();
    outbox.cancel(sender.id());
    sender.push(Kind::Text, 0, "b");
    sender.flush();
    drop(sender);
    assert_eq!(drain_all(&outbox, 10), []);
    assert_eq!(outbox.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_pace_holds_back_all_but_the_first_delta() {
    let outbox = Outbox::new();
    let mut sender = outbox.open(Coalesce::Every(Duration::from_millis(33)), WINDOW);
    sender.push(Kind::Head, 0, "{}");
    sender.flush();
    sender.push(Kind::Text, 0, "a");
    sender.flush();
    assert_eq!(drain_all(&outbox, 10).len(), 2, "head and first delta leave at once");
    sender.push(Kind::Text, 0, "b");
    sender.flush();
    assert_eq!(drain_all(&outbox, 10), []);
    tokio::time::sleep_until(sender.flush_at().expect("something waits")).await;
    sender.push(Kind::Text, 0, "c");
    sender.flush();
    assert_eq!(drain_all(&outbox, 10), [row(1, Kind::Text, 0, "bc")]);
}

proptest! {
    #[test]
    fn nothing_is_lost_reordered_or_miscounted(
        steps in proptest::collection::vec((0usize..3, 0usize..3, "[aé😀]{1,4}", any::<bool>(), any::<bool>()), 1..60),
        capacity in 1usize..5,
    ) {
        let outbox = Outbox::new();
        let mut senders: Vec<_> = (0..3).map(|_| outbox.open(Coalesce::Waiting, WINDOW)).collect();
        let mut sent = vec![String::new(); 3];
        let mut got = vec![String::new(); 3];
        let mut read = |outbox: &Outbox| {
            for (stream, kind, _, text) in drain_all(outbox, capacity) {
                let at = usize::try_from(stream).unwrap() - 1;
                got[at].extend(text.chars().map(|c| format!("{kind}{c}")));
                outbox.release(u32::try_from(stream).unwrap(), text.encode_utf16().count() + RECORD_COST);
            }
        };
        for (stream, kind, text, flush, drain) in steps {
            let kind = [Kind::Text, Kind::Reasoning, Kind::ToolArguments][kind];
            senders[stream].push(kind, 0, &text);
            sent[stream].extend(text.chars().map(|c| format!("{}{c}", kind as i32)));
            if flush { senders[stream].flush(); }
            if drain { read(&outbox); }
        }
        for sender in &mut senders { sender.flush(); }
        read(&outbox);
        prop_assert_eq!(&got, &sent);
        for sender in &senders {
            prop_assert_eq!(sender.window().left(), i64::from(WINDOW), "what was given back equals what was taken");
        }
    }
}
