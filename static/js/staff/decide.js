/* Deciding a file: a decision by key, or one that cannot be taken back, is asked about once more and names what it is about; what was written and not kept
   is not lost unasked. Without script the server asks (app/web/staff/file/decision/sure.py). */
import { count } from '../form/counter.js';
import { leaveQuietly, watch } from '../form/leave.js';
import { show } from '../page/dialog.js';
import { announce } from '../page/notice.js';
import { givenBack, goTo, here, labelOf, letters, rows, unmarked } from './items.js';
import { singleKeys } from './keys.js';
import { unopened } from './viewer.js';
import { complain } from './wrong.js';

const MANY = 5; // names in one line; the rest is counted
const form = document.querySelector('[data-review]');
const ask = document.querySelector('[data-ask]');
const written = form && !('unsaved' in form.dataset) ? content() : null; // as the server has it
const rest = form && form.elements.rest;
const FIELD = 'textarea, select, input:not([type=radio]):not([type=checkbox])';
let going = null, to = null, back = null;

function content() {
  return Array.from(form.elements).map(function (field) {
    return field.type === 'radio' || field.type === 'checkbox' ? (field.name === 'undo' ? '' : field.checked) : field.value;
  }).join('\n');
}

function changed() { return content() !== written; }

export function press(selector) {
  const found = document.querySelector(selector);
  if (found) found.click();
}

/* Into a field; leave() leads back to where one was. */
export function write(field) {
  if (!field) return;
  back = document.activeElement;
  if (back && (back === document.body || back.closest('dialog'))) back = null; // a dialog that has just closed
  field.focus();
}

function leave(field) {
  const row = field.closest('[data-item]');
  (row || (back !== field && back) || here() || rows[0] || document.body).focus();
}

/* Asks; without an act there is nothing to confirm, and closing leads to `first`. */
function question(words, lines, act, first) {
  going = act;
  to = first;
  ask.querySelector('h2').textContent = words;
  const list = ask.querySelector('[data-ask-list]');
  list.textContent = '';
  lines.forEach(function (line) { list.appendChild(document.createElement('li')).textContent = line; });
  const yes = ask.querySelector('[data-yes]');
  yes.hidden = ask.querySelector('[data-ask-keys]').hidden = !act;
  show(ask, act ? yes : ask.querySelector('[data-closes]'));
}

/* What the question says of a decision: of whom, until when to answer, what becomes of the unmarked items, and when it takes effect. */
function about(decision) {
  const undo = form.elements.undo;
  ask.querySelector('[data-ask-of]').hidden = !decision;
  ask.querySelector('[data-ask-until]').hidden = decision !== 'return';
  ask.querySelector('[data-ask-what]').hidden = !decision;
  ask.querySelector('[data-ask-later]').hidden = !decision || !undo || !undo.checked;
  ask.querySelector('[data-ask-now]').hidden = !decision || Boolean(undo && undo.checked);
  tellRest(decision === 'return');
}

function tellRest(asked) {
  const place = ask.querySelector('[data-ask-rest]'), number = rows.filter(unmarked).length;
  place.hidden = !asked || !number || !rest;
  if (place.hidden) return; // a page without decisions has no such box
  const key = singleKeys() ? (rest.checked ? '（按 L 改）' : '；按 L 记为其余已看过') : '';
  place.textContent = '其余 ' + number + ' 项' + (rest.checked ? '已看过：再次提交时没有变化的不用再看' : '没有标记') + key;
}

/* 其余已看过, on or off. */
export function turnRest() {
  if (!rest) return;
  rest.checked = !rest.checked;
  announce(rest.checked ? '其余已看过' : '其余没有记为看过');
}

function gaps() { return Array.from(form.querySelectorAll('[data-gap]')); }

/* What is written, '' where nothing of it can be seen, as the server has it. */
function seenIn(field) { return count(field.value) ? field.value.trim() : ''; }
function waiver(gap) { return seenIn(gap.querySelector('input')); }

/* What stands against a pass: [words, field] for each. */
function obstacles() {
  const returned = rows.filter(givenBack).map(function (row) { return ['“' + labelOf(row) + '”标为退回：改为通过，或者退回修改', row]; });
  const empty = gaps().filter(function (gap) { return !waiver(gap); });
  const against = Array.from(document.querySelectorAll('[data-against]')).map(function (note) { return [note.dataset.against, note]; });
  return against.concat(returned, empty.map(function (gap) { return ['缺 ' + gap.dataset.gap + '，还没有写准予通过的理由', gap.querySelector('input')]; }));
}

/* Labels of the items that the office doubts and on which nothing was said since. */
function doubted() { return rows.filter(function (row) { return 'doubted' in row.dataset && unmarked(row); }).map(labelOf); }

function listed(labels) { return labels.slice(0, MANY).join('、') + (labels.length > MANY ? ' 等 ' + labels.length + ' 项' : ''); }

/* What is 待核 before a pass. */
function toCheck() { return Array.from(document.querySelectorAll('[data-to-check]')).map(function (note) { return '待核：' + note.dataset.toCheck; }); }

/* Lines of the question. First what is 待核 and what was not looked at, which is in sight however long the rest is; then missing courses, and what is returned. */
function named(decision) {
  const lacking = gaps().map(function (gap) { return '缺 ' + gap.dataset.gap + (decision === 'pass' ? '，准予通过：' + waiver(gap) : ''); });
  const returned = rows.filter(givenBack).map(function (row) { return (decision === 'back' ? '有疑问 ' : '退回 ') + labelOf(row) + '：' + row.querySelector('[data-reason]').value; });
  const unseen = unopened(), doubts = decision === 'pass' ? doubted() : [];
  return (decision === 'pass' ? toCheck() : []).concat(doubts.length ? ['考办有疑问、还没有逐项标记：' + listed(doubts)] : [], unseen.length ? ['没有打开的照片：' + unseen.join('、')] : [], lacking, returned);
}

/* What was written and not saved is asked about first. */
function unlessLost(words, act) {
  if (!changed()) return act();
  about(null);
  return question(words, [], function () {
    leaveQuietly();
    act();
  });
}

function reasonOf(row) { return row.querySelector('[data-reason]'); }

/* What is wrong with the reason of a returned item, or ''. */
function lackingIn(row) {
  const text = seenIn(reasonOf(row)), label = '“' + labelOf(row) + '”';
  if (!text) return label + '标为退回，请写明原因';
  return text.indexOf('＿＿') < 0 ? '' : label + '的原因里还有没填的地方（＿＿），请填上课程或学分';
}

/* The field that is still to be written before it makes sense to ask, and what to say there; the server says so too. */
function unready(decision, words) {
  if (decision === 'pass') return null;
  const returned = rows.filter(givenBack), row = returned.find(lackingIn), again = document.getElementById('again');
  if (row) return [reasonOf(row), lackingIn(row)];
  if (decision === 'return') {
    const late = again && !seenIn(again) ? returned.filter(function (each) { return 'late' in each.dataset; }).map(labelOf) : [];
    return late.length ? [again, late.join('、') + '在上一次退回时已经能看到，当时没有退回，请写明这次退回的理由'] : null;
  }
  const field = document.getElementById(decision === 'back' ? 'to_school' : 'message');
  return seenIn(field) ? null : [field, words + '须写明原因'];
}

/* Asks whether the button of a decision is meant; says what is in its way, if anything is. */
export function decide(decision) {
  const button = form.querySelector('[data-decision=' + decision + ']');
  if (!button) return;
  const words = button.firstChild.textContent.trim();
  if (decision === 'return' && !rows.some(givenBack)) {
    letters();
    return;
  }
  const lacking = unready(decision, words);
  if (lacking) {
    write(lacking[0]);
    complain(lacking[0], lacking[1]);
    return;
  }
  const against = decision === 'pass' ? obstacles() : [];
  if (against.length) {
    about(null);
    question('还不能' + words, against.map(function (each) { return each[0]; }), null, against[0][1]);
    return;
  }
  about(decision);
  question(words + '？', named(decision), function () {
    form.elements.sure.value = '1';
    button.click();
  });
}

/* By mouse it is decided at once only where it can be taken back, nothing is in its way and nothing 待核. */
function clicked(event) {
  if (!event.isTrusted) return; // the answer to the question
  const decision = event.currentTarget.dataset.decision, undo = form.elements.undo;
  const clear = decision === 'pass' ? !obstacles().length && !doubted().length && !toCheck().length : rows.some(givenBack) || decision !== 'return';
  if (event.detail && undo && undo.checked && clear && !unready(decision, '')) {
    form.elements.sure.value = '1';
    return;
  }
  event.preventDefault();
  decide(decision);
}

/* Esc leaves any field; Enter in the reason of a missing course goes on to the next one, and out after the last, instead of sending the form. */
function inField(event) {
  const field = event.target, done = event.key === 'Enter' && field.matches('[data-gap] input, #again');
  if (event.defaultPrevented || event.isComposing || !field.matches(FIELD) || field.closest('dialog')) return;
  if (!done && event.key !== 'Escape') return;
  event.preventDefault();
  const next = done && field.id !== 'again' && gaps().map(function (gap) { return gap.querySelector('input'); }).find(function (input) { return !seenIn(input) && input !== field; });
  if (next) next.focus();
  else leave(field);
}

function tellPass() {
  const button = form.querySelector('[data-decision=pass]');
  if (button) button.setAttribute('aria-disabled', obstacles().length > 0);
}

export function skip() {
  const keep = document.querySelector('[data-save-next]');
  const words = keep ? '暂存填写的内容，到下一件？' : '备注还没有记下，确定离开？';
  unlessLost(words, function () { press(keep && changed() ? '[data-save-next]' : '[data-skip]'); });
}

/* The button of a decision that waits: of this file, or else of the one before. */
function waiting(which) { return document.querySelector('[data-waiting] [data-' + which + ']') || document.querySelector('[data-' + which + ']'); }

export function takeBack() {
  const button = waiting('undo');
  if (button) unlessLost('填写的内容还没有暂存，确定离开，去撤销上一件的决定？', function () { button.click(); });
}

export function publish() {
  const button = waiting('publish');
  if (!button) return;
  about(null);
  question('让这个决定立即生效，不能再撤销？', changed() ? ['填写的内容还没有暂存'] : [], function () {
    leaveQuietly();
    button.click();
  });
}

/* Opens the question on the page; the second key confirms it. */
export function takeOver() {
  const box = document.querySelector('[data-take-over]');
  if (!box) return;
  box.open = true;
  box.querySelector('button').focus();
}

if (form) {
  ask.querySelector('[data-yes]').addEventListener('click', function () { if (going) going(); });
  ask.addEventListener('keydown', function (event) {
    if (event.key.toLowerCase() !== 'l' || !singleKeys() || event.ctrlKey || event.altKey || event.metaKey || ask.querySelector('[data-ask-rest]').hidden) return;
    turnRest();
    tellRest(true);
  });
  ask.addEventListener('kaoji:closed', function () {
    going = null;
    if (to) (to.matches('[data-item]') ? goTo : write)(to);
    else if (document.activeElement === document.body) (here() || rows[0] || document.body).focus();
    to = null;
  });
  form.querySelectorAll('[data-decision]').forEach(function (button) { button.addEventListener('click', clicked); });
  ['change', 'input'].forEach(function (name) { form.addEventListener(name, tellPass); });
  tellPass();
  document.addEventListener('keydown', inField);
  watch(function (leaving) { return leaving !== form && changed(); });
}
