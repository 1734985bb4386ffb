/* What is left of a time, by the server's clock.
   [data-until=ISO]: in the words of time_left (app/rules/windows.py); with data-clock as 4:59 and the value of data-clock behind it.
   [data-left=seconds when the page was made]: as 4:59. What follows the end: closing.js.
   [data-warn=what ends]: a notice 30, 10 and 2 minutes before; it takes no focus. Just before the end: kaoji:closing. */
import { made, serverNow } from '../page/clock.js';
import { clear, notice } from '../page/notice.js';
import { ended } from './closing.js';

const MINUTE = 60000; // milliseconds
const WARNINGS = [2, 10, 30]; // minutes
const LAST = 6000; // milliseconds: what is written is sent now
const told = new Map(); // end -> the least of WARNINGS that was said; 0: the last moment
let spoken = ''; // the end that the bar speaks of

/* The words of what is left. */
export function timeLeft(milliseconds) {
  if (milliseconds <= 0) return '已截止';
  const all = Math.floor(milliseconds / MINUTE);
  const days = Math.floor(all / 1440);
  const hours = Math.floor(all / 60) % 24;
  const minutes = all % 60;
  if (days) return hours ? days + ' 天 ' + hours + ' 小时' : days + ' 天';
  if (hours) return minutes ? hours + ' 小时 ' + minutes + ' 分钟' : hours + ' 小时';
  return minutes ? minutes + ' 分钟' : '不到 1 分钟';
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return Math.floor(seconds / 60) + ':' + ('0' + seconds % 60).slice(-2);
}

function warn(place, left) {
  const end = place.dataset.until;
  const before = told.has(end) ? told.get(end) : Infinity;
  if (left <= LAST && before > 0) {
    told.set(end, 0);
    document.dispatchEvent(new CustomEvent('kaoji:closing'));
  }
  const minutes = WARNINGS.find(function (each) { return left <= each * MINUTE; });
  if (!minutes || left <= LAST || before <= minutes) return;
  told.set(end, minutes);
  spoken = end;
  notice('deadline', minutes === 2 ? 'bad' : 'warn', '离' + place.dataset.warn + '还有不到 ' + minutes + ' 分钟。写好的内容会自动保存，但提交以后才会办理，请尽快提交。',
    [{ text: '知道了', run: function () { clear('deadline'); } }]);
}

function draw(place) {
  const until = place.dataset.until ? Date.parse(place.dataset.until) : made + 1000 * Number(place.dataset.left);
  const left = until - serverNow();
  if (isNaN(left)) return;
  const short = 'left' in place.dataset || 'clock' in place.dataset;
  const words = short ? clock(left) + (place.dataset.clock || '') : left > 0 ? ('还剩 ' + timeLeft(left)).replace(' 不到', '不到') : '已截止';
  if (place.textContent !== words) place.textContent = words;
  if (left <= 0) {
    if (spoken && spoken === place.dataset.until) clear('deadline');
    if (place.hasAttribute('data-over')) ended(place);
  } else if (place.dataset.warn) warn(place, left);
}

/* Calls act() now, every second, and when the page comes into sight. */
export function eachSecond(act) {
  window.setInterval(act, 1000);
  document.addEventListener('visibilitychange', act);
  document.addEventListener('htmx:afterSettle', act);
  act();
}

eachSecond(function () { document.querySelectorAll('[data-until], [data-left]').forEach(draw); });
document.addEventListener('htmx:afterSettle', function () { if (!document.querySelector('[data-warn]')) clear('deadline'); }); // handed in
