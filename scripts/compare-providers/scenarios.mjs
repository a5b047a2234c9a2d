// All scenarios, in the order of the table.

import { abort, errors, limits, metadata, runtime } from './scenarios/failure.mjs';
import framing from './scenarios/framing.mjs';
import mapping from './scenarios/mapping.mjs';
import provider from './scenarios/provider.mjs';
import request from './scenarios/request.mjs';
import { finish, usage } from './scenarios/usage.mjs';

export const GROUPS = [
  provider,
  request,
  framing,
  mapping,
  usage,
  finish,
  errors,
  abort,
  limits,
  metadata,
  runtime,
];
