/* Deciding a file: each decision is asked about once more, and what was written and not kept is not lost unasked. Without script the page's buttons
   decide at once. */
import { leaveQuietly, watch } from '../form/leave.js';
import { show } from '../page/dialog.js';
import { announce } from '../page/notice.js';
import { givenBack, here, labelOf, letters, rows } from './items.js';

const form = document.querySelector('[data-review]');
const ask = document.querySelector('[data-ask]');
const written = form && !('unsaved' in form.dataset) ? content() : null; // as the server has it
let going = null, back = null;

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
  field.focus();
}

function leave() { (back && back !== document.body ? back : here() || rows[0] || document.body).focus(); }

function question(words, lines, act) {
  going = act;
  ask.querySelector('h2').textContent = words;
  const list = ask.querySelector('[data-ask-list]');
  list.textContent = '';
  lines.forEach(function (line) { list.appendChild(document.createElement('li')).textContent = line; });
  show(ask, ask.querySelector('[data-yes]'));
}

/* What the question says of a decision: until when to answer, and when it takes effect. */
function about(decision) {
  const undo = form.elements.undo;
  ask.querySelector('[data-ask-until]').hidden = decision !== 'return';
  ask.querySelector('[data-ask-what]').hidden = !decision;
  ask.querySelector('[data-ask-later]').hidden = !decision || !undo || !undo.checked;
  ask.querySelector('[data-ask-now]').hidden = !decision || Boolean(undo && undo.checked);
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

/* The field that is still to be written before it makes sense to ask; the server says so too. */
function unready(decision) {
  if (decision === 'pass') return null;
  const fields = decision === 'return' ? rows.filter(givenBack).map(function (row) { return row.querySelector('[data-reason]'); }) : [document.getElementById('message')];
  return fields.find(function (field) { return !field.value.trim() || (decision === 'return' && field.value.indexOf('＿＿') >= 0); });
}

/* Asks whether the button of a decision is meant. */
export function decide(decision) {
  const button = form.querySelector('[data-decision=' + decision + ']');
  if (!button) return;
  if (decision === 'return' && !rows.some(givenBack)) {
    letters();
    return;
  }
  const field = unready(decision);
  if (field) {
    write(field);
    announce('请先写明原因，再按一次');
    return;
  }
  about(decision);
  const lines = decision === 'return' ? rows.filter(givenBack).map(function (row) { return labelOf(row) + '：' + row.querySelector('[data-reason]').value; }) : [];
  question(button.firstChild.textContent.trim() + '？', lines, function () { button.click(); });
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
  ask.addEventListener('kaoji:closed', function () {
    going = null;
    if (document.activeElement === document.body) (here() || rows[0] || document.body).focus();
  });
  form.querySelectorAll('[data-decision]').forEach(function (button) {
    button.addEventListener('click', function (event) { // Enter or space on the button is one key like any other
      if (event.detail || !event.isTrusted) return;
      event.preventDefault();
      decide(button.dataset.decision);
    });
  });
  form.addEventListener('keydown', function (event) { // Esc in a field leads back
    if (event.key !== 'Escape' || !event.target.matches('#message, #note, #again')) return;
    event.preventDefault();
    leave();
  });
  watch(function (leaving) { return leaving !== form && changed(); });
}
