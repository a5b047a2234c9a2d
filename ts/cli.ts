#!/usr/bin/env node
// `npx auriko gateway`: the command line. Its options are read by the same Rust code as in the standalone binary.

import { NativeCommand } from '../index.js';
import { VERSION } from './version.js';

const USAGE = `Usage: auriko gateway [options]

  auriko gateway          serve the Auriko API on http://127.0.0.1:8787
  auriko gateway --help   all options
  auriko --version        print the version
`;

const [name, ...rest] = process.argv.slice(2);
if (name === 'gateway') {
  const command = new NativeCommand(rest);
  const stop = () => command.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.exitCode = await command.run();
  process.removeListener('SIGINT', stop);
  process.removeListener('SIGTERM', stop);
} else if (name === '--version' || name === '-V') {
  process.stdout.write(`auriko ${VERSION}\n`);
} else {
  const isHelp = name === undefined || name === '--help' || name === '-h' || name === 'help';
  if (isHelp) process.stdout.write(USAGE);
  else process.stderr.write(`auriko: '${name}' is not a command.\n\n${USAGE}`);
  process.exitCode = isHelp ? 0 : 2;
}
