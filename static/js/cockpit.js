// The review page by keyboard, with the file kept in hand: every act has a key, and none that decides is taken without a
// second one. Without this file the page's buttons do the same, and each act renews the hold.
(function () {
  'use strict';
  var form = document.querySelector('[data-review]');
  if (!form) return;
  var rows = Array.prototype.slice.call(form.querySelectorAll('[data-item]'));
  var ask = document.querySelector('[data-ask]');
  var legend = document.querySelector('[data-keys]');
  var kaoji = (window.kaoji = window.kaoji || {});
  var LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
  var at = -1, going = null, back = null, listed = null, used = false, sent = false, lettered = false;
  var written = content();  // as the server has it

  function content() {
    return Array.prototype.map.call(form.elements, function (field) {
      return field.type === 'radio' || field.type === 'checkbox' ? (field.name === 'undo' ? '' : field.checked) : field.value;
    }).join('\n');
  }

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  // ---- items
  function go(index) {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach(function (row, i) { row.classList.toggle('here', i === at); });
    rows[at].focus();
    rows[at].scrollIntoView({ block: 'nearest' });
    if (kaoji.viewer && rows[at].dataset.beside) kaoji.viewer.show(rows[at].dataset.beside);
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

  // ---- a letter for each item, all in sight at once: the next key gives back the one that bears it
  function letters(on) {
    lettered = on;
    if (listed) listed.remove();
    listed = null;
    if (!on) return;
    listed = document.createElement('div');
    listed.className = 'card letters';
    listed.appendChild(document.createElement('b')).textContent = '退回哪一项？按它的字母，Esc 取消';
    var list = listed.appendChild(document.createElement('ul'));
    rows.slice(0, LETTERS.length).forEach(function (row, index) {
      var line = list.appendChild(document.createElement('li'));
      line.dataset.letter = row.dataset.item;
      line.appendChild(document.createElement('kbd')).textContent = LETTERS[index].toUpperCase();
      line.appendChild(document.createTextNode(' ' + document.getElementById('label-' + row.dataset.item).textContent));
    });
    form.appendChild(listed);
    if (kaoji.announce) kaoji.announce(listed.textContent);
  }

  function byLetter(event) {
    if (event.key === 'Shift' || event.key === 'Tab') return;
    event.preventDefault();
    letters(false);
    var index = event.key.length === 1 ? LETTERS.indexOf(event.key.toLowerCase()) : -1;
    if (index >= 0 && rows[index]) { go(index); giveBack(); }
  }

  // ---- questions before a decision
  function open(panel, focus) {
    back = document.activeElement;
    panel.hidden = false;
    focus.focus();
  }

  function close() {
    ask.hidden = legend.hidden = true;
    going = null;
    (back && back !== document.body ? back : rows[Math.max(0, at)] || document.body).focus();
  }

  function question(words, lines, act) {
    going = act;
    ask.querySelector('h2').textContent = words;
    var list = ask.querySelector('[data-ask-list]');
    list.textContent = '';
    lines.forEach(function (line) { list.appendChild(document.createElement('li')).textContent = line; });
    open(ask, ask.querySelector('[data-yes]'));
  }

  function returned() {
    return rows.filter(function (row) { return row.querySelector('input[value=return]:checked'); }).map(function (row) {
      return document.getElementById('label-' + row.dataset.item).textContent + '：' + row.querySelector('[data-reason]').value;
    });
  }

  function unlessLost(words, act) {  // what was written and not saved is asked about first
    if (content() === written) act();
    else question(words, [], act);
  }

  function confirmed(button) {
    if (!button) return;
    var lines = button.dataset.decision === 'return' ? returned() : [];
    ask.querySelector('[data-ask-until]').hidden = button.dataset.decision !== 'return';
    question(button.firstChild.textContent.trim() + '？', lines, function () { button.click(); });
  }

  function press(selector) {
    var found = document.querySelector(selector);
    if (found) found.click();
  }

  function skip() {
    ask.querySelector('[data-ask-until]').hidden = true;
    unlessLost('暂存填写的内容，到下一件？', function () { press(content() === written ? '[data-skip]' : '[data-save-next]'); });
  }

  function takeBack() {
    if (!document.querySelector('[data-undo]')) return;
    ask.querySelector('[data-ask-until]').hidden = true;
    unlessLost('这一件填写的内容还没有暂存，确定离开，去撤销上一件的决定？', function () { press('[data-undo]'); });
  }

  function turnPage(step) {
    if (!kaoji.viewer) return;
    var anchor = kaoji.viewer.next(step);
    var index = rows.findIndex(function (row) { return row.querySelector('[data-tab="' + anchor + '"]'); });
    if (index >= 0) go(index);
  }

  function view(act, value) { if (kaoji.viewer) kaoji.viewer[act](value); }

  var keys = {
    j: function () { go(at + 1); }, ArrowDown: function () { go(at + 1); },
    k: function () { go(at - 1); }, ArrowUp: function () { go(at - 1); },
    ' ': function () { if (at < 0) go(0); else if (set(rows[at], 'ok')) go(at + 1); },
    x: function () { if (at < 0) go(0); giveBack(); },
    c: function () { var button = at >= 0 && rows[at].querySelector('[data-copy]'); if (button) button.click(); },
    a: function () { confirmed(form.querySelector('[data-decision=pass]')); },
    b: function () { confirmed(form.querySelector('[data-decision=return]')); },
    g: function () { letters(true); },
    n: skip,
    u: takeBack,
    '[': function () { turnPage(-1); }, ']': function () { turnPage(1); },
    '+': function () { view('zoom', 1); }, '=': function () { view('zoom', 1); },
    '-': function () { view('zoom', -1); }, 0: function () { view('fit'); },
    r: function () { view('rotate'); },
    '?': function () { if (legend.hidden) open(legend, legend.querySelector('[data-no]')); else close(); }
  };

  function single() {  // switched off for this browser in the queue's legend (WCAG 2.1.4)
    try { return localStorage.getItem('kaoji.keys') !== 'off'; } catch (error) { return true; }
  }

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
    if (lettered) { byLetter(event); return; }
    var place = event.target;
    if (place.matches('[data-reason]')) { inReason(event, place); return; }
    if (place.matches('input:not([type=radio]):not([type=checkbox]), textarea, select')) return;
    if (event.key === ' ' && place.matches('a, button, summary, input')) return;
    var way = event.shiftKey && { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      event.preventDefault();
      if (kaoji.viewer) kaoji.viewer.pan(way[0], way[1]);
      return;
    }
    var act = event.key.length > 1 ? keys[event.key] : single() ? keys[event.key.toLowerCase()] : null;
    if (act) { event.preventDefault(); act(); }
  });
  ask.querySelector('[data-yes]').addEventListener('click', function () { if (going) going(); });
  each(form.querySelectorAll('[data-decision]'), function (button) {
    button.addEventListener('click', function (event) {  // Enter or space on the button is one key like any other
      if (event.detail || !event.isTrusted) return;
      event.preventDefault();
      confirmed(button);
    });
  });
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
    if (act === 'release') body.append('until', form.dataset.mine);  // this page's hold, not one that was taken since
    return body;
  }
  function hold() {
    fetch(form.dataset.desk, { method: 'POST', body: tell('hold'), credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (now) {
        var tag = document.querySelector('[data-holder]');
        if (!now || !tag) return;
        tag.textContent = now.mine ? '你正在审核，保留到 ' + now.until : now.who ? now.who + '已接手，请刷新' : '这一件已有决定，请刷新';
        if (now.mine) form.dataset.mine = now.ends;
      }).catch(function () { /* the next act renews it */ });
  }
  if ('mine' in form.dataset) {
    each(['pointerdown', 'wheel'], function (name) {
      document.addEventListener(name, function () { used = true; }, { passive: true });
    });
    setInterval(function () { if (used) { used = false; hold(); } }, 60000);
    document.addEventListener('submit', function (event) {  // about this file: its page or the decision says what becomes of the hold
      var to = event.target.getAttribute('action');
      sent = event.target === form || to === form.dataset.desk;
    });
    window.addEventListener('pagehide', function () {
      if (!sent && navigator.sendBeacon) navigator.sendBeacon(form.dataset.desk, tell('release'));
    });
    window.addEventListener('pageshow', function (event) { sent = false; if (event.persisted) hold(); });
  }

  // ---- the next file's pictures, once this one's are there
  window.addEventListener('load', function () {
    if (!form.dataset.coming) return;
    fetch(form.dataset.coming, { credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.json() : []; })
      .then(function (urls) { urls.forEach(function (url) { new Image().src = url; }); })
      .catch(function () { /* they come when the file is opened */ });
  });
})();
