// All rows, in the order of the specification.

import { aborts } from './rows/aborts.mjs';
import { chunks } from './rows/chunks.mjs';
import { complaints } from './rows/complaints.mjs';
import { costs } from './rows/costs.mjs';
import { errors } from './rows/errors.mjs';
import { framing } from './rows/framing.mjs';
import { gateway } from './rows/gateway.mjs';
import { interleaved } from './rows/interleaved.mjs';
import { prompt } from './rows/prompt.mjs';
import { reply } from './rows/reply.mjs';
import { inside } from './rows/streams.mjs';
import { tools } from './rows/tools.mjs';

export const ROWS = [
  ...prompt,
  ...reply,
  ...chunks,
  ...framing,
  ...tools,
  ...interleaved,
  ...gateway,
  ...errors,
  ...aborts,
  ...inside,
  ...complaints,
  ...costs,
];
