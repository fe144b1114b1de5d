// Colours and numbers as the page shows them.
'use strict';
const color = (tone) => getComputedStyle(document.documentElement).getPropertyValue(`--${tone}`).trim();
const trim = (text) => text.includes('.') ? text.replace(/\.?0+$/, '') : text;

function seconds(value) {
  const [scale, unit] = value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
  const digits = value * scale < 10 ? 2 : value * scale < 100 ? 1 : 0;
  return `${trim((value * scale).toFixed(digits))} ${unit}`;
}
const count = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 1 ? 3 : value < 10 ? 2 : 1 }).replaceAll(',', '\u202f');
const percentile = (value) => `${trim((100 - 100 / value).toFixed(Math.max(1, Math.ceil(Math.log10(value)) - 1)))} %`;
const units = { seconds, percentile, count, value: count, duration: seconds, per_second: (value) => `${count(value)}/s` };

// Time since the start is read in seconds, and minutes where there are many.
function clock(value, digits = 1) {
  if (value < 120) return `${trim(value.toFixed(digits))} s`;
  return `${Math.floor(value / 60)} min${value % 60 ? ` ${trim((value % 60).toFixed(digits))} s` : ''}`;
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

