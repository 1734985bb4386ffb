/* Writes what is typed into form[data-autosave] to this device (page/kept.js) until the server has it, and offers it again on return: both texts where they
   differ. Nothing is put into a form by itself. Fields that the form does not have now (another kind of paper) stay kept until it has them. */
import { entries, erase, keeps, keyOf, owner, page, put } from '../page/kept.js';
import { clear, notice } from '../page/notice.js';
import { before } from '../page/sign-out.js';
import { controls, dirty, fields, held, versionOf } from './forms.js';
import { holds, holdsAll, standing } from './standing.js';

const PLACE = /^\/applications\/([^/]+)\/([^/?]+)$/;

function placeOf(form) {
  const found = PLACE.exec(form.getAttribute('action') || '');
  return found && { application: found[1], step: found[2] };
}
const PARTS = ['fields', 'labels', 'shown']; // of an entry
const REST = 'rest'; // in place of a version: what a form had no field for
const claims = new Set(); // keys of the entries that the bar speaks of, the first by its time
const renewed = new WeakSet(); // forms that are being replaced
function later(entry) { return entry.version === REST; }
function own(place) { return entries().filter(function (e) { return e.owner === owner && e.application === place.application && e.step === place.step; }); }
/* What this opened page wrote; another one may wait without a line as well. */
function ours(place) { return own(place).filter(function (entry) { return entry.page === page && !later(entry); }); }
function text(node) { return node ? node.textContent.replace(/\s+/g, ' ').trim() : ''; }

function labelOf(form, name) {
  const first = controls(form, name)[0];
  const group = first && first.type === 'radio' ? first.closest('fieldset') : null;
  return text(group ? group.querySelector('legend') : first && first.labels && first.labels[0]) || name;
}

/* As a person reads it: the words of the options, not their codes. */
function shownOf(form, name, values) {
  const all = controls(form, name);
  return values.map(function (value) {
    const option = all[0] && all[0].options && Array.prototype.find.call(all[0].options, function (o) { return o.value === value; });
    const choice = all.find(function (c) { return /^(radio|checkbox)$/.test(c.type) && c.value === value; });
    return option ? text(option) : choice && choice.labels[0] ? text(choice.labels[0]) : value;
  }).join('、');
}

function differences(form) {
  const now = fields(form);
  const first = new URLSearchParams(held(form));
  const names = Array.from(new Set(Array.from(form.elements, function (c) { return c.name; }))).filter(function (name) { return name && controls(form, name).length; });
  return names.filter(function (name) { return String(now.getAll(name)) !== String(first.getAll(name)); });
}

function offered(form) { return Array.from(form.querySelectorAll('[data-kept]'), function (section) { return section.getAttribute('data-kept'); }); }

function write(form) {
  const place = placeOf(form);
  if (!keeps() || !place || !form.isConnected) return;
  const version = form.querySelector('input[name=version]');
  const key = keyOf(place.application, place.step, version ? version.value : '0');
  const waits = offered(form);
  const entry = { at: Date.now(), fields: {}, labels: {}, shown: {} };
  const mine = ours(place);
  const there = mine.find(function (old) { return old.key === key; });
  if (there && waits.indexOf(key) >= 0) PARTS.forEach(function (part) { Object.assign(entry[part], there[part]); }); // offered and not decided yet
  const now = fields(form);
  differences(form).forEach(function (name) {
    entry.fields[name] = now.getAll(name);
    entry.labels[name] = labelOf(form, name);
    entry.shown[name] = shownOf(form, name, entry.fields[name]);
  });
  // of a page that is going one of two writings may get through: nothing is taken away before the new text stands, and what stands is left alone
  const some = Object.keys(entry.fields).length > 0;
  const same = there && PARTS.every(function (part) { return JSON.stringify(there[part]) === JSON.stringify(entry[part]); });
  if (some && !same && !put(key, entry)) return;
  mine.forEach(function (old) { if (waits.indexOf(old.key) < 0 && !(some && old === there)) erase(old.key); });
}

/* The server has what this form holds. */
function done(form) {
  const place = placeOf(form);
  if (place) ours(place).forEach(function (entry) { if (offered(form).indexOf(entry.key) < 0) erase(entry.key); });
}

function element(name, words, kind) {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function when(at) { return new Date(at).toLocaleString('zh-CN', { month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }); }

function button(words, kind, act) {
  const made = element('button', words, kind);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

function claim(entry) { return '这台设备上有还没有保存到平台的内容（' + when(entry.at) + ' 写的）。'; }

/* The texts of an entry, beside those of the form where there is one. */
function texts(entry, names, form) {
  const section = element('section', '', 'note warn stack kept-here');
  section.setAttribute('aria-label', '这台设备上的内容');
  section.setAttribute('data-kept', entry.key);
  section.appendChild(element('p', '')).appendChild(element('b', claim(entry)));
  const list = section.appendChild(element('dl', '', 'summary both'));
  names.forEach(function (name) {
    const row = list.appendChild(element('div'));
    row.appendChild(element('dt', entry.labels[name] || name));
    const value = row.appendChild(element('dd'));
    const there = form && controls(form, name).length ? shownOf(form, name, fields(form).getAll(name)) : null;
    if (there !== null) {
      value.appendChild(element('span', '平台上保存的：', 'muted'));
      value.appendChild(element('span', there || '（空）', 'prose'));
      value.appendChild(element('br'));
    }
    value.appendChild(element('span', '这台设备上的：', 'muted'));
    value.appendChild(element('span', entry.shown[name] || '（空）', 'prose'));
  });
  return section;
}

function use(form, entry, names) {
  const rest = { at: entry.at, fields: Object.assign({}, entry.fields), labels: entry.labels, shown: entry.shown };
  const set = [];
  names.forEach(function (name) {
    const all = controls(form, name);
    if (!all.length) return;
    all.forEach(function (control) {
      if (/^(radio|checkbox)$/.test(control.type)) control.checked = entry.fields[name].indexOf(control.value) >= 0;
      else control.value = entry.fields[name][0] || '';
    });
    delete rest.fields[name];
    set.push(all.find(function (control) { return control.checked; }) || all[0]);
  });
  erase(entry.key);
  if (Object.keys(rest.fields).length) put(keyOf(entry.application, entry.step, REST), rest);
  form.querySelectorAll('[data-kept]').forEach(function (section) { section.remove(); });
  write(form);
  look(); // of another page, if there is one
  set.forEach(function (control) { control.dispatchEvent(new Event('input', { bubbles: true })); });
  const renews = set.find(function (control) { return control.hasAttribute('hx-post'); }); // it posts the whole form
  if (renews) renews.dispatchEvent(new Event('change', { bubbles: true }));
  if (set[0]) set[0].focus();
}

/* The form of this entry in the page; also one that shows what waits (data-both). */
function formOf(entry) {
  const action = addressOf(entry) + '/' + entry.step;
  return Array.from(document.querySelectorAll('form[data-autosave], form[data-both]')).find(function (form) { return form.getAttribute('action').split('?')[0] === action; });
}
function addressOf(entry) { return '/applications/' + entry.application; }
/* Whether this page shows the texts themselves: the application's own, or the step where it takes nothing any more. */
function shownHere(entry) { return [addressOf(entry), addressOf(entry) + '/' + entry.step].indexOf(location.pathname) >= 0; }

function dropped(entry, section) {
  erase(entry.key);
  section.remove();
}

/* now: the form as the platform has it. */
function offer(form, entry, now) {
  if (form.querySelector('[data-kept="' + entry.key + '"]')) return;
  const told = Object.keys(entry.fields).filter(function (name) { return !holds(form, entry, name); });
  if (!told.length) return erase(entry.key);
  const section = texts(entry, told, now || form);
  const acts = section.appendChild(element('div', '', 'actions'));
  const fits = told.some(function (name) { return controls(form, name).length; });
  if (fits) acts.appendChild(button('用这台设备上的', 'btn primary', function () { use(form, entry, Object.keys(entry.fields)); }));
  acts.appendChild(button('用平台上的，删掉这一份', 'btn', function () { dropped(entry, section); }));
  form.insertBefore(section, form.querySelector('h2, section:not([data-kept])') || form.firstChild);
}

/* On other pages: where it waits; on the application's own and a closed step the texts, since there is no form for them (now is null). */
function elsewhere(entry, now) {
  const main = document.getElementById('main');
  const show = function () { location.href = addressOf(entry) + '/' + entry.step; };
  if (!shownHere(entry)) {
    if (!claims.size) notice('kept', 'warn', claim(entry), [{ text: '去看', run: show }]);
    return claims.add(entry.key);
  }
  if (main.querySelector('[data-kept="' + entry.key + '"]')) return undefined;
  const section = texts(entry, Object.keys(entry.fields).filter(function (name) { return !now || !holds(now, entry, name); }), now);
  const acts = section.appendChild(element('div', '', 'actions'));
  if (now) acts.appendChild(button('去看', 'btn primary', show));
  acts.appendChild(button('删掉这一份', 'btn', function () { dropped(entry, section); }));
  const title = main.querySelector('h1');
  return main.insertBefore(section, title ? title.nextSibling : main.firstChild);
}

/* The page was made before the latest save arrived. */
function older(form, now) { return now && versionOf(now) > versionOf(form) && !dirty(form) && form.hasAttribute('data-autosave'); }

function renew(form) {
  if (renewed.has(form)) return;
  renewed.add(form);
  window.htmx.ajax('GET', location.pathname + location.search, { target: '#main', swap: 'outerHTML' });
}

function settle(entry, now) {
  const form = formOf(entry);
  const saved = now && holdsAll(now, entry);
  if (saved) erase(entry.key);
  if (form && older(form, now)) renew(form);
  else if (!saved && !form) elsewhere(entry, now);
  else if (!saved && form.hasAttribute('data-autosave')) offer(form, entry, now);
}

/* The bar goes when its text is decided, or in sight. */
function tidy() {
  const waiting = entries().filter(function (entry) { return claims.has(entry.key) && !formOf(entry) && !shownHere(entry); });
  if (waiting.length === claims.size) return;
  clear('kept');
  claims.clear();
  waiting.forEach(function (entry) { elsewhere(entry, null); });
}

function look() {
  if (!owner) return;
  entries().filter(function (entry) { return entry.owner === owner; }).forEach(function (entry) {
    if (document.querySelector('[data-handed-in="' + entry.application + '"]')) return erase(entry.key);
    const form = formOf(entry);
    if (form && dirty(form) && entry.page === page && !later(entry)) return undefined; // it is being written
    return standing(entry).then(function (now) {
      if (entries().some(function (each) { return each.key === entry.key && each.at === entry.at; })) settle(entry, now);
      tidy();
    });
  });
  tidy();
}

function writeAll() { document.querySelectorAll('form[data-autosave]').forEach(function (form) { if (dirty(form)) write(form); }); }

function changed(event) {
  const form = event.target.form;
  if (!form || !form.hasAttribute('data-autosave')) return;
  if (dirty(form)) write(form); // at once: a phone takes the memory without notice
}

document.addEventListener('input', changed);
document.addEventListener('change', changed);
document.addEventListener('kaoji:saved', function (event) {
  if (event.target.tagName !== 'FORM') return;
  if (dirty(event.target)) write(event.target);
  else done(event.target);
});
document.addEventListener('kaoji:unsaved', function (event) { write(event.target); });
document.addEventListener('htmx:afterRequest', function (event) {
  const sender = event.detail.requestConfig.elt;
  const form = sender.tagName === 'FORM' ? sender : sender.form;
  const status = event.detail.xhr.status;
  if (form && form.matches('[data-autosave], [data-both]') && ((status >= 200 && status < 300) || status === 422)) done(form); // 422 is saved too
});
document.addEventListener('submit', function (event) { // 舍弃草稿: here too
  const found = /^\/applications\/([^/]+)\/discard$/.exec(event.target.getAttribute('action') || '');
  if (found) entries().filter(function (entry) { return entry.owner === owner && entry.application === found[1]; }).forEach(function (entry) { erase(entry.key); });
});
document.addEventListener('click', function (event) { // 用另一页的, of the two texts that were shown
  const link = event.target.closest ? event.target.closest('[data-theirs]') : null;
  if (link) done(link.closest('form'));
});
before(function () { // what was written in this page is sent by leave.js
  const rest = keeps() && entries().some(function (entry) { return entry.owner === owner && (entry.page !== page || later(entry)); });
  return Promise.resolve(rest && !window.confirm('这台设备上有还没有保存到平台的内容，退出以后就删除了。确定退出吗？') ? 'stay' : 'go');
});
document.addEventListener('visibilitychange', function () { if (document.visibilityState === 'hidden') writeAll(); });
window.addEventListener('pagehide', writeAll);
document.addEventListener('DOMContentLoaded', look);
document.addEventListener('htmx:afterSettle', look);
