/**
 * The one page that people are on between a page and the provider: it sends them there, takes the answer, and ends the
 * provider's session. A step that failed is told here, with the way to begin again.
 */
import { say } from './dom.js';
import { openSession } from './session.js';

const words = document.querySelector('[data-testid=sign-in-words]');
const button = document.querySelector('[data-testid=sign-in-elsewhere]');

const answer = new URLSearchParams(location.search);
// The code is good for nothing without the verifier, and still not for the history.
history.replaceState(null, '', location.pathname);

const session = openSession();
const step = session.takeStep();
let back = step?.back ?? '/';
button.addEventListener('click', () => session.signIn(back));

try {
  await take();
} catch (e) {
  tell(e.message);
}

async function take() {
  if (answer.has('state') || answer.has('code') || answer.has('error')) {
    session.keepGrant(await session.provider.finish(answer, step?.pending));
    location.replace(back);
  } else if (step?.name === 'begin') {
    const { address, pending } = await session.provider.begin();
    session.keepStep({ name: 'finish', pending, back });
    location.replace(address);
  } else if (step?.name === 'end') {
    await end(step.refresh);
  } else {
    tell(step?.name === 'ended' ? 'You are signed out.' : step?.name === 'finish' ? 'You did not finish signing in.' : 'You are not signed in.');
  }
}

async function end(refresh) {
  let address;
  try {
    address = await session.provider.end(refresh);
  } catch (e) {
    tell(`You are signed out here; your session at the provider may go on. ${e.message}`);
    return;
  }
  if (address === undefined) {
    tell('You are signed out here. The provider keeps its own session; sign out there too.');
  } else {
    session.keepStep({ name: 'ended' });
    location.replace(address);
  }
}

function tell(what) {
  say(words, what);
  button.hidden = false;
}
