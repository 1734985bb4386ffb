// The review page by keyboard, with the file kept in hand: every act has a key, and none that decides is taken without a
// second one. Without this file the page's buttons do the same, and each act renews the hold.
(function () {
  'use strict';
  var form = document.querySelector('[data-review]');
  if (!form) return;
  var rows = Array.prototype.slice.call(form.querySelectorAll('[data-item]'));
  var ask = document.querySelector('[data-ask]');
  var legend = document.querySelector('[data-keys]');
  var at = -1, going = null, used = false, sent = false;

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  // ---- items
  function go(index) {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach(function (row, i) { row.classList.toggle('here', i === at); });
    rows[at].focus();
    rows[at].scrollIntoView({ block: 'nearest' });
    var picture = rows[at].querySelector('[data-tab]');
    if (picture) picture.click();
  }

  function set(row, value) {
    var radio = row && row.querySelector('input[type=radio][value=' + value + ']');
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  }

  function giveBack() {
    if (set(rows[at], 'return')) rows[at].querySelector('[data-reason]').focus();
  }

  function inReason(event, field) {
    if (event.key === 'Enter') { event.preventDefault(); go(at + 1); }
    else if (event.key === 'Escape') { event.preventDefault(); go(at); }
    else if (/^[1-9]$/.test(event.key) && !field.value) {
      var pick = rows[at].querySelector('[data-cause]');
      if (!pick || Number(event.key) >= pick.options.length) return;
      event.preventDefault();
      pick.selectedIndex = Number(event.key);
      pick.dispatchEvent(new Event('change', { bubbles: true }));
      if (field.value.indexOf('＿＿') < 0) go(at + 1);  // a blank is still to be filled in by hand
    }
  }

  // ---- questions before a decision
  function open(panel, focus) { panel.hidden = false; focus.focus(); }

  function close() {
    ask.hidden = legend.hidden = true;
    going = null;
    if (at >= 0) rows[at].focus();
  }

  function confirmed(button) {
    if (!button) return;
    going = button;
    ask.querySelector('h2').textContent = button.firstChild.textContent.trim() + '？';
    open(ask, ask.querySelector('[data-yes]'));
  }

  function press(selector) {
    var found = document.querySelector(selector);
    if (found) found.click();
  }

  function turnPage(step) {
    var tabs = form.querySelectorAll('.viewer [data-tab]');
    var now = Array.prototype.findIndex.call(tabs, function (tab) { return tab.hasAttribute('aria-current'); });
    if (tabs.length) tabs[(now + step + tabs.length) % tabs.length].click();
  }

  var keys = {
    j: function () { go(at + 1); }, ArrowDown: function () { go(at + 1); },
    k: function () { go(at - 1); }, ArrowUp: function () { go(at - 1); },
    ' ': function () { if (at < 0) go(0); else if (set(rows[at], 'ok')) go(at + 1); },
    x: function () { if (at < 0) go(0); giveBack(); },
    c: function () { var button = at >= 0 && rows[at].querySelector('[data-copy]'); if (button) button.click(); },
    a: function () { confirmed(form.querySelector('[data-decision=pass]')); },
    b: function () { confirmed(form.querySelector('[data-decision=return]')); },
    n: function () { press('[data-skip]'); },
    u: function () { press('[data-undo]'); },
    '[': function () { turnPage(-1); }, ']': function () { turnPage(1); },
    '+': function () { press('[data-zoom=in]'); }, '=': function () { press('[data-zoom=in]'); },
    '-': function () { press('[data-zoom=out]'); }, 0: function () { press('[data-fit]'); },
    r: function () { press('[data-rotate]'); },
    '?': function () { if (legend.hidden) open(legend, legend.querySelector('[data-no]')); else close(); }
  };

  document.addEventListener('keydown', function (event) {
    used = true;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    var panel = !ask.hidden ? ask : !legend.hidden ? legend : null;
    if (panel) {
      if (event.key === 'Escape' || (event.key === '?' && panel === legend)) { event.preventDefault(); close(); }
      else if (event.key === 'Tab') {
        event.preventDefault();
        var buttons = panel.querySelectorAll('button');
        buttons[document.activeElement === buttons[0] ? buttons.length - 1 : 0].focus();
      }
      return;
    }
    var place = event.target;
    if (place.matches('[data-reason]')) { inReason(event, place); return; }
    if (place.matches('input:not([type=radio]):not([type=checkbox]), textarea, select')) return;
    if (event.key === ' ' && place.matches('a, button, summary, input')) return;
    var act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) { event.preventDefault(); act(); }
  });
  ask.querySelector('[data-yes]').addEventListener('click', function () { if (going) going.click(); });
  each(document.querySelectorAll('[data-no]'), function (button) { button.addEventListener('click', close); });
  rows.forEach(function (row, index) {
    row.addEventListener('focusin', function () {
      at = index;
      rows.forEach(function (other) { other.classList.toggle('here', other === row); });
    });
  });

  var shown = document.querySelector('[data-legend]');
  shown.hidden = false;
  shown.addEventListener('click', function () { keys['?'](); });

  // ---- numbers to copy
  each(form.querySelectorAll('[data-copy]'), function (button) {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', function () {
      var text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(function () { button.firstChild.textContent = '已复制'; });
    });
  });

  // ---- what is left of the time to take back
  function count() {
    each(document.querySelectorAll('[data-until]'), function (place) {
      var left = Math.max(0, Math.round((Date.parse(place.dataset.until) - Date.now()) / 1000));
      place.textContent = Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2) + (place.closest('button') ? '' : ' 后');
    });
  }
  count();
  setInterval(count, 1000);

  // ---- the hold: renewed while something happens, given back on leaving
  function tell(act) {
    var body = new FormData();
    body.append('csrf_token', form.querySelector('[name=csrf_token]').value);
    body.append('act', act);
    return body;
  }
  function hold() {
    fetch(form.dataset.desk, { method: 'POST', body: tell('hold'), credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (now) {
        var tag = document.querySelector('[data-holder]');
        if (now && tag) tag.textContent = now.mine ? '你正在审核，保留到 ' + now.until : '别人已接手，请刷新';
      }).catch(function () { /* the next act renews it */ });
  }
  if ('mine' in form.dataset) {
    each(['pointerdown', 'wheel'], function (name) {
      document.addEventListener(name, function () { used = true; }, { passive: true });
    });
    setInterval(function () { if (used) { used = false; hold(); } }, 60000);
    document.addEventListener('submit', function () { sent = true; });
    window.addEventListener('pagehide', function () {
      if (!sent && navigator.sendBeacon) navigator.sendBeacon(form.dataset.desk, tell('release'));
    });
    window.addEventListener('pageshow', function (event) { if (event.persisted) hold(); });
  }

  // ---- the next file's pictures, once this one's are there
  window.addEventListener('load', function () {
    (form.dataset.preload || '').split(' ').filter(Boolean).forEach(function (url) { new Image().src = url; });
  });
})();
