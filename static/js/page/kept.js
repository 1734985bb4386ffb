/* What somebody typed on a device that is their own (ticked at sign-in: data-keep of <meta name="own-device">), until the server has it (security.md SR-45).
   One entry of localStorage a form and opened page: kaoji.kept/<owner>/<application>/<step>/<version>/<page> -> {at, fields: {name: [values]}, labels, shown: {name: text}}. The owner is a
   keyed hash of the account; <page> is made anew by each page, so two of them never write over each other. Entries go at sign-out, after a week, and when the page is somebody else's; form/keep.js writes and offers them. */
const PREFIX = 'kaoji.kept/';
const OUT = 'kaoji.signed-out'; // tells other windows
const WEEK = 7 * 24 * 3600 * 1000; // milliseconds
const meta = document.querySelector('meta[name="own-device"]');
let keeping = Boolean(meta && meta.hasAttribute('data-keep'));

export const owner = meta ? meta.content : '';
export const page = Math.random().toString(36).slice(2, 10);

/* Whether what is typed may be kept here. */
export function keeps() { return keeping; }

function keys() {
  try {
    return Object.keys(localStorage).filter(function (key) { return key.indexOf(PREFIX) === 0; });
  } catch { return []; } // the browser allows no storage
}

function read(key) {
  const parts = key.slice(PREFIX.length).split('/');
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return { key: key, owner: parts[0], application: parts[1], step: parts[2], version: parts[3], page: parts[4], at: Number(found.at), fields: found.fields, labels: found.labels, shown: found.shown };
  } catch { return { key: key, owner: '', at: 0 }; }
}

/* The entries of this person, the oldest first. */
export function entries() { return keys().map(read).sort(function (a, b) { return a.at - b.at; }); }

export function keyOf(application, step, version) { return PREFIX + [owner, application, step, version, page].join('/'); }

/* Whether it could be: there may be no room, or it is not allowed; the page says that nothing is saved. */
export function put(key, entry) {
  try { localStorage.setItem(key, JSON.stringify(entry)); } catch { return false; }
  return true;
}

export function erase(key) { try { localStorage.removeItem(key); } catch { /* there is none */ } }

function stop() {
  keeping = false;
  keys().forEach(erase);
}

/* Stops keeping and takes away what there is, in every window: signed out (sign-out.js). */
export function forget() {
  stop();
  try {
    localStorage.setItem(OUT, '1');
    localStorage.removeItem(OUT);
  } catch { /* nothing is kept */ }
}

/* act() is called when that happened in another window. */
export function erased(act) {
  window.addEventListener('storage', function (event) {
    if (event.key !== OUT || !event.newValue) return;
    stop();
    act();
  });
}

keys().map(read).forEach(function (entry) {
  if (!(entry.at > Date.now() - WEEK) || (owner && entry.owner !== owner)) erase(entry.key);
});
