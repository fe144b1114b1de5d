function axis(side, { unit, log }) {
  const isClock = side === 'x' && unit === 'seconds';
  const font = '12px system-ui, sans-serif';
  const values = (_, ticks) => {
    // As many digits as tell the ticks apart.
    const digits = ticks.length > 1 && ticks[1] - ticks[0] < 0.1 ? 3 : 2;
    return ticks.map((tick) => (tick === null ? '' : isClock ? clock(tick, digits) : units[unit](tick)));
  };
  const grid = { stroke: color('rule'), width: 1 };
  const one = { font, stroke: color('quiet'), grid, ticks: { show: false }, values, gap: 6 };
  if (side === 'x') {
    one.grid = { show: false };
    one.ticks = { stroke: color('rule'), width: 1, size: 4 };
    one.space = 70;
    one.size = 32;
  } else {
    one.size = 62;
  }
  // Steps that a reader counts in: tenths, then parts of a minute and of an hour.
  if (isClock) one.incrs = [1, 2, 5].flatMap((step) => [0.001 * step, 0.01 * step, 0.1 * step]).sort((a, b) => a - b).concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]);
  // There is no run between two.
  if (side === 'x' && unit === 'count') one.incrs = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((power) => [power, 2 * power, 5 * power]);
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

