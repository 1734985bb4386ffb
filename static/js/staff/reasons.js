/* A usual reason that is chosen is written into the field beside it, where it can be changed before it is sent. Words of one's own are kept, the chosen
   ones follow them. Without script the server writes the chosen reason out. */
const BLANK = '＿＿';

function texts(pick) {
  return Array.from(pick.options).map(function (option) { return option.dataset.text || ''; });
}

function write(pick, field) {
  const text = pick.options[pick.selectedIndex].dataset.text || '';
  const own = field.value && texts(pick).indexOf(field.value) < 0;
  if (own && !text) return;
  field.value = own ? field.value.replace(/[；。\s]*$/, '；') + text : text;
  const blank = field.value.indexOf(BLANK);
  if (blank >= 0) {
    field.focus();
    field.setSelectionRange(blank, blank + BLANK.length);
  }
}

document.addEventListener('change', function (event) {
  if (!event.target.matches('[data-cause]')) return;
  write(event.target, event.target.parentNode.querySelector('[data-reason]'));
});
