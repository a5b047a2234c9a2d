// §5.6: the gateway shows signed blocks only to those who understand them.

import { change, rustRow, section } from '../row.mjs';

const PIPELINE = 'crates/auriko-gateway/src/pipeline.rs';
const CHOICE = 'crates/auriko-wire/src/response/choice.rs';
const WIRE = { package: 'auriko-wire', target: ['--lib'] };
const SIMULATED = {
  package: 'auriko-gateway',
  target: ['--test', 'end_to_end'],
  filter: 'reasoning_is_shown_as_the_caller_can_take_it',
};

const ASKED = 'is_ours || features.split(\',\').any(|feature| feature.trim() == "reasoning-blocks")';

export const gateway = section('5.6', [
  rustRow(
    'the gateway must leave the array out',
    '(wrong) everybody gets it',
    SIMULATED,
    change(PIPELINE, ASKED, `${ASKED} || true`),
  ),
  rustRow(
    'the gateway must leave the array out',
    'the encoder leaves it out',
    WIRE,
    change(
      CHOICE,
      'let has_blocks = fields == ReasoningFields::Blocks;',
      'let has_blocks = fields == ReasoningFields::Blocks || true;',
    ),
  ),
  rustRow(
    "by this provider's user-agent",
    'our clients get it',
    SIMULATED,
    change(PIPELINE, ASKED, ASKED.replace('is_ours ||', 'false && is_ours ||')),
  ),
  rustRow(
    'a request field',
    'who asks gets it',
    SIMULATED,
    change(PIPELINE, ASKED, 'is_ours && features.len() < usize::MAX'),
  ),
  rustRow(
    'reasoning_content alone is safe',
    'reasoning_content',
    WIRE,
    change(CHOICE, 'reasoning_content: Some(sorted.reasoning)', 'reasoning_content: None::<String>'),
  ),
]);
