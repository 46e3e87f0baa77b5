// The page at /docs: two documents, one shown at a time. The fragment says which, and where in it: #messages/operation-publish.

import { el, set } from '/assets/dom.js';
import { asyncApiSections } from './asyncapi.js';
import { openApiSections } from './openapi.js';
import { paragraphs } from './text.js';

const DOCUMENTS = {
  http: { file: '/docs/openapi.json', title: 'HTTP', sections: openApiSections },
  messages: { file: '/docs/asyncapi.json', title: 'Messages', sections: asyncApiSections },
};

const main = document.querySelector('main');
const contents = document.querySelector('.contents nav');
const menu = document.querySelector('.contents');
let shown = '';

async function show() {
  const [wanted, id] = decodeURIComponent(location.hash.slice(1)).split('/');
  const name = wanted in DOCUMENTS ? wanted : 'http';
  if (name !== shown) {
    const { file, title, sections } = DOCUMENTS[name];
    for (const link of document.querySelectorAll('[data-document]')) {
      set(link, { 'aria-current': link.dataset.document === name ? 'page' : undefined });
    }
    document.querySelector('.raw').href = file;
    document.title = `Millrace · ${title}`;
    try {
      const answer = await fetch(file);
      if (!answer.ok) {
        throw new Error(`${file} answers ${answer.status}`);
      }
      draw(name, await answer.json(), sections);
      shown = name;
    } catch (problem) {
      main.replaceChildren(el('p', { role: 'alert' }, `The document can't be read: ${problem.message}`));
      return;
    }
  }
  if (id === undefined) {
    scrollTo(0, 0);
  } else {
    document.getElementById(id)?.scrollIntoView();
  }
}

function draw(name, api, sections) {
  const list = el('ul');
  const all = [el('div', { class: 'intro' }, paragraphs(api.info.description))];
  for (const { title, description, articles } of sections(api)) {
    const entries = articles.map((one) => el('li', {}, el('a', { href: `#${name}/${one.id}` }, one.title)));
    list.append(el('li', {}, title, el('ul', {}, ...entries)));
    const shownArticles = articles.map((one) => el('article', { id: one.id }, el('h3', {}, one.title), one.view));
    all.push(el('section', {}, el('h2', {}, title), paragraphs(description), ...shownArticles));
  }
  contents.replaceChildren(list);
  main.replaceChildren(...all);
}

// On a phone the contents would push everything else off the screen.
const narrow = matchMedia('(max-width: 55rem)');
menu.open = !narrow.matches;
narrow.addEventListener('change', () => {
  menu.open = !narrow.matches;
});
contents.addEventListener('click', (event) => {
  if (narrow.matches && event.target.closest('a') !== null) {
    menu.open = false;
  }
});
addEventListener('hashchange', show);
show();
