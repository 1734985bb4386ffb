/* The second look of 抽查: what is filled in is stored nowhere until it is sent, so leaving asks first. */
import { watch } from '../form/leave.js';

const form = document.querySelector('form[data-second-look]');

function filled(field) {
  if (field.type === 'radio') return field.checked;
  return (field.tagName === 'SELECT' || field.tagName === 'TEXTAREA') && field.value.trim() !== '';
}

if (form) watch(function (leaving) { return leaving !== form && Array.from(form.elements).some(filled); });
