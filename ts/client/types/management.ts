// Identity, keys, budgets and credit, in wire names (api.md §7, budgets.md §1). Times are ISO 8601 text.

import type { ApiObject } from './api-object.js';

/** Reply of `me.get`. Every field may be absent: older services answer with the last five alone. */
export interface ApiKeyIdentity extends ApiObject {
  credential_type?: 'api_key' | (string & {});
  status?: string;
  profile?: KeyProfile;
  key_id?: string;
  /** The beginning of the key, enough to tell keys apart. */
  key_prefix?: string;
  key_name?: string;
  workspace?: { id: string; name: string; [field: string]: unknown };
  scopes?: KeyScope[];
  rate_limits?: KeyRateLimits;
  /** Null: never. */
  expires_at?: string | null;
  created_at?: string;
  /** Older services. */
  object?: 'api_key_identity' | (string & {});
  /** Older services. */
  user_id?: string;
  /** Older services; now `workspace.id`. */
  workspace_id?: string;
  /** Older services. */
  tier?: string;
  /** Older services; now `rate_limits`. */
  rate_limit_rpm?: number | null;
}

/** Requests per minute of a key, in three separate pools. */
export interface KeyRateLimits {
  inference_rpm?: number | null;
  management_reads_rpm?: number | null;
  management_writes_rpm?: number | null;
  [field: string]: unknown;
}

/** What a key is for, as its scopes tell. */
export type KeyProfile = 'inference' | 'management' | 'mixed' | (string & {});

/** What a key may do. */
export type KeyScope =
  | 'inference'
  | 'models:read'
  | 'keys:read'
  | 'keys:write'
  | 'usage:read'
  | 'byok:read'
  | 'byok:write'
  | 'budgets:read'
  | 'budgets:write'
  | 'workspace:read'
  | (string & {});

/** An API key, without its secret. */
export interface ApiKeyInfo {
  id: string;
  workspace_id: string;
  name: string;
  /** Such as `ak_live_abcdefgh`. */
  key_prefix: string;
  profile: KeyProfile;
  scopes: KeyScope[];
  is_active: boolean;
  created_at: string;
  /** Requests per minute; null: as the workspace has it. */
  rate_limit_rpm: number | null;
  /** Null: never. */
  expires_at: string | null;
  /** Null: not used yet. */
  last_used_at: string | null;
  created_by_key_id: string | null;
  [field: string]: unknown;
}

/** Reply with one key. */
export interface ApiKey extends ApiKeyInfo {
  readonly responseHeaders: ApiObject['responseHeaders'];
}

/** Reply of `apiKeys.create`. */
export interface CreatedApiKey extends ApiKey {
  /** The secret, shown this once. */
  api_key: string;
}

/** What `apiKeys.list` may be asked. */
export interface ApiKeyListParams {
  /** @default false */
  readonly include_revoked?: boolean | undefined;
}

/** A new API key. A key can itself create keys for inference only. */
export interface ApiKeyCreateParams {
  /** 1 to 255 characters. */
  name: string;
  /** @default 'api' */
  key_type?: 'api';
  scopes?: readonly KeyScope[];
  /** Requests per minute; null: as the workspace has it. */
  rate_limit_rpm?: number | null;
  /** Null: never. */
  expires_at?: string | null;
  /** A budget of the key, created with it. */
  budget?: { limit_usd: number; enforce?: boolean; include_byok?: boolean };
}

/** What `apiKeys.usage` may be asked. */
export interface ApiKeyUsageParams {
  /** @default 'month' */
  readonly period?: 'day' | 'week' | 'month' | undefined;
}

/** Reply of `apiKeys.usage`. */
export interface ApiKeyUsage extends ApiObject {
  key_id: string;
  workspace_id: string;
  period: 'day' | 'week' | 'month' | (string & {});
  start_date: string;
  end_date: string;
  request_count: number;
  error_count: number;
  rate_limit_count: number;
  tokens_input: number;
  tokens_output: number;
  tokens_total: number;
  /** US dollars. */
  cost_usd: number;
}

/** Your own key of a provider, without its secret. */
export interface ByokKeyInfo {
  id: string;
  workspace_id: string;
  /** Provider id. */
  provider: string;
  name: string;
  /** Masked. */
  key_prefix: string;
  /** Whether it is the one that routing takes first. */
  is_default: boolean;
  disabled: boolean;
  validation_status: 'valid' | 'pending' | 'invalid' | 'error' | (string & {});
  account_tier: string | null;
  tier_source?: 'auto_detected' | 'user_specified' | 'fallback' | (string & {}) | null;
  last_validated_at: string | null;
  created_at: string;
  updated_at: string;
  /** `pending`: routing knows it within about five minutes. */
  propagation_status?: 'pending' | (string & {});
  [field: string]: unknown;
}

/** Reply with one BYOK key. */
export interface ByokKey extends ByokKeyInfo {
  readonly responseHeaders: ApiObject['responseHeaders'];
}

/** A new BYOK key. It is validated first; nothing is saved when that fails. */
export interface ByokKeyCreateParams {
  /** Provider id. */
  provider: string;
  /** The provider's key, at least 10 characters. It never comes back. */
  api_key: string;
  /** 1 to 100 characters. */
  name?: string;
  is_default?: boolean;
  /** One of `byokKeys.listTiers`; absent: detected. */
  account_tier?: string;
}

/** What may change of a BYOK key, at least one of it. A disabled key can't be made the default. */
export interface ByokKeyUpdateParams {
  name?: string;
  is_default?: boolean;
  account_tier?: string | null;
  disabled?: boolean;
}

/**
 * Reply of `byokKeys.listProviders`: the providers that take own keys. Its form is not published beyond being a list; our
 * own gateway gives `id`, `display_name` and `account_tiers` (names) of each.
 */
export interface ByokProviderList extends ApiObject {
  data?: Record<string, unknown>[];
}

/**
 * Reply of `byokKeys.listTiers`: what `account_tier` may be. Its form is not published beyond being a list; our own gateway
 * gives `id`, `data_policy` and `is_fallback` of each.
 */
export interface ByokTierList extends ApiObject {
  data?: unknown[];
}

/** How often a budget starts anew, UTC: at midnight, on Mondays, on the first of the month. */
export type BudgetPeriod = 'daily' | 'weekly' | 'monthly';

/** A budget. */
export interface BudgetInfo {
  /** `bdgt_…`. */
  id: string;
  workspace_id: string;
  scope_type: 'workspace' | 'api_key' | 'byok_provider' | (string & {});
  /** The key, when the scope is one. */
  scope_id?: string | null;
  /** The provider, when the scope is its own keys. */
  scope_provider?: string | null;
  period: BudgetPeriod | (string & {});
  limit_usd: number;
  /** Whether requests are refused once it is spent, with `budget_exhausted`. */
  enforce: boolean;
  /** Whether spend through own keys counts. */
  include_byok: boolean;
  /** In the running period. */
  spend_usd: number;
  /** `100 · spend / limit`. */
  percent_used: number;
  created_at: string;
  updated_at: string;
  [field: string]: unknown;
}

/** Reply with one budget. */
export interface Budget extends BudgetInfo {
  readonly responseHeaders: ApiObject['responseHeaders'];
}

interface BudgetTerms {
  period: BudgetPeriod;
  /** US dollars. */
  limit_usd: number;
  enforce?: boolean;
  /** Only for a workspace's budget. @default false */
  include_byok?: boolean;
}

/** A new budget. Its scope decides what else it needs. */
export type BudgetCreateParams = BudgetTerms &
  (
    | { scope_type: 'workspace'; scope_id?: never; scope_provider?: never }
    | { scope_type: 'api_key' /** The key's id. */; scope_id: string; scope_provider?: never }
    | { scope_type: 'byok_provider' /** The provider's id. */; scope_provider: string; scope_id?: never }
  );

/** What may change of a budget, at least one of it. Scope and period can't. */
export interface BudgetUpdateParams {
  /** US dollars. */
  limit_usd?: number;
  enforce?: boolean;
  include_byok?: boolean;
}

/** Reply of `billing.balance`. A microdollar is a millionth of a US dollar; `…_dollars` and rates are decimal text. */
export interface CreditBalance extends ApiObject {
  balance_microdollars: number;
  balance_cents?: number;
  balance_dollars?: string;
  lifetime_purchased_microdollars?: number;
  lifetime_purchased_cents?: number;
  lifetime_consumed_microdollars?: number;
  lifetime_consumed_cents?: number;
  auto_reload_enabled?: boolean;
  /** Such as `builder`. */
  tier?: string;
  has_payment_method?: boolean;
  auto_reload_threshold_microdollars?: number | null;
  auto_reload_threshold_cents?: number | null;
  auto_reload_amount_microdollars?: number | null;
  auto_reload_amount_cents?: number | null;
  platform_fee_rate?: string;
  lifetime_volume_usd?: number | string;
  next_tier_volume_usd?: number | string | null;
  /** Requests through own keys in a month; null: no limit. */
  byok_monthly_cap?: number | null;
  byok_remaining?: number | null;
  payment_method_last4?: string | null;
  payment_method_brand?: string | null;
}

/** Reply of a deletion: often nothing, and then an empty object. */
export interface Deletion extends ApiObject {
  id?: string;
  object?: string;
  deleted?: boolean;
}
