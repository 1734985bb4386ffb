/* A field that renews its own page (hx-trigger=change) stays where it is on the screen, whatever comes or goes above it. The browser's scroll anchoring is
   off meanwhile: it holds on to the old page, which stands below the new one for a moment, and ends at the bottom. Where the new page is too short for
   that, it gets room below or above; room above goes away as soon as nobody can see it. */
let held = null; // {field: its find(), top: pixels from the top of the window}

/* What finds the field again: its id, and for a choice its value too, since another page may number the choices anew. */
function key(field) { return { id: field.id, name: field.name, value: field.type === 'radio' || field.type === 'checkbox' ? field.value : null }; }

function found(wanted) {
  const all = Array.from(document.getElementsByName(wanted.name));
  return all.find(function (field) { return wanted.value === null || field.value === wanted.value; }) || document.getElementById(wanted.id);
}

/* The field whose change asked for this exchange (of the events htmx:beforeSwap to htmx:afterSettle), or the file field of the picture that a button
   turned or took away; null where a form was sent or a link followed. */
export function renewing(event) {
  const cause = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
  const button = cause && cause.type === 'submit' ? cause.submitter : null;
  const picture = button && button.hasAttribute('formaction') ? button.closest('.upload') : null;
  if (picture) return picture.querySelector('input[type=file]');
  return cause && cause.type === 'change' && cause.target.name ? cause.target : null;
}

/* The field of the present page that has taken the place of this one, or null. */
export function renewed(field) { return field.isConnected ? field : found(key(field)) || null; }

function room(main, wanted) {
  const page = document.scrollingElement;
  const lacks = wanted - (page.scrollHeight - page.clientHeight);
  if (lacks > 0) main.style.minHeight = main.offsetHeight + Math.ceil(lacks) + 'px';
  if (wanted >= 0) return;
  main.style.paddingTop = parseFloat(getComputedStyle(main).paddingTop) - wanted + 'px';
  main.dataset.above = (Number(main.dataset.above) || 0) - wanted;
}

function keep() {
  const field = held && found(held.key);
  const main = document.getElementById('main');
  if (!field || !main) return;
  const off = field.getBoundingClientRect().top - held.top;
  if (Math.abs(off) < 1) return;
  const wanted = document.scrollingElement.scrollTop + off;
  room(main, wanted);
  window.scrollTo(window.scrollX, Math.max(0, wanted));
}

document.addEventListener('htmx:beforeSwap', function (event) {
  const field = renewing(event);
  held = field && field.isConnected ? { key: key(field), top: field.getBoundingClientRect().top } : null;
  if (held) document.documentElement.classList.add('renewing');
});
document.addEventListener('htmx:afterSwap', keep); // before it is painted
document.addEventListener('htmx:afterSettle', function (event) {
  if (!held || !renewing(event)) return;
  keep();
  window.requestAnimationFrame(function () {
    keep();
    held = null;
    document.documentElement.classList.remove('renewing');
  });
});
window.addEventListener('scroll', function () {
  const main = document.getElementById('main');
  const above = main ? Number(main.dataset.above) : 0;
  if (!above || held || window.scrollY < above) return;
  delete main.dataset.above;
  main.style.paddingTop = '';
  window.scrollTo(window.scrollX, window.scrollY - above);
}, { passive: true });
