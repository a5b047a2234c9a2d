//! Which way the form of the answer is asked for: natively where the model can, else by a tool whose input is the
//! answer (api.md §3.10).

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, RequestError, ResponseFormat};
use serde_json::{Map, Value, json};

use super::model::Rules;
use super::schema;
use crate::adapter::BuildError;
use crate::warnings::Warnings;

/// How the form is asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Form {
    /// Free text.
    Text,
    /// By this value of `output_config.format`.
    Native(Value),
    /// By a tool with this schema.
    Tool(Map<String, Value>),
}

/// Chooses the way.
///
/// # Errors
/// JSON without a schema, which the API does not have; or a schema that the model can't be held to.
pub(super) fn choose(
    request: &ChatRequest,
    rules: &Rules,
    warnings: &mut Warnings,
) -> Result<Form, BuildError> {
    let schema = match &request.response_format {
        None | Some(ResponseFormat::Text) => return Ok(Form::Text),
        Some(ResponseFormat::JsonObject) => {
            let message = "`response_format`: the provider has no `json_object`.";
            return Err(BuildError::Unsuited(RequestError {
                code: ErrorCode::JsonModeNotSupported,
                suggestion: Some("Use `json_schema`.".to_owned()),
                ..RequestError::invalid("response_format", message)
            }));
        }
        Some(ResponseFormat::JsonSchema(definition)) => {
            definition.get("schema").and_then(Value::as_object).cloned().unwrap_or_default()
        }
    };
    let value = Value::Object(schema.clone());
    let native = |schema: Value| Form::Native(json!({ "type": "json_schema", "schema": schema }));
    if rules.takes_schema
        && let Some(schema) = schema::to_native(&value)
    {
        return Ok(native(schema));
    }
    if rules.forces_tools {
        return Ok(Form::Tool(schema));
    }
    let Some(closed) = schema::closed(&value) else {
        let message = "`response_format.json_schema.schema`: the model takes no schema that is recursive or allows anything.";
        return Err(BuildError::Unsuited(RequestError {
            code: ErrorCode::StructuredOutputNotSupported,
            ..RequestError::invalid("response_format.json_schema.schema", message)
        }));
    };
    let how = "so that objects hold only the properties that it names; the model takes no others";
    warnings.changed("response_format.json_schema.schema", how);
    Ok(native(closed))
}
