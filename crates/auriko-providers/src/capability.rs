//! What an offering can do. The router filters by it; a request that needs more goes elsewhere.

use serde::Deserialize;

/// Each is `true` unless the configuration says otherwise: without a catalogue, the provider is the one who
/// knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the catalogue lists them")]
pub struct Capabilities {
    /// Calls tools.
    pub tools: bool,
    /// Honours `tool_choice: "required"` and a named function.
    pub tool_choice_required: bool,
    /// `response_format: json_object`.
    pub json: bool,
    /// `response_format: json_schema`.
    pub json_schema: bool,
    /// Tools and `json_schema` in one request.
    pub tools_with_json_schema: bool,
    /// Images in the input.
    pub vision: bool,
    /// `reasoning_effort`.
    pub reasoning: bool,
    /// `reasoning_effort: "off"`.
    pub reasoning_off: bool,
    /// `stream: true`.
    pub streaming: bool,
    /// `stream: false`.
    pub non_streaming: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            tools: true,
            tool_choice_required: true,
            json: true,
            json_schema: true,
            tools_with_json_schema: true,
            vision: true,
            reasoning: true,
            reasoning_off: true,
            streaming: true,
            non_streaming: true,
        }
    }
}
