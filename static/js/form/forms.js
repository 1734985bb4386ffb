/* What autosave.js, leave.js and upload.js share: what a form holds now, whether that is stored, and one exchange at a time for each form, so
   that two of them never carry the same version. */
(function () {
  'use strict';
  const kaoji = (window.kaoji = window.kaoji || {});
  const stored = new WeakMap(); // form -> what the server has, as text
  const lines = new WeakMap(); // form -> {tail: Promise, waiting: number}
  const held = new WeakMap(); // form -> the button that was pressed meanwhile

  /* Names and values, without files. */
  kaoji.fields = function (form) {
    const body = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (typeof value === 'string') body.append(name, value); });
    return body;
  };

  kaoji.snapshot = function (form) {
    const body = kaoji.fields(form);
    body.delete('csrf_token');
    body.delete('version');
    return body.toString();
  };

  kaoji.dirty = function (form) { return stored.has(form) && stored.get(form) !== kaoji.snapshot(form); };
  kaoji.stored = function (form, text) { stored.set(form, text); };

  kaoji.setVersion = function (form, version) {
    const input = form.querySelector('input[name=version]');
    if (input && version !== undefined && version !== null) input.value = version;
  };

  /* The form that took the place of one that is gone. */
  kaoji.sameForm = function (form) {
    return Array.prototype.find.call(document.forms, function (other) { return other.getAttribute('action') === form.getAttribute('action') && other.method === form.method; });
  };

  function renewed(button, form) {
    const other = kaoji.sameForm(form);
    return other && Array.prototype.find.call(other.elements, function (control) {
      return control.type === 'submit' && control.name === button.name && control.value === button.value && control.tabIndex === button.tabIndex;
    });
  }

  /* One after the other: run() gives a promise; failures do not stop the line. */
  kaoji.inLine = function (form, run) {
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
  };

  kaoji.inLineNow = function (form) { const line = lines.get(form); return Boolean(line && line.waiting); };

  // pressed while something of this form is still under way: wait for it, then press again
  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (!kaoji.inLineNow(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter || kaoji.pressed(form) || form.querySelector('button[type=submit]');
    if (button) held.set(form, button);
    if (kaoji.announce) kaoji.announce('正在保存，完成后继续。');
  }, true);

  function learn() {
    document.querySelectorAll('form[data-autosave], form[data-leave]').forEach(function (form) {
      if (!stored.has(form)) stored.set(form, kaoji.snapshot(form));
    });
  }
  document.addEventListener('DOMContentLoaded', learn);
  document.addEventListener('htmx:afterSettle', learn);
})();
