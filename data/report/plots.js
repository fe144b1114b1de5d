// Draws each plot of the page; what is drawn and in what units was settled when the page was written.
const plots = JSON.parse(document.getElementById('data').textContent);

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

// Each value from its x to the next, whatever stands there: what a step before nothing would lack.
function held(u, of) {
  const stroke = new Path2D();
  const [xs, ys] = [u.data[0], u.data[of]];
  const place = (at, y) => [u.valToPos(xs[at], 'x', true), u.valToPos(y, 'y', true)];
  ys.slice(0, -1).forEach((y, at) => {
    if (y === null) return;
    stroke.moveTo(...place(at, y));
    stroke.lineTo(...place(at + 1, y));
    if (ys[at + 1] !== null) stroke.lineTo(...place(at + 1, ys[at + 1]));
  });
  return { stroke, fill: null, clip: null, flags: 1 };
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
    paths: plot.small && one.style === 'step' ? held : one.style === 'step' || stack || wide ? uPlot.paths.stepped({ align: 1 }) : undefined,
    points: { show: plot.xs.length === 1 || undefined, size: 4, fill: tone },
    value,
  };
}

function options(plot, place, order) {
  const [label, show] = { percentile: ['percentile', percentile], count: ['run', count], value: ['value', count], duration: ['value', seconds], per_second: ['rate', units.per_second] }[plot.x.unit] ?? ['at', (at) => clock(at, 2)];
  const scale = (axis, range) => ({ time: false, distr: axis.log ? 3 : 1, log: 10, range });
  const selected = (u) => {
    const { left, width } = u.select;
    if (width > 4) zoom(plot.x.unit, [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  };
  return {
    width: place.clientWidth,
    height: parseFloat(getComputedStyle(place).minHeight) - 32,
    scales: { x: scale(plot.x, () => span(plot)), y: scale(plot.y, [plot.y.min, plot.y.max]) },
    axes: [axis('x', plot.x), axis('y', plot.y)],
    series: [{ label, value: (_, x) => (x === null ? '' : show(x)) }, ...order.map((at) => series(plot, plot.series[at]))],
    cursor: {
      y: false,
      drag: { setScale: false, x: true, y: false },
      bind: { dblclick: () => () => zoom(plot.x.unit, null) },
      points: { size: 6 },
      // All plots over time tell the same instant.
      sync: plot.x.unit === 'seconds' ? { key: 'time', scales: ['x', null], setSeries: false } : undefined,
    },
    hooks: { drawClear: [(u) => bands(u, plot)], drawAxes: [(u) => layers(u, plot)], draw: [(u) => limits(u, plot)], setSelect: [selected] },
    padding: [headroom(plot), 24, 0, 0],
  };
}

function draw(plot) {
  const place = document.getElementById(plot.id);
  const before = drawn.get(plot.id);
  before?.u.destroy();
  // What is stacked highest is drawn first, so that the others stand before it.
  const order = plot.series.map((_, at) => at);
  if (plot.series.some(({ style }) => style === 'stack')) order.reverse();
  const [xs, ...values] = columns(plot);
  const u = new uPlot(options(plot, place, order), [xs, ...order.map((at) => values[at])], place);
  drawn.set(plot.id, { plot, u, reset: before?.reset ?? resetButton(plot, place) });
}

function resetButton(plot, place) {
  const button = element('button', { type: 'button', className: 'reset', textContent: 'Show all', hidden: true });
  button.addEventListener('click', () => {
    zoom(plot.x.unit, null);
    place.focus();
  });
  place.before(button);
  return button;
}

const drawAll = () => plots.forEach(draw);
const withClaims = plots.filter((plot) => plot.claims).map((plot) => ({ plot, claims: new Claims(plot.claims) }));
withClaims.forEach(({ plot, claims }) => placeDots(plot, claims));
drawAll();
for (const { plot, claims } of withClaims) {
  const dialog = new ClaimDialog(claims);
  dialog.attach();
  new Dots(plot, claims, dialog);
}
// Colours are the page's: light, dark or print.
for (const query of ['(prefers-color-scheme: dark)', 'print']) matchMedia(query).addEventListener('change', drawAll);
let width = document.documentElement.clientWidth;
addEventListener('resize', () => {
  if (width === document.documentElement.clientWidth) return;
  width = document.documentElement.clientWidth;
  drawAll();
});
document.documentElement.dataset.drawn = String(plots.length);
