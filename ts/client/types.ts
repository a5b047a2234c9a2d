// Request and response types, in wire names. Unknown fields of replies are kept.

export type * from './types/api-object.js';
export type * from './types/chat-request.js';
export type * from './types/chat-response.js';
export type * from './types/embeddings.js';
export type * from './types/gateway.js';
export type * from './types/management.js';
export type * from './types/models.js';
