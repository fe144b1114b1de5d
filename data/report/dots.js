// Dots of claims that are opened by a click, and by arrow keys and Enter.
class Dots {
  constructor(plot, claims, dialog) {
    Object.assign(this, { plot, claims, dialog, current: -1 });
    this.place = document.getElementById(plot.id);
    this.told = element('p', { className: 'told', role: 'status' });
    this.place.after(this.told);
    this.mark = element('div', { className: 'mark', hidden: true });
    this.place.addEventListener('mousemove', (event) => this.point(this.near(event)));
    this.place.addEventListener('mouseleave', () => this.point(null));
    this.place.addEventListener('click', (event) => {
      const dot = this.near(event);
      if (dot) dialog.open(dot.index);
    });
    this.place.addEventListener('keydown', (event) => this.press(event));
  }

  get u() {
    return drawn.get(this.plot.id).u;
  }

  *dots() {
    for (const layer of this.plot.layers) {
      const row = strips(this.plot).indexOf(layer);
      for (let at = 0; at < layer.claims.length; at += 1) yield { layer, row, at, index: layer.claims[at] };
    }
  }

  // Where a dot is in the plot, in CSS pixels.
  spot({ layer, row, at }) {
    const y = row < 0 ? this.u.valToPos(layer.ys[at], 'y') : (rowAt(this.u, row) - this.u.bbox.top) / devicePixelRatio;
    return { x: this.u.valToPos(layer.xs[at], 'x'), y };
  }

  // The dot that the pointer is at, a finger's width around.
  near({ target, clientX, clientY }) {
    if (!target.closest('.u-wrap')) return null;
    const over = this.u.over.getBoundingClientRect();
    let [least, found] = [12 ** 2, null];
    for (const dot of this.dots()) {
      const { x, y } = this.spot(dot);
      const distance = (x - clientX + over.left) ** 2 + (y - clientY + over.top) ** 2;
      if (distance < least && x >= 0 && x <= over.width) [least, found] = [distance, dot];
    }
    return found;
  }

  point(dot) {
    this.mark.hidden = !dot;
    this.place.style.cursor = dot ? 'pointer' : '';
    if (!dot) return;
    const { x, y } = this.spot(dot);
    Object.assign(this.mark.style, { left: `${x}px`, top: `${y}px` });
    this.u.over.append(this.mark);
    this.told.textContent = this.claims.tell(this.claims.at.get(dot.index));
  }

  go(to) {
    this.current = Math.min(Math.max(to, 0), this.claims.index.length - 1);
    const [min, max] = span(this.plot);
    const when = this.claims.intended(this.current);
    if (when < min || when > max) zoom(this.plot.x.unit, [when - (max - min) / 2, when + (max - min) / 2]);
    const index = this.claims.index[this.current];
    this.told.textContent = this.claims.tell(this.current);
    this.point([...this.dots()].find((dot) => dot.index === index));
  }

  press(event) {
    const around = this.claims.intended(Math.max(this.current, 0));
    const act = {
      ArrowRight: () => this.go(this.current + 1),
      ArrowLeft: () => this.go(this.current - 1),
      Home: () => this.go(0),
      End: () => this.go(this.claims.index.length - 1),
      Enter: () => this.dialog.open(this.claims.index[this.current]),
      '+': () => zoomBy(this.plot, 0.5, around),
      '-': () => zoomBy(this.plot, 2, around),
      Escape: () => zoom(this.plot.x.unit, null),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}

