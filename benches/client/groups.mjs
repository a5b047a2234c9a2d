// How results are shown: groups of scenarios with the same columns. Lower is better everywhere but for rates.

const openaiCompatible = '@ai-sdk/openai-compatible';

/** The first column has its extremes, and is compared with the subjects `against`, where they were measured. */
export const GROUPS = {
  streaming: {
    title: 'Streaming',
    columns: [
      { metric: 'mainThreadUs', label: 'main thread µs/chunk', digits: 1 },
      { metric: 'loopActiveUs', label: 'loop active µs/chunk', digits: 1 },
      { metric: 'processCpuUs', label: 'process CPU µs/chunk', digits: 1 },
      { metric: 'chunksPerSecond', label: 'chunks/s', digits: 0 },
      { metric: 'loopDelayP99Ms', label: 'loop delay p99 ms', digits: 1 },
      { metric: 'rssMiB', label: 'peak RSS MiB', digits: 0 },
    ],
    against: [
      `${openaiCompatible} doStream`,
      `${openaiCompatible} textStream`,
      `${openaiCompatible} toUIMessageStream`,
      'openai',
      'bare fetch',
    ],
  },
  open: {
    title: 'Open streams',
    columns: [
      { metric: 'rssKiBPerStream', label: 'RSS KiB/stream', digits: 0 },
      { metric: 'heapKiBPerStream', label: 'JavaScript heap KiB/stream', digits: 0 },
      { metric: 'rssMiB', label: 'RSS MiB', digits: 0 },
    ],
    against: [`${openaiCompatible} doStream`, `${openaiCompatible} textStream`],
  },
  latency: {
    title: 'Time to first token and to the end',
    columns: [
      { metric: 'firstTokenMs', label: 'first token ms', digits: 2 },
      { metric: 'firstTokenP99Ms', label: 'p99', digits: 2 },
      { metric: 'finishMs', label: 'finish ms', digits: 2 },
      { metric: 'finishP99Ms', label: 'p99', digits: 2 },
    ],
    against: [`${openaiCompatible} doStream`, 'openai', 'bare undici.request'],
  },
  plain: {
    title: 'Plain calls',
    columns: [
      { metric: 'mainThreadUs', label: 'main thread µs/call', digits: 0 },
      { metric: 'processCpuUs', label: 'process CPU µs/call', digits: 0 },
      { metric: 'requestsPerSecond', label: 'calls/s', digits: 0 },
      { metric: 'latencyP50Ms', label: 'latency p50 ms', digits: 2 },
      { metric: 'latencyP99Ms', label: 'p99', digits: 2 },
      { metric: 'loopDelayP99Ms', label: 'loop delay p99 ms', digits: 1 },
      { metric: 'rssMiB', label: 'peak RSS MiB', digits: 0 },
    ],
    against: [`${openaiCompatible} doStream`, 'openai', 'bare undici.request'],
  },
  large: {
    title: 'Large calls',
    columns: [
      { metric: 'processCpuMs', label: 'process CPU ms/call', digits: 1 },
      { metric: 'mainThreadMs', label: 'main thread ms/call', digits: 1 },
      { metric: 'longestPauseMs', label: 'longest pause ms', digits: 1 },
      { metric: 'wallMs', label: 'call ms', digits: 1 },
      { metric: 'rssMiB', label: 'peak RSS MiB', digits: 0 },
    ],
    against: [`${openaiCompatible} doStream`, 'openai', 'bare fetch'],
  },
  import: {
    title: 'Import',
    columns: [
      { metric: 'importMs', label: 'import ms', digits: 0 },
      { metric: 'importCpuMs', label: 'process CPU ms', digits: 0 },
      { metric: 'rssMiB', label: 'RSS MiB', digits: 0 },
      { metric: 'firstReplyMs', label: 'first reply ms', digits: 0 },
    ],
    against: [`import ${openaiCompatible}`, 'import openai'],
  },
  memory: {
    title: 'Memory after many calls',
    columns: [
      { metric: 'rssGrowthMiB', label: 'RSS growth MiB', digits: 1 },
      { metric: 'heapGrowthMiB', label: 'JavaScript heap growth MiB', digits: 1 },
      { metric: 'rssMiB', label: 'RSS MiB', digits: 0 },
    ],
    against: [],
  },
};
