// Models, providers and prices, in wire names (api.md §6). Prices are US dollars per million tokens.

import type { ApiList, ApiObject } from './api-object.js';
import type { DataPolicyName } from './gateway.js';

/** A provider of a callable model. */
export interface ModelProvider {
  name: string;
  /** US dollars per million input tokens. */
  input_price?: number | null;
  /** US dollars per million output tokens. */
  output_price?: number | null;
  data_policy?: DataPolicyName | null;
  [field: string]: unknown;
}

/** A model that can be called. */
export interface ModelInfo {
  id: string;
  object?: 'model' | (string & {});
  /** Unix seconds. */
  created?: number;
  owned_by?: string;
  /** Tokens; the largest among its providers. */
  context_window?: number | null;
  /** Such as `chat_completions` and `responses`. */
  supported_endpoints?: string[];
  providers?: ModelProvider[];
  [field: string]: unknown;
}

/** Reply of `models.retrieve`. */
export interface Model extends ModelInfo {
  readonly responseHeaders: ApiObject['responseHeaders'];
}

/** Reply of `models.list`. */
export interface ModelList extends ApiList<ModelInfo> {
  /** Changes with the catalogue. */
  catalog_version?: string;
  /** Seconds since the catalogue was read. */
  catalog_age_seconds?: number;
}

/** What `models.list` may be asked. */
export interface ModelListParams {
  /** `responses` adds the models that only the Responses API serves. @default 'chat_completions' */
  readonly endpoint?: 'chat_completions' | 'responses' | undefined;
}

/** A price that holds under conditions, such as above a context length. */
export interface PriceVariant {
  /** What it is the price of, such as `input`. */
  role: string;
  /** US dollars per million tokens. */
  price: number;
  constraints: Record<string, string>;
  description?: string | null;
  [field: string]: unknown;
}

/** One price tier of a model at a provider. */
export interface DirectoryTier {
  /** Such as `standard`, `flex`, `priority`. */
  name: string;
  input_price?: number | null;
  output_price?: number | null;
  cache_read_price?: number | null;
  cache_write_price?: number | null;
  latency_hint?: string | null;
  price_variants?: PriceVariant[];
  [field: string]: unknown;
}

/** A model at one provider. */
export interface DirectoryProvider {
  provider: string;
  provider_model_id: string;
  /** Tokens. */
  context_window?: number | null;
  /** Tokens. */
  max_output_tokens?: number | null;
  capabilities?: Record<string, boolean>;
  input_modalities?: string[];
  output_modalities?: string[];
  /** Kinds of tools. */
  tools?: string[];
  tiers?: DirectoryTier[];
  updated_at?: string | null;
  data_policy?: DataPolicyName | null;
  accepted_params?: string[];
  supported_parameters?: string[];
  supported_endpoints?: string[];
  /** When the provider takes it away; null or absent when nothing is announced. */
  shutdown_at?: string | null;
  [field: string]: unknown;
}

/** A model of the directory. */
export interface DirectoryModel {
  family: string;
  display_name: string;
  providers: DirectoryProvider[];
  author?: string | null;
  supported_parameters?: string[];
  aliases?: string[];
  [field: string]: unknown;
}

/** Reply of `models.listDirectory`. */
export interface ModelDirectory extends ApiObject {
  /** By canonical id. */
  models: Record<string, DirectoryModel>;
  /** ISO 8601. */
  generated_at?: string;
}

/** A canonical model. */
export interface RegistryModel {
  id: string;
  family: string;
  display_name: string;
  capabilities?: Record<string, boolean>;
  input_modalities?: string[];
  output_modalities?: string[];
  /** Provider ids. */
  providers: string[];
  has_free_provider?: boolean;
  author?: string | null;
  [field: string]: unknown;
}

/** Reply of `models.listRegistry`. */
export interface ModelRegistry extends ApiObject {
  models: RegistryModel[];
  count?: number;
  playground_defaults?: unknown[];
}

/** A provider of the registry. */
export interface RegistryProvider {
  id: string;
  display_name: string;
  description?: string | null;
  icon?: string | null;
  data_policy?: DataPolicyName | null;
  [field: string]: unknown;
}

/** Reply of `models.listProviders`. */
export interface ProviderList extends ApiObject {
  providers: RegistryProvider[];
  count?: number;
}
