/* Messages that appear without a new page. kaoji.notice(id, kind, text, acts) shows one in #notices (one per id), kaoji.clear(id) takes it
   away, kaoji.announce(text) says something politely to screen readers. kind: '' ok warn bad. acts: list of {text, href} (opens a new
   window) or {text, run}. */
(function () {
  'use strict';
  const kaoji = (window.kaoji = window.kaoji || {});

  kaoji.clear = function (id) {
    const old = document.getElementById('notice-' + id);
    if (old) old.remove();
  };

  kaoji.notice = function (id, kind, text, acts) {
    const place = document.getElementById('notices');
    if (!place) return;
    kaoji.clear(id);
    const note = document.createElement('div');
    note.id = 'notice-' + id;
    note.className = 'note row spread ' + kind;
    const words = document.createElement('span');
    words.textContent = text;
    note.appendChild(words);
    const row = document.createElement('span');
    row.className = 'row';
    (acts || []).forEach(function (act) {
      const item = document.createElement(act.href ? 'a' : 'button');
      item.className = 'btn';
      item.textContent = act.text;
      if (act.href) {
        item.href = act.href;
        item.target = '_blank';
        item.rel = 'noopener';
      } else {
        item.type = 'button';
        item.addEventListener('click', act.run);
      }
      row.appendChild(item);
    });
    note.appendChild(row);
    place.appendChild(note);
    kaoji.announce(text);
  };

  kaoji.announce = function (text) {
    const place = document.getElementById('announce');
    if (!place) return;
    place.textContent = '';
    // a moment later, or the same words said twice are taken for no change
    window.setTimeout(function () { place.textContent = text; }, 50);
  };
})();
