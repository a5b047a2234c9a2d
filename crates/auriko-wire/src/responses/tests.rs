mod client;
#[expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]
mod reading;
mod writing;
