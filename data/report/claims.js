// A claim opens from its dot, its row, or the keyboard: all its instants, and where its time went.
const word = ({ words, at }, claim) => words[at.length ? at[claim] : 0];
const millis = (us) => `${(us / 1000).toLocaleString('en', { minimumFractionDigits: 3 }).replaceAll(',', '\u202f')} ms`;

// As the page holds them: each value less the one before.
class Claims {
  constructor({ index_steps, intended_steps_us, instants, ...rest }) {
    Object.assign(this, rest);
    this.index = running(index_steps);
    this.intended_us = running(intended_steps_us);
    this.at = new Map(this.index.map((index, at) => [index, at]));
    const reached = new Array(this.index.length).fill(0);
    this.instants = instants.map(({ name, stage, steps_us }) => ({
      name,
      stage,
      after_us: steps_us.map((step, at) => (step === null ? null : (reached[at] += step))),
    }));
  }

  intended(at) {
    return this.intended_us[at] / 1e6;
  }

  after(name, at) {
    return this.instants.find((instant) => instant.name === name)?.after_us[at] ?? null;
  }

  // In seconds; null of a claim that was given up.
  timeToReady(at) {
    return this.after('given up', at) !== null || this.after('ready', at) === null ? null : this.after('ready', at) / 1e6;
  }

  name(at) {
    const { prefix, rest } = this.names;
    return prefix + (rest === null ? this.index[at] : rest[at]);
  }

  sandbox(at) {
    const { prefix, rest } = this.sandboxes;
    return { '': '', '=': this.name(at) }[rest[at]] ?? prefix + rest[at];
  }

  tell(at) {
    const ready = this.timeToReady(at);
    return `Claim ${this.index[at]}, ${word(this.ends, at)}${ready === null ? '' : `, ${seconds(ready)} to ready`}, intended at ${clock(this.intended(at), 3)}`;
  }

  // Stages one behind the other, from intended to ready or given up: name, and from when to when in microseconds.
  parts(at) {
    const end = this.after('given up', at) ?? this.after('ready', at) ?? 0;
    let reached = 0;
    const parts = [];
    this.instants.filter(({ stage }) => stage).forEach(({ name, after_us }, place) => {
      const until = after_us[at] === null ? null : Math.min(after_us[at], end);
      if (until === null || until <= reached) return;
      parts.push({ name, place, from: reached, until });
      reached = until;
    });
    return { parts, end };
  }
}

function running(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

// Dots of claims have their places from the claims.
function placeDots(plot, claims) {
  for (const layer of plot.layers.filter((one) => one.claims.length)) {
    layer.claims = running(layer.claims);
    const at = layer.claims.map((index) => claims.at.get(index));
    layer.xs = at.map((claim) => claims.intended(claim));
    if (!layer.strip) layer.ys = at.map((claim) => Math.max(claims.timeToReady(claim), 1e-6));
  }
}

