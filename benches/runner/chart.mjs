// A bar chart as an SVG file, for the page and for a README. Text alone would do; a picture is seen first.

const WIDTH = 820;
const LABEL_WIDTH = 290;
const VALUE_WIDTH = 90;
const ROW_HEIGHT = 22;
const TITLE_HEIGHT = 34;

/** Colours that can be read on a light and on a dark page. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f } .ours { fill: #0969da } .spread { stroke: #24292f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #4493f8 } .spread { stroke: #e6edf3 }
  }`;

/**
 * One panel below the other.
 *
 * A panel is `{ title, format(value), rows }`, a row `{ name, value: { median, min, max }, isOurs }`.
 */
export function barChart(panels) {
  const parts = [];
  let top = 8;
  for (const panel of panels) {
    parts.push(...drawPanel(panel, top));
    top += TITLE_HEIGHT + panel.rows.length * ROW_HEIGHT + 12;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, format, rows }, top) {
  const largest = Math.max(...rows.map((row) => row.value.max));
  const scale = largest > 0 ? (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / largest : 0;
  const parts = [`<text class="title" x="8" y="${top + 18}">${escapeXml(title)}</text>`];
  rows.forEach(({ name, value, isOurs }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT;
    const middle = y + 8;
    const at = (number) => (LABEL_WIDTH + number * scale).toFixed(1);
    parts.push(
      `<text x="${LABEL_WIDTH - 8}" y="${y + 12}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect class="${isOurs ? 'ours' : 'bar'}" x="${LABEL_WIDTH}" y="${y}" width="${Math.max(1, value.median * scale).toFixed(1)}" height="16" rx="2"/>`,
      `<line class="spread" x1="${at(value.min)}" x2="${at(value.max)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${(LABEL_WIDTH + value.max * scale + 6).toFixed(1)}" y="${y + 12}">${escapeXml(format(value.median))}</text>`,
    );
  });
  return parts;
}

function escapeXml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
