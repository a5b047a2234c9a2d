// Measures the SDK over one kind of transport, in a process of its own. Prints nothing: the result goes to the parent.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Auriko } from '../../dist/client/index.js';
import { createGateway, startGateway } from '../../dist/gateway/index.js';
import { canReadProcesses, readTree } from '../runner/process-tree.mjs';
import { answerParent } from '../runner/worker.mjs';
import { auriko, simulated } from './configurations.mjs';
import { NO_PROVIDER } from './names.mjs';
import { durations, requestBody, SCENARIOS, SIMULATED } from './scenarios.mjs';

const [subject, scenarioName, serversJson, isQuick] = process.argv.slice(2);
const asksNobody = scenarioName === NO_PROVIDER;
const scenario = asksNobody ? SIMULATED : SCENARIOS[scenarioName];
const servers = JSON.parse(serversJson);

const at = (address) => ({ apiKey: 'ak_test_bench', baseURL: `http://${address}/v1`, transport: 'native' });
const CONNECTIONS = {
  'SDK, no gateway': () => at(servers.upstream),
  'SDK, embedded gateway': () => ({ transport: createGateway(configuration()) }),
  'SDK, gateway over HTTP': () => at(servers.gateway),
  'SDK, HTTP in the process': async () => {
    const { host, port } = await startGateway({ port: 0, config: configuration() });
    return at(`${host}:${port}`);
  },
};

function configuration() {
  return asksNobody ? simulated(scenario) : auriko.object(servers.upstream);
}

const client = new Auriko({ ...(await CONNECTIONS[subject]()), maxRetries: 0 });
const body = requestBody(scenario);

/** Resolves to the milliseconds from the call to the first text and to the end. */
async function complete() {
  const began = performance.now();
  let text = '';
  let firstToken;
  if (scenario.stream) {
    for await (const { choices } of await client.chat.completions.create(body)) {
      const content = choices[0]?.delta?.content;
      if (!content) continue;
      text += content;
      firstToken ??= performance.now() - began;
    }
  } else {
    text = (await client.chat.completions.create(body)).choices[0].message.content;
  }
  const latency = performance.now() - began;
  const tokens = asksNobody ? text.split(' ').length : text.split(' token').length - 1;
  if (tokens !== scenario.tokens) throw new Error(`a reply holds ${tokens} pieces of text`);
  return { latency, firstToken: firstToken ?? latency };
}

async function closedLoop(durationMs) {
  const endsAt = performance.now() + durationMs;
  const exchanges = [];
  const caller = async () => {
    do exchanges.push(await complete());
    while (performance.now() < endsAt);
  };
  await Promise.all(Array.from({ length: scenario.connections }, caller));
  return exchanges;
}

function percentileUs(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] * 1000;
}

/** CPU seconds of this process, and of the gateway's where that is another one. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  const isApart = subject === 'SDK, gateway over HTTP' && canReadProcesses;
  return (user + system) / 1e6 + (isApart ? readTree(servers.gatewayPid).cpuSeconds : 0);
}

/** Network sockets that this process holds, where that can be seen. Runtimes have others, to wake themselves. */
function sockets() {
  if (!canReadProcesses) return 0;
  const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map((kind) => readFileSync(`/proc/self/net/${kind}`, 'utf8'));
  const inodes = new Set(tables.flatMap((table) => table.split('\n').map((line) => line.split(/ +/)[10])));
  const inode = (descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? '';
    } catch {
      return ''; // The directory that is being read, closed by now.
    }
  };
  return readdirSync('/proc/self/fd').filter((descriptor) => inodes.has(inode(descriptor))).length;
}

async function measure() {
  const { warmUpMs, measuredMs } = durations(scenario, isQuick === 'true');
  const before = sockets();
  if (warmUpMs > 0) await closedLoop(warmUpMs);
  const startedAt = performance.now();
  const cpuBefore = cpuSeconds();
  const exchanges = await closedLoop(measuredMs);
  const cpu = cpuSeconds() - cpuBefore;
  const seconds = (performance.now() - startedAt) / 1000;
  if (asksNobody && subject === 'SDK, embedded gateway' && sockets() > before) {
    throw new Error('the embedded gateway opened a socket');
  }
  const latencies = exchanges.map(({ latency }) => latency);
  const firstTokens = exchanges.map(({ firstToken }) => firstToken);
  const chunks = exchanges.length * scenario.tokens;
  return {
    requestsPerSecond: exchanges.length / seconds,
    chunksPerSecond: chunks / seconds,
    p50Us: percentileUs(latencies, 50),
    p99Us: percentileUs(latencies, 99),
    firstTokenP50Us: percentileUs(firstTokens, 50),
    firstTokenP99Us: percentileUs(firstTokens, 99),
    cpuMsPerThousandRequests: (cpu * 1e6) / exchanges.length,
    cpuSecondsPerMillionChunks: (cpu * 1e6) / chunks,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

await answerParent(measure);
