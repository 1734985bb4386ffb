/* Filters that were chosen and not yet asked for with 筛选: a link that leads on with the page's filters takes the form as it stands, so that an export, or the
   next file, is what the screen says. The forms of lists send filters as their links do; a form that is posted is told where to lead (FindForm: then). */
function differs(control) {
  if (control.type === 'checkbox' || control.type === 'radio') return control.checked !== control.defaultChecked;
  if (!control.options) return /^(hidden|submit|button)$/.test(control.type) ? false : control.value !== control.defaultValue;
  const first = Array.prototype.findIndex.call(control.options, function (option) { return option.defaultSelected; });
  return control.selectedIndex !== Math.max(0, first);
}

function lead(form, link) {
  if (form.method !== 'post') {
    const here = form.getAttribute('action');
    form.action = link.pathname;
    form.submit();
    form.setAttribute('action', here);
    return;
  }
  const then = document.createElement('input');
  then.type = 'hidden';
  then.name = 'then';
  then.value = link.dataset.filtered;
  form.appendChild(then);
  form.submit();
  then.remove(); // the page may be gone back to
}

document.addEventListener('click', function (event) {
  const link = event.target.closest('a[data-filtered]'), form = link && document.querySelector('form.filters');
  if (!form || event.defaultPrevented || !Array.prototype.some.call(form.elements, differs)) return;
  event.preventDefault();
  lead(form, link);
});
