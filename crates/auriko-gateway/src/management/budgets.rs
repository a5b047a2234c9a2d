//! Budgets of a workspace (budgets.md §1).

use auriko_store::budget::{BudgetChange, BudgetScope, BudgetStatus, NewBudget};
use auriko_store::clock::Period;
use auriko_store::key::Scope;
use auriko_wire::error_code::ErrorCode;
use serde_json::{Value, json};

use super::body::{Fields, invalid};
use super::{Answer, Request, deleted, list_of};
use crate::error::ApiError;

/// What says what a budget looks at, and when it starts anew.
const FIXED: [&str; 4] = ["scope_type", "scope_id", "scope_provider", "period"];

pub(super) async fn list(request: &Request<'_>) -> Answer {
    request.require(&[Scope::BudgetsRead])?;
    let all = request.store.budgets().list(&request.workspace).await?;
    Ok((200, list_of(all.iter().map(show))))
}

pub(super) async fn retrieve(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::BudgetsRead])?;
    Ok((200, show(&request.store.budgets().find(&request.workspace, id).await?)))
}

pub(super) async fn create(request: &Request<'_>) -> Answer {
    request.require(&[Scope::BudgetsWrite])?;
    let mut fields = Fields::read(&request.call.body)?;
    let scope = match fields.required_text("scope_type")?.as_str() {
        "workspace" => BudgetScope::Workspace,
        "api_key" => BudgetScope::ApiKey(fields.required_text("scope_id")?.into()),
        "byok_provider" => BudgetScope::ByokProvider(fields.required_text("scope_provider")?.into()),
        _ => return Err(invalid("scope_type", "must be one of workspace, api_key, byok_provider")),
    };
    let Some(period) = period(&mut fields)? else {
        let message = "`period` is required.";
        return Err(ApiError::new(ErrorCode::MissingRequiredParameter, message).with_param("period"));
    };
    let new = NewBudget {
        scope,
        period,
        limit: fields.required_money("limit_usd")?,
        enforce: fields.flag("enforce")?.unwrap_or(false),
        include_byok: fields.flag("include_byok")?.unwrap_or(false),
    };
    fields.finish()?;
    let made = request.store.budgets().create(&request.workspace, new).await?;
    Ok((201, show(&made)))
}

pub(super) async fn update(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::BudgetsWrite])?;
    let mut fields = Fields::read(&request.call.body)?;
    if let Some(field) = FIXED.into_iter().find(|field| fields.has(field)) {
        let message = format!("`{field}` can't be changed.");
        return Err(ApiError::new(ErrorCode::FieldImmutable, message)
            .with_param(field)
            .with_suggestion("Delete the budget and create another one."));
    }
    if fields.is_empty() {
        let message = "At least one of `limit_usd`, `enforce` and `include_byok` is required.";
        return Err(ApiError::new(ErrorCode::MissingRequiredParameter, message));
    }
    let change = BudgetChange {
        limit: fields.money("limit_usd")?,
        enforce: fields.flag("enforce")?,
        include_byok: fields.flag("include_byok")?,
    };
    fields.finish()?;
    Ok((200, show(&request.store.budgets().update(&request.workspace, id, change).await?)))
}

pub(super) async fn delete(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::BudgetsWrite])?;
    request.store.budgets().delete(&request.workspace, id).await?;
    Ok(deleted(id, "budget"))
}

pub(super) fn period(fields: &mut Fields) -> Result<Option<Period>, ApiError> {
    let Some(word) = fields.text("period")? else { return Ok(None) };
    Period::parse(&word).map(Some).ok_or_else(|| invalid("period", "must be one of daily, weekly, monthly"))
}

fn show(status: &BudgetStatus) -> Value {
    let budget = &status.budget;
    let (mut scope_id, mut scope_provider) = (None, None);
    match &budget.scope {
        BudgetScope::Workspace | BudgetScope::Credit => {}
        BudgetScope::ApiKey(id) => scope_id = Some(&**id),
        BudgetScope::ByokProvider(provider) => scope_provider = Some(&**provider),
    }
    json!({
        "id": budget.id,
        "workspace_id": &*budget.workspace,
        "scope_type": budget.scope.as_str(),
        "scope_id": scope_id,
        "scope_provider": scope_provider,
        "period": budget.period.as_str(),
        "limit_usd": budget.limit.as_usd(),
        "enforce": budget.enforce,
        "include_byok": budget.include_byok,
        "spend_usd": status.spent.as_usd(),
        "percent_used": (status.percent_used() * 100.0).round() / 100.0,
        "created_at": budget.created_at.to_rfc3339(),
        "updated_at": budget.updated_at.to_rfc3339(),
    })
}
