//! The server-sent events of a streamed response: numbered, each with its type as its name.

use serde_json::Value;

/// Where the events of one step go. Those of a plain reply go nowhere: the same steps build its object.
pub(super) struct Frames<'a> {
    /// Number of the next event.
    pub(super) sequence: &'a mut u64,
    pub(super) out: Option<&'a mut Vec<u8>>,
}

/// The item that an event is about.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) item_id: &'a str,
    pub(super) output_index: usize,
}

impl Frames<'_> {
    /// An event with these fields, an object.
    pub(super) fn event(&mut self, name: &str, fields: impl FnOnce() -> Value) {
        self.write(name, |out| write_fields(out, &fields()));
    }

    /// An event about an item, with these fields.
    pub(super) fn event_at(&mut self, place: Place<'_>, name: &str, fields: impl FnOnce() -> Value) {
        self.write(name, |out| {
            write_place(out, place);
            write_fields(out, &fields());
        });
    }

    /// A piece of text for an item. The frequent event: written without building JSON. `part` is the field that
    /// says which part of the item it belongs to, with its quotes, and that part's number.
    pub(super) fn delta(
        &mut self,
        place: Place<'_>,
        name: &str,
        part: Option<(&str, usize)>,
        delta: &str,
        logprobs: Option<&[Value]>,
    ) {
        self.write(name, |out| {
            write_place(out, place);
            if let Some((field, number)) = part {
                out.push(b',');
                out.extend_from_slice(field.as_bytes());
                out.push(b':');
                write_number(out, number as u64);
            }
            out.extend_from_slice(b",\"delta\":");
            write_json(out, delta);
            if let Some(logprobs) = logprobs {
                out.extend_from_slice(b",\"logprobs\":");
                write_json(out, logprobs);
            }
        });
    }

    fn write(&mut self, name: &str, fields: impl FnOnce(&mut Vec<u8>)) {
        let Some(out) = &mut self.out else { return };
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\ndata: {\"type\":\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\",\"sequence_number\":");
        write_number(out, *self.sequence);
        fields(out);
        out.extend_from_slice(b"}\n\n");
        *self.sequence += 1;
    }
}

fn write_place(out: &mut Vec<u8>, place: Place<'_>) {
    out.extend_from_slice(b",\"item_id\":");
    write_json(out, place.item_id);
    out.extend_from_slice(b",\"output_index\":");
    write_number(out, place.output_index as u64);
}

fn write_fields(out: &mut Vec<u8>, fields: &Value) {
    for (name, value) in fields.as_object().into_iter().flatten() {
        out.push(b',');
        write_json(out, name);
        out.push(b':');
        write_json(out, value);
    }
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    write_json(out, &number);
}

fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("plain data serialises into memory");
}
