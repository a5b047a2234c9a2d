// The same model through the gateway's `/v1/messages`, read without any client: the events on the wire are what counts.

/** Streams one answer and asks for one in a piece; returns what went wrong. */
export async function checkMessages(url, model) {
  console.log('\n== POST /v1/messages → gateway → llama-cpp-python');
  const failures = [];
  const check = (isGood, what) => {
    console.log(`  ${isGood ? 'ok    ' : 'FAILED'} ${what}`);
    if (!isGood) failures.push(`/v1/messages: ${what}`);
  };
  const ask = (more) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model,
        max_tokens: 64,
        temperature: 0,
        system: 'Answer in one sentence.',
        messages: [{ role: 'user', content: 'Write about the sea.' }],
        ...more,
      }),
    });

  const whole = await (await ask({})).json();
  const text = whole.content?.map((block) => block.text ?? '').join('') ?? '';
  console.log(`plain: ${JSON.stringify(text)}`);
  check(text.length > 0 && whole.role === 'assistant', 'plain call: text');
  check(
    ['end_turn', 'max_tokens'].includes(whole.stop_reason),
    `plain call: stop reason ${whole.stop_reason}`,
  );
  check(
    whole.usage?.input_tokens > 0 && whole.usage.output_tokens > 0,
    `plain call: usage ${JSON.stringify(whole.usage)}`,
  );

  const events = parse(await (await ask({ stream: true })).text());
  const names = events.map(({ type }) => type).filter((type) => type !== 'ping');
  const deltas = events.filter(({ type }) => type === 'content_block_delta');
  const streamed = deltas.map(({ delta }) => delta.text ?? '').join('');
  console.log(`stream: ${JSON.stringify(streamed)}`);
  check(deltas.length > 1, `stream: ${deltas.length} deltas`);
  check(streamed === text, 'stream: the same answer');
  const order = [
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ];
  check(
    JSON.stringify(names.filter((name, index) => name !== names[index - 1])) === JSON.stringify(order),
    'stream: events in order',
  );
  const { routing_metadata: routing } = events.at(-1) ?? {};
  check(routing?.provider === 'llama-cpp', `stream: routing metadata ${JSON.stringify(routing)}`);
  return failures;
}

function parse(text) {
  const data = text.split('\n').filter((line) => line.startsWith('data: '));
  return data.map((line) => JSON.parse(line.slice('data: '.length)));
}
