/* Messages that appear without a new page. kind: '' ok warn bad. acts: list of {text, href} (opens a new window) or {text, run}. */

/* What became of an act without a line: one of them at a time, and nothing beside it of what is not saved (autosave.js) until the line is back. */
const ACTS = ['net', 'out'];

/* Says something politely to screen readers. */
export function announce(text) {
  const place = document.getElementById('announce');
  if (!place) return;
  place.textContent = '';
  // a moment later, or the same words said twice are taken for no change
  window.setTimeout(function () { place.textContent = text; }, 50);
}

/* Takes a message away. */
export function clear(id) {
  const old = document.getElementById('notice-' + id);
  if (old) old.remove();
}

/* Whether a message stands that speaks of the line. */
export function lineGone() { return Boolean(document.querySelector('#notices > [data-after]')); }

/* The platform has answered: what such a message says of the line, and of what is not saved, is no longer so. */
export function lineBack() {
  document.querySelectorAll('#notices > [data-after]').forEach(function (note) {
    const words = note.firstChild;
    if (words.textContent !== note.dataset.after) announce(note.dataset.after);
    words.textContent = note.dataset.after;
    note.removeAttribute('data-after');
  });
}

function control(act) {
  const made = document.createElement(act.href ? 'a' : 'button');
  made.className = 'btn';
  made.textContent = act.text;
  if (act.href) {
    made.href = act.href;
    made.target = '_blank';
    made.rel = 'noopener';
  } else {
    made.type = 'button';
    made.addEventListener('click', act.run);
  }
  return made;
}

/* Shows a message in #notices, one per id. after: of an act without a line, its words once there is one again, if they differ. */
export function notice(id, kind, text, acts, after) {
  const place = document.getElementById('notices');
  if (!place) return;
  const old = document.getElementById('notice-' + id);
  const had = old && old.contains(document.activeElement);
  clear(id);
  if (ACTS.indexOf(id) >= 0) ACTS.concat('unsaved').forEach(clear);
  const note = document.createElement('div');
  note.id = 'notice-' + id;
  note.className = 'note row spread ' + kind;
  if (ACTS.indexOf(id) >= 0) note.dataset.after = after || text;
  note.appendChild(document.createElement('span')).textContent = text;
  const row = note.appendChild(document.createElement('span'));
  row.className = 'row';
  (acts || []).forEach(function (act) { row.appendChild(control(act)); });
  place.appendChild(note);
  if (had && row.firstChild) row.firstChild.focus(); // nobody else's focus is taken
  announce(text);
}
