// The review page by keyboard: every act has a key, and none that decides is taken without a second one. Without this file
// the page's buttons do the same.
(function () {
  'use strict';
  var form = document.querySelector('[data-review]');
  if (!form) return;
  var rows = Array.prototype.slice.call(form.querySelectorAll('[data-item]'));
  var ask = document.querySelector('[data-ask]');
  var legend = document.querySelector('[data-keys]');
  var kaoji = (window.kaoji = window.kaoji || {});
  var LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
  var at = -1, going = null, back = null, listed = null, left = false, lettered = false;
  var written = 'unsaved' in form.dataset ? null : content();  // as the server has it

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

  function marked(row) { return row.querySelector('input[value=return]:checked'); }

  function returned() {
    return rows.filter(marked).map(function (row) {
      return document.getElementById('label-' + row.dataset.item).textContent + '：' + row.querySelector('[data-reason]').value;
    });
  }

  function unlessLost(words, act) {  // what was written and not saved is asked about first
    if (content() === written) { act(); return; }
    about(null);
    question(words, [], function () { left = true; act(); });
  }

  function about(decision) {  // what the question says of a decision: until when to answer, and when it takes effect
    var undo = form.elements.undo;
    ask.querySelector('[data-ask-until]').hidden = decision !== 'return';
    ask.querySelector('[data-ask-what]').hidden = !decision;
    ask.querySelector('[data-ask-later]').hidden = !decision || !undo || !undo.checked;
    ask.querySelector('[data-ask-now]').hidden = !decision || Boolean(undo && undo.checked);
  }

  function unready(decision) {  // what is still to be written before it makes sense to ask; the server says so too
    if (decision === 'pass') return null;
    if (decision !== 'return') return [document.getElementById('message')].find(function (field) { return !field.value.trim(); });
    return rows.filter(marked).map(function (row) { return row.querySelector('[data-reason]'); }).find(function (field) {
      return !field.value.trim() || field.value.indexOf('＿＿') >= 0;
    });
  }

  function confirmed(button) {
    if (!button) return;
    var decision = button.dataset.decision, field = unready(decision);
    if (decision === 'return' && !rows.some(marked)) { letters(true); return; }
    if (field) {
      write(field);
      if (kaoji.announce) kaoji.announce('请先写明原因，再按一次');
      return;
    }
    about(decision);
    question(button.firstChild.textContent.trim() + '？', decision === 'return' ? returned() : [], function () { button.click(); });
  }

  function press(selector) {
    var found = document.querySelector(selector);
    if (found) found.click();
  }

  function skip() {
    var keep = document.querySelector('[data-save-next]');
    var words = keep ? '暂存填写的内容，到下一件？' : '备注还没有记下，确定离开？';
    unlessLost(words, function () { press(keep && content() !== written ? '[data-save-next]' : '[data-skip]'); });
  }

  function waiting(which) {  // the button of a decision that waits: of this file, or else of the one before
    return document.querySelector('[data-waiting] [data-' + which + ']') || document.querySelector('[data-' + which + ']');
  }

  function takeBack() {
    var button = waiting('undo');
    if (button) unlessLost('填写的内容还没有暂存，确定离开，去撤销上一件的决定？', function () { button.click(); });
  }

  function publish() {
    var button = waiting('publish');
    if (!button) return;
    about(null);
    question('让这个决定立即生效，不能再撤销？', content() === written ? [] : ['填写的内容还没有暂存'], function () { left = true; button.click(); });
  }

  function write(field) {  // Esc leads back to where one was
    if (!field) return;
    back = document.activeElement;
    field.focus();
  }

  function takeOver() {  // opens the question on the page; the second key confirms it
    var box = document.querySelector('[data-take-over]');
    if (!box) return;
    box.open = true;
    box.querySelector('button').focus();
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
    d: function () { confirmed(form.querySelector('[data-decision=reject]')); },
    h: function () { confirmed(form.querySelector('[data-decision=back]')); },
    s: function () { press('[data-save]'); },
    m: function () { write(document.getElementById('message')); },
    i: function () { write(document.getElementById('note')); },
    v: function () { var button = at >= 0 && rows[at].querySelector('[value=reveal]'); if (button) button.click(); },
    t: function () { press('[name=undo]'); },
    o: takeOver,
    n: skip,
    u: takeBack,
    p: publish,
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
    if (event.key === 'Escape' && place.matches('#message, #note, #again')) { event.preventDefault(); close(); return; }
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

  // ---- what is left of the time to take back
  function count() {
    each(document.querySelectorAll('[data-until]'), function (place) {
      var left = Math.max(0, Math.round((Date.parse(place.dataset.until) - Date.now()) / 1000));
      place.textContent = Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2) + (place.closest('button') ? '' : ' 后');
    });
  }
  count();
  setInterval(count, 1000);

  // ---- leaving with something that is not kept: asked here, or else by the browser
  document.addEventListener('submit', function (event) { left = left || event.target === form; });
  window.addEventListener('pageshow', function () { left = false; });
  window.addEventListener('beforeunload', function (event) {
    if (left || content() === written) return;
    event.preventDefault();
    event.returnValue = '';
  });
})();
