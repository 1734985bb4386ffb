/* What autosave.js, leave.js and upload.js share: what a form holds now, whether that is stored, and one exchange at a time for each form, so
   that two of them never carry the same version. */
import { pressed } from '../page/busy.js';
import { announce } from '../page/notice.js';

const known = new WeakMap(); // form -> what the server has, as text
const lines = new WeakMap(); // form -> {tail: Promise, waiting: number}
const held = new WeakMap(); // form -> the button that was pressed meanwhile

/* Names and values, without files. */
export function fields(form) {
  const body = new URLSearchParams();
  new FormData(form).forEach(function (value, name) { if (typeof value === 'string') body.append(name, value); });
  return body;
}

export function snapshot(form) {
  const body = fields(form);
  body.delete('csrf_token');
  body.delete('version');
  return body.toString();
}

export function dirty(form) { return known.has(form) && known.get(form) !== snapshot(form); }
export function stored(form, text) { known.set(form, text); }

export function setVersion(form, version) {
  const input = form.querySelector('input[name=version]');
  if (input && version !== undefined && version !== null) input.value = version;
}

/* The form that took the place of one that is gone. */
export function sameForm(form) {
  return Array.prototype.find.call(document.forms, function (other) { return other.getAttribute('action') === form.getAttribute('action') && other.method === form.method; });
}

function renewed(button, form) {
  const other = sameForm(form);
  return other && Array.prototype.find.call(other.elements, function (control) {
    return control.type === 'submit' && control.name === button.name && control.value === button.value && control.tabIndex === button.tabIndex;
  });
}

/* One after the other: run() gives a promise; failures do not stop the line. */
export function inLine(form, run) {
  const line = lines.get(form) || { tail: Promise.resolve(), waiting: 0 };
  lines.set(form, line);
  line.waiting += 1;
  const done = line.tail.then(run);
  line.tail = done.catch(function () {}).then(function () {
    line.waiting -= 1;
    const button = held.get(form);
    if (line.waiting === 0 && button) {
      held.delete(form);
      const still = button.isConnected ? button : renewed(button, form);
      if (still) still.click();
    }
  });
  return done;
}

export function inLineNow(form) { const line = lines.get(form); return Boolean(line && line.waiting); }

// pressed while something of this form is still under way: wait for it, then press again
document.addEventListener('submit', function (event) {
  const form = event.target;
  if (!inLineNow(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter || pressed(form) || form.querySelector('button[type=submit]');
  if (button) held.set(form, button);
  announce('正在保存，完成后继续。');
}, true);

function learn() {
  document.querySelectorAll('form[data-autosave], form[data-leave]').forEach(function (form) {
    if (!known.has(form)) known.set(form, snapshot(form));
  });
}
document.addEventListener('DOMContentLoaded', learn);
document.addEventListener('htmx:afterSettle', learn);
