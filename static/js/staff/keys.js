/* Keys of a page, told apart by @github/hotkey. They do nothing while one types or while a dialog is in front, and the single ones can be switched off
   (WCAG 2.1.4): that is kept with the account, and the page says it. */
import { eventToHotkeyString, install } from '../../vendor/hotkey.js';
import { hide, inFront, show } from '../page/dialog.js';
import { notice } from '../page/notice.js';

const HELD = /^(Shift\+)?([jk=[\]-]|Arrow\w+|Plus)$/i; // keys that go on while held down; one that decides acts once
let page = function () { return true; };
const allowed = new Map(); // what the library calls a key -> () => whether it acts now

/* No key acts unless test(event) holds. */
export function onlyIf(test) { page = test; }

export function singleKeys() { return document.body.dataset.singleKeys !== 'off'; }

function single(key) { return key.length === 1 || key === 'Space' || key === 'Plus'; }

function ready(key) { return !inFront() && (!single(key) || singleKeys()); }

/* A letter with Shift or Caps Lock is the same key, and a sign is the same wherever Shift makes it. */
function spellings(key) {
  if (/^[a-z]$/.test(key)) return [key, key.toUpperCase(), 'Shift+' + key, 'Shift+' + key.toUpperCase()];
  return single(key) ? [key, 'Shift+' + key] : [key];
}

/* act() at each of the keys ("j ArrowDown"); `when`, if given, must hold too: else the browser does what it does with the key. */
export function shortcut(keys, act, when) {
  const place = document.createElement('span'); // the library tells an element, which need not be in the page
  place.addEventListener('hotkey-fire', function (event) {
    event.preventDefault();
    act();
  });
  const names = keys.split(' ').map(function (key) {
    return spellings(key).map(function (name) {
      allowed.set(name, function () { return ready(key) && (!when || when()); });
      return name;
    });
  });
  install(place, [].concat.apply([], names).join(','));
}

/* ? opens and closes the list of keys. */
export function legendKey(legend) {
  shortcut('?', function () {
    if (inFront() === legend) hide(legend);
    else show(legend);
  });
  const both = function () { return inFront() === legend || ready('?'); };
  spellings('?').forEach(function (name) { allowed.set(name, both); });
}

// the library listens at the document and stops the browser's own act: a key that does nothing now must not get there
document.documentElement.addEventListener('keydown', function (event) {
  const key = eventToHotkeyString(event), may = allowed.get(key);
  if (may && (event.isComposing || !may() || !page(event) || (event.repeat && !HELD.test(key)))) event.stopPropagation();
});

/* The box that switches the single keys: kept at once, or put back where it was. */
function switched(event) {
  const box = event.target;
  if (!box.matches || !box.matches('[data-keys-switch]')) return;
  const body = new FormData();
  body.append('csrf_token', document.querySelector('[name=csrf_token]').value);
  body.append('single_keys', box.checked ? 'on' : 'off');
  document.body.dataset.singleKeys = box.checked ? 'on' : 'off';
  fetch(box.dataset.keysSwitch, { method: 'POST', body: body, credentials: 'same-origin' })
    .then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); })
    .catch(function () {
      box.checked = !box.checked;
      document.body.dataset.singleKeys = box.checked ? 'on' : 'off';
      notice('keys', 'warn', '快捷键的设置没有保存，请再试一次。');
    });
}

document.addEventListener('change', switched);
