/* Counts the characters of textarea[data-count] while one types, with data-min and data-max as limits.

   The rule is that of count_words in app/rules/text.py, word for word, on the text after NFC:
   LATIN   0-9 A-Z a-z, U+00C0-00D6, 00D8-00F6, 00F8-024F, 1E00-1EFF, full-width digits and letters FF10-FF19, FF21-FF3A, FF41-FF5A
   EXTEND  U+0300-036F, 20D0-20F0, FE00-FE0F, 1F3FB-1F3FF, E0020-E007F, E0100-E01EF: never counted by itself
   SKIP    U+0000-0020, 007F-00A0, 00AD, 034F, 061C, 1680, 180E, 2000-200F, 2028-202F, 205F-206F, 3000, FEFF, lone surrogates: never counted
   Each counts 1, the longest possible: a run of LATIN (EXTEND allowed behind each); two regional indicators; any one other code point with the EXTEND
   behind it and any number of (U+200D, one of 2190-2BFF or 1F000-1FAFF, EXTEND). So a han character (𠮷 too), a punctuation mark, an emoji,
   and a word or number are 1 each; white space is 0. */
import { announce } from '../page/notice.js';

const LATIN = '0-9A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u1e00-\\u1eff\\uff10-\\uff19\\uff21-\\uff3a\\uff41-\\uff5a';
const EXTEND = '\\u0300-\\u036f\\u20d0-\\u20f0\\ufe00-\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}\\u{e0100}-\\u{e01ef}';
const SKIP = '\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff\\ud800-\\udfff';
const JOINED = '\\u200d[\\u2190-\\u2bff\\u{1f000}-\\u{1faff}][' + EXTEND + ']*';
const WORD = new RegExp('(?:[' + LATIN + '][' + EXTEND + ']*)+|[\\u{1f1e6}-\\u{1f1ff}]{2}|[^' + SKIP + LATIN + EXTEND + '][' + EXTEND + ']*(?:' + JOINED + ')*', 'gu');

export function count(text) {
  const found = text.normalize('NFC').match(WORD);
  return found ? found.length : 0;
}

let said = 0;

function wrong(area) { return area.getAttribute('aria-invalid') === 'true'; }

/* What was said about the former text is no longer true: the error at the field and in the summary. */
function outdate(area) {
  if (!wrong(area)) return;
  area.removeAttribute('aria-invalid');
  const field = area.closest('.field');
  if (field) field.classList.remove('wrong');
  const error = document.getElementById(area.id + '-error');
  if (error) error.remove();
  const link = document.querySelector('.errors a[href="#' + area.id + '"]');
  if (link) link.closest('li').remove();
  const summary = document.querySelector('.errors');
  if (!summary || summary.querySelector('li')) return;
  summary.remove();
  document.title = document.title.replace(/^错误：/, '');
}

function show(area) {
  const place = document.querySelector('[data-counter-for="' + area.name + '"]');
  if (!place) return;
  if (wrong(area)) { // the error says it
    place.textContent = '';
    return;
  }
  const n = count(area.value);
  const min = Number(area.getAttribute('data-min')) || 0;
  const max = Number(area.getAttribute('data-max')) || 0;
  const few = min && n < min;
  const many = max && n > max;
  const words = '已写 ' + n + ' 字' + (few ? '，还差 ' + (min - n) + ' 字' : many ? '，超出 ' + (n - max) + ' 字' : max ? '，最多 ' + max + ' 字' : '');
  place.textContent = words;
  place.className = 'counter hint' + (many ? ' off-limits' : n && !few ? ' in-limits' : '');
  window.clearTimeout(said);
  // the count is drawn at every key, but spoken only when one pauses
  if (document.activeElement === area) said = window.setTimeout(function () { announce(words); }, 2500);
}

function all() { document.querySelectorAll('textarea[data-count]').forEach(show); }

document.addEventListener('input', function (event) {
  document.querySelectorAll('[data-about="' + event.target.name + '"]').forEach(function (hint) { hint.remove(); }); // a hint about what stood there before
  if (!event.target.matches || !event.target.matches('textarea[data-count]')) return;
  outdate(event.target);
  show(event.target);
});
document.addEventListener('DOMContentLoaded', all);
document.addEventListener('htmx:afterSettle', all);
