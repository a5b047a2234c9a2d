#!/usr/bin/env node
// `npx auriko`: the command line. Everything but the version is read by the same Rust code as in the standalone binary.

import { NativeCommand } from '../index.js';
import { VERSION } from './version.js';

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`auriko ${VERSION}\n`);
} else {
  const command = new NativeCommand(words[0] === 'help' && words.length === 1 ? [] : words);
  const stop = () => command.stop();
  // Only a server has something to finish; everything else just ends.
  const isServer = words[0] === 'gateway' || words[0]?.startsWith('-');
  if (isServer) process.once('SIGINT', stop);
  if (isServer) process.once('SIGTERM', stop);
  process.exitCode = await command.run();
  process.removeListener('SIGINT', stop);
  process.removeListener('SIGTERM', stop);
}
