//! The scripts, each in a file of its own. They are sent by their hash, in full only when Redis does not know them.

use redis::Script;

pub(super) struct Scripts {
    pub(super) reserve: Script,
    pub(super) end: Script,
    pub(super) sweep: Script,
    pub(super) assert: Script,
    pub(super) load: Script,
    pub(super) generation: Script,
    pub(super) take: Script,
    pub(super) adjust: Script,
    pub(super) begin_call: Script,
    pub(super) end_call: Script,
    pub(super) forget: Script,
    pub(super) open_breaker: Script,
    pub(super) list_breakers: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            reserve: Script::new(include_str!("reserve.lua")),
            end: Script::new(include_str!("end.lua")),
            sweep: Script::new(include_str!("sweep.lua")),
            assert: Script::new(include_str!("assert.lua")),
            load: Script::new(include_str!("load.lua")),
            generation: Script::new(include_str!("generation.lua")),
            take: Script::new(include_str!("take.lua")),
            adjust: Script::new(include_str!("adjust.lua")),
            begin_call: Script::new(include_str!("begin_call.lua")),
            end_call: Script::new(include_str!("end_call.lua")),
            forget: Script::new(include_str!("forget.lua")),
            open_breaker: Script::new(include_str!("open_breaker.lua")),
            list_breakers: Script::new(include_str!("list_breakers.lua")),
        }
    }
}
