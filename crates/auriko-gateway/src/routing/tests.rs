use auriko_wire::error_code::ErrorCode;

use super::*;

#[test]
fn a_refusal_becomes_an_error_of_the_gateway() {
    let refusal = Refusal {
        code: ErrorCode::ModelUnavailable,
        param: Some("model"),
        message: "No.".to_owned(),
        suggestion: String::new(),
        retry_after: Some(std::time::Duration::from_secs(3)),
        dropped: Vec::new(),
    };
    let error = ApiError::from(Box::new(refusal));
    assert_eq!((error.code, error.param.as_deref()), (ErrorCode::ModelUnavailable, Some("model")));
    assert_eq!((error.suggestion, error.retry_after.map(|wait| wait.as_secs())), (None, Some(3)));
}
