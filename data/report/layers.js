// What uPlot does not draw: spans of time beneath, claims, rows above the plot, limits on top.
const ROW = 13;
const GUTTER = 5;
const strips = (plot) => plot.layers.filter(({ strip }) => strip);
const headroom = (plot) => 8 + (strips(plot).length ? strips(plot).length * ROW + GUTTER : 0);

// Within the plot, in its own pixels; `above` lets it reach into the rows.
function clipped(u, plot, above, paint) {
  const { ctx, bbox: { left, top, width, height } } = u;
  const more = above ? headroom(plot) * devicePixelRatio : 0;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top - more, width, height + more);
  ctx.clip();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  paint(ctx, (value, scale) => u.valToPos(value, scale, true));
  ctx.restore();
}

// Dark text on what it may lie over.
function write(ctx, text, x, y, tone) {
  ctx.globalAlpha = 1;
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = color('paper');
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color(tone);
  ctx.fillText(text, x, y);
}

function bands(u, plot) {
  const tones = { fault: ['bad', 0.13], warm_up: ['plain', 0.16], phase: ['plain', 0] };
  const { left, top, width, height } = u.bbox;
  clipped(u, plot, false, (ctx, place) => {
    for (const { kind, from, to } of plot.bands) {
      const [tone, alpha] = tones[kind];
      const [start, end] = [place(from, 'x'), place(to, 'x')];
      ctx.fillStyle = color(tone);
      ctx.globalAlpha = alpha;
      ctx.fillRect(start, top, Math.max(end - start, devicePixelRatio), height);
      ctx.globalAlpha = 0.5;
      if (kind !== 'fault' && from > 0) ctx.fillRect(start, top, devicePixelRatio, height);
    }
  });
  // A name where there is room up to the next of its kind; the key above the plot has all.
  clipped(u, plot, false, (ctx, place) => {
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    for (const [row, isRow] of [(kind) => kind !== 'fault', (kind) => kind === 'fault'].entries()) {
      const named = plot.bands.filter(({ kind }) => isRow(kind));
      const lower = row && plot.bands.some(({ kind }) => kind !== 'fault') ? 14 : 0;
      named.forEach(({ kind, label, from, to }, at) => {
        const start = Math.max(place(from, 'x'), left) + 4 * devicePixelRatio;
        const next = named[at + 1] ? place(named[at + 1].from, 'x') : left + width;
        const text = kind === 'warm_up' ? `${label} (warm-up)` : label;
        if (place(to, 'x') < left || start + ctx.measureText(text).width > next) return;
        write(ctx, text, start, top + (3 + lower) * devicePixelRatio, kind === 'fault' ? 'bad' : 'quiet');
      });
    }
  });
}

// Shade for a number: a single claim is seen beside thousands.
const shade = (number, most) => 0.14 + 0.86 * Math.sqrt(number / most);

function layers(u, plot) {
  clipped(u, plot, false, (ctx, place) => {
    for (const { tone, xs, ys, counts, width, factor } of plot.layers.filter(({ strip }) => !strip)) {
      ctx.fillStyle = color(tone);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      const size = devicePixelRatio * (xs.length < 50 ? 4 : xs.length > 1.2 * u.width ? 1.3 : 2);
      for (let at = 0; at < xs.length; at += 1) {
        const [x, y] = [place(xs[at], 'x'), place(ys[at], 'y')];
        if (counts.length) {
          ctx.globalAlpha = shade(counts[at], most);
          const top = place(ys[at] * factor, 'y');
          ctx.fillRect(x, top, Math.max(1, place(xs[at] + width, 'x') - x), Math.max(1, y - top));
        } else {
          ctx.globalAlpha = 0.75;
          ctx.fillRect(x - size, y - size, 2 * size, 2 * size);
        }
      }
    }
  });
  rows(u, plot);
}

// Middle of a row above the plot, in pixels of the canvas.
const rowAt = (u, at) => u.bbox.top - (GUTTER + ROW * (at + 0.5)) * devicePixelRatio;

function rows(u, plot) {
  strips(plot).forEach(({ label, tone, xs, counts, width }, row) => {
    const [middle, half] = [rowAt(u, row), 4.5 * devicePixelRatio];
    clipped(u, plot, true, (ctx, place) => {
      ctx.fillStyle = color('wash');
      ctx.fillRect(u.bbox.left, middle - half, u.bbox.width, 2 * half);
      ctx.fillStyle = color(tone);
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      xs.forEach((x, at) => {
        const start = place(x, 'x');
        const end = counts.length ? place(x + width, 'x') : start;
        ctx.globalAlpha = counts.length ? 0.3 + 0.7 * shade(counts[at], most) : 0.8;
        ctx.fillRect(start - (counts.length ? 0 : devicePixelRatio), middle - half, Math.max(2 * devicePixelRatio, end - start), 2 * half);
      });
    });
    const { ctx } = u;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    write(ctx, label, u.bbox.left - 6 * devicePixelRatio, middle, tone);
    ctx.restore();
  });
}

function limits(u, plot) {
  const { left, top, width, height } = u.bbox;
  clipped(u, plot, false, (ctx, place) => {
    const dot = devicePixelRatio;
    for (const { label, tone, value, at } of plot.limits) {
      const [low, high] = [place(u.scales.y.min, 'y'), place(u.scales.y.max, 'y')];
      const y = Math.min(Math.max(place(value, 'y'), high), low);
      const beyond = value > u.scales.y.max ? '↑ ' : value < u.scales.y.min ? '↓ ' : '';
      ctx.strokeStyle = color(tone);
      ctx.lineWidth = 1.25 * dot;
      ctx.setLineDash([7 * dot, 4 * dot]);
      if (!beyond) {
        ctx.beginPath();
        ctx.moveTo(left, y);
        ctx.lineTo(left + width, y);
        ctx.stroke();
      }
      ctx.setLineDash([]);
      if (at !== null && plot.x.unit === 'percentile') {
        const x = place(at, 'x');
        ctx.fillStyle = color(tone);
        ctx.fillRect(x - 4 * dot, y - 4 * dot, 8 * dot, 8 * dot);
      }
      ctx.textAlign = 'right';
      // Above the line, or beneath it where there is no room.
      const above = y - top > 16 * dot;
      ctx.textBaseline = above ? 'bottom' : 'top';
      write(ctx, beyond + label, left + width - 6 * dot, Math.min(above ? y - 3 * dot : y + 3 * dot, top + height), tone);
    }
  });
}

