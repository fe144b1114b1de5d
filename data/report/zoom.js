// A part of the x axis, of all plots over time at once, or of one of another axis.
const zoomed = new Map();
// Each plot by its id, with its uPlot and the button that shows all again.
const drawn = new Map();
const span = (plot) => zoomed.get(plot.x.unit) ?? [plot.x.min, plot.x.max];

function zoom(unit, range) {
  if (range) zoomed.set(unit, range);
  else zoomed.delete(unit);
  for (const { plot, u, reset } of drawn.values()) {
    if (plot.x.unit !== unit) continue;
    const [min, max] = span(plot);
    u.setScale('x', { min, max });
    reset.hidden = !range;
  }
}

// Nearer or further, around an instant.
function zoomBy(plot, factor, around) {
  const [min, max] = span(plot);
  const low = Math.max(plot.x.min, around - (around - min) * factor);
  const high = Math.min(plot.x.max, around + (max - around) * factor);
  zoom(plot.x.unit, high - low >= plot.x.max - plot.x.min ? null : [low, high]);
}

