// One claim in a dialog, and rows of several.
class ClaimDialog {
  constructor(claims) {
    this.claims = claims;
    this.dialog = document.getElementById('claim');
    this.dialog.querySelector('.close').addEventListener('click', () => this.dialog.close());
    this.dialog.querySelector('.earlier').addEventListener('click', () => this.step(-1));
    this.dialog.querySelector('.later').addEventListener('click', () => this.step(1));
    this.dialog.addEventListener('keydown', ({ key }) => this.step({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0));
    // A click beside the dialog is one on its backdrop.
    this.dialog.addEventListener('click', ({ target }) => target === this.dialog && this.dialog.close());
  }

  step(by) {
    if (by) this.open(this.claims.index[this.shown + by]);
  }

  open(index) {
    const { claims, dialog } = this;
    const at = claims.at.get(index);
    if (at === undefined) return;
    this.shown = at;
    dialog.querySelector('h2').textContent = `Claim ${index}`;
    const facts = [
      ['Ended', word(claims.ends, at)],
      ['Name', claims.name(at)],
      ['Namespace/pool', word(claims.places, at)],
      ['Sandbox', claims.sandbox(at)],
      ['Node', word(claims.nodes, at)],
    ];
    dialog.querySelector('dl').replaceChildren(...facts.filter(([, value]) => value).map(([term, value]) =>
      element('div', {}, element('dt', { textContent: term }), element('dd', {}, element('bdi', { textContent: value })))));
    dialog.querySelector('tbody').replaceChildren(...this.instants(at));
    dialog.querySelector('.earlier').disabled = at === 0;
    dialog.querySelector('.later').disabled = at === claims.index.length - 1;
    if (!dialog.open) dialog.showModal();
  }

  instants(at) {
    const { claims } = this;
    const { parts, end } = claims.parts(at);
    const reached = claims.instants.map(({ name, after_us }) => [name, after_us[at]]).filter(([, us]) => us !== null);
    reached.sort(([, one], [, other]) => one - other);
    return [['intended', 0], ...reached].map(([name, us]) => {
      const part = parts.find((one) => one.name === name);
      const bar = part && element('span');
      if (part) Object.assign(bar.style, { marginLeft: `${(100 * part.from) / end}%`, width: `${(100 * (part.until - part.from)) / end}%` });
      return element('tr', {},
        element('th', { scope: 'row', textContent: name }),
        element('td', { textContent: `${(claims.intended(at) + us / 1e6).toFixed(3)} s` }),
        element('td', { textContent: millis(us) }),
        element('td', { textContent: part ? millis(part.until - part.from) : '' }),
        element('td', { className: name === 'given up' ? 'bar bad' : 'bar' }, ...(part ? [bar] : [])));
    });
  }

  button(index) {
    const button = element('button', { type: 'button', textContent: index, ariaLabel: `Open claim ${index}` });
    button.addEventListener('click', () => this.open(index));
    return button;
  }

  row(index) {
    const { claims } = this;
    const at = claims.at.get(index);
    const { parts, end } = claims.parts(at);
    const bars = parts.map(({ name, place, from, until }) => {
      const bar = element('span', { className: name === 'given up' ? 'part-6' : `part-${place + 1}` });
      bar.style.width = `${(100 * (until - from)) / end}%`;
      return bar;
    });
    const told = parts.map(({ name, from, until }) => `${name} ${seconds((until - from) / 1e6)}`).join(', ');
    const ready = claims.timeToReady(at);
    return element('tr', {},
      element('th', { scope: 'row' }, this.button(index)),
      element('td', { textContent: `${claims.intended(at).toFixed(3)} s` }),
      element('td', { textContent: ready === null ? '–' : seconds(ready) }),
      element('td', {}, element('div', { className: 'parts' }, ...bars), element('small', { textContent: told })),
      element('td', {}, element('bdi', { textContent: word(claims.ends, at) })));
  }

  // The rows of a group, when it is opened.
  fill(group) {
    const columns = ['claim', 'intended', 'time to ready', 'where it went', 'class or reason'];
    const heads = columns.map((name) => element('th', { scope: 'col', textContent: name }));
    const known = group.dataset.claims.split(' ').map(Number).filter((index) => this.claims.at.has(index));
    const table = element('table', { className: 'claims' },
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...known.map((index) => this.row(index))));
    const scroll = element('div', { className: 'scroll', role: 'region', tabIndex: 0, ariaLabel: group.querySelector('summary').textContent });
    scroll.append(table);
    group.append(scroll);
  }

  // Everything on the page that opens a claim or a group of them.
  attach() {
    for (const button of document.querySelectorAll('button[data-claim]')) {
      button.addEventListener('click', () => this.open(Number(button.dataset.claim)));
    }
    for (const group of document.querySelectorAll('details[data-claims]')) {
      if (group.open) this.fill(group);
      else group.addEventListener('toggle', () => this.fill(group), { once: true });
    }
    const named = () => /^#claim-\d+$/.test(location.hash) && this.open(Number(location.hash.slice(7)));
    addEventListener('hashchange', named);
    named();
  }
}

