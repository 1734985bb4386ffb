/* The time is over: [data-hurry] goes, the hidden note #<data-over> of the page is shown and read out once, and a short bar leads to it while it is out of
   sight. While a page says so, or was made so ([data-closed]), it asks what holds now: soon after the end, about once a minute while it is in sight, and when
   it comes into sight or something is changed, since a time may be made longer at any moment. A page with a form [data-autosave] keeps what is typed and
   takes a later end alone (event for autosave.js: kaoji:longer); another one is made anew when what it says is no longer so. */
import { serverNow } from '../page/clock.js';
import { announce, clear, notice } from '../page/notice.js';

const SPREAD = 15000; // milliseconds: of all pages that are open at the end not all ask at once, nor does one more often where somebody is busy
const EVERY = 60000;
let soonest = Date.now() + SPREAD; // of a question because somebody does something
let next = Date.now() + EVERY; // of one without that
let asking = false;

function noteOf(place) { return document.getElementById(place.getAttribute('data-over')); }

function saysSo(place) {
  const note = noteOf(place);
  return Boolean(note && !note.hidden);
}
function places() { return Array.from(document.querySelectorAll('[data-over]')); }
function over() { return Boolean(document.querySelector('[data-closed]')) || places().some(saysSo); }

function inSight(head) {
  const box = head.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= window.innerHeight;
}

function lead(note) {
  clear('closed');
  note.scrollIntoView({ block: 'center' });
  note.focus({ preventScroll: true });
}

function say(note) {
  const head = note.querySelector('b');
  if (inSight(head)) return announce(note.textContent.trim());
  notice('closed', 'bad', head.textContent,
    [{ text: '查看说明', run: function () { lead(note); } }, { text: '知道了', run: function () { clear('closed'); } }]);
  const seen = new IntersectionObserver(function () {
    if (!inSight(head)) return;
    clear('closed');
    seen.disconnect();
  }, { threshold: 1 });
  seen.observe(head);
  return undefined;
}

function later(soon, by) {
  soonest = Date.now() + soon;
  next = Date.now() + by;
}

/* What a save or an upload was told: the platform's words take the place of the note's own, which the page was made with. */
export function closed(text) {
  const place = document.querySelector('[data-over]');
  const note = place && noteOf(place);
  const end = text.indexOf('。') + 1;
  clear('deadline');
  document.querySelectorAll('[data-hurry]').forEach(function (hurry) { hurry.remove(); });
  if (!note) return notice('closed', 'bad', text, [{ text: '知道了', run: function () { clear('closed'); } }]);
  note.hidden = false;
  note.querySelector('b').textContent = text.slice(0, end);
  note.lastElementChild.textContent = text.slice(end);
  later(SPREAD, EVERY); // it was just told
  return say(note);
}

/* Of a page with a form: the line with the later end, and the note for then. */
function longer(place, fresh) {
  const id = place.getAttribute('data-over');
  const line = fresh.querySelector('[data-until][data-over="' + id + '"]');
  const note = fresh.getElementById(id);
  if (!line || !note || !(Date.parse(line.dataset.until) > serverNow())) return;
  clear('closed');
  noteOf(place).replaceWith(document.importNode(note, true));
  const made = document.importNode(line.closest('p'), true);
  place.closest('p').replaceWith(made);
  const words = (line.dataset.warn || '办理截止').replace('截止', '时间') + '已延长到 ' + made.querySelector('b').textContent + '（北京时间），可以接着填写。';
  if (inSight(made)) announce(words);
  else notice('longer', 'ok', words, [{ text: '知道了', run: function () { clear('longer'); } }]);
  document.dispatchEvent(new CustomEvent('kaoji:longer'));
}

/* The ends that a page tells. */
function told(page) {
  return Array.from(page.querySelectorAll('[data-until][data-over], [data-closed]'), function (each) { return each.dataset.until || '-' + each.dataset.closed; }).join();
}

function renew(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  if (document.querySelector('form[data-autosave]')) places().filter(saysSo).forEach(function (place) { longer(place, fresh); });
  else if (told(document) !== told(fresh)) {
    clear('closed');
    window.htmx.swap('#main', text, { swapStyle: 'outerHTML', swapDelay: 0, settleDelay: 0 }, { eventInfo: {} });
  }
}

function ask() {
  const here = location.href;
  asking = true;
  later(SPREAD, EVERY);
  fetch(here, { credentials: 'same-origin', cache: 'no-store', headers: { 'HX-Request': 'true', 'X-Look': '1' } })
    .then(function (answer) {
      if (answer.status === 401) next = Infinity; // until somebody is there again
      return answer.ok ? answer.text() : '';
    })
    .then(function (text) { if (text && here === location.href && over()) renew(text); })
    .catch(function () { next = soonest; }) // no line
    .then(function () { asking = false; });
}

function look(from) { if (Date.now() >= from && !asking && !document.hidden && over()) ask(); }

/* place: a [data-until] whose time is over. */
export function ended(place) {
  const note = noteOf(place);
  place.parentNode.querySelectorAll('[data-hurry]').forEach(function (hurry) { hurry.remove(); });
  if (!note || !note.hidden) return;
  const soon = SPREAD * Math.random();
  note.hidden = false;
  clear('longer');
  later(soon, soon);
  say(note);
}

window.setInterval(function () { look(next); }, 1000);
document.addEventListener('input', function () { look(soonest); });
document.addEventListener('visibilitychange', function () { look(soonest); });
document.addEventListener('htmx:afterSettle', function () { // handed in, or a page that says it itself or has a later end
  clear('longer');
  if (!places().some(saysSo)) clear('closed');
});
