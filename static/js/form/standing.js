/* What the platform holds of a step now. A page may have been made before what was typed last arrived: a save on the way out answers nobody, so the server is
   asked before it is said that something is not saved. X-Look: a look by script, for which nothing is opened (app/wizard/views/answers.py:case_of). */
import { controls, fields } from './forms.js';

const FRESH = 10000; // milliseconds: what was typed just now may still be on its way
const AGAIN = 1500;
const asked = new Map(); // entry, as it was written -> promise of the form

function look(url) {
  return fetch(url, { credentials: 'same-origin', headers: { 'X-Look': '1' } })
    .then(function (answer) { return answer.ok ? answer.text() : ''; })
    .then(function (text) {
      const forms = new DOMParser().parseFromString(text, 'text/html').querySelectorAll('form[data-autosave]');
      return Array.prototype.find.call(forms, function (form) { return form.getAttribute('action').split('?')[0] === url; }) || null;
    })
    .catch(function () { return null; });
}

/* As it is stored: without outer blanks, in a line without any, and as capitals (the steps' clean()). */
function plain(form, name, values) {
  return values.map(function (value) {
    const whole = value.replace(/\r\n/g, '\n').trim();
    return controls(form, name)[0].tagName === 'TEXTAREA' ? whole : whole.normalize('NFKC').replace(/\s+/g, '').toUpperCase();
  }).join('\n');
}

/* Whether the form holds this value of an entry of kept.js. */
export function holds(form, entry, name) {
  return controls(form, name).length > 0 && plain(form, name, fields(form).getAll(name)) === plain(form, name, entry.fields[name]);
}

/* Whether the form holds all of an entry. */
export function holdsAll(form, entry) { return Object.keys(entry.fields).every(function (name) { return holds(form, entry, name); }); }

/* Gives the form of the entry's step as the platform has it now; null where it cannot be told: no line, signed out, or the step is closed. */
export function standing(entry) {
  const key = entry.key + '/' + entry.at;
  const url = '/applications/' + entry.application + '/' + entry.step;
  if (!asked.has(key)) {
    asked.set(key, look(url).then(function (form) {
      if (!form || holdsAll(form, entry) || Date.now() - entry.at > FRESH) return form;
      return new Promise(function (done) { window.setTimeout(done, AGAIN); }).then(function () { return look(url); });
    }));
  }
  return asked.get(key);
}
