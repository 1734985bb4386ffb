/* A field that renews its own page (hx-post on the field: the year of the diploma, the major, a 加考 option). The next choice replaces one that is under way
   (hx-sync); what else is typed while an answer is on the way is put into the new page. */
import { renewing } from '../page/place.js';
import { sameForm } from './forms.js';

let sent = null; // {xhr, form, values: as sent, kept: changed since}

function controls(form) {
  return Array.prototype.filter.call(form.elements, function (control) { return control.name && !/^(hidden|file|submit|button|fieldset)$/.test(control.type); });
}
function ticks(control) { return control.type === 'radio' || control.type === 'checkbox'; }
function key(control) { return control.name + (ticks(control) ? '=' + control.value : ''); }
function value(control) { return ticks(control) ? control.checked : control.value; }
function mine(event) { return sent && sent.xhr === event.detail.xhr; }

document.addEventListener('htmx:beforeRequest', function (event) {
  const field = renewing(event);
  const form = field && field.form;
  sent = form ? { xhr: event.detail.xhr, form: form, values: new Map(controls(form).map(function (c) { return [key(c), value(c)]; })), kept: [] } : null;
});

document.addEventListener('htmx:beforeSwap', function (event) {
  if (!mine(event)) return;
  sent.kept = controls(sent.form).filter(function (c) { return sent.values.get(key(c)) !== value(c); }).map(function (c) { return [key(c), value(c)]; });
});

document.addEventListener('htmx:afterSettle', function (event) {
  if (!mine(event)) return;
  const form = sameForm(sent.form);
  const kept = new Map(sent.kept);
  sent = null;
  const renewed = form ? controls(form).filter(function (c) { return kept.has(key(c)) && kept.get(key(c)) !== value(c); }) : [];
  renewed.forEach(function (control) {
    if (ticks(control)) control.checked = kept.get(key(control));
    else control.value = kept.get(key(control));
  });
  renewed.forEach(function (control) {
    control.dispatchEvent(new Event('input', { bubbles: true }));
    if (!ticks(control) || control.checked) control.dispatchEvent(new Event('change', { bubbles: true }));
  });
});
