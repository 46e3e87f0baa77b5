/**
 * The operator's console: one view at a time, chosen by what is behind `#` in the address. Which views there are for a
 * reader is said by the parts of Millrace that their roles manage.
 */
import { Catalog } from './catalog.js';
import { address, chosen } from './console/address.js';
import { VIEWS } from './console/views.js';
import { el, say, set } from './dom.js';
import { Page } from './page.js';

const page = new Page(paint);
const catalog = await Catalog.of(page.token());
const views = VIEWS.filter(({ manage }) => manage.some((part) => catalog.manages(part)));

const main = document.getElementById('view');
const nothing = document.getElementById('nothing');
const tabs = document.querySelector('nav.views');
let open;

page.connect();
tabs.hidden = views.length === 0;
tabs.append(...views.map(({ name, title }) => el('a', { href: address(name), 'data-testid': `view-${name}` }, title)));
nothing.hidden = views.length > 0;
say(nothing, page.session.token === undefined ? '' : 'None of your roles manages a part of Millrace.');

/** Opens what the address names. A view that is open already gets its new parameters. */
function choose() {
  if (views.length === 0) {
    return;
  }
  const { name, params } = chosen(location.hash);
  const view = views.find((each) => each.name === name) ?? (name === '' || open === undefined ? views[0] : undefined);
  if (view === undefined) {
    return; // whatever else is behind # leaves what is open
  }
  if (open?.view === view && open.shown.params !== undefined) {
    open.shown.params(params);
  } else {
    open?.shown.close?.();
    open?.root.remove();
    const root = el('div', { class: `view ${view.name}`, 'data-testid': `opened-${view.name}` });
    main.append(root);
    document.title = `Millrace · ${view.title.toLowerCase()}`;
    open = { view, root, shown: view.open(root, context(params)) ?? {} };
  }
  for (const tab of tabs.children) {
    set(tab, { 'aria-current': tab.getAttribute('href') === address(view.name) ? 'page' : undefined });
  }
  page.changed();
}

function context(params) {
  const { client, token, changed } = page;
  return { client, token, changed, catalog, params };
}

function paint() {
  open?.shown.show?.();
}

// Its address would be a view's.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', choose);
choose();
page.begin(catalog);
