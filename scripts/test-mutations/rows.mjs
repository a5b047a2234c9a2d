// All rows, in the order of the specification.

import { chunks } from './rows/chunks.mjs';
import { framing } from './rows/framing.mjs';
import { gateway } from './rows/gateway.mjs';
import { prompt } from './rows/prompt.mjs';
import { reply } from './rows/reply.mjs';
import { interleaved, tools } from './rows/tools.mjs';

export const ROWS = [...prompt, ...reply, ...chunks, ...framing, ...tools, ...interleaved, ...gateway];
