import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import './elements.js';
import { confirmed } from '../../main/resources/META-INF/resources/dashboard/console/confirm.js';

const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
let dialog;

beforeEach(() => {
  dialog = document.createElement('dialog');
  // As in a browser: its end is told later than it is closed.
  dialog.close = (value = dialog.returnValue) => {
    dialog.open = false;
    dialog.returnValue = value;
    setImmediate(() => dialog.dispatchEvent(new Event('close')));
  };
  document.getElementById = () => dialog;
});

test('one yes is for one question, and the other was never asked', async () => {
  const first = confirmed('Redrive 3 letters?', 'All that there are.', 'Redrive');
  assert.equal(await confirmed('Discard 3 letters?', 'All that there are.', 'Discard'), false);
  assert.match(dialog.textContent, /Redrive 3 letters\?/);
  dialog.close('yes');
  assert.equal(await confirmed('Discard 3 letters?', 'All that there are.', 'Discard'), false, 'before the answer is taken');
  assert.equal(await first, true);
  const next = confirmed('Stop it?', 'What is done stays done.', 'Stop');
  dialog.close('');
  assert.equal(await next, false);
});

test('a question is not asked on another page than its own', async () => {
  const asked = confirmed('Save the edit?', 'It is what would be redriven.', 'Save');
  page.dispatchEvent(new Event('hashchange'));
  assert.equal(dialog.open, false);
  assert.equal(await asked, false);
});
