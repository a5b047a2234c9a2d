// The router in this process, or as an HTTP server. Needs the addon: importing this entry without a binary for the
// platform fails with the loader's own message.

export type {
  CapabilityConfig,
  CatalogModelConfig,
  ConnectionsConfig,
  GatewayConfig,
  MediaConfig,
  ModelConfig,
  OfferingConfig,
  ProviderConfig,
  TelemetryConfig,
  TierConfig,
  TierPrices,
} from './config.js';
export type { Gateway, GatewayDescription } from './gateway.js';
export { createGateway } from './gateway.js';
export type { RunningGateway, StartGatewayOptions } from './server.js';
export { startGateway } from './server.js';
