// Draws each plot of the page with uPlot; what is drawn and in what units was settled when the page was written.
'use strict';
(() => {
  const plots = JSON.parse(document.getElementById('data').textContent);
  const drawn = new Map();
  const color = (tone) => getComputedStyle(document.documentElement).getPropertyValue(`--${tone}`).trim();
  const trim = (text) => text.includes('.') ? text.replace(/\.?0+$/, '') : text;

  function seconds(value) {
    const [scale, unit] = value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
    const digits = value * scale < 10 ? 2 : value * scale < 100 ? 1 : 0;
    return `${trim((value * scale).toFixed(digits))} ${unit}`;
  }
  const count = (value) => value.toLocaleString('en', { maximumFractionDigits: 1 }).replaceAll(',', '\u202f');
  const percentile = (value) => `${trim((100 - 100 / value).toFixed(Math.max(1, Math.ceil(Math.log10(value)) - 1)))} %`;
  const units = { seconds, percentile, count, per_second: (value) => `${count(value)}/s` };

  // Time is read in seconds, and minutes where there are many.
  function clock(value) {
    if (value < 120) return `${trim(value.toFixed(1))} s`;
    return `${Math.floor(value / 60)} min${value % 60 ? ` ${Math.round(value % 60)} s` : ''}`;
  }

  function axis(side, { unit, log }) {
    const show = side === 'x' && unit === 'seconds' ? clock : units[unit];
    const font = '12px system-ui, sans-serif';
    const values = (_, ticks) => ticks.map((tick) => (tick === null ? '' : show(tick)));
    const grid = { stroke: color('rule'), width: 1 };
    const one = { font, stroke: color('quiet'), grid, ticks: { show: false }, values, gap: 6 };
    if (side === 'x') {
      one.grid = { show: false };
      one.ticks = { stroke: color('rule'), width: 1, size: 4 };
      one.space = 70;
    } else {
      one.size = 62;
    }
    if (unit === 'percentile') {
      // As HDR plots have it: half, then each further nine.
      const nines = [1, 2, 4, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
      one.splits = (u) => nines.filter((tick) => tick <= u.scales.x.max && (u.width > 560 || tick === 2 || tick >= 10));
      one.filter = (_, ticks) => ticks;
    } else if (log) {
      one.splits = (u, _, low, high) => decades(low, high, side === 'x' ? [1, 1.5, 2, 3, 4, 6, 8] : [1, 2, 5]);
      one.filter = (_, ticks) => ticks;
    }
    return one;
  }

  // 1, 10, 100; with more digits between where that leaves too few.
  function decades(low, high, digits) {
    const between = Math.log10(high / low) < 3 ? digits : [1];
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      for (const digit of between) ticks.push(digit * 10 ** power);
    }
    return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  }

  // A step holds to the end of its window, so the last one needs an end.
  function columns({ xs, series }) {
    const steps = series.some(({ style }) => style === 'step' || style === 'stack' || style === 'wide');
    const last = xs.length - 1;
    const end = xs[last] + (last > 0 ? xs[last] - xs[last - 1] : 1);
    const more = (values, value) => (steps ? [...values, value] : values);
    const below = new Array(xs.length + 1).fill(0);
    const data = series.map(({ style, values }) => {
      const whole = more(values, values[last]);
      return style === 'stack' ? whole.map((value, at) => (below[at] += value ?? 0)) : whole;
    });
    return [more(xs, end), ...data];
  }

  function series(plot, one) {
    const tone = color(one.tone);
    const show = units[plot.y.unit];
    // Of a stack the part is told, not the sum.
    const value = (_, __, ___, at) => (at === null ? '' : one.values[at] === null || one.values[at] === undefined ? '–' : show(one.values[at]));
    const [stack, wide] = [one.style === 'stack', one.style === 'wide'];
    return {
      label: one.label,
      stroke: tone,
      fill: stack ? tone : undefined,
      width: stack ? 0 : wide ? 6 : 1.75,
      alpha: wide ? 0.35 : 1,
      dash: one.style === 'dashed' ? [6, 4] : undefined,
      paths: one.style === 'step' || stack || wide ? uPlot.paths.stepped({ align: 1 }) : undefined,
      points: { show: plot.xs.length === 1 || undefined, size: 4, fill: tone },
      value,
    };
  }

  // Claims beneath the lines: a dot each, or cells whose shade is their number.
  function layers(u, plot) {
    const { ctx } = u;
    const place = (value, scale) => u.valToPos(value, scale, true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    for (const { tone, xs, ys, counts, width, factor } of plot.layers) {
      ctx.fillStyle = color(tone);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      const size = devicePixelRatio * (xs.length < 50 ? 4 : xs.length > 1.2 * u.width ? 1.3 : 2);
      for (let at = 0; at < xs.length; at += 1) {
        const [x, y] = [place(xs[at], 'x'), place(ys[at], 'y')];
        if (counts.length) {
          ctx.globalAlpha = 0.14 + 0.86 * Math.sqrt(counts[at] / most);
          const top = place(ys[at] * factor, 'y');
          ctx.fillRect(x, top, Math.max(1, place(xs[at] + width, 'x') - x), Math.max(1, y - top));
        } else {
          ctx.globalAlpha = 0.75;
          ctx.fillRect(x - size, y - size, 2 * size, 2 * size);
        }
      }
    }
    ctx.restore();
  }

  function draw(plot) {
    const place = document.getElementById(plot.id);
    drawn.get(plot.id)?.destroy();
    const height = parseFloat(getComputedStyle(place).minHeight);
    const scale = ({ min, max, log }) => ({ time: false, distr: log ? 3 : 1, log: 10, range: [min, max] });
    // What is stacked highest is drawn first, so that the others stand before it.
    const order = plot.series.map((_, at) => at);
    if (plot.series.some(({ style }) => style === 'stack')) order.reverse();
    const [xs, ...values] = columns(plot);
    const [label, show] = { percentile: ['percentile', percentile], per_second: ['rate', units.per_second] }[plot.x.unit] ?? ['at', clock];
    const first = { label, value: (_, x) => (x === null ? '' : show(x)) };
    const options = {
      width: place.clientWidth,
      height: height - 32,
      scales: { x: scale(plot.x), y: scale(plot.y) },
      axes: [axis('x', plot.x), axis('y', plot.y)],
      series: [first, ...order.map((at) => series(plot, plot.series[at]))],
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 6 } },
      hooks: { drawAxes: [(u) => layers(u, plot)] },
      padding: [8, 24, 0, 0],
    };
    drawn.set(plot.id, new uPlot(options, [xs, ...order.map((at) => values[at])], place));
  }

  const drawAll = () => plots.forEach(draw);
  drawAll();
  // Colours are the page's: light, dark or print.
  for (const query of ['(prefers-color-scheme: dark)', 'print']) matchMedia(query).addEventListener('change', drawAll);
  let width = document.documentElement.clientWidth;
  addEventListener('resize', () => {
    if (width === document.documentElement.clientWidth) return;
    width = document.documentElement.clientWidth;
    drawAll();
  });
  document.documentElement.dataset.drawn = String(plots.length);
})();
