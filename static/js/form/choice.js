/* A field that renews its own page (hx-post on the field: the year of the diploma, the major, a 加考 option). It waits for a save that is under way, so
   that both never carry the same version; and what is typed, chosen or pressed while its answer is on the way is put into the new page. */
import { inLine, sameForm } from './forms.js';

const PATIENCE = 25000; // milliseconds; htmx itself gives up after 20 seconds
let sent = null; // {field, form, values: as sent, kept: changed since, swapped, done}

function controls(form) {
  return Array.prototype.filter.call(form.elements, function (control) { return control.name && !/^(hidden|file|submit|button|fieldset)$/.test(control.type); });
}
function ticks(control) { return control.type === 'radio' || control.type === 'checkbox'; }
function key(control) { return control.name + (ticks(control) ? '=' + control.value : ''); }
function value(control) { return ticks(control) ? control.checked : control.value; }

function finish() {
  const done = sent && sent.done;
  sent = null;
  if (done) done();
}

document.addEventListener('htmx:confirm', function (event) {
  const field = event.detail.elt;
  const form = field.form;
  if (!form || field.type === 'submit') return;
  event.preventDefault();
  inLine(form, function () {
    if (!field.isConnected) return Promise.resolve();
    return new Promise(function (done) {
      sent = { field: field, form: form, values: new Map(controls(form).map(function (c) { return [key(c), value(c)]; })), kept: [], swapped: false, done: done };
      const mine = sent;
      window.setTimeout(function () { if (sent === mine) finish(); }, PATIENCE);
      event.detail.issueRequest(true);
    });
  });
});

document.addEventListener('htmx:beforeSwap', function (event) {
  if (!sent || event.detail.requestConfig.elt !== sent.field || !event.detail.shouldSwap) return;
  sent.swapped = true;
  sent.kept = controls(sent.form).filter(function (c) { return sent.values.get(key(c)) !== value(c); }).map(function (c) { return [key(c), value(c)]; });
});

document.addEventListener('htmx:afterRequest', function (event) {
  if (sent && event.detail.requestConfig.elt === sent.field && !sent.swapped) finish();
});

document.addEventListener('htmx:afterSettle', function (event) {
  if (!sent || !sent.swapped || event.detail.requestConfig.elt !== sent.field) return;
  const form = sameForm(sent.form);
  const kept = new Map(sent.kept);
  const renewed = form ? controls(form).filter(function (c) { return kept.has(key(c)) && kept.get(key(c)) !== value(c); }) : [];
  renewed.forEach(function (control) {
    if (ticks(control)) control.checked = kept.get(key(control));
    else control.value = kept.get(key(control));
  });
  finish();
  renewed.forEach(function (control) {
    control.dispatchEvent(new Event('input', { bubbles: true }));
    if (!ticks(control) || control.checked) control.dispatchEvent(new Event('change', { bubbles: true }));
  });
});
