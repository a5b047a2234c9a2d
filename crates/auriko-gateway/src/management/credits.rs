//! Credit of a workspace (budgets.md §3, api.md §7.4): the balance, and what was bought, which is an addition of ours.
//!
//! Whoever runs the gateway takes the money and says so here; nothing is charged by the gateway itself. So the fields of a
//! balance that are about cards, automatic payments and plans say that there are none.

use auriko_store::StoreError;
use auriko_store::credit::{Balance, Purchase};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::money::NanoUsd;
use serde_json::{Value, json};

use super::body::{Fields, invalid};
use super::{Answer, Request, list_of};
use crate::error::ApiError;
use crate::guard::dollars;

/// Nano-dollars of a microdollar.
const MICRO: u64 = 1_000;
/// Microdollars of a cent.
const CENT: i64 = 10_000;

pub(super) async fn balance(request: &Request<'_>) -> Answer {
    check(request)?;
    Ok((200, show(&request.store.credits().balance(&request.workspace).await?)))
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    check(request)?;
    let purchases = request.store.credits().purchases(&request.workspace).await?;
    Ok((200, list_of(purchases.iter().map(show_purchase))))
}

pub(super) async fn add(request: &Request<'_>) -> Answer {
    check(request)?;
    let mut fields = Fields::read(&request.call.body)?;
    let (in_dollars, in_microdollars) = ("amount_usd", "amount_microdollars");
    let (field, amount) = match (fields.money(in_dollars)?, fields.microdollars(in_microdollars)?) {
        (Some(amount), None) => (in_dollars, amount),
        (None, Some(amount)) => (in_microdollars, amount),
        (Some(_), Some(_)) => return Err(invalid(in_microdollars, "and `amount_usd` exclude each other")),
        (None, None) => {
            let message = "`amount_usd` or `amount_microdollars` is required.";
            return Err(ApiError::new(ErrorCode::MissingRequiredParameter, message).with_param(in_dollars));
        }
    };
    let note = fields.text("note")?;
    fields.finish()?;
    let made = request.store.credits().add(&request.workspace, amount, note.as_deref()).await;
    let made = made.map_err(|error| match error {
        StoreError::Invalid { field: "amount", problem } => invalid(field, &problem),
        error => error.into(),
    })?;
    let mut shown = show_purchase(&made);
    // It was bought, whatever becomes of the look at what there is now.
    let balance = request.store.credits().balance(&request.workspace).await.ok();
    shown["balance_microdollars"] = balance.map(|balance| balance.microdollars()).into();
    Ok((201, shown))
}

/// Refuses who may not, and where there is no credit.
fn check(request: &Request<'_>) -> Result<(), ApiError> {
    request.require_admin()?;
    if request.store.credits().are_counted() {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::ResourceNotFound, "This gateway keeps no credit.")
        .with_suggestion("Set `enabled = true` in the table `[credits]` of its configuration."))
}

fn show(balance: &Balance) -> Value {
    let left = balance.microdollars();
    let purchased = signed(balance.purchased.0 / MICRO);
    // What is left and what is spent make what was bought.
    let consumed = purchased - left;
    json!({
        "balance_microdollars": left,
        "balance_cents": left.div_euclid(CENT),
        "balance_dollars": decimal(left),
        "lifetime_purchased_microdollars": purchased,
        "lifetime_purchased_cents": purchased.div_euclid(CENT),
        "lifetime_consumed_microdollars": consumed,
        "lifetime_consumed_cents": consumed.div_euclid(CENT),
        "lifetime_volume_usd": balance.consumed.as_usd(),
        "next_tier_volume_usd": null,
        "tier": "self_hosted",
        "platform_fee_rate": "0",
        "auto_reload_enabled": false,
        "auto_reload_threshold_microdollars": null,
        "auto_reload_threshold_cents": null,
        "auto_reload_amount_microdollars": null,
        "auto_reload_amount_cents": null,
        "has_payment_method": false,
        "payment_method_last4": null,
        "payment_method_brand": null,
        "byok_monthly_cap": null,
        "byok_remaining": null,
    })
}

fn show_purchase(purchase: &Purchase) -> Value {
    let microdollars = signed(purchase.amount.0 / MICRO);
    json!({
        "id": purchase.id,
        "workspace_id": &*purchase.workspace,
        "amount_microdollars": microdollars,
        "amount_dollars": decimal(microdollars),
        "note": purchase.note,
        "created_at": purchase.created_at.to_rfc3339(),
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Dollars with two decimals or more.
fn decimal(microdollars: i64) -> String {
    let sign = if microdollars < 0 { "-" } else { "" };
    format!("{sign}{}", dollars(NanoUsd(microdollars.unsigned_abs().saturating_mul(MICRO))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_adds_up() {
        let (purchased, consumed) = (NanoUsd(5_000_000_000), NanoUsd(1_234_567_891));
        let shown = show(&Balance { purchased, consumed, reserved: NanoUsd(9) });
        assert_eq!(shown["balance_microdollars"], 3_765_432);
        assert_eq!((&shown["balance_cents"], &shown["balance_dollars"]), (&json!(376), &json!("3.765432")));
        assert_eq!(shown["lifetime_purchased_microdollars"], 5_000_000);
        assert_eq!(shown["lifetime_consumed_microdollars"], 1_234_568);
        let shown = show(&Balance { purchased, consumed: NanoUsd(5_000_000_001), reserved: NanoUsd(0) });
        assert_eq!((&shown["balance_cents"], &shown["balance_dollars"]), (&json!(-1), &json!("-0.000001")));
    }
}
