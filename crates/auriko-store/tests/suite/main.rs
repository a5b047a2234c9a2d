//! One suite over all backends: SQLite in memory, a SQLite file, and PostgreSQL with Redis, the real servers,
//! started by the tests on sockets in a temporary folder. Where the servers are not installed (Debian: `postgresql`,
//! `redis-server`), their part is left out with a notice.

mod budgets;
mod cluster;
mod crash;
mod credits;
mod file;
mod ledger;
mod records;
mod requests;
mod servers;
mod stage;
mod tls;

/// The same test for every backend.
macro_rules! for_every_backend {
    ($($case:path as $name:ident),* $(,)?) => { for_every_backend! { @
        in_memory: $crate::stage::Stage::memory().await => { $($case as $name),* };
        in_a_file: $crate::stage::Stage::file().await => { $($case as $name),* };
        in_a_cluster: $crate::stage::Stage::cluster().await => { $($case as $name),* };
    } };
    (@ $($backend:ident: $stage:expr => { $($case:path as $name:ident),* };)*) => { $(
        mod $backend { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(stage) = $stage {
                    $case(&stage).await;
                }
            }
        )* }
    )* };
}

for_every_backend! {
    crate::budgets::create_change_and_delete as budgets_are_created_changed_and_deleted,
    crate::budgets::narrowest_is_named as the_narrowest_exhausted_budget_is_named,
    crate::budgets::race as concurrent_reservers_never_exceed_a_budget,
    crate::budgets::roll_over as a_reservation_counts_in_the_period_in_which_it_was_made,
    crate::budgets::later_budget as a_budget_knows_what_was_spent_before_it_was_made,
    crate::budgets::dropped as a_dropped_reservation_counts_in_full,
    crate::budgets::ends_once as every_reservation_ends_once,
    crate::crash::crash_keeps_spend as a_crash_turns_reservations_into_spend,
    crate::crash::reopening as everything_is_there_after_reopening,
    crate::crash::wrong_master_key as another_master_key_is_refused,
    crate::credits::bought_and_spent as credit_is_bought_and_spent,
    crate::credits::race as concurrent_reservers_never_overdraw_credit,
    crate::credits::survives as credit_survives_a_crash_and_the_months,
    crate::credits::counted_from_when_it_is_asked_for as credit_counts_from_when_it_is_asked_for,
    crate::ledger::sums as the_ledger_sums_by_everything,
    crate::ledger::pruned as old_rows_are_deleted,
    crate::ledger::key_usage as a_key_knows_what_it_used,
    crate::records::keys as keys_are_shown_once_and_found_by_their_text,
    crate::records::revoking as a_revoked_key_is_refused_everywhere_within_a_second,
    crate::records::bad_keys as bad_keys_are_refused_with_the_field,
    crate::records::own_keys as own_keys_are_encrypted_and_have_one_default_per_provider,
    crate::records::workspaces as workspaces_are_apart,
    crate::requests::rate_limits as rate_limits_are_exact_and_shared,
    crate::requests::token_limits as token_limits_are_corrected_afterwards,
    crate::requests::idempotency as a_repeated_call_gets_the_first_reply,
    crate::requests::lost_calls as a_call_without_an_end_is_unavailable,
    crate::requests::breakers as breakers_are_shared,
}
