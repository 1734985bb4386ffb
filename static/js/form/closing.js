/* The time is over: [data-hurry] goes, the hidden note #<data-over> of the page is shown and read out once, and a short bar leads to it while it is out of
   sight. Then the page asks once what holds now, since a time may have been made longer meanwhile: a page is made anew, one with a form
   [data-autosave] keeps what is typed and takes the later end alone (event for autosave.js: kaoji:longer). */
import { announce, clear, notice } from '../page/notice.js';

const SPREAD = 15000; // milliseconds: of all pages that are open at the end not all ask at once
const asked = new Set(); // ends

function noteOf(place) { return document.getElementById(place.getAttribute('data-over')); }

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
  return say(note);
}

/* Of a page with a form: the line with the later end, and the note for then. */
function longer(place, fresh) {
  const id = place.getAttribute('data-over');
  const later = fresh.querySelector('[data-until][data-over="' + id + '"]');
  const note = fresh.getElementById(id);
  if (!later || !note || !(Date.parse(later.dataset.until) > Date.parse(place.dataset.until))) return;
  clear('closed');
  noteOf(place).replaceWith(document.importNode(note, true));
  const line = document.importNode(later.closest('p'), true);
  place.closest('p').replaceWith(line);
  announce(line.textContent.trim());
  document.dispatchEvent(new CustomEvent('kaoji:longer'));
}

function renew(text) {
  if (document.querySelector('form[data-autosave]')) {
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    document.querySelectorAll('[data-until][data-over]').forEach(function (place) { longer(place, fresh); });
  } else {
    clear('closed');
    window.htmx.swap('#main', text, { swapStyle: 'outerHTML', swapDelay: 0, settleDelay: 0 }, { eventInfo: {} });
  }
}

function ask(end) {
  if (asked.has(end) || document.hidden) return; // one that nobody looks at asks when somebody does
  asked.add(end);
  window.setTimeout(function () {
    fetch(location.href, { credentials: 'same-origin', headers: { 'HX-Request': 'true', 'X-Look': '1' } })
      .then(function (answer) { return answer.ok ? answer.text() : ''; })
      .then(function (text) { if (text) renew(text); })
      .catch(function () { asked.delete(end); }); // no line
  }, SPREAD * Math.random());
}

/* place: a [data-until] whose time is over. */
export function over(place) {
  const note = noteOf(place);
  place.parentNode.querySelectorAll('[data-hurry]').forEach(function (hurry) { hurry.remove(); });
  if (!note) return;
  if (note.hidden) {
    note.hidden = false;
    say(note);
  }
  ask(place.dataset.until);
}

document.addEventListener('htmx:afterSettle', function () { // handed in, or the page says it itself
  if (!document.querySelector('[data-over]')) clear('closed');
});
