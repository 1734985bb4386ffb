// The queue by keyboard: the focus itself goes from file to file, so a screen reader follows. Single keys do nothing while
// one types, and can be switched off in the legend (WCAG 2.1.4). Without this file links, boxes and buttons do the same.
(function () {
  'use strict';
  const OFF = 'kaoji.keys'; // 'off' in this browser's storage: no single keys, here and on the review page
  const form = document.querySelector('[data-queue]');
  const legend = document.getElementById('keys');
  const search = document.getElementById('q');

  function list(selector) { return form ? Array.prototype.slice.call(form.querySelectorAll(selector)) : []; }
  const rows = list('[data-row]');
  const boxes = list('input[name=pick]');
  const all = form && form.querySelector('input[name=all]');

  // ---- where one is
  function open(row) { return row.querySelector('td.num a'); }

  function at() { return rows.findIndex(function (row) { return row.contains(document.activeElement); }); }

  function go(index) {
    const link = rows.length && open(rows[Math.max(0, Math.min(rows.length - 1, index))]);
    if (!link) return;
    link.focus({ preventScroll: true });
    link.closest('tr').scrollIntoView({ block: 'nearest' });
  }

  // ---- what is chosen
  function tell(loud) {
    const place = form && form.querySelector('[data-chosen]');
    if (!place) return;
    const number = boxes.filter(function (box) { return box.checked; }).length;
    const words = all && all.checked ? '已选' + all.parentNode.textContent.trim() : '已选 ' + number + ' 件';
    if (place.textContent !== words) place.textContent = words;
    rows.forEach(function (row) {
      const box = row.querySelector('input[name=pick]');
      row.classList.toggle('chosen', !!(box && (box.checked || (all && all.checked))));
    });
    const head = form.querySelector('[data-page]');
    if (head) {
      head.checked = number === boxes.length;
      head.indeterminate = number > 0 && number < boxes.length;
    }
  }

  function turn(box) { box.checked = !box.checked; tell(); }

  function page() {
    const on = boxes.some(function (box) { return !box.checked; });
    boxes.forEach(function (box) { box.checked = on; });
    tell();
  }

  function press(selector) {
    const found = document.querySelector(selector);
    if (found) found.click();
  }

  // ---- keys
  let asked = null; // the 撤销 that was pressed once
  const keys = {
    j: function () { go(at() + 1); },
    k: function () { go(at() < 0 ? 0 : at() - 1); },
    x: function () { const row = rows[at()]; const box = row && row.querySelector('input[name=pick]'); if (box) turn(box); },
    a: page,
    u: function () {
      const row = rows[at()];
      const button = row && row.querySelector('.hand button');
      if (!button) return;
      if (asked === button) { button.click(); return; }
      asked = button;
      if (window.kaoji && window.kaoji.announce) window.kaoji.announce('再按一次 U 撤销这一件的决定');
      row.querySelector('.hand button').classList.add('asked');
    },
    '/': function () { if (search) { search.focus(); search.select(); } },
    '[': function () { press('.pager a[rel=prev]'); },
    ']': function () { press('.pager a[rel=next]'); },
    '?': function () { press('[data-opens=keys]'); }
  };

  function on() {
    try { return localStorage.getItem(OFF) !== 'off'; } catch (error) { return true; }
  }

  function typing(place) {
    return place.isContentEditable || place.matches('textarea, select, input:not([type=checkbox]):not([type=radio])');
  }

  document.addEventListener('keydown', function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const place = event.target;
    const shown = legend && legend.closest('dialog[open]');
    if (shown) {
      if (event.key === '?') { event.preventDefault(); shown.close(); }
      return;
    }
    if (event.key === 'Escape' && place === search) { place.blur(); return; }
    if (typing(place)) return;
    const arrow = { ArrowDown: 'j', ArrowUp: 'k' }[event.key];
    if (arrow && at() >= 0) { event.preventDefault(); keys[arrow](); return; } // elsewhere they scroll the page
    const act = event.key.length === 1 && on() ? keys[event.key.toLowerCase()] : null;
    if (!act) return;
    event.preventDefault();
    if (act !== keys.u) asked = null;
    act();
  });

  // ---- what only works with this file
  if (legend) {
    const box = legend.querySelector('[data-single-keys]');
    legend.hidden = false;
    box.checked = on();
    box.addEventListener('change', function () {
      try { localStorage.setItem(OFF, box.checked ? 'on' : 'off'); } catch (error) { box.checked = true; }
    });
    document.querySelectorAll('[data-opens=keys]').forEach(function (button) { button.hidden = false; });
  }
  if (boxes.length) {
    const head = document.createElement('input');
    head.type = 'checkbox';
    head.dataset.page = '';
    head.setAttribute('aria-label', '选择本页全部');
    form.querySelector('thead th').textContent = '';
    form.querySelector('thead th').appendChild(head);
    head.addEventListener('change', page);
    form.addEventListener('change', tell);
    window.addEventListener('pageshow', tell);
    tell();
  }
  document.addEventListener('click', function (event) { // the list of marks closes when one goes elsewhere
    document.querySelectorAll('details.pop[open]').forEach(function (pop) { if (!pop.contains(event.target)) pop.open = false; });
  });

  // ---- what is left of the time to take back: counted from when the page came, whatever the computer's clock says
  const came = performance.now();
  const clocks = Array.prototype.slice.call(document.querySelectorAll('[data-left]'));
  function count() {
    clocks.forEach(function (place) {
      const left = Math.max(0, Math.round(Number(place.dataset.left) - (performance.now() - came) / 1000));
      place.textContent = Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2);
    });
  }
  if (clocks.length) setInterval(count, 1000);
})();
